"""
The pages as visitors meet them, over HTTP, against a bare view.

    bin/dev python benchmarks/pages.py [--companies 10] [--people 100] [--deals 10000] [--pairs 7]

Both are served by gunicorn, one process each with a thread a connection, to a signed-in member who keeps the connection.
The leaderboard has fifty rows, for 1 and for 8 connections, the latter also against itself as a role that row-level security
does not hold. The bare view is `benchmarks.bare_site`. Bursts of both take turns.
"""

import statistics
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import Reading, Row, run_alone
from benchmarks.serving import BARE, PRODUCT, Visitors, server

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
        product, unwalled = (
            open_until.enter_context(server(PRODUCT, database=database, company=companies[0], walled=walled))
            for walled in (True, False)
        )
        bare = open_until.enter_context(server(BARE, database=database, company=companies[0]))

        def visitors(port, path, count):
            found = Visitors(port, path, cookie=cookie, count=count)
            open_until.callback(found.leave)
            return found

        for count in (1, 8):
            ours, theirs = visitors(product, f"/{slug}/{LEADERBOARD}", count), visitors(bare, "/board/", count)
            rows += percentiles(f"leaderboard, {count} connection{'s' * (count > 1)}", ours, theirs, pairs, must=2.5, aim=1.5)
        rows.append(
            _walls(visitors(product, f"/{slug}/{LEADERBOARD}", 8), visitors(unwalled, f"/{slug}/{LEADERBOARD}", 8), pairs)
        )
        theirs = visitors(bare, "/board/", 1)
        for name, address in OTHERS:
            path = address.format(root=scene.root_of(companies[0]))
            rows += percentiles(name, visitors(product, f"/{slug}/{path}", 1), theirs, pairs, must=4, aim=2.5)[1:]
            rows.append(Reading(f"statements of {name}", scene.statements_of(slug, path, cookie), must=8, aim=5, unit=""))
    return rows


def bursts(ours, theirs, pairs):
    """Return (answers of ours, answers of theirs) of bursts that take turns, after one that is not counted."""
    times = max(BURST // len(ours.lines), 1)
    found = []
    for number in range(pairs + 1):
        halves = {}
        for half in (ours, theirs) if number % 2 else (theirs, ours):
            halves[half] = half.ask(times)
        found.append((halves[ours], halves[theirs]))
    return found[1:]


def percentiles(name, ours, theirs, pairs, *, must, aim):
    """Return the rows of two visitors' bursts that take turns: the median answer, and the slowest twentieth."""
    found = bursts(ours, theirs, pairs)
    return [
        Row(f"{name}, p50", [tuple(map(statistics.median, pair)) for pair in found], must, aim),
        Row(f"{name}, p95", [tuple(map(at_95, pair)) for pair in found], must, aim),
    ]


def _walls(walled, unwalled, pairs):
    found = [tuple(map(statistics.median, pair)) for pair in bursts(walled, unwalled, pairs)]
    return Row("row-level security on against off, 8 connections", found, must=1.15, aim=1.05)


def at_95(seconds):
    return statistics.quantiles(seconds, n=20)[-1]


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=10, people=100, deals=10_000, pairs=7))
