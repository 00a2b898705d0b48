import logging

import pytest

from tests.guards.world import living_world


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The world of both companies, made once for a module's tests; each request is to be taken back (`Requests`)."""
    logging.disable(logging.CRITICAL)
    with django_db_blocker.unblock(), living_world() as world:
        yield world
    logging.disable(logging.NOTSET)
