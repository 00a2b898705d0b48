"""Many cells of a plan at once, as a file brings them."""

from django.db import transaction

from targets.models import Plan, PlanStep
from targets.queries.plans import sheet_of
from targets.services.plans import locked, start_plan
from targets.services.steps import take_step


@transaction.atomic
def take_cells(*, metric, year, cells, by_hand, by):
    """
    Set cells of a metric's plan in one step, beginning the plan as a draft if there is none; return the step.

    :param year: the Period of the fiscal year.
    :param cells: key of a row (``unit_key``, ``person_key``) → twelve ``rules.Tiers``.
    :param by_hand: key → positions of the months that were given, which a later spreading leaves alone.
    :raises PlanRefused: ``published``, ``locked``.
    """
    plan = Plan.objects.filter(metric=metric, year_starts_on=year.starts_on).first()
    plan = locked(plan or start_plan(metric=metric, year=year, rounding_unit=1, by=by))
    sheet = sheet_of(plan, company=plan.company, with_leaders=True)
    kept = {key: sheet.by_hand.get(key, frozenset()) | frozenset(by_hand.get(key, ())) for key in cells}
    inputs = {"rows": len(cells), "source": "import"}
    return take_step(sheet, sheet.root, PlanStep.Verb.IMPORT, cells, by_hand=kept, inputs=inputs, by=by)
