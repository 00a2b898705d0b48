"""Changing a plan's targets: spreading a year, splitting a unit, setting a cell, spreading a rest, undoing."""

from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from common.money import LIMIT
from targets import rules
from targets.models import Plan, PlanStep
from targets.queries.plans import Node, PlanSheet, sheet_of, unit_key
from targets.queries.proposals import month_weights, named, propose_split, propose_spread, record_of
from targets.rules import MonthMethod, SplitMethod
from targets.services.blocks import BlockRefused, Edit, set_block
from targets.services.plans import PlanRefused, locked
from targets.services.steps import image_of, take_step

#: How many of one's latest steps are looked at to say which comes next.
UNDO_DEPTH = 200


@transaction.atomic
def set_year(*, plan, unit=None, tiers, method=MonthMethod.SEASON, weights=None, seen=None, client_ref=None, on, by):
    """
    Set a unit's year and spread it over the months. What is below it stays, and shows what is missing.

    :param unit: the company's root unit if not given.
    :param tiers: ``rules.Tiers`` of the year in minor units, or the commit target alone, from which the plan's
        percentages make the other two.
    :param weights: twelve numbers for ``MonthMethod.WEIGHTS``.
    :param seen: the stamp of the unit that was on the screen (``PlanSheet.stamp``).
    :param client_ref: a uuid made by the form; a form that is sent twice changes once.
    :param on: today; history is what was over by then.
    :raises PlanRefused, BadTiers, NoWeights:
    """
    plan = locked(plan)
    if step := _made(client_ref):
        return step
    plan, sheet, node = _opened(plan, unit, seen=seen)
    if not isinstance(tiers, rules.Tiers):
        tiers = rules.derive_tiers(tiers, plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
    if tiers.stretch > LIMIT * 10:
        raise PlanRefused("too_large")
    by_month = month_weights(sheet, node.key, method=method, weights=weights, company=plan.company, on=on)
    try:
        cells = rules.spread_row(sheet.sheet, node.key, tiers, by_month)
    except rules.SheetRefused as refusal:
        raise named(sheet, refusal) from refusal
    inputs = {"method": str(method), "year": tiers.commit, "shares": [_decimal(weight * 100) for weight in by_month]}
    return take_step(sheet, node, PlanStep.Verb.YEAR, {node.key: cells}, inputs=inputs, client_ref=client_ref, by=by)


@transaction.atomic
def split_down(
    *,
    plan,
    unit,
    method=None,
    shares=None,
    weights=None,
    whole_subtree=False,
    with_leaders=False,
    seen=None,
    client_ref=None,
    on,
    by,
):
    """
    Divide a unit's months among its units and people, so that they add up exactly in every month and tier.

    Whoever is there for some months only gets a target in these, in proportion to their working days in the month.

    :param method: one ``SplitMethod``; or ``shares`` with the say of two or three of them, in proportion.
    :param weights: key of a child (``unit_key``, ``person_key``) → typed weight, for ``SplitMethod.WEIGHTS``.
    :param whole_subtree: split every unit below in the same way.
    :param with_leaders: those who lead a unit of people carry a part of it as well.
    :raises PlanRefused, SheetRefused, NoWeights:
    """
    plan = locked(plan)
    if step := _made(client_ref):
        return step
    plan, sheet, node = _opened(plan, unit, seen=seen, with_leaders=with_leaders)
    shares = {SplitMethod(key): say for key, say in (shares or {method: 1}).items()}
    try:
        proposal = propose_split(
            sheet,
            node.key,
            shares=shares,
            weights=weights,
            whole_subtree=whole_subtree,
            with_leaders=with_leaders,
            record=record_of(sheet, on=on),
        )
    except rules.SheetRefused as refusal:
        raise named(sheet, refusal) from refusal
    inputs = {
        "shares": {
            str(key): _decimal(Fraction(say) * 100 / sum(map(Fraction, shares.values()))) for key, say in shares.items()
        },
        "whole_subtree": whole_subtree,
        "with_leaders": with_leaders,
        "without_history": proposal.without_history,
        "units": {key: {child.key: child.told() for child in children} for key, children in proposal.inputs.items()},
    }
    return take_step(sheet, node, PlanStep.Verb.SPLIT, proposal.changes, inputs=inputs, client_ref=client_ref, by=by)


def set_cell(*, plan, key, period, tier, amount, seen=None, by):
    """
    Set what a unit or person is asked for in a month, a quarter or the year; others keep theirs, the parent shows the rest.

    A quarter or year is shared out over its months as they stand; locked ones keep theirs. A new commit target takes floor
    and stretch along in their present proportion; a new floor or stretch leaves the others.

    :param key: the row (``unit_key``, ``person_key``).
    :param period: a month, quarter or the year of the plan.
    :param amount: minor units.
    :param seen: the amount that stood there on the screen, in minor units.
    :raises PlanRefused: ``changed``, ``not_there``, ``not_in_plan``, ``published``, ``locked``.
    :raises BadTiers, NoWeights:
    """
    return set_cells(plan=plan, key=key, tier=tier, amounts={period: amount}, seen={period: seen}, by=by)


def set_cells(*, plan, key, tier, amounts, seen=None, by):
    """
    Set several periods of one row at once; see ``set_cell``. Of several refusals the first is raised.

    :param amounts: Period → minor units; the periods do not overlap.
    :param seen: Period → minor units, or None for a period that is not looked at.
    """
    edits = [Edit(key, period, amount, (seen or {}).get(period)) for period, amount in amounts.items()]
    try:
        return set_block(plan=plan, edits=edits, tier=tier, by=by)
    except BlockRefused as refusal:
        raise refusal.faults[0].refusal from refusal


@transaction.atomic
def spread_remainder(*, plan, unit, whole_subtree=True, keep_by_hand=True, seen=None, client_ref=None, by):
    """
    Make a unit's children add up to it again, in proportion to what they have; and all below them.

    :param keep_by_hand: cells that somebody typed stay; the others take the rest.
    :raises SheetRefused: if what stays leaves no room; nothing is changed then.
    """
    plan = locked(plan)
    if step := _made(client_ref):
        return step
    plan, sheet, node = _opened(plan, unit, seen=seen)
    try:
        proposal = propose_spread(sheet, node.key, whole_subtree=whole_subtree, keep_by_hand=keep_by_hand)
    except rules.SheetRefused as refusal:
        raise named(sheet, refusal) from refusal
    inputs = {"whole_subtree": whole_subtree, "keep_by_hand": keep_by_hand}
    by_hand = {key: sheet.by_hand.get(key, frozenset()) if keep_by_hand else frozenset() for key in proposal.changes}
    return take_step(
        sheet, node, PlanStep.Verb.SPREAD, proposal.changes, by_hand=by_hand, inputs=inputs, client_ref=client_ref, by=by
    )


@transaction.atomic
def sum_up(*, plan, unit=None, seen=None, client_ref=None, by):
    """Set a unit, and every unit below it, to what its units and people add up to: a plan made from below."""
    plan = locked(plan)
    if step := _made(client_ref):
        return step
    plan, sheet, node = _opened(plan, unit, seen=seen)
    changes = rules.sum_up(sheet.sheet, node.key)
    return take_step(sheet, node, PlanStep.Verb.SUM, changes, inputs={}, client_ref=client_ref, by=by)


@transaction.atomic
def undo(*, plan, step_id=None, by):
    """
    Put the cells of one's own last step back as they were before it, then those of the step before that, and so on.

    Undoing an undoing does its step again.

    :param step_id: the step that the button spoke of; nothing is undone if it is not one's next to undo or to do again.
    :raises PlanRefused: ``nothing_to_undo``; ``changed`` if somebody has changed one of these cells since.
    """
    plan = locked(plan)
    back, again = steps_to_undo(plan=plan, user=by)
    step = next((step for step in (back, again) if step and step_id in (None, step.pk)), None)
    if step is None:
        raise PlanRefused("nothing_to_undo")
    sheet = sheet_of(plan, company=plan.company, with_leaders=True)
    if any(key not in sheet.nodes or image_of(sheet, key) != step.after[key] for key in step.after):
        raise PlanRefused("changed")
    changes = {key: tuple(rules.Tiers(*cell[:3]) for cell in image) for key, image in step.before.items()}
    by_hand, locks = (
        {key: rules.marked(image, mark) for key, image in step.before.items()} for mark in (rules.BY_HAND, rules.LOCKED)
    )
    node = sheet.nodes[unit_key(step.unit_id)]
    return take_step(sheet, node, PlanStep.Verb.UNDO, changes, by_hand=by_hand, locked=locks, inputs={}, undoes=step, by=by)


def steps_to_undo(*, plan, user):
    """Return the step of somebody's own that would be taken back next, and the undoing that would be done again; or None."""
    steps = PlanStep.objects.filter(plan=plan, made_by=user).order_by("-pk").values_list("pk", "undoes_id")[:UNDO_DEPTH]
    back, again, is_undoing = [], [], {}
    for pk, undoes_id in reversed(steps):
        # An undoing of an undoing is a step like any other again.
        is_undoing[pk] = undoes_id is not None and not is_undoing.get(undoes_id, False)
        if undoes_id is None:
            back, again = [*back, pk], []
        elif is_undoing[pk]:
            back, again = back[:-1], [*again, pk]
        else:
            back, again = [*back, pk], again[:-1]
    found = PlanStep.objects.in_bulk([*back[-1:], *again[-1:]])
    return tuple(found.get(stack[-1]) if stack else None for stack in (back, again))


def _opened(plan, unit, *, seen, with_leaders=False) -> tuple[Plan, PlanSheet, Node]:
    """Return a locked plan, its sheet and the node of a unit (the root's if none is given)."""
    if not plan.metric.adds_up:
        raise PlanRefused("ratio")
    sheet = sheet_of(plan, company=plan.company, with_leaders=with_leaders)
    if sheet.root is None:
        raise PlanRefused("no_organisation")
    node = sheet.root if unit is None else sheet.nodes.get(unit_key(unit.pk))
    if node is None:
        raise PlanRefused("not_in_plan")
    if seen is not None and seen != sheet.stamp(node.key):
        raise PlanRefused("changed")
    return plan, sheet, node


def _made(client_ref):
    return PlanStep.objects.filter(client_ref=client_ref).first() if client_ref else None


def _decimal(fraction):
    """Return a fraction for JSON: up to six decimal places, as text."""
    return f"{(Decimal(fraction.numerator) / Decimal(fraction.denominator)).quantize(Decimal('0.000001')).normalize():f}"
