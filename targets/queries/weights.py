"""Which metrics count how much for whom, and what that makes of their attainments."""

from dataclasses import dataclass
from decimal import Decimal

from targets.models import Metric, MetricWeight
from targets.rules.combined import Asked, combined_attainment, weights_that_count
from teams.models import Unit


@dataclass(frozen=True)
class Weights:
    """The weights that hold for a unit or person: their own, or those of a unit above; none where nobody has any."""

    by_metric: dict  # Metric → percent, in the metrics' order
    followed: str | None = None  # the name of the unit that they were set for
    is_own: bool = False


@dataclass(frozen=True)
class Combined:
    """Attainments brought together; `value` in percent, `parts` are (metric, weight as set, as it counts, attainment, degree)."""

    value: Decimal | None
    parts: tuple


class WeightBook:
    """All weights of a fiscal year, read in two statements."""

    def __init__(self, year):
        self._rows = {}
        for row in MetricWeight.objects.filter(year_starts_on=year.starts_on).select_related("metric"):
            self._rows.setdefault((row.unit_id, row.person_id), {})[row.metric] = row.percent
        self._units = {row.pk: row for row in Unit.objects.all()} if self._rows else {}

    def of(self, *, person_id=None, unit_id=None):
        """
        Return the weights that hold for a person, who belongs to a unit, or for a unit.

        :param unit_id: the unit itself, or the one in which the person is; None for somebody who is in none.
        """
        if person_id is not None and (own := self._rows.get((None, person_id))):
            return Weights(_in_order(own), None, is_own=True)
        current = self._units.get(unit_id)
        while current is not None:
            if own := self._rows.get((current.pk, None)):
                return Weights(_in_order(own), current.name, is_own=person_id is None and current.pk == unit_id)
            current = self._units.get(current.parent_id)
        return Weights({})

    def has_own(self, *, person_id=None, unit_id=None):
        """Return whether a unit or person has weights of its own."""
        return (unit_id, person_id) in self._rows


def weighable_metrics():
    """Return the metrics in use, in their order."""
    return list(Metric.objects.filter(is_active=True).order_by("position", "code"))


def combined_of(weights, rows):
    """
    Bring attainments together by weights.

    :param weights: Metric → percent.
    :param rows: metric id → AttainmentRow.
    """
    asked = [
        Asked(percent, rows[metric.pk].attainment if metric.pk in rows else None, metric.is_lower_better)
        for metric, percent in weights.items()
    ]
    counted = weights_that_count(asked)
    parts = tuple(
        (metric, part.weight, counts, part.attainment, part.degree)
        for metric, part, counts in zip(weights, asked, counted, strict=True)
    )
    return Combined(combined_attainment(asked), parts)


def _in_order(by_metric):
    return dict(sorted(by_metric.items(), key=lambda pair: (pair[0].position, pair[0].code)))
