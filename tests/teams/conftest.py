"""Who looks at the pages of the organisation, and when."""

import pytest
import time_machine

from tests.signing_in import BACKEND


@pytest.fixture
def today():
    with time_machine.travel("2026-03-02T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def as_(client):
    """Sign a member of the cast in and return the client."""

    def sign_in(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return sign_in
