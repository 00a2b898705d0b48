"""
Kill the worker, the database or the broker (kill -9) at random moments of roll-ups, and see that nothing is lost or counted twice.

    bin/dev python benchmarks/faults.py [--times 20] [--seed 1]

Servers of its own in a folder of its own, real processes. Each time every company wins a deal and its roll-up is asked for,
something is killed a moment later and started again, and the sweeper rings until no job and no mark is left. At the end the
figures of every company must be those of a rebuild from nothing, posting everything again must add no credit, and two
clocks that tick at once must have started one night each.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.ground import ROOT, say, set_up_django
from tooling.postgres import MIGRATOR, RUNTIME, Cluster
from tooling.valkey import Bell

COMPANIES, PEOPLE, DEALS = 3, 20, 400
PATIENCE = 120


class Site:
    """PostgreSQL, Valkey and one worker, each of which may be killed and comes back."""

    def __init__(self, folder):
        self.folder, self.cluster, self.bell = folder, Cluster(folder), Bell(folder)
        self.cluster.start()
        self.cluster.prepare(database="faults")
        self.bell.start()
        os.environ |= {
            "DATABASE_URL": self.cluster.url(role=RUNTIME, database="faults"),
            "MIGRATOR_DATABASE_URL": self.cluster.url(role=MIGRATOR, database="faults"),
            "REDIS_URL": self.bell.url,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "salesforce_mgmt.settings",
        }
        self.worker = None

    def start_worker(self):
        with (self.folder / "worker.log").open("ab") as log:
            queues = ["-Q", "interactive,rollup,export,notify"]
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "salesforce_mgmt", "worker", "-P", "solo", "-l", "WARNING", *queues],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self, what):
        if what == "worker":
            self.worker.kill()
            self.worker.wait()
            self.start_worker()
        elif what == "database":
            os.kill(int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)
            self.cluster.start()
        else:
            os.kill(self._broker(), signal.SIGKILL)
            self.bell.start()

    def _broker(self):
        """The process that was started with our folder's configuration."""
        config = str(self.bell.folder / "valkey.conf").encode()
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and config in (entry / "cmdline").read_bytes().split(b"\0"):
                    return int(entry.name)
        # A server that changed its title still works in its folder's port.
        port = (self.bell.folder / "port").read_text().encode()
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                if b"valkey-server" in command and b":" + port in command:
                    return int(entry.name)
        raise SystemExit("the broker is not there")

    def stop(self):
        if self.worker:
            self.worker.kill()
            self.worker.wait()
        self.bell.stop()
        self.cluster.stop()


def main():
    given = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    given.add_argument("--times", type=int, default=20)
    given.add_argument("--seed", type=int, default=1)
    asked = given.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="sfm-faults-") as folder:
        Path(folder).chmod(0o755)
        site = Site(Path(folder))
        try:
            set_up_django()
            companies = _make_companies()
            site.start_worker()
            _finish(companies)
            for time_of in range(asked.times):
                what = ("worker", "database", "broker")[time_of % 3]
                _work(companies)
                time.sleep(chance.uniform(0, 1.5))
                site.kill(what)
                took = _finish(companies)
                say(f"{time_of + 1:>3}. killed the {what}: all done again after {took:.1f} s")
            return _judge(companies)
        finally:
            site.stop()


def _make_companies():
    from django.core.management import call_command

    from benchmarks import scene

    call_command("migrate", verbosity=0)
    return scene.build(companies=COMPANIES, people=PEOPLE, deals=DEALS)


def _work(companies):
    """Win a deal in every company and ask for its whole roll-up."""
    from benchmarks import scene
    from common.tenancy import company_scope
    from jobs import services

    for company in companies:
        scene.win_deal(company)
        with company_scope(company):
            services.enqueue("targets.rollup", arguments={"rebuild": True}, by=None)


def _finish(companies):
    """Ring, as the sweeper does every half minute, until nothing is left to do; return how long it took."""
    from django.db import Error, connections
    from django.utils import timezone

    from jobs import services

    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        try:
            # As if a while had passed since the bells that were lost.
            services.sweep(now=timezone.now() + timedelta(minutes=2))
            if not any(map(_is_busy, companies)):
                return time.monotonic() - begun
        except Error:
            connections.close_all()
        time.sleep(0.5)
    raise SystemExit("work is left that nobody does")


def _is_busy(company):
    from common.tenancy import company_scope
    from credits.rollups import has_dirty_days
    from jobs.models import Job

    with company_scope(company):
        return has_dirty_days() or Job.objects.unfinished().exists()


def _judge(companies):
    """Compare with a clean run; return the exit status."""
    from common.tenancy import company_scope
    from credits.services import post_all
    from targets import rollups

    wrong = 0
    for company in companies:
        with company_scope(company):
            stood = _figures()
            posted = post_all()
            rollups.rebuild()
            if posted or stood != _figures():
                wrong += 1
                say(
                    f"company {company}: {posted} credits were missing or double, figures {'differ' if stood != _figures() else 'stand'}"
                )
    nights = _tick_twice(companies)
    say(f"{len(companies) - wrong} of {len(companies)} companies equal a clean run")
    say(f"two clocks at once started {nights} nights for {len(companies)} companies")
    return 0 if not wrong and nights == len(companies) else 1


def _figures():
    from credits.models import DailyTotal
    from targets.models import Attainment

    return [
        sorted(model.objects.values_list(*(f.attname for f in model._meta.local_fields if f.name != "id")), key=repr)
        for model in (DailyTotal, Attainment)
    ]


def _tick_twice(companies):
    """Let two processes look at every schedule at once; return how many nights were started."""
    from common.tenancy import company_scope
    from jobs.models import Job

    text = (
        "from benchmarks.ground import set_up_django; set_up_django();"
        "from django.utils import timezone; from jobs import services;"
        f"services.start_due(company_ids={companies!r}, now=timezone.now())"
    )
    clocks = [subprocess.Popen([sys.executable, "-c", text], cwd=ROOT) for _clock in range(2)]
    if any(clock.wait() for clock in clocks):
        raise SystemExit("a clock failed")
    found = 0
    for company in companies:
        with company_scope(company):
            found += Job.objects.of_kind("targets.rollup").filter(arguments__has_key="slot").count()
    return found


if __name__ == "__main__":
    sys.exit(main())
