"""Web servers for a measurement: the product or the bare site on one database, and how long they take to answer."""

import http.client
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

from benchmarks.ground import ROOT
from tooling.ports import any_free

PRODUCT, BARE = "salesforce_mgmt.wsgi", "benchmarks.bare_site"
THREADS = 8


@contextmanager
def server(application, *, database, company, walled=True):
    """
    Serve one database by gunicorn, one process with a thread for every connection; give the port.

    :param walled: as the role that row-level security holds; False as the one that it does not.
    """
    migrator = of_database(os.environ["MIGRATOR_DATABASE_URL"], database)
    env = os.environ | {
        "DATABASE_URL": of_database(os.environ["DATABASE_URL"], database) if walled else migrator,
        "MIGRATOR_DATABASE_URL": migrator,
        "DJANGO_SETTINGS_MODULE": "salesforce_mgmt.settings" if application == PRODUCT else application,
        "DEBUG": "false",
        "BENCH_COMPANY": str(company),
        "PYTHONPATH": str(ROOT),
    }
    port = any_free()
    command = ["gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", str(THREADS)]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--keep-alive", "600", "--log-level", "error"],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def of_database(url, name):
    """Return a database's address with another name in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}"


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

    def __init__(self, port, path, *, cookie, count):
        self.path, self.headers = path, {"Cookie": f"sessionid={cookie}", "Host": "localhost"}
        self.lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _line in range(count)]

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
