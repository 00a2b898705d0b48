"""What goes on an agenda: who is behind and by how much, who deserves praise. Plain values, no database, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from common.periods import iso_week_of
from targets.rules import PaceStatus

BEHIND_SHOWN = 8
WEEKS_AHEAD = 9  # no break is longer
CLIMBED_FROM = 3  # places


@dataclass(frozen=True)
class Standing:
    """One person's standing as the agenda keeps it. Amounts in minor units; shares and percentages as Decimals."""

    person_id: int
    name: str
    place: int | None
    movement: int | None
    actual: int
    target: int | None
    attainment: Decimal | None
    status: str
    missing: int | None
    needed_per_day: int | None
    visits: int


def behind(standings: Sequence[Standing]) -> list[Standing]:
    """Return who is behind or at risk, the largest gap first."""
    late = [s for s in standings if s.status in {PaceStatus.BEHIND, PaceStatus.AT_RISK}]
    return sorted(late, key=lambda s: (s.status != PaceStatus.BEHIND, -(s.missing or 0), s.name))[:BEHIND_SHOWN]


@dataclass(frozen=True)
class Merit:
    """Why somebody deserves praise: a reason code of `REASONS` and its figure."""

    person_id: int
    name: str
    reason: str
    figure: str


def merits(standings: Sequence[Standing]) -> list[Merit]:
    """
    Return who deserves praise and for what: the target reached, the best result, the largest climb, the most visits.

    Nobody is named twice for the same reason; equals are all named.
    """
    found = [
        Merit(s.person_id, s.name, "reached", str(s.attainment)) for s in standings if s.attainment and s.attainment >= 100
    ]
    best = max((s.actual for s in standings), default=0)
    if best > 0:
        found += [Merit(s.person_id, s.name, "best", str(s.actual)) for s in standings if s.actual == best]
    climb = max((s.movement or 0 for s in standings), default=0)
    if climb >= CLIMBED_FROM:
        found += [Merit(s.person_id, s.name, "climbed", str(climb)) for s in standings if s.movement == climb]
    visits = max((s.visits for s in standings), default=0)
    if visits > 0:
        found += [Merit(s.person_id, s.name, "visits", str(visits)) for s in standings if s.visits == visits]
    return found


def review_day(week_of: date, weekday: int, is_working) -> date | None:
    """
    Return the day of a week's review: the company's weekday, or the next working day of that week; None in a week of holidays.

    :param weekday: 1 is Monday.
    :param is_working: tells whether a day is worked.
    """
    days = list(iso_week_of(week_of).each_day())
    return next((day for day in days[weekday - 1 :] if is_working(day)), None)


def next_review_day(on: date, weekday: int, is_working) -> date:
    """Return the first review that is not before a day; the plain weekday where a calendar knows no working day."""
    for ahead in range(WEEKS_AHEAD):
        day = review_day(on + timedelta(days=7 * ahead), weekday, is_working)
        if day is not None and day >= on:
            return day
    return on + timedelta(days=(weekday - on.isoweekday()) % 7)
