"""The doors to the boards: the home of each role, and the board of any unit in sight."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.rules import Role
from common.period_names import name_of
from common.periods import quarter_of
from reports.choices import metric_choice, period_choice
from reports.queries import boards, today
from reports.queries.setup import last_runs, latest_changes, setup_steps
from reports.queries.staffing import staffing
from targets.queries.attainment import company_calendar, series
from teams import access
from teams.rules import TenureStage


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
    return render(request, "reports/no_unit.html") if unit is None else unit_board(request, unit)


def unit(request, unit_id):
    """Show the board of a unit in sight."""
    return unit_board(request, access.unit_for(request, unit_id))


def unit_board(request, unit):
    """Render a unit's board: its own figures, its course, its teams, its people."""
    on = timezone.localdate()
    choice = period_choice(request, on=on)
    metric, metric_links = metric_choice(request)
    calendar = company_calendar(request.company)
    about = {"metric": metric, "period": choice.period, "on": on, "calendar": calendar}
    day = boards.day_of_course(choice.period, on)
    own = boards.headline_figures(unit=unit, kind=choice.kind, period=choice.period, on=on, calendar=calendar)
    chosen = (
        next((f for f in own if f.metric == metric), None)
        or boards.headline_figures(
            unit=unit, kind=choice.kind, period=choice.period, on=on, calendar=calendar, codes=(metric.code,)
        )[0]
    )
    months = series(metric=metric, period=choice.period, unit_ids=[unit.pk]).get(unit.pk, ())
    commits = {row.starts_on: row.commit for row in months if row.commit is not None}
    children = boards.children_of(unit)
    chart, forecast = boards.course(
        metric=metric,
        period=choice.period,
        on=day,
        calendar=calendar,
        commit_by_month=commits,
        row=chosen.row,
        unit_ids=[unit.pk],
    )
    teams = boards.teams_below(unit) if children else []
    context = {
        "unit": unit,
        "choice": choice,
        "metric": metric,
        "metric_links": metric_links,
        "figures": own,
        "chosen": chosen,
        "course": chart,
        "forecast": forecast,
        "unit_lines": boards.unit_lines(units=children, kind=choice.kind, **about) if children else [],
        "panels": boards.panels(units=children, **(about | {"on": day})) if children else None,
        "heat": boards.heat(units=teams, metric=metric, on=day) if teams else None,
        "person_lines": boards.person_lines(
            unit_ids=[t.pk for t in teams] if teams else [unit.pk],
            kind=choice.kind,
            no_visit_flag=_("no valid visit this week"),
            unit_names={t.pk: t.name for t in teams} if teams else None,
            **about,
        ),
        "today": on,
    }
    return render(request, "reports/_partials/board.html" if request.htmx else "reports/board.html", context)


def home_of_rep(request):
    """Show what a rep does now and where they stand."""
    on = timezone.localdate()
    if request.person is None:
        return render(request, "reports/no_unit.html")
    choice = period_choice(request, on=on)
    calendar = company_calendar(request.company)
    figures = boards.headline_figures(person=request.person, kind=choice.kind, period=choice.period, on=on, calendar=calendar)
    context = today.today_of(person=request.person, on=on, calendar=calendar) | {
        "choice": choice,
        "figures": figures,
        "main": figures[0] if figures else None,
        "today": on,
    }
    return render(request, "reports/home_rep.html", context)


def home_of_hr(request):
    """Show what is due this quarter, and for whom."""
    on = timezone.localdate()
    first_month = request.company.fiscal_year_starts_in
    found = staffing(sight=request.sight, on=on, fiscal_start_month=first_month)
    labels = [TenureStage(stage).label for stage in TenureStage]
    chart = {
        "unit": "COUNT",
        "scale": 0,
        "labels": [name for name, _counts in found.stages],
        "series": [
            {"name": str(label), "values": [counts[at] for _name, counts in found.stages]} for at, label in enumerate(labels)
        ],
    }
    context = {
        "staffing": found,
        "stage_chart": chart,
        "stage_label": _("People by region and stage"),
        "quarter_name": name_of(quarter_of(on, first_month), first_month),
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
