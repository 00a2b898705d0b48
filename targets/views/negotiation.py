"""The manager's side of talks: who was asked and has answered, what adds up from below, proposing and reminding."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.links import Link
from common.period_names import name_of
from common.templatetags.pages import query_string
from targets import access, forms
from targets.models import Plan
from targets.queries import negotiation, workbench
from targets.queries.plans import sheet_of, unit_key, year_of
from targets.services import negotiation as services
from targets.services import reminding
from targets.services.plans import PlanRefused
from targets.views.answering import answer_form, state_badge

PEOPLE_PER_PAGE = 60
REFUSALS = (PlanRefused, services.TalkRefused)


@require_GET
def talks(request, plan_id):
    """Show the talks below a unit: its units with what adds up from below, its people with what they said."""
    found, reach, today = access.plan_for(request, plan_id), access.reach_of(request), timezone.localdate()
    if not found.metric.adds_up:
        return redirect("targets:plan", found.pk)
    sheet = sheet_of(found, company=request.company)
    tops = workbench.tops_in_sight(sheet, reach)
    context = {"plan": found, "year": name_of(sheet.year, found.year_starts_on.month)}
    if not tops:
        return render(request, "targets/plan_empty.html", context)
    node = _chosen(request, sheet, reach) or tops[0]
    every = negotiation.talks_of(sheet, on=today)
    tallies = negotiation.tallies_of(sheet, every)
    people = [every[key] for key in sheet.sheet.below(node.key) if key in every]
    state, order = request.GET.get("state", ""), negotiation.STATES
    if state and state not in order:
        raise Http404
    shown = sorted((talk for talk in people if not state or talk.state == state), key=lambda talk: order.index(talk.state))
    page = Paginator(shown, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    reasons = negotiation.counters_of([talk.round.pk for talk in page.object_list if talk.offered is not None])
    may_talk = reach.may_split(node.unit_id) and found.status == Plan.Status.DRAFT
    context |= {
        "node": node,
        "path": _path(sheet, node, tops),
        "tops": tops,
        "tally": tallies[node.key],
        "own_target": sheet.sheet.year_of(node.key).commit,
        "missing": workbench.missing_of(sheet, node.key, "commit"),
        "units": [(child, tallies[child.key]) for child in sheet.children_of(node.key) if not child.is_person],
        "page": page,
        "rows": [_row(request, talk, found, reasons, may_talk=may_talk, on=today) for talk in page.object_list],
        "tabs": _tabs(request, people, state),
        "may_talk": may_talk,
        "is_draft": found.status == Plan.Status.DRAFT,
        "propose": forms.ProposeForm(on=today),
        "deadline": forms.DeadlineForm(),
        "today": today,
    }
    return render(request, "targets/talks.html", context)


def _row(request, talk, plan, reasons, *, may_talk, on):
    current = talk.round
    answers = may_talk and talk.state == "COUNTERED" and not access.is_own(request, current)
    return {
        "talk": talk,
        "reason": reasons.get(current.pk, "") if current else "",
        "badge": state_badge(talk.state),
        "days_left": (current.answer_by - on).days if current and talk.state == "PROPOSED" else None,
        "form": answer_form(current, plan, currency=request.company.currency, on=on) if answers else None,
    }


def _chosen(request, sheet, reach):
    """Return the unit that `?unit=` names, if it is in sight."""
    if not (text := request.GET.get("unit", "")):
        return None
    node = sheet.nodes.get(unit_key(text)) if text.isascii() and text.isdigit() else None
    if node is None or not reach.sees(node.unit_id):
        raise Http404
    return node


def _path(sheet, node, tops):
    """Return the units in sight above a node, from the top."""
    path, ends = [], {top.key for top in tops}
    while node.key not in ends and node.parent:
        node = sheet.nodes[node.parent]
        path.insert(0, node)
    return path


def _tabs(request, people, state):
    """Return one tab for every state that somebody is in, in the order of urgency."""
    here = query_string(request.GET, state=None, page=None)
    tabs = [Link(_("Everybody %(number)s") % {"number": len(people)}, here, not state)]
    for code in negotiation.STATES:
        if number := sum(talk.state == code for talk in people):
            label = f"{state_badge(code)['text']} {number}"
            tabs.append(Link(label, query_string(request.GET, state=code, page=None), state == code))
    return tabs


@require_http_methods(["GET", "POST"])
def propose(request, plan_id, unit_id):
    """Ask everybody below a unit for their year as it stands."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    today = timezone.localdate()
    form = forms.ProposeForm(request.POST or None, on=today)
    back = _back(found, unit)
    if request.method == "POST" and form.is_valid():
        try:
            done = services.propose(
                plan=found, unit=unit, now=timezone.now(), today=today, by=request.user, **form.cleaned_data
            )
        except services.TalkRefused as refusal:
            form.add_error("answer_by" if refusal.code in {"past", "too_far"} else None, refusal.reason)
        except PlanRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _told(done))
            return redirect(back)
    sheet = sheet_of(found, company=request.company)
    if (key := unit_key(unit.pk)) not in sheet.nodes:
        raise Http404
    every = negotiation.talks_of(sheet, on=today)
    people = [every[row] for row in sheet.sheet.below(key) if row in every]
    context = {
        "plan": found,
        "unit": unit,
        "form": form,
        "back": back,
        "year": name_of(year_of(found), found.year_starts_on.month),
        "fresh": [talk for talk in people if talk.state in {"NOT_ASKED", "CHANGED"}],
        "others": sum(talk.state not in {"NOT_ASKED", "CHANGED"} for talk in people),
        "without_sign_in": [talk for talk in people if not talk.has_sign_in],
        "missing": workbench.missing_of(sheet, key, "commit"),
        "is_draft": found.status == Plan.Status.DRAFT,
    }
    return render(request, "targets/propose.html", context, status=422 if form.errors else 200)


def _told(done):
    asked = ngettext("%(number)s person is asked.", "%(number)s people are asked.", done.asked) % {"number": done.asked}
    if not done.unchanged:
        return asked
    left = ngettext(
        "%(number)s person had been asked for the same before.",
        "%(number)s people had been asked for the same before.",
        done.unchanged,
    )
    return f"{asked} {left % {'number': done.unchanged}}"


@require_POST
def remind(request, plan_id, unit_id):
    """Remind everybody below a unit who has not answered."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    made = reminding.remind(
        plan=found,
        unit=unit,
        unit_ids=_below(unit, found, request),
        now=timezone.now(),
        today=timezone.localdate(),
        by=request.user,
    )
    if made:
        text = ngettext(
            "%(number)s person is reminded, on their first page and by e-mail.",
            "%(number)s people are reminded, on their first page and by e-mail.",
            made,
        )
        messages.success(request, text % {"number": made})
    else:
        messages.info(request, _("Everybody has answered, or was reminded today."))
    return redirect(_back(found, unit))


@require_POST
def deadline(request, plan_id, unit_id):
    """Move the last day for those below a unit who have not answered."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    form = forms.DeadlineForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(message for errors in form.errors.values() for message in errors))
        return redirect(_back(found, unit))
    try:
        made = reminding.move_deadline(
            plan=found,
            unit=unit,
            unit_ids=_below(unit, found, request),
            answer_by=form.cleaned_data["answer_by"],
            now=timezone.now(),
            today=timezone.localdate(),
            by=request.user,
        )
        text = ngettext("The new last day holds for %(number)s person.", "The new last day holds for %(number)s people.", made)
        messages.success(request, text % {"number": made})
    except services.TalkRefused as refusal:
        messages.warning(request, refusal.reason)
    return redirect(_back(found, unit))


def _below(unit, plan, request):
    sheet = sheet_of(plan, company=request.company)
    if (key := unit_key(unit.pk)) not in sheet.nodes:
        return [unit.pk]
    return [sheet.nodes[row].unit_id for row in sheet.sheet.below(key) if not sheet.nodes[row].is_person]


def _back(plan, unit):
    return f"{reverse('targets:talks', args=[plan.pk])}?unit={unit.pk}"
