"""Steps that are skipped while what they depend on is unchanged: a stamp file holds the hash of it."""

import hashlib
import os
from contextlib import contextmanager


def fingerprint(*parts):
    """Return a hash over words and files; a folder stands for every file in it, a missing file for its absence."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"\n{part}\n".encode())
        if isinstance(part, os.PathLike):
            for file in _files_of(part):
                digest.update(f"{file.name}:{file.stat().st_size}\n".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


@contextmanager
def when_changed(stamp, wanted, *, made=()):
    """
    Say whether a step has to be done: `with when_changed(stamp, hash) as needed: if needed: …`.

    It has to be if the hash is another one than last time, or something it `made` is gone. The stamp is written only
    after the step ended well, so an interrupted one is done again.
    """
    is_done = stamp.exists() and stamp.read_text() == wanted and all(path.exists() for path in made)
    needed = not is_done
    if needed:
        stamp.unlink(missing_ok=True)
    yield needed
    if needed:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted)


def _files_of(path):
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return [path] if path.exists() else []
