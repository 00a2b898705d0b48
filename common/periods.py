"""
Spans of days: the half-open period that every figure, target and ranking is about.

Weeks are ISO weeks (Monday to Sunday). A fiscal year is named by the calendar year **in which it starts**: with a
fiscal start in April, ``2026`` is April 2026 to March 2027 and ``2026-Q4`` is January to March 2027. Codes
(``2026-11``, ``2026-Q4``, ``2026``, ``2026-W47``, ``2026-11-02``, ``2026-04-25..2026-04-30``) are the same in every
language; they stand in URLs and cells. See docs/conventions.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FIRST_YEAR = 1990
LAST_YEAR = 2100
_DAY = timedelta(days=1)


class PeriodKind(TextChoices):
    """The shapes that a period with a name can have."""

    DAY = "DAY", _("day")
    WEEK = "WEEK", _("week")
    MONTH = "MONTH", _("month")
    QUARTER = "QUARTER", _("quarter")
    YEAR = "YEAR", _("year")


_MONTHS_OF_KIND = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}
_DAYS_OF_KIND = {PeriodKind.DAY: 1, PeriodKind.WEEK: 7}


@dataclass(frozen=True, order=True)
class Period:
    """
    A half-open span of days: ``starts_on`` is in, ``ends_before`` is out.

    Sorted by start, then by end.

    :raises ValueError: if the span holds no day.
    """

    starts_on: date
    ends_before: date

    def __post_init__(self):
        if self.starts_on >= self.ends_before:
            raise ValueError(f"A period needs at least one day: {self.starts_on} to {self.ends_before}")

    @property
    def days(self) -> int:
        """How many calendar days the period has."""
        return (self.ends_before - self.starts_on).days

    @property
    def last_day(self) -> date:
        """The last day that is in; for showing to people, who do not speak half-open."""
        return self.ends_before - _DAY

    @property
    def label(self) -> str:
        """The code of the period in calendar years; ``format_code`` does it for fiscal years."""
        return format_code(self)

    def contains(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_before

    __contains__ = contains

    def overlaps(self, other: "Period") -> bool:
        return self.starts_on < other.ends_before and other.starts_on < self.ends_before

    def overlap(self, other: "Period") -> "Period | None":
        """Return the days that both have, None if there are none."""
        if not self.overlaps(other):
            return None
        return Period(max(self.starts_on, other.starts_on), min(self.ends_before, other.ends_before))

    def until(self, day: date) -> "Period | None":
        """Return the part up to and including ``day``: None before the period begins, all of it after its end."""
        return self.overlap(Period(self.starts_on, day + _DAY)) if day >= self.starts_on else None

    def each_day(self) -> Iterator[date]:
        for offset in range(self.days):
            yield self.starts_on + timedelta(days=offset)

    def __str__(self) -> str:
        return self.label


def month_of(day: date) -> Period:
    """Return the calendar month in which a day lies."""
    _require_year(day.year)
    return _months_from(day.year, day.month, 1)


def quarter_of(day: date, fiscal_start_month: int = 1) -> Period:
    """Return the quarter, of three months counted from the fiscal year's first month, in which a day lies."""
    _require_year(day.year)
    _require_month(fiscal_start_month)
    into_quarter = (day.month - fiscal_start_month) % 3
    return _months_from(day.year, day.month - into_quarter, 3)


def fiscal_year_of(day: date, fiscal_start_month: int = 1) -> Period:
    """Return the twelve months, beginning with the fiscal start month, in which a day lies."""
    _require_year(day.year)
    _require_month(fiscal_start_month)
    return _months_from(day.year - (day.month < fiscal_start_month), fiscal_start_month, 12)


def iso_week_of(day: date) -> Period:
    """Return Monday to Sunday around a day."""
    _require_year(day.year)
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=7))


def day_of(day: date) -> Period:
    """Return the period that is one day long."""
    _require_year(day.year)
    return Period(day, day + _DAY)


def period_of(day: date, kind: PeriodKind, fiscal_start_month: int = 1) -> Period:
    """Return the period of a kind in which a day lies."""
    match PeriodKind(kind):
        case PeriodKind.DAY:
            return day_of(day)
        case PeriodKind.WEEK:
            return iso_week_of(day)
        case PeriodKind.MONTH:
            return month_of(day)
        case PeriodKind.QUARTER:
            return quarter_of(day, fiscal_start_month)
        case PeriodKind.YEAR:
            return fiscal_year_of(day, fiscal_start_month)


def months_in(period: Period) -> list[Period]:
    """Return, in order, every calendar month of which the period has a day; whole months even at its edges."""
    months = [_months_from(period.starts_on.year, period.starts_on.month, 1)]
    while months[-1].ends_before < period.ends_before:
        months.append(following(months[-1], PeriodKind.MONTH))
    return months


def quarters_in(fiscal_year: Period) -> list[Period]:
    """
    Return the four quarters of a fiscal year.

    :raises ValueError: if the period is not twelve months from the first of a month.
    """
    start = fiscal_year.starts_on
    if start.day != 1 or fiscal_year != _months_from(start.year, start.month, 12):
        raise ValueError(f"Not a year: {fiscal_year.starts_on} to {fiscal_year.ends_before}")
    return [_months_from(start.year, start.month + offset, 3) for offset in (0, 3, 6, 9)]


def previous(period: Period, kind: PeriodKind) -> Period:
    """Return the period of the same kind that ends where this one begins."""
    return _shift(period, kind, -1)


def following(period: Period, kind: PeriodKind) -> Period:
    """Return the period of the same kind that begins where this one ends."""
    return _shift(period, kind, 1)


def year_before(period: Period, kind: PeriodKind) -> Period:
    """
    Return what the period is compared with year on year.

    Months, quarters and years go back twelve months; weeks and days go back 52 weeks, so that Mondays meet Mondays.
    """
    kind = PeriodKind(kind)
    if kind in _MONTHS_OF_KIND:
        return _shift(period, kind, -12 // _MONTHS_OF_KIND[kind])
    return _shift(period, kind, -364 // _DAYS_OF_KIND[kind])


@lru_cache(maxsize=5000)  # every link to another period asks
def kind_of(period: Period, fiscal_start_month: int = 1) -> PeriodKind | None:
    """Return which kind of period this is, None for a span without a name (a campaign's stage)."""
    for kind in PeriodKind:
        # Weeks and months at the very edge of the known years have no name either.
        if FIRST_YEAR <= period.starts_on.year <= LAST_YEAR and period_of(period.starts_on, kind, fiscal_start_month) == period:
            return kind
    return None


@lru_cache(maxsize=5000)
def format_code(period: Period, fiscal_start_month: int = 1) -> str:
    """Return the code that ``parse_code`` reads back; a span without a name is ``first..last``, both days in."""
    start = period.starts_on
    match kind_of(period, fiscal_start_month):
        case PeriodKind.DAY:
            return start.isoformat()
        case PeriodKind.WEEK:
            iso = start.isocalendar()
            return f"{iso.year:04d}-W{iso.week:02d}"
        case PeriodKind.MONTH:
            return f"{start:%Y-%m}"
        case PeriodKind.QUARTER:
            fiscal_year = fiscal_year_of(start, fiscal_start_month)
            number = (start.month - fiscal_start_month) % 12 // 3 + 1
            return f"{fiscal_year.starts_on.year:04d}-Q{number}"
        case PeriodKind.YEAR:
            return f"{start.year:04d}"
    return f"{start.isoformat()}..{period.last_day.isoformat()}"


_YEAR = re.compile(r"(\d{4})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_ONE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_code(code: str, fiscal_start_month: int = 1) -> Period:
    """
    Return the period that a code names.

    :raises ValueError: if it names none: another form, month 13, week 53 of a year with 52, a year out of 1990–2100.
    """
    _require_month(fiscal_start_month)
    if match := _YEAR.fullmatch(code):
        return _months_from(_require_year(int(match[1])), fiscal_start_month, 12)
    if match := _QUARTER.fullmatch(code):
        return _months_from(_require_year(int(match[1])), fiscal_start_month + 3 * (int(match[2]) - 1), 3)
    if match := _MONTH.fullmatch(code):
        return _months_from(_require_year(int(match[1])), _require_month(int(match[2])), 1)
    if match := _WEEK.fullmatch(code):
        return iso_week_of(date.fromisocalendar(_require_year(int(match[1])), int(match[2]), 4))
    first, dots, last = code.partition("..")
    if _ONE_DAY.fullmatch(first) and (not dots or _ONE_DAY.fullmatch(last)):
        starts_on = date.fromisoformat(first)
        last_day = date.fromisoformat(last) if dots else starts_on
        _require_year(starts_on.year)
        _require_year(last_day.year)
        return Period(starts_on, last_day + _DAY)
    raise ValueError(f"Not a period: {code[:40]!r}")


def add_months(day: date, months: int) -> date:
    """Return the same day of the month so many months on; the last of a shorter month (31 August + 6 = 28 February)."""
    first = _first_of(day.year, day.month + months)
    last = _first_of(first.year, first.month + 1) - _DAY
    return first.replace(day=min(day.day, last.day))


def _shift(period: Period, kind: PeriodKind, count: int) -> Period:
    kind = PeriodKind(kind)
    if kind in _MONTHS_OF_KIND:
        months = _MONTHS_OF_KIND[kind]
        start = period.starts_on
        if start.day != 1 or period != _months_from(start.year, start.month, months):
            raise ValueError(f"Not a {kind.value}: {period.starts_on} to {period.ends_before}")
        return _months_from(start.year, start.month + count * months, months)
    if period.days != _DAYS_OF_KIND[kind]:
        raise ValueError(f"Not a {kind.value}: {period.starts_on} to {period.ends_before}")
    offset = timedelta(days=count * period.days)
    return Period(period.starts_on + offset, period.ends_before + offset)


def _months_from(year: int, month: int, count: int) -> Period:
    return Period(_first_of(year, month), _first_of(year, month + count))


def _first_of(year: int, month: int) -> date:
    """Return the first of a month; months below 1 and above 12 run into the neighbouring years."""
    years, index = divmod(month - 1, 12)
    return date(year + years, index + 1, 1)


def _require_year(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"Year out of {FIRST_YEAR}–{LAST_YEAR}: {year}")
    return year


def _require_month(month: int) -> int:
    if not 1 <= month <= 12:
        raise ValueError(f"Not a month: {month}")
    return month
