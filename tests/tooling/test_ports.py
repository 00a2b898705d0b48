import socket

import pytest

from tooling import ports


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind((ports.LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_with_a_listener_is_not_free(taken):
    assert not ports.is_free(taken)


def test_the_next_free_port_lies_above_a_taken_one(taken):
    found = ports.next_free_from(taken)
    assert found > taken
    assert ports.is_free(found)


def test_no_port_in_reach_is_said(taken):
    with pytest.raises(OSError, match="No free port"):
        ports.next_free_from(taken, tries=1)
