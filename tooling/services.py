"""
PostgreSQL and Valkey for a clone, and the environment that points the product at them.

Whoever sets DATABASE_URL or REDIS_URL brings real servers; then nothing is embedded in their place. Otherwise the
servers keep their files in `<clone>/.local`, are shared by every command of the clone, and survive kill -9 of any of
them. SFM_LOCAL names another folder (one cluster for several worktrees), SFM_DATABASE another database in it.
"""

import os
from contextlib import contextmanager
from pathlib import Path

from tooling.locks import locked, locked_unless_taken
from tooling.postgres import MIGRATOR, RUNTIME, Cluster
from tooling.valkey import Bell, kept_secret

CLONE = Path(__file__).resolve().parent.parent


def local_folder(name=""):
    """Where this clone keeps what it makes: `.local`, or a folder `name` in it."""
    return Path(os.environ.get("SFM_LOCAL") or CLONE / ".local").resolve() / name


def start(local, *, durable=True):
    """Start what the environment does not bring, and return the whole environment for the product's processes."""
    local.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ)
    with locked(local / "start.lock"):
        if not env.get("DATABASE_URL"):
            database = env.get("SFM_DATABASE") or "sfm"
            cluster = Cluster(local, durable=durable)
            cluster.start()
            cluster.prepare(database=database)
            env["DATABASE_URL"] = cluster.url(role=RUNTIME, database=database)
            env["MIGRATOR_DATABASE_URL"] = cluster.url(role=MIGRATOR, database=database)
        if not env.get("REDIS_URL"):
            bell = Bell(local, durable=durable)
            bell.start()
            env["REDIS_URL"] = bell.url
    if not env.get("SECRET_KEY"):
        env["SECRET_KEY"] = kept_secret(local / "secret_key")
    env.setdefault("MEDIA_ROOT", str(local / "media"))
    Path(env["MEDIA_ROOT"]).mkdir(parents=True, exist_ok=True, mode=0o700)
    return env


def stop(local, *, durable=True):
    """Stop the embedded servers, whoever started them; their data stays."""
    with locked(local / "start.lock"):
        if (local / "valkey").exists():
            Bell(local, durable=durable).stop()
        if (local / "start.lock").exists():
            Cluster(local, durable=durable).stop()


@contextmanager
def in_use(local):
    """Say, for as long as it lasts, that somebody needs the servers."""
    with locked(local / "users.lock", shared=True):
        yield


def stop_unless_in_use(local, *, durable=True):
    """Stop the embedded servers if no other command of the clone needs them."""
    with locked_unless_taken(local / "users.lock") as alone:
        if alone:
            stop(local, durable=durable)
        return alone


def clear_leftovers(local):
    """Rid the tests' cluster of what killed runs left in it, unless a run is under way."""
    with locked_unless_taken(local / "users.lock") as alone:
        if alone and not os.environ.get("DATABASE_URL"):
            cluster = Cluster(local, durable=False)
            cluster.start()
            cluster.clear_leftovers()
