"""
Every route outside of any company, as nobody, a member, a member of another company and a platform operator.

A route without a row in `tests/guards/outer_matrix.py` fails, and so does a status that differs from it, and a page that
shows a member anything of the other company.
"""

import types

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver, path

from accounts.models import User
from tests.guards.outer_matrix import OUTER
from tests.guards.routes import routes_of
from tests.guards.source import nothing
from tests.guards.test_routes import METHODS, ask, text_of, unlisted
from tests.guards.world import CANARY
from tests.signing_in import BACKEND

OUTER_ROUTES = sorted(set(routes_of(settings.ROOT_URLCONF)))
PERSONS = ("nobody", "member", "stranger", "operator")


@pytest.fixture(scope="module")
def clients(world):
    """A browser for each of `PERSONS`."""
    operator = User.objects.create_superuser(email="operator@example.com", name="Olga", password=None, language="en")
    signed_in = Client()
    signed_in.force_login(operator, backend=BACKEND)
    return dict(zip(PERSONS, (Client(), world.clients["asha"], world.clients["rex"], signed_in), strict=True))


@pytest.fixture(scope="module")
def addresses(world):
    """The address of every route, by its name."""
    ids = world.cast.asha.user.pk, world.cast.lantern.pk, world.id_of("token", "near"), world.id_of("survey_token", "near")
    return {name: row[0].format(*ids) for name, row in OUTER.items()}


class TestMatrix:
    def test_every_route_has_a_row(self):
        nothing(unlisted(OUTER_ROUTES, OUTER))

    def test_every_row_has_a_route(self):
        nothing(sorted(set(OUTER) - set(OUTER_ROUTES)))

    def test_a_planted_route_is_found(self):
        planted = types.ModuleType("planted")
        planted.urlpatterns = [
            path("leak/", lambda request: None, name="leak"),
            path("offline/", lambda request: None, name="offline"),
        ]
        assert unlisted(routes_of(planted), OUTER) == ["leak"]

    @pytest.mark.parametrize("name", OUTER)
    def test_every_address_leads_to_its_route(self, addresses, name):
        where = addresses[name].lstrip("/")
        assert name in set(_routes_that_take(get_resolver(settings.ROOT_URLCONF).url_patterns, where, "", ""))


@pytest.mark.parametrize("name", OUTER)
@pytest.mark.parametrize("method", METHODS)
def test_gives_everybody_what_they_may_have(clients, addresses, name, method):
    expected = OUTER[name][1 + METHODS.index(method)]
    found = [ask(_same(client), method, addresses[name]).status_code for client in clients.values()]
    assert dict(zip(PERSONS, map(int, expected.split()), strict=True)) == dict(zip(PERSONS, found, strict=True))


@pytest.mark.parametrize(
    "name", [name for name, row in OUTER.items() if row[0].startswith("/platform/") and name != "admin:logout"]
)
def test_the_platform_asks_all_but_its_operators_to_sign_in(clients, addresses, name):
    for who in ("nobody", "member", "stranger"):
        for method in METHODS:
            response = ask(_same(clients[who]), method, addresses[name])
            assert response.status_code == 403 or response["Location"].startswith(("/accounts/login/", "/platform/login/"))


@pytest.mark.parametrize("name", OUTER)
def test_shows_a_member_nothing_of_the_other_company(clients, addresses, name):
    for who in ("nobody", "member"):
        assert CANARY not in text_of(ask(_same(clients[who]), "get", addresses[name])).lower()


def _same(client):
    """Return a browser with the same cookies: an answer that signs out would empty the first one's."""
    other = Client()
    other.cookies = client.cookies.copy()
    return other


def _routes_that_take(patterns, where, namespace, prefix):
    """Yield the names of the routes that would take an address, the one in charge first."""
    for entry in patterns:
        if (match := entry.pattern.match(where)) is None:
            continue
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}" if entry.name else f"{prefix}{entry.pattern}"
        else:
            within = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _routes_that_take(entry.url_patterns, match[0], within, f"{prefix}{entry.pattern}")
