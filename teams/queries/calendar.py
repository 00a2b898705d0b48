"""The company's working calendar."""

from functools import lru_cache

from teams import rules
from teams.models import CalendarException


def calendar_of(company):
    """Return the company's working calendar with its own exceptions."""
    return calendar_with(company, tuple(CalendarException.objects.order_by("day").values_list("day", "is_working")))


def calendar_with(company, exceptions):
    """
    Return the company's working calendar with these exceptions.

    :param exceptions: (day, whether the company works on it), in order.
    """
    weekdays = tuple(weekday - 1 for weekday in company.working_weekdays)  # kept as ISO weekdays, 1 to 7
    return _calendar(company.country, weekdays, exceptions)


@lru_cache(maxsize=200)  # what is counted in a year is worked out once
def _calendar(country, weekdays, exceptions):
    return rules.WorkingCalendar(country, weekdays, dict(exceptions))
