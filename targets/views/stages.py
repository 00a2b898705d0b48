"""Targets of a campaign's stages: begun, set in a grid like a plan's, made to add up, published."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.money import NoWeights
from common.period_names import name_of
from common.refusals import Refusal
from targets import access, forms, rules
from targets.models import StagePlan
from targets.queries import workbench
from targets.queries.periods import own_periods
from targets.queries.plans import year_of
from targets.queries.stages import can_be_planned, label_of, stage_sheet_of
from targets.rules import Tier
from targets.services import stages as services
from targets.services.blocks import BlockRefused
from targets.services.plans import PlanRefused
from targets.services.steps import image_of
from targets.views.cells import amount_or_refusal, first_error, in_words, refuse, rows_for_grid
from targets.views.grid import chosen_tier, tier_tabs

REFUSALS = (PlanRefused, services.StagesRefused, rules.SheetRefused, rules.BadTiers, NoWeights)
#: What the grid calls all stages of a row together.
ALL = "all"


@require_http_methods(["GET", "POST"])
def stages(request, plan_id):
    """List the campaigns and quota periods of a plan's year; begin targets for the days of one."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    if not found.metric.adds_up:
        raise Http404
    own = [entry for entry in own_periods() if can_be_planned(found, entry.row)]
    if request.method == "POST":
        if not (reach.edits and reach.may_publish):
            raise PermissionDenied
        chosen = next((entry.row for entry in own if str(entry.row.pk) == request.POST.get("own")), None)
        if chosen is None:
            raise Http404
        try:
            made = services.start_stages(plan=found, own=chosen, by=request.user)
        except REFUSALS as refusal:
            messages.error(request, refusal.reason)
            return redirect("targets:stages", found.pk)
        return redirect("targets:stage_plan", made.pk)
    begun = {row.own_id: row for row in StagePlan.objects.filter(plan=found)}
    context = {
        "plan": found,
        "year": name_of(year_of(found), found.year_starts_on.month),
        "rows": [(entry, begun.get(entry.row.pk)) for entry in own],
        "may_begin": reach.edits and reach.may_publish,
    }
    return render(request, "targets/stages.html", context)


@require_GET
def stage_plan(request, stage_plan_id):
    """Show the targets of a campaign: the tree down, its stages across, beside what the months hold for the same days."""
    found, reach, tier = access.stage_plan_for(request, stage_plan_id), access.reach_of(request), chosen_tier(request)
    sheet = stage_sheet_of(found, company=request.company)
    tops = workbench.tops_in_sight(sheet, reach)
    context = {"stages": found, "plan": found.plan, "tier": tier, "tiers": Tier, "days": name_of(found.own.period)}
    if not tops:
        return render(request, "targets/plan_empty.html", context)
    node = _chosen_node(request, sheet, reach) or tops[0]
    shares = {key: round(sum(parts)) for key, parts in sheet.shares.items()}
    step = services.last_stage_step(stage_plan=found, user=request.user) if found.is_draft and reach.edits else None
    whole = sum(getattr(sheet.sheet.year_of(top.key), tier) for top in tops)
    carried = sum(
        getattr(sheet.sheet.year_of(key), tier)
        for top in tops
        for key in sheet.sheet.below(top.key)
        if sheet.nodes[key].is_person
    )
    share = sum(shares.get(top.key, 0) for top in tops)
    context |= {
        "tops": tops,
        "node": node,
        "path": [sheet.nodes[node.parent]] if node.parent and reach.sees(sheet.nodes[node.parent].unit_id) else [],
        "rows": [_row(sheet, child, tier, shares) for child in [node, *sheet.children_of(node.key)]],
        "columns": [_column(stage) for stage in sheet.stages],
        "tier_tabs": tier_tabs(request, tier),
        "whole": whole,
        "share": share,
        "change": rules.growth(whole, share) if share else None,
        "carried": rules.percent_of(carried, whole) if whole else None,
        "gaps": workbench.count_of_gaps(sheet, tops),
        "reach": reach,
        "is_draft": found.is_draft,
        "may_edit": reach.edits and found.is_draft,
        "back": step,
        "grid": _grid(found, sheet, tops, tier=tier, shares=shares, reach=reach, step=step),
    }
    return render(request, "targets/stage_plan.html", context)


def _grid(found, sheet, tops, *, tier, shares, reach, step):
    """Return what the grid's script works with: like a plan's, with one group of columns and no split."""
    days = [stage.days_of(sheet.days.calendar) for stage in sheet.stages]
    columns = [
        {"code": str(stage.row.pk), "label": str(_column(stage)["name"]), "title": label_of(stage), "days": count}
        for stage, count in zip(sheet.stages, days, strict=True)
    ]
    rows = workbench.grid_rows(sheet, tops, last_year=shares, reach=reach)
    return {
        "plan": f"stages-{found.pk}",
        "isStages": True,
        "all": ALL,
        "tier": tier,
        "scale": found.plan.metric.scale,
        "rounding": found.plan.rounding_unit,
        "isOpen": reach.edits and found.is_draft,
        "quarters": [{"code": ALL, "label": "", "months": columns}],
        "rows": [row | {"maySplit": False} for row in rows],
        "cells": reverse("targets:stage_cells", args=[found.pk]),
        "lock": reverse("targets:stage_locks", args=[found.pk]),
        "split": "",
        "undo": step and step.pk,
        "redo": None,
    }


def _column(stage):
    return {"name": stage.name or _("Other days"), "days": label_of(stage)}


def _row(sheet, node, tier, shares):
    amounts = [getattr(cell, tier) for cell in sheet.sheet.of(node.key)]
    missing = None if node.is_person else workbench.missing_of(sheet, node.key, tier)
    return {"node": node, "amounts": amounts, "whole": sum(amounts), "share": shares.get(node.key), "missing": missing}


def _chosen_node(request, sheet, reach):
    text = request.GET.get("unit", "")
    node = sheet.nodes.get(f"u{text}") if text else None
    if text and (node is None or not reach.sees(node.unit_id)):
        raise Http404
    return node


@require_POST
def set_cells(request, stage_plan_id):
    """Set the cells of a block as they were typed, all or none; as a plan's grid does."""
    found = access.stage_plan_for(request, stage_plan_id)
    form = forms.BlockForm(request.POST)
    if not form.is_valid():
        return refuse(first_error(form))
    given = form.cleaned_data
    keys = access.require_set_all(request, [key for key, *_rest in given["cells"]])
    position_of = _positions(found, request.company)
    edits = [
        services.StageEdit(key, _position(position_of, code), amount_or_refusal(text, found.plan, request.company), seen)
        for key, (_key, code, text, seen) in zip(keys, given["cells"], strict=True)
    ]
    try:
        step = services.set_stages(
            stage_plan=found, edits=edits, tier=given["tier"], client_ref=given["client_ref"], by=request.user
        )
    except BlockRefused as refused:
        return _faults(refused.faults, edits, found, request)
    except Refusal as refusal:
        return refuse(refusal.reason, status=409)
    return JsonResponse({"rows": rows_for_grid(step.after), "undo": step.pk, "redo": None})


def _positions(found, company):
    """Return which position each column's code has; all of them together have None."""
    sheet = stage_sheet_of(found, company=company)
    return {ALL: None} | {str(stage.row.pk): i for i, stage in enumerate(sheet.stages)}


def _position(position_of, code):
    if code not in position_of:
        raise Http404
    return position_of[code]


def _faults(faults, edits, found, request):
    answer = {
        "faults": [{"number": fault.number, "text": fault.refusal.reason, "code": fault.refusal.code} for fault in faults],
        "error": in_words(faults),
    }
    stale = {edits[fault.number].key for fault in faults if fault.refusal.code == "changed"}
    if stale:
        sheet = stage_sheet_of(found, company=request.company)
        answer["rows"] = rows_for_grid({key: image_of(sheet, key) for key in stale})
    return JsonResponse(answer, status=409 if stale else 422)


@require_POST
def lock(request, stage_plan_id):
    """Lock or unlock cells."""
    found = access.stage_plan_for(request, stage_plan_id)
    form = forms.LockForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["cells"]:
        return refuse(first_error(form) if form.errors else _("These cells cannot be read."))
    cells, wanted, position_of = form.cleaned_data["cells"], {}, _positions(found, request.company)
    for key, (_key, code) in zip(access.require_set_all(request, [key for key, _code in cells]), cells, strict=True):
        position = _position(position_of, code)
        positions = range(len(position_of) - 1) if position is None else [position]
        wanted[key] = wanted.get(key, frozenset()) | frozenset(positions)
    try:
        step = services.lock_stages(stage_plan=found, cells=wanted, is_locked=form.cleaned_data["is_locked"], by=request.user)
    except REFUSALS as refusal:
        return refuse(refusal.reason, status=409)
    return JsonResponse({"rows": rows_for_grid(step.after), "undo": step.pk, "redo": None})


@require_POST
def undo(request, stage_plan_id):
    """Take one's own last step back; with the rows for the grid, which asks by script."""
    found = access.stage_plan_for(request, stage_plan_id)
    form = forms.UndoForm(request.POST)
    step = services.last_stage_step(stage_plan=found, user=request.user)
    is_grid, text, done = request.headers.get("X-Requested-With") == "fetch", PlanRefused("nothing_to_undo").reason, None
    if not access.reach_of(request).edits:
        raise PermissionDenied
    if form.is_valid() and step is not None:
        # The right to this part of the plan may have gone since.
        access.require_set_all(request, list(step.after))
        try:
            done = services.undo_stages(stage_plan=found, step_id=form.cleaned_data["step"], by=request.user)
            text = _("Taken back.")
        except REFUSALS as refusal:
            text = refusal.reason
    if is_grid:
        if done is None:
            return refuse(text, status=409)
        back = services.last_stage_step(stage_plan=found, user=request.user)
        return JsonResponse({"rows": rows_for_grid(done.after), "undo": back and back.pk, "redo": None, "text": text})
    (messages.success if done else messages.warning)(request, text)
    return redirect("targets:stage_plan", found.pk)


@require_POST
def settle(request, stage_plan_id, unit_id):
    """Make what is below a unit add up to it again."""
    found, unit = access.stage_plan_for(request, stage_plan_id), access.unit_to_split(request, unit_id)
    try:
        services.settle_stages(stage_plan=found, unit=unit, by=request.user)
        messages.success(request, _("%(unit)s adds up.") % {"unit": unit.name})
    except REFUSALS as refusal:
        messages.error(request, refusal.reason)
    return redirect("targets:stage_plan", found.pk)


@require_POST
def life(request, stage_plan_id, verb):
    """Work the targets out from the months anew, publish them, or withdraw them with a reason."""
    found, reach = access.stage_plan_for(request, stage_plan_id), access.reach_of(request)
    if not (reach.edits and reach.may_publish):
        raise PermissionDenied
    deeds = {"share": _share, "publish": _publish, "withdraw": _withdraw}
    if verb not in deeds:
        raise Http404
    try:
        messages.success(request, deeds[verb](request, found))
    except REFUSALS as refusal:
        messages.error(request, refusal.reason)
    return redirect("targets:stage_plan", found.pk)


def _share(request, found):
    services.share_months(stage_plan=found, by=request.user)
    return _("Worked out from the months anew; locked cells were kept.")


def _publish(request, found):
    services.publish_stages(stage_plan=found, now=timezone.now(), by=request.user)
    return _("Published. Every figure of these days asks for these targets now.")


def _withdraw(request, found):
    services.withdraw_stages(stage_plan=found, reason=request.POST.get("reason", "")[:300], by=request.user)
    return _("Withdrawn. These days ask for their share of the months again.")
