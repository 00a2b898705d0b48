"""
`bin/demo`: the whole product with a lifelike company on this machine.

Installs, starts PostgreSQL and Valkey, migrates, fills the demo company on the first run, serves, and stops with
Ctrl-C. Data stays in `.local`; what is unchanged since the last start is skipped.
"""

import argparse
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tooling import build, install, ports, services
from tooling.locks import locked_unless_taken
from tooling.speech import SetUpFailed, fail, say
from tooling.troupe import Troupe

FIRST_PORT = 8000
QUEUES = "interactive,rollup,export,notify"


class Stopped(Exception):
    """Ctrl-C, or a polite kill."""


def main(arguments):
    asked = _parsed(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    local = services.local_folder()
    try:
        install.install()
        install.go_on_inside()
        with locked_unless_taken(local / "demo.lock") as alone:
            if not alone:
                say(f"The demo of this clone already runs: {_read(local / 'address')}")
                return 0
            return _serve(asked, local)
    except Stopped:
        return 0
    except SetUpFailed as error:
        return fail(error)


def _serve(asked, local):
    embedded = not os.environ.get("DATABASE_URL")
    if not embedded and not os.environ.get("MIGRATOR_DATABASE_URL"):
        raise SetUpFailed("DATABASE_URL is set, but MIGRATOR_DATABASE_URL is not: the demo has to migrate (docs/running.md).")
    door = _listen(asked)
    troupe = None
    try:
        with services.in_use(local):
            env = install.environment_of_venv(services.start(local)) | _demo_settings(asked, door)
            stamps = local / "stamps"
            build.compile_catalogues(env, stamps=stamps)
            build.migrate(env, stamps=stamps, embedded=embedded)
            build.collect_static(env, stamps=stamps)
            is_new = build.seed(env, stamps=stamps)
            troupe = Troupe(logs=local / "log", env=_without_migrator(env))
            _start(troupe, door)
            _announce(env, local, troupe, with_sign_ins=not is_new)
            _watch(troupe, local)
    except Stopped:
        _ignore_signals()
        say("\nStopping …")
        return 0
    finally:
        _ignore_signals()
        if troupe:
            troupe.stop()
        services.stop_unless_in_use(local)
        (local / "address").unlink(missing_ok=True)


def _start(troupe, door):
    python = install.PYTHON
    shared_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"  # noqa: S108
    web = [python, "-m", "gunicorn", "salesforce_mgmt.wsgi", "--bind", f"fd://{door.fileno()}", "--access-logfile", "-"]
    strength = ["--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "10"]
    troupe.start("web", [*web, *strength, "--worker-tmp-dir", shared_memory], keep_open=(door.fileno(),))
    celery = [python, "-m", "celery", "-A", "salesforce_mgmt"]
    troupe.start(
        "worker", [*celery, "worker", "-Q", QUEUES, "--concurrency", "2", "--loglevel", "INFO", "-n", f"demo{os.getpid()}@%h"]
    )
    troupe.start("beat", [*celery, "beat", "--loglevel", "INFO"])


def _announce(env, local, troupe, *, with_sign_ins):
    address = env["BASE_URL"]
    _wait_for_first_page(address, troupe)
    (local / "address").write_text(address)
    if with_sign_ins:
        say(build.manage("seed_demo", "--sign-ins", env=env, capture=True).rstrip())
    say()
    say(f"The demo is at {address}  (logs: {troupe.logs}; Ctrl-C stops it, its data stays)")


def _wait_for_first_page(address, troupe):
    deadline = time.monotonic() + 60
    port = address.rpartition(":")[2]
    while True:
        try:
            with urllib.request.urlopen(f"http://{ports.LOOPBACK}:{port}/accounts/login/", timeout=30):
                return
        except urllib.error.HTTPError as error:
            raise SetUpFailed(
                f"The first page answers {error.code}. The end of the web log:\n{troupe.end_of_log('web')}"
            ) from error
        except OSError:
            troupe.start_again_who_died()
            if time.monotonic() > deadline:
                raise SetUpFailed(f"The web does not answer. The end of its log:\n{troupe.end_of_log('web')}") from None
            time.sleep(0.2)


def _watch(troupe, local):
    """Keep everyone up, the embedded servers included, until somebody says stop."""
    while True:
        for _ in range(5):
            time.sleep(1)
            troupe.start_again_who_died()
        services.start(local)


def _demo_settings(asked, door):
    settings = {
        "DEMO": "true",
        "DEBUG": "false",
        "BASE_URL": f"http://localhost:{door.getsockname()[1]}",
        "PYTHONUNBUFFERED": "1",
    }
    if asked.host != ports.LOOPBACK:  # other machines name this one as they like
        settings["ALLOWED_HOSTS"] = "*"
    return settings


def _without_migrator(env):
    """Web, worker and beat are the runtime role; they are not handed the key to the other door."""
    return {name: value for name, value in env.items() if name != "MIGRATOR_DATABASE_URL"}


def _listen(asked):
    """Take the port before anything is started, so that nobody else gets it meanwhile; the web inherits it."""
    port = asked.port or ports.next_free_from(FIRST_PORT, host=asked.host)
    while True:
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((asked.host, port))
            door.listen(64)
        except OSError as error:
            door.close()
            if asked.port:
                raise SetUpFailed(f"Port {port} cannot be had: {error.strerror}.") from error
            port = ports.next_free_from(port + 1, host=asked.host)
        else:
            if port != (asked.port or FIRST_PORT):
                say(f"Port {FIRST_PORT} is taken; the next free one is {port}.")
            return door


def _parsed(arguments):
    parser = argparse.ArgumentParser(prog="bin/demo", description="Serve the product with a lifelike company on this machine.")
    parser.add_argument("--port", type=int, help=f"the port to serve on (else the next free one from {FIRST_PORT})")
    parser.add_argument(
        "--host", default=ports.LOOPBACK, help="the address to serve on; 0.0.0.0 lets a phone in the same network in"
    )
    return parser.parse_args(arguments)


def _raise_stopped(_number, _frame):
    raise Stopped


def _ignore_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _read(path):
    return Path(path).read_text() if path.exists() else "it is still starting"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
