"""
The test database and the cast.

Tests run as the runtime role, under the same walls as production, on a copy of a database that the migrator made.
"""

import fcntl
import hashlib
import os
from pathlib import Path

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import translation

from common.tenancy import company_scope
from tests.cast import make_cast
from tests.handing_out import HandingOut, turn_of
from tests.signing_in import BACKEND

settings.DEMO = False  # whatever the environment says; a test about the demo says so
ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return HandingOut(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let what takes long begin first; beyond that the order is drawn by lot."""
    items.sort(key=lambda item: turn_of(item.nodeid))


def _schema_hash():
    """Return a short hash of everything that decides what a migrated database looks like."""
    digest = hashlib.sha256()
    files = sorted(
        p
        for app in apps.get_app_configs()
        if Path(app.path).parent == ROOT
        for p in (Path(app.path) / "migrations").glob("*.py")
    )
    for path in [*files, ROOT / "common" / "walls.py", ROOT / "common" / "tenancy.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _administer(statement, *, database):
    options = connections["migrator"].get_connection_params() | {"dbname": database}
    link = psycopg2.connect(**{k: v for k, v in options.items() if k in {"dbname", "user", "password", "host", "port"}})
    try:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        link.close()


def _point_to(name):
    for alias in ("default", "migrator"):
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Make this worker's database from a template that is migrated once per schema, and forget it at the end."""
    home = connections["migrator"].settings_dict["NAME"]
    template = f"test_{_schema_hash()}"
    own = f"{template}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    lock_path = Path(os.environ.get("SFM_LOCAL", ROOT / ".local")) / "test-database.lock"
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with django_db_blocker.unblock():
        with lock_path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _administer(f"SELECT 1 FROM pg_database WHERE datname = '{template}'", database=home):
                _administer(f'CREATE DATABASE "{template}_new" OWNER "{settings.DATABASE_OWNER_ROLE}"', database=home)
                _point_to(f"{template}_new")
                call_command("migrate", verbosity=0)
                _point_to(home)
                _administer(f'ALTER DATABASE "{template}_new" RENAME TO "{template}"', database=home)
            _administer(f'CREATE DATABASE "{own}" TEMPLATE "{template}" OWNER "{settings.DATABASE_OWNER_ROLE}"', database=home)
        _point_to(own)
        yield
        _point_to(home)
        _administer(f'DROP DATABASE "{own}"', database=home)


@pytest.fixture(autouse=True)
def english():
    """Messages are compared in English; pages speak their user's language by themselves."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def nothing_leaves(monkeypatch):
    """No test reaches another service; one about it puts a service of its own in its place."""

    def unreachable(*_given, **_named):
        raise OSError("tests reach nobody")

    monkeypatch.setattr("common.outgoing.HTTPSConnection.connect", unreachable)


@pytest.fixture
def cast(db):
    """Two companies and the people of the stories (see tests/cast.py)."""
    return make_cast()


@pytest.fixture
def lantern(cast):
    """The cast, within their own company."""
    with company_scope(cast.lantern):
        yield cast


@pytest.fixture
def enter(client):
    """Return a function that signs a member of the cast in."""

    def as_member(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return as_member


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Like `db`, but what is written is committed; emptied afterwards by the migrator, for the runtime role may not."""
    database = connections["migrator"].settings_dict["NAME"]
    with django_db_blocker.unblock():
        yield
        connections["default"].close()
        tables = _administer(
            "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')",
            database=database,
        )
        _administer(f"TRUNCATE {', '.join(name for (name,) in tables)} CASCADE", database=database)
