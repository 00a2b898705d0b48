"""Targets of a campaign's stages: the table they are set in, their share of the months, and what live figures ask for."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from functools import cached_property

from common.period_names import name_of
from common.periods import Period, month_of, months_in
from credits.queries.closings import closed_before
from targets import rules
from targets.models import Plan, QuotaPeriod, StagePlan, StageTarget
from targets.queries.plans import PlanSheet, parents_of, person_key, sheet_of, unit_key
from targets.queries.seating import above_in_spans
from targets.rules import TIER_NAMES, Tiers
from targets.rules.splitting import round_half_up

Kind = QuotaPeriod.Kind


@dataclass(frozen=True)
class Stage:
    """
    A column: the days of a stage, or of a campaign or quota period outside of its stages.

    :ivar spans: its days; of what the stages leave over there may be several.
    """

    row: QuotaPeriod
    name: str
    spans: tuple[Period, ...]
    is_rest: bool

    @property
    def starts_on(self):
        return self.spans[0].starts_on

    @property
    def ends_before(self):
        return self.spans[-1].ends_before

    def days_of(self, calendar, within=None):
        """Return how many of its working days lie in a period, of its calendar days if it has no working day."""
        spans = [span for whole in self.spans if (span := whole if within is None else within.overlap(whole))]
        is_worked = any(calendar.working_day_count(span) for span in self.spans)
        return sum(calendar.working_day_count(span) if is_worked else span.days for span in spans)


def stages_of(own):
    """Return the columns of a campaign or quota period: its stages in order, then the days outside of them if there are any."""
    rows = sorted(own.stages.all(), key=lambda row: row.starts_on)
    left, first = [], own.starts_on
    for row in rows:
        if row.starts_on > first:
            left.append(Period(first, row.starts_on))
        first = row.ends_before
    if first < own.ends_before:
        left.append(Period(first, own.ends_before))
    found = [Stage(row, row.name, (row.period,), False) for row in rows]
    return [*found, Stage(own, "" if rows else own.name, tuple(left), True)] if left else found


def is_whole_months(period):
    """Return whether a period is made of calendar months alone: then its target is theirs."""
    months = months_in(period)
    return months[0].starts_on == period.starts_on and months[-1].ends_before == period.ends_before


def can_be_planned(plan, own):
    """Return whether a campaign or quota period lies in a plan's year and has days of its own to set targets for."""
    year = Period(plan.year_starts_on, months_of_year(plan)[-1].ends_before)
    return own.kind != Kind.STAGE and year.overlap(own.period) == own.period and not is_whole_months(own.period)


def months_of_year(plan):
    first = month_of(plan.year_starts_on)
    months = [first]
    while len(months) < 12:
        months.append(month_of(months[-1].ends_before))
    return months


@dataclass
class StageSheet(PlanSheet):
    """A campaign as a table like that of a plan: the plan's rows, and a column for each stage where the plan has months."""

    stage_plan: StagePlan | None = None
    stages: tuple[Stage, ...] = ()
    shares: dict[str, tuple[Fraction, ...]] = field(default_factory=dict)  # what the months hold for each stage, commit tier
    root_share: tuple[Tiers, ...] = ()
    wholly: dict[str, tuple[bool, ...]] = field(default_factory=dict)  # who is there in all of the months that a stage touches

    @cached_property
    def closed_positions(self):
        """The positions of stages that begin in a closed period: they stay as they are."""
        boundary = closed_before()
        return frozenset(i for i, stage in enumerate(self.stages) if boundary is not None and stage.starts_on < boundary)

    @property
    def stage_ids(self):
        """The id of each column's period, by which kept rows are told apart: stages come and go while a campaign is a draft."""
        return [stage.row.pk for stage in self.stages]

    def of_today(self, key, kept):
        """
        Return a row of kept cells in the stages of today; a stage that the row does not know stands as it does now.

        :param kept: id of the stage → [floor, commit, stretch, …].
        """
        cells = zip(self.stage_ids, self.sheet.of(key), strict=True)
        return tuple(Tiers(*kept[stage][:3]) if stage in kept else cell for stage, cell in cells)

    @property
    def column_names(self):
        """What each stage is called beside a change of it."""
        return [stage.name or label_of(stage) for stage in self.stages]

    def parts_from(self, day):
        """Return which part of each stage's working days lies from a day on; none of what a closing has made final."""
        rest, calendar = Period(day, max(day + timedelta(days=1), self.year.ends_before)), self.days.calendar
        return [
            Fraction(0) if i in self.closed_positions else Fraction(stage.days_of(calendar, rest), stage.days_of(calendar))
            for i, stage in enumerate(self.stages)
        ]

    def is_there_all_the_time(self, node, position):
        return self.wholly[node.key][position]


def published_stage_sheets(table, *, since):
    """Return the campaigns of a plan whose own targets count and that are not over on a day, as tables, by their first day."""
    return _tables(table, StagePlan.objects.filter(status=Plan.Status.PUBLISHED, own__ends_before__gt=since))


def stage_sheets(table, wanted, *, is_held=False):
    """
    Return some campaigns of a plan as tables, by their first day.

    :param wanted: their ids, as numbers or texts.
    :param is_held: nobody else changes them until the transaction ends.
    """
    if not wanted:
        return []
    rows = StagePlan.objects.filter(pk__in=[int(pk) for pk in wanted])
    return _tables(table, rows.select_for_update(of=("self",)) if is_held else rows)


def _tables(table, rows):
    found = []
    rows = rows.filter(plan=table.plan).select_related("own").prefetch_related("own__stages")
    for row in rows.order_by("own__starts_on", "pk"):
        row.plan = table.plan
        found.append(stage_sheet_of(row, company=table.plan.company, table=table))
    return found


def stage_sheet_of(stage_plan, *, company, table=None):
    """
    Return the table of a campaign's targets, beside what the months of its plan hold for the same days.

    :param table: the plan's own, by whoever has read it already.
    """
    table = table or sheet_of(stage_plan.plan, company=company)
    stages = tuple(stages_of(stage_plan.own))
    cells, by_hand, locked = _cells_of(stage_plan, stages)
    part = _parts_of_months(table, stages)
    nodes = {key: replace(node, presence=_presence(node, part)) for key, node in table.nodes.items()}
    wholly = {key: tuple(all(node.presence[i] == 1 for i in months) for months in part) for key, node in table.nodes.items()}
    cells = {key: tuple(row) for key, row in cells.items() if key in nodes}
    marks = [{key: frozenset(found) for key, found in kept.items() if key in nodes} for kept in (by_hand, locked)]
    months = tuple(stage.starts_on for stage in stages)
    above = table.sheet.above and above_in_spans(table.plan, parents_of(nodes), [stage.spans for stage in stages])
    sheet = replace(table.sheet, months=months, cells=cells, locked=marks[1], above=above)
    shares = {key: tuple(_share(row, "commit", one) for one in part) for key, row in table.sheet.cells.items()}
    root = table.root and tuple(_rounded(table.sheet.of(table.root.key), one, table.sheet.rounding) for one in part)
    return StageSheet(
        table.plan, stage_plan.own.period, months, table.days, nodes, sheet, marks[0], table.ramp_percents,
        stage_plan, stages, shares, root or (), wholly,
    )  # fmt: skip


def _cells_of(stage_plan, stages):
    position_of = {stage.row.pk: i for i, stage in enumerate(stages)}
    cells = defaultdict(lambda: [rules.NO_TARGET] * len(stages))
    by_hand, locked = defaultdict(set), defaultdict(set)
    rows = StageTarget.objects.filter(stage_plan=stage_plan, period__in=list(position_of)).values_list(
        "unit_id", "person_id", "within_id", "period_id", "floor", "commit", "stretch", "is_by_hand", "is_locked"
    )
    for unit_id, person_id, within_id, period_id, *tiers, is_by_hand, is_locked in rows:
        key, position = unit_key(unit_id) if unit_id else person_key(person_id, within_id), position_of[period_id]
        cells[key][position] = Tiers(*tiers)
        if is_by_hand:
            by_hand[key].add(position)
        if is_locked:
            locked[key].add(position)
    return cells, by_hand, locked


def _parts_of_months(table, stages):
    """Return for each stage which part of each month of the plan falls into it, by working days: position → fraction."""
    calendar, found = table.days.calendar, []
    for stage in stages:
        parts = defaultdict(Fraction)
        for span in stage.spans:
            for month in months_in(span):
                inside, whole = month.overlap(span), calendar.working_day_count(month)
                share = Fraction(calendar.working_day_count(inside), whole) if whole else Fraction(inside.days, month.days)
                parts[table.months.index(month.starts_on)] += share
        found.append(parts)
    return found


def _share(cells, tier, part):
    return sum((getattr(cells[i], tier) * share for i, share in part.items()), Fraction(0))


def _rounded(cells, part, rounding):
    """Return the months' share in three tiers, each step rounded half up so that their order cannot turn."""
    sums = [_share(cells, tier, part) for tier in TIER_NAMES]
    steps = [sums[0], sums[1] - sums[0], sums[2] - sums[1]]
    return Tiers.from_steps(*(round_half_up(step, rounding) for step in steps))


def _presence(node, part):
    """Return who is there in any month that a stage touches."""
    return tuple(Fraction(any(node.presence[i] for i in months)) for months in part)


def weights_of_shares(sheet):
    """Return unit → child → what the months hold for it in each stage: by this a campaign is first divided."""
    nothing = (Fraction(0),) * len(sheet.stages)
    return {
        unit: {child: sheet.shares.get(child, nothing) for child in children}
        for unit, children in sheet.sheet.children.items()
        if children and any(any(sheet.shares.get(child, nothing)) for child in children)
    }


def label_of(stage):
    """Return the days of a column as people say them."""
    return " · ".join(name_of(span) for span in stage.spans)
