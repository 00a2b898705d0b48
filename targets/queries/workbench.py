"""What the pages of plans show: rows of the sheet beside last year, what is missing, and how a person's target came about."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext

from accounts.models import AuditEntry
from common.periods import PeriodKind, year_before
from targets import rules
from targets.models import PartStep, Plan, PlanStep, StageStep, Target
from targets.queries.history import past_of
from targets.queries.plans import Node
from targets.rules import MonthMethod, SplitMethod


def last_year_of(sheet):
    """Return what each row of a sheet did in the fiscal year before, in minor units by key; rows without any are missing."""
    past = past_of(sheet.plan.metric.numerator, year_before(sheet.year, PeriodKind.YEAR))
    done = {}
    for node in sheet.nodes.values():
        if months := past.of(node, sheet):
            done[node.key] = sum(months.values())
    return done


def tops_in_sight(sheet, reach):
    """Return the rows a member's part of a plan begins with: the company, or the units they lead."""
    return [
        node
        for node in sheet.nodes.values()
        if not node.is_person
        and reach.sees(node.unit_id)
        and (node.parent is None or not reach.sees(sheet.nodes[node.parent].unit_id))
    ]


@dataclass(frozen=True)
class Missing:
    """
    What a unit's children lack of it (positive: not split yet, negative: too much), and in how many months.

    :ivar is_asked: whether the unit has a target at all.
    """

    amount: int
    months: int
    is_asked: bool

    @property
    def excess(self):
        return -self.amount

    @property
    def word(self):
        """`even`, `none` where nothing is asked for at all, `missing`, `over`, or `mixed` where months cancel each other out."""
        if not self.months:
            return "even" if self.is_asked else "none"
        return "missing" if self.amount > 0 else "over" if self.amount < 0 else "mixed"


def missing_of(sheet, key, tier):
    """Return what is missing at a unit in one tier."""
    position = rules.TIER_NAMES.index(tier)
    amounts = [left[position] for left in sheet.sheet.left_over(key)]
    return Missing(sum(amounts), sum(amount != 0 for amount in amounts), sheet.sheet.year_of(key).stretch > 0)


@dataclass(frozen=True)
class LevelRow:
    """A row of one level of a plan: a unit or person with its year and quarters in one tier, in minor units."""

    node: Node
    year: int
    quarters: tuple[int, ...]
    last_year: int | None
    missing: Missing | None
    over: Decimal  # per cent that it plans over
    is_by_hand: bool
    is_locked: bool
    may_set: bool

    @property
    def about(self):
        """The key of the target it is about, wherever somebody stands."""
        return f"p{self.node.person_id}" if self.node.is_person else self.node.key

    @property
    def growth(self):
        return rules.growth(self.year, self.last_year) if self.year else None


def level_row(sheet, node, *, tier, last_year, reach):
    """Return the row of one node."""
    cells = [getattr(cell, tier) for cell in sheet.sheet.of(node.key)]
    return LevelRow(
        node=node,
        year=sum(cells),
        quarters=tuple(sum(cells[i : i + 3]) for i in range(0, 12, 3)),
        last_year=last_year.get(node.key),
        missing=None if node.is_person else missing_of(sheet, node.key, tier),
        over=Decimal(int(sheet.sheet.over.get(node.key, 0) * 10_000)) / 100,
        is_by_hand=bool(sheet.by_hand.get(node.key)),
        is_locked=bool(sheet.locked_of(node.key)),
        may_set=reach.may_set(node, sheet),
    )


def grid_rows(sheet, tops, *, last_year, reach):
    """Return the rows of a member's part of a plan for the grid, JSON-ready: amounts in minor units, twelve a tier."""
    rows = []
    for top in tops:
        for key in sheet.sheet.below(top.key):
            node, cells = sheet.nodes[key], sheet.sheet.of(key)
            rows.append(
                {
                    "key": key,
                    "name": node.name,
                    "kind": node.kind,
                    "depth": node.depth - top.depth,
                    "parent": None if key == top.key else node.parent,
                    "unit": node.unit_id,
                    "tiers": {tier: [getattr(cell, tier) for cell in cells] for tier in rules.TIER_NAMES},
                    "lastYear": last_year.get(key),
                    "over": int(sheet.sheet.over.get(key, 0) * 10_000),
                    "elsewhere": _elsewhere(sheet, key),
                    "byHand": sorted(sheet.by_hand.get(key, ())),
                    "locked": sorted(sheet.locked_of(key)),
                    "absent": [i for i, there in enumerate(node.presence) if not there] if node.is_person else [],
                    "maySet": reach.may_set(node, sheet),
                    "maySplit": not node.is_person and bool(sheet.sheet.children.get(key)) and reach.may_split(node.unit_id),
                }
            )
    return rows


@dataclass(frozen=True)
class Moved:
    """A unit below one that counted for another one in some months of the plan, from the first to the last of them."""

    name: str
    counted_for: str
    first: date
    last: date


def moved_around(sheet, tops):
    """Return the units that left or joined a unit in sight since the plan was first published."""
    seen = {key for top in tops for key in sheet.sheet.below(top.key)} if sheet.sheet.above else ()
    found = []
    for moved, positions in sheet.sheet.above.items():
        node = sheet.nodes[moved]
        for unit in dict.fromkeys(unit for units in positions.values() for unit in units if unit != node.parent):
            if unit in seen or moved in seen:
                months = sorted(i for i, units in positions.items() if unit in units)
                found.append(Moved(node.name, sheet.nodes[unit].name, sheet.months[months[0]], sheet.months[months[-1]]))
    return found


def _elsewhere(sheet, key):
    """Return per tier and month what today's children of a unit have beyond what counts for it, as one of them has moved; or None."""
    if not sheet.sheet.above or not sheet.sheet.children.get(key):
        return None
    given = [rules.Tiers.from_steps(*steps) for steps in sheet.sheet.given_below(key)]
    shown = [
        rules.total(column) for column in zip(*(sheet.sheet.of(child) for child in sheet.sheet.children[key]), strict=True)
    ]
    if given == shown:
        return None
    pairs = list(zip(shown, given, strict=True))
    return {tier: [getattr(own, tier) - getattr(counted, tier) for own, counted in pairs] for tier in rules.TIER_NAMES}


def last_hand_of(plan, keys, *, besides):
    """Return the name of who changed one of some rows last, somebody else than a user; empty if nobody did."""
    steps = PlanStep.objects.filter(plan=plan, after__has_any_keys=list(keys)).exclude(made_by=besides)
    step = steps.select_related("made_by").defer("before", "after", "inputs").order_by("-pk").first()
    return str(step.made_by or "") if step else ""


def steps_of(plan, *, unit_ids=None):
    """Return the changes of a plan as a queryset, newest first; only of some units if given."""
    steps = PlanStep.objects.filter(plan=plan).select_related("unit", "made_by").defer("before", "after").order_by("-pk")
    return steps if unit_ids is None else steps.filter(unit_id__in=unit_ids)


#: So many steps of parts and of stages are told of a page at most.
MOST_BESIDE = 100


def steps_beside(plan, *, unit_ids=None, since=None, before=None):
    """
    Return the changes of a plan's parts, and of the campaigns in its year, newest first: (step, what it was about).

    :param unit_ids: only of these units; None for all.
    :param since, before: the instants they lie between, open where not given.
    """
    asked = {"made_at__gte": since, "made_at__lt": before, "unit_id__in": unit_ids}
    asked = {name: value for name, value in asked.items() if value is not None}
    found = []
    for steps, about in (
        (PartStep.objects.filter(plan=plan), lambda step: gettext("Product lines and channels")),
        (
            StageStep.objects.filter(stage_plan__plan=plan).select_related("stage_plan__own"),
            lambda step: step.stage_plan.own.name,
        ),
    ):
        rows = steps.filter(**asked).select_related("unit", "made_by").defer("before", "after", "inputs").order_by("-pk")
        found += [(step, about(step)) for step in rows[:MOST_BESIDE]]
    return found


def life_of(plan, *, actions, since=None, before=None):
    """
    Return audit entries about a plan as a whole, newest first.

    :param since, before: the instants they lie between, open where not given.
    """
    entries = AuditEntry.objects.filter(about_model="targets.plan", about_id=plan.pk, action__in=list(actions))
    if since is not None:
        entries = entries.filter(at__gte=since)
    if before is not None:
        entries = entries.filter(at__lt=before)
    return entries.select_related("by").order_by("-pk")


def count_of_gaps(sheet, tops):
    """Return how many cells of the commit tier do not add up under some rows."""
    return sum(gap.tier == "commit" for top in tops for gap in sheet.sheet.gaps(top.key))


def own_targets(person, *, year):
    """Return a person's published targets of a fiscal year by plan: [(plan, {month: Tiers})], in the metrics' order."""
    rows = (
        Target.objects.filter(
            person=person,
            plan__status=Plan.Status.PUBLISHED,
            month__gte=year.starts_on,
            month__lt=year.ends_before,
        )
        .order_by("plan__metric__position", "plan_id", "month")
        .select_related("plan__metric")
    )
    by_plan = {}
    for row in rows:
        months = by_plan.setdefault(row.plan_id, (row.plan, {}))[1]
        months[row.month] = months.get(row.month, rules.NO_TARGET) + rules.Tiers(row.floor, row.commit, row.stretch)
    return list(by_plan.values())


def years_with_own_targets(person):
    """Return the first days of the fiscal years in which a person has published targets, newest first."""
    return list(
        Plan.objects.filter(status=Plan.Status.PUBLISHED, targets__person=person)
        .order_by("-year_starts_on")
        .values_list("year_starts_on", flat=True)
        .distinct()
    )


def how_it_came_about(person, *, plans):
    """
    Return per plan the last steps that made a person's targets: [PlanStep], newest first.

    That is the last split of each unit the person stands in, and what was set or spread since.
    """
    within = Target.objects.filter(person=person, plan__in=plans).values_list("plan_id", "within_id").distinct()
    places = {}
    for plan_id, unit_id in within:
        places.setdefault(plan_id, set()).add(unit_id)
    found = {}
    for plan_id, unit_ids in places.items():
        keys = [f"p{person.pk}-{unit_id}" for unit_id in unit_ids]
        steps = PlanStep.objects.filter(plan_id=plan_id, after__has_any_keys=keys).select_related("unit", "made_by")
        found[plan_id] = list(steps.order_by("-pk")[:5])
    return found


def methods_of(step):
    """Return the methods of a step with their say: [(word, per cent or None)]."""
    shares = step.inputs.get("shares")
    if isinstance(shares, dict):
        words = dict(SplitMethod.choices)
        return [(words[method], Decimal(say) if len(shares) > 1 else None) for method, say in shares.items()]
    if method := step.inputs.get("method"):
        return [(dict(MonthMethod.choices)[method], None)]
    return []


@dataclass(frozen=True)
class Known:
    """What a method that goes by entered numbers knew of somebody, in the unit people read."""

    label: str
    value: Decimal
    is_filled: bool
    fixed_cost: Decimal | None
    margin: Decimal | None


@dataclass(frozen=True)
class Source:
    """What a split knew of one person, and the share it gave them in per cent."""

    history: int | None
    months: int
    weight: str | None
    share: Decimal
    heads: Decimal | None
    known: tuple[Known, ...]


def source_of(step, person):
    """Return what a step's methods knew of a person; None if it split nothing that they stand in."""
    for children in step.inputs.get("units", {}).values():
        for key, told in children.items():
            if key.startswith(f"p{person.pk}-"):
                # Steps from before there were heads and entered numbers tell four or five things.
                history, months, weight, share, heads, given = (*told, None, None)[:6]
                known = tuple(
                    Known(
                        label=SplitMethod(method).label,
                        value=Decimal(numbers["value"]),
                        is_filled=numbers["is_filled"],
                        fixed_cost=_decimal_in(numbers, "fixed_cost"),
                        margin=_decimal_in(numbers, "margin"),
                    )
                    for method, numbers in (given or {}).items()
                )
                return Source(history, months, weight, Decimal(share), heads and Decimal(heads), known)
    return None


def _decimal_in(numbers, name):
    return Decimal(numbers[name]) if name in numbers else None
