"""The cursors of our backend: they call prepared statements by name, and note what is read while a request is noted."""

from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

from common.db.postgres.prepared import Prepared, is_passing


class _Preparing:
    """What every cursor does with a prepared statement."""

    def _execute(self, sql, params, *rest):
        return super()._execute(self._text_of(sql), params, *rest)

    def _text_of(self, sql):
        return self.db.call_of(sql) if type(sql) is Prepared else sql


class _Noting:
    """What a cursor does in addition while a request is noted."""

    def execute(self, sql, params=None):
        with self.db.wrap_database_errors:
            text = sql if is_passing(sql) else self._text_of(sql)
            asked = self.db.reading.answer_to(self.cursor, text, params)
        if asked:
            self.cursor = asked
        else:
            super().execute(sql, params)
        self._noted = self.db.reading.note(self.cursor, sql)

    def executemany(self, sql, param_list):
        self.db.reading.is_whole = False
        return super().executemany(sql, param_list)

    def callproc(self, *given, **named):
        self.db.reading.is_whole = False
        return super().callproc(*given, **named)

    def fetchone(self):
        with self.db.wrap_database_errors:
            row = self.cursor.fetchone()
        if row is not None:
            self._noted.keep((row,))
        return row

    def fetchmany(self, *size):
        with self.db.wrap_database_errors:
            rows = self.cursor.fetchmany(*size)
        self._noted.keep(rows)
        return rows

    def fetchall(self):
        with self.db.wrap_database_errors:
            rows = self.cursor.fetchall()
        self._noted.keep(rows)
        return rows

    def __iter__(self):
        with self.db.wrap_database_errors:
            for row in self.cursor:
                self._noted.keep((row,))
                yield row


class Cursor(_Preparing, CursorWrapper):
    """A cursor."""


class DebugCursor(_Preparing, CursorDebugWrapper):
    """One where statements are logged."""


class NotingCursor(_Noting, Cursor):
    """A cursor of a request that is noted."""


class NotingDebugCursor(_Noting, DebugCursor):
    """The same where statements are logged."""
