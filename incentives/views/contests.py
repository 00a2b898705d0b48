"""The doors to contests: the list, the board, and drafting, announcing and calling off."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.links import Link
from common.lists import page_of
from common.templatetags.pages import query_string
from incentives.access.contests import contest_for, runs
from incentives.forms.contests import ContestForm, ReasonForm, as_shown, new_contest
from incentives.models import Contest
from incentives.queries import contests as queries
from incentives.queries.awards import honour_settings
from incentives.queries.contest_adjustments import adjustments_of, causes_of
from incentives.queries.contest_course import course_of
from incentives.queries.contest_list import TABS, days_gone, in_tab, tab_counts
from incentives.queries.contest_words import said_of
from incentives.queries.standings import board_of
from incentives.rules.contest_kinds import Form, Phase
from incentives.rules.contest_terms import BadTerms
from incentives.rules.contests import flat
from incentives.services import contests as services
from teams.access import require
from teams.models import Person
from teams.queries import people_in_sight, units_in_sight

PER_PAGE = 20
#: So many winners of a league stand before everything else; of steps there may be dozens.
WINNERS_SHOWN = 9
#: What each form of contest is good for.
FORMS_SAID = {
    Form.RANK: gettext_lazy("The best few win. Good for a short sprint; with leagues newcomers have a chance too."),
    Form.RANK_MINIMUM: gettext_lazy("The best few win, but only from a result on: so that nothing is paid for a weak month."),
    Form.STEPS: gettext_lazy(
        "Everybody who reaches a step wins, however many they are. Good for most people most of the time."
    ),
    Form.POT: gettext_lazy(
        "A fixed amount is shared by all who take part, or who reach a minimum. The cost is known beforehand."
    ),
    Form.PERSONAL: gettext_lazy("Everybody who reaches their own goal wins. Nobody races against anybody."),
    Form.RELAY: gettext_lazy("Teams race: everybody counts, and helping a colleague pays."),
}
#: With a board, and with one that no longer moves.
BEGUN = (Phase.RUNNING, Phase.FINISHED, Phase.FROZEN, Phase.DECIDED)


@require_GET
def contests(request):
    """List the contests a member may look at, by whether they run, come, or are over."""
    on, may_add = timezone.localdate(), request.membership.may(Permission.CONTESTS_RUN)
    found = queries.contests_in_sight(membership=request.membership, sight=request.sight, user=request.user)
    counts = tab_counts(found, on=on)
    offered = [tab for tab in TABS if tab != "drafts" or may_add]
    asked = request.GET.get("tab")
    tab = asked if asked in offered else next((t for t in offered if counts[t]), "running")
    page = page_of(in_tab(found, tab, on=on), request, size=PER_PAGE)
    currency = request.company.currency
    rows = [
        (contest, said_of(contest, currency=currency), contest.phase(on), days_gone(contest, on=on))
        for contest in page.object_list
    ]
    return render(
        request,
        "incentives/contests.html",
        {
            "tabs": [
                Link(
                    f"{TABS[t]} {counts[t]}" if counts[t] else str(TABS[t]),
                    query_string(request.GET, tab=t, page=None),
                    t == tab,
                )
                for t in offered
            ],
            "tab": tab,
            "page": page,
            "rows": rows,
            "may_add": may_add,
            "today": on,
        },
    )


@require_GET
def contest(request, contest_id):
    """Show a contest: its terms as sentences, the board with the member's own place, its course, and what was put right."""
    found = contest_for(request, contest_id)
    on, is_running_it = timezone.localdate(), runs(request, found)
    phase, board = found.phase(on), None
    if phase in BEGUN:
        board = board_of(found, on=on, sight=request.sight, is_whole=is_running_it)
    mine = request.sight.person_id
    is_fixed = phase in (Phase.FROZEN, Phase.DECIDED)
    adjustments = adjustments_of(found, sight=request.sight, is_whole=is_running_it) if is_fixed else ()
    causes, more_causes = causes_of(found, sight=request.sight) if adjustments else ((), 0)
    return render(
        request,
        "incentives/contest.html",
        {
            "contest": found,
            "said": said_of(found, currency=request.company.currency),
            "phase": phase,
            "board": board,
            "winners": _winners_of(board) if is_fixed else [],
            "course": course_of(found, board, on=min(on, found.last_day), mine=mine) if board else None,
            "adjustments": adjustments,
            "runs": is_running_it,
            "days_left": (found.ends_before - on).days if phase == Phase.RUNNING else None,
            "days_to_go": (found.starts_on - on).days if phase == Phase.COMING else None,
            "is_relay": found.form == Form.RELAY,
            "is_fixed": is_fixed,
            "takes_part": queries.participants_of(found) if phase == Phase.COMING else (),
            "today": on,
            "reason_form": ReasonForm(),
            "causes": causes,
            "more_causes": more_causes,
            "has_certificate": phase == Phase.DECIDED and _wins(board, mine),
        },
    )


def _winners_of(board):
    """Return (league, its first rows that win something, how many more) of a standing that is fixed, without leagues nobody won."""
    found = [(league, [row for row in league.rows if row.wins]) for league in board.leagues]
    return [(league, rows[:WINNERS_SHOWN], len(rows[WINNERS_SHOWN:])) for league, rows in found if rows]


def _wins(board, person_id):
    return any(line.wins and not line.is_team and line.entry.key == person_id for line in flat(board.lines))


@require_http_methods(["GET", "POST"])
def add(request):
    """Draft a contest; `?like=3` begins with what another one says."""
    require(request, Permission.CONTESTS_RUN)
    on = timezone.localdate()
    initial = new_contest(on)
    if (like := request.GET.get("like", "")) and like.isascii() and like.isdigit() and len(like) < 18:
        days = {name: initial[name] for name in ("starts_on", "last_day")}
        initial = as_shown(contest_for(request, int(like))) | days
    form = _form(request, initial=initial)
    if request.method == "POST" and _is_valid(request, form):
        try:
            ref = form.cleaned_data["client_ref"]
            made = services.draft_contest(wanted=form.wanted, client_ref=ref, by=request.user)
        except BadTerms as refusal:
            form.refuse(refusal)
        else:
            return redirect("incentives:announce_contest", made.pk)
    return _builder(request, form, title=_("New contest"))


@require_http_methods(["GET", "POST"])
def change(request, contest_id):
    """Change a draft."""
    found = contest_for(request, contest_id, to_run=True)
    if found.status != Contest.Status.DRAFT:
        messages.info(request, services.ContestRefused("not_draft").reason)
        return redirect("incentives:contest", found.pk)
    form = _form(request, initial=as_shown(found))
    if request.method == "POST" and _is_valid(request, form):
        try:
            services.change_contest(contest=found, wanted=form.wanted, by=request.user)
        except BadTerms as refusal:
            form.refuse(refusal)
        except services.ContestRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            return redirect("incentives:announce_contest", found.pk)
    return _builder(request, form, title=_("Change the contest"))


@require_http_methods(["GET", "POST"])
def announce(request, contest_id):
    """Show a draft as those who take part will read it, and announce it."""
    found = contest_for(request, contest_id, to_run=True)
    if found.status != Contest.Status.DRAFT:
        return redirect("incentives:contest", found.pk)
    refusal = None
    limit = None if request.membership.may(Permission.CONTESTS_APPROVE) else honour_settings().contest_limit
    if request.method == "POST":
        try:
            services.announce_contest(contest=found, on=timezone.localdate(), now=timezone.now(), limit=limit, by=request.user)
        except BadTerms as refused:
            refusal = refused.reason
        except services.ContestRefused as refused:
            if refused.code == "too_costly":
                messages.warning(request, refused.reason)
                return redirect("incentives:announce_contest", found.pk)
            # Pressed twice, or somebody else was quicker: the contest's page says how it stands.
            messages.info(request, refused.reason)
            return redirect("incentives:contest", found.pk)
        else:
            messages.success(request, _("%(contest)s is announced: those who take part see it now.") % {"contest": found.name})
            return redirect("incentives:contest", found.pk)
    people = queries.participants_of(found)
    entries = queries.entries_of(found, people) if people else []
    unmeasured = [entry.name for entry in entries if found.yardstick != "NONE" and not entry.yardstick]
    cost = queries.cost_of(found, people)
    beside = 0 if limit is None else queries.cost_beside(found, user=request.user)
    context = {
        "contest": found,
        "said": said_of(found, currency=request.company.currency),
        "cost": cost,
        "limit": limit,
        "beside": beside,
        "is_too_costly": limit is not None and cost + beside > limit,
        "people": people,
        "unmeasured": unmeasured,
        "refusal": refusal,
        "today": timezone.localdate(),
    }
    return render(request, "incentives/contest_announce.html", context, status=422 if refusal else 200)


@require_POST
def remove(request, contest_id):
    """Throw a draft away."""
    found = contest_for(request, contest_id, to_run=True)
    try:
        services.remove_contest(contest=found, by=request.user)
    except services.ContestRefused as refusal:
        messages.error(request, refusal.reason)
        return redirect("incentives:contest", found.pk)
    messages.success(request, _("The draft is thrown away."))
    return redirect("incentives:contests")


def _form(request, *, initial):
    on = timezone.localdate()
    units = units_in_sight(request.sight).exclude(closed_on__lte=on)
    people = Person.objects.employed_on(on).filter(pk__in=people_in_sight(request.sight).values("pk")).order_by("name", "pk")
    return ContestForm(
        request.POST or None,
        units=units.exclude(parent=None),
        people=people,
        currency=request.company.currency,
        back=reverse("incentives:contests"),
        initial=initial,
    )


def _is_valid(request, form):
    """Check the form; whoever leads a branch chooses which of it takes part."""
    if not form.is_valid():
        return False
    if not request.sight.sees_everybody and not form.cleaned_data["units"] and not form.cleaned_data["people"]:
        form.add_error("units", _("Choose which of your units, or who by name, takes part."))
        return False
    return True


def _builder(request, form, *, title):
    context = {
        "form": form,
        "title": title,
        "forms": [(form_of.value, form_of.label, said) for form_of, said in FORMS_SAID.items()],
    }
    return render(request, "incentives/contest_form.html", context, status=422 if form.is_bound else 200)
