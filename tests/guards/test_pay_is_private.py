"""
Nobody reads what a colleague gets: every page and file is opened by those who may not, and looked through for a planted amount.

The amount stands on Asha's statement (tests/guards/world_pay.py). Ada sits beside her, Ben and Boris in the next team, Boris leading it.
"""

import re

import pytest
from django.conf import settings
from django.test import Client

from tests.guards.matrix import FILES, MATRIX
from tests.guards.routes import address, routes_of
from tests.guards.source import nothing
from tests.guards.test_routes import ask, text_of
from tests.guards.world_pay import PLANTED_PART, PLANTED_TOTAL
from tests.signing_in import BACKEND

PEERS = ("ada", "ben", "boris")
CHAIN = ("asha", "bela", "dora", "hana", "amir")
#: However a page or file writes one of the two amounts: in full, shortened, as plain digits.
AMOUNTS = re.compile("|".join((r"7,?654,?[34]21", r"7654[34]2198", r"765\.4\s?万", r"7\.65M")))


def opened(world, who, names, query=None):
    """Yield (address, text) of every page that a member gets, of those with these names."""
    client = Client()
    client.force_login(getattr(world.cast, who).user, backend=BACKEND)
    for name in names:
        if MATRIX[name].get is None:
            continue
        where = address(name, world, MATRIX[name])
        response = ask(client, "get", where, query or {})
        if response.status_code == 200:
            yield where, text_of(response)


ROUTES = sorted(name for name in routes_of(settings.COMPANY_URLCONF) if name in MATRIX)


@pytest.mark.parametrize("who", PEERS)
def test_no_page_shows_it_to_whoever_is_not_above(world, who):
    nothing([f"{where} as {who}" for where, text in opened(world, who, ROUTES) if AMOUNTS.search(text)])


@pytest.mark.parametrize("who", PEERS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_file_of_a_list_shows_it_either(world, who, kind):
    nothing([f"{where} as {who}" for where, text in opened(world, who, sorted(FILES), {"as": kind}) if AMOUNTS.search(text)])


@pytest.mark.parametrize("who", CHAIN)
def test_it_is_found_where_it_may_be_read(world, who):
    assert str(PLANTED_TOTAL)[:4] == str(PLANTED_PART)[:4] == "7654"
    found = [where for where, text in opened(world, who, ["incentives:statement"]) if AMOUNTS.search(text)]
    assert len(found) == 1
