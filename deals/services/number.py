"""Deal numbers that nobody has to make up."""

from django.db import connection

from common.tenancy import require_company_id
from deals.models import Deal


def next_number(*, year):
    """
    Return a free number such as `D-2026-000123`, counted per company and year.

    The counter's row stays locked until the caller's transaction ends, so two deals never get the same number.
    """
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO deals_dealnumber (company_id, year, last) VALUES (%s, %s, 1)
                ON CONFLICT (company_id, year) DO UPDATE SET last = deals_dealnumber.last + 1
                RETURNING last
                """,
                [require_company_id(), year],
            )
            number = f"D-{year}-{cursor.fetchone()[0]:06d}"
        # An import may have brought a number of this shape.
        if not Deal.objects.filter(number=number).exists():
            return number
