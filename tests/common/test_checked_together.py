"""References checked by statement keep what those checked row by row keep: nothing points nowhere, or into another company."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from common.tenancy import company_scope
from incentives.models import Component, StatementLine
from tests.cast import make_cast
from tests.incentives.paying import make_component, make_version, pay, sell

WRITE = (
    "INSERT INTO incentives_statementline (company_id, statement_id, position, kind, source, name, amount, facts, component_id)"
)


@pytest.fixture
def theirs(cast):
    """A component of another company."""
    with company_scope(cast.rival):
        return make_component(make_version(), (0, None, 3)).pk


@pytest.fixture
def ours(lantern):
    """A component by which somebody is paid, and their statement."""
    component = make_component(make_version(), (0, None, 3))
    sell(lantern.asha.person, 1000)
    return component, pay(by=lantern.hana.user)[lantern.asha.person.pk]


def run(text, *given):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, given)


def refused():
    return pytest.raises(IntegrityError, match="same_company")


@pytest.mark.parametrize("column", ["component_id", "statement_id"])
class TestWhatIsWritten:
    def test_cannot_refer_to_what_is_not_there(self, ours, column):
        values = {"statement_id": ours[1].pk, "component_id": ours[0].pk} | {column: 2**40}
        select = "SELECT %s, %s, place, 'EARNED', 'COMPONENT', '', 0, '{}', %s FROM generate_series(50, 52) place"
        with refused():
            run(f"{WRITE} {select}", ours[1].company_id, values["statement_id"], values["component_id"])
        assert not StatementLine.objects.filter(position__gte=50).exists()

    def test_cannot_be_changed_to_it(self, ours, column):
        with refused():
            run(f"UPDATE incentives_statementline SET {column} = {column} + 1000000")

    def test_cannot_lose_it(self, ours, column):
        table = "incentives_component" if column == "component_id" else "incentives_statement"
        with refused():
            run(f"DELETE FROM {table}")
        with refused():
            run(f"UPDATE {table} SET id = id + 1000000")


def test_what_is_of_another_company_is_not_there(ours, theirs):
    with refused():
        run("UPDATE incentives_statementline SET component_id = %s", theirs)


def test_what_nobody_refers_to_any_more_can_go(ours):
    run("UPDATE incentives_statementline SET component_id = NULL")
    run("DELETE FROM incentives_step")
    run("DELETE FROM incentives_component")
    assert not Component.objects.exists()


def test_what_is_being_referred_to_waits_with_going(committed):
    """As with a foreign key: whoever removes it waits for the transaction that refers to it."""
    cast = make_cast()
    with company_scope(cast.lantern):
        make_component(make_version(), (0, None, 3))
        sell(cast.asha.person, 1000)

    def remove():
        with company_scope(cast.lantern):
            run("SET LOCAL lock_timeout = 200; DELETE FROM incentives_step; DELETE FROM incentives_component")

    with company_scope(cast.lantern):
        pay(by=cast.hana.user)
        with pytest.raises(OperationalError, match="lock timeout"):
            elsewhere(remove)


def elsewhere(act):
    """Run something in a thread of its own, with a connection of its own."""

    def acting():
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(acting).result()
