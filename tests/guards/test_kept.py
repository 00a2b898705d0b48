"""
A process that has drawn everybody's pages shows nobody anything else than one that has drawn nothing yet.

People of two companies, with different roles, sight and languages, ask for the same pages in turn and then change their
language: what comes out of kept parts must be what is drawn anew. Likewise once somebody's role, unit or membership has
changed, and for an operator of the platform: nobody sees on what another one has warmed what they may not see.
"""

import re

import pytest
from django.db import transaction
from django.test import Client

from accounts import services as accounts
from accounts.models import Membership, User
from accounts.rules import Role
from common import again
from common.templatetags import cells, filters, keeping, pages
from common.tenancy import company_scope
from reports import navigation
from reports.queries import frame
from reports.templatetags import leaders
from teams import services as teams
from tests.guards.matrix import MATRIX
from tests.guards.routes import address
from tests.guards.source import nothing
from tests.guards.world import TODAY
from tests.signing_in import BACKEND

PAGES = (
    "reports:home",
    "reports:leaderboard",
    "reports:sales",
    "teams:people",
    "customers:list",
    "deals:list",
    "deals:pipeline",
    "visits:list",
)
#: What not everybody may open.
PLANS, OF_UNIT = "targets:plans", "reports:unit"
WHO = {"asha": "lantern", "bela": "lantern", "hana": "lantern", "amir": "lantern", "chandra": "rival", "rex": "rival"}
KEPT = (
    cells._moved,
    cells.face,
    filters._select,
    pages._sort_link,
    pages._page_words,
    navigation._navigation,
    navigation._addresses,
    leaders._row,
    frame._metrics,
    frame._rows,
    frame._units,
    frame._exceptions,
    frame._tree,
)
#: What is another one each time: tokens, and the references of forms.
PASSING = re.compile(r"\b[A-Za-z0-9]{64}\b|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def drawn(world):
    """Return every page as everybody sees it: {(who, page): (status, text)}."""
    found = {}
    for name in PAGES:
        for who, company in WHO.items():
            where = address(name, world, MATRIX[name], "rival" if company == "rival" else "near", company=company)
            response = world.clients[who].get(where)
            found[who, name] = response.status_code, PASSING.sub("", response.content.decode())
    return found


def speak(world, languages):
    for who, language in zip(WHO, languages * len(WHO), strict=False):
        User.objects.filter(pk=getattr(world.cast, who).user.pk).update(language=language)


def forget(monkeypatch):
    """Let nothing that was kept be shown again."""
    for function in KEPT:
        function.cache_clear()
    monkeypatch.setattr(keeping.Parts, "get", lambda _parts, key: hash(key) and None)
    monkeypatch.setattr(again.pages, "found", lambda _key: None)


def differing(world, monkeypatch):
    """Return who sees another page out of kept parts than drawn anew; whole pages are looked at by `test_again`."""
    monkeypatch.setattr(again.pages, "found", lambda _key: None)
    with transaction.atomic():
        speak(world, ["en", "zh-hans"])
        drawn(world)
        speak(world, ["zh-hans", "en"])
        warm = drawn(world)
        forget(monkeypatch)
        cold = drawn(world)
        transaction.set_rollback(True)
    assert {status for status, _text in cold.values()} == {200}
    return sorted(key for key in cold if warm[key] != cold[key])


def test_what_is_kept_is_what_would_be_drawn(world, monkeypatch):
    nothing(differing(world, monkeypatch))


def test_a_part_that_forgot_whose_it_is_would_be_seen(world, monkeypatch):
    monkeypatch.setattr(keeping, "_around", lambda _context: ())
    assert differing(world, monkeypatch)


def test_a_body_that_forgot_whose_it_is_would_be_seen(world, monkeypatch):
    monkeypatch.setattr(keeping, "_here", lambda: ())
    assert differing(world, monkeypatch)


def asked(world, client, name, whose="near"):
    """Return what a signed-in member of Lantern is answered: (status, text)."""
    response = client.get(address(name, world, MATRIX[name], whose))
    return response.status_code, PASSING.sub("", response.content.decode())


def all_asked(world, client):
    return {(name, whose): asked(world, client, name, whose) for name in (*PAGES, PLANS, OF_UNIT) for whose in ("near", "far")}


def make_role(world, role):
    accounts.change_role(
        membership=Membership.objects.get(pk=world.cast.bela.membership.pk), role=role, by=world.cast.amir.user
    )


def move(world, unit):
    teams.transfer(person=world.cast.bela.person, unit=unit, role=Role.MANAGER, from_day=TODAY, by=world.cast.hana.user)


CHANGES = {
    "to HR": lambda world: make_role(world, Role.HR),
    "to rep": lambda world: make_role(world, Role.REP),
    "to admin": lambda world: make_role(world, Role.ADMIN),
    "to another unit": lambda world: move(world, world.cast.two),
    "out": lambda world: accounts.deactivate_member(
        membership=Membership.objects.get(pk=world.cast.bela.membership.pk), by=world.cast.amir.user
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_of_rights_the_next_page_is_what_would_be_drawn(world, monkeypatch, change):
    client = world.clients["bela"]
    with transaction.atomic():
        drawn(world)
        before = all_asked(world, client)
        with company_scope(world.cast.lantern):
            CHANGES[change](world)
        warm = all_asked(world, client)
        forget(monkeypatch)
        cold = all_asked(world, client)
        transaction.set_rollback(True)
    nothing(sorted(key for key in cold if warm[key] != cold[key]))
    assert warm != before


def test_an_operator_of_the_platform_sees_nothing_of_what_others_have_warmed(world):
    with transaction.atomic():
        drawn(world)
        operator = User.objects.create_user(email="op@example.com", name="Op", password=None, is_staff=True, is_superuser=True)
        client = Client()
        client.force_login(operator, backend=BACKEND)
        found = {key: status for key, (status, _text) in all_asked(world, client).items()}
        # Who also works there sees what their role sees, from the next page on.
        with company_scope(world.cast.lantern):
            Membership.objects.create(user=operator, role=Role.REP)
        status, page = asked(world, client, "reports:home")
        rep = {name: asked(world, client, name)[0] for name in (OF_UNIT, "reports:leaderboard")}
        transaction.set_rollback(True)
    assert set(found.values()) == {404}
    assert (status, "Op" in page, "Amir" in page) == (200, True, False)
    assert rep[OF_UNIT] == 404
