"""Prepared statements answer like any other, on every connection, also where nothing may be prepared."""

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.queries.people import _ENTER
from common.db.postgres.prepared import prepared
from targets.queries.plans import _PLAN_AS_IT_IS, _PLAN_HELD
from teams.queries.sight import _PERSON, _PERSON_WITH_LED

pytestmark = pytest.mark.django_db

SHARE = prepared("SELECT %(part)s * 100.0 %% 7, %(part)s, %(name)s", part="integer", name="text")
TWO = prepared(
    "SELECT set_config('app.test', %(name)s, true)", "SELECT current_setting('app.test'), %(part)s", name="text", part="integer"
)


def answer(statement, **given):
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchone()


def prepared_here():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


class TestPrepared:
    def test_answers_what_the_statement_answers(self, settings):
        with_it = answer(SHARE, part=3, name="it's $1; --")
        settings.DATABASE_PREPARES = False
        assert with_it == answer(SHARE, part=3, name="it's $1; --") == (6, 3, "it's $1; --")

    def test_is_prepared_once_for_a_connection(self):
        answer(SHARE, part=1, name="a")
        before = prepared_here()
        answer(SHARE, part=2, name="b")
        assert prepared_here() == before >= {name for name, _text in SHARE.parts}

    def test_nothing_is_prepared_where_a_pooler_could_not_bear_it(self, settings):
        settings.DATABASE_PREPARES = False
        other = prepared("SELECT %(part)s, 'where a pooler'", part="integer")
        assert answer(other, part=1) == (1, "where a pooler")
        assert not prepared_here() & {name for name, _text in other.parts}

    def test_several_are_sent_together(self):
        assert answer(TWO, name="x", part=7) == ("x", 7)

    def test_stays_with_a_connection_whose_transaction_was_taken_back(self):
        late = prepared("SELECT %(part)s, 'taken back'", part="integer")
        with transaction.atomic():
            answer(late, part=1)
            transaction.set_rollback(True)
        assert answer(late, part=2) == (2, "taken back")

    def test_a_fault_is_a_fault_of_the_database(self):
        wrong = prepared("SELECT nowhere FROM accounts_company WHERE id = %(part)s", part="integer")
        with pytest.raises(Error), transaction.atomic():
            answer(wrong, part=1)

    def test_says_what_it_is_where_statements_are_logged(self):
        with CaptureQueriesContext(connection) as sent:
            answer(SHARE, part=3, name="a")
        assert SHARE.parts[0][0] in sent[-1]["sql"]


class TestUserByKey:
    def test_is_the_user_with_every_column(self):
        user = User.objects.create_user(email="asha@example.com", name="Asha", password="a")
        found = User.objects.get(pk=user.pk)
        fields = [field.attname for field in User._meta.concrete_fields]
        again = User.objects.filter(pk=user.pk).get()
        assert {name: getattr(found, name) for name in fields} == {name: getattr(again, name) for name in fields}
        found.name = "Bela"
        found.save()
        assert User.objects.get(name="Bela") == user

    def test_nobody_is_nobody(self):
        with pytest.raises(User.DoesNotExist):
            User.objects.get(pk=0)
        with pytest.raises(User.DoesNotExist):
            User.objects.get(pk=2**62)
        with pytest.raises(User.DoesNotExist):
            User.objects.get(pk=2**70)


@pytest.mark.parametrize(
    "statement", [_ENTER, _PERSON, _PERSON_WITH_LED, _PLAN_AS_IT_IS, _PLAN_HELD], ids=["enter", "person", "led", "plan", "held"]
)
def test_what_every_page_asks_names_its_columns(statement):
    """A column that a migration adds would make `*` another answer than the prepared one, which is an error."""
    assert "*" not in statement
