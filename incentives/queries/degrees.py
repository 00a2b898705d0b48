"""What people and units reached of what was asked of them, as pay takes it: exact, uncapped, as of a month's end."""

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import cached_property

from credits.models import Credit
from credits.queries.lens import Lens
from incentives.rules.numbers import plain
from targets.models import Attainment, Metric
from targets.queries.attainment import attainments_of
from targets.queries.live import live_rows
from targets.queries.since import is_as_known
from targets.rules.weights import ramp_weights
from teams.rules import months_of_service

HUNDRED = 100
#: What one of the numerator is of a ratio's value: of a part per cent, of minor units whole currency.
_PARTS = {Metric.Kind.PERCENT: HUNDRED, Metric.Kind.MONEY_RATIO: Fraction(1, HUNDRED)}
_DAY = timedelta(days=1)
#: What was recorded at the very moment is known.
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Degree:
    """
    One metric of one person or unit in one span, by its id: each reader is told its name in their own language.

    :ivar percent: the attainment, exact; where less is better 200 − attainment, not below 0. None without a target or a value.
    :ivar value: per cent of a percentage, whole currency of money, pieces of a count; None where there is nothing to divide by.
    """

    metric_id: int
    scale: int
    actual: int | None
    target: int | None
    percent: Fraction | None
    value: Fraction | None
    kind: str = "PERCENT"  # of `Metric.Kind`: how the value is written

    def read_by(self, *, attainment):
        """Return what a table or gate is read by: the attainment, or the value."""
        return self.percent if attainment else self.value

    @cached_property
    def facts(self):
        """The same as plain values, which nobody changes."""
        shown = {"metric_id": self.metric_id, "percent": plain(self.percent), "scale": self.scale}
        return shown | ({} if self.actual is None else {"actual": self.actual, "target": self.target})


def degree_of(row, metric, *, ramp=HUNDRED):
    """
    Return an attainment row as pay takes it.

    :param row: an `AttainmentRow`; None where nothing was done or asked. :param ramp: per cent of the target that is asked.
    """
    if row is None:
        return Degree(metric.pk, metric.scale, None, None, None, None, metric.kind)
    asked = row.commit
    if row.denominator is None:
        value, actual = Fraction(row.numerator, 10**metric.scale), row.numerator
        percent = Fraction(row.numerator * HUNDRED * HUNDRED, asked * ramp) if asked and asked > 0 and ramp else None
    else:
        # Not the row's own value, which ends after so many places.
        part = row.numerator * _PARTS.get(metric.kind, 1)
        value, actual = (Fraction(part) / row.denominator if row.denominator else None), None
        percent = value * 10**metric.scale * HUNDRED / asked if value is not None and asked and asked > 0 else None
    if percent is not None and metric.is_lower_better:
        percent = max(Fraction(0), 2 * HUNDRED - percent)
    return Degree(metric.pk, metric.scale, actual, asked, percent, value, metric.kind)


class Degrees:
    """Rows of metrics in spans, read in one statement each for people and for units."""

    def __init__(self, until, known_at=None):
        """:param known_at: what was recorded later is left out, of what was done and of what was asked."""
        self._until, self._known_at = until, known_at
        self.rows, self._metrics = {}, {}
        self._of_people = {}  # what was asked before: several components ask for the same

    def read(self, *, span, kind, metrics, person_ids=(), unit_ids=()):
        """
        Read what was reached in a span of a kind (of ``Attainment.Span``) until the day given at the beginning.

        What is stored answers for a span that is over, and as long as nothing counts later in it; else it is added up to that day,
        and as it was known where anything has become known since.
        """
        known_at = None if self._is_as_known(span) else self._known_at
        is_stored = known_at is None and (
            span.ends_before <= self._until
            or not Credit.objects.filter(counts_on__gte=self._until, counts_on__lt=span.ends_before).exists()
        )
        metrics = list(metrics)
        for metric in metrics:
            self._metrics[metric.pk] = metric
        for name, ids in (("person_ids", person_ids), ("unit_ids", unit_ids)):
            if not ids or not metrics:
                continue
            if is_stored:
                rows = attainments_of(metrics=metrics, span=Attainment.Span(kind), starts_on=span.starts_on, **{name: ids})
                rows = rows.values()
            else:
                lens = Lens(as_of=self._until - _DAY, until=known_at and known_at + _INSTANT)
                rows = live_rows(metrics=metrics, periods=[span], lens=lens, **{name: ids})
            for row in rows:
                self.rows[row.metric_id, span, name, row.person_id or row.unit_id] = row

    def _is_as_known(self, span):
        before = min(span.ends_before, self._until)
        return self._known_at is None or is_as_known(moment=self._known_at, before=before)

    def of_person(self, metric_id, span, person_id, *, ramp=HUNDRED):
        asked = metric_id, span, person_id, ramp
        if asked not in self._of_people:
            self._of_people[asked] = self._degree(metric_id, self.rows.get((metric_id, span, "person_ids", person_id)), ramp)
        return self._of_people[asked]

    def of_units(self, metric_id, span, unit_ids):
        """Return the degree of units together: what they did and were asked for is added up."""
        rows = [row for unit_id in unit_ids if (row := self.rows.get((metric_id, span, "unit_ids", unit_id)))]
        return self._degree(metric_id, _together(rows), HUNDRED)

    def copy(self):
        """Return the same rows, to be added to without changing these."""
        other = Degrees(self._until, self._known_at)
        other.rows, other._metrics = dict(self.rows), self._metrics
        return other

    def metric(self, metric_id):
        return self._metrics[metric_id]

    def put(self, metric_id, span, name, subject_id, row):
        """Put a row in the place of what was read of ``person_ids`` or ``unit_ids``: as if something else had happened."""
        self.rows[metric_id, span, name, subject_id] = row
        self._of_people.clear()

    def _degree(self, metric_id, row, ramp):
        return degree_of(row, self._metrics[metric_id], ramp=ramp)


def ramp_of(hired_on, months, percents):
    """Return which per cent of a target is asked of somebody in a span: the mean over its months, by their months of service."""
    weights = ramp_weights([months_of_service(hired_on, max(month.last_day, hired_on)) for month in months], percents)
    return sum(weights) * HUNDRED / len(weights)


def _together(rows):
    if len(rows) < 2:  # noqa: PLR2004 - one is itself
        return rows[0] if rows else None

    def added(name):
        known = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        return sum(known) if known else None

    return replace(rows[0], numerator=added("numerator"), denominator=added("denominator"), commit=added("commit"))
