"""The product on a stage: a database of its own, the real web server, a worker if a story needs one."""

import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.guards.world import NOW
from tooling.ports import any_free
from tooling.services import CLONE

QUEUES = "interactive,rollup,export,notify"


class Stage:
    """The processes that serve one database to a browser."""

    def __init__(self, *, database, folder):
        self.folder = Path(folder)
        self.address = f"http://localhost:{(port := any_free())}"
        self.port = port
        self.running = {}
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
            "DATABASE_URL": _other_path(os.environ["DATABASE_URL"], f"/{database}"),
            # One of the numbered databases that a developer's own processes do not use.
            "REDIS_URL": _other_path(os.environ["REDIS_URL"], f"/{2 + secrets.randbelow(14)}"),
            "BASE_URL": self.address,
            "MEDIA_ROOT": str(self.folder),
            "DEMO": "true",
            "DEBUG": "false",
            "PYTHONPATH": str(CLONE),
        }
        self.env.pop("MIGRATOR_DATABASE_URL", None)  # what serves the browser has only the runtime role

    def run(self, module, *arguments):
        """Run a module to its end, on the day of the stories."""
        subprocess.run(self._command(module, arguments), env=self.env, cwd=CLONE, check=True, stdin=subprocess.DEVNULL)

    def start_web(self):
        self._start(
            "web",
            "gunicorn",
            "salesforce_mgmt.wsgi",
            "--bind",
            f"localhost:{self.port}",
            "--workers",
            "1",
            "--threads",
            "4",
            "--keep-alive",
            "60",
        )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.running["web"].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The web does not answer:\n{self.log_of('web')}")
            time.sleep(0.1)

    def start_worker(self):
        """Start what does the background jobs, unless it is there."""
        if "worker" not in self.running:
            self._start(
                "worker", "celery", "-A", "salesforce_mgmt", "worker", "-P", "solo", "-Q", QUEUES, "-n", f"{self.port}@%h"
            )

    def stop(self):
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log_of(self, name):
        return (self.folder / f"{name}.log").read_text()[-4000:]

    def _start(self, name, module, *arguments):
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                self._command(module, arguments), env=self.env, cwd=CLONE, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @staticmethod
    def _command(module, arguments):
        return [sys.executable, "-m", "tests.journeys.clock", NOW.isoformat(), module, *arguments]

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as response:  # noqa: S310
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False


def _other_path(url, path):
    return urlunsplit(urlsplit(url)._replace(path=path))
