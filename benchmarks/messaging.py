"""
What messages and jobs cost: many companies refreshed by two workers by way of the broker, against the same on two connections.

    bin/dev python benchmarks/messaging.py [--companies 1000] [--people 20] [--deals 200] [--pairs 5]

Every company has one dirty day and the job that follows it. Ours: `ring_many`, ten companies a message, and two worker processes, until the
last job is done. Bare: two processes with half of the companies each. They only roll up, a transaction a company, without
any job: no row is read, held or marked. Beside it the same jobs without the broker, which shows what is whose.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import scene
from benchmarks.ground import ROOT, Row, pairs_of, run_alone

WORKERS = 2
#: A queue that nobody else rings.
QUEUE = "rollup"
PATIENCE_SECONDS = 600
LOOKED_AT = 20
#: Does for the companies and jobs that a line names what it asks for, and says when it is done.
_HAND = """
import json, sys
from benchmarks.ground import point_to, set_up_django
set_up_django()
point_to(sys.argv[1])
from benchmarks import messaging
for line in sys.stdin:
    asked = json.loads(line)
    getattr(messaging, asked["work"])(asked["waiting"])
    print("done", flush=True)
"""


def measure(companies, pairs):
    """Time all ways of refreshing all companies."""
    from common.tenancy import company_scope
    from jobs.services import ring_many
    from targets.rollups import refresh_everything

    for company in companies:
        with company_scope(company):
            refresh_everything()
    waiting = []

    def ready():
        waiting[:] = scene.dirty_all(companies)

    with _workers(), _hands() as hands:

        def by_message():
            ring_many({QUEUE: waiting})
            _wait_until_done([job_id for _company, job_id in waiting])

        def bare():
            _by_hand(hands, "roll_up", waiting)

        def jobs_only():
            _by_hand(hands, "do_jobs", waiting)

        timed = dict.fromkeys((by_message, bare, jobs_only), ready)
        found = pairs_of(by_message, bare, pairs, ready=timed)
        without_broker = pairs_of(by_message, jobs_only, pairs, ready=timed)
    what = f"{len(companies)} companies, two workers"
    return [
        Row(f"messages and jobs of {what}, against rolling up alone", found, must=1.10, aim=1.05),
        Row(f"messages of {what}, against the same jobs", without_broker, must=1.10, aim=1.05),
    ]


def roll_up(waiting):
    """Refresh the companies of (company id, job id)s as their job does, without it."""
    from django.utils import timezone

    from common.tenancy import company_scope
    from targets.rollups import refresh_dirty

    for company_id, _job_id in waiting:
        with company_scope(company_id):
            refresh_dirty(today=timezone.localdate())


def do_jobs(waiting):
    """Do the jobs of (company id, job id)s, as a worker does that was told."""
    from benchmarks.night import work_through

    work_through(waiting)


def _by_hand(hands, work, waiting):
    for hand, start in zip(hands, range(WORKERS), strict=True):
        hand.stdin.write(json.dumps({"work": work, "waiting": waiting[start::WORKERS]}) + "\n")
        hand.stdin.flush()
    for hand in hands:
        if hand.stdout.readline() != "done\n":
            raise SystemExit("a process of the bare side failed")


def _wait_until_done(job_ids):
    from django.db import connections

    deadline, waiting = time.monotonic() + PATIENCE_SECONDS, list(job_ids)
    while time.monotonic() < deadline:
        with connections["migrator"].cursor() as cursor:
            # A few at a time: looking on must not cost what is looked at.
            while waiting:
                cursor.execute(
                    "SELECT EXISTS (SELECT FROM jobs_job WHERE id = ANY(%s) AND status <> 'DONE')", [waiting[:LOOKED_AT]]
                )
                if cursor.fetchone()[0]:
                    break
                del waiting[:LOOKED_AT]
        if not waiting:
            return
        time.sleep(0.02)
    raise SystemExit(f"not all of {len(job_ids)} jobs were done")


@contextmanager
def _workers():
    """Run two workers on this database."""
    from django.db import connections

    from benchmarks.serving import of_database

    name = connections["default"].settings_dict["NAME"]
    given = {"DATABASE_URL": of_database(os.environ["DATABASE_URL"], name), "LOG_LEVEL": "WARNING"}
    command = ["celery", "-q", "-A", "salesforce_mgmt", "worker", "-P", "solo", "-l", "WARNING", "-Q", QUEUE]
    workers = [_start("-m", *command, "-n", f"{name}-{number}@%h", env=given) for number in range(WORKERS)]
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()


@contextmanager
def _hands():
    """Run two processes that do the jobs a line names and then say so."""
    from django.db import connections

    name = connections["default"].settings_dict["NAME"]
    hands = [_start("-c", _HAND, name, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _hand in range(WORKERS)]
    try:
        yield hands
    finally:
        for hand in hands:
            hand.communicate()


def _start(*command, env=None, stdin=subprocess.DEVNULL, **pipes):
    given = os.environ | {"PYTHONPATH": str(ROOT)} | (env or {})
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=given, stdin=stdin, **pipes)


if __name__ == "__main__":
    sys.exit(run_alone(__doc__, measure, companies=1000, people=20, deals=200, pairs=5))
