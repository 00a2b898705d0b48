"""
Django's PostgreSQL backend, plus one thing: every transaction begins by telling the database which company is active.

The setting lives as long as the transaction (`set_config(…, is_local => true)`). A session-level SET would leak to
the next user of a kept connection, or through a pooler.
"""

import select

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from common.active import active_company_id, active_user_id
from common.db.postgres.cursors import Cursor, DebugCursor, NotingCursor, NotingDebugCursor

#: So many statements with values in them stay prepared on a connection; each takes the server some 50 kB.
MOST_PASSING = 60


class DatabaseWrapper(base.DatabaseWrapper):
    #: What this transaction was told, (company id, user id); None when that is not known.
    _announced = None
    #: The `Reading` that notes what is read, while there is one.
    reading = None

    def get_new_connection(self, conn_params):
        #: The names of the statements that this connection has prepared, and of those that it forgets again, in order of use.
        self._prepared, self._passing = set(), {}
        return super().get_new_connection(conn_params)

    def call_of(self, sql):
        """Return what to send for a `Prepared` statement, once the server knows it."""
        if not settings.DATABASE_PREPARES:
            return str(sql)
        if sql.is_passing:
            self._prepare_in_passing(*sql.parts)
            return sql.call
        for name, text in sql.parts:
            if name not in self._prepared:
                self._send(text)
                self._prepared.add(name)
        return sql.call

    def _prepare_in_passing(self, part):
        name, text = part
        if self._passing.pop(name, None) is None:
            if len(self._passing) >= MOST_PASSING:
                longest_ago = next(iter(self._passing))
                self._send(f"DEALLOCATE {longest_ago}")
                del self._passing[longest_ago]
            self._send(text)
        self._passing[name] = True

    def _send(self, text):
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(text)

    def make_cursor(self, cursor):
        return (Cursor if self.reading is None else NotingCursor)(cursor, self)

    def chunked_cursor(self):
        # What a page reads fits into memory; a cursor that stays with the server could not be asked again.
        return super().chunked_cursor() if self.reading is None else self.cursor()

    def make_debug_cursor(self, cursor):
        return (DebugCursor if self.reading is None else NotingDebugCursor)(cursor, self)

    def is_usable(self):
        """
        Return whether a kept connection still stands, without asking the server.

        One that was closed at the other end has something to read: the farewell. Only then the server is asked.
        """
        if self.connection is None or self.connection.closed:
            return False
        news = select.poll()
        news.register(self.connection.fileno(), select.POLLIN)
        return super().is_usable() if news.poll(0) else True

    def _set_autocommit(self, autocommit):
        super()._set_autocommit(autocommit)
        self._announced = None
        if not autocommit and (active_company_id() is not None or active_user_id() is not None):
            self.announce_company()

    def _commit(self):
        self._announced = None
        return super()._commit()

    def _rollback(self):
        self._announced = None
        return super()._rollback()

    def _savepoint_rollback(self, sid):
        super()._savepoint_rollback(sid)
        # What was set after the savepoint was rolled back with it.
        self._announced = None
        self.announce_company()

    def announce_company(self):
        """Tell row-level security which company and user this transaction works for; empty means none."""
        if self.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            self._announced = None
            return  # nothing can be said before the rollback, after which it is said again
        company_and_user = (active_company_id(), active_user_id())
        if company_and_user == self._announced:
            return
        if self.reading is not None:
            self.reading.is_whole = False  # what is read from now on is read as somebody else
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('app.company_id', %s, true), set_config('app.user_id', %s, true)",
                [str(each or "") for each in company_and_user],
            )
        self.remember_announced()

    def remember_announced(self):
        """Take it that the transaction knows the active company and user: a statement of ours has told it."""
        self._announced = (active_company_id(), active_user_id())
