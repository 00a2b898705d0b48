"""What the leaderboard reads: the rows in their order, streaks, and what was corrected since a ranking was published."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q

from common.periods import Period, iso_week_of, previous
from credits.queries.lineage import CreditRow, rows_of
from targets import rules
from targets.choices import lineage_url
from targets.models import Ranking
from targets.queries.corrections import CorrectedLine, correction_of, entered_since
from targets.queries.rankings import BY_VALUE, BoardRow, live_ranking, published_ranking, weeks_among_first
from targets.queries.windows import Window
from teams.models import Person
from teams.queries import in_stage

ENTERED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected line with where its figure came from, as known then and as known now; "" out of sight, or where it is the same."""

    line: CorrectedLine
    then_url: str
    now_url: str


@dataclass(frozen=True)
class Found:
    """
    What was read for a board.

    :ivar streaks: (id, for how many published weeks in a row among the first).
    :ivar ranking: the published one, None while live; what was corrected since goes with it.
    """

    rows: tuple[BoardRow, ...]
    streaks: tuple[tuple[int, int], ...] = ()
    ranking: Ranking | None = None
    corrected_at: datetime | None = None
    corrections: tuple[Corrected, ...] = ()
    entered: tuple[CreditRow, ...] = ()
    more: int = 0


def read(*, metric, choice, on, subject, by, among, week_starts_on, tree, sight, stage=None, minimum=1):
    """
    Return what the board of a metric and period rests on: live, or as published in a week.

    :param among: the id of the unit among whose people (or teams) is ranked; None for all.
    :param stage: the tenure stage among whose people is ranked; None for all.
    :param minimum: how many cases a place by a ratio takes.
    :param tree: the company's `Tree`.
    :param sight: whose corrections the member may open.
    """
    inside = None if among is None else tree.below(among)
    peers = (
        None
        if stage is None
        else set(in_stage(Person.objects.all(), stage, on=min(on, choice.period.last_day)).values_list("pk", flat=True))
    )
    if week_starts_on is not None:
        return _published(metric, choice, subject, week_starts_on, tree=tree, sight=sight, inside=inside, peers=peers)
    rows = live_ranking(
        metric=metric,
        window=choice,
        on=on,
        subject=subject,
        by=by,
        among_unit_ids=inside,
        among_person_ids=peers,
        minimum=minimum,
    )
    if choice.span is None and choice.lens.is_plain and by == BY_VALUE:
        rows = _moved(rows, _before(choice), subject=subject, metric=metric, inside=inside, peers=peers, minimum=minimum)
    has_streaks = choice.is_live and choice.span is not None
    streaks = weeks_among_first(metric=metric, span=choice.span, subject=subject) if has_streaks else {}
    return Found(tuple(rows), tuple(streaks.items()))


def _published(metric, choice, subject, week_starts_on, *, tree, sight, inside, peers):
    ranking, rows = published_ranking(metric=metric, span=choice.span, subject=subject, week_starts_on=week_starts_on)
    corrected_at, lines = correction_of(ranking, metric=metric)
    corrections, entered, more = (), (), 0
    if lines:
        corrections = _corrected(lines, ranking, rows, metric=metric, choice=choice, sight=sight, tree=tree)
        entered, more = _entered(ranking, metric=metric, sight=sight)
    if inside is not None or peers is not None:
        rows = _inside(
            [r for r in rows if (inside is None or r.team_id in inside) and (peers is None or r.subject_id in peers)]
        )
    has_streaks = choice.is_live and choice.span is not None
    streaks = weeks_among_first(metric=metric, span=choice.span, subject=subject) if has_streaks else {}
    return Found(tuple(rows), tuple(streaks.items()), ranking, corrected_at, corrections, entered, more)


def _corrected(lines, ranking, rows, *, metric, choice, sight, tree):
    """Return corrected lines with the addresses of their figures on the week's Sunday, as known when it was published and now."""
    is_person = ranking.subject == Ranking.Subject.PERSON
    homes = {row.subject_id: row.team_id for row in rows}
    sunday = iso_week_of(ranking.week_starts_on).last_day
    now = replace(choice.lens, as_of=sunday)
    then = replace(now, until=ranking.published_at)

    def address(line, lens):
        unit_id = homes.get(line.subject_id) if is_person else line.subject_id
        seen = sight.sees_everybody or unit_id in sight.unit_ids or (is_person and line.subject_id == sight.person_id)
        if not line.is_figure or not seen:
            return ""
        query = urlencode({"period": choice.code} | lens.parameters())
        return lineage_url(metric, query, **{"person_id" if is_person else "unit_id": line.subject_id})

    return tuple(Corrected(line, address(line, then), address(line, now)) for line in lines)


def _entered(ranking, *, metric, sight):
    """Return the latest credits that arrived since, of whom the member sees, and how many more there are."""
    credits = entered_since(ranking, metric=metric)
    if not sight.sees_everybody:
        credits = credits.filter(Q(unit_id__in=sight.unit_ids) | Q(person_id=sight.person_id))
    rows = tuple(rows_of(credits[:ENTERED_SHOWN], sight=sight))
    return rows, (credits.count() - ENTERED_SHOWN if len(rows) == ENTERED_SHOWN else 0)


def _before(choice):
    """Return the window before one that is never published: the last week, or as many days before."""
    period = choice.period
    if choice.kind is not None:
        return Window(previous(period, choice.kind), choice.kind)
    return Window(Period(period.starts_on - (period.ends_before - period.starts_on), period.starts_on), None)


def _moved(rows, window, *, subject, metric, inside, peers, minimum):
    """Return rows with the places that the same had in the window before."""
    before = live_ranking(
        metric=metric,
        window=window,
        on=window.period.last_day,
        subject=subject,
        among_unit_ids=inside,
        among_person_ids=peers,
        minimum=minimum,
    )
    places = {row.subject_id: row.place for row in before}
    return [row._replace(previous_place=places.get(row.subject_id)) for row in rows]


def _inside(rows):
    """Return published rows with their places inside a group, now and before."""
    now, before = (rules.places_inside([getattr(row, name) for row in rows]) for name in ("place", "previous_place"))
    return [row._replace(place=a, previous_place=b) for row, a, b in zip(rows, now, before, strict=True)]
