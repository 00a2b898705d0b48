"""A database of one's own for a measurement: made by the migrator, walled like any other, dropped afterwards."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import django

ROOT = Path(__file__).resolve().parent.parent


def set_up_django():
    """Make the project importable and Django ready, whatever folder the measurement is started from."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesforce_mgmt.settings")
    os.environ["DEBUG"] = "false"  # the debug mode keeps every statement in memory
    # A numbered database of the broker that nobody's worker listens to.
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path="/15").geturl()  # noqa: SLF001
    django.setup()


@contextmanager
def own_database(name):
    """Work in a fresh, migrated database; both roles are pointed to it."""
    import psycopg2
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    home, own = connections["migrator"].settings_dict["NAME"], f"{name}_{os.getpid()}"
    _administer(f'CREATE DATABASE "{own}" OWNER "{settings.DATABASE_OWNER_ROLE}"', home)
    try:
        point_to(own)
        call_command("migrate", verbosity=0)
        yield own
    finally:
        point_to(home)
        try:
            _administer(f'DROP DATABASE "{own}" WITH (FORCE)', home)
        except psycopg2.errors.InsufficientPrivilege:
            # Autovacuum is at it, which nobody else may end; for one without force it goes by itself.
            _administer(f'DROP DATABASE "{own}"', home)


def point_to(name):
    """Let both roles work in another database from now on."""
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


def pairs_of(ours, bare, pairs, *, before=None, after=None, ready=None):
    """
    Time two callables next to each other, taking turns in going first, after a round that is not counted.

    :param before: called ahead of each pair.
    :param after: called behind each pair, to compare what both left.
    :param ready: {callable: what is to be called ahead of it, outside the time}.
    :returns: [(seconds of ours, seconds of bare)].
    """
    found = []
    for number in range(pairs + 1):
        if before:
            before()
        halves = {}
        for half in (ours, bare) if number % 2 else (bare, ours):
            if ready:
                ready[half]()
            halves[half] = seconds_of(half)
        if after:
            after()
        found.append((halves[ours], halves[bare]))
    return found[1:]


@dataclass
class Row:
    """
    One line of the result: (ours, bare) pairs in seconds, and what their ratio should be.

    The ratio is formed within each pair, whose halves ran next to each other, so that a busy moment hits both.
    """

    name: str
    pairs: list
    must: float
    aim: float
    note: str = ""

    @property
    def ratio(self):
        return statistics.median(mine / theirs for mine, theirs in self.pairs)

    @property
    def is_kept(self):
        return self.ratio <= self.must

    @property
    def verdict(self):
        return "aim" if self.ratio <= self.aim else "must" if self.is_kept else "MISSED"

    @property
    def halves(self):
        """The medians of both sides, as text."""
        return [duration(statistics.median(half)) for half in zip(*self.pairs, strict=True)]


@dataclass
class Reading:
    """A line whose figure is no ratio of two durations: a share, an amount of memory, a number of statements."""

    name: str
    value: float
    must: float
    aim: float
    unit: str
    note: str = ""
    halves = ("", "")

    @property
    def is_kept(self):
        return self.value <= self.must

    @property
    def verdict(self):
        return "aim" if self.value <= self.aim else "must" if self.is_kept else "MISSED"


def duration(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def as_table(rows):
    """Return the rows as a table in Markdown."""
    lines = ["| what | ours | bare | result | must | aim | kept |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        shown = "{:.2f}×" if isinstance(row, Row) else f"{{:.4g}} {row.unit}"
        figures = [shown.format(x) for x in (row.ratio if isinstance(row, Row) else row.value, row.must, row.aim)]
        lines.append(
            f"| {row.name}{f' ({row.note})' if row.note else ''} | {' | '.join([*row.halves, *figures, row.verdict])} |"
        )
    return "\n".join(lines)


def sizes(about, **defaults):
    """Read the sizes of a measurement from the command line."""
    given = argparse.ArgumentParser(description=about.strip().splitlines()[0])
    for name, default in defaults.items():
        given.add_argument(f"--{name}", type=int, default=default)
    return given.parse_args()


def run_alone(about, measure, **defaults):
    """Measure one thing in a database of its own with the sizes of the command line; return the exit status."""
    size = sizes(about, **defaults)
    set_up_django()
    rows = measured([measure], size.companies, size.people, size.deals, size.pairs)
    say(f"\nOn {describe_machine()}\n\n{as_table(rows)}")
    return 0 if all(row.is_kept for row in rows) else 1


def measured(measures, companies, people, deals, pairs):
    """Measure things in a database of their own, made for them; return the rows."""
    from benchmarks import scene

    with own_database("bench"):
        say(f"{companies} companies of {people} people and {deals} won deals each")
        made = scene.build(companies=companies, people=people, deals=deals)
        rows = []
        for measure in measures:
            found = measure(made, pairs)
            say(as_table(found))
            rows += found
        return rows


def peak_megabytes(program, given):
    """Run a program with Django ready and this database; return the most memory that it held, in MB."""
    from django.db import connections

    name = connections["default"].settings_dict["NAME"]
    text = (
        "import resource; from benchmarks.ground import point_to, set_up_django; set_up_django();"
        f"point_to({name!r}); {program}; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], input=json.dumps(given), capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return int(done.stdout) / 1024


@contextmanager
def migrator():
    """Give a cursor of the role that row-level security does not hold, outside of any company."""
    from django.db import connections

    with connections["migrator"].cursor() as cursor:
        yield cursor


def describe_machine():
    """Return what the figures were measured on, without its name."""
    from django.db import connections

    with connections["migrator"].cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return f"{os.cpu_count()} cores, PostgreSQL {version.split()[0]}, Python {platform.python_version()}"
