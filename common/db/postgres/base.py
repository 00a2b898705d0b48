"""
Django's PostgreSQL backend, plus one thing: every transaction begins by telling the database which company is active.

The setting lives as long as the transaction (`set_config(…, is_local => true)`). A session-level SET would leak to
the next user of a kept connection, or through a pooler.
"""

from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from common.active import active_company_id, active_user_id


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit):
        super()._set_autocommit(autocommit)
        if not autocommit and (active_company_id() is not None or active_user_id() is not None):
            self.announce_company()

    def _savepoint_rollback(self, sid):
        super()._savepoint_rollback(sid)
        # What was set after the savepoint was rolled back with it.
        self.announce_company()

    def announce_company(self):
        """Tell row-level security which company and user this transaction works for; empty means none."""
        if self.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            return  # nothing can be said before the rollback, after which it is said again
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('app.company_id', %s, true), set_config('app.user_id', %s, true)",
                [str(active_company_id() or ""), str(active_user_id() or "")],
            )
