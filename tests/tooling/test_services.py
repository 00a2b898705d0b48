import pytest

from tooling import services


@pytest.fixture(autouse=True)
def real_servers(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db.example.com/sales")
    monkeypatch.setenv("REDIS_URL", "redis://bell.example.com/0")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("MEDIA_ROOT", raising=False)


def test_real_servers_are_taken_and_nothing_is_embedded(local):
    env = services.start(local)
    assert env["DATABASE_URL"] == "postgres://somebody@db.example.com/sales"
    assert env["REDIS_URL"] == "redis://bell.example.com/0"
    assert not (local / "postgres").exists()
    assert not (local / "valkey").exists()


def test_the_secret_key_stays_the_same_from_start_to_start(local):
    assert services.start(local)["SECRET_KEY"] == services.start(local)["SECRET_KEY"]


def test_servers_that_somebody_uses_are_not_stopped(local):
    with services.in_use(local), services.in_use(local):
        assert not services.stop_unless_in_use(local)
    assert services.stop_unless_in_use(local)


def test_the_folder_can_be_another_clones(local, monkeypatch):
    monkeypatch.setenv("SFM_LOCAL", str(local))
    assert services.local_folder() == local.resolve()
    assert services.local_folder("test") == local.resolve() / "test"
