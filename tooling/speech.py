"""What the set-up commands say to the person in front of the terminal."""

import sys


class SetUpFailed(Exception):
    """Something a person has to put right; the message says what and how."""


def say(text=""):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fail(error):
    """Say what went wrong, in red where there is a terminal, and return the exit code."""
    red, plain = ("\033[31m", "\033[0m") if sys.stderr.isatty() else ("", "")
    sys.stderr.write(f"{red}{error}{plain}\n")
    return 1
