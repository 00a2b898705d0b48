"""
A process that has drawn everybody's pages shows nobody anything else than one that has drawn nothing yet.

People of two companies, with different roles, sight and languages, ask for the same pages in turn and then change their
language: what comes out of kept parts must be what is drawn anew.
"""

import re

from django.db import transaction

from accounts.models import User
from common.templatetags import cells, filters, keeping, pages
from reports import navigation
from reports.templatetags import leaders
from tests.guards.matrix import MATRIX
from tests.guards.routes import address
from tests.guards.source import nothing

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


def anew(node, context):
    return node.draw(context, {name: value.resolve(context) for name, value in node.values.items()})


def differing(world, monkeypatch):
    """Return who sees another page out of what is kept than drawn anew."""
    with transaction.atomic():
        speak(world, ["en", "zh-hans"])
        drawn(world)
        speak(world, ["zh-hans", "en"])
        warm = drawn(world)
        for function in KEPT:
            function.cache_clear()
        monkeypatch.setattr(keeping.KeptNode, "render", anew)
        cold = drawn(world)
        transaction.set_rollback(True)
    assert {status for status, _text in cold.values()} == {200}
    return sorted(key for key in cold if warm[key] != cold[key])


def test_what_is_kept_is_what_would_be_drawn(world, monkeypatch):
    nothing(differing(world, monkeypatch))


def test_a_part_that_forgot_whose_it_is_would_be_seen(world, monkeypatch):
    monkeypatch.setattr(keeping, "_around", lambda _context: ())
    assert differing(world, monkeypatch)
