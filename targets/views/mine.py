"""A person's own targets: what is asked, what is done, what it takes, and how the numbers came about."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from common.period_names import month_name, name_of
from common.periods import PeriodKind, fiscal_year_of, format_code, month_of, months_in, period_of
from targets import rules
from targets.choices import asked_year, lineage_url
from targets.models import Attainment
from targets.queries import negotiation, workbench
from targets.queries.attainment import attainments_of, pace_of, series
from targets.queries.own_campaigns import own_campaigns
from targets.queries.part_pages import own_parts
from targets.queries.weights import WeightBook, combined_of
from targets.rules import Tier
from teams.models import Person
from teams.queries import calendar_of, with_place

SPANS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)


@require_GET
def mine(request):
    """Show the signed-in person's published targets of a fiscal year."""
    today, person = timezone.localdate(), request.person
    first_month = request.company.fiscal_year_starts_in
    years = workbench.years_with_own_targets(person) if person else []
    this_year = fiscal_year_of(today, first_month)
    year = asked_year(request) or this_year
    own = workbench.own_targets(person, year=year) if person else []
    plans = [plan for plan, _months in own]
    made = workbench.how_it_came_about(person, plans=plans) if own else {}
    calendar = calendar_of(request.company)
    # A year that is over is looked back at from its last day.
    on = today if today in year else year.last_day if year.last_day < today else year.starts_on
    metrics = [plan.metric for plan in plans]
    periods = {kind: period_of(on, kind, first_month) for kind in SPANS}
    rows = {
        kind: attainments_of(
            metrics=metrics, span=Attainment.Span(kind.value), starts_on=period.starts_on, person_ids=[person.pk]
        )
        for kind, period in periods.items()
        if own
    }
    place_id = with_place(Person.objects.filter(pk=person.pk), on=on).values_list("unit_id", flat=True).first() if own else None
    weights = WeightBook(year).of(person_id=person.pk, unit_id=place_id).by_metric if own else {}
    pledges = negotiation.pledges_of(person, plans=plans) if own else {}
    context = {
        "asked": negotiation.waiting_for(person, on=today) if person else [],
        "campaigns": [
            _campaign(own, person, on=today) for own in (own_campaigns(person, on=today, calendar=calendar) if person else ())
        ]
        if year == this_year
        else [],
        "year": name_of(year, first_month),
        "year_code": year.starts_on.year,
        "years": [start.year for start in years],
        "is_current": year == this_year,
        "combined": [
            (
                name_of(period, first_month),
                combined_of(weights, {metric_id: row for (metric_id, _person), row in rows[kind].items()}),
            )
            for kind, period in periods.items()
            if weights
        ],
        "cards": [
            _card(
                plan,
                months,
                person=person,
                periods=periods,
                rows=rows,
                calendar=calendar,
                on=on,
                today=today,
                year=year,
                made=made,
                pledge=pledges.get(plan.pk),
            )
            for plan, months in own
            if plan.metric.adds_up
        ],
        "rate_cards": [
            _rate_card(plan.metric, person=person, periods=periods, rows=rows, year=year, today=today)
            for plan in plans
            if not plan.metric.adds_up
        ],
    }
    parts = own_parts(person, year=year, periods=list(periods.values())) if own else {}
    for card in context["cards"]:
        card["parts"] = parts.get(card["plan"].pk, ())
    return render(request, "targets/mine.html", context)


def _card(plan, months, *, person, periods, rows, calendar, on, today, year, made, pledge):
    """Return what one metric's card shows."""
    metric = plan.metric
    done = {
        row.starts_on: row.numerator for row in series(metric=metric, period=year, person_ids=[person.pk]).get(person.pk, ())
    }
    spans = []
    for kind, period in periods.items():
        asked = [tiers for month, tiers in months.items() if month in period]
        if not asked:
            continue
        tiers, row = rules.total(asked), rows[kind].get((metric.pk, person.pk))
        commits = {month: cell.commit for month, cell in months.items() if month in period}
        pace = pace_of(row, period=period, on=on, calendar=calendar, commit_by_month=commits)
        actual = row.numerator if row else 0
        spans.append(
            {
                "name": name_of(period, year.starts_on.month),
                "actual": actual,
                "url": _origin(metric, period, person, year, today),
                "tiers": [
                    {
                        "label": Tier(name).label,
                        "amount": getattr(tiers, name),
                        "is_reached": 0 < getattr(tiers, name) <= actual,
                    }
                    for name in rules.TIER_NAMES
                ],
                "commit": tiers.commit,
                "attainment": rules.attainment(actual, tiers.commit),
                "mark": pace.expected and pace.expected * 100,
                "status": pace.status.lower(),
                "missing": max(0, tiers.commit - actual),
                "needed_per_day": pace.needed_per_day,
                "remaining_days": pace.remaining_days,
            }
        )
    return {
        "plan": plan,
        "metric": metric,
        "spans": spans,
        "months": [
            {
                "name": month_name(month),
                "tiers": tiers,
                "actual": done.get(month, 0) if month <= on else None,
                "url": _origin(metric, month_of(month), person, year, today),
                "attainment": rules.attainment(done.get(month, 0), tiers.commit) if month <= on else None,
                "is_now": month == month_of(on).starts_on,
            }
            for month, tiers in sorted(months.items())
        ],
        "total": rules.total(months.values()),
        "done": sum(done.values()),
        "url": _origin(metric, year, person, year, today),
        "key": f"p{person.pk}",
        "pledge": pledge,
        "pledge_holds": pledge is not None and pledge.months == _as_signed(months, year),
        "made": [explained(step, person) for step in made.get(plan.pk, ())],
    }


def _campaign(own, person, *, on):
    """Return what the card of a running campaign shows."""
    return {
        "own": own,
        "days": name_of(own.period),
        "has_begun": own.period.starts_on <= on,
        "url": _of_days(own.metric, own.period, person),
        "status": own.pace.status.lower() if own.pace else "neutral",
        "mark": own.pace and own.pace.expected and own.pace.expected * 100,
        "missing": max(0, own.tiers.commit - own.actual),
        "tiers": [
            (Tier(name).label, getattr(own.tiers, name), 0 < getattr(own.tiers, name) <= own.actual)
            for name in rules.TIER_NAMES
        ],
        "stages": [
            (
                stage,
                [(span.starts_on, span.last_day) for span in stage.stage.spans],
                _of_days(own.metric, stage.stage.spans[0], person) if len(stage.stage.spans) == 1 else "",
            )
            for stage in own.stages
        ],
    }


def _of_days(metric, period, person):
    return lineage_url(metric, f"period={format_code(period)}", person_id=person.pk)


def _rate_card(metric, *, person, periods, rows, year, today):
    """Return what the card of a target that does not add up shows: no sums and no pace, but where it stands."""
    asked = [(period, rows[kind].get((metric.pk, person.pk))) for kind, period in periods.items()]
    spans = [
        {
            "name": name_of(period, year.starts_on.month),
            "row": row,
            "url": _origin(metric, period, person, year, today),
            "tiers": [(Tier(name).label, getattr(row, name)) for name in rules.TIER_NAMES],
        }
        for period, row in asked
        if row is not None and row.commit is not None
    ]
    return {"metric": metric, "spans": spans}


def _as_signed(months, year):
    """Return a year's months as a pledge keeps them."""
    cells = [months.get(month.starts_on, rules.NO_TARGET) for month in months_in(year)]
    return [[cell.floor, cell.commit, cell.stretch] for cell in cells]


def _origin(metric, period, person, year, today):
    """Return the address of what a figure is made of; "" while its period has not begun."""
    if period.starts_on > today:
        return ""
    return lineage_url(metric, f"period={format_code(period, year.starts_on.month)}", person_id=person.pk)


def explained(step, person):
    """Return a step in the person's own terms: the method, and what it knew about them."""
    return {"step": step, "methods": workbench.methods_of(step), "source": workbench.source_of(step, person)}
