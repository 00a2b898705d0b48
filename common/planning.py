"""Telling PostgreSQL's planner what it cannot know."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def without_nested_loops():
    """
    Let statements join by hashing or sorting, inside the transaction that is open.

    For those that join what they have just worked out: the planner has no statistics of it, takes it for a handful of rows
    and would go through one side for each row of the other, which is quadratic in people.
    """
    with connection.cursor() as cursor:
        # An error rolls both back.
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")
