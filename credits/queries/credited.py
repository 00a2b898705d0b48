"""
What facts credit, and to whom: the one place where deals, returns, payments, visits and tasks become rows of the ledger.

Each text below is the body of a common table expression list that ends in `credited` (the rows that a set of facts
should have posted by now) and `scope` (the facts whose earlier postings they replace). `credits.services` posts the
difference of the two, `credits.queries.reconciliation` compares them. Conventions: docs/conventions.md, "Credit".

Each credited row says which day decided its unit (`unit_day`) and which fact's unit it shares (`origin`, `origin_id`): in a
closed period the unit is the one that this fact was posted with.

- Day: a deal's closing day; a return's, a payment's and a visit's own day.
- Unit: where the person was assigned on that day. A return takes from the unit that had the sale, so that sale and full
  return leave nothing in any figure.
- Territory: the deal's; a visit's is the customer's. What has none lies where its person belonged (`credits.queries.lens`).
- Amounts are apportioned among revenue shares by largest remainder, equal remainders to the earlier share. A return posts
  the step between what was apportioned before and after it, so partial returns add up to the sale to the cent.
- Counts (deals won, closed, days to close, new customers) go whole to the lead: the largest share, the earlier of equals.
- A full return takes all counts of the deal back on its own day, also "closed": goods that came back are not a lost deal.
- A task counts on the day it is due, for its owner; in time if it was done by the end of that day, in the company's time zone.
- A day worked is a working day of the company's calendar on which somebody was assigned as a rep; it has gone by when it is over.
- What is owed falls due with the instalments of a won deal, at most what is left of it after returns: a return takes off what falls
  due last, a payment settles what fell due first, one that came early on the day that falls due.
- What a company counts by its own rules is posted beside it, under codes of its own (`credits.queries.own`).
- An active customer belongs to the latest won deal that stands and is not a year old; who lapses is taken off once the day is reached.
- A new customer belongs to the first won deal that still stands; when that is returned in full, to the next, from that day on.
"""

from credits.queries.own import OWN_OF_DEALS, OWN_OF_OTHERS, RETURNED_IN_FULL_ON, RULES

#: Revenue shares of a deal, else its owner; shared by deals and customers.
_LEAD = """
    COALESCE(
        (SELECT share.person_id FROM deals_dealshare share
         WHERE share.company_id = %(company)s AND share.deal_id = deal.id AND NOT share.is_overlay
         ORDER BY share.percent DESC, share.id LIMIT 1),
        deal.owner_id)
"""

CREDITED_BY_DEALS = (
    """
fact AS MATERIALIZED (
    SELECT deal.id, deal.status, deal.closed_on, deal.signed_on, deal.invoiced_on, deal.owner_id, deal.customer_id,
        COALESCE(deal.channel_id, customer.channel_id) AS channel_id,
        deal.territory_id, (deal.amount * 100)::bigint AS amount, (deal.cost * 100)::bigint AS cost,
        GREATEST(deal.closed_on - deal.opened_on, 0) AS days,
        EXISTS (SELECT FROM deals_dealline line WHERE line.company_id = %(company)s AND line.deal_id = deal.id) AS has_lines,
        EXISTS (SELECT FROM deals_dealshare share
                WHERE share.company_id = %(company)s AND share.deal_id = deal.id AND NOT share.is_overlay) AS is_shared
    FROM unnest(%(deals)s::bigint[]) AS given(id)
    JOIN deals_deal deal ON deal.company_id = %(company)s AND deal.id = given.id
    LEFT JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = deal.customer_id
),
sold AS MATERIALIZED (
    SELECT fact.id AS deal_id, product.line_id AS product_line_id,
        (SUM(line.amount) * 100)::bigint AS revenue, (SUM(line.amount - line.cost_amount) * 100)::bigint AS profit,
        SUM(line.quantity)::bigint AS units
    FROM fact
    JOIN deals_dealline line ON line.company_id = %(company)s AND line.deal_id = fact.id
    JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
    WHERE fact.status = 'WON'
    GROUP BY fact.id, product.line_id
    UNION ALL
    SELECT id, NULL, amount, amount - cost, 0 FROM fact WHERE status = 'WON' AND NOT has_lines
),
came_back AS MATERIALIZED (
    SELECT back.id, back.deal_id, back.returned_on, product.line_id AS product_line_id, back.quantity AS units,
        (back.amount * 100)::bigint AS revenue, ((back.amount - back.cost_amount) * 100)::bigint AS profit,
        (SUM(back.amount) OVER in_line * 100)::bigint AS revenue_so_far,
        (SUM(back.amount - back.cost_amount) OVER in_line * 100)::bigint AS profit_so_far,
        (SUM(back.quantity) OVER in_line)::bigint AS units_so_far,
        (SUM(back.quantity) OVER in_deal)::bigint AS deal_units_so_far
    FROM fact
    JOIN deals_dealreturn back ON back.company_id = %(company)s AND back.deal_id = fact.id
    JOIN deals_dealline line ON line.company_id = %(company)s AND line.id = back.line_id
    JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
    WHERE fact.status = 'WON'
    WINDOW in_line AS (PARTITION BY back.deal_id, product.line_id ORDER BY back.returned_on, back.id),
        in_deal AS (PARTITION BY back.deal_id ORDER BY back.returned_on, back.id)
),
event AS (
    SELECT fact.id AS deal_id, instalment.due_on AS day, (instalment.amount * 100)::bigint AS fell, 0::bigint AS back, 0::bigint AS paid
    FROM fact JOIN deals_instalment instalment ON instalment.company_id = %(company)s AND instalment.deal_id = fact.id
    WHERE fact.status = 'WON'
    UNION ALL
    SELECT deal_id, returned_on, 0, revenue, 0 FROM came_back
    UNION ALL
    SELECT fact.id, payment.received_on, 0, 0, (payment.amount * 100)::bigint
    FROM fact JOIN deals_payment payment ON payment.company_id = %(company)s AND payment.deal_id = fact.id
    WHERE fact.status = 'WON' AND NOT payment.is_cancelled
),
-- What has fallen due of a deal and what was collected of it, by the end of each day on which anything happened.
owed AS (
    SELECT deal_id, day, due, collected, LAG(due, 1, 0::bigint) OVER in_deal AS due_before,
        LAG(collected, 1, 0::bigint) OVER in_deal AS collected_before
    FROM (
        SELECT deal_id, day, LEAST(fallen, remaining) AS due, LEAST(paid, fallen, remaining) AS collected
        FROM (
            SELECT event.deal_id, event.day, (SUM(SUM(event.fell)) OVER in_deal)::bigint AS fallen,
                (SUM(SUM(event.paid)) OVER in_deal)::bigint AS paid,
                GREATEST(fact.amount - (SUM(SUM(event.back)) OVER in_deal)::bigint, 0) AS remaining
            FROM event JOIN fact ON fact.id = event.deal_id
            GROUP BY event.deal_id, event.day, fact.amount
            WINDOW in_deal AS (PARTITION BY event.deal_id ORDER BY event.day)
        ) so_far
    ) by_day
    WINDOW in_deal AS (PARTITION BY deal_id ORDER BY day)
),
-- Each row is apportioned by itself; what belongs to one key is added up at the end.
posting(source, source_id, deal_id, day, unit_day, product_line_id, measure, amount, is_whole) AS MATERIALIZED (
    SELECT 'DEAL', fact.id, fact.id, fact.closed_on, fact.closed_on, sold.product_line_id, part.measure, part.amount, false
    FROM fact JOIN sold ON sold.deal_id = fact.id
    CROSS JOIN LATERAL (VALUES ('REVENUE', sold.revenue), ('GROSS_PROFIT', sold.profit), ('UNITS_SOLD', sold.units))
        AS part(measure, amount)
    WHERE part.amount <> 0
    UNION ALL
    SELECT 'DEAL', fact.id, fact.id, fact.closed_on, fact.closed_on, NULL, part.measure, part.amount, true
    FROM fact CROSS JOIN LATERAL (VALUES ('DEALS_WON', 1::bigint), ('DEALS_CLOSED', 1), ('DAYS_TO_CLOSE', fact.days))
        AS part(measure, amount)
    WHERE fact.status = 'WON' AND part.amount <> 0
    UNION ALL
    SELECT 'DEAL', id, id, closed_on, closed_on, NULL, 'DEALS_CLOSED', 1, true FROM fact WHERE status = 'LOST'
    UNION ALL
    SELECT 'RETURN', came_back.id, fact.id, came_back.returned_on, fact.closed_on, sold.product_line_id, part.measure,
        level.sign * (part.sold - part.so_far + CASE WHEN level.sign < 0 THEN part.amount ELSE 0 END), false
    FROM came_back
    JOIN fact ON fact.id = came_back.deal_id
    JOIN sold ON sold.deal_id = fact.id AND sold.product_line_id IS NOT DISTINCT FROM came_back.product_line_id
    CROSS JOIN LATERAL (VALUES
        ('REVENUE', sold.revenue, came_back.revenue, came_back.revenue_so_far),
        ('GROSS_PROFIT', sold.profit, came_back.profit, came_back.profit_so_far),
        ('UNITS_SOLD', sold.units, came_back.units, came_back.units_so_far)) AS part(measure, sold, amount, so_far)
    CROSS JOIN (VALUES (-1), (1)) AS level(sign)
    UNION ALL
    SELECT 'RETURN', came_back.id, fact.id, came_back.returned_on, fact.closed_on, NULL, part.measure, -part.amount, true
    FROM came_back
    JOIN fact ON fact.id = came_back.deal_id
    JOIN (SELECT deal_id, SUM(units) AS units FROM sold GROUP BY deal_id) whole ON whole.deal_id = fact.id
    CROSS JOIN LATERAL (VALUES ('DEALS_WON', 1::bigint), ('DEALS_CLOSED', 1), ('DAYS_TO_CLOSE', fact.days))
        AS part(measure, amount)
    WHERE came_back.deal_units_so_far >= whole.units AND came_back.deal_units_so_far - came_back.units < whole.units
    UNION ALL
    SELECT 'PAYMENT', payment.id, fact.id, payment.received_on, payment.received_on, NULL, 'CASH_COLLECTED',
        (payment.amount * 100)::bigint, false
    FROM fact JOIN deals_payment payment ON payment.company_id = %(company)s AND payment.deal_id = fact.id
    WHERE NOT payment.is_cancelled
    UNION ALL
    SELECT 'RECEIVABLE', fact.id, fact.id, owed.day, fact.closed_on, NULL, part.measure, level.sign * level.amount, false
    FROM owed
    JOIN fact ON fact.id = owed.deal_id
    CROSS JOIN LATERAL (VALUES ('AMOUNT_DUE', owed.due, owed.due_before), ('COLLECTED_DUE', owed.collected, owed.collected_before))
        AS part(measure, by_then, before)
    CROSS JOIN LATERAL (VALUES (1, part.by_then), (-1, part.before)) AS level(sign, amount)
    WHERE part.by_then <> part.before AND level.amount <> 0
),
among AS MATERIALIZED (
    SELECT posting.*, row_number() OVER () AS number
    FROM posting JOIN fact ON fact.id = posting.deal_id AND fact.is_shared
),
shared AS (
    SELECT among.*, share.person_id, share.id AS share_id, weight.own, weight.total,
        -- |amount| × own ÷ total without leaving bigint.
        abs(among.amount) / weight.total * weight.own + abs(among.amount) %% weight.total * weight.own / weight.total AS base,
        abs(among.amount) %% weight.total * weight.own %% weight.total AS remainder,
        row_number() OVER (PARTITION BY among.number ORDER BY share.percent DESC, share.id) AS lead
    FROM among
    JOIN deals_dealshare share ON share.company_id = %(company)s AND share.deal_id = among.deal_id AND NOT share.is_overlay
    CROSS JOIN LATERAL (
        SELECT (share.percent * 100)::bigint AS own, (SUM(every.percent) * 100)::bigint AS total
        FROM deals_dealshare every
        WHERE every.company_id = %(company)s AND every.deal_id = among.deal_id AND NOT every.is_overlay) weight
),
held AS (
    SELECT posting.source, posting.source_id, posting.deal_id, posting.day, posting.unit_day, posting.product_line_id,
        posting.measure, posting.amount, fact.owner_id AS person_id, false AS is_overlay
    FROM posting JOIN fact ON fact.id = posting.deal_id AND NOT fact.is_shared
    UNION ALL
    SELECT source, source_id, deal_id, day, unit_day, product_line_id, measure,
        CASE WHEN is_whole THEN CASE WHEN lead = 1 THEN amount ELSE 0 END
        ELSE sign(amount)::bigint * (base + CASE WHEN place <= left_over THEN 1 ELSE 0 END) END,
        person_id, false
    FROM (
        SELECT shared.*, row_number() OVER (PARTITION BY number ORDER BY remainder DESC, share_id) AS place,
            abs(amount) - SUM(base) OVER (PARTITION BY number) AS left_over
        FROM shared) ordered
    UNION ALL
    SELECT posting.source, posting.source_id, posting.deal_id, posting.day, posting.unit_day, posting.product_line_id,
        posting.measure, round(posting.amount * share.percent / 100)::bigint, share.person_id, true
    FROM posting
    JOIN deals_dealshare share ON share.company_id = %(company)s AND share.deal_id = posting.deal_id AND share.is_overlay
),
"""
    + OWN_OF_DEALS
    + """
counted AS (
    SELECT source, source_id, deal_id, day, unit_day, product_line_id, measure, amount, person_id, is_overlay, NULL::int AS version
    FROM held
    UNION ALL
    SELECT source, source_id, deal_id, day, unit_day, product_line_id, measure, amount, person_id, is_overlay, version FROM own
),
credited AS (
    SELECT counted.source, counted.source_id, counted.person_id, place.unit_id, counted.day, counted.measure, counted.product_line_id,
        fact.channel_id, fact.territory_id, counted.amount, counted.is_overlay, counted.unit_day,
        CASE WHEN counted.source = 'PAYMENT' THEN 'PAYMENT' ELSE 'DEAL' END AS origin,
        CASE WHEN counted.source = 'PAYMENT' THEN counted.source_id ELSE counted.deal_id END AS origin_id, counted.version
    FROM counted
    JOIN fact ON fact.id = counted.deal_id
    LEFT JOIN teams_assignment place ON place.company_id = %(company)s AND place.person_id = counted.person_id
        AND place.starts_on <= counted.unit_day AND (place.ends_before IS NULL OR place.ends_before > counted.unit_day)
),
scope AS (
    SELECT kind.source, given.id
    FROM unnest(%(deals)s::bigint[]) AS given(id) CROSS JOIN (VALUES ('DEAL'), ('RECEIVABLE')) AS kind(source)
    UNION
    SELECT 'RETURN', back.id FROM deals_dealreturn back
    JOIN unnest(%(deals)s::bigint[]) AS given(id) ON back.deal_id = given.id WHERE back.company_id = %(company)s
    UNION
    SELECT 'PAYMENT', payment.id FROM deals_payment payment
    JOIN unnest(%(deals)s::bigint[]) AS given(id) ON payment.deal_id = given.id WHERE payment.company_id = %(company)s
)
"""
)
OF_DEALS = RULES + CREDITED_BY_DEALS

CREDITED_BY_CUSTOMERS = (
    """
won AS MATERIALIZED (
    SELECT deal.id, deal.customer_id, deal.closed_on, COALESCE(deal.channel_id, customer.channel_id) AS channel_id,
        deal.territory_id, """
    + _LEAD
    + """ AS person_id, COALESCE("""
    + RETURNED_IN_FULL_ON
    + """, 'infinity'::date) AS ends_on
    FROM unnest(%(customers)s::bigint[]) AS given(id)
    JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = given.id
    JOIN deals_deal deal ON deal.company_id = %(company)s AND deal.customer_id = customer.id AND deal.status = 'WON'
),
bearing AS (
    SELECT won.*, GREATEST(closed_on, MAX(ends_on) OVER (
        PARTITION BY customer_id ORDER BY closed_on, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS begins_on
    FROM won
),
reached AS (SELECT COALESCE(MAX(day), '-infinity'::date) AS day FROM credits_dayreached WHERE company_id = %(company)s),
-- Won deals until they came back in full or a year has passed: as far as a year has passed that the ledger knows of.
standing AS MATERIALIZED (
    SELECT won.*, LEAST(won.ends_on, CASE WHEN lapse.day <= reached.day THEN lapse.day END) AS stands_until,
        LEAD(won.closed_on, 1, 'infinity'::date) OVER (PARTITION BY won.customer_id ORDER BY won.closed_on, won.id) AS next_on
    FROM won
    CROSS JOIN reached
    CROSS JOIN LATERAL (SELECT (won.closed_on + interval '12 months')::date AS day) lapse
    WHERE won.ends_on > won.closed_on
),
-- A customer is held by the latest of them; where that one came back before the next, by the latest that still stands.
hold AS (
    SELECT id, customer_id, person_id, channel_id, territory_id, closed_on, closed_on AS since, LEAST(stands_until, next_on) AS until
    FROM standing
    UNION ALL
    SELECT earlier.id, earlier.customer_id, earlier.person_id, earlier.channel_id, earlier.territory_id, earlier.closed_on,
        gap.since, LEAST(gap.until, earlier.stands_until)
    FROM standing
    CROSS JOIN LATERAL (
        SELECT day AS since, LEAD(day, 1, standing.next_on) OVER (ORDER BY day) AS until
        FROM (
            SELECT standing.stands_until AS day
            UNION
            SELECT other.stands_until FROM standing other
            WHERE other.customer_id = standing.customer_id AND (other.closed_on, other.id) < (standing.closed_on, standing.id)
                AND other.stands_until > standing.stands_until AND other.stands_until < standing.next_on
        ) turn
    ) gap
    CROSS JOIN LATERAL (
        SELECT other.* FROM standing other
        WHERE other.customer_id = standing.customer_id AND (other.closed_on, other.id) < (standing.closed_on, standing.id)
            AND other.stands_until > gap.since
        ORDER BY other.closed_on DESC, other.id DESC LIMIT 1
    ) earlier
    WHERE standing.stands_until = standing.ends_on AND standing.ends_on < standing.next_on
),
plain AS (
    SELECT 'CUSTOMER' AS source, hold.customer_id AS source_id, hold.person_id, place.unit_id, step.day,
        'ACTIVE_CUSTOMERS' AS measure, NULL::bigint AS product_line_id, hold.channel_id, hold.territory_id, step.amount,
        false AS is_overlay, hold.closed_on AS unit_day, 'DEAL' AS origin, hold.id AS origin_id
    FROM hold
    CROSS JOIN LATERAL (VALUES (hold.since, 1::bigint), (hold.until, -1)) AS step(day, amount)
    LEFT JOIN teams_assignment place ON place.company_id = %(company)s AND place.person_id = hold.person_id
        AND place.starts_on <= hold.closed_on AND (place.ends_before IS NULL OR place.ends_before > hold.closed_on)
    WHERE hold.since < hold.until AND step.day < 'infinity'::date
    UNION ALL
    SELECT 'CUSTOMER' AS source, bearing.customer_id AS source_id, bearing.person_id, place.unit_id, step.day,
        'NEW_CUSTOMERS' AS measure, NULL::bigint AS product_line_id, bearing.channel_id,
        bearing.territory_id, step.amount, false AS is_overlay,
        bearing.closed_on AS unit_day, 'DEAL' AS origin, bearing.id AS origin_id
    FROM bearing
    CROSS JOIN LATERAL (VALUES (begins_on, 1::bigint), (ends_on, -1)) AS step(day, amount)
    LEFT JOIN teams_assignment place ON place.company_id = %(company)s AND place.person_id = bearing.person_id
        AND place.starts_on <= bearing.closed_on AND (place.ends_before IS NULL OR place.ends_before > bearing.closed_on)
    WHERE bearing.begins_on < bearing.ends_on AND step.day < 'infinity'::date
),
"""
    + OWN_OF_OTHERS
    + """
scope AS (SELECT 'CUSTOMER' AS source, id FROM unnest(%(customers)s::bigint[]) AS given(id))
"""
)
OF_CUSTOMERS = RULES + CREDITED_BY_CUSTOMERS

CREDITED_BY_VISITS = (
    """
plain AS (
    SELECT 'VISIT' AS source, visit.id AS source_id, visit.person_id, place.unit_id, visit.visited_on AS day,
        'VISITS' AS measure, NULL::bigint AS product_line_id, customer.channel_id,
        customer.territory_id, 1::bigint AS amount, false AS is_overlay,
        visit.visited_on AS unit_day, 'VISIT' AS origin, visit.id AS origin_id
    FROM unnest(%(visits)s::bigint[]) AS given(id)
    JOIN visits_visit visit ON visit.company_id = %(company)s AND visit.id = given.id AND visit.is_valid
    JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = visit.customer_id
    LEFT JOIN teams_assignment place ON place.company_id = %(company)s AND place.person_id = visit.person_id
        AND place.starts_on <= visit.visited_on AND (place.ends_before IS NULL OR place.ends_before > visit.visited_on)
),
"""
    + OWN_OF_OTHERS
    + """
scope AS (SELECT 'VISIT' AS source, id FROM unnest(%(visits)s::bigint[]) AS given(id))
"""
)
OF_VISITS = RULES + CREDITED_BY_VISITS

CREDITED_BY_TASKS = (
    """
plain AS (
    SELECT 'TASK' AS source, task.id AS source_id, task.owner_id AS person_id, place.unit_id, task.due_on AS day,
        part.measure, NULL::bigint AS product_line_id, NULL::bigint AS channel_id,
        NULL::bigint AS territory_id, 1::bigint AS amount, false AS is_overlay,
        task.due_on AS unit_day, 'TASK' AS origin, task.id AS origin_id
    FROM unnest(%(tasks)s::bigint[]) AS given(id)
    JOIN teams_task task ON task.company_id = %(company)s AND task.id = given.id AND task.status <> 'CANCELLED'
    JOIN accounts_company company ON company.id = %(company)s
    CROSS JOIN LATERAL (VALUES ('TASKS_DUE', true),
        ('TASKS_IN_TIME', (task.done_at AT TIME ZONE company.time_zone)::date <= task.due_on)) AS part(measure, counts)
    LEFT JOIN teams_assignment place ON place.company_id = %(company)s AND place.person_id = task.owner_id
        AND place.starts_on <= task.due_on AND (place.ends_before IS NULL OR place.ends_before > task.due_on)
    WHERE part.counts
),
"""
    + OWN_OF_OTHERS
    + """
scope AS (SELECT 'TASK' AS source, id FROM unnest(%(tasks)s::bigint[]) AS given(id))
"""
)
OF_TASKS = RULES + CREDITED_BY_TASKS

CREDITED_BY_DAYS = (
    """
plain AS (
    SELECT 'WORK_DAY' AS source, given.id AS source_id, place.person_id, place.unit_id, worked.day,
        'DAYS_WORKED' AS measure, NULL::bigint AS product_line_id, NULL::bigint AS channel_id,
        NULL::bigint AS territory_id, 1::bigint AS amount, false AS is_overlay,
        worked.day AS unit_day, 'WORK_DAY' AS origin, given.id AS origin_id
    FROM unnest(%(work_days)s::bigint[]) AS given(id)
    JOIN unnest(%(worked)s::date[]) AS worked(day) ON worked.day = date '1990-01-01' + (given.id %% 100000)::int
    JOIN teams_assignment place ON place.company_id = %(company)s AND place.person_id = given.id / 100000
        AND place.role = 'REP' AND place.starts_on <= worked.day
        AND (place.ends_before IS NULL OR place.ends_before > worked.day)
),
"""
    + OWN_OF_OTHERS
    + """
scope AS (SELECT 'WORK_DAY' AS source, id FROM unnest(%(work_days)s::bigint[]) AS given(id))
"""
)
OF_DAYS = RULES + CREDITED_BY_DAYS
