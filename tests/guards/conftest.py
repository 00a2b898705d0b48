import logging
from contextlib import ExitStack
from copy import copy, deepcopy
from dataclasses import replace

import pytest
from django.db import transaction

from tests.guards.world import living_world


class Lasting:
    """The world of both companies, made once for all modules with it that follow each other."""

    def __init__(self):
        self.unblocked, self._lives, self._world = None, ExitStack(), None

    def here(self):
        if self._world is None:
            logging.disable(logging.CRITICAL)
            self._lives.callback(logging.disable, logging.NOTSET)
            self._world = self._lives.enter_context(living_world())
        return self._world

    def end(self):
        if self._world is not None:
            self._world = None
            with self.unblocked():
                self._lives.close()


LASTING = Lasting()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let the guards with a world begin, one module after the other."""
    with_world = {item.module for item in items if _lives_in_the_world(item)}
    places = [place for place, item in enumerate(items) if item.nodeid.startswith("tests/guards/")]
    guards = sorted((items[place] for place in places), key=lambda item: item.module not in with_world)
    for place, item in zip(places, guards, strict=True):
        items[place] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    yield
    if nextitem is None or nextitem.module is not item.module and not _lives_in_the_world(nextitem):
        LASTING.end()


def _lives_in_the_world(item):
    return "world" in item.fixturenames


@pytest.fixture(scope="session")
def lasting(django_db_setup, django_db_blocker):
    LASTING.unblocked = django_db_blocker.unblock
    yield LASTING
    LASTING.end()


@pytest.fixture(scope="module")
def world(lasting, django_db_blocker):
    """The world of both companies; what a module changes in it is taken back, and so is each request (`ask`)."""
    with django_db_blocker.unblock():
        made = lasting.here()
        with transaction.atomic():
            yield replace(made, things={kind: dict(of) for kind, of in made.things.items()}, clients=_copies(made.clients))
            transaction.set_rollback(True)


def _copies(clients):
    copies = {who: copy(client) for who, client in clients.items()}
    for who, client in copies.items():
        client.cookies = deepcopy(clients[who].cookies)
    return copies
