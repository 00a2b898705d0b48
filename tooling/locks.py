"""Locks between processes, held by an open file: the kernel lets go of them however the holder dies."""

import fcntl
from contextlib import contextmanager


@contextmanager
def locked(path, *, shared=False):
    """Wait for the lock and hold it; any number may hold it as `shared`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


@contextmanager
def locked_unless_taken(path):
    """Hold the lock if nobody else does; yields whether it was got."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
