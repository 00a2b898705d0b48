"""
Attainment: what was reached beside what was asked, stored per person and unit, metric, month, quarter and year.

Rolled up stepwise, day → month → quarter → year and person → unit → the units above it, in a fixed number of statements
whatever the number of people. Only rows that differ are written, so a rebuild from nothing ends in the same rows and a
quiet night writes none.

- A unit's row holds its whole subtree, on each day as the tree was on it; the root's row holds everything, also what
  credits nobody, so that it equals the facts.
- Overlay credits count for their person and for no unit.
- Targets come from published plans; those of a closed month from the plans that were published then. Those of a quarter or
  year are the sums of their months; for a ratio, whose months do not add up, their mean; for a level that of the last month.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_noop

from common.db.postgres.prepared import prepared
from common.periods import Period, fiscal_year_of, month_of, months_in, quarter_of, quarters_in
from common.tenancy import require_company_id
from credits import rollups as totals
from credits.queries.closings import closed_before
from targets.models import Attainment
from targets.queries.brought import ALL_BEGUN
from targets.queries.counted import COUNTED_PLANS, PLANS_BY_NOW
from targets.queries.proofs import STORED, states_of
from targets.queries.reached import ACTUAL_BY_BUCKET
from teams.queries.placements import KNOWN_BY_NOW

Span = Attainment.Span
#: As `since`: all days there are.
_EVER = date.min

_ASKED_MONTHS = """
asked_month AS (SELECT starts_on AS month FROM bucket),
"""
_MONTHS = """
asked AS (
    SELECT bucket.bucket, metric.id AS metric_id, target.person_id, target.unit_id, metric.denominator <> '' AS is_ratio,
        CASE WHEN metric.denominator = '' THEN SUM(target.floor) ELSE round(AVG(target.floor)) END::bigint AS floor,
        CASE WHEN metric.denominator = '' THEN SUM(target.commit) ELSE round(AVG(target.commit)) END::bigint AS commit,
        CASE WHEN metric.denominator = '' THEN SUM(target.stretch) ELSE round(AVG(target.stretch)) END::bigint AS stretch
    FROM bucket
    JOIN counted ON counted.month = bucket.starts_on
    JOIN targets_target target ON target.company_id = %(company)s AND target.month = counted.month AND target.plan_id = counted.plan_id
    JOIN metric ON metric.id = counted.metric_id
    GROUP BY bucket.bucket, metric.id, metric.denominator, target.person_id, target.unit_id
),
fresh AS (
    SELECT 'MONTH' AS span, bucket.starts_on, bucket.ends_before,
        COALESCE(actual.metric_id, asked.metric_id) AS metric_id,
        COALESCE(actual.person_id, asked.person_id) AS person_id, COALESCE(actual.unit_id, asked.unit_id) AS unit_id,
        COALESCE(actual.numerator, 0) AS numerator,
        COALESCE(actual.denominator, CASE WHEN asked.is_ratio THEN 0 END) AS denominator,
        COALESCE(actual.brought, 0) AS brought, asked.floor, asked.commit, asked.stretch, actual.reached_on
    FROM actual
    FULL JOIN asked ON asked.bucket = actual.bucket AND asked.metric_id = actual.metric_id
        -- A person is known by their id, a unit by minus its id: one key that can be hashed.
        AND COALESCE(asked.person_id, -asked.unit_id) = COALESCE(actual.person_id, -actual.unit_id)
    JOIN bucket ON bucket.bucket = COALESCE(actual.bucket, asked.bucket)
),
"""

_LONGER = """
WITH level AS MATERIALIZED (SELECT id FROM targets_metric WHERE company_id = %(company)s AND kind = 'LEVEL'),
calendar AS MATERIALIZED (
    SELECT given.*, part = starts_on AS is_first,
        part = MAX(part) OVER (PARTITION BY starts_on) AS is_last
    FROM unnest(%(parts)s::date[], %(starts)s::date[], %(ends)s::date[]) AS given(part, starts_on, ends_before)
),
fresh AS (
    SELECT %(span)s AS span, calendar.starts_on, calendar.ends_before, step.metric_id, step.person_id, step.unit_id,
        -- What a later part begins with is what the earlier ones left: it counts once. Of a ratio it is in the denominator.
        (SUM(step.numerator) - COALESCE(SUM(step.brought) FILTER (WHERE step.denominator IS NULL AND NOT is_first), 0))::bigint
            AS numerator,
        (SUM(step.denominator) - COALESCE(SUM(step.brought) FILTER (WHERE NOT is_first), 0))::bigint AS denominator,
        COALESCE(SUM(step.brought) FILTER (WHERE is_first), 0)::bigint AS brought,
        CASE WHEN SUM(step.denominator) IS NULL THEN SUM(step.floor) FILTER (WHERE is_asked) ELSE round(AVG(step.floor)) END::bigint
            AS floor,
        CASE WHEN SUM(step.denominator) IS NULL THEN SUM(step.commit) FILTER (WHERE is_asked) ELSE round(AVG(step.commit)) END::bigint
            AS commit,
        CASE WHEN SUM(step.denominator) IS NULL THEN SUM(step.stretch) FILTER (WHERE is_asked) ELSE round(AVG(step.stretch)) END::bigint
            AS stretch,
        MAX(step.reached_on) AS reached_on
    FROM targets_attainment step JOIN calendar ON calendar.part = step.starts_on
    -- What is to stand at the end of a year is asked of its last part.
    CROSS JOIN LATERAL (SELECT is_last OR step.metric_id NOT IN (SELECT id FROM level) AS is_asked) whether
    WHERE step.company_id = %(company)s AND step.span = %(step)s AND step.starts_on = ANY(%(parts)s::date[])
    GROUP BY calendar.starts_on, calendar.ends_before, step.metric_id, step.person_id, step.unit_id
),
"""

_STORE = """
kept AS (
    SELECT ctid AS place, * FROM targets_attainment
    WHERE company_id = %(company)s AND span = %(span)s AND starts_on = ANY(%(starts)s::date[])
),
difference AS MATERIALIZED (
    SELECT kept.place, fresh.*
    FROM fresh
    FULL JOIN kept ON kept.starts_on = fresh.starts_on AND kept.metric_id = fresh.metric_id
        AND COALESCE(kept.person_id, -kept.unit_id) = COALESCE(fresh.person_id, -fresh.unit_id)
    WHERE (kept.ends_before, kept.numerator, kept.denominator, kept.brought, kept.floor, kept.commit, kept.stretch,
            kept.reached_on)
        IS DISTINCT FROM
        (fresh.ends_before, fresh.numerator, fresh.denominator, fresh.brought, fresh.floor, fresh.commit, fresh.stretch,
            fresh.reached_on)
),
-- By their place in the table, as the daily totals are (`credits.rollups`).
gone AS (
    DELETE FROM targets_attainment stored USING difference
    WHERE stored.company_id = %(company)s AND stored.ctid = difference.place AND difference.span IS NULL
),
changed AS (
    UPDATE targets_attainment stored
    SET ends_before = difference.ends_before, numerator = difference.numerator, denominator = difference.denominator,
        brought = difference.brought, floor = difference.floor, commit = difference.commit, stretch = difference.stretch,
        reached_on = difference.reached_on
    FROM difference
    WHERE stored.company_id = %(company)s AND stored.ctid = difference.place AND difference.span IS NOT NULL
),
added AS (
    INSERT INTO targets_attainment (company_id, span, starts_on, ends_before, metric_id, person_id, unit_id,
        numerator, denominator, brought, floor, commit, stretch, reached_on)
    SELECT %(company)s, span, starts_on, ends_before, metric_id, person_id, unit_id,
        numerator, denominator, brought, floor, commit, stretch, reached_on
    FROM difference WHERE place IS NULL
    ORDER BY starts_on, metric_id, unit_id, person_id
)
SELECT COUNT(*) FROM difference
"""
#: What is stored for periods that there are not: of another fiscal year, of months that nothing is left of.
_REMOVE_STRAYS = """
WITH stray AS (
    DELETE FROM targets_attainment
    WHERE company_id = %(company)s AND starts_on >= %(first)s AND starts_on < %(before)s
        AND (%(everywhere)s OR date_trunc('month', starts_on::timestamp)::date = ANY(%(months)s::date[]))
        AND (span, starts_on) NOT IN (SELECT * FROM unnest(%(spans)s::text[], %(starts)s::date[]))
    RETURNING id
)
SELECT COUNT(*) FROM stray
"""
_PROVE = (
    "WITH"
    + STORED
    + """,
proved AS (
    INSERT INTO targets_monthproof (company_id, month, inputs, figures)
    SELECT %(company)s, month, inputs, figures
    FROM unnest(%(months)s::date[], %(inputs)s::bigint[]) AS given(month, inputs) LEFT JOIN stored USING (month)
    ON CONFLICT (company_id, month) DO UPDATE SET inputs = EXCLUDED.inputs, figures = EXCLUDED.figures
    RETURNING month
)
SELECT COUNT(*) FROM proved
"""
)
_SPAN_OF_MONTHS = """
SELECT date_trunc('month', LEAST(total.first, asked.first)::timestamp)::date, GREATEST(total.last, asked.last)
FROM (SELECT MIN(day) AS first, MAX(day) AS last FROM credits_dailytotal WHERE company_id = %(company)s) total,
    (SELECT MIN(month) AS first, MAX(month) AS last FROM targets_target WHERE company_id = %(company)s) asked
"""
_STORE_MONTHS = ACTUAL_BY_BUCKET + _ASKED_MONTHS + PLANS_BY_NOW + COUNTED_PLANS + _MONTHS + _STORE
_STORE_LONGER = _LONGER + _STORE


def refresh_everything(*, today=None, progress=None):
    """
    Bring the active company's totals and attainment of all periods in line with its ledger and its targets.

    Heals every missed mark and every stray row; from empty tables it is the rebuild.

    :param today: the company's day: nothing is brought forward into months after it. None takes every month for begun.
    """
    totals.hold_company()
    marked = totals.take_dirty_days()
    _tell(progress, 0)
    written = {"days": len(marked), "totals": totals.refresh_daily_totals()}
    _tell(progress, 1)
    around = _around(_all_months(today=today))
    return written | {"attainments": _remove_strays(around) + _refresh_attainment(around, today, progress)}


def refresh_open(*, today=None, progress=None):
    """
    The same for what is not closed, and the quarters and years that reach into it: what a night brings in line.

    A month is formed again unless its figures, and everything that they follow from, are as they were when they were last
    brought in line (`targets.queries.proofs`). A closed month follows nothing any more: what arrives for it counts in an open one.
    """
    totals.hold_company()
    marked = totals.take_dirty_days()
    _tell(progress, 0)
    boundary = closed_before()
    since = month_of(min([boundary, *marked])).starts_on if boundary else _EVER
    days = totals.compare_days(since=since)
    unequal = [day.day for day in days if not day.is_equal]
    written = {"days": len(marked), "totals": totals.refresh_daily_totals(unequal)}
    _tell(progress, 1)
    # Read before anything is formed of it: what changes meanwhile is found the next night.
    statements = _STORE_MONTHS + _STORE_LONGER
    months = _all_months(since, today)
    # A quarter or year may begin in a month that has nothing of its own, or that is closed.
    begun_in = sorted({*months, *(day for _span, day in _around(months).starts)})
    states = states_of(begun_in, days, since=since, statements=statements, begun_by=today or date.max)
    months = sorted({max(state.month, since) for state in states if not state.is_proved})
    if not months:
        return written | {"attainments": 0}
    around = _around(months)
    written["attainments"] = _remove_strays(around, months) + _refresh_attainment(around, today, progress)
    _prove(states, around, since)
    return written


def rebuild(*, today=None, progress=None):
    """Forget the active company's totals and attainment and roll its ledger up from nothing; ends in the same rows."""
    totals.hold_company()
    totals.forget()
    Attainment.objects.all().delete()
    return refresh_everything(today=today, progress=progress)


def refresh_dirty(*, today=None, progress=None):
    """Roll up the days that were marked since the last time, and the months, quarters and years around them."""
    totals.hold_company()
    days = totals.take_dirty_days()
    if not days:
        return {"days": 0, "totals": 0, "attainments": 0}
    written = {"days": len(days), "totals": totals.refresh_daily_totals(days)}
    _tell(progress, 1)
    around = _around(_months_after(days, today))
    return written | {"attainments": _refresh_attainment(around, today, progress)}


@dataclass(frozen=True, slots=True)
class _Around:
    """Months, and the quarters and years around them, in order."""

    months: list[Period]
    quarters: list[Period]
    years: list[Period]

    @property
    def starts(self):
        """The first day of each, by span: [(span, day)]."""
        spans = ((Span.MONTH, self.months), (Span.QUARTER, self.quarters), (Span.YEAR, self.years))
        return [(span, period.starts_on) for span, periods in spans for period in periods]


_FISCAL_START = prepared("SELECT fiscal_year_starts_in FROM accounts_company WHERE id = %(company)s", company="bigint")


def _around(months):
    with connection.cursor() as cursor:
        cursor.execute(_FISCAL_START, {"company": require_company_id()})
        (fiscal_start,) = cursor.fetchone()
    return _Around(
        months=[month_of(month) for month in sorted(months)],
        quarters=sorted({quarter_of(month, fiscal_start) for month in months}),
        years=sorted({fiscal_year_of(month, fiscal_start) for month in months}),
    )


def _refresh_attainment(around, today, progress):
    """
    Bring attainment in line with daily totals and published targets; return how many rows were written.

    Months first: quarters are added up from them, and years from quarters.
    """
    starts, ends = [month.starts_on for month in around.months], [month.ends_before for month in around.months]
    written = _execute(
        _STORE_MONTHS, span=Span.MONTH, starts=starts, ends=ends, known=KNOWN_BY_NOW, begun_by=today or ALL_BEGUN
    )
    _tell(progress, 2)
    written += _store_longer(
        Span.QUARTER, Span.MONTH, [(month, quarter) for quarter in around.quarters for month in months_in(quarter)]
    )
    _tell(progress, 3)
    written += _store_longer(
        Span.YEAR, Span.QUARTER, [(quarter, year) for year in around.years for quarter in quarters_in(year)]
    )
    return written


def _store_longer(span, step, parts):
    return _execute(
        _STORE_LONGER,
        span=span,
        step=step,
        parts=[part.starts_on for part, _period in parts],
        starts=[period.starts_on for _part, period in parts],
        ends=[period.ends_before for _part, period in parts],
    )


def _remove_strays(around, months=None):
    """
    Remove what is stored for other periods than these, before anything is added up from it; return how many rows that were.

    :param months: only what begins in these months; None for all.
    """
    return _execute(
        _REMOVE_STRAYS,
        everywhere=months is None,
        first=min(months) if months else _EVER,
        before=month_of(max(months)).ends_before if months else date.max,
        months=months,
        spans=[span for span, _day in around.starts],
        starts=[day for _span, day in around.starts],
    )


def _prove(states, around, since):
    """Keep of the months whose figures were just brought in line what they followed from, and what they are."""
    starts = {day for _span, day in around.starts}
    proved = [state for state in states if state.month in starts]
    _execute(
        _PROVE, months=[state.month for state in proved], inputs=[state.inputs for state in proved], since=since, every=False
    )


def _execute(statement, **parameters):
    """Return how many rows a statement wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": require_company_id(), **parameters})
        return cursor.fetchone()[0]


def _months_after(days, today):
    """
    Return the first days of the months that some days change: their own, and those begun since, which begin with what was left.

    So does a month in which nothing happened: up to this one all have figures.
    """
    months = {day.replace(day=1) for day in days}
    latest = month_of(today).starts_on if today else max(_all_months(), default=max(months))
    stored = Attainment.objects.filter(span=Span.MONTH, starts_on__lte=latest).aggregate(last=Max("starts_on"))
    since = [month_of(stored["last"]).ends_before] if stored["last"] else []
    if stocked := totals.first_stocked(days):
        since.append(stocked.replace(day=1))
    if since and min(since) <= latest:
        months |= {month.starts_on for month in months_in(Period(min(since), month_of(latest).ends_before))}
    return months


def _all_months(since=_EVER, today=None):
    """
    Return the first day of every month from the earliest to the latest that has a total or a target, and up to today's.

    :param since: the first day of the month to begin with, which is one of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SPAN_OF_MONTHS, {"company": require_company_id()})
        first, last = cursor.fetchone()
    if since != _EVER:
        first, last = since, max(since, last or since)
    if first is None:
        return []
    return [month.starts_on for month in months_in(Period(first, month_of(max(last, today or last)).ends_before))]


#: What is being done, in the words of the page that shows it.
STEPS = (gettext_noop("Adding up the days"), gettext_noop("Months"), gettext_noop("Quarters"), gettext_noop("Years"))


def _tell(progress, done):
    if progress:
        progress(done, len(STEPS), STEPS[done])
