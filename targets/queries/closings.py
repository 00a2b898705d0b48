"""Targets and closed periods: which cells are final, and what is not settled yet."""

from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext, pgettext

from common.db.postgres.prepared import prepared
from common.periods import add_months
from common.tenancy import require_company_id
from credits.closing_checks import Finding
from credits.queries.closings import closed_before
from targets.models import Plan, Target

#: Up to which day each closing goes that holds days of a plan's year or later ones, and whether the plan counted in it.
_CLOSINGS = prepared(
    """
    SELECT closing.ends_before, held.plan_id IS NOT NULL
    FROM credits_closing closing
    LEFT JOIN targets_closedplan held
        ON held.company_id = closing.company_id AND held.closing_id = closing.id AND held.plan_id = %(plan)s
    WHERE closing.company_id = %(company)s AND closing.ends_before > %(starts_on)s
    ORDER BY closing.ends_before
    """,
    company="bigint",
    plan="bigint",
    starts_on="date",
)


def find_before_closing(period):
    """Return the plans that ask for something in the period and are not published, so that it will never count there."""
    asked = Target.objects.filter(plan=OuterRef("pk"), month__lt=period.ends_before)
    if (boundary := closed_before()) is not None:
        asked = asked.filter(month__gte=boundary)
    names = Plan.objects.filter(Exists(asked), status=Plan.Status.DRAFT).order_by("name").values_list("name", flat=True)
    if not names:
        return []
    text = ngettext(
        "A plan is not published; what it asks for in the period will never count there: %(names)s.",
        "Plans are not published; what they ask for in the period will never count there: %(names)s.",
        len(names),
    )
    return [Finding(text % {"names": pgettext("between names", ", ").join(names)}, "targets:plans")]


def final_months_of(plan) -> frozenset[date]:
    """
    Return the months of a plan whose targets can no longer change: the plan was published when they were closed.

    A month belongs to the first closing that holds any day of it, as in `targets.rollups`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLOSINGS, {"company": require_company_id(), "plan": plan.pk, "starts_on": plan.year_starts_on})
        closings = cursor.fetchall()
    months = [add_months(plan.year_starts_on, number) for number in range(12)]
    return frozenset(month for month in months if next((held for ends_before, held in closings if ends_before > month), False))
