"""Several calculations at once, and calculation while others decide: every month comes out as if one had waited for the other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.models import Sum

from common.tenancy import company_scope
from incentives.models import PayEntry, Statement, StatementEvent, StatementLine
from incentives.rules.terms import Span, Status, Steps
from incentives.services import statements
from incentives.services.calculating import Calculated, calculate
from targets.rollups import refresh_dirty
from tests.cast import make_cast
from tests.incentives.paying import APRIL, MARCH, lines_of, make_component, make_version, pay, sell

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def stage(committed):
    """A plan of slices over the quarter, and a thousand sold in March."""
    cast = make_cast()
    with company_scope(cast.lantern):
        version = make_version()
        make_component(version, (0, 1000, 3), (1000, None, 5), steps_read=Steps.MARGINAL, span=Span.QUARTER)
        make_component(version, (0, None, 2))
        sell(cast.asha.person, 1000)
        refresh_dirty()  # else the roll-up that comes first would let one calculation wait for the other
    return cast


def at_once(cast, acts):
    """Run acts in threads of their own; return what each returned."""

    def run(act):
        try:
            with company_scope(cast.lantern):
                return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def calculating(cast, month):
    return lambda: calculate(month=month, now=NOW, by=cast.hana.user)


def advanced(cast, *steps):
    """Bring the statements of March so far."""
    pay(by=cast.hana.user)
    ids = list(Statement.objects.values_list("pk", flat=True))
    for step in steps:
        assert step(statements=ids, decider=None, now=NOW, by=cast.hana.user).done == len(ids)
    return ids


def test_many_calculations_of_one_month_make_each_statement_once(stage):
    done = at_once(stage, [calculating(stage, MARCH)] * 6)
    with company_scope(stage.lantern):
        people = Statement.objects.count()
        assert sorted(outcome.written for outcome in done) == [0, 0, 0, 0, 0, people]
        assert done.count(Calculated(0, people, 0)) == 5
        assert lines_of(stage.asha.person) == [("EARNED", 30_00), ("EARNED", 20_00)]
        assert StatementLine.objects.count() == 2 * people
        assert StatementEvent.objects.count() == people


def test_a_calculation_beside_a_publication_neither_pays_twice_nor_loses_anything(stage):
    with company_scope(stage.lantern):
        ids = advanced(stage, statements.approve, statements.check)
        sell(stage.asha.person, 500, date(2026, 4, 7))

    def publishing():
        return statements.publish(statements=ids, now=NOW, by=stage.hana.user)

    outcomes = at_once(stage, [publishing, *[calculating(stage, month) for month in (APRIL, MARCH, APRIL, MARCH)], publishing])
    assert outcomes[0].done + outcomes[-1].done == len(ids)
    with company_scope(stage.lantern):
        pay(APRIL, by=stage.hana.user)
        # April begins a quarter: five hundred at 3 % and 2 %.
        assert lines_of(stage.asha.person, APRIL) == [("EARNED", 15_00), ("EARNED", 10_00)]
        march = Statement.objects.get(person=stage.asha.person, starts_on=MARCH.starts_on)
        assert (march.status, march.total) == (Status.PUBLISHED, 50_00)
        assert PayEntry.objects.filter(statement=march).aggregate(sum=Sum("amount"))["sum"] == 50_00
        assert StatementEvent.objects.filter(statement=march, kind="PUBLISHED").count() == 1


def test_what_is_approved_while_it_is_calculated_anew_stands_with_all_its_lines(stage):
    with company_scope(stage.lantern):
        ids = advanced(stage)
        sell(stage.asha.person, 500)

    def approving():
        return statements.approve(statements=ids, decider=None, now=NOW, by=stage.hana.user)

    at_once(stage, [calculating(stage, MARCH), approving, calculating(stage, MARCH), approving])
    with company_scope(stage.lantern):
        for statement in Statement.objects.all():
            assert statement.status == Status.APPROVED
            assert statement.lines.aggregate(sum=Sum("amount"))["sum"] == statement.total
        asha = Statement.objects.get(person=stage.asha.person)
        # Either the new figures were approved, or the old ones, which are marked then.
        assert (asha.total, asha.is_stale) in {(55_00 + 30_00, False), (50_00, True)}
