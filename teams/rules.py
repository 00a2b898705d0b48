"""
Decisions about people and days: stage by tenure, span of control, which days count as working days.

Pure: the day on which a question is asked is always an argument. See docs/conventions.md, "Working days" and "Tenure".
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.periods import Period, add_months, months_in

_DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))


class TenureStage(TextChoices):
    SURVIVAL = "SURVIVAL", _("survival stage")
    GROWTH = "GROWTH", _("growth stage")
    MATURE = "MATURE", _("mature stage")


def tenure_stage(hired_on: date, on: date, *, survival_months: int = 6, growth_months: int = 18) -> TenureStage | None:
    """
    Return the stage of somebody on a day; None before the hiring date.

    Survival while less than 6 calendar months have passed, growth from 6 up to and including 18, mature after more than 18.
    A month has passed on the same day of the month, or on the last of a month that lacks it: hired on 31 August, six
    months have passed on 28 (29) February.
    """
    if on < hired_on:
        return None
    if on < add_months(hired_on, survival_months):
        return TenureStage.SURVIVAL
    return TenureStage.GROWTH if on <= add_months(hired_on, growth_months) else TenureStage.MATURE


def survival_ends_before(hired_on: date, *, survival_months: int = 6) -> date:
    """Return the first day that is no longer in the survival stage: by then the decision to keep must have been made."""
    return add_months(hired_on, survival_months)


def months_of_service(hired_on: date, on: date) -> int:
    """Return the whole calendar months served by a day, 0 in the first month and before it."""
    months = (on.year - hired_on.year) * 12 + on.month - hired_on.month
    return max(0, months - (add_months(hired_on, months) > on))


class SpanWarning(TextChoices):
    TOO_NARROW = "TOO_NARROW", _("fewer people than the company's span of control")
    TOO_WIDE = "TOO_WIDE", _("more people than the company's span of control")


def span_warning(people: int, *, fewest: int = 5, most: int = 12) -> SpanWarning | None:
    """Return what is wrong with the number of people who report to one manager, None inside the company's range."""
    if people < fewest:
        return SpanWarning.TOO_NARROW
    return SpanWarning.TOO_WIDE if people > most else None


@dataclass(frozen=True)
class SpecialDay:
    """A day that is not what its weekday says: a holiday off, a make-up day or the company's own exception worked."""

    day: date
    is_working: bool
    name: str  # the holiday's name, empty for make-up days and the company's own exceptions
    is_own: bool  # decided by the company, not by the country


#: Of so many periods a calendar remembers what it has worked out.
_PERIODS_REMEMBERED = 500


class WorkingCalendar:
    """
    Which days a company works.

    In this order: the company's own exceptions; the country's make-up days (调休), worked whatever their weekday;
    its public holidays, off; else the company's working weekdays. For China a holiday takes the weekend days that touch
    it along, as the State Council's notices count them: who works Monday to Saturday has the Saturday inside the
    Spring Festival off too.

    :param country: ISO code, "" for no public holidays at all.
    :param working_weekdays: 0 is Monday, 6 Sunday.
    :param exceptions: day → whether the company works on it.
    :raises ValueError: for a country without data or a weekday out of 0–6.
    """

    def __init__(
        self,
        country: str = "CN",
        working_weekdays: Iterable[int] = MONDAY_TO_FRIDAY,
        exceptions: Mapping[date, bool] | None = None,
    ):
        self.country = country
        self.working_weekdays = frozenset(working_weekdays)
        self.exceptions = dict(exceptions or {})
        if not self.working_weekdays <= frozenset(range(7)):
            raise ValueError(f"Weekdays are 0 to 6: {sorted(self.working_weekdays)}")
        if country and country not in holidays.list_supported_countries():
            raise ValueError(f"No public holidays are known for {country!r}")
        self._worked_in_year: dict[int, frozenset[date]] = {}
        # A board asks for the same few periods once for every person on it.
        self._days_in: dict[Period, tuple[date, ...]] = {}
        self._counts_in: dict[Period, dict[date, int]] = {}
        self._gone_in: dict[tuple[Period, date], dict[date, int]] = {}

    def is_working(self, day: date) -> bool:
        return day in self._worked(day.year)

    def is_published(self, year: int) -> bool:
        """
        Whether the days of a year are final.

        China announces holidays and make-up days each autumn for the next year; until the library knows them, the statutory
        holidays count and no make-up day does, and a page that shows such a year has to say so. Other countries'
        holidays follow from their laws.
        """
        return self.country != "CN" or bool(_days_of_country("CN", year).made_up)

    def working_days(self, period: Period) -> list[date]:
        """Return the working days of a period in order."""
        return list(self._working_days(period))

    def _working_days(self, period):
        if (days := self._days_in.get(period)) is None:
            years = range(period.starts_on.year, period.last_day.year + 1)
            days = tuple(sorted(day for year in years for day in self._worked(year) if day in period))
            self._remember(self._days_in, period, days)
        return days

    def working_day_count(self, period: Period) -> int:
        return sum(self.working_days_by_month(period).values())

    def working_days_by_month(self, period: Period) -> dict[date, int]:
        """Return for each month that the period touches, by its first day, how many working days lie inside the period."""
        if (counts := self._counts_in.get(period)) is None:
            counts = {month.starts_on: 0 for month in months_in(period)}
            for day in self._working_days(period):
                counts[day.replace(day=1)] += 1
            self._remember(self._counts_in, period, counts)
        return dict(counts)

    @staticmethod
    def _remember(known, asked, found):
        if len(known) >= _PERIODS_REMEMBERED:
            known.clear()
        known[asked] = found

    def elapsed_by_month(self, period: Period, through: date) -> dict[date, int]:
        """Return what ``working_days_by_month`` does, counting only days up to and including ``through``."""
        if (counts := self._gone_in.get((period, through))) is None:
            counts = {month.starts_on: 0 for month in months_in(period)}
            if gone := period.until(through):
                counts |= self.working_days_by_month(gone)
            self._remember(self._gone_in, (period, through), counts)
        return dict(counts)

    def remaining_count(self, period: Period, after: date) -> int:
        """Return how many working days of the period come after a day."""
        days = self._working_days(period)
        return len(days) - bisect_right(days, after)

    def special_days(self, year: int, language: str = "zh_CN") -> list[SpecialDay]:
        """Return, in order, the days of a year that differ from what their weekday alone would say."""
        names = holidays.country_holidays(self.country, years=year, language=language) if self.country else {}
        special = []
        for day in Period(date(year, 1, 1), date(year + 1, 1, 1)).each_day():
            is_own, is_working = day in self.exceptions, self.is_working(day)
            if is_own or is_working != (day.weekday() in self.working_weekdays):
                special.append(SpecialDay(day, is_working, "" if is_own or is_working else names.get(day, ""), is_own))
        return special

    def _worked(self, year: int) -> frozenset[date]:
        if year not in self._worked_in_year:
            country = _days_of_country(self.country, year)
            self._worked_in_year[year] = frozenset(
                day for day in Period(date(year, 1, 1), date(year + 1, 1, 1)).each_day() if self._decide(day, country)
            )
        return self._worked_in_year[year]

    def _decide(self, day: date, country: "_CountryDays") -> bool:
        if day in self.exceptions:
            return self.exceptions[day]
        if day in country.made_up:
            return True
        return day not in country.off and day.weekday() in self.working_weekdays


@dataclass(frozen=True)
class _CountryDays:
    off: frozenset[date]
    made_up: frozenset[date]


@lru_cache(maxsize=512)
def _days_of_country(country: str, year: int) -> _CountryDays:
    if not country:
        return _CountryDays(frozenset(), frozenset())
    # The neighbouring years too: a break may run over New Year.
    public = holidays.country_holidays(country, years=(year - 1, year, year + 1))
    first, last = date(year, 1, 1), date(year, 12, 31)
    off = {day for day in public if first <= day <= last}
    if country == "CN":
        for holiday in [day for day in public if first - 7 * _DAY <= day <= last + 7 * _DAY]:
            for direction in (-_DAY, _DAY):
                day = holiday + direction
                while not public.is_working_day(day):
                    off.add(day)
                    day += direction
    made_up = {day for day in public.weekend_workdays if day.year == year}
    return _CountryDays(frozenset(day for day in off if day.year == year), frozenset(made_up))


def branches(rows):
    """
    Return (id, name, depth) of units, each below the one above it; a unit whose parent is not among them is a top.

    :param rows: (id, name, parent's id), siblings in their order; gone through more than once.
    """
    known, below = {pk for pk, _name, _parent_id in rows}, {}
    for pk, name, parent_id in rows:
        below.setdefault(parent_id if parent_id in known else None, []).append((pk, name))

    def walk(parent_id, depth):
        for pk, name in below.get(parent_id, ()):
            yield pk, name, depth
            yield from walk(pk, depth + 1)

    return list(walk(None, 0))
