"""
Splitting a plan anew down to every person, changing one of its cells, and judging everybody's target.

    bin/dev python benchmarks/workbench.py [--companies 1] [--people 200] [--deals 10000] [--pairs 15]

A split of the whole tree (people × twelve months × three tiers, and the units above them) is everything the server does for it –
reading the plan, dividing, storing, the step with how it was, the audit entry – against storing the same rows by one bare
statement in a copy of the table with the same indexes. A cell is set through every middleware by a signed-in member, against
the empty signed-in page. The page that judges everybody's target – findings, and the chance of each tier by simulation – is asked
for as it is, for it has no bare side: whoever opens it waits.
"""

import json
import statistics
import sys
from datetime import date
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import Reading, Row, pairs_of, run_alone, seconds_of
from benchmarks.leaderboard import EMPTY, add_empty_page

YEAR = 2028
WARM_UP = 10
_COLUMNS = "company_id, plan_id, unit_id, person_id, within_id, month, floor, commit, stretch, is_by_hand, is_locked"
_STORE = f"""
INSERT INTO bare_target ({_COLUMNS}) VALUES %s
ON CONFLICT (company_id, plan_id, unit_id, person_id, within_id, month)
DO UPDATE SET floor = EXCLUDED.floor, commit = EXCLUDED.commit, stretch = EXCLUDED.stretch,
    is_by_hand = EXCLUDED.is_by_hand, is_locked = EXCLUDED.is_locked
"""


def measure(companies, pairs):
    """Time a split of the whole tree beside storing its rows, and a changed cell beside the empty page."""
    cookie, slug = scene.sign_in(companies[0])
    plan, regions, key, user = _start(companies[0])
    people = scene.size_of(companies[0])[0]
    return [
        Row(
            f"split of {people} people, 12 months, 3 tiers",
            _splits(companies[0], plan, regions, user, pairs),
            must=3.0,
            aim=2.0,
        ),
        Row("a cell of a plan", _cells(slug, cookie, plan, key, pairs * 4), must=3.0, aim=2.0),
        _judgement(companies[0], slug, cookie, plan),
    ]


def _start(company):
    """Begin a plan that nobody has published, split equally; return it, its regions' keys, a person's key, and the member."""
    from accounts.models import Company, Membership
    from common.periods import Period
    from common.tenancy import company_scope
    from targets.models import Metric
    from targets.queries.plans import sheet_of
    from targets.services import plans, splits

    home = Company.objects.get(pk=company)
    year = Period(date(YEAR, 1, 1), date(YEAR + 1, 1, 1))
    with company_scope(home):
        user = Membership.objects.select_related("user").first().user
        plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=year, rounding_unit=100_00, by=user)
        splits.set_year(plan=plan, tiers=1_200_000_000_00, method="WORKING_DAYS", on=year.starts_on, by=user)
        root = sheet_of(plan, company=home).root
        splits.split_down(plan=plan, unit=_unit(root.unit_id), method="EQUAL", whole_subtree=True, on=year.starts_on, by=user)
        found = sheet_of(plan, company=home)
        person = next(node.key for node in found.nodes.values() if node.is_person)
        return plan, found.sheet.children[found.root.key], person, user


def _unit(unit_id):
    from teams.models import Unit

    return Unit.objects.get(pk=unit_id)


def _splits(company, plan, regions, user, pairs):
    from django.db import connection
    from psycopg2.extras import execute_values

    from accounts.models import Company
    from common.tenancy import company_scope
    from targets.models import Target
    from targets.queries.plans import sheet_of
    from targets.services import splits

    home, turn = Company.objects.get(pk=company), [0]
    with company_scope(home):
        root = _unit(sheet_of(plan, company=home).root.unit_id)

    def ours():
        with company_scope(home):
            # Every region's share changes with each turn, so that every row differs.
            weights = {region: 10 + (number + turn[0]) % len(regions) for number, region in enumerate(regions)}
            splits.split_down(
                plan=plan, unit=root, method="WEIGHTS", weights=weights, whole_subtree=True, on=date(YEAR, 1, 1), by=user
            )

    def bare():
        with company_scope(home):
            execute_values(connection.cursor().cursor, _STORE, stored, page_size=len(stored))

    def ready():
        turn[0] += 1
        names = _COLUMNS.split(", ")
        with company_scope(home):
            stored[:] = [
                (*row[:6], *(amount + turn[0] for amount in row[6:9]), *row[9:])
                for row in Target.objects.filter(plan=plan).values_list(*names)
            ]

    stored = []
    _make_copy()
    ready()
    return pairs_of(ours, bare, pairs, before=ready)


def _make_copy():
    from django.conf import settings

    from benchmarks.ground import migrator

    with migrator() as cursor:
        cursor.execute("CREATE TABLE bare_target (LIKE targets_target INCLUDING ALL)")
        cursor.execute(f'GRANT ALL ON bare_target TO "{settings.DATABASES["default"]["USER"]}"')


def _cells(slug, cookie, plan, key, pairs):
    from django.test import Client

    add_empty_page()
    client, turn, seen = Client(headers={"host": "localhost"}), [0], [None]
    client.cookies["sessionid"] = cookie

    def ours():
        # What the grid sends: the cell as it was on the screen, and a number of its own for each change.
        turn[0] += 1
        amount = 100_000 + turn[0] % 7 * 100
        cells = json.dumps([[key, f"{YEAR}-03", str(amount), seen[0]]])
        given = urlencode({"tier": "commit", "cells": cells, "client_ref": uuid4()})
        answer = client.post(f"/{slug}/targets/{plan.pk}/cells/", given, content_type="application/x-www-form-urlencoded")
        seen[0] = amount * 100
        if answer.status_code != 200:
            raise SystemExit(f"a cell answered {answer.status_code}: {answer.content[:300]}")

    def bare():
        if client.get(f"/{slug}/{EMPTY}").status_code != 200:
            raise SystemExit("the empty page failed")

    for _again in range(WARM_UP):
        ours()
        bare()
    return pairs_of(ours, bare, pairs)


def _judgement(company, slug, cookie, plan):
    """Return how long the page of the whole company's targets takes, the median of seven after one that is not counted."""
    from django.test import Client

    from common.tenancy import company_scope
    from teams.models import Unit

    with company_scope(company):
        root = Unit.objects.get(parent=None)
    client, path = Client(headers={"host": "localhost"}), f"targets/{plan.pk}/units/{root.pk}/judgement/"
    client.cookies["sessionid"] = cookie

    def get():
        if client.get(f"/{slug}/{path}").status_code != 200:
            raise SystemExit("the judgement failed")

    get()
    taken = statistics.median(seconds_of(get) for _again in range(7))
    note = f"{scene.statements_of(slug, path, cookie)} statements"
    return Reading("judging everybody's target", taken, must=2.0, aim=1.0, unit="s", note=note)


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=1, people=200, deals=10_000, pairs=15))
