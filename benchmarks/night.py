"""
The night, when every company has one dirty day, against a bare recompute of the open year from the deals.

    bin/dev python benchmarks/night.py [--companies 100] [--people 100] [--deals 10000] [--pairs 5]

Ours: the job "targets.rollup" of each company as a worker does it on a weekday, job row, locks and walls included; nothing is closed, so it
answers for every month, as the bare side does. Bare: months, quarters and years from the deals in batches of companies, written
where they differ. Both must end in the same attainment. Then the share of the time in which this process and not the database
worked, and the most memory it held.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import bare, scene
from benchmarks.ground import Reading, Row, migrator, pairs_of, peak_megabytes, run_alone

#: The night of a weekday; the one to Sunday forms everything again.
NIGHT = scene.TODAY.isoformat()


def measure(companies, pairs):
    """Time the night of all companies after each has won a deal."""
    with migrator() as cursor:
        bare.make_tables(cursor)
    waiting = []

    def fall():
        """Win a deal in every company, and ask for its night."""
        waiting[:] = [(company, scene.win_deal_and_ask(company, slot=NIGHT)) for company in companies]

    def check():
        with migrator() as cursor:
            bare.require_same(cursor, "targets_attainment")

    busy = []

    def night():
        begun, worked = time.perf_counter(), time.process_time()
        work_through(waiting)
        busy.append((time.process_time() - worked) / (time.perf_counter() - begun))

    def by_hand():
        for batch in bare.batches(companies):
            with migrator() as cursor:
                bare.recompute_from_deals(cursor, batch)

    found = pairs_of(night, by_hand, pairs, before=fall, after=check)
    share = sorted(busy[1:])[len(busy[1:]) // 2] * 100
    return [
        Row(f"night of {len(companies)} companies, one dirty day each", found, must=1.3, aim=0.6),
        Reading("Python's share of the night", share, must=10, aim=3, unit="%"),
        Reading("peak memory of the night", peak_of_a_night(companies), must=150, aim=80, unit="MB"),
    ]


def work_through(waiting):
    """Do the jobs, given as (company id, job id), as a worker does."""
    from jobs import services

    for company_id, job_id in waiting:
        if not services.run(company_id=company_id, job_id=job_id):
            raise SystemExit(f"job {job_id} was not done")


def peak_of_a_night(companies):
    """Return the most memory, in MB, that a process of its own holds while it does the night of all companies."""
    waiting = [(company, scene.win_deal_and_ask(company, slot=NIGHT)) for company in companies]
    return peak_megabytes(
        "from benchmarks.night import work_through; import json, sys; work_through(json.loads(sys.stdin.read()))", waiting
    )


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=100, people=100, deals=10_000, pairs=5))
