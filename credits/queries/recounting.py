"""
What figures do not hold yet: credits of own measures whose facts are being posted by another rule (`credits.models.Recounting`).

A rule changes for a whole ledger at once, but a long ledger is posted in parts. Who looks meanwhile sees the measure as it was
before the first part: whole by the old rule, then whole by the new one, never by both.
"""

from django.db import connection

from common.db.postgres.prepared import prepared
from common.tenancy import require_company_id
from credits.models import Recounting

#: To be put after the conditions of a statement that reads `credits_credit` under its own name.
SETTLED = """AND NOT EXISTS (
        SELECT FROM credits_recounting held
        WHERE held.company_id = %(company)s AND held.code = credits_credit.measure AND held.last_id < credits_credit.id)"""
#: The same for a statement that calls it `credit`.
SETTLED_CREDIT = """AND NOT EXISTS (
        SELECT FROM credits_recounting held
        WHERE held.company_id = %(company)s AND held.code = credit.measure AND held.last_id < credit.id)"""

_IS_ANY = prepared("SELECT EXISTS (SELECT FROM credits_recounting WHERE company_id = %(company)s)", company="bigint")


def recounted_codes():
    """Return the codes of the measures that are being counted anew."""
    return set(Recounting.objects.values_list("code", flat=True))


def is_anything_recounted():
    """Return whether any measure is being counted anew."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_ANY, {"company": require_company_id()})
        return cursor.fetchone()[0]
