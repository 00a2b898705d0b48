"""`bin/test [pytest's arguments]`: every test, browser journeys included, on services of its own."""

import signal
import subprocess
import sys

from tooling import build, chromium, install, services
from tooling.speech import SetUpFailed, fail

#: Two at a time; a group of tests that shares something stays on one of them.
PARALLEL = ("-n", "2", "--dist", "loadgroup")


def main(arguments):
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    local = services.local_folder("test")
    try:
        install.install()
        install.go_on_inside()
        browser = chromium.find_or_install(services.local_folder())
        with services.in_use(local):
            env = prepare(local) | {"CHROMIUM": browser}
            command = [install.PYTHON, "-m", "pytest", *PARALLEL, *arguments]
            return subprocess.run(command, cwd=services.CLONE, env=env, check=False).returncode
    except KeyboardInterrupt:
        return 130
    except SetUpFailed as error:
        return fail(error)
    finally:
        if (local / "users.lock").exists():
            services.stop_unless_in_use(local, durable=False)


def prepare(local):
    """Start the services that forget everything in a crash, and build what the pages need."""
    env = install.environment_of_venv(services.start(local, durable=False)) | {"DEMO": "false", "DEBUG": "false"}
    build.compile_catalogues(env, stamps=services.local_folder("stamps"))
    build.collect_static(env, stamps=services.local_folder("stamps"))
    return env


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
