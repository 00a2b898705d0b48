"""Sessions in the database, as Django keeps them; what every request reads is read by a prepared statement."""

from django.contrib.sessions.backends import db
from django.utils import timezone

from accounts import queries


class SessionStore(db.SessionStore):
    """Django's own store, under its own name: sessions of the one are sessions of the other."""

    def load(self):
        found = queries.session_text(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found)
