"""A database of one's own for a measurement: made by the migrator, walled like any other, dropped afterwards."""

import os
import platform
import statistics
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent


def set_up_django():
    """Make the project importable and Django ready, whatever folder the measurement is started from."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesforce_mgmt.settings")
    os.environ["DEBUG"] = "false"  # the debug mode keeps every statement in memory
    django.setup()


@contextmanager
def own_database(name):
    """Work in a fresh, migrated database; both roles are pointed to it."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    home, own = connections["migrator"].settings_dict["NAME"], f"{name}_{os.getpid()}"
    _administer(f'CREATE DATABASE "{own}" OWNER "{settings.DATABASE_OWNER_ROLE}"', home)
    try:
        _point_to(own)
        call_command("migrate", verbosity=0)
        yield own
    finally:
        _point_to(home)
        _administer(f'DROP DATABASE "{own}" WITH (FORCE)', home)


def _point_to(name):
    from django.db import connections

    for alias in ("default", "migrator"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def _administer(statement, database):
    import psycopg2
    from django.db import connections

    options = connections["migrator"].get_connection_params() | {"dbname": database}
    link = psycopg2.connect(**{k: v for k, v in options.items() if k in {"dbname", "user", "password", "host", "port"}})
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(statement)
    link.close()


def say(text):
    """Print a line of the result at once."""
    print(text, flush=True)  # noqa: T201


def seconds_of(work):
    """Return how long a call took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def compare(name, pairs, *, limit):
    """
    Print the medians of (ours, bare) pairs and the median of their ratios; return whether it is within the limit.

    The ratio is formed within each pair, whose halves ran next to each other, so that a busy moment hits both.
    """
    ours, bare = (statistics.median(half) for half in zip(*pairs, strict=True))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    verdict = "" if limit is None else f"   limit {limit:.2f}×: {'kept' if ratio <= limit else 'MISSED'}"
    say(f"{name:<34}{ours * 1000:>9.0f} ms{bare * 1000:>9.0f} ms   {ratio:>5.2f}×{verdict}")
    return limit is None or ratio <= limit


def describe_machine():
    """Return what the figures were measured on, without its name."""
    from django.db import connections

    with connections["migrator"].cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return f"{os.cpu_count()} cores, PostgreSQL {version.split()[0]}, Python {platform.python_version()}"
