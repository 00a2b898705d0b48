"""
Credits summed in the database: the texts of `incentives.queries.bases`.

What came back in a span of something that was counted in an earlier one is left out of what is read with its deals, and taken off
afterwards of what is not.
"""

from credits.queries.own import RETURNED_IN_FULL_ON
from credits.queries.recounting import SETTLED_CREDIT
from incentives.queries.customer_age import FIRST_ORDER_ON, MONTHS_SINCE_FIRST

_REACH = """
reach AS MATERIALIZED (
    SELECT * FROM unnest(%(slots)s::int[], %(people)s::bigint[], %(units)s::bigint[], %(since)s::date[], %(until)s::date[],
        %(spans)s::date[], %(only)s::bigint[]) AS given(slot, person_id, unit_id, since, until, span_starts_on, only_id)
)
"""
#: Which credits a reach has. Of units an order's shares count once each, overlay never.
_COUNTS = f"""
    credit.company_id = %(company)s AND credit.counts_on >= %(first)s AND credit.counts_on < %(last)s
    AND credit.counts_on >= reach.since AND credit.counts_on < reach.until
    AND (reach.only_id IS NULL OR credit.id = reach.only_id)
    AND (%(known_at)s::timestamptz IS NULL OR credit.recorded_at <= %(known_at)s) {SETTLED_CREDIT}
"""
_OF_PERSON = "credit.person_id = reach.person_id"
_OF_UNIT = """credit.unit_id = reach.unit_id AND NOT credit.is_overlay
    AND (%(with_self)s OR credit.person_id IS DISTINCT FROM reach.person_id)"""
#: The deal of a credit's fact, as one value.
DEAL_OF = """CASE credit.source WHEN 'DEAL' THEN credit.source_id
    WHEN 'RETURN' THEN (SELECT back.deal_id FROM deals_dealreturn back WHERE back.company_id = %(company)s AND back.id = credit.source_id)
    WHEN 'PAYMENT' THEN (SELECT payment.deal_id FROM deals_payment payment
        WHERE payment.company_id = %(company)s AND payment.id = credit.source_id) END"""
#: On which day what a credit takes from was counted first for whom it takes from, or for the unit: a return's sale, and what a fact
#: that shrank had been. A deal that changed hands after its month was closed counts first, for who has it now, when they got it.
FIRST_COUNTED = """(SELECT COALESCE(MIN(first.counts_on) FILTER (WHERE first.is_overlay = credit.is_overlay AND CASE
        WHEN reach.unit_id IS NULL THEN first.person_id = credit.person_id ELSE first.unit_id = credit.unit_id END),
        MIN(first.counts_on))
    FROM credits_credit first
    WHERE first.company_id = %(company)s AND first.measure = credit.measure
        AND (%(known_at)s::timestamptz IS NULL OR first.recorded_at <= %(known_at)s)
        AND first.source = CASE credit.source WHEN 'RETURN' THEN 'DEAL' ELSE credit.source END
        AND first.source_id = CASE credit.source WHEN 'RETURN' THEN (
            SELECT back.deal_id FROM deals_dealreturn back
            WHERE back.company_id = %(company)s AND back.id = credit.source_id) ELSE credit.source_id END)"""
#: Of a return also what undoes it, once its sale is somebody else's or none any more: that is no sale of the day.
_MAY_BE_BACK = "(credit.source = 'RETURN' OR credit.amount < 0 AND credit.source IN ('DEAL', 'PAYMENT'))"
#: What was not counted first on a day of the same slot: it was counted in an earlier span, or for another plan.
IS_TAKEN_BACK = f"""{_MAY_BE_BACK} AND NOT EXISTS (
    SELECT FROM reach there CROSS JOIN LATERAL (SELECT {FIRST_COUNTED} AS day) counted_first
    WHERE there.slot = reach.slot AND there.unit_id IS NOT DISTINCT FROM reach.unit_id AND there.only_id IS NULL
        AND counted_first.day >= there.since AND counted_first.day < there.until)"""
#: What was known at a moment of an earlier deal: how often it counts as won, less what had come back in full by the day.
_STOOD_THEN = """(SELECT SUM(won.amount) FROM credits_credit won
    WHERE won.company_id = %(company)s AND won.measure = 'DEALS_WON' AND NOT won.is_overlay AND won.recorded_at <= %(known_at)s
        AND (won.source = 'DEAL' AND won.source_id = deal.id AND (won.day, deal.id) < (sold.closed_on, sold.id)
            OR won.source = 'RETURN' AND won.day <= sold.closed_on AND won.source_id IN (
                SELECT back.id FROM deals_dealreturn back WHERE back.company_id = %(company)s AND back.deal_id = deal.id))) > 0"""
#: Whether a deal is of a new customer: no earlier won deal of theirs stood on the day it was won; NULL without a customer.
_IS_NEW = f"""CASE WHEN sold.customer_id IS NOT NULL THEN NOT EXISTS (
    SELECT FROM deals_deal deal
    WHERE deal.company_id = %(company)s AND deal.customer_id = sold.customer_id AND deal.id <> sold.id
        AND CASE WHEN %(known_at)s::timestamptz IS NOT NULL THEN {_STOOD_THEN}
            ELSE deal.status = 'WON' AND (deal.closed_on, deal.id) < (sold.closed_on, sold.id)
                AND COALESCE({RETURNED_IN_FULL_ON}, 'infinity'::date) > sold.closed_on END) END"""

_SUM_UP = """
SELECT reach.slot, credit.measure, credit.is_overlay, CASE WHEN %(by_line)s THEN credit.product_line_id END,
    CASE WHEN %(by_channel)s THEN credit.channel_id END, NULL::boolean, NULL::int, NULL::int, SUM(credit.amount)::bigint
FROM reach JOIN credits_credit credit ON
"""
#: Whose credits are read of many people: without a list everybody's, in the order in which they lie, instead of person by person.
_OF_MANY = "(%(people)s::bigint[] IS NULL OR credit.person_id = ANY(%(people)s::bigint[]))"
#: The same of many people for the same days, which need not be looked up for every credit; shares beside what is credited on top.
SUMS_OF_WINDOW = f"""
SELECT person_id, measure, CASE WHEN %(by_line)s THEN product_line_id END, CASE WHEN %(by_channel)s THEN channel_id END,
    SUM(amount) FILTER (WHERE NOT is_overlay)::bigint, SUM(amount) FILTER (WHERE is_overlay)::bigint
FROM credits_credit credit
WHERE company_id = %(company)s AND counts_on >= %(first)s AND counts_on < %(last)s AND measure = ANY(%(measures)s::varchar[])
    AND {_OF_MANY} AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s)
    -- Asked only where anything is counted anew: else an index answers alone.
    AND (NOT %(is_recounting)s OR true {SETTLED_CREDIT})
GROUP BY 1, 2, 3, 4
"""
_SUMS_OF_PEOPLE = f"""
WITH {_REACH} {_SUM_UP} {_OF_PERSON} WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) GROUP BY 1, 2, 3, 4, 5
"""
_SUMS_OF_UNITS = f"""
WITH {_REACH} {_SUM_UP} {_OF_UNIT} WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) GROUP BY 1, 2, 3, 4, 5
"""
_COUNTED = f"""
    SELECT reach.slot, reach.span_starts_on, credit.measure, credit.is_overlay, credit.product_line_id, credit.channel_id,
        credit.amount, {DEAL_OF} AS deal_id, CASE WHEN credit.source = 'PAYMENT' THEN credit.day END AS received_on,
        CASE WHEN credit.source <> 'RETURN' THEN credit.day END AS own_day
    FROM reach JOIN credits_credit credit ON
"""
_SOLD = f"""
sold AS MATERIALIZED (
    SELECT sold.id, sold.closed_on, sold.customer_id, CASE WHEN %(by_customers)s THEN {_IS_NEW} END AS is_new
    FROM (SELECT DISTINCT deal_id FROM counted) given
    JOIN deals_deal sold ON sold.company_id = %(company)s AND sold.id = given.deal_id
)
"""
_ASKED = f"{_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) AND NOT ({IS_TAKEN_BACK})"
#: How many whole months each customer had been one on the days of what is counted; what came back is as old as what was sold.
_AGED = f"""
aged AS MATERIALIZED (
    SELECT fact.deal_id, fact.day, {MONTHS_SINCE_FIRST} AS months
    FROM (SELECT DISTINCT sold.id AS deal_id, sold.customer_id, sold.closed_on, COALESCE(counted.own_day, sold.closed_on) AS day
        FROM counted JOIN sold ON sold.id = counted.deal_id WHERE %(by_age)s AND sold.customer_id IS NOT NULL) fact
    CROSS JOIN LATERAL (SELECT {FIRST_ORDER_ON} AS day) first
)
"""
_SUM_UP_WITH_DEALS = f"""
, {_AGED}
SELECT slot, measure, is_overlay, CASE WHEN %(by_line)s THEN product_line_id END, CASE WHEN %(by_channel)s THEN channel_id END,
    sold.is_new, CASE WHEN %(by_days)s THEN GREATEST(received_on - sold.closed_on, 0) END, aged.months, SUM(amount)::bigint
FROM counted LEFT JOIN sold ON sold.id = counted.deal_id
LEFT JOIN aged ON aged.deal_id = sold.id AND aged.day = COALESCE(counted.own_day, sold.closed_on)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
_DEALS_OF_PEOPLE = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_PERSON} WHERE {_ASKED}), {_SOLD} {_SUM_UP_WITH_DEALS}
"""
_DEALS_OF_UNITS = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_UNIT} WHERE {_ASKED}), {_SOLD} {_SUM_UP_WITH_DEALS}
"""
#: By whether they are of people, and whether the deals behind the credits are asked for.
SUMS = {
    (True, False): _SUMS_OF_PEOPLE,
    (True, True): _DEALS_OF_PEOPLE,
    (False, False): _SUMS_OF_UNITS,
    (False, True): _DEALS_OF_UNITS,
}
#: Every deal, or every product line of a deal, with the step in which it lies: -2 below zero, -1 below the first.
_ONE_BY_ONE = f"""
    SELECT reach.slot, {DEAL_OF} AS deal_id, CASE WHEN %(each_line)s THEN credit.product_line_id END, SUM(credit.amount)::bigint AS base
    FROM reach JOIN credits_credit credit ON
"""
_PLACED = """
SELECT slot, 0, bucket, SUM(base)::bigint, CASE WHEN %(is_curve)s THEN SUM(base::numeric * base) END, COUNT(*)::int
FROM (
    SELECT slot, base, CASE WHEN base < 0 THEN -2 ELSE width_bucket(base, %(bounds)s::bigint[]) - 1 END AS bucket
    FROM one WHERE base <> 0
) placed
GROUP BY 1, 3
"""
#: The same where rates differ by what was sold to whom, or by the discount off the list prices or the gross margin of what was sold.
_STEP_BY_STEP = """
, rate AS (
    SELECT * FROM unnest(%(rate_groups)s::int[], %(rate_lines)s::bigint[], %(rate_channels)s::bigint[], %(rate_new)s::boolean[])
        AS given(place, line_id, channel_id, is_new)
),
bound AS (
    SELECT place, array_agg(starts_at ORDER BY starts_at) AS bounds
    FROM unnest(%(step_groups)s::int[], %(step_from)s::numeric[]) AS given(place, starts_at) GROUP BY place
),
one AS MATERIALIZED (
    SELECT counted.slot, counted.deal_id, CASE WHEN %(each_line)s THEN counted.product_line_id END AS line_id, chosen.place,
        SUM(counted.amount)::bigint AS base
    FROM counted
    LEFT JOIN sold ON sold.id = counted.deal_id
    CROSS JOIN LATERAL (
        SELECT rate.place FROM rate
        WHERE (rate.line_id IS NULL OR rate.line_id = counted.product_line_id)
            AND (rate.channel_id IS NULL OR rate.channel_id = counted.channel_id)
            AND (rate.is_new IS NULL OR rate.is_new = sold.is_new)
        ORDER BY num_nonnulls(rate.line_id, rate.channel_id, rate.is_new) DESC, rate.place LIMIT 1) chosen
    GROUP BY 1, 2, 3, 4
    HAVING SUM(counted.amount) <> 0
)
SELECT one.slot, one.place, CASE WHEN (NOT %(by_deal)s OR %(pays_amount)s) AND base < 0 THEN -2
    ELSE width_bucket(CASE WHEN %(by_deal)s THEN decided.percent ELSE base END, bound.bounds) - 1 END,
    SUM(base)::bigint, CASE WHEN %(is_curve)s THEN SUM(base::numeric * base) END, COUNT(*)::int,
    CASE WHEN %(by_deal)s THEN jsonb_object_agg(sale.name, trim_scale(decided.percent)::text) END
FROM one
JOIN bound ON bound.place = one.place
CROSS JOIN LATERAL (SELECT COALESCE(one.deal_id::text, '') || COALESCE('/' || one.line_id, '') AS name) sale
LEFT JOIN unnest(%(told_names)s::text[], %(told_discounts)s::numeric[]) AS told(name, discount) ON told.name = sale.name
LEFT JOIN LATERAL (
    SELECT CASE WHEN %(by_margin)s AND COUNT(*) = 0
        -- A deal without lines has its margin as a whole.
        THEN (SELECT (deal.amount - deal.cost) * 100 / NULLIF(deal.amount, 0) FROM deals_deal deal
            WHERE deal.company_id = %(company)s AND deal.id = one.deal_id)
        WHEN %(by_margin)s THEN (SUM(line.amount) - SUM(line.cost_amount)) * 100 / NULLIF(SUM(line.amount), 0)
        WHEN SUM(line.list_price) > 0
        THEN (SUM(line.quantity * line.list_price) - SUM(line.amount)) * 100 / SUM(line.quantity * line.list_price) ELSE 0 END AS decides
    FROM deals_dealline line
    JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
    WHERE line.company_id = %(company)s AND line.deal_id = one.deal_id
        AND (NOT %(each_line)s OR product.line_id IS NOT DISTINCT FROM one.line_id)
) price ON %(by_deal)s
CROSS JOIN LATERAL (SELECT GREATEST(COALESCE(told.discount, price.decides), 0) AS percent) decided
GROUP BY 1, 2, 3
"""
_ONE = f"WHERE {_ASKED} AND (%(overlay)s::boolean IS NULL OR credit.is_overlay = %(overlay)s) GROUP BY 1, 2, 3"
#: A sum of amounts in two halves, exact, and refused where it is too large for a number of 64 bits like any other. PostgreSQL adds such
#: numbers up as decimals, which costs a quarter of a statement that adds up a hundred thousand orders each by itself.
_ADDED_UP = "SUM((credit.amount >> 31)::int) * 2147483648 + SUM((credit.amount & 2147483647)::int)"
#: The same of many people for the same days; joins instead of subqueries, so that several workers can read.
EACH_OF_WINDOW = f"""
WITH one AS (
    SELECT credit.person_id AS slot,
        CASE credit.source WHEN 'DEAL' THEN credit.source_id WHEN 'RETURN' THEN back.deal_id WHEN 'PAYMENT' THEN payment.deal_id
        END AS deal_id,
        CASE WHEN %(each_line)s THEN credit.product_line_id END, {_ADDED_UP} AS base
    FROM credits_credit credit
    LEFT JOIN deals_dealreturn back ON back.company_id = %(company)s AND credit.source = 'RETURN' AND back.id = credit.source_id
    LEFT JOIN deals_payment payment ON payment.company_id = %(company)s AND credit.source = 'PAYMENT' AND payment.id = credit.source_id
    WHERE credit.company_id = %(company)s AND credit.counts_on >= %(first)s AND credit.counts_on < %(last)s
        AND {_OF_MANY} AND credit.measure = ANY(%(measures)s::varchar[])
        AND (%(known_at)s::timestamptz IS NULL OR credit.recorded_at <= %(known_at)s)
        AND (NOT %(is_recounting)s OR true {SETTLED_CREDIT})
        AND NOT ((credit.amount < 0 OR credit.source = 'RETURN') AND credit.id = ANY(%(taken)s::bigint[]))
        AND (%(overlay)s::boolean IS NULL OR credit.is_overlay = %(overlay)s)
    GROUP BY 1, 2, 3
) {_PLACED}
"""
_EACH_ALIKE_OF_PEOPLE = f"WITH {_REACH}, one AS ({_ONE_BY_ONE} {_OF_PERSON} {_ONE}) {_PLACED}"
_EACH_ALIKE_OF_UNITS = f"WITH {_REACH}, one AS ({_ONE_BY_ONE} {_OF_UNIT} {_ONE}) {_PLACED}"
_EACH_OF_PEOPLE = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_PERSON} WHERE {_ASKED}
    AND (%(overlay)s::boolean IS NULL OR credit.is_overlay = %(overlay)s)), {_SOLD} {_STEP_BY_STEP}
"""
_EACH_OF_UNITS = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_UNIT} WHERE {_ASKED}), {_SOLD} {_STEP_BY_STEP}
"""
#: By whether they are of people, and whether all rates are alike.
EACH = {
    (True, True): _EACH_ALIKE_OF_PEOPLE,
    (True, False): _EACH_OF_PEOPLE,
    (False, True): _EACH_ALIKE_OF_UNITS,
    (False, False): _EACH_OF_UNITS,
}
_BACK = f"""
SELECT credit.id, reach.slot, credit.measure, credit.is_overlay, credit.product_line_id, credit.channel_id, {_IS_NEW}, sold.id,
    COALESCE(sold.number, ''), sold.closed_on, credit.day, {FIRST_COUNTED}, credit.counts_on, credit.amount, credit.unit_id,
    CASE WHEN %(by_age)s AND sold.customer_id IS NOT NULL THEN (
        SELECT {MONTHS_SINCE_FIRST}
        FROM (SELECT sold.customer_id, sold.closed_on, CASE credit.source WHEN 'RETURN' THEN sold.closed_on ELSE credit.day END AS day) fact
        CROSS JOIN LATERAL (SELECT {FIRST_ORDER_ON} AS day) first) END
FROM reach
JOIN credits_credit credit ON
"""
_OF_SOLD = f"LEFT JOIN deals_deal sold ON sold.company_id = %(company)s AND sold.id = {DEAL_OF}"
_WENT = f"WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) AND {IS_TAKEN_BACK} ORDER BY credit.day, credit.id"
_CAME_BACK = f"""{_OF_SOLD} WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) AND {_MAY_BE_BACK}
    ORDER BY credit.day, credit.id"""
BACK_OF_PEOPLE = f"WITH {_REACH} {_BACK} {_OF_PERSON} {_CAME_BACK}"
BACK_OF_LEADERS = f"WITH {_REACH} {_BACK} {_OF_UNIT} {_CAME_BACK}"
#: Of a pool, which nobody leads, only what was not counted first in the same slot.
BACK_OF_POOLS = f"WITH {_REACH} {_BACK} {_OF_UNIT} {_OF_SOLD} {_WENT}"
#: What a deal is owed for, and what was paid of it; as known at a moment by what the ledger held of them then.
_OWED = """CASE WHEN %(known_at)s::timestamptz IS NULL
    THEN deal.amount - COALESCE((SELECT SUM(back.amount) FROM deals_dealreturn back
        WHERE back.company_id = %(company)s AND back.deal_id = deal.id AND back.returned_on < %(paid_before)s), 0)
    ELSE (SELECT COALESCE(SUM(sold.amount), 0) / 100 FROM credits_credit sold
        WHERE sold.company_id = %(company)s AND sold.measure = 'REVENUE' AND NOT sold.is_overlay AND sold.recorded_at <= %(known_at)s
            AND (sold.source = 'DEAL' AND sold.source_id = deal.id
                OR sold.source = 'RETURN' AND sold.day < %(paid_before)s AND sold.source_id IN (
                    SELECT back.id FROM deals_dealreturn back WHERE back.company_id = %(company)s AND back.deal_id = deal.id))) END"""
_PAID = """CASE WHEN %(known_at)s::timestamptz IS NULL
    THEN COALESCE((SELECT SUM(payment.amount) FROM deals_payment payment
        WHERE payment.company_id = %(company)s AND payment.deal_id = deal.id AND NOT payment.is_cancelled
            AND payment.received_on < %(paid_before)s), 0)
    ELSE (SELECT COALESCE(SUM(paid.amount), 0) / 100 FROM credits_credit paid
        WHERE paid.company_id = %(company)s AND paid.measure = 'CASH_COLLECTED' AND NOT paid.is_overlay
            AND paid.recorded_at <= %(known_at)s AND paid.day < %(paid_before)s AND paid.source = 'PAYMENT' AND paid.source_id IN (
                SELECT payment.id FROM deals_payment payment
                WHERE payment.company_id = %(company)s AND payment.deal_id = deal.id)) END"""
_PAID_SHARE = f"""
, of_deal AS (SELECT slot, deal_id, SUM(amount) AS amount FROM counted WHERE deal_id IS NOT NULL GROUP BY 1, 2)
-- Multiplied first: what was paid of a deal is mostly a whole amount then, and no part of one that goes on for ever.
SELECT of_deal.slot, SUM(CASE WHEN part.owed <= 0 THEN of_deal.amount
    ELSE of_deal.amount * LEAST(part.paid, part.owed) / part.owed END), SUM(of_deal.amount)
FROM of_deal
JOIN deals_deal deal ON deal.company_id = %(company)s AND deal.id = of_deal.deal_id
CROSS JOIN LATERAL (SELECT ({_OWED})::numeric(20, 2) AS owed, ({_PAID})::numeric(20, 2) AS paid) part
GROUP BY 1
"""
COLLECTED_OF_PEOPLE = f"WITH {_REACH}, counted AS ({_COUNTED} {_OF_PERSON} WHERE {_ASKED}) {_PAID_SHARE}"
COLLECTED_OF_UNITS = f"WITH {_REACH}, counted AS ({_COUNTED} {_OF_UNIT} WHERE {_ASKED}) {_PAID_SHARE}"
