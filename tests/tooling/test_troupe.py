import os
import signal
import subprocess
import sys
import time

import pytest

from tooling.speech import SetUpFailed
from tooling.troupe import Troupe

PATIENCE = 20


@pytest.fixture
def troupe(tmp_path):
    troupe = Troupe(logs=tmp_path / "log", env=dict(os.environ))
    yield troupe
    troupe.stop()


def wait_until(happened):
    deadline = time.monotonic() + PATIENCE
    while not (value := happened()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_who_is_killed_is_started_again(troupe, capsys):
    troupe.start("web", ["sleep", "600"])
    first = troupe.running["web"]
    first.kill()
    first.wait()
    troupe.start_again_who_died()
    assert troupe.running["web"].pid != first.pid
    assert troupe.running["web"].poll() is None
    assert "web ended" in capsys.readouterr().out


def test_who_keeps_dying_is_given_up_with_the_end_of_its_log(troupe):
    troupe.start("web", ["sh", "-c", "echo port is gone; exit 3"])
    with pytest.raises(SetUpFailed, match="port is gone"):
        for _ in range(5):
            troupe.running["web"].wait()
            troupe.start_again_who_died()


def test_everyone_ends_when_asked(troupe):
    for name in ("web", "worker"):
        troupe.start(name, ["sleep", "600"])
    troupe.stop()
    assert all(process.poll() is not None for process in troupe.running.values())


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is the Linux kernel's")
def test_children_end_with_a_master_that_was_killed(tmp_path):
    script = (
        "import os, pathlib, sys, time; from tooling.troupe import Troupe; here = pathlib.Path(sys.argv[1]);"
        "troupe = Troupe(logs=here, env=dict(os.environ)); troupe.start('web', ['sh', '-c', 'echo $$; exec sleep 600']);"
        "time.sleep(600)"
    )
    master = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    log = tmp_path / "web.log"
    child = int(wait_until(lambda: log.exists() and log.read_text().endswith("\n") and log.read_text()))
    assert is_alive(child)
    master.send_signal(signal.SIGKILL)
    master.wait()
    wait_until(lambda: not is_alive(child))
