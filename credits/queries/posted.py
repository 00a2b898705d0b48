"""How far the ledger has been posted."""

from django.db import connection

from common.db.postgres.prepared import prepared
from common.periods import month_of
from common.tenancy import require_company_id
from credits.rules import Measure

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
