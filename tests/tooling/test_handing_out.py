"""What shares something costly is run by one process, whatever pytest and its plugins make of the rest."""

import os
import subprocess
import sys

from tests.handing_out import TOGETHER, share_of, turn_of
from tooling.services import CLONE

CONFTEST = """
from tests.handing_out import HandingOut

def pytest_xdist_make_scheduler(config, log):
    return HandingOut(config, log)
"""
TESTS = """
import os
import pytest
from pathlib import Path

@pytest.mark.parametrize("number", range(9))
def test_says_who_runs_it(number):
    with Path("told.txt").open("a") as told:
        told.write(f"SHARE {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""


def test_journeys_stay_together_and_every_other_file_by_itself(tmp_path):
    files = [f"{TOGETHER[0]}test_one.py", f"{TOGETHER[0]}test_two.py", "tests/teams/test_three.py", "tests/teams/test_four.py"]
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for file in files:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TESTS.replace("SHARE", share_of(f"{file}::test")))
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "-p",
            "no:django",
            "-p",
            "no:cacheprovider",
            "--import-mode=importlib",
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(CLONE)},
        check=True,
        capture_output=True,
    )
    told = [line.split() for line in (tmp_path / "told.txt").read_text().splitlines()]
    assert len(told) == 9 * len(files)
    assert sorted(share for share, _worker in set(map(tuple, told))) == sorted({share_of(f"{file}::test") for file in files})
    assert len({worker for _share, worker in told}) == 2


def test_what_takes_long_begins_first():
    ids = ["tests/teams/test_rules.py::test", "tests/guards/test_routes.py::test", f"{TOGETHER[0]}test_pay.py::test"]
    assert sorted(ids, key=turn_of) == ids[::-1]
