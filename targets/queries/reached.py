"""
What was reached by people and units in spans of days: the SQL that the roll-up and the live figures have in common.

Named parts of one statement. Whoever needs another source of what counts, puts another `part` in the place of
`PART_FROM_TOTALS`.
"""

from targets.queries.brought import BROUGHT_PARTS, CARRIED, STOCK, STOCKED_FROM_TOTALS
from teams.queries.placements import EPOCHS, PLACED

#: The spans to add up in, from the arrays `starts` and `ends` (half-open); `bucket` is their place in them, from 1.
BUCKETS = """
bucket AS MATERIALIZED (
    SELECT bucket, starts_on, ends_before
    FROM unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS given(starts_on, ends_before, bucket)
),
"""
#: The days of the buckets: a slice is the part of a bucket in which the tree of units was one and the same. One without days
#: stands before each bucket, for what is brought forward into it.
CALENDAR = """
slice AS MATERIALIZED (
    SELECT row_number() OVER () AS slice, piece.*
    FROM (
        SELECT bucket.bucket, epoch.since AS tree_day, false AS is_before,
            GREATEST(bucket.starts_on, epoch.since) AS starts_on, LEAST(bucket.ends_before, epoch.until) AS ends_before
        FROM bucket JOIN epoch ON epoch.since < bucket.ends_before AND epoch.until > bucket.starts_on
        UNION ALL
        SELECT bucket.bucket, epoch.since, true, bucket.starts_on, bucket.starts_on
        FROM bucket JOIN epoch ON epoch.since < bucket.starts_on AND epoch.until >= bucket.starts_on
    ) piece
),
calendar AS MATERIALIZED (
    SELECT slice.slice, day::date AS day
    FROM slice, generate_series(slice.starts_on::timestamp, slice.ends_before - interval '1 day', interval '1 day') AS day
),
tree_day AS (SELECT DISTINCT tree_day AS day FROM slice),
"""
#: Every unit with each unit above it, and with itself, in each tree that the slices meet.
ABOVE = """
above AS (
    SELECT day AS tree_day, unit_id, unit_id AS ancestor_id, parent_id FROM placed
    UNION ALL
    SELECT above.tree_day, above.unit_id, placed.unit_id, placed.parent_id
    FROM above JOIN placed ON placed.day = above.tree_day AND placed.unit_id = above.parent_id
),
"""
METRIC = """
metric AS MATERIALIZED (
    SELECT id, numerator, denominator, is_lower_better FROM targets_metric WHERE company_id = %(company)s AND is_active
),
"""
#: What counts in each slice, as `part`: (slice, person_id, unit_id, measure, is_overlay, amount, last_on). Other sources of
#: the same shape can take its place. Slice by slice along the index of days; `OFFSET 0` keeps the planner from lifting the
#: row-level condition above the join, where it is asked of every row.
PART_FROM_TOTALS = """
part AS MATERIALIZED (
    SELECT slice.slice, total.person_id, total.unit_id, total.measure, total.is_overlay,
        SUM(total.amount)::bigint AS amount, MAX(total.day) AS last_on
    FROM slice
    CROSS JOIN LATERAL (
        SELECT day, person_id, unit_id, measure, is_overlay, amount FROM credits_dailytotal
        WHERE company_id = %(company)s AND day >= slice.starts_on AND day < slice.ends_before
        OFFSET 0
    ) total
    GROUP BY slice.slice, total.person_id, total.unit_id, total.measure, total.is_overlay
    UNION ALL
    SELECT slice, person_id, unit_id, measure, is_overlay, amount, last_on FROM carried
),
"""
#: From the parts to `actual`: what each person and unit reached in each bucket, metric by metric; `brought` is how much of it the
#: bucket began with.
ACTUAL = (
    """
in_unit AS (
    SELECT slice, COALESCE(unit_id, (SELECT id FROM teams_unit WHERE company_id = %(company)s AND parent_id IS NULL)) AS unit_id,
        measure, SUM(amount)::bigint AS amount, MAX(last_on) AS last_on
    FROM part WHERE NOT is_overlay
    GROUP BY slice, 2, measure
),
reached AS (
    SELECT slice.bucket, part.person_id, NULL::bigint AS unit_id, part.measure, SUM(part.amount)::bigint AS amount,
        MAX(part.last_on) AS last_on
    FROM part JOIN slice ON slice.slice = part.slice
    WHERE part.person_id IS NOT NULL
    GROUP BY slice.bucket, part.person_id, part.measure
    UNION ALL
    SELECT slice.bucket, NULL, above.ancestor_id, in_unit.measure, SUM(in_unit.amount)::bigint, MAX(in_unit.last_on)
    FROM in_unit
    JOIN slice ON slice.slice = in_unit.slice
    JOIN above ON above.tree_day = slice.tree_day AND above.unit_id = in_unit.unit_id
    GROUP BY slice.bucket, above.ancestor_id, in_unit.measure
),
metric_part(metric_id, measure, is_numerator, is_ratio, is_brought) AS (
    SELECT id, numerator, true, denominator <> '', false FROM metric
    UNION ALL
    SELECT id, denominator, false, true, false FROM metric WHERE denominator <> ''
    UNION ALL
    """
    + BROUGHT_PARTS
    + """
),
actual AS (
    SELECT reached.bucket, metric_part.metric_id, reached.person_id, reached.unit_id,
        COALESCE(SUM(reached.amount) FILTER (WHERE is_numerator), 0)::bigint AS numerator,
        CASE WHEN is_ratio THEN COALESCE(SUM(reached.amount) FILTER (WHERE NOT is_numerator), 0)::bigint END AS denominator,
        COALESCE(SUM(reached.amount) FILTER (WHERE is_brought), 0)::bigint AS brought, MAX(reached.last_on) AS reached_on
    FROM reached JOIN metric_part USING (measure)
    GROUP BY reached.bucket, metric_part.metric_id, is_ratio, reached.person_id, reached.unit_id
),
"""
)
#: The buckets, their days, the trees and the metrics: what every source of parts needs. Asks for `company`, `starts`,
#: `ends` and `known`.
FRAME = "WITH RECURSIVE" + STOCK + BUCKETS + EPOCHS + CALENDAR + PLACED + ABOVE + METRIC
#: What was credited to each person and unit in each bucket, metric by metric: ends in `actual`.
ACTUAL_BY_BUCKET = FRAME + STOCKED_FROM_TOTALS + CARRIED + PART_FROM_TOTALS + ACTUAL
