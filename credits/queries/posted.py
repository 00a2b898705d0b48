"""How far the ledger has been posted, and up to which day it is closed."""

from django.db import connection
from django.db.models import Max, Min, Sum

from accounts.models import Company
from common.db.postgres.prepared import prepared
from common.periods import month_of
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
    Of days that were closed before they were posted the calendar says it.
    """
    posted = Credit.objects.filter(measure=Measure.DAYS_WORKED)
    known, boundary = posted.aggregate(first=Min("day"), last=Max("day")), closed_before()
    calendar = calendar_of(Company.objects.get(pk=require_company_id()))
    days = calendar.working_days(period)
    if boundary is None or known["first"] is None:
        return days
    closed = posted.filter(day__gte=period.starts_on, day__lt=min(boundary, period.ends_before))
    # What was posted and taken off again, before it was closed, was not worked.
    settled = set(
        closed.order_by().values("day").annotate(worked=Sum("amount")).filter(worked__gt=0).values_list("day", flat=True)
    )
    return sorted(settled | {day for day in days if day >= boundary or not known["first"] <= day <= known["last"]})
