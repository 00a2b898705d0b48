"""
What stands around every board whatever it shows: the metrics in use, the units, the weeks with a published ranking.

What the database answers is read once for equal answers: most requests find what the one before them found.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db import connection

from common.db.postgres.prepared import prepared
from common.tenancy import require_company_id
from targets.models import Metric
from teams.models import Unit
from teams.queries import TreeDuring, calendar_with
from teams.queries.placements import KNOWN_BY_NOW, PLACED, TREE_DAYS, tree_of

_METRICS = """(SELECT json_agg(metric ORDER BY metric.position, metric.code) FROM targets_metric metric
        WHERE metric.company_id = %(company)s AND metric.is_active)::text"""
_FRAME = prepared(
    f"""
SELECT
    {_METRICS},
    (SELECT json_agg(
            json_build_array(unit.id, unit.name, unit.kind, unit.parent_id, unit.closed_on IS NULL OR unit.closed_on > %(on)s)
            ORDER BY above.position, unit.position, unit.name)
        FROM teams_unit unit LEFT JOIN teams_unit above ON above.company_id = unit.company_id AND above.id = unit.parent_id
        WHERE unit.company_id = %(company)s)::text,
    ARRAY(SELECT DISTINCT week_starts_on FROM targets_ranking
        WHERE company_id = %(company)s AND superseded_at IS NULL ORDER BY week_starts_on DESC LIMIT %(weeks)s)
""",  # noqa: S608 - of constants
    company="bigint",
    on="date",
    weeks="bigint",
)
_UNIT_FRAME = prepared(
    "WITH "
    + TREE_DAYS
    + PLACED
    + f"""
part AS (
    SELECT day, json_agg(json_build_array(unit_id, parent_id) ORDER BY unit_id) AS parents FROM placed GROUP BY day
)
SELECT
    {_METRICS},
    (SELECT json_agg(unit ORDER BY above.position, unit.position, unit.name)
        FROM teams_unit unit LEFT JOIN teams_unit above ON above.company_id = unit.company_id AND above.id = unit.parent_id
        WHERE unit.company_id = %(company)s)::text,
    (SELECT json_agg(json_build_array(day, is_working) ORDER BY day) FROM teams_calendarexception
        WHERE company_id = %(company)s)::text,
    (SELECT json_agg(json_build_array(tree_day.day, part.parents) ORDER BY tree_day.day)
        FROM tree_day LEFT JOIN part USING (day))::text
""",  # noqa: S608 - of constants
    company="bigint",
    known="text",
    after="date",
    before="date",
)


@dataclass(frozen=True)
class Frame:
    """
    Read once for a page, in one query.

    :ivar units: (id, name, kind, id of the unit above, whether it is open on the day), in the order of the tree.
    :ivar weeks: Mondays, the latest first.
    :ivar key: what all of it follows from.
    """

    metrics: tuple[Metric, ...]
    units: tuple[tuple, ...]
    weeks: tuple[date, ...]
    key: tuple


@dataclass(frozen=True)
class UnitFrame:
    """
    What stands around the board of a unit, read in one query.

    :ivar units: every unit with the one above it, by id, in the order of the tree.
    :ivar tree: where each one hung, day by day.
    :ivar key: what all of it follows from.
    """

    metrics: tuple[Metric, ...]
    units: dict[int, Unit]
    calendar: object
    tree: TreeDuring
    key: tuple


def frame_of(*, on, weeks=0):
    """Return the frame of a board on a day, with so many of the latest published weeks."""
    with connection.cursor() as cursor:
        cursor.execute(_FRAME, {"company": require_company_id(), "on": on, "weeks": weeks})
        metrics, units, published = cursor.fetchone()
    weeks = tuple(published)
    return Frame(_metrics(metrics), _rows(units), weeks, (metrics, units, weeks))


def unit_frame_of(period, *, company, known_at=None):
    """Return the frame of a unit's board, with the tree through a period as it was known at that time."""
    about = {
        "company": require_company_id(),
        "known": known_at or KNOWN_BY_NOW,
        "after": period.starts_on,
        "before": period.ends_before,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNIT_FRAME, about)
        key = metrics, units, exceptions, tree = cursor.fetchone()
    return UnitFrame(
        _metrics(metrics), _units(units), calendar_with(company, _exceptions(exceptions)), _tree(tree, period), key
    )


@lru_cache(maxsize=500)
def _metrics(text):
    names = [field.attname for field in Metric._meta.concrete_fields]
    return tuple(Metric.from_db("default", names, [given[name] for name in names]) for given in json.loads(text or "[]"))


@lru_cache(maxsize=500)
def _rows(text):
    return tuple(map(tuple, json.loads(text or "[]")))


@lru_cache(maxsize=500)
def _units(text):
    names = [field.attname for field in Unit._meta.concrete_fields]
    units = {}
    for given in json.loads(text or "[]"):
        if given["closed_on"]:
            given["closed_on"] = date.fromisoformat(given["closed_on"])
        units[given["id"]] = Unit.from_db("default", names, [given[name] for name in names])
    for unit in units.values():
        if unit.parent_id:
            unit.parent = units[unit.parent_id]
    return units


@lru_cache(maxsize=500)
def _exceptions(text):
    return tuple((date.fromisoformat(day), is_working) for day, is_working in json.loads(text or "[]"))


@lru_cache(maxsize=500)
def _tree(text, period):
    return tree_of([(date.fromisoformat(day), dict(parents or ())) for day, parents in json.loads(text)], period)
