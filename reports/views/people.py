"""The doors to a person's figures: of somebody in sight, and one's own."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.again import shown_again
from common.periods import format_code, quarter_of
from reports.choices import metric_choice
from reports.queries import assessments, boards, courses, people
from reports.queries.forecasts import outlook_of
from targets.choices import lineage_url, period_choice
from targets.rules import attainment
from teams import access
from teams.models import Unit
from teams.queries import LEADING_ROLES, calendar_of


@require_GET
@shown_again
def person(request, person_id):
    """Show the figures of somebody in sight."""
    return _figures(request, access.person_for(request, person_id))


@require_GET
@shown_again
def me(request):
    """Show one's own figures."""
    if request.person is None:
        return render(request, "reports/no_unit.html")
    return _figures(request, access.person_for(request, request.person.pk))


def _figures(request, person):
    first_month = request.company.fiscal_year_starts_in
    choice = period_choice(request, on=timezone.localdate())
    on = choice.on
    last = min(on, choice.period.last_day)
    metric, metric_links = metric_choice(request, lens=choice.lens)
    calendar = calendar_of(request.company)
    about = {"person": person, "choice": choice, "on": on, "calendar": calendar}
    figures = boards.headline_figures(**about)
    chosen = next((f for f in figures if f.metric == metric), None)
    chosen = chosen or boards.headline_figures(**about, codes=(metric.code,))[0]
    outlook = outlook_of(metric=metric, choice=choice, on=on, calendar=calendar, person=person)
    forecast = outlook.end if outlook else None
    course = courses.course(metric=metric, window=choice, on=on, calendar=calendar, end=forecast, person_ids=[person.pk])
    lines, year = people.year_of(person=person, metric=metric, choice=choice, on=on, fiscal_start_month=first_month)
    year_actual, year_target = people.year_row(lines)
    unit = Unit.objects.filter(pk=person.unit_id).first()
    weeks = people.visits_by_week(person=person, on=on)
    quarter = quarter_of(last, first_month)
    context = {
        "subject": person,
        "unit": unit,
        "is_self": request.person is not None and person.pk == request.person.pk,
        "leads": unit if person.unit_role in LEADING_ROLES else None,
        "choice": choice,
        "metric": metric,
        "metric_links": metric_links,
        "figures": figures,
        "chosen": chosen,
        "course": course,
        "forecast": forecast,
        "outlook": outlook,
        "forecast_url": "",
        "forecast_attainment": attainment(forecast.middle, chosen.target) if forecast else None,
        "months": courses.months_of_ratio(metric=metric, person=person, on=last, lens=choice.lens) if course is None else None,
        "lines": lines,
        "year_code": format_code(year, first_month),
        "year_actual": year_actual,
        "year_url": lineage_url(metric, f"period={format_code(year, first_month)}{choice.lens_query}", person_id=person.pk),
        "year_target": year_target,
        "year_attainment": attainment(year_actual, year_target),
        "standings": people.standings(
            person=person,
            metric=metric,
            on=on,
            lens=choice.lens,
            fiscal_start_month=first_month,
            unit=unit,
            everybody=_("the whole company"),
            team=unit.name if unit else "",
        ),
        "visits": {
            "unit": "COUNT",
            "scale": 0,
            "labels": [week.starts_on.isoformat() for week in weeks],
            "series": [{"name": _("Visits"), "values": [week.visits for week in weeks]}],
        },
        "deals": people.latest_deals(person=person),
        "praise": people.latest_praise(person=person),
        "sheet": assessments.assess(quarter=quarter, on=on).sheet_of(person.pk),
        "quarter_code": format_code(quarter, first_month),
        "today": on,
    }
    return render(request, "reports/person.html", context)
