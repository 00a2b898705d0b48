"""Beginning a year's plan as a copy of another one."""

from django.db import transaction

from common.periods import Period, add_months
from targets.models import Plan, PlanStep, Target
from targets.queries.copies import propose_copy
from targets.queries.plans import sheet_of, year_of
from targets.services.plans import PlanRefused, locked, start_plan
from targets.services.steps import take_step


def next_year_of(plan):
    """Return the fiscal year after a plan's."""
    year = year_of(plan)
    return Period(year.ends_before, add_months(year.ends_before, 12))


@transaction.atomic
def copy_plan(*, source, growth, by):
    """
    Begin next year's plan of a metric, as a draft, with last year's targets grown; return the plan and the `Copy`.

    A draft that asks for nothing yet is filled; anything else is left alone.

    :param growth: a Fraction: 0.08 for 8 % more.
    :raises PlanRefused: ``ratio``, ``exists``, ``empty``, ``published``.
    """
    if not source.metric.adds_up:
        raise PlanRefused("ratio")
    year = next_year_of(source)
    plan = Plan.objects.filter(metric=source.metric, year_starts_on=year.starts_on).first()
    if plan is None:
        plan = start_plan(
            metric=source.metric,
            year=year,
            rounding_unit=source.rounding_unit,
            floor_percent=source.floor_percent,
            stretch_percent=source.stretch_percent,
            by=by,
        )
    plan = locked(plan)
    if Target.objects.filter(plan=plan).exists():
        raise PlanRefused("exists")
    before = sheet_of(source, company=plan.company, with_leaders=True)
    sheet = sheet_of(plan, company=plan.company, with_leaders=True)
    if before.root is None or not before.sheet.year_of(before.root.key).stretch:
        raise PlanRefused("empty")
    copy = propose_copy(before, sheet, growth=growth)
    inputs = {"from": source.pk, "year": source.year_starts_on.year, "growth": f"{float(growth * 100):g}"}
    take_step(sheet, sheet.root, PlanStep.Verb.COPY, copy.cells, inputs=inputs, by=by)
    return plan, copy
