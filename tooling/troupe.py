"""Long-running processes that start together, are started again when one dies, and stop together."""

import os
import signal
import subprocess
import sys
import time

from tooling.services import CLONE
from tooling.speech import SetUpFailed, say

PATIENCE = 20  # seconds to end in after being asked to
QUICK_DEATHS = 3  # so many within a minute, and starting again makes no sense


class Troupe:
    """Processes by name, each with its log file `<logs>/<name>.log`."""

    def __init__(self, *, logs, env):
        self.logs = logs
        self.env = env
        self.commands = {}
        self.running = {}
        self.deaths = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name, command, *, keep_open=()):
        self.commands[name] = (command, keep_open)
        leash = [sys.executable, "-m", "tooling.leash", str(os.getpid())]
        with self.log_of(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*leash, *map(str, command)],
                cwd=CLONE,
                env=self.env | {"PYTHONPATH": str(CLONE)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=keep_open,
                start_new_session=True,  # Ctrl-C is for us; we then stop everyone in order
            )

    def start_again_who_died(self):
        for name, process in list(self.running.items()):
            if process.poll() is None:
                continue
            now = time.monotonic()
            recent = self.deaths[name] = [died for died in self.deaths.get(name, []) if now - died < 60] + [now]
            if len(recent) >= QUICK_DEATHS:
                raise SetUpFailed(
                    f"{name} keeps ending (exit code {process.returncode}). The end of its log:\n{self.end_of_log(name)}"
                )
            say(f"{name} ended (exit code {process.returncode}) and is started again; see {self.log_of(name)}")
            command, keep_open = self.commands[name]
            self.start(name, command, keep_open=keep_open)

    def stop(self):
        """Ask everyone to end, and kill whoever does not within `PATIENCE` seconds."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for process in self.running.values():
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # with its own children; each leads a session
                process.wait()

    def log_of(self, name):
        return self.logs / f"{name}.log"

    def end_of_log(self, name, lines=25):
        return "\n".join(self.log_of(name).read_text(errors="replace").splitlines()[-lines:])
