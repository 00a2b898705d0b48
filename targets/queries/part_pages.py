"""What the pages of a divided plan show: parts or months across, what is missing, and a proposal beside what is there."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from common.period_names import month_name, name_of
from common.periods import format_code, month_of
from credits.models import Credit
from targets import rules
from targets.models import PartTarget, Plan, PlanPart
from targets.queries.parts import columns_of
from targets.queries.plans import Node

#: Longer than this, people are shown a team at a time.
MOST_ROWS = 150


@dataclass(frozen=True)
class PartCell:
    """What is asked of a node for one part in a period, in one tier; `missing` is what a unit's children lack of it."""

    part: int
    code: str
    amount: int
    is_by_hand: bool
    missing: int
    may_set: bool


@dataclass(frozen=True)
class PartRow:
    """A row of the page: the node's own target (of the shown part, with months across), its cells, and what they lack of it."""

    node: Node
    depth: int
    target: int
    cells: tuple
    rest: int


@dataclass(frozen=True)
class Shown:
    """What is looked at: a tier, the positions of the months, the period's code, and whether anything may be typed."""

    tier: str
    positions: tuple
    code: str
    is_open: bool


def keys_below(plan, tops):
    """Return the rows of a part of a plan, and whether people are left out because there are too many."""
    keys = [key for top in tops for key in plan.plan_sheet.sheet.below(top.key)]
    if len(keys) <= MOST_ROWS:
        return keys, False
    return [key for key in keys if not plan.nodes[key].is_person], True


def part_rows(plan, keys, *, shown, reach, base=0):
    """Return rows with the parts across."""
    rows = []
    for key in keys:
        node = plan.nodes[key]
        cells = tuple(_cell(plan, node, part, shown, reach=reach) for part in plan.table.parts)
        own = plan.plan_sheet.sheet.of(key)
        target = sum(getattr(own[i], shown.tier) for i in shown.positions)
        rows.append(PartRow(node, node.depth - base, target, cells, target - sum(cell.amount for cell in cells)))
    return rows


def month_rows(plan, keys, *, part, shown, reach, base=0):
    """Return rows with the months of one part across; `target` is its year."""
    rows, first_month = [], plan.plan.year_starts_on.month
    for key in keys:
        node = plan.nodes[key]
        cells = []
        for i, month in enumerate(plan.plan_sheet.months):
            code = format_code(month_of(month), first_month)
            cells.append(_cell(plan, node, part, Shown(shown.tier, (i,), code, shown.is_open), reach=reach))
        rows.append(PartRow(node, node.depth - base, sum(cell.amount for cell in cells), tuple(cells), 0))
    return rows


def _cell(plan, node, part, shown, *, reach):
    months, kept = plan.table.of(node.key, part), plan.by_hand.get((node.key, part), ())
    return PartCell(
        part=part,
        code=shown.code,
        amount=sum(getattr(months[i], shown.tier) for i in shown.positions),
        is_by_hand=any(i in kept for i in shown.positions),
        missing=_missing(plan, node, part, shown),
        may_set=shown.is_open
        and reach.may_set(node, plan.plan_sheet)
        and any(i not in plan.table.final for i in shown.positions),
    )


def _missing(plan, node, part, shown):
    if node.is_person or not plan.plan_sheet.sheet.children.get(node.key):
        return 0
    upto, at = rules.TIER_NAMES.index(shown.tier) + 1, plan.table.parts.index(part)
    lacking = 0
    for i in shown.positions:
        if i not in plan.table.final:
            lacking += sum(plan.table.aims(node.key, i)[at][:upto]) - sum(plan.table.below(node.key, part, i)[:upto])
    return lacking


def month_heads(plan):
    return [month_name(month) for month in plan.plan_sheet.months]


@dataclass(frozen=True)
class ProposedPart:
    """A node's year of one part in the commit tier: as it is, as it would be, and what was done of it last year."""

    part: object
    today: int
    proposed: int
    last_year: int
    share: Decimal | None
    last_share: Decimal | None

    @property
    def difference(self):
        return self.proposed - self.today


def proposed_parts(plan, key, changes, *, mix):
    """Return a node's parts as they are and as they would be, beside last year's mix."""
    done = mix.of(plan.nodes[key], plan.plan_sheet)
    today = {part.pk: rules.total(plan.table.of(key, part.pk)).commit for part in plan.parts}
    new = {part.pk: rules.total(changes.get((key, part.pk), plan.table.of(key, part.pk))).commit for part in plan.parts}
    whole, before = sum(new.values()), sum(done.values())
    return [
        ProposedPart(
            part=part,
            today=today[part.pk],
            proposed=new[part.pk],
            last_year=done[part.pk],
            share=rules.percent_of(new[part.pk], whole) if whole else None,
            last_share=rules.percent_of(done[part.pk], before) if before else None,
        )
        for part in plan.parts
    ]


@dataclass(frozen=True)
class OwnPart:
    """A person's targets and results of one part, in the periods asked for."""

    part: PlanPart
    spans: tuple  # of OwnSpan


@dataclass(frozen=True)
class OwnSpan:
    name: str
    tiers: rules.Tiers
    actual: int

    @property
    def attainment(self):
        return rules.attainment(self.actual, self.tiers.commit)


def own_parts(person, *, year, periods):
    """
    Return a person's published targets by product line or channel: plan id → [OwnPart]; two statements and one a divided plan.

    :param periods: of the fiscal year `year`, in the shown order.
    """
    rows = PartTarget.objects.filter(
        person=person,
        part__is_active=True,
        part__plan__status=Plan.Status.PUBLISHED,
        month__gte=year.starts_on,
        month__lt=year.ends_before,
    ).order_by("part__position", "part_id")
    asked, plans = {}, {}
    for row in rows.select_related("part__plan__metric", "part__product_line", "part__channel"):
        months = asked.setdefault(row.part, {})
        months[row.month] = months.get(row.month, rules.NO_TARGET) + rules.Tiers(row.floor, row.commit, row.stretch)
        plans.setdefault(row.part.plan_id, []).append(row.part)
    found = {}
    for plan_id, parts in plans.items():
        parts = list(dict.fromkeys(parts))
        done = _done_of(person, parts, year=year)
        found[plan_id] = [
            OwnPart(part, tuple(_own_span(asked[part], done.get(part.pk, {}), each, year.starts_on.month) for each in periods))
            for part in parts
        ]
    return found


def _done_of(person, parts, *, year):
    """Return what a person did of each part in each month of a year: part id → month → amount."""
    column, part_of, others = columns_of(parts)
    done = defaultdict(lambda: defaultdict(int))
    rows = (
        Credit.objects.filter(person=person, measure=parts[0].plan.metric.numerator)
        .counting_in(year)
        .order_by()
        .annotate(month=TruncMonth("counts_on"))
        .values_list(column, "month")
        .annotate(sum=Sum("amount"))
    )
    for thing, month, amount in rows:
        if (part := part_of.get(thing, others)) is not None:
            done[part][month] += amount
    return done


def _own_span(asked, done, period, first_month):
    tiers = rules.total(cell for month, cell in asked.items() if month in period)
    return OwnSpan(name_of(period, first_month), tiers, sum(amount for month, amount in done.items() if month in period))
