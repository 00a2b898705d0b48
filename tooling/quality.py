"""`python -m tooling.quality`: the checks that are not tests; prints which failed, and its exit code says so too."""

import os
import secrets
import shutil
import subprocess
import sys

from tooling import build, install, services, testing
from tooling.speech import SetUpFailed, fail, say

#: What production sets; the deployment check finds fault with less.
LIKE_PRODUCTION = {
    "DEBUG": "false",
    "BASE_URL": "https://sales.example.com",
    "ALLOWED_HOSTS": "sales.example.com",
    "BEHIND_PROXY": "true",
    "SSL_REDIRECT": "true",
    "HSTS_SECONDS": "31536000",
    "HSTS_INCLUDE_SUBDOMAINS": "true",
    "HSTS_PRELOAD": "true",
}


def main():
    try:
        install.install()
        install.go_on_inside()
        with testing.prepared() as env:
            failed = [name for name, check in _checks(env) if not _passes(name, check)]
    except SetUpFailed as error:
        return fail(error)
    if failed:
        say(f"Failed checks: {', '.join(failed)}")
    return bool(failed)


def _checks(env):
    """Yield each check as its name and something to call that returns an exit code."""
    python, manage = install.PYTHON, services.CLONE / "manage.py"
    strong = env | LIKE_PRODUCTION | {"SECRET_KEY": secrets.token_urlsafe(50)}
    yield "ruff check", lambda: _run([python, "-m", "ruff", "check", "."], env)
    yield "ruff format", lambda: _run([python, "-m", "ruff", "format", "--check", "--quiet", "."], env)
    yield "floors", lambda: _run([python, "-c", "from importlinter.cli import lint_imports_command as c; c()"], env)
    yield "deployment", lambda: _run([python, manage, "check", "--deploy", "--fail-level", "WARNING"], strong)
    yield "migrations", lambda: _run([python, manage, "makemigrations", "--check", "--dry-run"], env)
    yield "translations", lambda: _run([python, manage, "messages", "--check"], env)
    yield "static files", lambda: build.collect_static(env, stamps=services.local_folder("stamps"))
    yield "compose file", lambda: _check_compose_file(env)


def _check_compose_file(env):
    """Let docker-compose read the file: it goes through with every variable given, and never with one of them empty."""
    if not (program := _compose()):
        say("docker-compose is not here to read the file (Debian: apt-get install docker-compose).")
        return bool(os.environ.get("CI"))
    command = [program, "-f", services.CLONE / "docker-compose.yml", "config", "-q"]
    bare = {"PATH": env["PATH"], "HOME": env.get("HOME", "/")}
    given = dict.fromkeys(_names_in_example(), "given")
    if _run(command, bare | given) != 0:
        return 1
    optional = [name for name in given if _is_taken(command, bare | given | {name: ""})]
    if optional:
        say(f"docker-compose takes the file although these are empty: {', '.join(optional)}")
    return bool(optional)


def _is_taken(command, env):
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def _names_in_example():
    lines = (services.CLONE / ".env.example").read_text().splitlines()
    return [line.partition("=")[0] for line in lines if "=" in line and not line.startswith("#")]


def _compose():
    if not shutil.which("docker-compose") and os.geteuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "-y", "--no-install-recommends", "docker-compose"]):
            subprocess.run(["apt-get", "-qq", *step], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    return shutil.which("docker-compose")


def _passes(name, check):
    say(f"── {name}")
    return not check()


def _run(command, env):
    return subprocess.run(command, cwd=services.CLONE, env=env, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
