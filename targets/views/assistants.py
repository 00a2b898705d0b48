"""Assistants for what happens in a plan's year: joiners, leavers, transfers, moved units; what earlier quarters left undone."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.money import NoWeights
from common.period_names import name_of
from common.periods import add_months
from credits.queries.closings import closed_before
from targets import access, rules
from targets.forms.adjustments import CarryForm, CaseForm, ExemptForm
from targets.models import Adjustment, Plan
from targets.queries import workbench
from targets.queries.carrying import propose_carrying, quarters_over, undone_below
from targets.queries.plans import sheet_of, unit_key, year_of
from targets.queries.prorating import balances_of, open_cases, propose_case
from targets.services import adjustments as services
from targets.services import exemptions
from targets.services.plans import PlanRefused
from targets.views.adjustments import ask, asking, reason_of
from teams.models import Person
from teams.queries import calendar_of

REFUSALS = (services.AdjustmentRefused, PlanRefused, rules.BadTiers, rules.CannotShare, NoWeights)


@require_GET
def changes(request, plan_id):
    """List whose place changed inside a published plan while their target stayed as it was."""
    found, sheet = _opened(request, plan_id)
    reach = access.reach_of(request)
    rows = [
        (case, *_places(sheet, case), reach.may_set(sheet.nodes[case.key], sheet))
        for case in open_cases(sheet, today=timezone.localdate())
        if reach.sees(sheet.nodes[case.key].unit_id)
    ]
    context = {
        "plan": found,
        "year": name_of(year_of(found), found.year_starts_on.month),
        "rows": rows,
        "exempt": access.exemptions_in(request, found),
    }
    return render(request, "targets/changes.html", context)


@require_POST
def exempt(request, plan_id, code):
    """Let a joiner have no target in the plan, with the reason."""
    found, sheet = _opened(request, plan_id)
    case, form = _case(request, found, sheet, code), ExemptForm(request.POST)
    if case is None or case.kind != Adjustment.Kind.JOINED or not case.is_in_months:
        messages.info(request, _("This is settled already."))
    elif not form.is_valid():
        messages.error(request, _("Say why, so that everybody understands it later."))
        return redirect("targets:change", found.pk, code)
    else:
        person = Person.objects.get(pk=sheet.nodes[case.key].person_id)
        try:
            exemptions.exempt(plan=found, person=person, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("%(name)s gets no target in this plan.") % {"name": case.name})
        except REFUSALS as refusal:
            messages.error(request, refusal.reason)
    return redirect("targets:changes", found.pk)


@require_POST
def lift_exemption(request, exemption_id):
    """Put somebody back on the list of joiners without a target."""
    found = access.exemption_for(request, exemption_id)
    try:
        exemptions.lift(exemption=found, by=request.user)
        messages.success(request, _("%(name)s is listed again while they have no target.") % {"name": found.person.name})
    except REFUSALS as refusal:
        messages.error(request, refusal.reason)
    return redirect("targets:changes", found.plan_id)


def _case(request, plan, sheet, code):
    """Return the open case that an address names, None if it is settled, for whoever may set its target."""
    key = access.require_set(request, code.partition(".")[0])
    case = next((case for case in open_cases(sheet, today=timezone.localdate()) if case.code == code), None)
    if case is None and key not in sheet.nodes:
        raise Http404
    return case


def _places(sheet, case):
    """Return the unit that a case is about, or leaves, and the one it leads to; None for what there is not."""
    old, new = (sheet.nodes[case.from_key or sheet.nodes[case.key].parent], sheet.nodes.get(case.to_key))
    return old, sheet.nodes[new.parent] if new and new.is_person else new


def _opened(request, plan_id):
    """Return a plan in sight and its sheet for somebody who may change targets."""
    found = access.plan_for(request, plan_id)
    if not access.reach_of(request).edits:
        raise PermissionDenied
    return found, sheet_of(found, company=request.company, with_leaders=True)


@require_http_methods(["GET", "POST"])
def change(request, plan_id, code):
    """Do one case justice: the rows that follow from working days, with everything around them, asked for when posted."""
    found, sheet = _opened(request, plan_id)
    case = _case(request, found, sheet, code)
    if case is None:
        messages.info(request, _("This is settled already."))
        return redirect("targets:changes", found.pk)
    given = request.POST if request.method == "POST" else request.GET if "balance" in request.GET else None
    form = CaseForm(
        given,
        year=year_of(found),
        case=case,
        balances=balances_of(case),
        initial={"seen": sheet.stamp(sheet.root.key), "reason": _reason(case)},
    )
    form.fields["reason"].required = request.method == "POST"
    proposed = refusal = None
    if form.is_valid() or not form.is_bound:
        chosen = form.cleaned_data if form.is_bound else {"balance": balances_of(case)[0], "share": "RAMP"}
        try:
            proposed = propose_case(
                sheet,
                case,
                balance=chosen["balance"],
                share=chosen.get("share") or "RAMP",
            )
            if request.method == "POST":
                return ask(request, found, proposed, form, kind=case.kind, about=case.name, subject=case.key)
        except REFUSALS as error:
            refusal = reason_of(sheet, error)
    context = asking(sheet, proposed, form=form, refusal=refusal, reach=access.reach_of(request))
    context |= {"case": case, "node": sheet.nodes[case.key], "to": sheet.nodes.get(case.to_key)}
    if case.kind == Adjustment.Kind.JOINED and case.is_in_months:
        context["exempt"] = ExemptForm(auto_id="exempt_%s")
    if request.htmx and request.method == "GET":
        return render(request, "targets/_partials/effects.html", context)
    return render(request, "targets/change.html", context, status=422 if request.method == "POST" else 200)


def _reason(case):
    return f"{case.label} · {case.name} · {case.on:%Y-%m-%d}"


@require_http_methods(["GET", "POST"])
def carry(request, plan_id):
    """Show what earlier quarters left undone, and carry it over by an explicit choice."""
    found, sheet = _opened(request, plan_id)
    reach = access.reach_of(request)
    node = _chosen(request, sheet, reach)
    today, boundary = timezone.localdate(), closed_before()
    names = [name_of(quarter, found.year_starts_on.month) for quarter in quarters_over(sheet, on=today)]
    whole, *rows = undone_below(sheet, node.key, on=today) or [None]
    late = [row for row in rows if row.missing]
    given = request.POST if request.method == "POST" else request.GET if "way" in request.GET else None
    form = CarryForm(
        given,
        year=year_of(found),
        earliest=boundary,
        rows=late,
        initial={
            "seen": sheet.stamp(node.key if sheet.root is None else sheet.root.key),
            "rows": [row.node.key for row in late],
            "from_on": min(max(add_months(today.replace(day=1), 1), sheet.year.starts_on), sheet.year.last_day),
            "reason": _("Carried over from the quarters before"),
        },
    )
    form.fields["reason"].required = request.method == "POST"
    is_open = found.status == Plan.Status.PUBLISHED and found.metric.adds_up and bool(late)
    proposed = refusal = None
    if is_open and form.is_valid():
        missing = {row.node.key: row.missing for row in late}
        try:
            proposed = propose_carrying(
                sheet,
                {key: missing[key] for key in form.cleaned_data["rows"]},
                way=form.cleaned_data["way"],
                from_on=form.cleaned_data["from_on"],
                balance=form.cleaned_data["balance"],
                calendar=calendar_of(request.company),
            )
            if request.method == "POST":
                return ask(request, found, proposed, form, kind=Adjustment.Kind.CARRY, about=node.name)
        except REFUSALS as error:
            refusal = reason_of(sheet, error)
    context = asking(sheet, proposed, form=form, refusal=refusal, reach=reach)
    context |= {
        "node": node,
        "units": [unit for unit in sheet.nodes.values() if not unit.is_person and reach.may_split(unit.unit_id)],
        "over": names,
        "whole": whole,
        "rows": [(row, list(zip(names, row.quarters, strict=True))) for row in rows],
        "is_open": is_open,
    }
    if request.htmx and request.method == "GET":
        return render(request, "targets/_partials/effects.html", context)
    return render(request, "targets/carry.html", context, status=422 if request.method == "POST" else 200)


def _chosen(request, sheet, reach):
    """Return the unit whose people are looked at: as the address says, else the first one in sight."""
    text = request.GET.get("unit", "")
    tops = workbench.tops_in_sight(sheet, reach)
    if not text:
        if not tops:
            raise Http404
        return tops[0]
    node = sheet.nodes.get(unit_key(text)) if text.isascii() and text.isdigit() else None
    if node is None or not reach.sees(node.unit_id):
        raise Http404
    return node
