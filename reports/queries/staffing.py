"""What HR looks at first: who came, who left, whose first half-year ends, who has a birthday."""

from calendar import isleap
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from common.periods import Period, quarter_of
from targets.rules import percent_of
from teams.models import Unit
from teams.queries import Decision, people_in_sight, survival_decisions
from teams.rules import TenureStage, tenure_stage

BIRTHDAY_AHEAD_DAYS = 7


@dataclass(frozen=True)
class Staffing:
    """The figures of one quarter so far, as seen by one member."""

    headcount: int
    joined: int
    left: int
    turnover: Decimal | None  # leavers of the quarter ÷ mean headcount, in %
    decisions: tuple[Decision, ...]
    birthdays: tuple[tuple[str, date], ...]
    stages: tuple[tuple[str, tuple[int, ...]], ...]  # region → people per stage
    recent_leavers: tuple[tuple[int, str, str, date, str], ...]  # person id, name, unit, last day, reason


def staffing(*, sight, on, fiscal_start_month):
    """Return the staffing of everybody in sight on a day. Three queries, whatever the number of people."""
    quarter = quarter_of(on, fiscal_start_month)
    units = {unit.pk: unit for unit in Unit.objects.all()}
    rows = list(
        people_in_sight(sight)
        .values_list("pk", "name", "hired_on", "left_on", "birthday", "unit_id", "leaving_reason")
        .order_by("name")
    )
    now = [r for r in rows if r[2] <= on and (r[3] is None or r[3] > on)]
    at_start = sum(1 for r in rows if r[2] < quarter.starts_on and (r[3] is None or r[3] > quarter.starts_on))
    so_far = Period(quarter.starts_on, on + timedelta(days=1))
    # `left_on` is the first day away: who worked the last day of a quarter left in it.
    left = [(r, r[3] - timedelta(days=1)) for r in rows if r[3] is not None and r[3] - timedelta(days=1) in so_far]
    return Staffing(
        headcount=len(now),
        joined=sum(1 for r in rows if r[2] in so_far),
        left=len(left),
        turnover=percent_of(2 * len(left), at_start + len(now)),
        decisions=tuple(survival_decisions(sight=sight)),
        birthdays=tuple(_birthdays(now, on)),
        stages=tuple(_stages(now, units, on)),
        recent_leavers=tuple(
            (r[0], r[1], _name(units, r[5]), last_day, r[6])
            for r, last_day in sorted(left, key=lambda pair: pair[1], reverse=True)
        ),
    )


def _birthdays(now, on):
    days = [on + timedelta(days=ahead) for ahead in range(BIRTHDAY_AHEAD_DAYS)]
    coming = {(day.month, day.day): day for day in days}
    if (2, 28) in coming and not isleap(coming[2, 28].year):
        # Who was born on 29 February is congratulated a day early in a year that has none.
        coming[2, 29] = coming[2, 28]
    found = [(r[1], coming[r[4].month, r[4].day]) for r in now if r[4] and (r[4].month, r[4].day) in coming]
    return sorted(found, key=lambda pair: pair[1])


def _stages(now, units, on):
    counts = Counter((_region_of(units, r[5]), tenure_stage(r[2], on)) for r in now)
    regions = sorted({region for region, _stage in counts if region is not None}, key=lambda u: (u.position, u.name))
    return [(region.name, tuple(counts[region, stage] for stage in TenureStage)) for region in regions]


def _region_of(units, unit_id):
    unit = units.get(unit_id)
    while unit is not None and unit.kind != Unit.Kind.REGION:
        unit = units.get(unit.parent_id)
    return unit


def _name(units, unit_id):
    return units[unit_id].name if unit_id in units else ""
