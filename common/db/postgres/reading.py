"""
What is read to answer a request, statement by statement with its rows: noted while a page is worked out, and asked again
before the same page is shown again (`common.again`).
"""

from collections import deque
from contextlib import contextmanager
from typing import NamedTuple

from common.db.postgres.prepared import Prepared, is_passing

#: Types whose values are equal only if they read alike, and that nobody can change: bool, whole numbers, texts, days and
#: moments, jsonb (a text for us). 1.0 equals 1.00, and lists can be added to: those are compared as they are written.
_PLAIN = frozenset({16, 20, 21, 23, 25, 1042, 1043, 1082, 1083, 1114, 1184, 3802})


class Noted(NamedTuple):
    """One statement as it was sent, and the rows that came back; `prepared` is what it calls by name, or may call."""

    text: str
    prepared: Prepared | None
    is_plain: bool
    rows: list

    def keep(self, rows):
        self.rows.extend(rows if self.is_plain else map(repr, rows))


class Told(NamedTuple):
    """What was asked of something else than the database, and what it said: a value that nobody can change."""

    function: object
    given: tuple
    answer: object


class Reading:
    """
    The statements of one request so far.

    :ivar noted: each as a `Noted`, and what was asked elsewhere as a `Told`.
    :ivar is_whole: whether all of it are plain questions, so that asking them again tells whether anything has changed.
    """

    def __init__(self, asked=()):
        self.noted, self.is_whole = [], True
        self._asked = deque(asked)

    def answer_to(self, cursor, sql, params):
        """Return the cursor that has asked this a moment ago, put back to its first row; None once something else is asked."""
        if not self._asked:
            return None
        text, asked = self._asked.popleft()
        if cursor.mogrify(sql, params).decode() != text:
            self._asked.clear()
            return None
        if asked.rowcount > 0:
            asked.scroll(0, mode="absolute")
        return asked

    def note(self, cursor, sql):
        """Note what a cursor was just asked; return what takes the rows it gives."""
        is_question = sql.lstrip()[:6].upper().startswith(("SELECT", "WITH"))
        if cursor.name is not None or cursor.description is None or not is_question:
            self.is_whole = False
        # One with its values in it is the same whether it is sent or called by name.
        text = str(sql) if is_passing(sql) else cursor.query.decode()
        noted = Noted(text, sql if type(sql) is Prepared else None, _is_plain(cursor), [])
        self.noted.append(noted)
        return noted


@contextmanager
def noting(connection, asked=()):
    """
    Note what is read through a connection; gives the `Reading`.

    :param asked: what `ask_again` has read a moment ago, in the same transaction: it need not be sent once more.
    """
    connection.reading = reading = Reading(asked)
    try:
        yield reading
    finally:
        connection.reading = None


def ask_again(connection, noted):
    """Ask what was noted; return None if the answers are the same, else what was asked until then, for `noting`."""
    asked = []
    for each in noted:
        if isinstance(each, Told):
            if each.function(*each.given) != each.answer:
                return asked
            continue
        cursor, text = connection.cursor(), each.text
        if each.prepared is not None:
            call = connection.call_of(each.prepared)
            text = call if each.prepared.is_passing else text
        cursor.execute(text)
        now = Noted(each.text, each.prepared, _is_plain(cursor.cursor), [])
        now.keep(cursor.fetchall())
        asked.append((each.text, cursor.cursor))
        if now != each:
            return asked
    return None


def _is_plain(cursor):
    return all(column.type_code in _PLAIN for column in cursor.description or ())
