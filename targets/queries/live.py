"""
Attainment worked out while one looks: for spans that are not stored, and through a lens.

The same text as the roll-up's from the parts on (`targets.queries.reached`), so that a stored span through a plain lens is what is
stored. Targets of months that lie only partly inside a span are prorated by working days, rounded once at
the end; of a level that of the last month holds. In a campaign that has targets of its own its stages are asked instead.
"""

from collections.abc import Sequence

from django.db import connection

from accounts.models import Company
from common.periods import Period, months_in
from common.tenancy import require_company_id
from credits.queries.lens import PLAIN, Lens
from credits.queries.recounting import SETTLED
from targets.queries.asked import (
    ASKED_NOW,
    CELLS_THEN_OF,
    CHANGED_SINCE,
    IN_COUNTED_MONTHS,
    IS_WHOLE,
    PARTS_CHANGED_SINCE,
    PARTS_LOOKED_AT,
    PARTS_NOW,
    ROW_OF_TARGET,
    STAGE_CELLS_NOW,
    STAGE_CELLS_THEN,
)
from targets.queries.attainment import AttainmentRow
from targets.queries.brought import ALL_BEGUN, CARRIED, IS_STOCKED, STOCK
from targets.queries.counted import COUNTED_PLANS, PLANS_BY_NOW, PLANS_BY_THEN
from targets.queries.reached import ABOVE, ACTUAL, BUCKETS, CALENDAR
from targets.queries.stages_asked import asked_by_stages
from teams.queries import calendar_of
from teams.queries.placements import EPOCHS, KNOWN_BY_NOW, PLACED

_METRIC = """
metric AS MATERIALIZED (
    SELECT id, numerator, denominator, kind = 'LEVEL' AS is_level
    FROM targets_metric WHERE company_id = %(company)s AND id = ANY(%(metrics)s::bigint[])
),
"""
_DAILY_FROM_TOTALS = """
daily AS MATERIALIZED (
    SELECT day, person_id, unit_id, measure, is_overlay, amount
    FROM credits_dailytotal
    WHERE company_id = %(company)s AND day >= %(first)s AND day < %(last)s
        AND (%(everybody)s OR person_id = ANY(%(people)s::bigint[]))
        AND measure IN (SELECT numerator FROM metric UNION SELECT denominator FROM metric)
),
"""
#: Added up by day like the totals, so that the last day on which something was reached is the same.
_DAILY_FROM_LEDGER = f"""
daily AS MATERIALIZED (
    SELECT counts_on AS day, person_id, CASE WHEN %(by_territory)s THEN COALESCE(territory_id, unit_id) ELSE unit_id END AS unit_id,
        measure, is_overlay, SUM(amount)::bigint AS amount
    FROM credits_credit
    WHERE company_id = %(company)s AND counts_on >= %(first)s AND counts_on < %(last)s
        AND (%(known_before)s::timestamptz IS NULL OR recorded_at < %(known_before)s)
        AND (%(line)s::bigint IS NULL OR product_line_id = %(line)s)
        AND (%(channel)s::bigint IS NULL OR channel_id = %(channel)s)
        AND (%(everybody)s OR person_id = ANY(%(people)s::bigint[]))
        AND measure IN (SELECT numerator FROM metric UNION SELECT denominator FROM metric)
        {SETTLED}
    GROUP BY 1, 2, 3, 4, 5
    HAVING SUM(amount) <> 0
),
"""
#: What stocks are left by, through the same lens.
_STOCKED_FROM_TOTALS = f"""
stocked AS (
    SELECT day, person_id, unit_id, measure, is_overlay, amount
    FROM credits_dailytotal
    WHERE company_id = %(company)s AND day < %(last)s AND (%(everybody)s OR person_id = ANY(%(people)s::bigint[])) AND {IS_STOCKED}
),
"""
_STOCKED_FROM_LEDGER = f"""
stocked AS (
    SELECT counts_on AS day, person_id, CASE WHEN %(by_territory)s THEN COALESCE(territory_id, unit_id) ELSE unit_id END AS unit_id,
        measure, is_overlay, amount
    FROM credits_credit
    WHERE company_id = %(company)s AND counts_on < %(last)s
        AND (%(known_before)s::timestamptz IS NULL OR recorded_at < %(known_before)s)
        AND (%(line)s::bigint IS NULL OR product_line_id = %(line)s)
        AND (%(channel)s::bigint IS NULL OR channel_id = %(channel)s)
        AND (%(everybody)s OR person_id = ANY(%(people)s::bigint[]))
        AND {IS_STOCKED}
),
"""
_PART = """
part AS MATERIALIZED (
    SELECT calendar.slice, daily.person_id, daily.unit_id, daily.measure, daily.is_overlay,
        SUM(daily.amount)::bigint AS amount, MAX(daily.day) AS last_on
    FROM daily JOIN calendar ON calendar.day = daily.day
    GROUP BY calendar.slice, daily.person_id, daily.unit_id, daily.measure, daily.is_overlay
    UNION ALL
    SELECT slice, person_id, unit_id, measure, is_overlay, amount, last_on FROM carried
),
"""
_ASKED_MONTHS = """
asked_month AS (SELECT DISTINCT month FROM share),
"""
_CELLS_NOW = f"""
cell AS ({ASKED_NOW}),
"""
#: Through a lens that may have a product line or channel: then what the plans divided by it ask for of it.
_CELLS_OR_PARTS_NOW = f"""
part_of AS ({PARTS_LOOKED_AT}),
cell AS (
    {ASKED_NOW} WHERE {IS_WHOLE}
    UNION ALL {PARTS_NOW}
),
"""
#: Targets as they were: the cells as they stand, those changed since as the first step since then found them.
_CELLS_THEN = f"""
part_of AS ({PARTS_LOOKED_AT}),
was AS MATERIALIZED ({CHANGED_SINCE}),
part_was AS MATERIALIZED ({PARTS_CHANGED_SINCE}),
cell AS (
    {ASKED_NOW}
    WHERE {IS_WHOLE}
        AND NOT EXISTS (SELECT FROM was WHERE was.plan_id = target.plan_id AND was.key = {ROW_OF_TARGET})
    UNION ALL {PARTS_NOW}
    WHERE NOT EXISTS (SELECT FROM part_was was WHERE was.part_id = target.part_id AND was.key = {ROW_OF_TARGET})
    UNION ALL {CELLS_THEN_OF} FROM was {IN_COUNTED_MONTHS} AND {IS_WHOLE}
    UNION ALL {CELLS_THEN_OF} FROM part_was was {IN_COUNTED_MONTHS}
),
"""
#: Which part of a month's target falls into each bucket: its working days inside over all its working days.
_SHARE = """
share AS MATERIALIZED (
    SELECT given.*, month = MAX(month) OVER (PARTITION BY bucket) AS is_last
    FROM unnest(%(share_buckets)s::int[], %(share_months)s::date[], %(inside)s::int[], %(whole)s::int[])
        AS given(bucket, month, inside, whole)
),
"""
#: Which part of a stage with targets of its own falls into each bucket; there the months are not asked.
_STAGED = """
stage_share AS MATERIALIZED (
    SELECT * FROM unnest(%(staged_buckets)s::int[], %(staged_metrics)s::bigint[], %(stage_plans)s::bigint[],
        %(stages)s::bigint[], %(staged_inside)s::int[], %(staged_whole)s::int[])
        AS given(bucket, metric_id, stage_plan_id, period_id, inside, whole)
),
"""
_STAGED_NOW = f"{_STAGED}{STAGE_CELLS_NOW},"
_STAGED_THEN = f"{_STAGED}{STAGE_CELLS_THEN},"
_ASKED = """
asked AS (
    SELECT share.bucket, metric.id AS metric_id, cell.person_id, cell.unit_id, metric.denominator <> '' AS is_ratio,
        -- Rounded twice: what a division of numerics leaves behind must not decide about a half.
        CASE WHEN is_level THEN SUM(cell.floor) FILTER (WHERE share.is_last) WHEN metric.denominator <> '' THEN round(AVG(cell.floor))
            ELSE round(round(SUM(cell.floor::numeric * share.inside / share.whole), 9)) END::bigint AS floor,
        CASE WHEN is_level THEN SUM(cell.commit) FILTER (WHERE share.is_last) WHEN metric.denominator <> '' THEN round(AVG(cell.commit))
            ELSE round(round(SUM(cell.commit::numeric * share.inside / share.whole), 9)) END::bigint AS commit,
        CASE WHEN is_level THEN SUM(cell.stretch) FILTER (WHERE share.is_last) WHEN metric.denominator <> '' THEN round(AVG(cell.stretch))
            ELSE round(round(SUM(cell.stretch::numeric * share.inside / share.whole), 9)) END::bigint AS stretch
    FROM share
    JOIN cell ON cell.month = share.month
    JOIN metric ON metric.id = cell.metric_id
    WHERE (share.inside > 0 OR is_level)
        AND NOT EXISTS (SELECT FROM stage_share staged WHERE staged.bucket = share.bucket AND staged.metric_id = metric.id)
    GROUP BY share.bucket, metric.id, metric.denominator, is_level, cell.person_id, cell.unit_id
    UNION ALL
    SELECT staged.bucket, staged.metric_id, target.person_id, target.unit_id, false,
        round(round(SUM(target.floor::numeric * staged.inside / staged.whole), 9))::bigint,
        round(round(SUM(target.commit::numeric * staged.inside / staged.whole), 9))::bigint,
        round(round(SUM(target.stretch::numeric * staged.inside / staged.whole), 9))::bigint
    FROM stage_share staged
    JOIN stage_cell target ON target.stage_plan_id = staged.stage_plan_id AND target.period_id = staged.period_id
    GROUP BY staged.bucket, staged.metric_id, target.person_id, target.unit_id
),
fresh AS (
    SELECT bucket.starts_on, COALESCE(actual.metric_id, asked.metric_id) AS metric_id,
        COALESCE(actual.person_id, asked.person_id) AS person_id, COALESCE(actual.unit_id, asked.unit_id) AS unit_id,
        COALESCE(actual.numerator, 0) AS numerator, COALESCE(actual.denominator, CASE WHEN asked.is_ratio THEN 0 END) AS denominator,
        asked.floor, asked.commit, asked.stretch, actual.reached_on
    FROM actual
    FULL JOIN asked ON asked.bucket = actual.bucket AND asked.metric_id = actual.metric_id
        AND COALESCE(asked.person_id, -asked.unit_id) = COALESCE(actual.person_id, -actual.unit_id)
    JOIN bucket ON bucket.bucket = COALESCE(actual.bucket, asked.bucket)
)
"""
_ROWS = """
SELECT metric_id, person_id, unit_id, starts_on, numerator, denominator, floor, commit, stretch, reached_on
FROM fresh
WHERE person_id = ANY(%(people)s::bigint[]) OR unit_id = ANY(%(units)s::bigint[])
ORDER BY starts_on
"""


_ASKED_NOW = _SHARE + _STAGED_NOW + _ASKED_MONTHS + PLANS_BY_NOW + COUNTED_PLANS + _CELLS_NOW + _ASKED
_ASKED_IN_LEDGER = _SHARE + _STAGED_NOW + _ASKED_MONTHS + PLANS_BY_NOW + COUNTED_PLANS + _CELLS_OR_PARTS_NOW + _ASKED
_ASKED_THEN = _SHARE + _STAGED_THEN + _ASKED_MONTHS + PLANS_BY_THEN + COUNTED_PLANS + _CELLS_THEN + _ASKED
_BEGIN = "WITH RECURSIVE" + STOCK + BUCKETS + EPOCHS + CALENDAR + PLACED + ABOVE + _METRIC
#: Beginnings of a statement that end in `fresh`: what `live_parameters` asks for, as attainment rows.
_FROM_TOTALS = _DAILY_FROM_TOTALS + _STOCKED_FROM_TOTALS + CARRIED + _PART + ACTUAL
_FROM_LEDGER = _DAILY_FROM_LEDGER + _STOCKED_FROM_LEDGER + CARRIED + _PART + ACTUAL
LIVE_FROM_TOTALS = _BEGIN + _FROM_TOTALS + _ASKED_NOW
LIVE_FROM_LEDGER = _BEGIN + _FROM_LEDGER + _ASKED_IN_LEDGER
LIVE_AS_KNOWN = _BEGIN + _FROM_LEDGER + _ASKED_THEN
_STATEMENTS = {
    "totals": LIVE_FROM_TOTALS + _ROWS,
    "ledger": LIVE_FROM_LEDGER + _ROWS,
    "known": LIVE_AS_KNOWN + _ROWS,
}


def source_of(lens: Lens):
    """Return which of the live texts a lens needs: "totals", "ledger" or "known"."""
    if lens.is_as_known:
        return "known"
    return "ledger" if lens.needs_ledger else "totals"


def live_parameters(*, metrics, periods: Sequence[Period], lens: Lens, person_ids=None, calendar=None):
    """
    Return the parameters of the live texts.

    :param periods: the parts of one span of days, or one alone.
    :param person_ids: only what was credited to these people; None for everybody, which units need.
    """
    last = max(period.ends_before for period in periods)
    return {
        "company": require_company_id(),
        "metrics": [metric.pk for metric in metrics],
        "starts": [period.starts_on for period in periods],
        "ends": [period.ends_before for period in periods],
        "first": min(period.starts_on for period in periods),
        "last": last if lens.counts_before is None else min(last, lens.counts_before),
        "known_before": lens.known_before,
        "known": lens.last_known or KNOWN_BY_NOW,
        "begun_by": ALL_BEGUN,
        "by_territory": lens.is_by_territory,
        "line": lens.product_line_id,
        "channel": lens.channel_id,
        "everybody": person_ids is None,
        "people": list(person_ids or ()),
    } | _shares(metrics, periods if lens.has_targets else (), lens, calendar)


def live_rows(*, metrics, periods, lens=PLAIN, person_ids=None, unit_ids=None, calendar=None):
    """
    Return the rows of metrics in any spans of days by people or by units with all below them, earliest span first.

    :param periods: spans that may overlap; `starts_on` tells the rows of different ones apart if they begin on different days.
    :param calendar: the company's, where the page has read it already.
    """
    given = live_parameters(metrics=metrics, periods=periods, lens=lens, person_ids=person_ids, calendar=calendar)
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[source_of(lens)], given | {"units": list(unit_ids or ())})
        rows = cursor.fetchall()
    shapes = {metric.pk: (metric.kind, metric.scale) for metric in metrics}
    return [AttainmentRow(*row, *shapes[row[0]]) for row in rows]


_STAGE_ARRAYS = ("staged_buckets", "staged_metrics", "stage_plans", "stages", "staged_inside", "staged_whole")


def _shares(metrics, periods, lens, calendar):
    """
    Return what is asked in each span: of every month that it touches how many of its working days lie inside – calendar days in a
    month without any –, and the same of the stages that answer instead.
    """
    if not periods:
        return dict.fromkeys(("share_buckets", "share_months", "inside", "whole", *_STAGE_ARRAYS), [])
    calendar = calendar or calendar_of(Company.objects.get(pk=require_company_id()))
    shares = []
    for bucket, period in enumerate(periods, start=1):
        for month in months_in(period):
            part = month.overlap(period)
            inside, whole = calendar.working_day_count(part), calendar.working_day_count(month)
            shares.append(
                (bucket, month.starts_on, inside, whole) if whole else (bucket, month.starts_on, part.days, month.days)
            )
    buckets, months, inside, whole = zip(*shares, strict=True)
    asked = asked_by_stages(metrics=metrics, periods=periods, lens=lens, calendar=calendar)
    staged = zip(
        *((one.bucket, one.metric_id, one.stage_plan_id, one.period_id, one.inside, one.whole) for one in asked), strict=True
    )
    return {
        "share_buckets": list(buckets),
        "share_months": list(months),
        "inside": list(inside),
        "whole": list(whole),
        **dict.fromkeys(_STAGE_ARRAYS, []),
        **dict(zip(_STAGE_ARRAYS, map(list, staged), strict=False)),
    }
