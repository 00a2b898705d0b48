"""
Whether the figures of a month still are what they were when they were last brought in line, without forming them again.

What a month's figures follow from (its daily totals, what it begins with, its targets, and what they are formed by: metrics, plans,
closings, the tree, the fiscal year, the statements themselves) comes down to one number, what is stored of them to another. Where
both are as they were, nothing is to be done, because the same figures would be formed.
"""

from array import array
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from django.db import connection

from common.tenancy import require_company_id
from targets.queries.brought import STOCKED_FROM_TOTALS

#: What is stored of each month, as one number: `stored` (month, figures). A figure belongs to the month in which its period begins;
#: those that end before the days looked at are left out. Asks for `company`, `since`, `months`, and whether it is `every` month.
STORED = """
stored AS (
    SELECT date_trunc('month', starts_on::timestamp)::date AS month,
        hash_numeric_extended(SUM(hash_record_extended(ROW(span, starts_on, ends_before, metric_id, unit_id, person_id,
            numerator, denominator, brought, floor, commit, stretch, reached_on), 0)), 0) AS figures
    FROM targets_attainment
    WHERE company_id = %(company)s AND ends_before > %(since)s AND (%(every)s OR starts_on = ANY(%(months)s::date[]))
    GROUP BY 1
)
"""
_MONTHS = (
    """
WITH frame AS (
    SELECT hash_record_extended(ROW(%(statements)s::bigint, company.fiscal_year_starts_in,
        (SELECT SUM(hash_record_extended(metric, 0)) FROM targets_metric metric WHERE company_id = %(company)s),
        (SELECT SUM(hash_record_extended(plan, 0)) FROM targets_plan plan WHERE company_id = %(company)s),
        (SELECT SUM(hash_record_extended(held, 0)) FROM targets_closedplan held WHERE company_id = %(company)s),
        (SELECT SUM(hash_record_extended(ROW(id, ends_before, closed_at), 0)) FROM credits_closing WHERE company_id = %(company)s),
        (SELECT SUM(hash_record_extended(ROW(id, parent_id), 0)) FROM teams_unit WHERE company_id = %(company)s),
        (SELECT SUM(hash_record_extended(place, 0)) FROM teams_unitplacement place WHERE company_id = %(company)s)), 0) AS frame
    FROM accounts_company company WHERE company.id = %(company)s
),
asked AS (
    SELECT month, SUM(hash_record_extended(ROW(plan_id, unit_id, person_id, floor, commit, stretch), 0)) AS asked
    FROM targets_target WHERE company_id = %(company)s AND month >= %(since)s GROUP BY month
),
credited AS (SELECT * FROM unnest(%(months)s::date[], %(credited)s::bigint[]) AS given(month, credited)),
"""
    + STOCKED_FROM_TOTALS
    + """
left_by AS MATERIALIZED (
    SELECT date_trunc('month', day::timestamp)::date AS month,
        SUM(hash_record_extended(ROW(day, person_id, unit_id, measure, is_overlay, amount), 0)) AS stock
    FROM stocked GROUP BY 1
),
-- What each month that has begun begins with.
brought AS (
    SELECT credited.month, (SELECT SUM(stock) FROM left_by WHERE left_by.month < credited.month) AS brought
    FROM credited WHERE credited.month <= %(begun_by)s
),
"""
    + STORED
    + """
SELECT month, hash_record_extended(ROW(frame, asked, credited, brought), 0) AS inputs, stored.figures, proof.inputs, proof.figures
FROM credited
LEFT JOIN asked USING (month)
LEFT JOIN brought USING (month)
FULL JOIN stored USING (month)
LEFT JOIN (SELECT month, inputs, figures FROM targets_monthproof WHERE company_id = %(company)s) proof USING (month)
CROSS JOIN frame
ORDER BY month
"""
)


@dataclass(frozen=True, slots=True)
class MonthState:
    """What a month's figures follow from, as one number, and whether they and the figures are as they were proved to be."""

    month: date
    inputs: int
    is_proved: bool


def states_of(months, days, *, since, statements, begun_by):
    """
    Return the states of months in order, and of every other month in which a stored figure begins.

    :param months: their first days.
    :param days: all their days that have a total (`credits.rollups.ComparedDay`).
    :param since: figures of periods that end before do not matter.
    :param statements: the text that figures are formed by; with another text no proof holds.
    :param begun_by: as the statements are given it: nothing is brought forward into later months.
    """
    by_month = defaultdict(list)
    for each in days:
        by_month[each.day.replace(day=1)].extend((each.day.day, each.fingerprint))
    given = {
        "company": require_company_id(),
        "months": months,
        "credited": [_number_of(array("q", by_month[month]).tobytes()) for month in months],
        "since": since,
        "statements": _number_of(statements.encode()),
        "begun_by": begun_by,
        "every": True,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, given)
        return [
            MonthState(month, inputs, is_proved=(inputs, figures) == (proved_inputs, proved_figures))
            for month, inputs, figures, proved_inputs, proved_figures in cursor.fetchall()
        ]


def _number_of(content):
    return int.from_bytes(blake2b(content, digest_size=8).digest(), signed=True)
