"""
Which plans ask for something in a month: SQL that the roll-up and the live figures have in common.

An open month asks for what the published plans ask; a closed one for ever for what those asked that were published when it was
closed. Named parts of one statement: `asked_month` (month) comes first, then one of the two `known_plan`, then
`COUNTED_PLANS`; they end in `counted` (month, plan_id, metric_id, year_starts_on).
"""

#: Every plan of the metrics asked for, and whether it is published.
PLANS_BY_NOW = """
known_plan AS (
    SELECT plan.id, plan.metric_id, plan.year_starts_on, plan.status = 'PUBLISHED' AS is_published
    FROM targets_plan plan JOIN metric ON metric.id = plan.metric_id
    WHERE plan.company_id = %(company)s
),
"""
#: The same as known at `known_before`. What was published or withdrawn since is read from the audit trail.
PLANS_BY_THEN = """
known_plan AS (
    SELECT plan.id, plan.metric_id, plan.year_starts_on,
        CASE since.action WHEN 'targets.plan.withdrawn' THEN true WHEN 'targets.plan.published' THEN false
            ELSE plan.status = 'PUBLISHED' AND plan.published_at < %(known_before)s END AS is_published
    FROM targets_plan plan
    JOIN metric ON metric.id = plan.metric_id
    LEFT JOIN LATERAL (
        SELECT entry.action FROM accounts_auditentry entry
        WHERE entry.company_id = %(company)s AND entry.about_model = 'targets.plan' AND entry.about_id = plan.id
            AND entry.action IN ('targets.plan.published', 'targets.plan.withdrawn') AND entry.at >= %(known_before)s
        ORDER BY entry.at, entry.id LIMIT 1) since ON true
    WHERE plan.company_id = %(company)s
),
"""
#: A month belongs to the first closing that holds any day of it.
COUNTED_PLANS = """
settled AS MATERIALIZED (
    SELECT asked_month.month, (
        SELECT closing.id FROM credits_closing closing
        WHERE closing.company_id = %(company)s AND closing.ends_before > asked_month.month
            AND closing.closed_at <= %(known)s::timestamptz
        ORDER BY closing.ends_before LIMIT 1) AS closing_id
    FROM asked_month
),
counted AS MATERIALIZED (
    SELECT settled.month, known_plan.id AS plan_id, known_plan.metric_id, known_plan.year_starts_on
    FROM settled
    JOIN known_plan ON CASE WHEN settled.closing_id IS NULL THEN known_plan.is_published ELSE EXISTS (
        SELECT FROM targets_closedplan held
        WHERE held.company_id = %(company)s AND held.closing_id = settled.closing_id AND held.plan_id = known_plan.id) END
),
"""
