"""The company's working calendar."""

from teams import rules
from teams.models import CalendarException


def calendar_of(company):
    """Return the company's working calendar with its own exceptions."""
    exceptions = dict(CalendarException.objects.values_list("day", "is_working"))
    weekdays = [weekday - 1 for weekday in company.working_weekdays]  # kept as ISO weekdays, 1 to 7
    return rules.WorkingCalendar(company.country, weekdays, exceptions)
