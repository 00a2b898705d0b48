"""
What a company counts by its own rules, worked out of what facts credit anyway (`credits.queries.credited`).

A rule counts a deal by one of its days – won, signed, invoiced, paid in full – and holds from its first day until the next
version of the same code begins. Which version counts a deal is decided by that day, for its returns too: so a sale and its full
return leave nothing, whatever rule came between. A return stands on its own day, or on the deal's if that is later.

- Product lines narrow amounts and quantities to those lines; a deal as a whole counts if it contains one of them.
- A customer is new on a deal if no earlier won deal of theirs stood on the day it was won.
- Paid in full: the day on which payments reached the deal's amount less everything that came back.
- The lead: the largest share, the earlier of equals, else the owner.
"""

#: Day on which the last piece of a deal came back, or NULL.
RETURNED_IN_FULL_ON = """
    (SELECT MIN(step.returned_on) FROM (
        SELECT back.returned_on, SUM(back.quantity) OVER (ORDER BY back.returned_on, back.id) AS so_far
        FROM deals_dealreturn back WHERE back.company_id = %(company)s AND back.deal_id = deal.id) step
     WHERE step.so_far >= (
        SELECT SUM(line.quantity) FROM deals_dealline line WHERE line.company_id = %(company)s AND line.deal_id = deal.id))
"""

#: A metric's versions follow one another by their days, and so are they numbered.
_UNTIL_THE_NEXT = """COALESCE(LEAD(starts_on) OVER (PARTITION BY code ORDER BY starts_on), 'infinity'::date) AS ends_before,
        (row_number() OVER (PARTITION BY code ORDER BY starts_on))::int AS version"""

#: The rules in force: the beginning of every list of expressions that posts.
RULES = f"""
rule AS MATERIALIZED (
    SELECT code, measure, dated_by, role, customers, product_line_ids, channel_ids, starts_on, {_UNTIL_THE_NEXT}
    FROM credits_ownmeasure WHERE company_id = %(company)s
),
"""

#: Rules that are only being thought about, in the place of those in force.
RULES_GIVEN = f"""
rule AS MATERIALIZED (
    SELECT code, measure, dated_by, role, customers, product_line_ids, channel_ids, starts_on, {_UNTIL_THE_NEXT}
    FROM jsonb_to_recordset(%(rules)s::jsonb) AS given(code text, measure text, dated_by text, role text, customers text,
        product_line_ids bigint[], channel_ids bigint[], starts_on date)
),
"""

#: Follows `fact`, `posting` and `held` of deals; ends in `own`. Costs nothing where there is no rule.
OWN_OF_DEALS = (
    """
told_by AS MATERIALIZED (
    SELECT fact.id AS deal_id, fact.closed_on, fact.signed_on, fact.invoiced_on, fact.channel_id,
        CASE WHEN EXISTS (SELECT FROM rule WHERE dated_by = 'PAID') THEN (
            SELECT MIN(step.received_on) FROM (
                SELECT payment.received_on, SUM(payment.amount) OVER (ORDER BY payment.received_on, payment.id) AS so_far
                FROM deals_payment payment
                WHERE payment.company_id = %(company)s AND payment.deal_id = fact.id AND NOT payment.is_cancelled) step
            WHERE step.so_far * 100 >= fact.amount - COALESCE((
                SELECT SUM(back.amount) * 100 FROM deals_dealreturn back
                WHERE back.company_id = %(company)s AND back.deal_id = fact.id), 0))
        END AS paid_on,
        CASE WHEN fact.customer_id IS NOT NULL AND EXISTS (SELECT FROM rule WHERE customers <> 'ALL') THEN NOT EXISTS (
            SELECT FROM deals_deal deal
            WHERE deal.company_id = %(company)s AND deal.customer_id = fact.customer_id AND deal.status = 'WON'
                AND (deal.closed_on, deal.id) < (fact.closed_on, fact.id)
                AND COALESCE("""
    + RETURNED_IN_FULL_ON
    + """, 'infinity'::date) > fact.closed_on)
        END AS is_first,
        COALESCE(
            (SELECT share.person_id FROM deals_dealshare share
             WHERE share.company_id = %(company)s AND share.deal_id = fact.id AND NOT share.is_overlay
             ORDER BY share.percent DESC, share.id LIMIT 1),
            fact.owner_id) AS lead_id
    FROM fact WHERE EXISTS (SELECT FROM rule)
),
in_role AS (
    SELECT held.source, held.source_id, held.deal_id, held.day, held.product_line_id, held.measure, held.amount,
        held.person_id, held.is_overlay, false AS is_whole
    FROM held WHERE EXISTS (SELECT FROM rule)
    UNION ALL
    SELECT posting.source, posting.source_id, posting.deal_id, posting.day, posting.product_line_id, posting.measure,
        posting.amount, told_by.lead_id, false, true
    FROM posting JOIN told_by ON told_by.deal_id = posting.deal_id
    WHERE EXISTS (SELECT FROM rule WHERE role = 'LEAD')
),
own AS (
    SELECT in_role.source, in_role.source_id, in_role.deal_id,
        CASE in_role.source WHEN 'RETURN' THEN GREATEST(in_role.day, told.day) ELSE told.day END AS day, told.day AS unit_day,
        in_role.product_line_id, rule.code AS measure, in_role.amount, in_role.person_id, in_role.is_overlay,
        rule.version
    FROM in_role
    JOIN told_by ON told_by.deal_id = in_role.deal_id
    JOIN rule ON rule.measure = in_role.measure AND (rule.role = 'LEAD') = in_role.is_whole
        AND (rule.role IN ('LEAD', 'BOTH') OR (rule.role = 'OVERLAY') = in_role.is_overlay)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN in_role.source = 'PAYMENT' THEN in_role.day
            WHEN rule.dated_by = 'WON' THEN told_by.closed_on
            WHEN rule.dated_by = 'SIGNED' THEN told_by.signed_on
            WHEN rule.dated_by = 'INVOICED' THEN told_by.invoiced_on
            ELSE told_by.paid_on END AS day) told
    WHERE told.day >= rule.starts_on AND told.day < rule.ends_before
        AND (rule.channel_ids IS NULL OR told_by.channel_id = ANY(rule.channel_ids))
        AND (rule.customers = 'ALL' OR told_by.is_first = (rule.customers = 'NEW'))
        AND (rule.product_line_ids IS NULL OR in_role.product_line_id = ANY(rule.product_line_ids)
            OR rule.measure IN ('DEALS_WON', 'DEALS_CLOSED', 'DAYS_TO_CLOSE') AND EXISTS (
                SELECT FROM deals_dealline line
                JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
                WHERE line.company_id = %(company)s AND line.deal_id = in_role.deal_id
                    AND product.line_id = ANY(rule.product_line_ids)))
),
"""
)

#: Follows `plain`, what visits, customers or tasks credit; ends in `credited`.
OWN_OF_OTHERS = """
credited AS (
    SELECT source, source_id, person_id, unit_id, day, measure, product_line_id, channel_id, territory_id, amount,
        is_overlay, unit_day, origin, origin_id, NULL::int AS version
    FROM plain
    UNION ALL
    SELECT plain.source, plain.source_id, plain.person_id, plain.unit_id, plain.day, rule.code, plain.product_line_id,
        plain.channel_id, plain.territory_id, plain.amount, plain.is_overlay, plain.unit_day, plain.origin, plain.origin_id,
        rule.version
    FROM plain
    JOIN rule ON rule.measure = plain.measure AND plain.unit_day >= rule.starts_on AND plain.unit_day < rule.ends_before
        AND (rule.channel_ids IS NULL OR plain.channel_id = ANY(rule.channel_ids))
),
"""
