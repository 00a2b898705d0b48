"""Dividing a plan among product lines or channels: chosen, divided, typed, fitted again, undone."""

from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.money import LIMIT, from_minor
from common.period_names import name_of
from common.periods import month_of, months_in
from common.refusals import Refusal
from targets import rules
from targets.models import PartStep, PartTarget, Plan, PlanPart
from targets.queries.parts import dimensions_of, divided, mix_of, propose_fit, propose_parts, refusal_in_words
from targets.queries.plans import sheet_of, unit_key
from targets.rules.parts import PartsRefused
from targets.services.plans import PlanRefused, locked


class NotDivided(Refusal):
    """A change of parts that a plan cannot take."""

    sentences = {
        "dimension": _("What counts for this metric is not told apart in this way."),
        "too_few": _("Choose at least two."),
        "no_parts": _("Choose first what the plan is divided into."),
        "not_in_plan": _("The plan is not divided into this any more."),
        "exists": _("The same part stands there twice."),
    }


#: How an entry of the audit trail calls each kind of step.
ACTIONS = {
    PartStep.Verb.CHOOSE: "targets.plan.parts_chosen",
    PartStep.Verb.DIVIDE: "targets.plan.divided",
    PartStep.Verb.FIT: "targets.plan.fitted",
    PartStep.Verb.CELL: "targets.plan.changed",
    PartStep.Verb.UNDO: "targets.plan.undone",
}


@transaction.atomic
def choose_parts(*, plan, dimension, chosen, by):
    """
    Say what a plan is divided into; the targets of a part that is left out go, those of the others stay.

    :param chosen: pairs (id of the product line or channel or None for all others, deadline or None) in their order;
        none at all ends the division.
    :raises NotDivided: ``dimension``, ``too_few``, ``exists``.
    :raises PlanRefused: ``published``, ``month_closed``.
    """
    plan = locked(plan)
    if chosen and dimension not in dimensions_of(plan.metric):
        raise NotDivided("dimension")
    if len(chosen) == 1:
        raise NotDivided("too_few")
    if len({thing for thing, _due_on in chosen}) < len(chosen):
        raise NotDivided("exists")
    found = _opened(plan)
    column = "product_line_id" if dimension == PlanPart.Dimension.LINE else "channel_id"
    wanted = {thing for thing, _due_on in chosen}
    left = [part for part in found.parts if part.dimension != dimension or getattr(part, column) not in wanted]
    gone = {part.pk for part in left}
    changes = {row: (rules.NO_TARGET,) * 12 for row in found.table.cells if row[1] in gone}
    inputs = {"dimension": dimension if chosen else "", "was": [str(part.name) for part in found.parts]}
    PlanPart.objects.filter(pk__in=gone).update(is_active=False)
    for position, (thing, due_on) in enumerate(chosen):
        values = {"position": position, "due_on": due_on, "is_active": True}
        about = {"product_line_id": None, "channel_id": None} | {column: thing}
        PlanPart.objects.update_or_create(plan=plan, dimension=dimension, **about, defaults=values)
    return _take(found, found.plan_sheet.root, PartStep.Verb.CHOOSE, changes, inputs=inputs, by=by)


@transaction.atomic
def divide_parts(
    *, plan, unit=None, method, weights=None, each_own=True, keep_by_hand=True, seen=None, client_ref=None, on, by
):
    """
    Divide a unit's months, and all below it, among the parts: exact in every month, tier, unit and part at once.

    The company's by the method; a unit below keeps the parts it was given, and only what is below it is divided.

    :param weights: id of a part → typed number.
    :param each_own: below, each by their own mix of last year, else in the proportion of the unit above.
    :param seen: the stamp that was on the screen (``DividedPlan.stamp``).
    :raises NotDivided, PlanRefused, PartsRefused, NoWeights:
    """
    plan = locked(plan)
    if step := _made(client_ref):
        return step
    found, node = _divided(plan, unit, seen=seen, keep_by_hand=keep_by_hand)
    mix = mix_of(plan, found.parts, on=on)
    with _in_words(found):
        changes = propose_parts(found, node.key, method=method, weights=weights, each_own=each_own, mix=mix)
    inputs = {
        "method": str(method),
        "each_own": each_own,
        "weights": {str(key): str(say) for key, say in (weights or {}).items()},
    }
    by_hand = found.by_hand if keep_by_hand else {}
    return _take(found, node, PartStep.Verb.DIVIDE, changes, by_hand=by_hand, inputs=inputs, client_ref=client_ref, by=by)


@transaction.atomic
def fit_parts(*, plan, unit=None, keep_by_hand=True, status=Plan.Status.DRAFT, client_ref=None, by):
    """
    Make the parts of a unit and of everything below it add up again, each as near as it can be to what it is.

    :param status: what the plan has to be: a published one only after its targets were adjusted.
    :raises NotDivided, PlanRefused, PartsRefused:
    """
    plan = locked(plan, status=status)
    if step := _made(client_ref):
        return step
    found, node = _divided(plan, unit, keep_by_hand=keep_by_hand)
    with _in_words(found):
        changes = propose_fit(found, node.key)
    by_hand = found.by_hand if keep_by_hand else {}
    inputs = {"keep_by_hand": keep_by_hand}
    return _take(found, node, PartStep.Verb.FIT, changes, by_hand=by_hand, inputs=inputs, client_ref=client_ref, by=by)


@transaction.atomic
def set_part(*, plan, key, part_id, period, tier, amount, seen=None, by):
    """
    Set what a unit or person is asked for of one part in a month, quarter or the year; the others keep theirs.

    A quarter or year is shared out over its open months as they stand, or as the row's own target where nothing stands.

    :param amount: minor units; `seen`: those that stood there on the screen.
    :raises NotDivided, PlanRefused, BadTiers, NoWeights:
    """
    plan = locked(plan)
    found, _root = _divided(plan, None)
    if part_id not in found.part_by_id:
        raise NotDivided("not_in_plan")
    if (node := found.nodes.get(key)) is None:
        raise PlanRefused("not_in_plan")
    if amount < 0:
        raise rules.BadTiers("negative")
    if amount > LIMIT:
        raise PlanRefused("too_large")
    cells, months = found.table.of(key, part_id), found.plan_sheet.months
    starts = {month.starts_on for month in months_in(period)}
    positions = [i for i, month in enumerate(months) if month in starts]
    before = sum(getattr(cells[i], tier) for i in positions)
    # Whoever sends the same twice has what they want.
    if seen is not None and before not in (seen, amount):
        raise PlanRefused("changed")
    free = [i for i in positions if i not in found.table.final]
    rest = amount - sum(getattr(cells[i], tier) for i in positions if i not in free)
    if not free or rest < 0:
        raise PlanRefused("month_closed", month=name_of(month_of(months[positions[0]]), plan.year_starts_on.month))
    own = found.plan_sheet.sheet.of(key)
    fallback = [own[i].commit for i in range(12)]
    if not any(fallback[i] for i in free):
        fallback = [found.plan_sheet.working_days[month] or 1 for month in months]
    rule = rules.TierRule(plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
    changed = rules.set_span(cells, free, tier=tier, amount=rest, fallback=fallback, rule=rule)
    by_hand = found.by_hand | {(key, part_id): found.by_hand.get((key, part_id), frozenset()) | set(free)}
    inputs = {"node": key, "name": node.name, "part": str(found.part_by_id[part_id].name), "tier": str(tier)}
    inputs |= {"period": name_of(period, plan.year_starts_on.month), "was": before, "now": amount}
    about = found.nodes[node.parent] if node.is_person else node
    return _take(found, about, PartStep.Verb.CELL, {(key, part_id): changed}, by_hand=by_hand, inputs=inputs, by=by)


@transaction.atomic
def undo_parts(*, plan, step_id=None, by):
    """
    Put the cells of one's own last step back; undoing that again redoes it. Which parts were chosen is not undone.

    :raises PlanRefused: ``nothing_to_undo``, ``changed``.
    """
    plan = locked(plan)
    step = last_part_step(plan=plan, user=by)
    if step is None or step_id not in (None, step.pk):
        raise PlanRefused("nothing_to_undo")
    found, _root = _divided(plan, None)
    images = {_row_of(name): name for name in step.after}
    if any(
        key not in found.nodes or part not in found.part_by_id or _image(found, (key, part)) != step.after[name]
        for (key, part), name in images.items()
    ):
        raise PlanRefused("changed")
    changes = {row: tuple(rules.Tiers(*cell[:3]) for cell in step.before[name]) for row, name in images.items()}
    by_hand = {row: frozenset(i for i, cell in enumerate(step.before[name]) if cell[3]) for row, name in images.items()}
    node = found.nodes[unit_key(step.unit_id)]
    return _take(found, node, PartStep.Verb.UNDO, changes, by_hand=by_hand, inputs={}, undoes=step, by=by)


def last_part_step(*, plan, user):
    """Return the step that ``undo_parts`` would take back, or None."""
    step = PartStep.objects.filter(plan=plan, made_by=user).order_by("-pk").first()
    return None if step is None or step.verb == PartStep.Verb.CHOOSE else step


@contextmanager
def _in_words(found):
    """Give a refusal of the rules its names before it leaves the service."""
    try:
        yield
    except PartsRefused as refusal:
        raise refusal_in_words(found, refusal) from refusal


def _made(client_ref):
    return PartStep.objects.filter(client_ref=client_ref).first() if client_ref else None


def _opened(plan, *, keep_by_hand=True):
    sheet = sheet_of(plan, company=plan.company)
    if sheet.root is None:
        raise PlanRefused("no_organisation")
    return divided(sheet, keep_by_hand=keep_by_hand)


def _divided(plan, unit, *, seen=None, keep_by_hand=True):
    """Return a locked plan with its parts, and the node of a unit (the root's if none is given)."""
    found = _opened(plan, keep_by_hand=keep_by_hand)
    if not found.parts:
        raise NotDivided("no_parts")
    node = found.plan_sheet.root if unit is None else found.nodes.get(unit_key(unit.pk))
    if node is None:
        raise PlanRefused("not_in_plan")
    if seen is not None and seen != found.stamp(node.key):
        raise PlanRefused("changed")
    return found, node


def _take(found, node, verb, changes, *, by_hand=None, inputs, undoes=None, client_ref=None, by):
    """Store changed cells and the step with how they were; returns the step."""
    plan, by_hand = found.plan, by_hand or {}
    before = {row: _image(found, row) for row in changes}
    after = {row: _image_of(cells, by_hand.get(row, ())) for row, cells in changes.items()}
    changed = [row for row in changes if before[row] != after[row]]
    _refuse_final_months(found, [(before[row], after[row]) for row in changed])
    _store(found, {row: (before[row], after[row]) for row in changed})
    plan.version += 1
    plan.save(update_fields=["version"])
    step = PartStep.objects.create(
        plan=plan,
        unit_id=node.unit_id,
        verb=verb,
        inputs=inputs,
        before={_name_of(row): before[row] for row in changed},
        after={_name_of(row): after[row] for row in changed},
        undoes=undoes,
        client_ref=client_ref,
        made_by=by,
    )
    told = [row for row in changed if row[0] == node.key or found.nodes[row[0]].parent == node.key]
    record(
        ACTIONS[verb],
        about=plan,
        by=by,
        before={_label(found, row): _year(found, before[row]) for row in told},
        after={_label(found, row): _year(found, after[row]) for row in told} | {"parts": _names_of(plan)},
    )
    return step


def _names_of(plan):
    parts = PlanPart.objects.filter(plan=plan, is_active=True).select_related("product_line", "channel")
    return ", ".join(str(part.name) for part in parts)


def _store(found, images):
    """Write the cells that differ in one statement, and take away in another those that ask for nothing any more."""
    rows = []
    for (key, part_id), (before, after) in images.items():
        node = found.nodes[key]
        place = {"person_id": node.person_id, "within_id": node.unit_id} if node.is_person else {"unit_id": node.unit_id}
        for month, old, new in zip(found.plan_sheet.months, before, after, strict=True):
            if old != new:
                floor, commit, stretch, is_by_hand = new
                tiers = {"floor": floor, "commit": commit, "stretch": stretch, "is_by_hand": bool(is_by_hand)}
                rows.append(PartTarget(part_id=part_id, month=month, **tiers, **place))
    if rows:
        PartTarget.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["company", "part", "month", "unit", "person", "within"],
            update_fields=["floor", "commit", "stretch", "is_by_hand"],
        )
    # What belongs to nobody in the plan any more goes with what asks for nothing.
    is_idle = Q(part__plan=found.plan, stretch=0, is_by_hand=False) | Q(pk__in=found.stale) | Q(part__is_active=False)
    PartTarget.objects.filter(is_idle, part__plan=found.plan).delete()


def _refuse_final_months(found, images):
    for before, after in images:
        for index in found.table.final:
            if before[index][:3] != after[index][:3]:
                month = month_of(found.plan_sheet.months[index])
                raise PlanRefused("month_closed", month=name_of(month, found.plan.year_starts_on.month))


def _image(found, row):
    return _image_of(found.table.of(*row), found.by_hand.get(row, ()))


def _image_of(cells, by_hand):
    return [[cell.floor, cell.commit, cell.stretch, int(i in by_hand)] for i, cell in enumerate(cells)]


def _name_of(row):
    key, part_id = row
    return f"{key}.{part_id}"


def _row_of(name):
    key, _dot, part_id = name.partition(".")
    return key, int(part_id)


def _label(found, row):
    key, part_id = row
    part = found.part_by_id.get(part_id)
    return f"{found.nodes[key].name} · {part.name if part else part_id}"


def _year(found, image):
    """Return a row's year in the commit tier, as people read it."""
    return f"{from_minor(sum(cell[1] for cell in image), found.plan.metric.scale):,}"
