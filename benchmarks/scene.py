"""
The scene of every measurement: companies with people, won deals, a year of monthly targets, and their ledger.

The first company is made by the product: units by their service, credits by posting. Its people, customers, deals and targets
are one row of each, made by the models, multiplied by `INSERT … SELECT … generate_series`. All other companies are copies of
it, made table by table in one statement each, with every key moved on by the same step; whatever columns a table has, they
are copied. That a copy's ledger is what posting would have given is proved by posting the last one again: it adds nothing.
"""

from contextlib import contextmanager
from datetime import date, timedelta

from benchmarks.ground import migrator

YEAR = date(2026, 1, 1)
#: Deals are won on the first 291 days of the year, so that the last one counts for the week that is ranked.
DAYS = 291
LAST_DAY = date(2026, 10, 18)
TODAY = date(2026, 10, 20)
WEEK = date(2026, 10, 12)
TEAMS, REGIONS = 20, 4
ASKED_FOR = ("revenue", "gross_profit", "deals_won")
#: Filled without references and secondary indexes, which are built afterwards at a tenth of the cost.
LARGE = (
    "deals_deal",
    "credits_credit",
    "credits_dailytotal",
    "targets_target",
    "targets_attainment",
    "targets_ranking",
    "targets_rankingrow",
)


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
    ids = _copy(first, companies)
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
        credit = ", ".join(name for name in _columns(cursor, "credits_credit") if name not in {"id", "company_id"})
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
        person_ids = _multiply(
            cursor, "teams_person", patterns["person"], people, name="'Person ' || n", employee_number="'E' || n"
        )
        _multiply(
            cursor,
            "teams_assignment",
            patterns["assignment"],
            people,
            person_id="(%(people)s::bigint[])[n]",
            unit_id="(%(teams)s::bigint[])[1 + n %% cardinality(%(teams)s::bigint[])]",
            given={"people": person_ids, "teams": team_ids},
        )
        customer_ids = _multiply(
            cursor,
            "customers_customer",
            patterns["customer"],
            max(deals // 4, 1),
            name="'Customer ' || n",
            name_key="'customer' || n",
        )
        day = "DATE '2026-01-01' + ((n::bigint * 7919) %% %(days)s)::integer"
        with _bare(cursor, "deals_deal"):
            _multiply(
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
        with _bare(cursor, "targets_target"):
            for plan_id, unit_target_id, person_target_id in patterns["targets"]:
                month = "(DATE '2026-01-01' + make_interval(months => (n - 1) %% 12))::date"
                _multiply(
                    cursor, "targets_target", unit_target_id, 12 * len(unit_ids), plan_id="%(plan)s", month=month,
                    unit_id="(%(units)s::bigint[])[1 + (n - 1) / 12]", given={"plan": plan_id, "units": unit_ids},
                )  # fmt: skip
                _multiply(
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


def _multiply(cursor, table, pattern_id, count, *, given=None, **columns):
    """Insert a row so many times with other values, given as SQL over `n` from 1 on; return the new ids in order."""
    kept = [name for name in _columns(cursor, table) if name != "id" and name not in columns]
    names = ", ".join(f'"{name}"' for name in [*columns, *kept])
    values = ", ".join([*columns.values(), *(f'pattern."{name}"' for name in kept)])
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, %(count)s) AS n,"
        f" (SELECT * FROM {table} WHERE id = %(pattern)s) pattern ORDER BY n RETURNING id",
        (given or {}) | {"count": count, "pattern": pattern_id},
    )
    return [row_id for (row_id,) in cursor.fetchall()]


def _copy(first, companies):
    """Copy a company until there are so many; return the ids of all."""
    from django.db import transaction

    from common.walls import tenant_models

    with migrator() as cursor:
        models = [model for model in tenant_models() if _has_rows(cursor, model._meta.db_table, first.pk)]
        step = max(_last_id(cursor, model._meta.db_table) for model in models) + 1
        columns = _columns(cursor, "accounts_company")
        values = {"id": "id + n", "slug": "'bench-' || (n + 1)", "name": "'Bench ' || (n + 1)"}
        cursor.execute(
            f"INSERT INTO accounts_company ({', '.join(columns)}) SELECT {', '.join(values.get(c, c) for c in columns)}"
            " FROM accounts_company, generate_series(1, %s) AS n WHERE id = %s",
            [companies - 1, first.pk],
        )
        _move_sequence(cursor, "accounts_company")
        # Small tables refer to each other, which is checked at the end of a transaction; the large ones only to those.
        with transaction.atomic(using="migrator"):
            for model in models:
                if model._meta.db_table not in LARGE:
                    _copy_table(cursor, model, first.pk, companies - 1, step)
        for model in models:
            if model._meta.db_table in LARGE:
                with _bare(cursor, model._meta.db_table):
                    _copy_table(cursor, model, first.pk, companies - 1, step)
    return [first.pk + n for n in range(companies)]


def _copy_table(cursor, model, company_id, times, step):
    """Copy one company's rows so many times, every key that points to a company's row moved on by the step."""
    from django.db.models import ForeignKey

    from common.tenancy import CompanyModel

    table = model._meta.db_table
    moved = {"id", "source_id"} | {
        field.column
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and issubclass(field.related_model, CompanyModel)
    }
    columns = _columns(cursor, table)
    values = ["company_id + n" if c == "company_id" else f'"{c}" + n * %(step)s' if c in moved else f'"{c}"' for c in columns]
    cursor.execute(
        "INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, %(times)s) AS n, LATERAL"
        " (SELECT * FROM {table} WHERE company_id = %(company)s ORDER BY id) AS original".format(
            table=table, names=", ".join(f'"{c}"' for c in columns), values=", ".join(values)
        ),
        {"company": company_id, "times": times, "step": step},
    )
    _move_sequence(cursor, table)


@contextmanager
def _bare(cursor, table):
    """Take references and secondary indexes off a table while it is filled."""
    cursor.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'f'"
        " UNION ALL"
        " SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)"
        " FROM pg_index WHERE indrelid = %(table)s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        {"table": table},
    )
    taken = cursor.fetchall()
    for take_off, _put_back in taken:
        cursor.execute(take_off)
    yield
    for _take_off, put_back in reversed(taken):
        cursor.execute(put_back)


def _columns(cursor, table):
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        " ORDER BY attnum",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _has_rows(cursor, table, company_id):
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE company_id = %s)", [company_id])
    return cursor.fetchone()[0]


def _last_id(cursor, table):
    cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
    return cursor.fetchone()[0]


def _move_sequence(cursor, table):
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")
