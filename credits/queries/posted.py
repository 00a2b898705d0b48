"""How far the ledger has been posted, and up to which day it is closed."""

from django.db import connection
from django.db.models import Max

from accounts.models import Company
from common.db.postgres.prepared import prepared
from common.periods import Period, month_of
from common.tenancy import require_company_id
from credits.models import Closing, Credit
from credits.rules import Measure
from teams.queries import calendar_of

_DAYS = prepared(
    """
SELECT
    (SELECT MIN(visited_on) FROM visits_visit WHERE company_id = %(company)s AND is_valid),
    (SELECT MIN(day) FROM credits_credit WHERE company_id = %(company)s AND measure = %(measure)s),
    (SELECT MAX(day) FROM credits_credit WHERE company_id = %(company)s AND measure = %(measure)s)
""",
    company="bigint",
    measure="text",
)


def days_posted():
    """Return the months of the first visit and of the first day that is posted, and the last day; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"company": require_company_id(), "measure": Measure.DAYS_WORKED.value})
        visited, first, last = cursor.fetchone()
    return *(day and month_of(day).starts_on for day in (visited, first)), last


def closed_before(known_at=None):
    """
    Return the first open day of the active company, None while nothing was ever closed.

    :param known_at: as it was at a moment; as it is now if None.
    """
    closings = Closing.objects.all() if known_at is None else Closing.objects.filter(closed_at__lte=known_at)
    return closings.aggregate(boundary=Max("ends_before"))["boundary"]


def worked_days(period):
    """
    Return the working days of a period: those of the calendar, and of what is closed those on which days worked were posted.

    So another calendar changes no closed day, and whoever is entered late as there, or gone, is counted by the days of then.
    """
    boundary = min(max(closed_before() or period.starts_on, period.starts_on), period.ends_before)
    found = []
    if period.starts_on < boundary:
        posted = Credit.objects.filter(measure=Measure.DAYS_WORKED, day__gte=period.starts_on, day__lt=boundary)
        found += sorted(posted.order_by().values_list("day", flat=True).distinct())
    if boundary < period.ends_before:
        calendar = calendar_of(Company.objects.get(pk=require_company_id()))
        found += calendar.working_days(Period(boundary, period.ends_before))
    return found
