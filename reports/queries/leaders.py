"""The leaderboard: places, podium, one's own row, the gap to the next."""

from dataclasses import dataclass

from reports.queries.boards import SPAN_OF
from targets.models import Ranking
from targets.queries.rankings import BY_VALUE, BoardRow, live_ranking, published_ranking
from teams.models import Assignment, Unit
from teams.queries import subtree_ids

PODIUM = 3


@dataclass(frozen=True, slots=True)
class Leader:
    """One line: the ranked row, the name of where it belongs, the width of its bar in % of the best, whether it is one's own."""

    row: BoardRow
    home: str
    width: int
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first three."""

    name: str
    value: object
    rank: int
    note: str
    attainment: object
    moved: int | None


@dataclass(frozen=True)
class Board:
    """A leaderboard ready for the page."""

    lines: tuple[Leader, ...]
    mine: Leader | None
    gap_to_next: int | None  # minor units to the place above one's own; None at the top, for ratios, or without a place
    published_on: object  # week of a published ranking, None while live

    @property
    def podium(self):
        """The first three with a place, as the podium component takes them; nothing while fewer have one."""
        placed = [line for line in self.lines if line.row.place is not None][:PODIUM]
        return (
            [
                Step(line.row.name, line.row.value, line.row.place, line.home, line.row.attainment, line.row.movement)
                for line in placed
            ]
            if len(placed) == PODIUM
            else []
        )


def board(*, metric, choice, on, subject, by, among, week_starts_on, mine):
    """
    Return the board of a metric and period: live, or as published in a week.

    :param among: the unit among whose people (or teams) is ranked; None for all.
    :param mine: the ids of the member's own rows.
    """
    if week_starts_on is None:
        rows = live_ranking(
            metric=metric,
            period=choice.period,
            span=SPAN_OF[choice.kind],
            on=on,
            subject=subject,
            by=by,
            among_unit_ids=subtree_ids([among.pk]) if among else None,
        )
    else:
        _ranking, rows = published_ranking(
            metric=metric, span=SPAN_OF[choice.kind], subject=subject, week_starts_on=week_starts_on
        )
        if among:
            inside = set(subtree_ids([among.pk]))
            rows = [row for row in rows if row.team_id in inside or row.subject_id in inside]
    homes = dict(Unit.objects.values_list("pk", "name"))
    tall = max((_size(row, by) for row in rows), default=0)
    lines = tuple(
        Leader(
            row, homes.get(row.team_id, ""), int(100 * max(0, _size(row, by)) / tall) if tall > 0 else 0, row.subject_id in mine
        )
        for row in rows
    )
    own = next((line for line in lines if line.is_mine), None)
    return Board(lines, own, _gap(lines, own, metric, by), week_starts_on)


def _size(row, by):
    value = row.value if by == BY_VALUE else row.attainment
    return value or 0


def _gap(lines, own, metric, by):
    if own is None or own.row.place is None or metric.is_ratio or by != BY_VALUE:
        return None
    above = [line for line in lines if line.row.place is not None and line.row.place < own.row.place]
    return abs(above[-1].row.numerator - own.row.numerator) if above else None


def mine(*, person, subject, on):
    """Return the ids of the rows that are the member's own: themselves, or the units they belong to."""
    if person is None:
        return frozenset()
    if subject == Ranking.Subject.PERSON:
        return frozenset({person.pk})
    units = dict(Unit.objects.values_list("pk", "parent_id"))
    at = Assignment.objects.on(on).filter(person=person).values_list("unit_id", flat=True).first()
    found = set()
    while at is not None:
        found.add(at)
        at = units.get(at)
    return frozenset(found)


def scopes():
    """Return the regions and teams one may rank inside, in the order of the tree."""
    return list(
        Unit.objects.exclude(parent=None)
        .filter(closed_on=None)
        .order_by("kind", "parent__position", "position", "name")
        .values_list("pk", "name", "kind")
    )
