"""Statements that the database answers while Python goes on with what does not need the answer."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

#: Seconds after which Python lets another thread go on. As a rule it is fifty times as long: so long would the database do nothing
#: between one answer and the next question.
_PATIENCE = 0.0001


def at_once(work):
    """Do work now; calling what is returned gives its result."""
    found = work()
    return lambda: found


@contextmanager
def meanwhile():
    """
    Give a function like `at_once` that returns before the work is done; calling what it returns waits for the result.

    One thing is under way at a time, in the order in which they were begun, by a thread that does nothing else. Work uses a cursor
    made before it is begun: a thread that opened one would get a connection, and a transaction, of its own. Whoever asks the same
    connection something else waits until it is free. What went wrong is raised at the end at the latest, and of several things the
    first: of a transaction that has failed every later statement says only that it has.
    """
    with _impatient(), ThreadPoolExecutor(1) as thread:
        under_way = []

        def start(work):
            under_way.append(thread.submit(work))
            return under_way[-1].result

        try:
            yield start
        except Exception as later:
            first = _first_fault(under_way)
            if first is None or first is later:
                raise
            raise first from later
        if first := _first_fault(under_way):
            raise first


@contextmanager
def _impatient():
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_PATIENCE)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _first_fault(under_way):
    """Wait for everything; return what went wrong first, None if nothing did."""
    return next((fault for each in under_way if (fault := each.exception())), None)
