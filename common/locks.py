"""
Advisory locks of PostgreSQL: who holds one does something that nobody else may do at the same moment.

All spaces stand here, because two uses of one number would wait for each other without a reason. A lock ends with the
transaction that took it. Whoever needs both takes ROLL_UP before LEDGER; only a closing takes it after, if it is free.
"""

from enum import IntEnum

from django.db import connection

from common.db.postgres.prepared import prepared

#: Every change of a plan asks for it.
_SHARE = prepared("SELECT pg_advisory_xact_lock_shared(%(space)s, %(key)s)", space="integer", key="integer")


class LockSpace(IntEnum):
    """What is locked; the first of the lock's two keys, the second says which one."""

    JOB = 7301  # by job: it is being done
    ROLL_UP = 7302  # by company: its totals are being worked out
    SCHEDULE = 7303  # by company: what is due is being looked at
    IMPORT = 7304  # by company: a file is being brought in
    CUSTOMER = 7305  # by company and what customers are compared by: a new one is being added
    LEDGER = 7306  # by company: shared by who posts, alone for who closes a period
    WORK_DAYS = 7308  # by company: the days that people worked are being posted
    QUOTA_PERIODS = 7307  # by company: its own periods are being changed
    METRIC_WEIGHTS = 7309  # by company: how much its metrics say is being changed
    PAY = 7310  # by company: statements are being calculated
    CLIENT_REF = 7311  # by the reference of a form: what it asks for is being made
    CONTEST_LIMIT = 7312  # by company: a contest is being announced whose prizes are limited


def hold(space, key):
    """Wait until the lock is free, then hold it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, _short(key)])


def share(space, key):
    """Wait until nobody holds the lock alone, then hold it beside others who share it."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, {"space": int(space), "key": _short(key)})


def hold_if_free(space, key):
    """Hold the lock if nobody else does; return whether this transaction holds it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [space, _short(key)])
        return cursor.fetchone()[0]


def _short(key):
    # Two far apart ids may share a lock; then one waits for the other, and nothing worse.
    return key % 2**31
