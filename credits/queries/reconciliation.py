"""
Does the ledger add up to the facts?

The facts are counted here in the plainest way, apart from the statement that posts them, so that a mistake there shows.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Max, Min, Q, Sum

from common.periods import Period
from common.planning import without_nested_loops
from common.tenancy import require_company_id
from credits.models import Credit, DailyTotal
from credits.queries.measures import own_measures, shapes_of
from credits.queries.own_facts import OWN_FACTS
from credits.queries.posted import worked_days
from credits.rules import Measure, is_own

_FACTS = """
WITH returned AS (
    SELECT deal_id, SUM(amount) AS amount, SUM(cost_amount) AS cost, SUM(quantity) AS units
    FROM deals_dealreturn WHERE company_id = %(company)s GROUP BY deal_id
),
sold AS (
    SELECT deal_id, SUM(quantity) AS units FROM deals_dealline WHERE company_id = %(company)s GROUP BY deal_id
),
deal AS (
    SELECT deal.status, deal.customer_id, deal.amount - COALESCE(returned.amount, 0) AS revenue,
        deal.cost - COALESCE(returned.cost, 0) AS cost, GREATEST(deal.closed_on - deal.opened_on, 0) AS days,
        COALESCE(sold.units, 0) - COALESCE(returned.units, 0) AS units,
        NOT COALESCE(returned.units >= sold.units, false) AS stands,
        COALESCE(deal.closed_on + interval '12 months' > reached.day, true) AS is_recent
    FROM deals_deal deal
    LEFT JOIN credits_dayreached reached ON reached.company_id = %(company)s
    LEFT JOIN sold ON sold.deal_id = deal.id
    LEFT JOIN returned ON returned.deal_id = deal.id
    WHERE deal.company_id = %(company)s AND deal.status IN ('WON', 'LOST')
),
won AS (SELECT * FROM deal WHERE status = 'WON'),
owed AS (
    SELECT LEAST(fallen.amount, deal.amount - COALESCE(returned.amount, 0)) AS due, COALESCE(paid.amount, 0) AS paid
    FROM deals_deal deal
    JOIN (SELECT deal_id, SUM(amount) AS amount FROM deals_instalment WHERE company_id = %(company)s GROUP BY deal_id) fallen
        ON fallen.deal_id = deal.id
    LEFT JOIN returned ON returned.deal_id = deal.id
    LEFT JOIN (SELECT deal_id, SUM(amount) AS amount FROM deals_payment
               WHERE company_id = %(company)s AND NOT is_cancelled GROUP BY deal_id) paid ON paid.deal_id = deal.id
    WHERE deal.company_id = %(company)s AND deal.status = 'WON'
)
SELECT 'REVENUE', COALESCE(SUM(revenue) * 100, 0)::bigint FROM won
UNION ALL SELECT 'GROSS_PROFIT', COALESCE(SUM(revenue - cost) * 100, 0)::bigint FROM won
UNION ALL SELECT 'UNITS_SOLD', COALESCE(SUM(units), 0)::bigint FROM won
UNION ALL SELECT 'DEALS_WON', COUNT(*) FILTER (WHERE stands) FROM won
UNION ALL SELECT 'DEALS_CLOSED', COUNT(*) FILTER (WHERE status = 'LOST' OR stands) FROM deal
UNION ALL SELECT 'DAYS_TO_CLOSE', COALESCE(SUM(days) FILTER (WHERE stands), 0)::bigint FROM won
UNION ALL SELECT 'NEW_CUSTOMERS', COUNT(DISTINCT customer_id) FILTER (WHERE stands) FROM won
UNION ALL SELECT 'ACTIVE_CUSTOMERS', COUNT(DISTINCT customer_id) FILTER (WHERE stands AND is_recent) FROM won
UNION ALL SELECT 'CASH_COLLECTED', COALESCE(SUM(amount) * 100, 0)::bigint
    FROM deals_payment WHERE company_id = %(company)s AND NOT is_cancelled
UNION ALL SELECT 'DAYS_WORKED', COUNT(*) FROM unnest(%(worked)s::date[]) AS worked(day)
    JOIN teams_assignment place ON place.company_id = %(company)s AND place.role = 'REP'
        AND place.starts_on <= worked.day AND COALESCE(place.ends_before > worked.day, true)
UNION ALL SELECT 'TASKS_DUE', COUNT(*) FROM teams_task WHERE company_id = %(company)s AND status <> 'CANCELLED'
UNION ALL SELECT 'TASKS_IN_TIME', COUNT(*) FROM teams_task task JOIN accounts_company company ON company.id = task.company_id
    WHERE task.company_id = %(company)s AND task.status = 'DONE'
        AND task.done_at < (task.due_on + 1)::timestamp AT TIME ZONE company.time_zone
UNION ALL SELECT 'AMOUNT_DUE', COALESCE(SUM(due) * 100, 0)::bigint FROM owed
UNION ALL SELECT 'COLLECTED_DUE', COALESCE(SUM(LEAST(due, paid)) * 100, 0)::bigint FROM owed
UNION ALL SELECT 'VISITS', COUNT(*) FROM visits_visit WHERE company_id = %(company)s AND is_valid
UNION ALL SELECT 'SURVEY_POINTS', COALESCE(SUM(score), 0)::bigint FROM customers_survey WHERE company_id = %(company)s
UNION ALL SELECT 'SURVEY_BEST', COUNT(score) * 5 FROM customers_survey WHERE company_id = %(company)s
UNION ALL SELECT 'EXPENSES', COALESCE(SUM(amount) * 100, 0)::bigint
    FROM visits_expense WHERE company_id = %(company)s AND status = 'APPROVED'
UNION ALL SELECT 'COMPLAINTS', COALESCE(SUM(weight), 0)::bigint
    FROM customers_complaint WHERE company_id = %(company)s AND status <> 'CANCELLED'
"""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One measure counted four ways, in minor units; overlay credits are left out, they count twice by intention."""

    measure: str
    facts: int
    ledger: int
    totals: int
    uncredited: int  # the part of the ledger that stands for no person or no unit
    label: str
    scale: int

    @property
    def is_own(self):
        """Whether the company itself says what is counted."""
        return is_own(self.measure)

    @property
    def difference(self):
        return self.ledger - self.facts

    @property
    def is_exact(self):
        return self.facts == self.ledger

    @property
    def is_rolled_up(self):
        return self.ledger == self.totals


def reconcile():
    """Return every measure of the active company, counted from the facts, in the ledger and in the daily totals."""
    with without_nested_loops(), connection.cursor() as cursor:
        cursor.execute(_FACTS, {"company": require_company_id(), "worked": _days_worked()})
        facts = dict(cursor.fetchall())
        rules = own_measures()
        if rules:
            cursor.execute(OWN_FACTS, {"company": require_company_id()})
            facts |= dict(cursor.fetchall())
    ledger, totals = _sums(Credit.objects), _sums(DailyTotal.objects)
    return [
        Reconciled(
            measure,
            facts.get(measure, 0),
            ledger.get(measure, (0, 0))[0],
            *totals.get(measure, (0, 0)),
            *shape,
        )
        for measure, shape in shapes_of([*Measure.values, *sorted(rules)], rules=rules).items()
    ]


def _days_worked():
    """Return the working days between the first and the last that is posted: whether more should be is a matter of time."""
    posted = Credit.objects.filter(measure=Measure.DAYS_WORKED).aggregate(first=Min("day"), last=Max("day"))
    if posted["first"] is None:
        return []
    return worked_days(Period(posted["first"], posted["last"] + timedelta(days=1)))


def _sums(rows):
    """Return {measure: (sum, the part of it that stands for no person or no unit)}."""
    of_nobody = Sum("amount", filter=Q(person=None) | Q(unit=None))
    sums = rows.filter(is_overlay=False).order_by().values_list("measure").annotate(all=Sum("amount"), of_nobody=of_nobody)
    return {measure: (int(amount), int(nobody or 0)) for measure, amount, nobody in sums}
