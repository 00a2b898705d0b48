"""The doors to the boards: the home of each role, and the board of any unit in sight."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import require
from accounts.rules import Permission, Role
from common.period_names import name_of
from common.periods import quarter_of
from common.tables.answers import table_response
from common.templatetags.pages import query_string
from reports.choices import metric_choice, one_of, refuse_unknown
from reports.exports import boards as exports
from reports.queries import boards, branches, courses, today
from reports.queries.assessments import last_export, readiness
from reports.queries.forecasts import outlook_of
from reports.queries.setup import last_runs, latest_changes, setup_steps
from reports.queries.staffing import staffing
from targets.choices import LOOKING, period_choice, rest_url
from targets.queries.negotiation import waiting_by_plan
from targets.rules import attainment
from teams import access
from teams.models import Unit
from teams.queries import calendar_of
from teams.rules import TenureStage

#: How many people a board of several teams shows before it is asked for all.
PEOPLE_SHOWN = 10
#: How the people of a board can be sorted: by parameter, the key of a line, highest or first first.
SORTS = {
    "help": None,
    "name": lambda line: line.name,
    "-actual": lambda line: -(line.value if line.value is not None else -1),
    "actual": lambda line: line.value if line.value is not None else -1,
    "-attainment": lambda line: -(line.attainment if line.attainment is not None else -1),
    "attainment": lambda line: line.attainment if line.attainment is not None else -1,
    "-visits": lambda line: -(line.visits or 0),
    "visits": lambda line: line.visits or 0,
}


@require_GET
def home(request):
    """Show the home of the member's role."""
    return {
        Role.REP: home_of_rep,
        Role.MANAGER: home_of_leader,
        Role.DIRECTOR: home_of_leader,
        Role.HR: home_of_hr,
        Role.ADMIN: home_of_admin,
    }[Role(request.membership.role)](request)


def home_of_leader(request):
    """Show the board of the unit the member leads."""
    unit = boards.led_unit(person=request.person, on=timezone.localdate())
    if unit is None:
        return render(request, "reports/no_unit.html")
    return unit_board(request, unit, with_talks=request.membership.may(Permission.TARGETS_EDIT) and not request.htmx)


@require_GET
def unit(request, unit_id):
    """Show the board of a unit in sight."""
    return unit_board(request, access.unit_for(request, unit_id))


def unit_board(request, unit, *, with_talks=False):
    """Render a unit's board: its own figures, its course, its units, its people; the people as a file with `?as=xlsx` or `csv`."""
    refuse_unknown(request, *LOOKING, "metric", "sort", "people", "as")
    choice = period_choice(request, on=timezone.localdate())
    on = choice.on
    metric, metric_links = metric_choice(request, lens=choice.lens)
    sort, shows_all = one_of(request, "sort", tuple(SORTS)), one_of(request, "people", ("first", "all")) == "all"
    calendar = calendar_of(request.company)
    about = {"metric": metric, "choice": choice, "on": on, "calendar": calendar}
    headline = {"unit": unit, "choice": choice, "on": on, "calendar": calendar}
    own = boards.headline_figures(**headline)
    chosen = next((f for f in own if f.metric == metric), None)
    chosen = chosen or boards.headline_figures(**headline, codes=(metric.code,))[0]
    outlook = outlook_of(metric=metric, choice=choice, on=on, calendar=calendar, unit=unit)
    forecast = outlook.end if outlook else None
    course = courses.course(metric=metric, window=choice, on=on, calendar=calendar, end=forecast, unit_ids=[unit.pk])
    below = branches.below(unit, choice=choice, on=on, fiscal_start_month=request.company.fiscal_year_starts_in)
    lines = branches.branch_lines(below.branches, metric=metric, on=on, calendar=calendar)
    people = boards.person_lines(
        unit_ids=[u.pk for u in below.units], unit_names={u.pk: u.name for u in below.units} if lines else None, **about
    )
    rest, total = boards.sums_of(own=chosen, lines=lines or people)
    shown = people if SORTS[sort] is None else sorted(people, key=SORTS[sort])
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        name = f"{unit.name} {metric.label} {choice.name}"
        return table_response(
            request, exports.line_columns(metric) + exports.looking_columns(request, choice, "lineage_url"), shown, name=name
        )
    leaves = [u for u in below.units if u.kind == Unit.Kind.TEAM]
    context = {
        "unit": unit,
        "parent": unit.parent,
        "parent_url": _parent_url(request, unit),
        "choice": choice,
        "metric": metric,
        "metric_links": metric_links,
        "figures": own,
        "chosen": chosen,
        "course": course,
        "forecast": forecast,
        "outlook": outlook,
        "forecast_url": f"{reverse('reports:forecast')}?unit={unit.pk}&metric={metric.code}&period={choice.code}",
        "forecast_attainment": attainment(forecast.middle, chosen.target) if forecast else None,
        "months": courses.months_of_ratio(metric=metric, unit=unit, on=on, lens=choice.lens) if course is None else None,
        "unit_lines": lines,
        "panels": courses.panels(unit=unit, below=below, metric=metric, window=choice, on=on, calendar=calendar),
        "gap": courses.gap_by_unit(own=chosen, lines=lines) if lines else None,
        "heat": courses.heat(units=leaves, metric=metric, on=on, lens=choice.lens) if lines else None,
        "person_lines": shown if shows_all or not lines else shown[:PEOPLE_SHOWN],
        "people_count": len(people),
        "all_people_url": "" if shows_all or not lines or len(people) <= PEOPLE_SHOWN else _all_people_url(request),
        "rest": rest,
        "rest_url": rest_url(metric, choice.query, unit_id=unit.pk, rows="units" if lines else "people"),
        "total": total,
        "talks": waiting_by_plan(unit_ids=request.sight.unit_ids, besides=request.person, on=timezone.localdate())
        if with_talks
        else [],
        "has_targets": any(line.target is not None for line in (*lines, *people)) or chosen.target is not None,
        "may_export": request.membership.may(Permission.EXPORT),
        "today": on,
    }
    return render(request, "reports/_partials/board.html" if request.htmx else "reports/board.html", context)


def _parent_url(request, unit):
    sees = request.sight.sees_everybody or unit.parent_id in request.sight.unit_ids
    return reverse("reports:unit", args=[unit.parent_id]) if unit.parent_id and sees else ""


def _all_people_url(request):
    return query_string(request.GET, people="all") + "#people"


def home_of_rep(request):
    """Show what a rep does now and where they stand."""
    on = timezone.localdate()
    if request.person is None:
        return render(request, "reports/no_unit.html")
    choice = period_choice(request, on=on, with_lens=False)
    calendar = calendar_of(request.company)
    figures = boards.headline_figures(person=request.person, choice=choice, on=on, calendar=calendar)
    context = today.today_of(person=request.person, on=on, calendar=calendar) | {
        "choice": choice,
        "main": figures[0] if figures else None,
        "figures": figures[1:],
        "today": on,
    }
    return render(request, "reports/home_rep.html", context)


def home_of_hr(request):
    """Show what is due this quarter, and for whom."""
    on = timezone.localdate()
    first_month = request.company.fiscal_year_starts_in
    quarter = quarter_of(on, first_month)
    found = staffing(sight=request.sight, on=on, fiscal_start_month=first_month)
    chart = {
        "unit": "COUNT",
        "labels": [name for name, _counts in found.stages],
        "series": [
            {"name": str(TenureStage(stage).label), "values": [counts[at] for _name, counts in found.stages]}
            for at, stage in enumerate(TenureStage)
        ],
    }
    context = {
        "staffing": found,
        "stage_chart": chart,
        "quarter_name": name_of(quarter, first_month),
        "assessment": readiness(quarter, request.sight, on),
        "last_export": last_export(),
        "today": on,
    }
    return render(request, "reports/home_hr.html", context)


def home_of_admin(request):
    """Show whether everything is set up and healthy."""
    on = timezone.localdate()
    steps = setup_steps(on=on)
    context = {
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "next_step": next((step for step in steps if not step.is_done), None),
        "runs": last_runs(),
        "changes": latest_changes(),
        "today": on,
    }
    return render(request, "reports/home_admin.html", context)
