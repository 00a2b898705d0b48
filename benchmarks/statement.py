"""
A published pay statement of eight lines, through every middleware, against the empty signed-in page.

    bin/dev python benchmarks/statement.py [--companies 1] [--people 200] [--deals 1000] [--pairs 60]
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import Row, pairs_of, run_alone
from benchmarks.leaderboard import EMPTY, add_empty_page

MONTH = date(2025, 11, 1)
AT = datetime(2025, 12, 8, 2, tzinfo=UTC)
LINES = 8


def measure(companies, pairs):
    """Time a statement beside the empty page."""
    from django.test import Client

    add_empty_page()
    cookie, slug = scene.sign_in(companies[0])
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = cookie
    statement = _publish(companies[0])

    def get(path):
        response = client.get(f"/{slug}/{path}")
        if response.status_code != 200:
            raise SystemExit(f"/{path} answered {response.status_code}")

    path = f"pay/statements/{statement}/"
    for _again in range(5):
        get(path)
        get(EMPTY)
    statements = [scene.statements_of(slug, address, cookie) for address in (path, EMPTY)]
    found = pairs_of(lambda: get(path), lambda: get(EMPTY), pairs)
    note = "{} statements against {}".format(*statements)
    return [Row(f"a pay statement of {LINES} lines", found, must=3.0, aim=2.0, note=note)]


def _publish(company):
    """Publish a statement for everybody in a company, with a payout each; return the id of one."""
    from accounts.models import Company
    from common.periods import month_of
    from common.tenancy import company_scope
    from incentives.models import Statement
    from incentives.services import payouts
    from incentives.services import statements as services
    from teams.models import Person
    from teams.queries import with_place

    period = month_of(MONTH)
    with company_scope(Company.objects.get(pk=company)):
        people = with_place(Person.objects.all(), on=period.last_day)
        made = Statement.objects.bulk_create(
            Statement(
                person=person,
                unit_id=person.unit_id,
                starts_on=period.starts_on,
                ends_before=period.ends_before,
                total=LINES * 186_000,
                known_at=AT,
            )
            for person in people
            if person.unit_id
        )
        _add_lines(made)
        ids = [statement.pk for statement in made]
        services.approve(statements=ids, decider=None, now=AT, by=None)
        services.check(statements=ids, decider=None, now=AT, by=None)
        services.publish(statements=ids, now=AT, by=None)
        payouts.pay_all(statements=ids, paid_on=AT.date(), today=AT.date(), by=None)
        return ids[len(ids) // 2]


def _add_lines(statements):
    from incentives.models import StatementLine
    from incentives.rules.terms import LineKind

    steps = [
        {"from": "0", "to": "50000", "rate": "3", "part": 5_000_000, "amount": 150_000},
        {"from": "50000", "to": None, "rate": "5", "part": 720_000, "amount": 36_000},
    ]
    group = {"label": {}, "base": 5_720_000, "steps": steps, "amount": 186_000}
    facts = {"formula": "commission", "groups": [group, group], "earned": 186_000, "entitled": 186_000, "posted": 0}
    StatementLine.objects.bulk_create(
        StatementLine(
            statement=statement,
            position=position,
            kind=LineKind.EARNED,
            name=f"Commission {position}",
            base=5_720_000,
            amount=186_000,
            facts=facts,
        )
        for statement in statements
        for position in range(LINES)
    )


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=1, people=200, deals=1000, pairs=60))
