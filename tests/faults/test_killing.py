"""The servers and the worker killed while roll-ups are under way; `benchmarks/faults.py` does it twenty times."""

import os
import subprocess
import sys

from django.conf import settings


def test_figures_are_those_of_a_clean_run_whatever_was_killed_meanwhile():
    ours = {"DATABASE_URL", "MIGRATOR_DATABASE_URL", "REDIS_URL"}
    done = subprocess.run(
        [sys.executable, "benchmarks/faults.py", "--times", "3"],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name not in ours},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert all(f"killed the {what}" in done.stdout for what in ("worker", "database", "broker"))
