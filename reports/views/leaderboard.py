"""The doors to the leaderboard: the page, its part for htmx, and the wall screen."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import Permission
from common.again import shown_again
from common.links import Link
from common.tables.answers import table_response
from common.templatetags.keeping import drawn_of
from common.templatetags.pages import query_string
from incentives.models import Praise
from reports.choices import metric_choice, one_of, refuse_unknown
from reports.exports import boards as exports
from reports.queries import leaders
from reports.queries.boards import HEADLINE_CODES
from reports.queries.frame import Frame, frame_of
from reports.queries.ranked import Found, read
from targets.choices import LOOKING, period_choice
from targets.models import Metric, Ranking
from targets.queries.rankings import BY_ATTAINMENT, BY_VALUE, counts_cases
from teams.access import require
from teams.models import Unit
from teams.rules import TenureStage, tenure_stage

SUBJECTS = {"person": Ranking.Subject.PERSON, "team": Ranking.Subject.TEAM, "region": Ranking.Subject.REGION}
WEEKS_OFFERED = 26
LINES_A_PAGE = 50
WALL_SECONDS = 20
WALL_LINES = 10
WALL_PRAISES = 12


@require_safe
@shown_again
def leaderboard(request):
    """Show who stands where, live or as it was published in a week; as a file with `?as=xlsx` or `csv`."""
    asked = _read(request)
    may_export = request.membership.may(Permission.EXPORT)
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(
            request,
            exports.leader_columns(asked.metric) + exports.looking_columns(request, asked.choice, "lineage_url"),
            asked.board.lines,
            name=f"{asked.metric.label} {asked.choice.name}",
        )
    content = drawn_of(
        "reports/_partials/leaders.html",
        request=request,
        key=asked.key and (asked.key, may_export),
        context=lambda: _shown(request, asked) | _page(request, asked.board) | {"may_export": may_export},
    )
    if request.htmx:
        return HttpResponse(content)
    context = {"choice": asked.choice, "metric": asked.metric, "content": content}
    return render(request, "reports/leaderboard.html", context)


def _page(request, board):
    """Return the page of lines that was asked for, and one's own line where it stands on another one."""
    page = Paginator(board.lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    if board.mine is None or board.mine in page.object_list:
        return {"page": page, "mine_elsewhere": (), "mine_url": "#my-row"}
    own_page = board.lines.index(board.mine) // LINES_A_PAGE + 1
    return {"page": page, "mine_elsewhere": (board.mine,), "mine_url": query_string(request.GET, page=own_page) + "#my-row"}


@require_safe
@shown_again
def wall(request):
    """Show the same board without navigation, in large type; it moves on by itself through metrics, people and teams."""
    asked = _read(request)
    context = _shown(request, asked)
    screens = [
        (link.code, subject)
        for link in context["metric_links"]
        if link.code in HEADLINE_CODES
        for subject in ("person", "team")
    ]
    shown = (context["metric"].code, context["subject"])
    at = screens.index(shown) if shown in screens else -1
    upcoming, praises = screens[(at + 1) % len(screens)] if screens else shown, _praises()
    context |= {
        "lines": context["board"].lines[len(context["podium"]) : WALL_LINES],
        "screens": [n == at for n in range(len(screens))],
        "next_url": query_string(request.GET, metric=upcoming[0], by=upcoming[1]),
        "seconds": WALL_SECONDS,
        "praise": praises[max(at, 0) % len(praises)] if praises else None,
        "leave_url": reverse("reports:leaderboard") + query_string(request.GET),
    }
    return render(request, "reports/wall.html", context)


def _praises():
    rows = Praise.objects.order_by("-given_on", "-pk").values_list("to__name", "text", "by__name")
    return list(rows[:WALL_PRAISES])


@dataclass(frozen=True)
class _Asked:
    """What the address asks for, read and checked."""

    choice: object
    frame: Frame
    metric: Metric
    metric_links: tuple
    subject_key: str
    order: str
    tree: leaders.Tree
    scope: int | None
    stage: TenureStage | None
    week: date | None
    found: Found
    mine: frozenset
    minimum: int
    sight: object
    hired_on: date | None  # of the member's own person

    @property
    def by(self):
        return BY_ATTAINMENT if self.order == "attainment" and self.week is None else BY_VALUE

    @property
    def key(self):
        """What the board follows from besides the address; None for a published one, which is not drawn often."""
        if self.week is not None:
            return None
        choice = self.choice
        shown = (choice.period, choice.name, choice.code, choice.on, self.minimum, self.hired_on)
        return self.frame.key, self.found.rows, self.found.streaks, self.mine, self.sight, shown

    @cached_property
    def board(self):
        return leaders.board_of(
            self.found,
            metric=self.metric,
            choice=self.choice,
            subject=SUBJECTS[self.subject_key],
            by=self.by,
            tree=self.tree,
            sight=self.sight,
            mine=self.mine,
            week_starts_on=self.week,
            minimum=self.minimum,
        )


def _read(request):
    refuse_unknown(request, *LOOKING, "metric", "by", "order", "unit", "stage", "week", "page", "as")
    choice = period_choice(request, on=timezone.localdate())
    # Only what is stored was ever published.
    frame = frame_of(on=choice.on, weeks=WEEKS_OFFERED if choice.span is not None else 0)
    metric, metric_links = metric_choice(request, lens=choice.lens, metrics=frame.metrics)
    subject_key, order = one_of(request, "by", tuple(SUBJECTS)), one_of(request, "order", ("value", "attainment"))
    tree, subject = leaders.Tree(frame.units), SUBJECTS[subject_key]
    scope, stage, week = _scope(request, tree, subject_key), _stage(request, subject_key), _week(request, frame.weeks)
    minimum, sight = request.company.ranking_minimum, request.sight
    found = read(
        metric=metric,
        choice=choice,
        on=choice.on,
        subject=subject,
        by=BY_ATTAINMENT if order == "attainment" and week is None else BY_VALUE,
        among=scope,
        stage=stage,
        minimum=minimum,
        week_starts_on=week,
        tree=tree,
        sight=sight,
    )
    if found.ranking is not None:
        # What it took then.
        minimum = found.ranking.minimum
    mine = leaders.mine(person=request.person, subject=subject, sight=sight, on=choice.on, tree=tree)
    hired_on = request.person and request.person.hired_on
    shown = (choice, frame, metric, metric_links, subject_key, order, tree, scope, stage, week)
    return _Asked(*shown, found, mine, minimum, sight, hired_on)


def _shown(request, asked):
    """Return what the body of the page shows."""
    metric, subject_key, order, week, tree = asked.metric, asked.subject_key, asked.order, asked.week, asked.tree
    board = asked.board
    words = {"person": _("People"), "team": _("Teams"), "region": _("Regions")}
    orders = {
        "value": _("By amount") if metric.kind in (Metric.Kind.MONEY, Metric.Kind.MONEY_RATIO) else _("By figure"),
        "attainment": _("By attainment"),
    }
    return {
        "choice": asked.choice,
        "metric": metric,
        "metric_links": asked.metric_links,
        "board": board,
        "subject_links": tuple(
            Link(words[key], query_string(request.GET, by=key, unit=None, page=None), key == subject_key) for key in SUBJECTS
        ),
        # What was published was ranked by amount.
        "order_links": ()
        if week
        else tuple(Link(orders[key], query_string(request.GET, order=key, page=None), key == order) for key in orders),
        "order": order,
        "among_links": _among_links(request, subject_key=subject_key, tree=tree, scope=asked.scope, stage=asked.stage),
        "stage": asked.stage,
        "minimum": asked.minimum if counts_cases(metric.denominator) else 0,
        "scope": asked.scope,
        "scope_name": tree.name(asked.scope),
        "scopes": tuple(
            s for s in tree.scopes() if subject_key == "person" or (subject_key == "team" and s[2] == Unit.Kind.REGION)
        ),
        "weeks": asked.frame.weeks,
        "podium": tuple(board.podium),
        "is_published": bool(asked.choice.span or week),
        "is_group": bool(asked.stage or asked.scope),
        "lens_fields": tuple(asked.choice.lens.parameters().items()),
        "week": week,
        "subject": subject_key,
        "today": asked.choice.on,
    }


def _scope(request, tree, subject_key):
    """Return the id of the unit inside which is ranked, or None for all. Rankings are open to all: names and figures, never reasons."""
    value = request.GET.get("unit", "")
    if not value or subject_key == "region":
        return None
    found = int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None
    if found not in tree.units:
        raise Http404(_("There is no such unit."))
    return None if tree.units[found][2] is None else found


def _stage(request, subject_key):
    """Return the tenure stage among whose people is ranked, or None for all."""
    if subject_key != "person" or not (value := request.GET.get("stage", "")):
        return None
    if value not in TenureStage.values:
        raise Http404(_("There is no such stage."))
    return TenureStage(value)


def _among_links(request, *, subject_key, tree, scope, stage):
    """Return the switch to one's own peers: everybody, and for who sells the own region, team and stage."""
    if subject_key != "person" or request.person is None:
        return ()

    def link(label, unit, of_stage):
        url = query_string(request.GET, unit=unit, stage=of_stage, page=None)
        return Link(label, url, scope == unit and stage == of_stage)

    on, links = request.sight.on, [link(_("Everybody"), None, None)]
    own = leaders.mine(person=request.person, subject=Ranking.Subject.REGION, sight=request.sight, on=on, tree=tree)
    for kind, label in ((Unit.Kind.REGION, _("My region")), (Unit.Kind.TEAM, _("My team"))):
        links += [link(label, pk, None) for pk in own if tree.units[pk][1] == kind]
    if own_stage := tenure_stage(request.person.hired_on, on):
        links.append(link(_("My stage"), None, own_stage))
    return tuple(links)


def _week(request, weeks):
    value = request.GET.get("week", "")
    if not value:
        return None
    week = next((w for w in weeks if w.isoformat() == value), None)
    if week is None:
        raise Http404(_("No ranking was published in that week."))
    return week
