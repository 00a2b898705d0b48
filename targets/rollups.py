"""
Attainment: what was reached beside what was asked, stored per person and unit, metric, month, quarter and year.

Rolled up stepwise, day → month → quarter → year and person → unit → the units above it, in a fixed number of statements
whatever the number of people. Only rows that differ are written, so a rebuild from nothing ends in the same rows and a
quiet night writes none.

- A unit's row holds its whole subtree, on each day as the tree was on it; the root's row holds everything, also what
  credits nobody, so that it equals the facts.
- Overlay credits count for their person and for no unit.
- Targets come from published plans; those of a closed month from the plans that were published then. Those of a quarter or
  year are the sums of their months; for a ratio, whose months do not add up, their mean.
"""

from datetime import date

from django.db import connection
from django.utils.translation import gettext_noop

from accounts.models import Company
from common.periods import Period, fiscal_year_of, month_of, months_in, quarter_of, quarters_in
from common.tenancy import require_company_id
from credits import rollups as totals
from credits.queries.closings import closed_before
from targets.models import Attainment, Target
from targets.queries.counted import COUNTED_PLANS, PLANS_BY_NOW
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
        asked.floor, asked.commit, asked.stretch, actual.reached_on
    FROM actual
    FULL JOIN asked ON asked.bucket = actual.bucket AND asked.metric_id = actual.metric_id
        -- A person is known by their id, a unit by minus its id: one key that can be hashed.
        AND COALESCE(asked.person_id, -asked.unit_id) = COALESCE(actual.person_id, -actual.unit_id)
    JOIN bucket ON bucket.bucket = COALESCE(actual.bucket, asked.bucket)
),
"""

_LONGER = """
WITH calendar AS MATERIALIZED (
    SELECT * FROM unnest(%(parts)s::date[], %(starts)s::date[], %(ends)s::date[]) AS given(part, starts_on, ends_before)
),
fresh AS (
    SELECT %(span)s AS span, calendar.starts_on, calendar.ends_before, step.metric_id, step.person_id, step.unit_id,
        SUM(step.numerator)::bigint AS numerator, SUM(step.denominator)::bigint AS denominator,
        CASE WHEN SUM(step.denominator) IS NULL THEN SUM(step.floor) ELSE round(AVG(step.floor)) END::bigint AS floor,
        CASE WHEN SUM(step.denominator) IS NULL THEN SUM(step.commit) ELSE round(AVG(step.commit)) END::bigint AS commit,
        CASE WHEN SUM(step.denominator) IS NULL THEN SUM(step.stretch) ELSE round(AVG(step.stretch)) END::bigint AS stretch,
        MAX(step.reached_on) AS reached_on
    FROM targets_attainment step JOIN calendar ON calendar.part = step.starts_on
    WHERE step.company_id = %(company)s AND step.span = %(step)s AND step.starts_on = ANY(%(parts)s::date[])
    GROUP BY calendar.starts_on, calendar.ends_before, step.metric_id, step.person_id, step.unit_id
),
"""

_STORE = """
kept AS (
    SELECT ctid AS place, * FROM targets_attainment
    WHERE company_id = %(company)s AND span = %(span)s AND starts_on >= %(first)s
        -- Whatever begins later and is of no period that there is: of another fiscal year, of months that nothing is left of.
        AND (%(rest)s OR starts_on = ANY(%(starts)s::date[]))
),
difference AS MATERIALIZED (
    SELECT kept.place, fresh.*
    FROM fresh
    FULL JOIN kept ON kept.starts_on = fresh.starts_on AND kept.metric_id = fresh.metric_id
        AND COALESCE(kept.person_id, -kept.unit_id) = COALESCE(fresh.person_id, -fresh.unit_id)
    WHERE (kept.ends_before, kept.numerator, kept.denominator, kept.floor, kept.commit, kept.stretch, kept.reached_on)
        IS DISTINCT FROM
        (fresh.ends_before, fresh.numerator, fresh.denominator, fresh.floor, fresh.commit, fresh.stretch, fresh.reached_on)
),
-- By their place in the table, as the daily totals are (`credits.rollups`).
gone AS (
    DELETE FROM targets_attainment stored USING difference
    WHERE stored.company_id = %(company)s AND stored.ctid = difference.place AND difference.span IS NULL
),
changed AS (
    UPDATE targets_attainment stored
    SET ends_before = difference.ends_before, numerator = difference.numerator, denominator = difference.denominator,
        floor = difference.floor, commit = difference.commit, stretch = difference.stretch, reached_on = difference.reached_on
    FROM difference
    WHERE stored.company_id = %(company)s AND stored.ctid = difference.place AND difference.span IS NOT NULL
),
added AS (
    INSERT INTO targets_attainment (company_id, span, starts_on, ends_before, metric_id, person_id, unit_id,
        numerator, denominator, floor, commit, stretch, reached_on)
    SELECT %(company)s, span, starts_on, ends_before, metric_id, person_id, unit_id,
        numerator, denominator, floor, commit, stretch, reached_on
    FROM difference WHERE place IS NULL
    ORDER BY starts_on, metric_id, unit_id, person_id
)
SELECT COUNT(*) FROM difference
"""
_STORE_MONTHS = ACTUAL_BY_BUCKET + _ASKED_MONTHS + PLANS_BY_NOW + COUNTED_PLANS + _MONTHS + _STORE
_STORE_LONGER = _LONGER + _STORE


def refresh_everything(*, progress=None):
    """
    Bring the active company's totals and attainment of all periods in line with its ledger and its targets.

    Heals every missed mark and every stray row; from empty tables it is the rebuild.
    """
    return _refresh_from(None, progress)


def refresh_open(*, progress=None):
    """
    The same for every period that is not closed, and the quarters and years that hold one: what a night brings in line.

    A closed month has nothing to be brought in line with: what arrives for it counts in an open one.
    """
    boundary = closed_before()
    return _refresh_from(boundary and month_of(boundary).starts_on, progress)


def rebuild(*, progress=None):
    """Forget the active company's totals and attainment and roll its ledger up from nothing; ends in the same rows."""
    totals.hold_company()
    totals.forget()
    Attainment.objects.all().delete()
    return refresh_everything(progress=progress)


def refresh_dirty(*, progress=None):
    """Roll up the days that were marked since the last time, and the months, quarters and years around them."""
    totals.hold_company()
    days = totals.take_dirty_days()
    if not days:
        return {"days": 0, "totals": 0, "attainments": 0}
    written = {"days": len(days), "totals": totals.refresh_daily_totals(days)}
    _tell(progress, 1)
    return written | {"attainments": _refresh_attainment(sorted({day.replace(day=1) for day in days}), progress=progress)}


def _refresh_from(since, progress):
    """Take the marks off and bring every month from one on in line, None for all; return what was done."""
    totals.hold_company()
    marked = totals.take_dirty_days()
    if since and marked:
        since = min(since, month_of(marked[0]).starts_on)
    _tell(progress, 0)
    # From nothing, all days at once; where there are totals, only the days that differ.
    days = None if totals.span_of_days() == (None, None) else totals.unequal_days(since=since)
    written = {"days": len(marked), "totals": totals.refresh_daily_totals(days)}
    _tell(progress, 1)
    months = _all_months()
    if since:
        months = [since, *(month for month in months if month > since)]
    return written | {"attainments": _refresh_attainment(months, since=since or _EVER, progress=progress)}


def _refresh_attainment(months, *, since=None, progress):
    """
    Bring the attainment of months, and of the quarters and years around them, in line with daily totals and published targets.

    :param months: their first days, in order.
    :param since: the months are all there are from that day on: what is kept for others that begin later is removed.
    :returns: how many rows were written.
    """
    fiscal_start = Company.objects.values_list("fiscal_year_starts_in", flat=True).get(pk=require_company_id())
    quarters = sorted({quarter_of(month, fiscal_start) for month in months})
    years = sorted({fiscal_year_of(month, fiscal_start) for month in months})
    written = _store(_STORE_MONTHS, Span.MONTH, [(month, month_of(month)) for month in months], since, known=KNOWN_BY_NOW)
    _tell(progress, 2)
    written += _store_longer(Span.QUARTER, quarters, Span.MONTH, months_in, since)
    _tell(progress, 3)
    written += _store_longer(Span.YEAR, years, Span.QUARTER, quarters_in, since)
    _tell(progress, 4)
    return written


def _store_longer(span, periods, step, parts_of, since):
    parts = [(part.starts_on, period) for period in periods for part in parts_of(period)]
    return _store(_STORE_LONGER, span, parts, since, step=step)


def _store(statement, span, parts, since, **parameters):
    """
    Write the rows of a span where they differ; return how many did.

    :param parts: [(first day of what is added up, the period it belongs to)].
    :param since: if given, rows of other periods that begin with the first of these or later are removed, of `_EVER` all others.
    """
    starts = [period.starts_on for _part, period in parts]
    given = {
        "company": require_company_id(),
        "span": span,
        "parts": [part for part, _period in parts],
        "starts": starts,
        "ends": [period.ends_before for _part, period in parts],
        "first": _EVER if since == _EVER else min(starts),
        "rest": since is not None,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given | parameters)
        return cursor.fetchone()[0]


def _all_months():
    """Return the first day of every month from the earliest to the latest that has a total or a target."""
    first, last = totals.span_of_days()
    asked = Target.objects.order_by("month").values_list("month", flat=True)
    days = [day for day in (first, last, asked.first(), asked.last()) if day]
    if not days:
        return []
    return [month.starts_on for month in months_in(Period(min(days), month_of(max(days)).ends_before))]


#: What is being done, in the words of the page that shows it.
STEPS = (gettext_noop("Adding up the days"), gettext_noop("Months"), gettext_noop("Quarters"), gettext_noop("Years"))


def _tell(progress, done):
    if progress:
        progress(done, len(STEPS), STEPS[min(done, len(STEPS) - 1)])
