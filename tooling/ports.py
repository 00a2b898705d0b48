"""Finding a TCP port that nobody listens on."""

import socket

LOOPBACK = "127.0.0.1"


def is_free(port, *, host=LOOPBACK):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do; a listener is still noticed
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def next_free_from(port, *, host=LOOPBACK, tries=200):
    """Return the first free port at or above `port`."""
    for candidate in range(port, min(port + tries, 65536)):
        if is_free(candidate, host=host):
            return candidate
    raise OSError(f"No free port between {port} and {port + tries - 1} on {host}.")


def any_free(*, host=LOOPBACK):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
