"""
What stands beside deals and visits in the ledger: what customers say afterwards, and what selling costs.

As in `credits.queries.credited`: each text ends in `credited` and `scope`. All of it belongs to one person, in the unit where they were
assigned on the day, and has the channel and the territory of the customer it is about.

- A complaint counts with its weight on the day it was raised, for whom it was entered; one that was entered by mistake not at all.
- A survey counts on the day it was answered, for whose customer it was when it was asked: the points given, and beside them those that
  could have been.
- An expense counts on the day it was spent, for whoever spent it, while it is approved.
"""

from credits.queries.own import OWN_OF_OTHERS, RULES

#: Follows `fact` (source, id, person_id, day, measure, amount, customer_id).
_PLAIN = """
plain AS (
    SELECT fact.source, fact.id AS source_id, fact.person_id, place.unit_id, fact.day,
        fact.measure, NULL::bigint AS product_line_id, customer.channel_id,
        customer.territory_id, fact.amount, false AS is_overlay,
        fact.day AS unit_day, fact.source AS origin, fact.id AS origin_id
    FROM fact
    LEFT JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = fact.customer_id
    LEFT JOIN teams_assignment place ON place.company_id = %(company)s AND place.person_id = fact.person_id
        AND place.starts_on <= fact.day AND (place.ends_before IS NULL OR place.ends_before > fact.day)
),
"""

CREDITED_BY_COMPLAINTS = (
    """
fact AS (
    SELECT 'COMPLAINT' AS source, complaint.id, complaint.person_id, complaint.raised_on AS day, 'COMPLAINTS' AS measure,
        complaint.weight::bigint AS amount, complaint.customer_id
    FROM unnest(%(complaints)s::bigint[]) AS given(id)
    JOIN customers_complaint complaint ON complaint.company_id = %(company)s AND complaint.id = given.id
        AND complaint.status <> 'CANCELLED'
),
"""
    + _PLAIN
    + OWN_OF_OTHERS
    + """
scope AS (SELECT 'COMPLAINT' AS source, id FROM unnest(%(complaints)s::bigint[]) AS given(id))
"""
)
OF_COMPLAINTS = RULES + CREDITED_BY_COMPLAINTS

CREDITED_BY_SURVEYS = (
    """
fact AS (
    SELECT 'SURVEY' AS source, survey.id, survey.person_id, survey.answered_on AS day, part.measure, part.amount, survey.customer_id
    FROM unnest(%(surveys)s::bigint[]) AS given(id)
    JOIN customers_survey survey ON survey.company_id = %(company)s AND survey.id = given.id AND survey.score IS NOT NULL
    CROSS JOIN LATERAL (VALUES ('SURVEY_POINTS', survey.score::bigint), ('SURVEY_BEST', 5)) AS part(measure, amount)
),
"""
    + _PLAIN
    + OWN_OF_OTHERS
    + """
scope AS (SELECT 'SURVEY' AS source, id FROM unnest(%(surveys)s::bigint[]) AS given(id))
"""
)
OF_SURVEYS = RULES + CREDITED_BY_SURVEYS

CREDITED_BY_EXPENSES = (
    """
fact AS (
    SELECT 'EXPENSE' AS source, expense.id, expense.person_id, expense.spent_on AS day, 'EXPENSES' AS measure,
        (expense.amount * 100)::bigint AS amount, expense.customer_id
    FROM unnest(%(expenses)s::bigint[]) AS given(id)
    JOIN visits_expense expense ON expense.company_id = %(company)s AND expense.id = given.id AND expense.status = 'APPROVED'
),
"""
    + _PLAIN
    + OWN_OF_OTHERS
    + """
scope AS (SELECT 'EXPENSE' AS source, id FROM unnest(%(expenses)s::bigint[]) AS given(id))
"""
)
OF_EXPENSES = RULES + CREDITED_BY_EXPENSES
