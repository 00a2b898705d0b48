"""The tree of units as it was, is, or will be on a day: SQL for roll-ups, and reads for pages."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from common.periods import Period
from common.tenancy import require_company_id
from teams.models import UnitPlacement

#: As `known`: everything that is known by now.
KNOWN_BY_NOW = "infinity"

#: The spans in which the tree was one and the same, as known at `known`: `epoch` (since, until), half-open.
EPOCHS = """
epoch AS MATERIALIZED (
    SELECT since, lead(since, 1, 'infinity'::date) OVER (ORDER BY since) AS until
    FROM (
        SELECT '-infinity'::date AS since
        UNION
        SELECT from_day FROM teams_unitplacement
        WHERE company_id = %(company)s AND recorded_at <= %(known)s::timestamptz
    ) change
),
"""
#: Every unit with the one above it on each day of `tree_day` (day), as known at `known`: `placed` (day, unit_id, parent_id).
PLACED = """
placed AS MATERIALIZED (
    SELECT tree_day.day, unit.id AS unit_id, COALESCE(place.parent_id, unit.parent_id) AS parent_id
    FROM tree_day
    CROSS JOIN teams_unit unit
    LEFT JOIN LATERAL (
        SELECT parent_id FROM teams_unitplacement
        WHERE company_id = %(company)s AND unit_id = unit.id AND from_day <= GREATEST(tree_day.day, '1990-01-01')
            AND recorded_at <= %(known)s::timestamptz
        ORDER BY from_day DESC, recorded_at DESC, id DESC LIMIT 1
    ) place ON true
    WHERE unit.company_id = %(company)s
),
"""
#: The unit above `unit` on the day `at.day`, as one value.
PARENT_ON = """COALESCE((
        SELECT place.parent_id FROM teams_unitplacement place
        WHERE place.company_id = %(company)s AND place.unit_id = unit.id AND place.from_day <= at.day
        ORDER BY place.from_day DESC, place.recorded_at DESC, place.id DESC LIMIT 1), unit.parent_id)"""

#: The first day of a span, and each day inside it on which the tree changed.
TREE_DAYS = (
    "tree_day AS (SELECT %(after)s::date AS day"
    " UNION SELECT from_day FROM teams_unitplacement WHERE company_id = %(company)s AND from_day > %(after)s AND from_day < %(before)s),"
)
_BELOW = (
    "WITH RECURSIVE "
    + TREE_DAYS
    + PLACED
    + """
below AS (
    SELECT day, unit_id FROM placed WHERE unit_id = ANY(%(ids)s::bigint[])
    UNION
    SELECT placed.day, placed.unit_id FROM placed JOIN below ON placed.day = below.day AND placed.parent_id = below.unit_id
)
SELECT tree_day.day, COALESCE(array_agg(below.unit_id) FILTER (WHERE below.unit_id IS NOT NULL), '{}')
FROM tree_day LEFT JOIN below USING (day)
GROUP BY tree_day.day
ORDER BY tree_day.day
"""
)
_PARENTS = (
    "WITH "
    + TREE_DAYS
    + PLACED
    + "here AS (SELECT day, unit_id, parent_id FROM placed)"
    + """
SELECT tree_day.day, COALESCE(array_agg(unit_id) FILTER (WHERE unit_id IS NOT NULL), '{}'),
    COALESCE(array_agg(parent_id) FILTER (WHERE unit_id IS NOT NULL), '{}')
FROM tree_day LEFT JOIN here USING (day)
GROUP BY tree_day.day
ORDER BY tree_day.day
"""
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit hung, hangs or will hang from a day on; `from_day` is None for where it hung in the beginning."""

    parent_id: int
    parent: str
    from_day: date | None
    by: str


def subtree_ids_on(day, unit_ids, *, known_at=None):
    """
    Return the ids of the units and of everything that was below them on a day.

    :param known_at: as it was known at that time; by now if None.
    """
    ((_day, ids),) = _below(unit_ids, after=day, before=day, known_at=known_at)
    return ids


def below_during(unit_ids, period, *, known_at=None):
    """
    Return the parts of a period in which the same units stood below these, each with their ids: `[(Period, ids), …]`.

    One part unless a unit moved within the period; one query.
    """
    rows = _below(unit_ids, after=period.starts_on, before=period.ends_before, known_at=known_at)
    ends = [*(day for day, _ids in rows[1:]), period.ends_before]
    return [(Period(day, end), ids) for (day, ids), end in zip(rows, ends, strict=True)]


def parents_on(day):
    """Return the id of the unit above each unit on a day, by unit id; None above the company."""
    ((_day, unit_ids, parent_ids),) = _read(_PARENTS, after=day, before=day)
    return dict(zip(unit_ids, parent_ids, strict=True))


@dataclass(frozen=True)
class TreeDuring:
    """The tree of units through a period: its parts in order, each with the id of the unit above each unit."""

    parts: list[tuple[Period, dict[int, int | None]]]

    def spans_below(self, unit_id):
        """Return the units that hung right below one, each with the spans of days on which it did: `{id: [Period, …]}`."""
        found = {}
        for part, parents in self.parts:
            for child, parent in parents.items():
                if parent == unit_id:
                    spans = found.setdefault(child, [])
                    if spans and spans[-1].ends_before == part.starts_on:
                        spans[-1] = Period(spans[-1].starts_on, part.ends_before)
                    else:
                        spans.append(part)
        return found

    def below(self, unit_id, *, on):
        """Return the ids of a unit and of everything that was below it on a day of the period."""
        return next(_subtree(unit_id, parents) for part, parents in self.parts if on in part)

    def during(self, period):
        """Return the same tree through a part of its period."""
        return TreeDuring([(common, parents) for part, parents in self.parts if (common := part.overlap(period))])

    def branches(self, unit_id):
        """Return the parts of the period, each with which unit right below one every unit further down belonged to: `{id: child}`."""
        return [
            (
                part,
                {below: child for child, parent in parents.items() if parent == unit_id for below in _subtree(child, parents)},
            )
            for part, parents in self.parts
        ]


def tree_during(period, *, known_at=None):
    """Return the tree of units through a period, as it was known at that time; one query."""
    rows = _read(_PARENTS, after=period.starts_on, before=period.ends_before, known_at=known_at)
    return tree_of([(day, dict(zip(*ids, strict=True))) for day, *ids in rows], period)


def tree_of(days, period):
    """Return the tree through a period from its days of change: `[(day, {unit id: id of the one above}), …]`, in order."""
    ends = [*(day for day, _parents in days[1:]), period.ends_before]
    return TreeDuring([(Period(day, end), parents) for (day, parents), end in zip(days, ends, strict=True)])


def _subtree(unit_id, parents):
    children = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found = [unit_id]
    for unit in found:
        found.extend(children.get(unit, ()))
    return found


def _below(unit_ids, *, after, before, known_at):
    return _read(_BELOW, after=after, before=before, known_at=known_at, ids=list(unit_ids))


def _read(statement, *, known_at=None, **asked):
    asked |= {"company": require_company_id(), "known": known_at or KNOWN_BY_NOW}
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchall()


def places_of(unit):
    """Return where a unit hung, hangs and will hang, the earliest first; nothing for one that never moved."""
    rows = UnitPlacement.objects.filter(unit=unit).order_by("from_day", "recorded_at", "pk")
    last_of_day = {
        day: Place(parent_id, parent, None if day == UnitPlacement.FIRST_DAY else day, by or "")
        for day, parent_id, parent, by in rows.values_list("from_day", "parent_id", "parent__name", "recorded_by__name")
    }
    return list(last_of_day.values())
