"""What the company's own rules should count, from the facts in the plainest way: the other side of `credits.queries.own`."""

OWN_FACTS = """
WITH rule AS (
    SELECT code, measure, dated_by, role, customers, product_line_ids, channel_ids, starts_on,
        (SELECT MIN(later.starts_on) FROM credits_ownmeasure later
         WHERE later.company_id = %(company)s AND later.code = own.code AND later.starts_on > own.starts_on) AS next_on
    FROM credits_ownmeasure own WHERE company_id = %(company)s
),
back AS (
    SELECT deal_id, line_id, SUM(amount) AS amount, SUM(cost_amount) AS cost, SUM(quantity) AS units, MAX(returned_on) AS last_on
    FROM deals_dealreturn WHERE company_id = %(company)s GROUP BY deal_id, line_id
),
net AS (
    SELECT line.deal_id, product.line_id AS product_line_id, line.amount - COALESCE(back.amount, 0) AS revenue,
        line.cost_amount - COALESCE(back.cost, 0) AS cost, line.quantity - COALESCE(back.units, 0) AS units, back.last_on
    FROM deals_dealline line
    JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
    LEFT JOIN back ON back.line_id = line.id
    WHERE line.company_id = %(company)s
    UNION ALL
    SELECT id, NULL, amount, cost, 0, NULL FROM deals_deal deal
    WHERE company_id = %(company)s
        AND NOT EXISTS (SELECT FROM deals_dealline line WHERE line.company_id = %(company)s AND line.deal_id = deal.id)
),
whole AS (
    SELECT deal_id, SUM(revenue) AS revenue, COALESCE(SUM(units) = 0 AND bool_and(last_on IS NOT NULL), false) AS is_gone,
        MAX(last_on) AS last_on, array_agg(product_line_id) AS product_lines
    FROM net GROUP BY deal_id
),
deal AS (
    SELECT deal.id, deal.status, deal.customer_id, deal.closed_on, deal.signed_on, deal.invoiced_on,
        COALESCE(deal.channel_id, customer.channel_id) AS channel_id, GREATEST(deal.closed_on - deal.opened_on, 0) AS days,
        whole.is_gone, whole.product_lines,
        -- Until when the customer's earlier won deals stand: whoever still has one when this one closes is coming back.
        MAX(CASE WHEN whole.is_gone THEN whole.last_on ELSE 'infinity' END) FILTER (WHERE deal.status = 'WON') OVER (
            PARTITION BY deal.customer_id ORDER BY deal.closed_on, deal.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) > deal.closed_on AS is_returning,
        (SELECT MIN(payment.received_on) FROM deals_payment payment
         WHERE payment.company_id = %(company)s AND payment.deal_id = deal.id AND NOT payment.is_cancelled
            AND whole.revenue <= (
                SELECT SUM(until_then.amount) FROM deals_payment until_then
                WHERE until_then.company_id = %(company)s AND until_then.deal_id = deal.id AND NOT until_then.is_cancelled
                    AND until_then.received_on <= payment.received_on)) AS paid_on
    FROM deals_deal deal
    JOIN whole ON whole.deal_id = deal.id
    LEFT JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = deal.customer_id
    WHERE deal.company_id = %(company)s AND deal.status IN ('WON', 'LOST')
),
dated AS (
    SELECT rule.code, rule.measure, rule.product_line_ids, deal.*
    FROM rule JOIN deal ON rule.role <> 'OVERLAY' AND (rule.channel_ids IS NULL OR deal.channel_id = ANY(rule.channel_ids))
    WHERE CASE rule.dated_by WHEN 'WON' THEN deal.closed_on WHEN 'SIGNED' THEN deal.signed_on
            WHEN 'INVOICED' THEN deal.invoiced_on ELSE deal.paid_on END >= rule.starts_on
        AND (rule.next_on IS NULL OR CASE rule.dated_by WHEN 'WON' THEN deal.closed_on WHEN 'SIGNED' THEN deal.signed_on
            WHEN 'INVOICED' THEN deal.invoiced_on ELSE deal.paid_on END < rule.next_on)
        AND (rule.customers = 'ALL'
            OR deal.customer_id IS NOT NULL AND (rule.customers = 'RETURNING') = COALESCE(deal.is_returning, false))
),
own_day AS (
    SELECT 'VISITS' AS measure, visit.visited_on AS day, customer.channel_id, 1 AS amount
    FROM visits_visit visit
    JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = visit.customer_id
    WHERE visit.company_id = %(company)s AND visit.is_valid
    UNION ALL
    SELECT 'COMPLAINTS', complaint.raised_on, customer.channel_id, complaint.weight
    FROM customers_complaint complaint
    JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = complaint.customer_id
    WHERE complaint.company_id = %(company)s AND complaint.status <> 'CANCELLED'
    UNION ALL
    SELECT 'TASKS_DUE', due_on, NULL, 1 FROM teams_task WHERE company_id = %(company)s AND status <> 'CANCELLED'
    UNION ALL
    SELECT 'TASKS_IN_TIME', task.due_on, NULL, 1
    FROM teams_task task JOIN accounts_company company ON company.id = task.company_id
    WHERE task.company_id = %(company)s AND task.status = 'DONE'
        AND task.done_at < (task.due_on + 1)::timestamp AT TIME ZONE company.time_zone
    UNION ALL
    SELECT 'CASH_COLLECTED', payment.received_on, COALESCE(deal.channel_id, customer.channel_id), payment.amount * 100
    FROM deals_payment payment
    JOIN deals_deal deal ON deal.company_id = %(company)s AND deal.id = payment.deal_id
    LEFT JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = deal.customer_id
    WHERE payment.company_id = %(company)s AND NOT payment.is_cancelled
    UNION ALL
    SELECT 'NEW_CUSTOMERS', closed_on, channel_id, 1
    FROM (SELECT DISTINCT ON (customer_id) closed_on, channel_id FROM deal
          WHERE status = 'WON' AND NOT is_gone AND customer_id IS NOT NULL ORDER BY customer_id, closed_on, id) first_standing
),
counted AS (
    SELECT dated.code, CASE dated.measure WHEN 'REVENUE' THEN net.revenue * 100 WHEN 'GROSS_PROFIT' THEN (net.revenue - net.cost) * 100
        ELSE net.units END AS amount
    FROM dated JOIN net ON net.deal_id = dated.id
    WHERE dated.status = 'WON' AND dated.measure IN ('REVENUE', 'GROSS_PROFIT', 'UNITS_SOLD')
        AND (dated.product_line_ids IS NULL OR net.product_line_id = ANY(dated.product_line_ids))
    UNION ALL
    SELECT code, CASE measure WHEN 'DAYS_TO_CLOSE' THEN days ELSE 1 END
    FROM dated
    WHERE measure IN ('DEALS_WON', 'DEALS_CLOSED', 'DAYS_TO_CLOSE') AND NOT is_gone
        AND (status = 'WON' OR measure = 'DEALS_CLOSED')
        AND (product_line_ids IS NULL OR product_line_ids && product_lines)
    UNION ALL
    SELECT rule.code, own_day.amount
    FROM rule JOIN own_day ON own_day.measure = rule.measure AND own_day.day >= rule.starts_on
        AND (rule.next_on IS NULL OR own_day.day < rule.next_on)
        AND (rule.channel_ids IS NULL OR own_day.channel_id = ANY(rule.channel_ids))
    WHERE rule.role <> 'OVERLAY'
)
SELECT code, SUM(amount)::bigint FROM counted GROUP BY code
"""
