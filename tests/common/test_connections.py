"""A connection that is kept between requests, after the database was restarted in between."""

import psycopg2
import pytest
from django.db import close_old_connections, connection

from accounts.models import User


def test_a_dead_connection_is_replaced_before_the_next_request(committed):
    assert User.objects.count() == 0
    # By a prepared statement, which the next connection does not know.
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    other = psycopg2.connect(
        **{k: v for k, v in connection.get_connection_params().items() if k in {"dbname", "user", "password", "host", "port"}}
    )
    other.autocommit = True
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [process])
    other.close()
    close_old_connections()  # as at the beginning of every request
    assert User.objects.count() == 0
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=1)
