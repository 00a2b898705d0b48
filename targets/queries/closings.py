"""Targets and closed periods: which cells are final, and what is not settled yet."""

from datetime import date

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext, pgettext

from common.periods import add_months
from credits.closing_checks import Finding
from credits.models import Closing
from credits.queries.closings import closed_before
from targets.models import ClosedPlan, Plan, Target


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
    held = set(ClosedPlan.objects.filter(plan=plan).values_list("closing_id", flat=True))
    if not held:
        return frozenset()
    closings = list(Closing.objects.order_by("ends_before").values_list("pk", "ends_before"))
    months = [add_months(plan.year_starts_on, number) for number in range(12)]
    first = {month: next((pk for pk, ends_before in closings if ends_before > month), None) for month in months}
    return frozenset(month for month, closing_id in first.items() if closing_id in held)
