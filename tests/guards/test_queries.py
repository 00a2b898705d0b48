"""
A page asks the database as often for a few rows as for a dozen more, and never more often than it used to.

The counts of each page and role are kept in `query_baseline.json`. After a change that is worth its queries:
`REFRESH_BASELINE=1 bin/dev python -m pytest tests/guards/test_queries.py`, and the difference is there to be reviewed.
"""

import importlib
import json
import os
import types
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from customers.models import Customer
from tests.guards.growth import grow
from tests.guards.matrix import MATRIX
from tests.guards.routes import address
from tests.guards.source import nothing
from tests.guards.test_routes import ask
from tests.guards.world import ROLES

BASELINE = Path(__file__).with_name("query_baseline.json")
PAGES = sorted(name for name, row in MATRIX.items() if row.get and 200 in row.get)
PLANTED = "planted"
#: Lists and rankings of whoever sees everybody take few statements, what opens and ends transactions left out; the boards of
#: people take more yet, and those of units in a running period, for what they foretell (docs/adr/0015).
FEW = 8
LISTS = (
    "reports:leaderboard",
    "reports:wall",
    "reports:sales",
    "teams:people",
    "teams:organisation",
    "customers:list",
    "customers:complaints",
    "customers:surveys",
    "deals:list",
    "deals:pipeline",
    "visits:list",
    "visits:expenses",
    "meetings:list",
    "jobs:list",
    "targets:plans",
)


def one_query_a_row(request):
    return HttpResponse(", ".join(str(customer.owner) for customer in Customer.objects.all()))


def sent_for(client, where):
    """Return the statements that a page sends to the database."""
    sent = []

    def note(execute, sql, params, many, context):
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        response = ask(client, "get", where)
    assert response.status_code == 200, f"{where}: {response.status_code}"
    return sent


def cost_of(client, where):
    """Return how many statements a page sends to the database."""
    return len(sent_for(client, where))


def too_many(sent, limit):
    """Return the statements of a page that are more than so many, without those that open and end transactions."""
    asked = [sql for sql in sent if "SAVEPOINT" not in sql]
    return asked if len(asked) > limit else []


def costs(world):
    """Return what every page costs each role that may see it, as {page: {role: statements}}."""
    found = {PLANTED: {"admin": cost_of(world.clients["amir"], "/lantern/planted/")}}
    for name in PAGES:
        row = MATRIX[name]
        where = address(name, world, row)
        found[name] = {
            role: cost_of(world.clients[who], where)
            for (role, who), status in zip(ROLES.items(), row.get, strict=True)
            if status == 200
        }
    return found


@pytest.fixture(scope="module")
def measured(world):
    """What every page costs before and after the world has grown."""
    planted = types.ModuleType("planted_urls")
    company_urls = importlib.import_module(settings.COMPANY_URLCONF)
    planted.urlpatterns = [*company_urls.urlpatterns, path("planted/", one_query_a_row, name=PLANTED)]
    with override_settings(COMPANY_URLCONF=planted):
        cost_of(world.clients["amir"], "/lantern/")  # what is remembered from the first time on is not counted
        before = costs(world)
        with transaction.atomic():
            grow(world)
            after = costs(world)
            transaction.set_rollback(True)
    return before, after


@pytest.fixture(scope="module")
def baseline(measured):
    before, _after = measured
    if os.environ.get("REFRESH_BASELINE"):
        kept = {name: before[name] for name in PAGES}
        BASELINE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return json.loads(BASELINE.read_text()) if BASELINE.exists() else {}


def grown(before, after, name):
    return [
        f"{name} as {role}: {count} → {after[name][role]}" for role, count in before[name].items() if after[name][role] > count
    ]


def risen(before, kept, name):
    """Return where a page costs more than was kept, or was never kept."""
    known = kept.get(name, {})
    return [
        f"{name} as {role}: {count} statements, {known.get(role, 'no')} in {BASELINE.name}"
        for role, count in before[name].items()
        if count > known.get(role, -1)
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_for_a_few_rows_and_for_a_dozen_more(measured, name):
    nothing(grown(*measured, name))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_no_more_than_it_used_to(measured, baseline, name):
    nothing(risen(measured[0], baseline, name))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_few_statements(world, name):
    where = address(name, world, MATRIX[name])
    client = world.clients["amir"]
    sent_for(client, where)
    nothing(too_many(sent_for(client, where), FEW))


class TestTheGuard:
    def test_sees_a_list_that_takes_too_many(self):
        assert too_many(["SAVEPOINT a", "SELECT 1", "SELECT 2"], 1) == ["SELECT 1", "SELECT 2"]
        assert too_many(["SAVEPOINT a", "SELECT 1", "RELEASE SAVEPOINT a"], 1) == []

    def test_sees_a_page_with_one_query_a_row(self, measured):
        assert grown(*measured, PLANTED)

    def test_sees_a_page_that_has_become_dearer_and_one_that_was_never_measured(self):
        assert risen({"a": {"rep": 5}}, {"a": {"rep": 4}}, "a") == ["a as rep: 5 statements, 4 in query_baseline.json"]
        assert risen({"a": {"rep": 5}}, {}, "a") == ["a as rep: 5 statements, no in query_baseline.json"]
        assert risen({"a": {"rep": 5}}, {"a": {"rep": 6}}, "a") == []
