"""The doors to the boards: the home of each role, and the board of any unit in sight."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import require
from accounts.rules import Permission, Role
from common.again import shown_again
from common.period_names import name_of
from common.periods import quarter_of
from common.tables.answers import table_response
from common.templatetags.keeping import drawn_of
from common.templatetags.pages import query_string
from incentives.queries.pay_news import pay_news_of
from incentives.queries.penalties import waiting_for_answer
from incentives.queries.waiting import pay_waiting_for
from reports.choices import metric_choice, one_of, refuse_unknown
from reports.exports import boards as exports
from reports.queries import boards, today
from reports.queries.assessments import last_export, readiness
from reports.queries.setup import last_runs, latest_changes, setup_steps
from reports.queries.staffing import staffing
from reports.queries.unit_board import UnitBoard, frame_of
from targets.access import adjustments_to_decide, talks_to_answer
from targets.choices import LOOKING, period_choice, rest_url
from teams.queries import calendar_of
from teams.rules import TenureStage

#: How many people a board of several teams shows before it is asked for all.
PEOPLE_SHOWN = 10
#: How the people of a board can be sorted: by parameter, the key of a `board_people.Entry`, highest or first first.
SORTS = {
    "help": None,
    "name": lambda entry: entry.name,
    "-actual": lambda entry: -(entry.value if entry.value is not None else -1),
    "actual": lambda entry: entry.value if entry.value is not None else -1,
    "-attainment": lambda entry: -(entry.attainment if entry.attainment is not None else -1),
    "attainment": lambda entry: entry.attainment if entry.attainment is not None else -1,
    "-visits": lambda entry: -(entry.visits or 0),
    "visits": lambda entry: entry.visits or 0,
}


@require_GET
@shown_again
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
    return unit_board(request, unit.pk, with_talks=request.membership.may(Permission.TARGETS_EDIT) and not request.htmx)


@require_GET
@shown_again
def unit(request, unit_id):
    """Show the board of a unit in sight."""
    return unit_board(request, unit_id)


def unit_board(request, unit_id, *, with_talks=False):
    """
    Render a unit's board: its own figures, its course, its units, its people; the people as a file with `?as=xlsx` or `csv`.

    What the page shows follows from what the board read; whoever reads the same is shown what was drawn then.

    :raises Http404: for a unit out of sight.
    """
    refuse_unknown(request, *LOOKING, "metric", "sort", "people", "as")
    choice = period_choice(request, on=timezone.localdate())
    frame = frame_of(choice, company=request.company)
    unit = frame.units.get(unit_id)
    if unit is None or not _sees(request.sight, unit_id):
        raise Http404
    metric, metric_links = metric_choice(request, lens=choice.lens, metrics=frame.metrics)
    sort, people = one_of(request, "sort", tuple(SORTS)), one_of(request, "people", ("first", "all"))
    board = UnitBoard(unit, frame=frame, choice=choice, metric=metric, company=request.company)
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        name = f"{unit.name} {metric.label} {choice.name}"
        columns = exports.line_columns(metric) + exports.looking_columns(request, choice, "lineage_url")
        return table_response(request, columns, _sorted(board.people, sort), name=name)
    rights = {"may_export": request.membership.may(Permission.EXPORT)}
    content = drawn_of(
        "reports/_partials/board.html",
        request=request,
        key=board.key and (board.key, *rights.values()),
        context=lambda: _shown(board, request.GET, sort, people) | {"metric_links": metric_links} | rights,
    )
    if request.htmx:
        return HttpResponse(content)
    context = {
        "unit": unit,
        "parent": unit.parent,
        "parent_url": _parent_url(request, unit),
        "choice": choice,
        "content": content,
        "is_home": with_talks,
        "pay": pay_waiting_for(membership=request.membership, sight=request.sight, on=timezone.localdate())
        if with_talks
        else None,
        "cases_waiting": waiting_for_answer(request.sight, user=request.user) if with_talks else None,
        "adjustments": adjustments_to_decide(request) if with_talks else [],
        "talks": talks_to_answer(request, on=timezone.localdate()) if with_talks else [],
    }
    return render(request, "reports/board.html", context)


def _shown(board, given, sort, people):
    """Return what the body of a board shows."""
    metric, choice, lines = board.metric, board.choice, board.lines
    rest, total = board.rest_and_total
    shown = _sorted(board.people, sort)
    is_cut = bool(lines) and people == "first"
    return {
        "unit": board.unit,
        "choice": choice,
        "metric": metric,
        "figures": board.own,
        "chosen": board.chosen,
        "course": board.course,
        "forecast": board.forecast,
        "outlook": board.outlook,
        "forecast_url": f"{reverse('reports:forecast')}?unit={board.unit.pk}&metric={metric.code}&period={choice.code}",
        "forecast_attainment": board.forecast_attainment,
        "months": board.months,
        "unit_lines": [line.drawn for line in lines],
        "shape": boards.Shape(metric.kind, metric.scale),
        "panels": board.panels,
        "gap": board.gap,
        "heat": board.heat,
        "person_lines": [line.drawn for line in (shown[:PEOPLE_SHOWN] if is_cut else shown)],
        "people_count": len(shown),
        "all_people_url": query_string(given, people="all") + "#people" if is_cut and len(shown) > PEOPLE_SHOWN else "",
        "rest": rest,
        "rest_url": rest_url(metric, choice.query, unit_id=board.unit.pk, rows="units" if lines else "people"),
        "total": total,
        "has_targets": board.has_targets,
    }


def _sorted(lines, sort):
    return lines if SORTS[sort] is None else lines.sorted_by(SORTS[sort])


def _sees(sight, unit_id):
    return sight.sees_everybody or unit_id in sight.unit_ids


def _parent_url(request, unit):
    return reverse("reports:unit", args=[unit.parent_id]) if unit.parent_id and _sees(request.sight, unit.parent_id) else ""


def home_of_rep(request):
    """Show what a rep does now and where they stand."""
    on = timezone.localdate()
    if request.person is None:
        return render(request, "reports/no_unit.html")
    choice = period_choice(request, on=on, with_lens=False)
    calendar = calendar_of(request.company)
    figures = boards.headline_figures(person=request.person, choice=choice, on=on, calendar=calendar)
    context = today.today_of(person=request.person, on=on, calendar=calendar, own_unit_id=request.sight.own_unit_id) | {
        "choice": choice,
        "main": figures[0] if figures else None,
        "figures": figures[1:],
        "news": pay_news_of(person=request.person, on=on),
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
        "pay": pay_waiting_for(membership=request.membership, sight=request.sight, on=on),
        "cases_waiting": waiting_for_answer(request.sight, user=request.user),
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
