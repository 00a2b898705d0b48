"""
What a forecast rests on: the days gone by, the open deals, and how the company's deals ended before.

Set-based over people × days; a fixed number of statements whether one person is asked for or everybody.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from common.periods import Period
from targets import rules
from targets.models import Attainment, Forecast
from targets.queries.brought import STOCK
from targets.queries.pipeline import open_sums, parameters
from targets.queries.reached import ABOVE, ACTUAL, BUCKETS, CALENDAR
from targets.rules import forecasting
from teams.queries.placements import EPOCHS, KNOWN_BY_NOW, PLACED

_GIVEN = """
metric AS MATERIALIZED (
    SELECT id, numerator, '' AS denominator FROM targets_metric WHERE company_id = %(company)s AND id = ANY(%(metrics)s::bigint[])
),
part AS MATERIALIZED (
    SELECT calendar.slice, CASE WHEN %(everybody)s OR total.person_id = ANY(%(people)s::bigint[]) THEN total.person_id END AS person_id,
        total.unit_id, total.measure, total.is_overlay, SUM(total.amount)::bigint AS amount, MAX(total.day) AS last_on
    FROM credits_dailytotal total JOIN calendar ON calendar.day = total.day
    WHERE total.company_id = %(company)s AND total.measure IN (SELECT numerator FROM metric)
        AND (%(needs_units)s OR total.person_id = ANY(%(people)s::bigint[]))
    GROUP BY calendar.slice, 2, total.unit_id, total.measure, total.is_overlay
),
"""
# Each day is a bucket of its own: what was reached on it, by everybody and every unit.
_RECORDS = (
    "WITH RECURSIVE"
    + STOCK
    + BUCKETS
    + EPOCHS
    + CALENDAR
    + PLACED
    + ABOVE
    + _GIVEN
    + ACTUAL
    + """
span AS (SELECT * FROM unnest(%(spans)s::text[], %(span_starts)s::date[]) AS given(span, starts_on)),
worked AS (SELECT day FROM unnest(%(worked)s::date[]) AS given(day))
SELECT span.span, actual.metric_id, COALESCE(actual.person_id, -actual.unit_id) AS key,
    SUM(actual.numerator)::bigint, COALESCE(SUM(actual.numerator) FILTER (WHERE bucket.starts_on < %(on)s), 0)::bigint,
    COUNT(worked.day), COALESCE(SUM(actual.numerator) FILTER (WHERE worked.day IS NOT NULL), 0)::bigint,
    COALESCE(SUM(actual.numerator::numeric * actual.numerator) FILTER (WHERE worked.day IS NOT NULL), 0),
    COALESCE(MIN(actual.numerator) FILTER (WHERE worked.day IS NOT NULL), 0)
FROM actual
JOIN bucket ON bucket.bucket = actual.bucket
JOIN span ON bucket.starts_on >= span.starts_on
LEFT JOIN worked ON worked.day = bucket.starts_on
WHERE %(everybody)s OR actual.person_id = ANY(%(people)s::bigint[]) OR actual.unit_id = ANY(%(units)s::bigint[])
GROUP BY span.span, actual.metric_id, key
"""
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything a forecast of one person or unit, metric and period rests on, and the forecast itself; `end` None for none."""

    metric_id: int
    span: str
    period: Period
    person_id: int | None
    unit_id: int | None
    achieved: int
    commit: int | None
    record: forecasting.Record
    expected: Decimal | None
    remaining_days: int
    open_deals: tuple[forecasting.OpenDeals, ...]
    timing: forecasting.Timing
    end: forecasting.PeriodEnd | None

    @property
    def status(self):
        """What the forecast says of the commit target, as pages colour it: on_pace, at_risk, behind or neutral."""
        return forecasting.verdict(self.end, self.commit).lower()

    @property
    def open_amount(self):
        """What the open deals would bring if all of them were won."""
        return sum(deals.amount for deals in self.open_deals)

    @property
    def open_count(self):
        return sum(deals.deals for deals in self.open_deals)

    @property
    def missing(self):
        """What is missing to the commit tier, 0 beyond it; None without a target."""
        return None if self.commit is None else max(0, self.commit - self.achieved)

    @property
    def coverage(self):
        """Open deals ÷ what is missing; None without a target, or when nothing is missing any more."""
        return None if self.commit is None else rules.coverage(self.open_amount, self.commit - self.achieved)

    @property
    def needed_per_day(self):
        return None if self.commit is None else rules.needed_per_day(self.commit, self.achieved, self.remaining_days)

    @property
    def attainment(self):
        """Percent of the target that the middle of the forecast comes to."""
        return None if self.end is None else rules.attainment(self.end.middle, self.commit)


def outlooks(*, metrics, periods, on, calendar, known_from, person_ids=None, unit_ids=None, today=None):
    """
    Return {(metric id, span, person id or −unit id): Outlook} of the periods that a day lies in.

    :param metrics: those that add up; ratios have no forecast.
    :param periods: {span: period}, each with `on` inside.
    :param on: days before it are over; it still counts among the days that are left.
    :param known_from: the `experience` before that day.
    :param person_ids: with `unit_ids` whom to look at; everybody without either.
    :param today: the company's day, if `on` is an earlier cut-off: then only what was credited before `on` counts, and the
        open deals are those of then, with the conversion of all stages together.
    """
    is_past = today is not None and on < today
    everybody = person_ids is None and unit_ids is None
    first = min(period.starts_on for period in periods.values())
    last = on if today is not None else on + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    about = parameters(on=on, is_past=is_past, everybody=everybody, person_ids=person_ids, unit_ids=unit_ids)
    about |= {
        "known": KNOWN_BY_NOW,
        "metrics": [metric.pk for metric in metrics],
        "needs_units": everybody or bool(unit_ids),
        "starts": days,
        "ends": [day + timedelta(days=1) for day in days],
        "worked": [day for day in days if day < on and calendar.is_working(day)],
        "spans": list(periods),
        "span_starts": [period.starts_on for period in periods.values()],
        "span_ends": [period.ends_before for period in periods.values()],
        "ends_before": max(period.ends_before for period in periods.values()),
    }
    records = _records(about) if days else {}
    asked = _asked(metrics, periods, person_ids, unit_ids)
    opened = open_sums(about) if known_from.conversion else {}
    measures = {metric.pk: metric.numerator for metric in metrics}
    clocks = {span: _Clock(period, on, calendar) for span, period in periods.items()}
    timings = {
        (span, measure): known_from.timing(measure, clock.horizon)
        for span, clock in clocks.items()
        for measure in measures.values()
        if known_from.weighs(measure)
    }
    keys = (
        set(records)
        | set(asked)
        | {(metric_id, span, key) for metric_id, measure in measures.items() for span, key, code in opened if code == measure}
    )
    found = {}
    for metric_id, span, key in keys:
        clock, measure = clocks[span], measures[metric_id]
        commits = asked.get((metric_id, span, key), {})
        open_deals = tuple(opened.get((span, key, measure), ()))
        weighs = known_from.weighs(measure)
        achieved, record = clock.record(records.get((metric_id, span, key)))
        timing = timings[span, measure] if weighs else forecasting.NO_TIMING
        expected = clock.expected(commits)
        found[metric_id, span, key] = Outlook(
            metric_id,
            span,
            clock.period,
            key if key > 0 else None,
            -key if key < 0 else None,
            achieved,
            sum(commits.values()) if commits else None,
            record,
            expected,
            clock.remaining,
            open_deals,
            timing,
            rules.forecast_period(
                achieved=achieved,
                expected=expected,
                record=record,
                remaining_days=clock.remaining,
                open_deals=open_deals,
                conversion=known_from.conversion if weighs else None,
                timing=timing,
            ),
        )
    return found


class _Clock:
    """How far a period is on a day, worked out once for everybody."""

    def __init__(self, period, on, calendar):
        self.period = period
        self.days = calendar.working_days_by_month(period)
        self.gone = calendar.elapsed_by_month(period, on - timedelta(days=1))
        self.remaining = calendar.remaining_count(period, on - timedelta(days=1))
        self.horizon = (period.ends_before - on).days
        self._shares = {}

    @property
    def gone_count(self):
        return sum(self.gone.values())

    def expected(self, commits):
        """Return the share due by now: of the target by its months, without one of the working days."""
        if not any(amount > 0 for amount in commits.values()):
            whole, at = {self.period.starts_on: 1}, self.period.starts_on
            return rules.expected_share(whole, {at: sum(self.days.values())}, {at: self.gone_count})
        # Many have the same targets, or none.
        key = tuple(sorted(commits.items()))
        if key not in self._shares:
            self._shares[key] = rules.expected_share(commits, self.days, self.gone)
        return self._shares[key]

    def record(self, row):
        if row is None:
            return 0, forecasting.Record(self.gone_count, 0, 0, 0, 0)
        achieved, before, days, total, squares, least = row
        # Days on which nothing was credited have no row: they brought 0.
        least = least if days == self.gone_count else min(least, 0)
        return achieved, forecasting.Record(self.gone_count, total, int(squares), least, before)


def _records(about):
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, about)
        return {(metric_id, span, key): row for span, metric_id, key, *row in cursor.fetchall()}


def _asked(metrics, periods, person_ids, unit_ids):
    """Return the commit target of each month by (metric id, span, person id or −unit id)."""
    rows = Attainment.objects.filter(
        metric__in=metrics,
        span=Attainment.Span.MONTH,
        starts_on__gte=min(period.starts_on for period in periods.values()),
        starts_on__lt=max(period.ends_before for period in periods.values()),
        commit__isnull=False,
    )
    if person_ids is not None or unit_ids is not None:
        rows = rows.filter(Q(person_id__in=list(person_ids or ())) | Q(unit_id__in=list(unit_ids or ())))
    found = {}
    for metric_id, person_id, unit_id, month, commit in rows.values_list(
        "metric_id", "person_id", "unit_id", "starts_on", "commit"
    ):
        for span, period in periods.items():
            if month in period:
                found.setdefault((metric_id, span, person_id or -unit_id), {})[month] = commit
    return found


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """A forecast as it was kept at a cut-off, beside what came; `actual` is None while the period runs."""

    starts_on: date
    ends_before: date
    cut_on: date
    achieved: int
    commit: int | None
    low: int
    middle: int
    high: int
    run_rate: int
    from_pipeline: int
    open_amount: int
    is_afterwards: bool
    actual: int | None = None

    @property
    def accuracy(self):
        """1 − |forecast − actual| ÷ actual, at least 0; None while the period runs or without a positive actual."""
        return None if self.actual is None else rules.forecast_accuracy(self.middle, self.actual)

    @property
    def is_inside(self):
        """Whether the period ended inside the range."""
        return self.actual is not None and self.low <= self.actual <= self.high

    @property
    def period(self):
        return Period(self.starts_on, self.ends_before)


_KEPT = tuple(KeptForecast.__dataclass_fields__)[:-1]


def kept_forecasts(*, metric, span, starts_on, person_id=None, unit_id=None):
    """Return the forecasts of one period as they were kept, by cut-off."""
    rows = Forecast.objects.filter(metric=metric, span=span, starts_on=starts_on, person_id=person_id, unit_id=unit_id)
    return [KeptForecast(*row) for row in rows.order_by("cut_on").values_list(*_KEPT)]


def accuracies(*, metric, span, on, person_id=None, unit_id=None, periods=8):
    """
    Return the kept forecasts of the latest periods that are over, each beside what came, the latest first.

    What came is the figure as it stands today.
    """
    subject = {"metric": metric, "span": span, "person_id": person_id, "unit_id": unit_id}
    over = Forecast.objects.filter(ends_before__lte=on, **subject)
    latest = list(over.order_by("-starts_on").values_list("starts_on", flat=True).distinct()[:periods])
    actual = dict(Attainment.objects.filter(starts_on__in=latest, **subject).values_list("starts_on", "numerator"))
    rows = over.filter(starts_on__in=latest).order_by("-starts_on", "-cut_on").values_list(*_KEPT)
    return [KeptForecast(*row, actual.get(row[0], 0)) for row in rows]
