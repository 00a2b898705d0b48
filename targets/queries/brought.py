"""
What is brought forward: the stocks that a span of days begins with, as named parts of the statements of `targets.queries.reached`.

A stock (`credits.rules.BROUGHT_FORWARD`) is what all days before a span left, and what counts inside it on top. It is read in the
tree of the day before the span; where the tree changes inside, a unit takes its stock along. Nothing is brought into a span that
begins after the day `begun_by`.
"""

from credits.queries.measures import STOCKED_IN_SQL

#: As `begun_by`: every span has begun.
ALL_BEGUN = "infinity"

#: The stocks, and which part of the ledger leaves each behind, how many times: `credits.rules.BROUGHT_FORWARD` for the database.
STOCK = """
stock(measure, part, factor) AS (VALUES ('AMOUNT_DUE', 'AMOUNT_DUE', 1), ('AMOUNT_DUE', 'COLLECTED_DUE', -1),
    ('ACTIVE_CUSTOMERS', 'ACTIVE_CUSTOMERS', 1)),
"""
#: The days of everything that stocks are left by, as `stocked`; other sources of the same shape can take its place.
STOCKED_FROM_TOTALS = f"""
stocked AS (
    SELECT day, person_id, unit_id, measure, is_overlay, amount
    FROM credits_dailytotal WHERE company_id = %(company)s AND measure IN {STOCKED_IN_SQL}
),
"""
#: The measures of the ledger that the metrics asked for need from their first day on, to be put after a condition.
IS_STOCKED = f"""measure IN {STOCKED_IN_SQL}
        AND measure IN (SELECT stock.part FROM stock JOIN metric ON stock.measure IN (metric.numerator, metric.denominator))"""
#: After `slice` and `stocked`: what each slice begins with, as `carried`, in the shape of `part`. What is brought forward goes by
#: the measure's code behind a sign until it is added to what counts inside (`BROUGHT_PARTS`).
CARRIED = """
turn AS (
    SELECT slice, tree_day, is_before, starts_on, LAG(slice) OVER in_bucket AS slice_before, LAG(tree_day) OVER in_bucket AS tree_before
    FROM slice WINDOW in_bucket AS (PARTITION BY bucket ORDER BY starts_on, NOT is_before)
),
-- Where stocks are read: before each bucket, and where the tree changes once in the old one and once in the new.
edge AS MATERIALIZED (
    SELECT slice, starts_on AS day, 1 AS sign, true AS is_brought FROM turn WHERE is_before AND starts_on <= %(begun_by)s::date
    UNION ALL
    SELECT moved.slice, turn.starts_on, moved.sign, false
    FROM turn CROSS JOIN LATERAL (VALUES (turn.slice, 1), (turn.slice_before, -1)) AS moved(slice, sign)
    WHERE turn.tree_before <> turn.tree_day AND turn.starts_on <= %(begun_by)s::date
),
edges AS MATERIALIZED (SELECT array_agg(DISTINCT day ORDER BY day) AS days FROM edge),
-- Added up between the edges first: every day is looked at once, however many spans there are.
past AS MATERIALIZED (
    SELECT stocked.person_id, stocked.unit_id, stocked.measure, stocked.is_overlay, width_bucket(stocked.day, edges.days) AS stretch,
        SUM(stocked.amount) AS amount, MAX(stocked.day) AS last_on
    FROM stocked CROSS JOIN edges
    GROUP BY stocked.person_id, stocked.unit_id, stocked.measure, stocked.is_overlay, 5
),
carried AS (
    SELECT edge.slice, past.person_id, past.unit_id, CASE WHEN edge.is_brought THEN '>' ELSE '' END || stock.measure AS measure,
        past.is_overlay, SUM(edge.sign * stock.factor * past.amount)::bigint AS amount, MAX(past.last_on) AS last_on
    FROM edge CROSS JOIN edges
    JOIN past ON past.stretch < array_position(edges.days, edge.day)
    JOIN stock ON stock.part = past.measure
    GROUP BY edge.slice, past.person_id, past.unit_id, 4, past.is_overlay
    HAVING SUM(edge.sign * stock.factor * past.amount) <> 0
),
"""
#: The rows of `carried` that are brought forward into the parts of a metric, to follow the parts themselves in `metric_part`.
BROUGHT_PARTS = """
    SELECT DISTINCT metric.id, '>' || stock.measure, stock.measure = metric.numerator, metric.denominator <> '', true
    FROM metric JOIN stock ON stock.measure IN (metric.numerator, metric.denominator)
"""
