"""What stands around every board whatever it shows: the metrics in use, the units, the weeks with a published ranking."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from common.tenancy import require_company_id
from targets.models import Metric

_FRAME = """
SELECT
    (SELECT json_agg(metric ORDER BY metric.position, metric.code) FROM targets_metric metric
        WHERE metric.company_id = %(company)s AND metric.is_active),
    (SELECT json_agg(
            json_build_array(unit.id, unit.name, unit.kind, unit.parent_id, unit.closed_on IS NULL OR unit.closed_on > %(on)s)
            ORDER BY above.position, unit.position, unit.name)
        FROM teams_unit unit LEFT JOIN teams_unit above ON above.company_id = unit.company_id AND above.id = unit.parent_id
        WHERE unit.company_id = %(company)s),
    ARRAY(SELECT DISTINCT week_starts_on FROM targets_ranking
        WHERE company_id = %(company)s AND superseded_at IS NULL ORDER BY week_starts_on DESC LIMIT %(weeks)s)
"""


@dataclass(frozen=True)
class Frame:
    """
    Read once for a page, in one query.

    :ivar units: (id, name, kind, id of the unit above, whether it is open on the day), in the order of the tree.
    :ivar weeks: Mondays, the latest first.
    """

    metrics: tuple[Metric, ...]
    units: tuple[tuple, ...]
    weeks: tuple[date, ...]


def frame_of(*, on, weeks=0):
    """Return the frame of a board on a day, with so many of the latest published weeks."""
    with connection.cursor() as cursor:
        cursor.execute(_FRAME, {"company": require_company_id(), "on": on, "weeks": weeks})
        metrics, units, published = cursor.fetchone()
    names = [field.attname for field in Metric._meta.concrete_fields]
    return Frame(
        tuple(Metric.from_db("default", names, [given[name] for name in names]) for given in metrics or ()),
        tuple(map(tuple, units or ())),
        tuple(published),
    )
