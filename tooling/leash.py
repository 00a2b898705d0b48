"""
`python -m tooling.leash <pid> <command…>`: becomes the command, and is asked to end when process <pid> dies.

The kernel sends the signal, so it also comes when that process was killed with -9 and could tell nobody.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(master, *command):
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(master):  # it died before the leash was on
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
