"""
The pages as visitors meet them, over HTTP, against a bare view.

    bin/dev python benchmarks/pages.py [--companies 10] [--people 100] [--deals 10000] [--pairs 7]

Both are served by gunicorn, one process each with a thread a connection, to a signed-in member who keeps the connection.
The leaderboard has fifty rows, for 1 and for 8 connections, the latter also against itself as a role that row-level security
does not hold. The bare view is `benchmarks.bare_site`. Bursts of both take turns.

A page is asked for in two ways: looked at again by the same member while nothing changes (docs/adr/0029), and for the first
time since something on it has changed (`benchmarks.first_site`). Beside the time of an answer stands how long it keeps a
processor busy, of the web process and of its server process in the database: on a machine that does other work besides, that
is what holds.
"""

import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import Reading, Row, run_alone
from benchmarks.serving import BARE, FIRST, PRODUCT, Visitors, server

#: Requests of a burst, by all connections together.
BURST = 64
LEADERBOARD = "leaderboard/?period=2026-10"
#: Every other list and board, with its address; `root` is the unit that is the company.
OTHERS = (
    ("leaderboard by year", "leaderboard/?period=2026"),
    ("leaderboard of teams", "leaderboard/?period=2026-10&by=team"),
    ("board of the company", "units/{root}/?period=2026-10"),
    ("sales analysis", "sales/?period=2026-10"),
    ("people", "people/"),
    ("customers", "customers/"),
    ("deals", "deals/"),
    ("pipeline", "deals/pipeline/"),
    ("visits", "visits/"),
    ("plans", "targets/"),
    ("meetings", "meetings/"),
    ("jobs", "jobs/"),
)


def measure(companies, pairs):
    """Time the pages of the first company once it is rolled up and two weeks are ranked."""
    from django.db import connections

    cookie, slug = scene.sign_in(companies[0])
    database = connections["default"].settings_dict["NAME"]
    rows = []
    with ExitStack() as open_until:

        def serve(application, **given):
            return open_until.enter_context(server(application, database=database, company=companies[0], **given))

        def visitors(served, path, count=1):
            found = Visitors(served, path, cookie=cookie, count=count)
            open_until.callback(found.leave)
            return found

        again, first, unwalled, bare = serve(PRODUCT), serve(FIRST), serve(PRODUCT, walled=False), serve(BARE)
        board = f"/{slug}/{LEADERBOARD}"
        for count in (1, 8):
            name, theirs = f"leaderboard, {count} connection{'s' * (count > 1)}", visitors(bare, "/board/", count)
            for look, served in (("again", again), ("first look", first)):
                rows += percentiles(f"{name}, {look}", visitors(served, board, count), theirs, pairs, must=2.5, aim=1.5)
        rows.append(_walls(visitors(again, board, 8), visitors(unwalled, board, 8), pairs))
        theirs = visitors(bare, "/board/")
        for name, address in OTHERS:
            path = address.format(root=scene.root_of(companies[0]))
            for look, served in (("again", again), ("first look", first)):
                rows += percentiles(f"{name}, {look}", visitors(served, f"/{slug}/{path}"), theirs, pairs, must=4, aim=2.5)[1:]
            rows.append(Reading(f"statements of {name}", scene.statements_of(slug, path, cookie), must=8, aim=5, unit=""))
    return rows


class Burst(NamedTuple):
    """What so many answers took: the seconds of each, and for how long each kept a processor busy on the average."""

    seconds: list[float]
    busy: float


def bursts(ours, theirs, pairs):
    """Return (`Burst` of ours, `Burst` of theirs) that take turns, after one that is not counted."""
    found = []
    for number in range(pairs + 1):
        halves = {}
        for half in (ours, theirs) if number % 2 else (theirs, ours):
            halves[half] = _burst(half)
        found.append((halves[ours], halves[theirs]))
    return found[1:]


def _burst(visitors):
    before = visitors.served.processor_seconds()
    seconds = visitors.ask(max(BURST // len(visitors.lines), 1))
    return Burst(seconds, (visitors.served.processor_seconds() - before) / len(seconds))


def percentiles(name, ours, theirs, pairs, *, must, aim):
    """Return the rows of two visitors' bursts: the median answer, the slowest twentieth, and the processor's time."""
    found = bursts(ours, theirs, pairs)
    return [
        Row(f"{name}, p50", [tuple(statistics.median(half.seconds) for half in pair) for pair in found], must, aim),
        Row(f"{name}, p95", [tuple(at_95(half.seconds) for half in pair) for pair in found], must, aim),
        Row(f"{name}, processor", [tuple(half.busy for half in pair) for pair in found], must, aim),
    ]


def _walls(walled, unwalled, pairs):
    found = [tuple(statistics.median(half.seconds) for half in pair) for pair in bursts(walled, unwalled, pairs)]
    return Row("row-level security on against off, 8 connections", found, must=1.15, aim=1.05)


def at_95(seconds):
    return statistics.quantiles(seconds, n=20)[-1]


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=10, people=100, deals=10_000, pairs=7))
