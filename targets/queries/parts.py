"""Reads of a plan divided by product line or channel: its table, last year's mix, proposals, and what does not add up."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2s

from django.db.models import Sum

from common.money import NoWeights, from_minor
from common.period_names import name_of
from common.periods import month_of
from credits.models import Credit
from credits.queries.lens import Lens
from credits.rules.own import WITH_CHANNELS
from targets import rules
from targets.models import PartTarget, PlanPart
from targets.queries.closings import final_months_of
from targets.queries.history import RECORD_MONTHS, Past, record_before
from targets.queries.plans import PlanSheet, person_key, unit_key
from targets.rules.parts import (
    PartMethod,
    PartSheet,
    PartsRefused,
    divide_own,
    divide_subtree,
    find_part_gaps,
    refit_own,
)


@dataclass
class DividedPlan:
    """A plan's sheet with its parts; `by_hand` holds the positions of the months that somebody typed."""

    plan_sheet: PlanSheet
    parts: list[PlanPart]
    table: PartSheet
    by_hand: dict
    stale: tuple = ()  # ids of rows about somebody who is not in the plan any more

    @property
    def plan(self):
        return self.plan_sheet.plan

    @property
    def nodes(self):
        return self.plan_sheet.nodes

    @cached_property
    def part_by_id(self):
        return {part.pk: part for part in self.parts}

    @property
    def dimension(self):
        return self.parts[0].dimension if self.parts else ""

    @property
    def is_empty(self):
        return not self.table.cells

    def gaps(self, key=None):
        """Return what does not add up at a node (the company's by default) and below it."""
        root = self.plan_sheet.root
        return find_part_gaps(self.table, key or root.key) if self.parts and root else []

    def stamp(self, key):
        """Return a short text that changes when a part of a node or of anything below it does; see ``PlanSheet.stamp``."""
        below = set(self.plan_sheet.sheet.below(key))
        shown = sorted((row, part, cells) for (row, part), cells in self.table.cells.items() if row in below)
        targets = self.plan_sheet.stamp(key)
        return blake2s(repr((targets, shown)).encode(), digest_size=8).hexdigest()


def dimensions_of(metric):
    """Return the dimensions that a metric's facts carry: only by these can its targets be followed. What does not add up has none."""
    found = []
    if not metric.adds_up:
        return found
    if Lens(product_line_id=1).carries(metric.measures):
        found.append(PlanPart.Dimension.LINE)
    if all(measure in WITH_CHANNELS for measure in metric.measures) or metric.is_own:
        found.append(PlanPart.Dimension.CHANNEL)
    return found


def parts_of(plan):
    """Return the parts that a plan is divided into, in their order."""
    return list(PlanPart.objects.filter(plan=plan, is_active=True).select_related("product_line", "channel"))


def divided(plan_sheet, *, keep_by_hand=True):
    """Return a plan's parts as a table; three statements more than the plan's own."""
    parts = parts_of(plan_sheet.plan)
    position_of = {month: i for i, month in enumerate(plan_sheet.months)}
    cells, by_hand = defaultdict(lambda: [rules.NO_TARGET] * 12), defaultdict(set)
    rows = PartTarget.objects.filter(part__in=[part.pk for part in parts]) if parts else PartTarget.objects.none()
    stale = []
    for pk, part_id, unit_id, person_id, within_id, month, floor, commit, stretch, is_by_hand in rows.values_list(
        "pk", "part_id", "unit_id", "person_id", "within_id", "month", "floor", "commit", "stretch", "is_by_hand"
    ):
        row = (unit_key(unit_id) if unit_id else person_key(person_id, within_id), part_id)
        if row[0] not in plan_sheet.nodes:
            stale.append(pk)
            continue
        cells[row][position_of[month]] = rules.Tiers(floor, commit, stretch)
        if is_by_hand:
            by_hand[row].add(position_of[month])
    by_hand = {row: frozenset(positions) for row, positions in by_hand.items()}
    table = PartSheet(
        plan_sheet.sheet,
        tuple(part.pk for part in parts),
        {row: tuple(months) for row, months in cells.items()},
        by_hand if keep_by_hand else {},
        frozenset(position_of[month] for month in final_months_of(plan_sheet.plan)) if parts else frozenset(),
    )
    return DividedPlan(plan_sheet, parts, table, by_hand, tuple(stale))


@dataclass(frozen=True)
class Mix:
    """What was done of each part in the twelve months before, by part: wherever a person was, and in a unit."""

    pasts: dict
    period: object

    def of(self, node, plan_sheet):
        """Return part → amount in minor units; what went back more than it came in counts nothing."""
        return {part: max(0, sum(past.of(node, plan_sheet).values())) for part, past in self.pasts.items()}


def columns_of(parts):
    """Return how credits tell parts apart: the column, id there → part id, and the part of all others or None."""
    by_line = bool(parts) and parts[0].dimension == PlanPart.Dimension.LINE
    part_of = {part.product_line_id if by_line else part.channel_id: part.pk for part in parts}
    # What no part names belongs to "all others", which has neither a line nor a channel.
    others = part_of.pop(None, None)
    return "product_line_id" if by_line else "channel_id", part_of, others


def mix_of(plan, parts, *, on):
    """Return the mix of the last twelve whole months before a plan's year, from the ledger, in one statement."""
    period = record_before(plan.year_starts_on, on=on, months=RECORD_MONTHS)
    column, part_of, others = columns_of(parts)
    pasts = {part.pk: Past(*(defaultdict(lambda: defaultdict(int)) for _ in range(3)), period) for part in parts}
    rows = (
        Credit.objects.filter(measure=plan.metric.numerator)
        .counting_in(period)
        .order_by()
        .values_list("person_id", "unit_id", "is_overlay", column)
        .annotate(sum=Sum("amount"))
    )
    for person_id, unit_id, is_overlay, thing, amount in rows:
        if (part := part_of.get(thing, others)) is None:
            continue
        past = pasts[part]
        past.by_person[person_id][None] += amount
        if not is_overlay:
            past.by_unit[unit_id][None] += amount
    return Mix(pasts, period)


def propose_parts(plan, key, *, method, weights=None, each_own=True, mix):
    """
    Return how a node and everything below it would be divided: (node, part) → twelve ``rules.Tiers``.

    The company's own months are divided by the method; a unit below it keeps the parts it was given from above.

    :param plan: ``DividedPlan``.
    :param weights: part → typed number, for ``PartMethod.WEIGHTS``.
    :param each_own: below, each by their own mix of last year; else all in the proportion of the unit above them.
    :raises PartsRefused, NoWeights:
    """
    changes, table = {}, plan.table
    if plan.nodes[key].parent is None:
        changes = divide_own(table, key, _weights(plan, key, method, weights or {}, mix))
        table = table.with_changes(changes)
    below = plan.plan_sheet.sheet.below(key)
    seeds = {child: mix.of(plan.nodes[child], plan.plan_sheet) for child in below} if each_own else {key: {}}
    return changes | divide_subtree(table, key, seeds)


def _weights(plan, key, method, weights, mix):
    match PartMethod(method):
        case PartMethod.EQUAL:
            return dict.fromkeys(plan.table.parts, 1)
        case PartMethod.WEIGHTS:
            return weights
    found = mix.of(plan.nodes[key], plan.plan_sheet)
    if not any(found.values()):
        raise NoWeights("all_zero")
    return found


def propose_fit(plan, key):
    """Return what makes the parts of a node and of all below it add up again, close to what they are."""
    changes, table = {}, plan.table
    if plan.nodes[key].parent is None:
        changes = refit_own(table, key)
        table = table.with_changes(changes)
    return changes | divide_subtree(table, key)


def refusal_in_words(plan, refusal):
    """Return a refusal of the rules with names, the month and a readable amount in its sentence."""
    if not isinstance(refusal, PartsRefused):
        return refusal
    given, scale = dict(refusal.params), plan.plan.metric.scale
    given["node"] = plan.nodes[given["node"]].name
    given["month"] = name_of(month_of(given["month"]))
    if "amount" in given:
        given["amount"] = f"{from_minor(given['amount'], scale):,}"
        names = [f"{plan.nodes[key].name} · {plan.part_by_id[part].name}" for key, part in given["cells"]]
        given["cells"] = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
    return PartsRefused(refusal.code, **given)


@dataclass(frozen=True)
class GapRow:
    """Where something does not add up, all its months together: a node's parts (`part` None), or what is below it of a part."""

    node: object
    part: PlanPart | None
    months: tuple
    tiers: tuple
    missing: int  # of the commit tier, else of the first that differs; < 0 is too much
    moves: int  # the same without cancelling out between months


def gap_rows(plan, key=None):
    """Return one row for each node and part with gaps, parents first."""
    found = defaultdict(list)
    for gap in plan.gaps(key):
        found[gap.key, gap.part].append(gap)
    rows = []
    for (node, part), gaps in found.items():
        tiers = tuple(name for name in rules.TIER_NAMES if any(gap.tier == name for gap in gaps))
        shown = [gap.missing for gap in gaps if gap.tier == ("commit" if "commit" in tiers else tiers[0])]
        months = tuple(dict.fromkeys(gap.month for gap in gaps))
        moves = sum(map(abs, shown))
        rows.append(GapRow(plan.nodes[node], plan.part_by_id.get(part), months, tiers, sum(shown), moves))
    return rows
