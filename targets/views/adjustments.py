"""Changing a published plan in mid-period: asking with a preview of every sum, and deciding."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.money import NoWeights
from common.period_names import name_of
from credits.queries.closings import closed_before
from targets import access, rules
from targets.forms.adjustments import AdjustForm, DecisionForm
from targets.models import Adjustment, Plan
from targets.queries.adjusting import adjustments_in, effects_of, level_of, propose_change
from targets.queries.plans import sheet_of, year_of
from targets.queries.proposals import named
from targets.queries.prorating import open_cases
from targets.queries.stages import stage_sheets
from targets.rules import Balance
from targets.services import adjustments as services
from targets.services.campaign_adjustments import NoLongerFits, campaigns_now
from targets.services.plans import PlanRefused
from teams.models import Unit
from teams.queries import calendar_of

REFUSALS = (services.AdjustmentRefused, PlanRefused, rules.BadTiers, rules.CannotShare, NoWeights)


@require_GET
def adjustments(request, plan_id):
    """List what was asked for in a plan, what waits first; and the ways to ask."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    sheet = sheet_of(found, company=request.company, with_leaders=True)
    settable = [
        node
        for key, node in sheet.nodes.items()
        if reach.may_set(node, sheet) and (not node.is_leader or key in sheet.sheet.cells)
    ]
    if chosen := request.GET.get("row"):
        if chosen not in {node.key for node in settable}:
            raise Http404
        return redirect("targets:adjust", found.pk, chosen)
    rows = list(adjustments_in(found, reach)[:200])
    context = {
        "plan": found,
        "year": _year_name(found),
        "waiting": [
            (row, access.may_decide(request, row) and row.made_by_id != request.user.pk) for row in rows if row.is_waiting
        ],
        "decided": [row for row in rows if not row.is_waiting],
        "nodes": [(node, "\u2003" * node.depth) for node in settable],
        "cases": _cases_in_sight(sheet, reach) if settable else 0,
        "may_ask": bool(settable) and found.metric.adds_up and found.status == Plan.Status.PUBLISHED,
    }
    return render(request, "targets/adjustments.html", context)


def _cases_in_sight(sheet, reach):
    """Return of how many people and units in sight the place has changed while the target stayed."""
    return sum(reach.sees(sheet.nodes[case.key].unit_id) for case in open_cases(sheet, today=timezone.localdate()))


@require_http_methods(["GET", "POST"])
def adjust(request, plan_id, key):
    """Ask for another target of one row from a day on, with everything that follows shown first."""
    found = access.plan_for(request, plan_id)
    access.require_set(request, key)
    sheet = sheet_of(found, company=request.company, with_leaders=True)
    node = access.row_to_adjust(request, sheet, key)
    if found.status != Plan.Status.PUBLISHED or not found.metric.adds_up:
        code = "not_published" if found.metric.adds_up else "rates"
        messages.info(request, services.AdjustmentRefused(code).reason)
        return redirect("targets:plan", found.pk)
    today, boundary = timezone.localdate(), closed_before()
    amounts = [cell.commit for cell in sheet.sheet.of(key)]
    given = request.POST if request.method == "POST" else request.GET if "balance" in request.GET else None
    form = AdjustForm(
        given,
        year=year_of(found),
        earliest=boundary,
        metric=found.metric,
        currency=request.company.currency,
        months=sheet.months,
        closed={i for i, month in enumerate(sheet.months) if boundary and month < boundary},
        initial={"from_on": _first_day(found, today, boundary), "seen": sheet.stamp(sheet.root.key)}
        | ({"balance": Balance.DIFFERENCE} if node.parent is None else {})
        | {f"m{i}": amount for i, amount in enumerate(amounts)},
    )
    # A preview needs no reason yet.
    form.fields["reason"].required = request.method == "POST"
    proposed = refusal = None
    if form.is_valid():
        try:
            proposed = propose_change(
                sheet,
                key,
                wanted=form.wanted(amounts),
                from_on=form.cleaned_data["from_on"],
                balance=form.cleaned_data["balance"],
                with_below=form.cleaned_data["with_below"],
                calendar=calendar_of(request.company),
            )
            if request.method == "POST":
                return ask(request, found, proposed, form, kind=Adjustment.Kind.CHANGE, about=node.name, subject=key)
        except REFUSALS as error:
            refusal = reason_of(sheet, error)
    context = asking(sheet, proposed, form=form, refusal=refusal, reach=access.reach_of(request))
    context |= {"node": node, "has_below": bool(sheet.sheet.children.get(key))}
    if request.htmx and request.method == "GET":
        return render(request, "targets/_partials/effects.html", context)
    return render(request, "targets/adjust.html", context, status=422 if request.method == "POST" else 200)


def ask(request, plan, proposed, form, *, kind, about, subject=""):
    """Ask for what a form proposes; lead to the adjustment that came of it."""
    given = form.cleaned_data
    made = services.request_adjustment(
        plan=plan,
        proposed=proposed,
        kind=kind,
        balance=given["balance"],
        from_on=given["from_on"],
        reason=given["reason"],
        about=about,
        subject=subject,
        seen=given["seen"],
        client_ref=given["client_ref"],
        now=timezone.now(),
        today=timezone.localdate(),
        by=request.user,
    )
    if made.is_waiting:
        messages.success(request, _("Asked for. The targets stay as they are until it is approved."))
    else:
        messages.success(request, _("In force. Everybody's figures will follow in a moment."))
    return redirect("targets:adjustment", made.pk)


def asking(sheet, proposed, *, form, refusal, reach):
    """Return what every page that asks for an adjustment shows: the form, and what would become of whom in sight."""
    plan = sheet.plan
    context = {"plan": plan, "form": form, "refusal": refusal, "year": _year_name(plan), "Balance": Balance}
    if proposed and proposed.keys:
        inside, level_id = level_of(sheet, proposed.keys)
        effects = effects_of(sheet, proposed.changes, typed=proposed.typed)
        seen = [effect for effect in effects if reach.sees(effect.node.unit_id)]
        context |= {
            "effects": seen,
            "hidden": len(effects) - len(seen),
            "campaigns": _campaigns_seen(_proposed_campaigns(sheet, proposed), reach),
            "inside": inside,
            "level": level_id and Unit.objects.get(pk=level_id),
        }
    return context | {"is_preview": proposed is not None}


def _proposed_campaigns(sheet, proposed):
    tables = stage_sheets(sheet, proposed.stages)
    return [(table, *_rows_of(proposed.stages[table.stage_plan.pk])) for table in tables]


def _rows_of(proposed):
    return proposed.changes, proposed.typed


def _campaigns_seen(campaigns, reach):
    """Return of campaigns that change what is in sight: [(name, [Effect])]."""
    shown = [
        (str(table.stage_plan.own), [row for row in effects_of(table, changes, typed=typed) if reach.sees(row.node.unit_id)])
        for table, changes, typed in campaigns
    ]
    return [(name, rows) for name, rows in shown if rows]


def reason_of(sheet, error):
    """Return a refusal in words, with the names of the plan's rows and months."""
    if isinstance(error, rules.CannotShare):
        return named(sheet, error).reason
    return error.reason


def _first_day(plan, today, boundary):
    """Return the day that is offered first: today inside the plan's open year, else its first open day."""
    year = year_of(plan)
    return min(max(today, year.starts_on, boundary or year.starts_on), year.last_day)


def _year_name(plan):
    return name_of(year_of(plan), plan.year_starts_on.month)


@require_GET
def adjustment(request, adjustment_id):
    """Show an adjustment: what it does, why, who asked and who decided; with the buttons for whoever may decide."""
    found = access.adjustment_for(request, adjustment_id)
    plan, may_decide = found.plan, access.may_decide(request, found)
    sheet = sheet_of(plan, company=request.company, with_leaders=True)
    effects, campaigns, refusal, reach = [], [], None, access.reach_of(request)
    if found.is_waiting:
        try:
            changes = services.changes_now(found, sheet)
            effects = [effect for effect in effects_of(sheet, changes) if _is_seen(effect.node, reach)]
            campaigns = [(table, own, frozenset()) for table, own in campaigns_now(found, table=sheet)]
        except services.AdjustmentRefused as error:
            refusal = error.reason
        except NoLongerFits:
            refusal = services.AdjustmentRefused("no_longer_fits").reason
    context = {
        "adjustment": found,
        "plan": plan,
        "year": _year_name(plan),
        "effects": effects,
        "campaigns": _campaigns_seen(campaigns, reach),
        "images": [] if found.is_waiting else _told(found, sheet, reach),
        "campaigns_told": [] if found.is_waiting else _campaigns_told(found, sheet, reach),
        "refusal": refusal,
        "form": DecisionForm(initial={"seen": sheet.stamp(sheet.root.key)}),
        "may_decide": found.is_waiting and may_decide and found.made_by_id != request.user.pk,
        "is_own": found.is_waiting and found.made_by_id == request.user.pk,
        "Status": Adjustment.Status,
    }
    return render(request, "targets/adjustment.html", context)


def _is_seen(node, reach):
    return reach.sees(node.unit_id)


def _told(adjustment, sheet, reach):
    """Return the rows of a decided adjustment as they were and as they became, in the shown order."""
    return _told_rows(sheet, sheet.column_names, adjustment.before, adjustment.after, reach)


def _campaigns_told(adjustment, sheet, reach):
    """Return the same of its campaigns: [(name, rows)]."""
    found = []
    for table in stage_sheets(sheet, adjustment.stages):
        images = adjustment.stages[str(table.stage_plan.pk)]
        name_of = dict(zip(table.stage_ids, table.column_names, strict=True))
        # A stage that was removed since has lost its name.
        names = [name_of.get(stage, "—") for stage in images["stages"]]
        if rows := _told_rows(table, names, images["before"], images["after"], reach):
            found.append((str(table.stage_plan.own), rows))
    return found


def _told_rows(table, names, before, after, reach):
    rows = []
    for key, node in table.nodes.items():
        if key in after and _is_seen(node, reach):
            was, becomes = before[key], after[key]
            columns = [(name, old[1], new[1]) for name, old, new in zip(names, was, becomes, strict=True) if old[:3] != new[:3]]
            rows.append((node, sum(cell[1] for cell in was), sum(cell[1] for cell in becomes), columns))
    return rows


@require_POST
def decide(request, adjustment_id, verb):
    """Approve or decline an adjustment, or withdraw what one asked for oneself."""
    found = access.adjustment_for(request, adjustment_id)
    if verb not in {"approve", "decline", "withdraw"}:
        raise Http404
    if verb == "withdraw":
        if found.made_by_id != request.user.pk:
            raise PermissionDenied
    elif not access.may_decide(request, found):
        raise PermissionDenied
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(message for errors in form.errors.values() for message in errors))
        return redirect("targets:adjustment", found.pk)
    given, now = form.cleaned_data, timezone.now()
    try:
        if verb == "approve":
            services.approve(
                adjustment=found,
                answer=given["answer"],
                seen=given["seen"],
                now=now,
                today=timezone.localdate(),
                by=request.user,
            )
            messages.success(request, _("Approved. Everybody's figures will follow in a moment."))
        elif verb == "decline":
            services.decline(adjustment=found, answer=given["answer"], now=now, by=request.user)
            messages.success(request, _("Declined. The targets stay as they are."))
        else:
            services.take_back(adjustment=found, now=now, by=request.user)
            messages.success(request, _("Withdrawn."))
    except REFUSALS as refusal:
        messages.warning(request, refusal.reason)
    return redirect("targets:adjustment", found.pk)
