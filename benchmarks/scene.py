"""
The scene of every measurement: companies with people, won deals, a year of monthly targets, and their ledger.

The first company is made by the product: units by their service, credits by posting. Its people, customers, deals and targets
are one row of each, made by the models, multiplied by `INSERT … SELECT … generate_series`. All other companies are copies of
it, made table by table in one statement each, with every key moved on by the same step; whatever columns a table has, they
are copied. That a copy's ledger is what posting would have given is proved by posting the last one again: it adds nothing.
"""

from datetime import date, timedelta

from benchmarks.copying import bare, columns_of, copy_company, multiply
from benchmarks.ground import migrator

YEAR = date(2026, 1, 1)
#: Deals are won on the first 291 days of the year, so that the last one counts for the week that is ranked.
DAYS = 291
LAST_DAY = date(2026, 10, 18)
TODAY = date(2026, 10, 20)
WEEK = date(2026, 10, 12)
TEAMS, REGIONS = 20, 4
ASKED_FOR = ("revenue", "gross_profit", "deals_won")


def build(*, companies, people, deals, is_rolled_up=False):
    """
    Make companies of so many people with so many won deals each, their ledgers posted.

    :param is_rolled_up: whether each is rolled up and has two published rankings; else nothing is rolled up yet.
    :returns: their ids, in order.
    """
    from common.tenancy import company_scope
    from credits.models import DirtyDay
    from credits.services import post_all

    first = _make_first(people, deals)
    with company_scope(first):
        post_all()
        DirtyDay.objects.all().delete()
        if is_rolled_up:
            _roll_up()
    ids = copy_company(first, companies)
    with company_scope(ids[-1]):
        if posted := post_all():
            raise SystemExit(f"the ledger of a copy is not what posting gives: {posted} credits were added")
    with migrator() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return ids


def size_of(company):
    """Return how many people and deals a company has."""
    with migrator() as cursor:
        cursor.execute(
            "SELECT (SELECT COUNT(*) FROM teams_person WHERE company_id = %(company)s),"
            " (SELECT COUNT(*) FROM deals_deal WHERE company_id = %(company)s)",
            {"company": company},
        )
        return cursor.fetchone()


def root_of(company):
    """Return the id of the unit that is the company itself."""
    from common.tenancy import company_scope
    from teams.models import Unit

    with company_scope(company):
        return Unit.objects.get(parent=None).pk


def win_deal(company):
    """Win one more deal today in a company, through the signal that any change of a deal sends; return its id."""
    from common.tenancy import company_scope
    from deals.models import Deal
    from deals.signals import deal_changed

    with company_scope(company):
        like = Deal.objects.order_by("pk").first()
        last = Deal.objects.count()
        deal = Deal.objects.create(
            number=f"D-{last}", customer=like.customer, owner=like.owner, status=like.status, stage=like.stage,
            opened_on=LAST_DAY, closed_on=LAST_DAY, amount=1000 + last, cost=600,
        )  # fmt: skip
        deal_changed.send(sender=Deal, deal_ids=[deal.pk])
        return deal.pk


def win_deal_and_ask(company, kind="targets.rollup", **arguments):
    """Win a deal in a company and write the job that follows it, without ringing for a worker; return the job's id."""
    from common.tenancy import company_scope
    from jobs.models import Job

    win_deal(company)
    with company_scope(company):
        return Job.objects.create(kind=kind, arguments=arguments).pk


def dirty_all(companies):
    """Credit somebody with one more amount on the last day in every company, and write the jobs that follow; return (company, job)s."""
    with migrator() as cursor:
        credit = ", ".join(name for name in columns_of(cursor, "credits_credit") if name not in {"id", "company_id"})
        given = {"companies": list(companies), "day": LAST_DAY}
        cursor.execute(
            f"INSERT INTO credits_credit (company_id, {credit}) SELECT company_id, {credit} FROM unnest(%(companies)s::bigint[])"
            " AS given(company), LATERAL (SELECT * FROM credits_credit WHERE company_id = given.company AND counts_on = %(day)s"
            " ORDER BY id LIMIT 1) AS like_this",
            given,
        )
        cursor.execute(
            "INSERT INTO credits_dirtyday (company_id, day) SELECT company, %(day)s FROM unnest(%(companies)s::bigint[]) AS company",
            given,
        )
        cursor.execute(
            "INSERT INTO jobs_job (company_id, kind, key, arguments, status, attempts, created_at, rung_at, result, error)"
            " SELECT company, 'targets.refresh', '', '{}', 'QUEUED', 0, now(), now(), '{}', ''"
            " FROM unnest(%(companies)s::bigint[]) AS company RETURNING company_id, id",
            given,
        )
        return cursor.fetchall()


def sign_in(company):
    """Roll a company up, publish two rankings and make its first person a member; return their session and its address."""
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import Company, Membership, User
    from accounts.rules import Role
    from common.tenancy import company_scope
    from targets.models import Ranking
    from teams.models import Person

    user = User.objects.create_user(email="rep@bench.example", name="Rep", password=None)
    with company_scope(company):
        if not Ranking.objects.exists():
            _roll_up()
        person = Person.objects.order_by("pk").first()
        person.membership = Membership.objects.create(user=user, role=Role.ADMIN)
        person.save()
    session = SessionStore()
    session["_auth_user_id"], session["_auth_user_hash"] = str(user.pk), user.get_session_auth_hash()
    session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    session.create()
    with migrator() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return session.session_key, Company.objects.get(pk=company).slug


def _roll_up():
    """Roll the active company up and publish two weekly rankings."""
    from targets.rollups import refresh_everything
    from targets.services.rankings import publish_weekly_ranking

    refresh_everything()
    for monday in (WEEK - timedelta(days=7), WEEK):
        publish_weekly_ranking(week_starts_on=monday, today=TODAY, by=None)


def statements_of(slug, path, cookie):
    """Return how many statements a page sends, what opens and closes transactions left out."""
    from django.db import connection
    from django.test import Client

    client, sent = Client(headers={"host": "localhost"}), []
    client.cookies["sessionid"] = cookie

    def note(execute, sql, *given):
        sent.append(sql)
        return execute(sql, *given)

    with connection.execute_wrapper(note):
        response = client.get(f"/{slug}/{path}")
    if response.status_code != 200:
        raise SystemExit(f"{path} answered {response.status_code}")
    return sum("SAVEPOINT" not in sql for sql in sent)


def _make_first(people, deals):
    from accounts.models import Company
    from common.tenancy import company_scope
    from targets.models import Metric
    from targets.services.metrics import add_builtin_metrics

    company = Company.objects.create(name="Bench", slug="bench-1")
    with company_scope(company):
        add_builtin_metrics()
        # The bare statements know no levels.
        Metric.objects.filter(kind=Metric.Kind.LEVEL).update(is_active=False)
        unit_ids, team_ids = _make_units()
        patterns = _make_patterns(team_ids[0])
    with migrator() as cursor:
        person_ids = multiply(
            cursor, "teams_person", patterns["person"], people, name="'Person ' || n", employee_number="'E' || n"
        )
        multiply(
            cursor,
            "teams_assignment",
            patterns["assignment"],
            people,
            person_id="(%(people)s::bigint[])[n]",
            unit_id="(%(teams)s::bigint[])[1 + n %% cardinality(%(teams)s::bigint[])]",
            given={"people": person_ids, "teams": team_ids},
        )
        customer_ids = multiply(
            cursor,
            "customers_customer",
            patterns["customer"],
            max(deals // 4, 1),
            name="'Customer ' || n",
            name_key="'customer' || n",
        )
        day = "DATE '2026-01-01' + ((n::bigint * 7919) %% %(days)s)::integer"
        with bare(cursor, "deals_deal"):
            multiply(
                cursor,
                "deals_deal",
                patterns["deal"],
                deals,
                number="'D' || n",
                customer_id="(%(customers)s::bigint[])[1 + n %% cardinality(%(customers)s::bigint[])]",
                owner_id="(%(people)s::bigint[])[1 + (n::bigint * 104729) %% cardinality(%(people)s::bigint[])]",
                opened_on=f"{day} - 9",
                closed_on=day,
                amount="1000 + (n::bigint * 7907) %% 90000",
                # Never the whole amount: a profit of nothing would not be posted.
                cost="600 + (n::bigint * 7907) %% 90000 * 0.6",
                given={"people": person_ids, "customers": customer_ids, "days": DAYS},
            )
        with bare(cursor, "targets_target"):
            for plan_id, unit_target_id, person_target_id in patterns["targets"]:
                month = "(DATE '2026-01-01' + make_interval(months => (n - 1) %% 12))::date"
                multiply(
                    cursor, "targets_target", unit_target_id, 12 * len(unit_ids), plan_id="%(plan)s", month=month,
                    unit_id="(%(units)s::bigint[])[1 + (n - 1) / 12]", given={"plan": plan_id, "units": unit_ids},
                )  # fmt: skip
                multiply(
                    cursor, "targets_target", person_target_id, 12 * people, plan_id="%(plan)s", month=month,
                    person_id="(%(people)s::bigint[])[1 + (n - 1) / 12]",
                    within_id="(%(teams)s::bigint[])[1 + (1 + (n - 1) / 12) %% cardinality(%(teams)s::bigint[])]",
                    given={"plan": plan_id, "people": person_ids, "teams": team_ids},
                )  # fmt: skip
        # The patterns themselves are of no company's business.
        cursor.execute(
            "DELETE FROM targets_target WHERE id = ANY(%s)", [[n for _plan, *pair in patterns["targets"] for n in pair]]
        )
        for table, name in (
            ("deals_deal", "deal"),
            ("customers_customer", "customer"),
            ("teams_assignment", "assignment"),
            ("teams_person", "person"),
        ):
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [patterns[name]])
        cursor.execute("ANALYZE")
    return company


def _make_units():
    """Make four regions of five teams by their service; return the ids of all units and those of the teams."""
    from teams.models import Unit
    from teams.services.units import add_unit

    root = add_unit(name="Bench", kind=Unit.Kind.COMPANY, parent=None, by=None)
    regions = [add_unit(name=f"Region {n}", kind=Unit.Kind.REGION, parent=root, by=None) for n in range(REGIONS)]
    teams = [add_unit(name=f"Team {n}", kind=Unit.Kind.TEAM, parent=regions[n % REGIONS], by=None) for n in range(TEAMS)]
    return [unit.pk for unit in (root, *regions, *teams)], [team.pk for team in teams]


def _make_patterns(team_id):
    """Make one row of each kind by its model, so that whatever has a default has it."""
    from django.utils import timezone

    from customers.models import Customer
    from deals.models import Deal
    from targets.models import Metric, Plan, Target
    from teams.models import Assignment, Person

    hired = date(2024, 1, 1)
    person = Person.objects.create(name="Pattern", employee_number="pattern", hired_on=hired)
    assignment = Assignment.objects.create(person=person, unit_id=team_id, role="REP", starts_on=hired)
    customer = Customer.objects.create(name="Pattern", name_key="pattern")
    deal = Deal.objects.create(
        number="pattern", customer=customer, owner=person, status=Deal.Status.WON, stage=Deal.Stage.NEGOTIATION,
        opened_on=YEAR, closed_on=YEAR, amount=1, cost=1,
    )  # fmt: skip
    targets = []
    for metric in Metric.objects.filter(code__in=ASKED_FOR):
        plan = Plan.objects.create(
            metric=metric, year_starts_on=YEAR, name=metric.code, status="PUBLISHED", published_at=timezone.now()
        )
        tiers = {"plan": plan, "month": date(2025, 1, 1), "floor": 800_000, "commit": 1_000_000, "stretch": 1_200_000}
        of_unit = Target.objects.create(unit_id=team_id, **tiers)
        of_person = Target.objects.create(person=person, within_id=team_id, **tiers)
        targets.append((plan.pk, of_unit.pk, of_person.pk))
    return {"person": person.pk, "assignment": assignment.pk, "customer": customer.pk, "deal": deal.pk, "targets": targets}
