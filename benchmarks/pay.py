"""
The pay of everybody in one large company, recalculated and stored, against one bare pass that sums the same credits.

    bin/dev python benchmarks/pay.py [--people 2000] [--deals 100000] [--pairs 5]

Ours: `calculate` for a month by a plan of five components that add up over the year – slices of revenue, a rate on gross profit by
attainment, money for every deal won, a bonus by attainment, a rate on every order by itself – so that every deal of the year counts:
sums in the database, rules in Python, a statement with its lines and their arithmetic for everybody, behind all walls, into empty
tables; once more, when nothing has changed; and once more, when every rate has. Bare: one SELECT that sums the same credits per
component and person, read to the end.
"""

import sys
from datetime import date
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import Row, migrator, pairs_of, run_alone

#: What each of the five components counts.
MEASURES = ["REVENUE", "GROSS_PROFIT", "DEALS_WON", "REVENUE", "REVENUE"]
_SUMS = """
SELECT component.position, person_id, SUM(amount)::bigint
FROM unnest(%(measures)s::varchar[]) WITH ORDINALITY AS component(measure, position)
JOIN credits_credit credit ON credit.measure = component.measure
WHERE company_id = %(company)s AND counts_on >= %(since)s AND counts_on < %(until)s AND NOT is_overlay
GROUP BY 1, 2
"""


def measure(companies, pairs):
    """Time the calculation of the first company, already rolled up."""
    from django.db import connection
    from django.utils import timezone

    from common.periods import month_of
    from common.tenancy import company_scope
    from incentives.services.calculating import calculate
    from targets.rollups import refresh_everything

    company, month = companies[0], month_of(scene.LAST_DAY)
    with company_scope(company):
        refresh_everything()
        make_plan()
    empty()
    done = []

    def ours():
        with company_scope(company):
            done.append(calculate(month=month, now=timezone.now(), by=None))

    def by_hand():
        with company_scope(company), connection.cursor() as cursor:
            given = {"company": company, "since": scene.YEAR, "until": month.ends_before, "measures": MEASURES}
            cursor.execute(_SUMS, given)
            cursor.fetchall()

    first = pairs_of(ours, by_hand, pairs, before=empty)
    again = pairs_of(ours, by_hand, pairs)
    people, deals = scene.size_of(company)
    if done[-1].written or done[0].written != people:
        raise SystemExit(f"calculating again should write nothing, and the first time everybody: {done[0]}, {done[-1]}")
    anew = pairs_of(ours, by_hand, pairs, before=change_rates(company))
    if done[-1].written != people:
        raise SystemExit(f"another rate should write everybody's statement anew: {done[-1]}")
    about = f"{people} people, {deals} deals, five components"
    return [
        Row("pay of a month, calculated and stored", first, must=5, aim=3, note=about),
        Row("the same again, nothing changed", again, must=5, aim=3),
        Row("the same again, every line another", anew, must=5, aim=3),
    ]


def empty():
    with migrator() as cursor:
        cursor.execute("TRUNCATE incentives_statement, incentives_statementline, incentives_statementevent CASCADE")
        cursor.execute("VACUUM ANALYZE credits_credit")


def change_rates(company):
    """Return what makes every rate and payout a little higher, and the next time lower again."""
    from django.db.models import F

    from common.tenancy import company_scope
    from incentives.models import Step

    turns = cycle((1, -1))

    def change():
        with company_scope(company):
            Step.objects.update(value=F("value") + next(turns))

    return change


def make_plan():
    """Publish a plan of five components for all reps."""
    from incentives.models import Component, PayPlan, PayPlanVersion, Step
    from incentives.rules.terms import Base, ChosenBy, Kind, Span, Steps, Use
    from targets.models import Metric

    version = PayPlanVersion.objects.create(
        plan=PayPlan.objects.create(name="Bench"), number=1, status="PUBLISHED", starts_on=date(2026, 1, 1), roles=["REP"]
    )
    revenue = Metric.objects.get(code="revenue")
    slices = [(0, 500_000, 1), (500_000, 1_000_000, 2), (1_000_000, None, 3)]
    by_attainment = [(0, 80, 3), (80, 100, 5), (100, None, 8)]
    components = (
        ({"measure": "REVENUE", "steps_read": Steps.MARGINAL}, Use.RATE, slices),
        ({"measure": "GROSS_PROFIT", "chosen_by": ChosenBy.ATTAINMENT, "metric": revenue}, Use.RATE, by_attainment),
        ({"measure": "DEALS_WON"}, Use.RATE, [(0, None, 20)]),
        ({"kind": Kind.BONUS, "amount": 1_000_000, "metric": revenue}, Use.CURVE, by_attainment),
        ({"measure": "REVENUE", "base": Base.DEAL}, Use.RATE, [(0, 50_000, 1), (50_000, None, 2)]),
    )
    for position, (fields, use, rows) in enumerate(components):
        component = Component.objects.create(
            **{"version": version, "position": position, "name": f"Part {position}", "kind": Kind.COMMISSION, "span": Span.YEAR}
            | fields
        )
        for place, (since, until, value) in enumerate(rows):
            Step.objects.create(component=component, use=use, position=place, starts_at=since, ends_before=until, value=value)


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=1, people=2000, deals=100_000, pairs=5))
