"""Cells of a plan's grid: set as typed or pasted, locked, and taken back; answered with the rows as they are now."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.periods import parse_code
from common.refusals import Refusal
from targets import access, forms, rules
from targets.models import PlanStep
from targets.queries.plans import sheet_of, unit_key, year_of
from targets.queries.workbench import last_hand_of
from targets.services import blocks, splits
from targets.services.plans import PlanRefused
from targets.services.steps import image_of
from targets.views.choosing import choice_of

SHOWN_REASONS = 3


# Its one change is whole or nothing by itself: the service's savepoint is enough.
@transaction.non_atomic_requests
@require_POST
def set_cells(request, plan_id):
    """
    Set the cells of a block as they were typed, all or none.

    A refusal names every cell in question by its number in the block; for those that somebody else has changed meanwhile
    it brings the rows as they are now.
    """
    found = access.plan_for(request, plan_id)
    form = forms.BlockForm(request.POST)
    if not form.is_valid():
        return refuse(first_error(form))
    given = form.cleaned_data
    keys = access.require_set_all(request, [key for key, *_rest in given["cells"]])
    edits = [
        blocks.Edit(key, _period(found, code), amount_or_refusal(text, found, request.company), seen)
        for key, (_key, code, text, seen) in zip(keys, given["cells"], strict=True)
    ]
    try:
        step = blocks.set_block(plan=found, edits=edits, tier=given["tier"], client_ref=given["client_ref"], by=request.user)
    except PlanRefused as refusal:
        return refuse(refusal.reason, status=409)
    except blocks.BlockRefused as refused:
        return _faults(refused.faults, edits, found, request)
    return JsonResponse({"rows": rows_for_grid(step.after), "undo": step.pk, "redo": None})


def first_error(form):
    return next(message for errors in form.errors.values() for message in errors)


def _period(plan, code):
    """Return the month, quarter or year of a plan that a code names."""
    try:
        period = parse_code(code, plan.year_starts_on.month)
        if year_of(plan).overlap(period) != period or period.starts_on.day != 1:
            raise ValueError(code)
    except ValueError:
        raise Http404 from None
    return period


def amount_or_refusal(text, plan, company):
    """Return minor units, or the refusal that says why the text is no amount: it is said at its cell, with all others."""
    try:
        return forms.read_amount(text, metric=plan.metric, currency=company.currency) or 0
    except Refusal as refusal:
        return refusal


def _faults(faults, edits, plan, request):
    stale = {edits[fault.number].key for fault in faults if fault.refusal.code == "changed"}
    answer = {
        "faults": [{"number": fault.number, "text": fault.refusal.reason, "code": fault.refusal.code} for fault in faults],
        "error": in_words(faults),
    }
    if stale:
        sheet = sheet_of(plan, company=request.company, with_leaders=True, only=stale)
        answer["rows"] = rows_for_grid({key: image_of(sheet, key) for key in stale})
        answer["by"] = last_hand_of(plan, stale, besides=request.user)
    return JsonResponse(answer, status=409 if stale else 422)


def in_words(faults):
    """Return what a block's refusal says in one line: how many cells, and why, each reason once."""
    reasons = list(dict.fromkeys(fault.refusal.reason for fault in faults))
    if len(faults) == 1:
        return reasons[0]
    count = ngettext("%(number)s cell cannot be taken.", "%(number)s cells cannot be taken.", len(faults)) % {
        "number": len(faults)
    }
    return " ".join([count, *reasons[:SHOWN_REASONS], *["…"] * (len(reasons) > SHOWN_REASONS)])


def rows_for_grid(images):
    """Return rows for the grid, from their cells as a step keeps them."""
    return {
        key: {
            "tiers": {tier: [cell[position] for cell in image] for position, tier in enumerate(rules.TIER_NAMES)},
            "byHand": sorted(rules.marked(image, rules.BY_HAND)),
            "locked": sorted(rules.marked(image, rules.LOCKED)),
        }
        for key, image in images.items()
    }


def refuse(text, *, status=422):
    return JsonResponse({"error": text, "faults": []}, status=status)


@require_POST
def lock(request, plan_id):
    """Lock or unlock cells; from a split's page whole rows, and back to it with what was typed there."""
    found = access.plan_for(request, plan_id)
    form = forms.LockForm(request.POST)
    if not form.is_valid():
        return refuse(first_error(form))
    given = form.cleaned_data
    row = given["row"]
    cells = [(row, str(found.year_starts_on.year))] if row else given["cells"]
    wanted = {}
    for key, (_key, code) in zip(access.require_set_all(request, [key for key, _code in cells]), cells, strict=True):
        wanted.setdefault(key, []).append(_period(found, code))
    try:
        step = blocks.set_locks(plan=found, cells=wanted, is_locked=given["is_locked"], by=request.user)
    except PlanRefused as refusal:
        if not row:
            return refuse(refusal.reason, status=409)
        messages.warning(request, refusal.reason)
    if not row:
        return JsonResponse({"rows": rows_for_grid(step.after), "undo": step.pk, "redo": None})
    if given["unit"] is None:
        return redirect("targets:row", found.pk, row)
    return redirect(_split_again(request.POST, found, given["unit"]))


def _split_again(posted, plan, unit_id):
    """Return the address of a unit's split with what was typed in its form, but for what the form is sent once with."""
    return f"{reverse('targets:split', args=[plan.pk, unit_id])}{choice_of(posted)}"


@require_POST
def undo(request, plan_id):
    """Take one's own last step back, or do it again; with the rows for the grid, which asks by script."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    if not reach.edits:
        raise PermissionDenied
    form = forms.UndoForm(request.POST)
    is_grid = request.headers.get("X-Requested-With") == "fetch"
    wanted, done = form.cleaned_data["step"] if form.is_valid() else None, None
    step = next((s for s in splits.steps_to_undo(plan=found, user=request.user) if s and s.pk == wanted), None)
    if step is None:
        text = PlanRefused("nothing_to_undo").reason
    elif not reach.may_split(step.unit_id) and not _may_set_all(reach, step, found, request.company):
        # The right to this part of the plan has gone since.
        raise PermissionDenied
    else:
        try:
            done = splits.undo(plan=found, step_id=step.pk, by=request.user)
            text = _("Done again.") if step.verb == PlanStep.Verb.UNDO else _("Taken back.")
        except PlanRefused as refusal:
            text = refusal.reason
    if is_grid:
        if done is None:
            return refuse(text, status=409)
        back, again = splits.steps_to_undo(plan=found, user=request.user)
        return JsonResponse(
            {"rows": rows_for_grid(done.after), "undo": back and back.pk, "redo": again and again.pk, "text": text}
        )
    (messages.success if done else messages.warning)(request, text)
    return redirect("targets:plan", found.pk)


def _may_set_all(reach, step, plan, company):
    """Return whether one may still set every row of a step: of a block over several units, whoever leads each of them."""
    sheet = sheet_of(plan, company=company, with_leaders=True, only=set(step.after))
    return unit_key(step.unit_id) in sheet.nodes and all(
        key in sheet.nodes and reach.may_set(sheet.nodes[key], sheet) for key in step.after
    )
