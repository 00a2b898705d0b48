"""Keeping what was forecast, so that it can be held against what came."""

from django.db import transaction

from accounts.models import Company
from common.periods import month_of, quarter_of
from common.planning import without_nested_loops
from common.tenancy import require_company_id
from credits.rollups import hold_company
from targets.models import Attainment, Forecast, Metric
from targets.queries.forecasts import outlooks
from targets.queries.pipeline import experience
from teams.models import Person, Unit
from teams.queries import calendar_of

Span = Attainment.Span
_BATCH = 2000


@transaction.atomic
def store_forecasts(*, on, today, by):
    """
    Keep the forecast of a cut-off for the month and the quarter around it: every unit, everybody employed, what adds up.

    What is kept stays: a second run adds only what is not there yet. Nothing is kept of who has no forecast yet.

    :param on: the cut-off; days before it are over.
    :param today: the company's day. A cut-off of earlier is made from what was credited before it and the open deals of then.
    :param by: the user, or None for the clock.
    :returns: how many forecasts were added.
    """
    hold_company()
    company = Company.objects.get(pk=require_company_id())
    periods = {Span.MONTH: month_of(on), Span.QUARTER: quarter_of(on, company.fiscal_year_starts_in)}
    metrics = list(Metric.objects.filter(is_active=True, kind__in=Metric.ADDING))
    known_from = experience(on=on)
    with without_nested_loops():
        found = outlooks(
            metrics=metrics, periods=periods, on=on, calendar=calendar_of(company), known_from=known_from, today=today
        )
    people = set(Person.objects.employed_on(on).values_list("pk", flat=True))
    units = set(Unit.objects.exclude(closed_on__lte=on).values_list("pk", flat=True))
    kept = set(Forecast.objects.filter(cut_on=on).values_list("metric_id", "span", "person_id", "unit_id"))
    rows = [
        Forecast(
            cut_on=on,
            metric_id=outlook.metric_id,
            span=outlook.span,
            starts_on=outlook.period.starts_on,
            ends_before=outlook.period.ends_before,
            unit_id=outlook.unit_id,
            person_id=outlook.person_id,
            achieved=outlook.achieved,
            commit=outlook.commit,
            low=outlook.end.low,
            middle=outlook.end.middle,
            high=outlook.end.high,
            run_rate=outlook.end.run_rate,
            from_pipeline=outlook.end.from_pipeline,
            open_amount=outlook.open_amount,
            is_afterwards=on < today,
        )
        for _key, outlook in sorted(found.items())
        if outlook.end is not None
        and (outlook.person_id in people or outlook.unit_id in units)
        and (outlook.metric_id, outlook.span, outlook.person_id, outlook.unit_id) not in kept
    ]
    Forecast.objects.bulk_create(rows, batch_size=_BATCH)
    return len(rows)
