"""`bin/test [pytest's arguments]`: every test, browser journeys included, on services of its own."""

import signal
import subprocess
import sys
from contextlib import contextmanager

from tooling import build, chromium, install, services
from tooling.speech import SetUpFailed, fail

#: Two at a time; which tests stay together is said in tests/handing_out.py.
PARALLEL = ("-n", "2")


def main(arguments):
    try:
        install.install()
        install.go_on_inside()
        browser = chromium.find_or_install(services.local_folder())
        with prepared() as env:
            return _run_pytest(arguments, env | {"CHROMIUM": browser})
    except KeyboardInterrupt:
        return 130
    except SetUpFailed as error:
        return fail(error)


@contextmanager
def prepared():
    """The environment for tests and checks: services that forget everything in a crash, and catalogues made."""
    local = services.local_folder("test")
    try:
        services.clear_leftovers(local)
        with services.in_use(local):
            env = install.environment_of_venv(services.start(local, durable=False)) | {"DEMO": "false", "DEBUG": "false"}
            build.compile_catalogues(env, stamps=services.local_folder("stamps"))
            yield env
    finally:
        services.stop_unless_in_use(local, durable=False)


def _run_pytest(arguments, env):
    """Ctrl-C and a polite kill are left to pytest, which then tidies up and says what it did so far."""
    pytest = subprocess.Popen([install.PYTHON, "-m", "pytest", *PARALLEL, *arguments], cwd=services.CLONE, env=env)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: pytest.send_signal(signal.SIGINT))
    return pytest.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
