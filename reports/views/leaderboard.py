"""The doors to the leaderboard: the page, its part for htmx, and the wall screen."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.templatetags.pages import query_string
from reports.choices import Link, metric_choice, one_of, period_choice
from reports.queries import leaders
from targets.models import Ranking
from targets.queries.rankings import BY_ATTAINMENT, BY_VALUE, published_weeks
from teams.models import Unit

SUBJECTS = {"person": Ranking.Subject.PERSON, "team": Ranking.Subject.TEAM, "region": Ranking.Subject.REGION}
WALL_SECONDS = 20


@require_GET
def leaderboard(request):
    """Show who stands where, live or as it was published in a week."""
    context = _board(request)
    return render(request, "reports/_partials/leaders.html" if request.htmx else "reports/leaderboard.html", context)


@require_GET
def wall(request):
    """Show the same board without navigation, in large type, moving on by itself through the metrics."""
    context = _board(request)
    links = context["metric_links"]
    at = next((n for n, link in enumerate(links) if link.active), 0)
    context |= {"next_url": links[(at + 1) % len(links)].url, "seconds": WALL_SECONDS}
    return render(request, "reports/wall.html", context)


def _board(request):
    on = timezone.localdate()
    choice = period_choice(request, on=on)
    metric, metric_links = metric_choice(request)
    subject_key = one_of(request, "by", tuple(SUBJECTS))
    order = one_of(request, "order", ("value", "attainment"))
    scope = _scope(request)
    week = _week(request)
    board = leaders.board(
        metric=metric,
        choice=choice,
        on=on,
        subject=SUBJECTS[subject_key],
        by=BY_ATTAINMENT if order == "attainment" else BY_VALUE,
        among=scope,
        week_starts_on=week,
        mine=leaders.mine(person=request.person, subject=SUBJECTS[subject_key], on=on),
    )
    words = {"person": _("People"), "team": _("Teams"), "region": _("Regions")}
    orders = {"value": _("By amount"), "attainment": _("By attainment")}
    return {
        "choice": choice,
        "metric": metric,
        "metric_links": metric_links,
        "board": board,
        "subject_links": [
            Link(words[key], query_string(request.GET, by=key, unit=None, page=None), key == subject_key) for key in SUBJECTS
        ],
        "order_links": [Link(orders[key], query_string(request.GET, order=key, page=None), key == order) for key in orders],
        "order": order,
        "scope": scope,
        "scopes": leaders.scopes(),
        "weeks": published_weeks(limit=12),
        "week": week,
        "subject": subject_key,
        "today": on,
    }


def _scope(request):
    """Return the unit among whose people is ranked, or None for everybody. Rankings are open to all: names and figures, never reasons."""
    value = request.GET.get("unit", "")
    if not value:
        return None
    found = Unit.objects.filter(pk=int(value)).first() if value.isascii() and value.isdigit() and len(value) < 18 else None
    if found is None:
        raise Http404(_("There is no such unit."))
    return found


def _week(request):
    value = request.GET.get("week", "")
    if not value:
        return None
    week = next((w for w in published_weeks(limit=200) if w.isoformat() == value), None)
    if week is None:
        raise Http404(_("No ranking was published in that week."))
    return week
