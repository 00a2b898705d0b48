"""Packages of the project: Python's in `.venv`, the pages' assets in `node_modules`."""

import os
import shutil
import subprocess
import sys

from tooling.locks import locked
from tooling.services import CLONE
from tooling.speech import SetUpFailed, say
from tooling.stamps import fingerprint, when_changed

VENV = CLONE / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = [CLONE / "requirements.txt", CLONE / "requirements-dev.txt"]
ASSETS = [CLONE / "package.json", CLONE / "package-lock.json", CLONE / ".npmrc"]


def install():
    """Install what is not installed yet; costs nothing when nothing changed."""
    with locked(CLONE / ".local" / "install.lock"):
        _make_venv()
        with when_changed(VENV / "installed", fingerprint(sys.version, str(CLONE), *REQUIREMENTS)) as needed:
            if needed:
                say("Installing Python packages …")
                _pip("install", "-qq", "--disable-pip-version-check", "-r", REQUIREMENTS[-1])
        with when_changed(CLONE / "node_modules" / ".installed", fingerprint(*ASSETS)) as needed:
            if needed:
                say("Installing page assets …")
                _run("npm ci", [VENV / "bin" / "npm", "ci", "--ignore-scripts", "--loglevel", "error"], out=subprocess.DEVNULL)


def go_on_inside():
    """Run the current command again with the project's own Python, if this is not it."""
    if os.path.realpath(sys.prefix) != os.path.realpath(VENV):
        os.execv(PYTHON, [str(PYTHON), "-m", sys.modules["__main__"].__spec__.name, *sys.argv[1:]])


def environment_of_venv(env):
    """The environment in which the installed programs are found first, and Node trusts whom the system trusts, as pip does."""
    return env | {"PATH": f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}", "NODE_USE_SYSTEM_CA": "1"}


def _make_venv():
    if _is_at_home() and _works([PYTHON, "-m", "pip", "--version"]):
        return
    say(f"Making {VENV} …")
    shutil.rmtree(VENV, ignore_errors=True)
    if _works([sys.executable, "-m", "venv", VENV]):
        return
    # Debian ships `venv` without pip unless python3-venv is installed; a pip beside it can fill the gap.
    shutil.rmtree(VENV, ignore_errors=True)
    made = _works([sys.executable, "-m", "venv", "--without-pip", VENV])
    if not (made and _works([sys.executable, "-m", "pip", "--python", PYTHON, "install", "-q", "pip"])):
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetUpFailed(
            f"{sys.executable} cannot make a virtual environment. "
            "On Debian and Ubuntu: apt-get install python3-venv; then start again."
        )


def _is_at_home():
    """Whether the environment was made in this folder: one that was copied along starts programs of the other clone."""
    settings = VENV / "pyvenv.cfg"
    made_by = [line for line in settings.read_text().splitlines() if line.startswith("command = ")] if settings.exists() else []
    return bool(made_by) and made_by[0].endswith(f" {VENV}")


def _works(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


def _pip(*arguments):
    _run("pip", [PYTHON, "-m", "pip", *arguments])


def _run(name, command, *, out=None):
    env = environment_of_venv(os.environ)
    done = subprocess.run(command, cwd=CLONE, env=env, stdin=subprocess.DEVNULL, stdout=out, check=False)
    if done.returncode != 0:
        raise SetUpFailed(
            f"{name} failed (exit code {done.returncode}); what it said stands above. Start again to go on from there."
        )
