"""The agenda that writes itself: collects what the figures say of a unit and freezes it as plain rows."""

from dataclasses import asdict, replace
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Count

from common.periods import Period, PeriodKind, format_code, iso_week_of, month_of
from credits.queries.lens import Lens
from incentives.models import Praise
from meetings import rules
from meetings.models import AgendaItem, Decision
from targets.models import Attainment
from targets.queries.attainment import attainments, paces_of
from targets.queries.metrics import headline_metric
from targets.queries.rankings import live_ranking, published_ranking
from targets.queries.windows import Window
from teams.models import Task
from teams.queries import calendar_of, people_employed_in, subtree_ids
from visits.models import Visit


def write(*, meeting, company, on, now, as_published):
    """
    Return the agenda's items for a meeting as {kind: frozen rows}, from the figures as they stand on a day.

    The figures are those of the month up to the day before, visits those of the seven days before.

    :param now: nothing that is recorded from this moment on is in the figures; their rows keep an address that shows them so.
    :param as_published: the day is over, so the figures are those of the last ranking that was published by then; where none
        was, they are today's.
    """
    metric = headline_metric()
    unit_ids = subtree_ids([meeting.unit_id], on=on)
    people = list(people_employed_in(unit_ids, on=on).values_list("pk", "name"))
    standings, looked_at = (
        _standings(metric, people, company, on=on, now=now, as_published=as_published) if metric else ([], "")
    )
    return {
        AgendaItem.Kind.RANKING: [_frozen(s, metric, looked_at) for s in standings],
        AgendaItem.Kind.BEHIND: [_frozen(s, metric, looked_at) for s in rules.behind(standings)],
        AgendaItem.Kind.PRAISE: [asdict(m) for m in rules.merits(standings)] + _praise(people, meeting),
        AgendaItem.Kind.TASKS: _prior_decisions(meeting) + _tasks(people, on),
    }


def _standings(metric, people, company, *, on, now, as_published):
    """Return what the figures say of people, and what an address says to see them as they were looked at."""
    ids = [pk for pk, _name in people]
    board, period, lens = _board(metric, on, now, as_published)
    board = [row for row in board if row.subject_id in set(ids)]
    rows = attainments(metric=metric, span=Attainment.Span.MONTH, starts_on=period.starts_on, person_ids=ids)
    # What has come in since then must not be judged by the pace of that day.
    then = {
        row.subject_id: replace(rows[row.subject_id], numerator=row.numerator, commit=row.commit)
        for row in board
        if row.subject_id in rows
    }
    paces = paces_of(then, metric=metric, period=period, on=on, calendar=calendar_of(company))
    week = Period(on - timedelta(days=7), on)
    visits = dict(
        Visit.objects.valid().within(week).filter(person_id__in=ids).order_by().values_list("person_id").annotate(Count("pk"))
    )
    found = []
    for row in board:
        pace = paces.get(row.subject_id)
        found.append(
            rules.Standing(
                person_id=row.subject_id,
                name=row.name,
                place=row.place,
                movement=row.movement,
                actual=row.numerator,
                target=row.commit,
                attainment=row.attainment,
                status=str(pace.status if pace else "NEUTRAL"),
                missing=pace.missing if pace else None,
                needed_per_day=pace.needed_per_day if pace else None,
                visits=visits.get(row.subject_id, 0),
            )
        )
    return found, urlencode({"period": format_code(period)} | lens.parameters())


def _board(metric, on, now, as_published):
    """Return the rows of the ranking that the meeting looks at, their month, and the lens that shows the same ever after."""
    if as_published:
        last_week = iso_week_of(on - timedelta(days=7))
        ranking, rows = published_ranking(metric=metric, span=Attainment.Span.MONTH, week_starts_on=last_week.starts_on)
        if ranking is not None:
            lens = Lens(as_of=last_week.last_day, until=ranking.published_at)
            return rows, Period(ranking.starts_on, ranking.ends_before), lens
    period = month_of(on - timedelta(days=1))
    return live_ranking(metric=metric, window=Window(period, PeriodKind.MONTH), on=on), period, Lens(until=now)


def _frozen(standing, metric, looked_at):
    attained = None if standing.attainment is None else str(round(standing.attainment, 1))
    return asdict(standing) | {"attainment": attained, "metric": metric.code, "looked_at": looked_at}


def _praise(people, meeting):
    since = meeting.week_starts_on - timedelta(days=7)
    rows = Praise.objects.filter(to_id__in=[pk for pk, _name in people], given_on__gte=since).order_by("given_on", "pk")
    return [
        {"person_id": to_id, "name": to, "reason": "praised", "figure": text, "by": by}
        for to_id, to, by, text in rows.values_list("to_id", "to__name", "by__name", "text")
    ]


def _prior_decisions(meeting):
    before = (
        Decision.objects.filter(meeting__unit_id=meeting.unit_id, meeting__week_starts_on__lt=meeting.week_starts_on)
        .order_by("-meeting__week_starts_on")
        .values("meeting_id")[:1]
    )
    rows = Decision.objects.filter(meeting_id__in=list(before.values_list("meeting_id", flat=True))).select_related(
        "task__owner"
    )
    return [
        {
            "text": d.text,
            "decided": True,
            "task_id": d.task_id,
            "owner": d.task.owner.name if d.task else "",
            "due_on": d.task.due_on.isoformat() if d.task else None,
            "status": d.task.status if d.task else "",
        }
        for d in rows
    ]


def _tasks(people, on):
    rows = Task.objects.open().filter(
        owner_id__in=[pk for pk, _name in people], due_on__lt=on + timedelta(days=7), decisions=None
    )
    return [
        {"text": title, "decided": False, "task_id": pk, "owner": owner, "due_on": due_on.isoformat(), "status": status}
        for pk, title, owner, due_on, status in rows.order_by("due_on", "pk").values_list(
            "pk", "title", "owner__name", "due_on", "status"
        )
    ]
