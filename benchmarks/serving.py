"""Web servers for a measurement: the product or the bare site on one database, and how long they take to answer."""

import http.client
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.ground import ROOT, migrator
from tooling.ports import any_free

PRODUCT, FIRST, BARE = "salesforce_mgmt.wsgi", "benchmarks.first_site", "benchmarks.bare_site"
THREADS = 8


class Served:
    """A web server that runs."""

    def __init__(self, port, pid):
        self.port, self.pid = port, pid
        # A thread that has ended counts with what it had when it was last looked at.
        self._seen = {}

    def processor_seconds(self):
        """Return how long it and its server processes in the database have kept a processor busy; where Linux tells it."""
        with migrator() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [f"bench-{self.port}"])
            asked = [pid for (pid,) in cursor.fetchall()]
        workers = [Path(f"/proc/{each}/children").read_text().split() for each in _threads_of(self.pid)]
        for pid in (*asked, *sum(workers, [])):
            with suppress(FileNotFoundError):  # it has ended meanwhile
                for thread in _threads_of(pid):
                    self._seen[thread] = int(Path(f"/proc/{thread}/schedstat").read_text().split()[0])
        return sum(self._seen.values()) / 1e9


def _threads_of(pid):
    return [f"{pid}/task/{thread.name}" for thread in Path(f"/proc/{pid}/task").iterdir()]


@contextmanager
def server(application, *, database, company, walled=True):
    """
    Serve one database by gunicorn, one process with a thread for every connection; give a `Served`.

    :param walled: as the role that row-level security holds; False as the one that it does not.
    """
    port = any_free()
    migrator = of_database(os.environ["MIGRATOR_DATABASE_URL"], database, port)
    env = os.environ | {
        "DATABASE_URL": of_database(os.environ["DATABASE_URL"], database, port) if walled else migrator,
        "MIGRATOR_DATABASE_URL": migrator,
        "DJANGO_SETTINGS_MODULE": application if application == BARE else "salesforce_mgmt.settings",
        "DEBUG": "false",
        "BENCH_COMPANY": str(company),
        "PYTHONPATH": str(ROOT),
    }
    command = ["gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", str(THREADS)]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--keep-alive", "600", "--log-level", "error"],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def of_database(url, name, port=None):
    """Return a database's address with another name in it; with a port, its connections say whose they are."""
    parts = urlsplit(url)
    asked_by = f"&application_name=bench-{port}" if port else ""
    return f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}{asked_by}"


def _wait_for(port, process):
    deadline = time.monotonic() + 60
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the web server does not start") from None
            time.sleep(0.1)
        else:
            return


class Visitors:
    """
    So many connections to one server, kept open, each asking for one page again and again as a signed-in member.

    They send back the cookies that the first answer gave them, as a browser does.
    """

    def __init__(self, served, path, *, cookie, count):
        self.served = served
        self.path, self.headers = path, {"Cookie": f"sessionid={cookie}", "Host": "localhost"}
        self.lines = [http.client.HTTPConnection("127.0.0.1", served.port, timeout=60) for _line in range(count)]

    def ask(self, times):
        """Ask so many times by each connection, all at once; return the seconds of each answer."""
        found = []
        threads = [threading.Thread(target=self._ask, args=(line, times, found)) for line in self.lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(found) != times * len(self.lines):
            raise SystemExit(f"{self.path} was not answered")
        return found

    def _ask(self, line, times, found):
        for _time in range(times):
            begun = time.perf_counter()
            line.request("GET", self.path, headers=self.headers)
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{self.path} answered {answer.status}")
            found.append(time.perf_counter() - begun)
            if answer.headers["Set-Cookie"] and "csrftoken" not in self.headers["Cookie"]:
                self.headers["Cookie"] += "; " + answer.headers["Set-Cookie"].partition(";")[0]

    def leave(self):
        for line in self.lines:
            line.close()
