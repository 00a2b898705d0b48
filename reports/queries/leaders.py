"""The leaderboard: places, podium, one's own row, the gap to the next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.periods import iso_week_of
from credits.queries.lineage import CreditRow
from reports.queries.ranked import Corrected
from targets.choices import lineage_url
from targets.models import Ranking
from targets.queries.rankings import (
    BY_VALUE,
    BoardRow,
)
from teams.models import Assignment

PODIUM = 3
# Why somebody has no place, in the order in which they stand.
PLACED, TOO_FEW, NO_TARGET, NO_VALUE = range(4)
#: From so many weeks on among the first, a streak is worth a word.
STREAK_FROM = 2


class Leader(NamedTuple):
    """
    One line: the ranked row, the name of where it belongs, its page ("" out of sight), the width of its bar in % of the best.

    `streak` is for how many published weeks in a row it was among the first three; 0 below `STREAK_FROM`. `reached_on` is the day
    that decides between equals, None where the place is not shared. `apart` says why there is no place; "" with one.
    """

    row: BoardRow
    home: str
    url: str
    lineage_url: str
    width: int
    is_mine: bool
    streak: int
    reached_on: date | None = None
    apart: str = ""


class Step(NamedTuple):
    """One of the first three, as the podium component takes it."""

    name: str
    value: object
    rank: int
    note: str
    attainment: object
    moved: int | None
    url: str
    lineage_url: str


class Lines(Sequence):
    """The lines of a board, each put together when it is asked for: of a thousand people a page shows fifty."""

    def __init__(self, rows, line_of):
        self._rows, self._line_of = rows, line_of

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, at):
        return tuple(map(self._line_of, self._rows[at])) if isinstance(at, slice) else self._line_of(self._rows[at])

    def __contains__(self, line):
        return line.row in self._rows

    def index(self, line):
        return self._rows.index(line.row)


@dataclass(frozen=True)
class Board:
    """A leaderboard ready for the page."""

    lines: Lines
    mine: Leader | None
    gap_to_next: int | None  # minor units to the place above one's own; None at the top, for ratios, or without a place
    published_on: date | None  # Monday of the week of a published ranking, None while live
    corrected_at: datetime | None = None
    corrections: tuple[Corrected, ...] = ()
    entered: tuple[CreditRow, ...] = ()  # what caused them, as far as the member may see, the latest
    more_entered: int = 0
    has_movement: bool = True  # whether places can be compared with earlier ones at all

    @property
    def podium(self):
        """The first three with a place; nothing while fewer have one, or nobody has done anything."""
        placed = [line for line in self.lines[:PODIUM] if line.row.place is not None]
        if len(placed) < PODIUM or not placed[0].row.value:
            return []
        return [
            Step(x.row.name, x.row.value, x.row.place, x.home, x.row.attainment, x.row.movement or None, x.url, x.lineage_url)
            for x in placed
        ]


class Tree:
    """The company's units, read once: names, what lies below, what lies above, which one may rank inside."""

    def __init__(self, rows):
        """:param rows: as `reports.queries.frame.Frame.units`."""
        self.units = {pk: (name, kind, parent_id) for pk, name, kind, parent_id, _is_open in rows}
        self._below = {}
        for pk, _name, _kind, parent_id, is_open in rows:
            if is_open:
                self._below.setdefault(parent_id, []).append(pk)

    def name(self, unit_id):
        return self.units[unit_id][0] if unit_id in self.units else ""

    def below(self, unit_id):
        """Return the ids of a unit and everything below it."""
        found, last = {unit_id}, 0
        while len(found) > last:
            last = len(found)
            found |= {pk for pk, (_name, _kind, parent_id) in self.units.items() if parent_id in found}
        return found

    def above(self, unit_id):
        """Return the ids of a unit and everything above it."""
        found = set()
        while unit_id in self.units and unit_id not in found:
            found.add(unit_id)
            unit_id = self.units[unit_id][2]
        return found

    def scopes(self):
        """Return the regions one may rank inside with their teams, as (id, name, kind, depth below the company)."""

        def children(parent_id, depth):
            for pk in self._below.get(parent_id, ()):
                name, kind, _parent = self.units[pk]
                yield pk, name, kind, depth
                yield from children(pk, depth + 1)

        roots = [pk for pk, (_name, _kind, parent_id) in self.units.items() if parent_id is None]
        return [scope for root in roots for scope in children(root, 0)]


def board_of(found, *, metric, choice, subject, by, tree, sight, mine, week_starts_on, minimum=1):
    """
    Return the board that rests on what was `read`.

    :param sight: whose pages the member may open.
    :param mine: the ids of the member's own rows.
    """
    streaks = dict(found.streaks)
    # Whoever has no place stands below the rest, under the reason.
    placed, apart = ([row for row in found.rows if (row.place is not None) is has_place] for has_place in (True, False))
    rows = placed + sorted(apart, key=lambda row: _apart(row, by))
    equals = Counter(row.place for row in placed)
    tall = max((_size(row, by) for row in rows), default=0)
    url_of, origin_of = _addresses(subject, sight, choice, metric, found.ranking)

    def line_of(row):
        size, streak = _size(row, by), streaks.get(row.subject_id, 0)
        return Leader(
            row,
            tree.name(row.team_id),
            url_of(row),
            origin_of(row),
            int(100 * size / tall) if tall > 0 and size > 0 else 0,
            row.subject_id in mine,
            streak if streak >= STREAK_FROM else 0,
            row.reached_on if equals[row.place] > 1 else None,
            _words_of(_apart(row, by), minimum),
        )

    own = next((row for row in rows if row.subject_id in mine), None)
    return Board(
        Lines(rows, line_of),
        own and line_of(own),
        _gap(rows, own, metric, by),
        week_starts_on,
        found.corrected_at,
        found.corrections,
        found.entered,
        found.more,
        has_movement=week_starts_on is not None or (by == BY_VALUE and choice.lens.is_plain),
    )


def _apart(row, by):
    """Return why a row has no place, in the order in which those without one stand; `PLACED` with one."""
    if row.place is not None:
        return PLACED
    if row.is_short:
        return TOO_FEW
    return NO_TARGET if by != BY_VALUE and row.value is not None else NO_VALUE


def _words_of(reason, minimum):
    if reason == PLACED:
        return ""
    if reason == TOO_FEW:
        return ngettext("Without a place: fewer than %(n)s case", "Without a place: fewer than %(n)s cases", minimum) % {
            "n": minimum
        }
    return _("Without a place: no target, by amount") if reason == NO_TARGET else _("Without a place: nothing to divide by yet")


def _as_published(choice, ranking):
    """Return the choice that shows figures as they were published: of the week's Sunday, as known then; without a ranking the same."""
    if ranking is None:
        return choice
    sunday = iso_week_of(ranking.week_starts_on).last_day
    return replace(choice, lens=replace(choice.lens, as_of=sunday, until=ranking.published_at))


def _addresses(subject, sight, choice, metric, ranking):
    """
    Return two functions of a row: the address of its page, and of where its figure comes from.

    Both give "" for who is out of sight: their name and figure are open to all, no more.
    """
    is_person = subject == Ranking.Subject.PERSON
    route = "reports:person" if is_person else "reports:unit"
    before, after = reverse(route, args=[0]).rsplit("0", 1)
    query = f"?metric={metric.code}&{choice.query}"
    key = "person_id" if is_person else "unit_id"
    origin_before, origin_after = lineage_url(metric, _as_published(choice, ranking).query, **{key: "{}"}).split("{}")

    def is_seen(row):
        if sight.sees_everybody:
            return True
        unit_id = row.team_id if is_person else row.subject_id
        return unit_id in sight.unit_ids or (is_person and row.subject_id == sight.person_id)

    def page_of(row):
        return f"{before}{row.subject_id}{after}{query}" if is_seen(row) else ""

    def origin_of(row):
        return f"{origin_before}{row.subject_id}{origin_after}" if is_seen(row) else ""

    return page_of, origin_of


def _size(row, by):
    value = row.value if by == BY_VALUE else row.attainment
    return value or 0


def _gap(rows, own, metric, by):
    if own is None or own.place is None or metric.is_ratio or by != BY_VALUE:
        return None
    above = [row for row in rows if row.place is not None and row.place < own.place]
    return abs(above[-1].numerator - own.numerator) if above else None


def mine(*, person, subject, sight, on, tree):
    """Return the ids of the rows that are the member's own on a day: themselves, or the units they belong to."""
    if person is None:
        return frozenset()
    if subject == Ranking.Subject.PERSON:
        return frozenset({person.pk})
    if on == sight.on:
        return frozenset(tree.above(sight.own_unit_id))
    return frozenset(tree.above(Assignment.objects.on(on).filter(person=person).values_list("unit_id", flat=True).first()))
