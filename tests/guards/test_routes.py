"""
Every route, as every role, in one's own and in a rival's company.

A route without a row in `tests/guards/matrix.py` fails, and so does a status that differs from it, a page that shows
anything of the rival's or offers a file that is not in `FILES`, and a request that leaves a broken reference behind.
"""

import io
import types
import zipfile

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import include, path

from common.tenancy import company_scope
from teams.models import Unit
from tests.guards.matrix import FILES, MATRIX
from tests.guards.routes import address, routes_of
from tests.guards.source import nothing
from tests.guards.world import CANARY, ROLES

COMPANY_ROUTES = sorted(routes_of(settings.COMPANY_URLCONF))
METHODS = ("get", "post")


def ask(client, method, where, body=None):
    """Make a request whose effects are looked at and then taken back."""
    with transaction.atomic():
        response = getattr(client, method)(where, body or {})
        if method == "post":
            connection.check_constraints()
        transaction.set_rollback(True)
    return response


def text_of(response):
    """Return what a response says, a workbook's sheets included."""
    content = response.getvalue() if response.streaming else response.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return content.decode("utf-8", "replace")


def unlisted(routes, matrix):
    return sorted(set(routes) - set(matrix))


def requests_of(row, world):
    """Yield (method, whose, position of the foreign part) for everything to be tried on a route."""
    for method in METHODS:
        for whose in row.variants(world):
            yield method, whose, None
            if whose == "rival" and len(row.of) > 1:
                yield from ((method, whose, place) for place, kind in enumerate(row.of) if not kind.endswith("_verb"))


class TestMatrix:
    def test_every_route_has_a_row(self):
        nothing(unlisted(COMPANY_ROUTES, MATRIX))

    def test_every_row_has_a_route(self):
        nothing(sorted(set(MATRIX) - set(COMPANY_ROUTES)))

    def test_a_planted_route_is_found(self):
        planted = types.ModuleType("planted")
        planted.urlpatterns = [
            path("leak/", lambda request: None, name="leak"),
            path("deals/", include(([path("all/", lambda request: None, name="all")], "deals"))),
            path("nameless/<int:pk>/", lambda request: None),
        ]
        assert unlisted(routes_of(planted), MATRIX) == ["deals:all", "leak", "nameless/<int:pk>/"]


class TestRequest:
    def test_would_not_leave_a_broken_reference_behind_unseen(self, world):
        def break_one(_where, _body):
            with company_scope(world.cast.lantern):
                Unit.objects.filter(pk=world.cast.one.pk).update(parent_id=0)

        with pytest.raises(IntegrityError):
            ask(types.SimpleNamespace(post=break_one), "post", "/lantern/")


class TestFiles:
    @pytest.mark.parametrize("name", sorted(FILES))
    @pytest.mark.parametrize("kind", ["xlsx", "csv"])
    def test_are_handed_to_who_may_take_them_and_show_nothing_of_the_rivals(self, world, name, kind):
        where = address(name, world, MATRIX[name])
        faults = []
        for (role, who), status in zip(ROLES.items(), FILES[name].split(), strict=True):
            response = ask(world.clients[who], "get", where, {"as": kind})
            if response.status_code != int(status):
                faults.append(f"{where} as {role}: {response.status_code}, not {status}")
            if CANARY in text_of(response).lower():
                faults.append(f"{where} as {role} shows something of the rival's")
        nothing(faults)


@pytest.mark.parametrize("name", [name for name in COMPANY_ROUTES if name in MATRIX])
class TestRoute:
    def test_gives_every_role_what_it_may_have_and_nothing_of_the_rivals(self, world, name):
        row, faults, offering = MATRIX[name], [], set()
        for method, whose, foreign in requests_of(row, world):
            where = address(name, world, row, whose, foreign=foreign)
            for role, who in ROLES.items():
                body = row.body_for(world, "near" if whose == "rival" else whose) if method == "post" else {}
                response = ask(world.clients[who], method, where, body)
                told = f"{method} {where} ({whose}) as {role}"
                if response.status_code not in row.expected(method, role, whose):
                    faults.append(f"{told}: {response.status_code}, not {row.expected(method, role, whose)}{_errors(response)}")
                text = text_of(response)
                if CANARY in text.lower().replace("atlantic/canary", ""):
                    faults.append(f"{told} shows something of the rival's")
                if "as=xlsx" in text:
                    offering.add(name)
        nothing(faults)
        assert offering == {name} & set(FILES), "a page that offers a file is listed in FILES, and no other one"

    def test_asks_strangers_to_sign_in_and_does_not_know_members_of_other_companies(self, world, name):
        row, faults = MATRIX[name], []
        where = address(name, world, row)
        for method in METHODS:
            response = ask(Client(), method, where)
            if response.status_code != 302 or not response["Location"].startswith("/accounts/login/?next="):
                faults.append(f"{method} {where} as nobody: {response.status_code}")
            for who in ("chandra", "rex"):
                response = ask(world.clients[who], method, where)
                if response.status_code != 404:
                    faults.append(f"{method} {where} as {who} of the rival: {response.status_code}")
        nothing(faults)

    def test_takes_nothing_from_a_form_of_another_site(self, world, name):
        if MATRIX[name].post is None:
            return
        client = Client(enforce_csrf_checks=True)
        client.cookies = world.clients["amir"].cookies
        row = MATRIX[name]
        # The doors that take JSON only turn a form away before they look for its token.
        refusals = {403, 415} if name.endswith(":api_queue") else {403}
        assert ask(client, "post", address(name, world, row), row.body_for(world)).status_code in refusals


def _errors(response):
    """Say what a form found fault with, for whoever reads the failure."""
    form = response.context.get("form") if response.context else None
    return f" {form.errors.as_text()}" if form is not None and getattr(form, "errors", None) else ""
