"""
Attainment for pages: frozen rows of what was reached beside what was asked, and how that keeps pace.

Every function costs the same few queries whatever the number of people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from targets import rules
from targets.models import Attainment, Metric

_FIELDS = (
    "metric_id",
    "person_id",
    "unit_id",
    "starts_on",
    "numerator",
    "denominator",
    "floor",
    "commit",
    "stretch",
    "reached_on",
)


@dataclass(frozen=True, slots=True)
class AttainmentRow:
    """
    One figure beside its target.

    Amounts and targets are in minor units of the metric (`scale`).
    """

    metric_id: int
    person_id: int | None
    unit_id: int | None
    starts_on: date
    numerator: int
    denominator: int | None
    floor: int | None
    commit: int | None
    stretch: int | None
    reached_on: date | None
    kind: str
    scale: int

    @property
    def value(self):
        """
        The figure as `common.figures.amount` takes it.

        An int of minor units for what adds up; for a ratio a Decimal in the unit people read, None where there is nothing to divide by.
        """
        return value_of(self.kind, self.numerator, self.denominator)

    @property
    def attainment(self):
        """Percent of the commit tier, uncapped; None without a target or a value."""
        return self.attainment_of("commit")

    def attainment_of(self, tier):
        """Return percent of a tier: "floor", "commit" or "stretch"."""
        return attainment_of(self, getattr(self, tier))

    @property
    def gap(self):
        """What is missing to the commit tier in minor units, negative beyond it; None for ratios and without a target."""
        return None if self.commit is None or self.denominator is not None else self.commit - self.numerator


class MonthRow(NamedTuple):
    """What a month comes to beside its target; as `AttainmentRow`, without whose it is."""

    starts_on: date
    numerator: int
    denominator: int | None
    commit: int | None
    kind: str
    scale: int

    @property
    def value(self):
        """See `AttainmentRow.value`."""
        return value_of(self.kind, self.numerator, self.denominator)

    @property
    def attainment(self):
        """Percent of the commit tier, uncapped; None without a target or a value."""
        return attainment_of(self, self.commit)


def attainment_of(row, target):
    """Return percent of a target that a row reaches; None without a target or a value."""
    if row.denominator is None:
        return rules.attainment(row.numerator, target)
    value = row.value
    return None if value is None or target is None else rules.attainment(value * 10**row.scale, target)


def value_of(kind, numerator, denominator):
    """Return a metric's value from its stored parts; see `AttainmentRow.value`."""
    match kind:
        case Metric.Kind.PERCENT:
            return rules.percent_of(numerator, denominator)
        case Metric.Kind.MONEY_RATIO:
            return rules.ratio(Decimal(numerator).scaleb(-2), denominator)
        case Metric.Kind.COUNT_RATIO:
            return rules.ratio(numerator, denominator)
    return numerator


def attainments(*, metric, span, starts_on, person_ids=None, unit_ids=None):
    """
    Return the rows of one metric and period by person id or unit id; whoever did and was asked nothing has none.

    :param person_ids: these people, or `unit_ids`: these units with all below them. Exactly one of the two.
    """
    rows = attainments_of(metrics=[metric], span=span, starts_on=starts_on, person_ids=person_ids, unit_ids=unit_ids)
    return {subject_id: row for (_metric_id, subject_id), row in rows.items()}


def attainments_of(*, metrics, span, starts_on, person_ids=None, unit_ids=None):
    """Return the rows of several metrics in one query, by (metric id, person or unit id); otherwise as `attainments`."""
    rows = _of_subjects(person_ids, unit_ids).filter(span=span, starts_on=starts_on)
    return {(row.metric_id, row.person_id or row.unit_id): row for row in _rows(rows, metrics)}


def amounts_of_years(*, years):
    """Return what the whole company did in fiscal years, per metric that can be planned: pairs of metric and minor units by year."""
    rows = Attainment.objects.filter(
        span=Attainment.Span.YEAR, unit__parent=None, person=None, starts_on__in=[year.starts_on for year in years]
    ).values_list("metric_id", "starts_on", "numerator")
    amounts = {(metric_id, starts_on): numerator for metric_id, starts_on, numerator in rows}
    metrics = Metric.objects.filter(is_active=True, kind__in=Metric.ADDING)
    return [(metric, [amounts.get((metric.pk, year.starts_on)) for year in years]) for metric in metrics]


def series(*, metric, period, span=Attainment.Span.MONTH, person_ids=None, unit_ids=None):
    """Return by person or unit id the rows of each month (or quarter, year) that begins in a period, in order."""
    rows = series_of(metrics=[metric], period=period, span=span, person_ids=person_ids, unit_ids=unit_ids)
    return {subject_id: found for (_metric_id, subject_id), found in rows.items()}


def series_of(*, metrics, period, span=Attainment.Span.MONTH, person_ids=None, unit_ids=None):
    """Return the rows of several metrics in one query, by (metric id, person or unit id); otherwise as `series`."""
    rows = _of_subjects(person_ids, unit_ids).filter(
        span=span, starts_on__gte=period.starts_on, starts_on__lt=period.ends_before
    )
    found = {}
    for row in _rows(rows.order_by("starts_on"), metrics):
        found.setdefault((row.metric_id, row.person_id or row.unit_id), []).append(row)
    return found


class Pace(NamedTuple):
    """
    How a figure keeps up with its target, on a day that is not over yet.

    `done` and `expected` are shares of the target (1 = all of it); a day counts as gone once it is over.
    """

    status: rules.PaceStatus
    done: Decimal | None
    expected: Decimal | None
    missing: int | None
    needed_per_day: int | None
    remaining_days: int


def pace_of(row, *, period, on, calendar, commit_by_month: Mapping[date, int] | None = None):
    """
    Return the pace of one row on a day.

    :param commit_by_month: the targets of the period's months, which carry the season; without them the period's target is
        spread evenly over its working days.
    """
    return pacer_of(period=period, on=on, calendar=calendar)(row, commit_by_month)


def pacer_of(*, period, on, calendar):
    """Return what gives the pace of a row with the targets of its months, as `pace_of` does; days are counted once for all rows."""
    yesterday = on - timedelta(days=1)
    days, gone = calendar.working_days_by_month(period), calendar.elapsed_by_month(period, yesterday)
    remaining, first = calendar.remaining_count(period, yesterday), period.starts_on
    whole = {first: sum(days.values())}, {first: sum(gone.values())}

    def pace(row, commit_by_month=None):
        if row is None or row.kind not in Metric.ADDING:
            return Pace(rules.PaceStatus.NEUTRAL, None, None, None, None, remaining)
        if commit_by_month:
            expected = rules.expected_share(commit_by_month, days, gone)
        else:
            expected = rules.expected_share({first: row.commit or 0}, *whole)
        done = rules.done_share(row.numerator, row.commit)
        missing = None if row.commit is None else max(0, row.commit - row.numerator)
        needed = None if row.commit is None else rules.needed_per_day(row.commit, row.numerator, remaining)
        return Pace(rules.pace_status(done, expected), done, expected, missing, needed, remaining)

    return pace


def paces_of(rows, *, metric, period, on, calendar):
    """Return the pace of many rows of one metric, as `attainments` returned them, by the same ids; seasonal by month."""
    people = [row.person_id for row in rows.values() if row.person_id]
    units = [row.unit_id for row in rows.values() if row.unit_id]
    by_subject = {}
    for ids in ({"person_ids": people} if people else {}, {"unit_ids": units} if units else {}):
        for subject_id, months in series(metric=metric, period=period, **ids).items() if ids else ():
            by_subject[subject_id] = {row.starts_on: row.commit for row in months if row.commit is not None}
    pace = pacer_of(period=period, on=on, calendar=calendar)
    return {subject_id: pace(row, by_subject.get(subject_id)) for subject_id, row in rows.items()}


def _of_subjects(person_ids, unit_ids):
    if (person_ids is None) == (unit_ids is None):
        raise ValueError("Either people or units")
    if person_ids is not None:
        return Attainment.objects.filter(person_id__in=list(person_ids))
    return Attainment.objects.filter(unit_id__in=list(unit_ids))


def _rows(attainments, metrics):
    shapes = {metric.pk: (metric.kind, metric.scale) for metric in metrics}
    return [
        AttainmentRow(*values, *shapes[values[0]])
        for values in attainments.filter(metric_id__in=list(shapes)).values_list(*_FIELDS)
    ]
