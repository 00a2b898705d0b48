"""
The full nightly roll-up of one company against the bare statements that the same rows need.

    bin/dev python benchmarks/rollup.py [--people 200] [--deals 100000] [--pairs 7]

Ours: `targets.rollups.refresh_everything` under row-level security, with foreign keys, comparing before it writes, into
emptied tables. Bare: plain INSERT … SELECT … GROUP BY without walls, keys to other tables or comparison, into emptied
copies of the same tables with the same indexes, stepwise as well. Both end in the same rows, which is checked.
"""

import argparse
import random
import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.ground import compare, describe_machine, own_database, say, seconds_of, set_up_django

YEAR = date(2026, 1, 1)

_BARE_DAYS = """
INSERT INTO bare_dailytotal (company_id, day, person_id, unit_id, measure, is_overlay, amount)
SELECT company_id, counts_on, person_id, unit_id, measure, is_overlay, SUM(amount)::bigint
FROM credits_credit WHERE company_id = %(company)s
GROUP BY company_id, counts_on, person_id, unit_id, measure, is_overlay
ORDER BY counts_on, person_id, unit_id, measure
"""
_BARE_MONTHS = """
WITH RECURSIVE above AS (
    SELECT id AS unit_id, id AS ancestor_id, parent_id FROM teams_unit WHERE company_id = %(company)s
    UNION ALL
    SELECT above.unit_id, unit.id, unit.parent_id FROM above JOIN teams_unit unit ON unit.id = above.parent_id
),
part AS MATERIALIZED (
    SELECT date_trunc('month', day::timestamp)::date AS month, person_id, unit_id, measure,
        SUM(amount)::bigint AS amount, MAX(day) AS last_on
    FROM bare_dailytotal WHERE company_id = %(company)s
    GROUP BY 1, person_id, unit_id, measure
),
in_unit AS (
    SELECT month, unit_id, measure, SUM(amount)::bigint AS amount, MAX(last_on) AS last_on FROM part GROUP BY month, unit_id, measure
),
reached AS (
    SELECT month, person_id, NULL::bigint AS unit_id, measure, SUM(amount)::bigint AS amount, MAX(last_on) AS last_on
    FROM part GROUP BY month, person_id, measure
    UNION ALL
    SELECT month, NULL, above.ancestor_id, measure, SUM(amount)::bigint, MAX(last_on)
    FROM in_unit JOIN above ON above.unit_id = in_unit.unit_id GROUP BY month, above.ancestor_id, measure
),
asked AS (
    SELECT target.month, plan.metric_id, target.person_id, target.unit_id,
        SUM(floor)::bigint AS floor, SUM(commit)::bigint AS commit, SUM(stretch)::bigint AS stretch
    FROM targets_target target JOIN targets_plan plan ON plan.id = target.plan_id
    WHERE target.company_id = %(company)s GROUP BY 1, 2, 3, 4
),
actual AS (
    SELECT reached.month, metric.id AS metric_id, metric.denominator <> '' AS is_ratio, reached.person_id, reached.unit_id,
        COALESCE(SUM(amount) FILTER (WHERE measure = metric.numerator), 0)::bigint AS numerator,
        COALESCE(SUM(amount) FILTER (WHERE measure = metric.denominator), 0)::bigint AS denominator, MAX(last_on) AS reached_on
    FROM reached JOIN targets_metric metric ON metric.company_id = %(company)s AND measure IN (metric.numerator, metric.denominator)
    GROUP BY reached.month, metric.id, reached.person_id, reached.unit_id
)
INSERT INTO bare_attainment (company_id, metric_id, span, starts_on, ends_before, unit_id, person_id,
    numerator, denominator, floor, commit, stretch, reached_on)
SELECT %(company)s, COALESCE(actual.metric_id, asked.metric_id) AS metric_id, 'MONTH', COALESCE(actual.month, asked.month) AS month,
    (COALESCE(actual.month, asked.month) + interval '1 month')::date, COALESCE(actual.unit_id, asked.unit_id) AS unit_id,
    COALESCE(actual.person_id, asked.person_id) AS person_id, COALESCE(numerator, 0),
    CASE WHEN is_ratio THEN denominator END, floor, commit, stretch, reached_on
FROM actual
FULL JOIN asked ON asked.month = actual.month AND asked.metric_id = actual.metric_id
    AND COALESCE(asked.person_id, -asked.unit_id) = COALESCE(actual.person_id, -actual.unit_id)
ORDER BY month, metric_id, unit_id, person_id
"""
_BARE_LONGER = """
INSERT INTO bare_attainment (company_id, metric_id, span, starts_on, ends_before, unit_id, person_id,
    numerator, denominator, floor, commit, stretch, reached_on)
SELECT company_id, metric_id, %(span)s, date_trunc(%(unit)s, starts_on::timestamp)::date AS start,
    (date_trunc(%(unit)s, starts_on::timestamp) + %(length)s::interval)::date, unit_id, person_id,
    SUM(numerator)::bigint, SUM(denominator)::bigint, SUM(floor)::bigint, SUM(commit)::bigint, SUM(stretch)::bigint, MAX(reached_on)
FROM bare_attainment WHERE company_id = %(company)s AND span = %(step)s
GROUP BY company_id, metric_id, start, 5, unit_id, person_id
ORDER BY start, metric_id, unit_id, person_id
"""
_SAME = """
SELECT COUNT(*) FROM (
    (SELECT {columns} FROM {ours} EXCEPT ALL SELECT {columns} FROM {bare})
    UNION ALL
    (SELECT {columns} FROM {bare} EXCEPT ALL SELECT {columns} FROM {ours})) difference
"""
_DAY_COLUMNS = "company_id, day, person_id, unit_id, measure, is_overlay, amount"
_ATTAINMENT_COLUMNS = (
    "company_id, metric_id, span, starts_on, ends_before, unit_id, person_id,"
    " numerator, denominator, floor, commit, stretch, reached_on"
)


def main():
    given = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    given.add_argument("--people", type=int, default=200)
    given.add_argument("--deals", type=int, default=100_000)
    given.add_argument("--pairs", type=int, default=7)
    size = given.parse_args()
    set_up_django()
    with own_database("bench_rollup"):
        company = make_company(size)
        say(f"{size.people} people, {size.deals} won deals, a year of monthly targets; {describe_machine()}")
        say(f"median of {size.pairs} pairs\n\n{'':<34}{'ours':>12}{'bare':>12}   ratio")
        measure(company, 1)  # caches and plans warm up; not counted
        return 0 if measure(company, size.pairs) else 1


def make_company(size):
    """Make a company whose ledger is posted and whose totals and attainment are still to be rolled up."""
    from django.db import connections

    from accounts.models import Company
    from common.tenancy import company_scope
    from credits.services import post_all
    from targets.services.metrics import add_builtin_metrics

    company = Company.objects.create(name="Bench", slug="bench")
    with company_scope(company):
        add_builtin_metrics()
        people, places = _hire(size.people)
        _ask_for(places)
        _sell(size.deals, people)
        post_all()
    with connections["migrator"].cursor() as cursor:
        cursor.execute("CREATE TABLE bare_dailytotal (LIKE credits_dailytotal INCLUDING ALL)")
        cursor.execute("CREATE TABLE bare_attainment (LIKE targets_attainment INCLUDING ALL)")
        cursor.execute("VACUUM ANALYZE")
    return company


def _hire(count):
    """Make four regions of five teams and spread people over them; return the people and every (unit, person or None)."""
    from teams.models import Assignment, Person, Unit

    root = Unit.objects.create(name="Bench", kind=Unit.Kind.COMPANY)
    regions = [Unit.objects.create(name=f"Region {n}", kind=Unit.Kind.REGION, parent=root) for n in range(4)]
    teams = [Unit.objects.create(name=f"Team {n}", kind=Unit.Kind.TEAM, parent=regions[n % 4]) for n in range(20)]
    hired = date(2024, 1, 1)
    people = Person.objects.bulk_create(
        Person(name=f"Person {n}", employee_number=f"E{n}", hired_on=hired) for n in range(count)
    )
    Assignment.objects.bulk_create(
        Assignment(person=person, unit=teams[n % 20], role="REP", starts_on=hired) for n, person in enumerate(people)
    )
    return people, [(unit, None) for unit in [root, *regions, *teams]] + [(teams[n % 20], p) for n, p in enumerate(people)]


def _ask_for(places):
    """Publish a year of monthly targets in three metrics for every unit and person."""
    from django.utils import timezone

    from targets.models import Metric, Plan, Target

    for metric in Metric.objects.filter(code__in=["revenue", "gross_profit", "deals_won"]):
        plan = Plan.objects.create(
            metric=metric, year_starts_on=YEAR, name=metric.code, status="PUBLISHED", published_at=timezone.now()
        )
        Target.objects.bulk_create(
            Target(
                plan=plan,
                unit=None if person else unit,
                person=person,
                within=unit if person else None,
                month=date(2026, month, 1),
                floor=800,
                commit=1000,
                stretch=1200,
            )
            for unit, person in places
            for month in range(1, 13)
        )


def _sell(count, people):
    """Make won deals over the year, four to a customer, of 1,000 to 91,000."""
    from customers.models import Customer
    from deals.models import Deal

    chance = random.Random(7)
    customers = Customer.objects.bulk_create(
        (Customer(name=f"Customer {n}", name_key=f"customer{n}") for n in range(count // 4)), batch_size=5000
    )
    days = [YEAR + timedelta(days=chance.randrange(365)) for _deal in range(count)]
    Deal.objects.bulk_create(
        (
            Deal(
                number=f"D{n}",
                customer=customers[n % len(customers)],
                owner=chance.choice(people),
                status=Deal.Status.WON,
                opened_on=day - timedelta(days=9),
                closed_on=day,
                amount=chance.randrange(1000, 91000),
                cost=chance.randrange(600, 50000),
            )
            for n, day in enumerate(days)
        ),
        batch_size=5000,
    )


def measure(company, pairs):
    """Time both, alternating which goes first; return whether the limits are kept."""
    from django.db import connections

    first, quiet, bare_again = [], [], []
    for number in range(pairs):
        empty()
        halves = {"ours": None, "bare": None}
        for half in ("ours", "bare") if number % 2 else ("bare", "ours"):
            halves[half] = seconds_of(lambda half=half: {"ours": roll_up, "bare": roll_up_bare}[half](company))
        first.append((halves["ours"], halves["bare"]))
        for ours, bare, columns in (
            ("credits_dailytotal", "bare_dailytotal", _DAY_COLUMNS),
            ("targets_attainment", "bare_attainment", _ATTAINMENT_COLUMNS),
        ):
            with connections["migrator"].cursor() as cursor:
                cursor.execute(_SAME.format(ours=ours, bare=bare, columns=columns))
                if different := cursor.fetchone()[0]:
                    raise SystemExit(f"{different} rows of {ours} differ from the bare ones")
        quiet.append(seconds_of(lambda: roll_up(company)))
        bare_again.append(halves["bare"])
    if pairs == 1:
        return True
    kept = compare("full nightly roll-up", first, limit=2.0)
    compare("the same, nothing changed", list(zip(quiet, bare_again, strict=True)), limit=None)
    return kept


def empty():
    from django.db import connections

    with connections["migrator"].cursor() as cursor:
        cursor.execute("TRUNCATE credits_dailytotal, targets_attainment, bare_dailytotal, bare_attainment")
        cursor.execute("VACUUM ANALYZE credits_dailytotal, targets_attainment, bare_dailytotal, bare_attainment")


def roll_up(company):
    from common.tenancy import company_scope
    from targets.rollups import refresh_everything

    with company_scope(company):
        refresh_everything()


def roll_up_bare(company):
    from django.db import connections, transaction

    with transaction.atomic(using="migrator"), connections["migrator"].cursor() as cursor:
        given = {"company": company.pk}
        cursor.execute(_BARE_DAYS, given)
        cursor.execute(_BARE_MONTHS, given)
        for span, unit, length, step in (("QUARTER", "quarter", "3 months", "MONTH"), ("YEAR", "year", "1 year", "QUARTER")):
            cursor.execute(_BARE_LONGER, given | {"span": span, "unit": unit, "length": length, "step": step})


if __name__ == "__main__":
    sys.exit(main())
