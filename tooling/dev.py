"""`bin/dev <command…>`: any command with the services up and the environment set."""

import os
import subprocess
import sys

from tooling import services
from tooling.speech import SetUpFailed, fail, say

USAGE = """Usage: bin/dev <command…>     run a command with PostgreSQL and Valkey up and the environment set
       bin/dev --env           print that environment for a shell: eval "$(bin/dev --env)"
       bin/dev --stop          stop both servers; their data stays
The servers stay up afterwards. SFM_LOCAL=<folder> shares another clone's, SFM_DATABASE=<name> takes another database in it."""
SHOWN = ("DATABASE_URL", "MIGRATOR_DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MEDIA_ROOT", "DEBUG", "DEMO")


def main(arguments):
    local = services.local_folder()
    if not arguments or arguments[0] in {"-h", "--help"}:
        say(USAGE)
        return 0 if arguments else 2
    try:
        if arguments == ["--stop"]:
            if not services.stop_unless_in_use(local):
                return fail("Another command of this clone is using them; nothing was stopped.")
            return 0
        with services.in_use(local):
            env = services.start(local)
            env.setdefault("DEBUG", "true")
            env.setdefault("DEMO", "true")  # so that the people of `seed_demo` can sign in
            env["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{env['PATH']}"  # noqa: PTH120
            if arguments == ["--env"]:
                import shlex

                for name in SHOWN:
                    if name in env:
                        say(f"export {name}={shlex.quote(env[name])}")
                return 0
            return subprocess.run(arguments, env=env, check=False).returncode
    except FileNotFoundError as error:
        return fail(f"No such command: {error.filename}")
    except SetUpFailed as error:
        return fail(error)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
