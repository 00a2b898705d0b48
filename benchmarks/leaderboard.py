"""
The leaderboard page of a company of 200 people against an empty signed-in page: the same layout, navigation and walls.

    bin/dev python benchmarks/leaderboard.py [--people 200] [--deals 100000] [--pairs 60]

Both are asked for in this process, through every middleware, by a signed-in rep; the empty page is the layout without
content. The two halves of a pair run next to each other, and take turns in going first.
"""

import argparse
import statistics
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.ground import compare, describe_machine, own_database, seconds_of, set_up_django
from benchmarks.rollup import make_company

WARM_UP = 10
TODAY = date(2026, 10, 20)
#: The pages measured: what is shown, its address inside the company.
PAGES = (
    ("leaderboard, people by month", "leaderboard/?period=2026-10"),
    ("leaderboard, people by year", "leaderboard/?period=2026"),
    ("leaderboard, by attainment", "leaderboard/?period=2026-10&order=attainment"),
    ("leaderboard, a ratio", "leaderboard/?period=2026-10&metric=win_rate"),
    ("leaderboard, as published", "leaderboard/?period=2026-10&week=2026-10-12"),
)
EMPTY = "empty/"


def main():
    given = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    given.add_argument("--people", type=int, default=200)
    given.add_argument("--deals", type=int, default=100_000)
    given.add_argument("--pairs", type=int, default=60)
    size = given.parse_args()
    set_up_django()
    with own_database("bench_leaderboard"):
        client = sign_in(make_company(size))
        print(  # noqa: T201
            f"{size.people} people, {size.deals} won deals; {describe_machine()}; median of {size.pairs} pairs\n\n"
            f"{'':<34}{'page':>12}{'empty':>12}   ratio"
        )
        kept = [measure(client, name, path, size.pairs) for name, path in PAGES]
        return 0 if all(kept) else 1


def sign_in(company):
    """Roll the company up, publish two rankings, make its first person a member; return their signed-in client."""
    from django.test import Client

    from accounts.models import Membership, User
    from accounts.rules import Role
    from common.tenancy import company_scope
    from targets.rollups import refresh_everything
    from targets.services.rankings import publish_weekly_ranking
    from teams.models import Person

    _add_empty_page()
    user = User.objects.create_user(email="rep@bench.example", name="Rep", password=None)
    with company_scope(company):
        refresh_everything()
        for monday in (date(2026, 10, 5), date(2026, 10, 12)):
            publish_weekly_ranking(week_starts_on=monday, today=TODAY, by=None)
        person = Person.objects.order_by("pk").first()
        person.membership = Membership.objects.create(user=user, role=Role.REP)
        person.save()
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _add_empty_page():
    from django.shortcuts import render
    from django.urls import path

    from salesforce_mgmt import company_urls

    company_urls.urlpatterns.append(path(EMPTY, lambda request: render(request, "_layout/company.html")))


def measure(client, name, path, pairs):
    """Time the page beside the empty one; return whether it is within three times of it."""
    for _again in range(WARM_UP):
        body = _get(client, path)
        _get(client, EMPTY)
    statements, empty_statements = (_statements_of(client, address) for address in (path, EMPTY))
    found = []
    for number in range(pairs):
        took = {}
        for address in (path, EMPTY) if number % 2 else (EMPTY, path):
            took[address] = seconds_of(lambda address=address: _get(client, address))
        found.append((took[path], took[EMPTY]))
    kept = compare(name, found, limit=3.0)
    ours, empty = (sorted(half) for half in zip(*found, strict=True))
    print(  # noqa: T201
        f"{'':<34}p95 {_at_95(ours):.1f} ms against {_at_95(empty):.1f} ms; {statements} statements against {empty_statements};"
        f" {len(body) // 1024} KB; fastest {ours[0] / empty[0]:.2f}×"
    )
    return kept


def _statements_of(client, path):
    """Return how many statements a page sends, savepoints left out."""
    from django.db import connection

    sent = []

    def note(execute, sql, *given):
        sent.append(sql)
        return execute(sql, *given)

    with connection.execute_wrapper(note):
        _get(client, path)
    return sum("SAVEPOINT" not in sql for sql in sent)


def _at_95(seconds):
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def _get(client, path):
    response = client.get(f"/bench/{path}")
    if response.status_code != 200:
        raise SystemExit(f"{path} answered {response.status_code}")
    return response.content


if __name__ == "__main__":
    sys.exit(main())
