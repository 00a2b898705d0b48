import os
import signal
import socket
import stat

import pytest
import redis

from tooling import ports
from tooling.valkey import Bell, kept_secret


@pytest.fixture
def bell(local):
    bell = Bell(local, durable=False)
    bell.start()
    yield bell
    bell.stop()


def client_of(bell):
    return redis.Redis.from_url(bell.url)


def test_it_answers_with_the_password_only(bell):
    with client_of(bell) as client:
        assert client.ping()
    with redis.Redis(port=bell._port()) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_starting_it_again_keeps_the_running_one(bell):
    with client_of(bell) as client:
        process = client.info("server")["process_id"]
        bell.start()
        assert client.info("server")["process_id"] == process


def test_a_killed_one_starts_again_beside_whoever_took_its_port(bell):
    with client_of(bell) as client:
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    before = bell._port()
    while not ports.is_free(before):
        pass
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind((ports.LOOPBACK, before))
        thief.listen()
        bell.start()
        assert bell._port() != before
        with client_of(bell) as client:
            assert client.ping()


def test_a_secret_is_drawn_once_and_read_by_its_owner_only(tmp_path):
    path = tmp_path / "deep" / "secret"
    drawn = kept_secret(path)
    assert len(drawn) >= 50
    assert kept_secret(path) == drawn
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret"]
    assert kept_secret(tmp_path / "other") != drawn
