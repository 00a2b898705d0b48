"""
How long a customer has been one on the day of what is paid for: since the first order of theirs that stood on that day.

Texts of SQL about a `fact` with its `customer_id`, its `day` and the day `closed_on` of its own order, which always counts as one.
"""

from credits.queries.own import RETURNED_IN_FULL_ON

#: What the ledger knew at a moment of when the orders of a customer were won that stood on the day: they and what had come back of them.
_FIRST_KNOWN_THEN = """(SELECT MIN(standing.day) FROM (
    SELECT daily.deal_id, MIN(daily.day) FILTER (WHERE daily.won > 0) AS day FROM (
        SELECT deal.id AS deal_id, won.day, SUM(won.amount) FILTER (WHERE won.source = 'DEAL') AS won, SUM(won.amount) AS stands
        FROM deals_deal deal
        JOIN credits_credit won ON won.company_id = %(company)s AND won.measure = 'DEALS_WON' AND NOT won.is_overlay
            AND won.recorded_at <= %(known_at)s AND won.day <= fact.day
            AND (won.source = 'DEAL' AND won.source_id = deal.id
                OR won.source = 'RETURN' AND won.source_id IN (
                    SELECT back.id FROM deals_dealreturn back WHERE back.company_id = %(company)s AND back.deal_id = deal.id))
        WHERE deal.company_id = %(company)s AND deal.customer_id = fact.customer_id
        GROUP BY 1, 2) daily
    GROUP BY 1 HAVING SUM(daily.stands) > 0) standing)"""
_FIRST_AS_IT_IS = f"""(SELECT MIN(deal.closed_on) FROM deals_deal deal
    WHERE deal.company_id = %(company)s AND deal.customer_id = fact.customer_id AND deal.status = 'WON'
        AND deal.closed_on <= fact.day AND COALESCE({RETURNED_IN_FULL_ON}, 'infinity'::date) > fact.day)"""
#: The day of the first order that stood.
FIRST_ORDER_ON = f"""LEAST(fact.closed_on, CASE WHEN %(known_at)s::timestamptz IS NULL THEN {_FIRST_AS_IT_IS}
    ELSE {_FIRST_KNOWN_THEN} END)"""
_MONTHS = """((EXTRACT(YEAR FROM fact.day) - EXTRACT(YEAR FROM first.day)) * 12
    + EXTRACT(MONTH FROM fact.day) - EXTRACT(MONTH FROM first.day))::int"""
#: The whole months from the day of a `first` order to the fact's, as `teams.rules.months_of_service`: 0 where the fact is the earlier one.
MONTHS_SINCE_FIRST = f"GREATEST({_MONTHS} - ((first.day + make_interval(months => {_MONTHS}))::date > fact.day)::int, 0)"
