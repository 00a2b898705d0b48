"""Counting own measures anew: figures keep what they had until every fact is posted by the new rule."""

from django.db import connection, transaction

from common.tenancy import require_company_id
from credits.models import Recounting

#: Who asks twice waits for the first one's counting to end, or adds nothing to it: the earliest credits hold.
_HOLD_BACK = """
INSERT INTO credits_recounting (company_id, code, last_id, since)
SELECT %(company)s, code, (SELECT COALESCE(MAX(id), 0) FROM credits_credit WHERE company_id = %(company)s), now()
FROM unnest(%(codes)s::text[]) AS given(code)
ORDER BY code
ON CONFLICT (company_id, code) DO UPDATE SET since = EXCLUDED.since
"""
#: The days on which anything was posted that figures do not hold yet.
_MARK = """
INSERT INTO credits_dirtyday (company_id, day)
SELECT DISTINCT %(company)s::bigint, credit.counts_on
FROM credits_recounting held
JOIN credits_credit credit ON credit.company_id = held.company_id AND credit.measure = held.code AND credit.id > held.last_id
WHERE held.company_id = %(company)s
"""


@transaction.atomic
def hold_back(codes):
    """
    Let figures keep what they have of these own measures, whatever is posted under them, until `release`.

    For whoever changes a rule, in the same transaction, before anything is posted by the new one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_BACK, {"company": require_company_id(), "codes": sorted(codes)})


def lock_held_back():
    """Let nobody change another rule until this transaction ends; return whether any measure is held back."""
    return bool(Recounting.objects.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


def release():
    """
    Let figures follow everything that is posted: its days are marked to be refreshed.

    For whoever has seen every fact posted by the rules in force, and refreshes in the same transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"company": require_company_id()})
    Recounting.objects.all().delete()
