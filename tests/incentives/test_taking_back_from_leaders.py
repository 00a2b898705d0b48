"""What comes back later of a unit's results: of whom who led it, or leads it now, it is taken."""

from datetime import date

import pytest
from django.utils import timezone

from common.tenancy import company_scope
from credits import services as credits
from incentives.models import PaySettings, PayTerms, Statement, StatementLine
from incentives.queries.sources import sources_of
from incentives.rules.terms import Base, LineKind, Span, Status, Whose
from teams.models import Assignment, UnitPlacement
from tests.credits.stories import make_product, make_return
from tests.incentives.paying import MARCH, lines_of, make_component, make_version, pay, sell
from tests.incentives.test_taking_back import FEBRUARY

EARNED, CLAWBACK = LineKind.EARNED, LineKind.CLAWBACK
FIRST_OF_MARCH, MIDDLE_OF_MARCH = date(2026, 3, 1), date(2026, 3, 15)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        PaySettings.objects.create(deduction_percent=100)
        for member in (cast.bela, cast.boris, cast.dora):
            PayTerms.objects.create(person=member.person, starts_on=date(2026, 1, 1), base_pay=10_000_00)
        yield cast


def lead(person, unit, on, role="MANAGER"):
    """Give somebody another place from a day on; nowhere any more without a unit."""
    person.assignments.update(ends_before=on)
    if unit is not None:
        Assignment.objects.create(person=person, unit=unit, role=role, starts_on=on)


def sell_and_take_back(cast, *, sold_on=date(2026, 2, 10), back_on=date(2026, 3, 20), pieces=4):
    deal = sell(cast.asha.person, 0, lines=[(make_product(), 10, 100, 40)], on=sold_on)
    make_return(deal.lines.get(), pieces, back_on)
    credits.post_deals([deal.pk])


def of_leaders(whose=Whose.TEAM, **fields):
    return make_component(make_version(roles=("MANAGER",)), (0, None, 3), whose=whose, **fields)


def pay_both(cast):
    pay(FEBRUARY, by=cast.hana.user, now=timezone.now())
    Statement.objects.filter(starts_on=FEBRUARY.starts_on).update(status=Status.PUBLISHED)
    pay(MARCH, by=cast.hana.user, now=timezone.now())


def sources(person, kind, month=MARCH):
    line = StatementLine.objects.get(statement__person=person, statement__starts_on=month.starts_on, kind=kind)
    return line, sources_of(line)


@pytest.mark.parametrize("whose", [Whose.TEAM, Whose.OTHERS])
@pytest.mark.parametrize("after", ["has left the plan", "leads another unit", "leads in another role", "has left the company"])
def test_whoever_led_the_unit_gives_back_what_was_paid_for_it(lantern, whose, after):
    bela = lantern.bela.person
    of_leaders(whose)
    sell_and_take_back(lantern)
    match after:
        case "has left the plan":
            lead(bela, lantern.one, FIRST_OF_MARCH, role="REP")
        case "leads another unit":
            lead(bela, lantern.two, FIRST_OF_MARCH)
        case "leads in another role":
            lead(bela, lantern.east, FIRST_OF_MARCH, role="DIRECTOR")
        case _:
            lead(bela, None, FIRST_OF_MARCH)
    pay_both(lantern)
    assert lines_of(bela, FEBRUARY) == [(EARNED, 30_00)]
    assert [line for line in lines_of(bela) if line[1]] == [(CLAWBACK, -12_00)]
    assert sources(bela, CLAWBACK)[1].total == -400_00
    # Once more the same.
    pay(MARCH, by=lantern.hana.user, now=timezone.now())
    assert [line for line in lines_of(bela) if line[1]] == [(CLAWBACK, -12_00)]


def test_whoever_leads_it_now_loses_nothing_by_it(lantern):
    bela, boris = lantern.bela.person, lantern.boris.person
    of_leaders()
    sell_and_take_back(lantern)
    sell(lantern.ben.person, 2000, on=date(2026, 2, 12))
    lead(bela, None, FIRST_OF_MARCH)
    lead(boris, lantern.one, FIRST_OF_MARCH)
    sell(lantern.ada.person, 500, on=date(2026, 3, 5))
    pay_both(lantern)
    # Boris was paid for Team Two in February, and is for Team One now; what comes back of it then was never his.
    assert lines_of(boris, FEBRUARY) == [(EARNED, 60_00)]
    assert lines_of(boris) == [(EARNED, 15_00)]
    line, found = sources(boris, EARNED)
    assert (line.base, found.total, found.is_exact) == (500_00, 500_00, True)
    assert lines_of(bela) == [(CLAWBACK, -12_00)]


@pytest.mark.parametrize("base", [Base.PERIOD, Base.DEAL])
def test_what_comes_back_in_the_same_span_lowers_what_the_unit_earned_its_leader(lantern, base):
    bela, boris = lantern.bela.person, lantern.boris.person
    of_leaders(span=Span.QUARTER, base=base)
    sell_and_take_back(lantern)
    lead(bela, lantern.two, FIRST_OF_MARCH)
    lead(boris, lantern.one, FIRST_OF_MARCH)
    pay_both(lantern)
    assert lines_of(bela, FEBRUARY) == [(EARNED, 30_00)]
    assert lines_of(bela) == [(EARNED, -12_00)]
    assert lines_of(boris) == [(EARNED, 0)]
    for person, base_now in ((bela, 600_00), (boris, 0)):
        line, found = sources(person, EARNED)
        assert (line.base, found.total, found.is_exact) == (base_now, base_now, True)


def test_what_was_sold_before_somebody_led_the_unit_lowers_nothing_of_theirs(lantern):
    boris = lantern.boris.person
    of_leaders(span=Span.QUARTER)
    sell_and_take_back(lantern, sold_on=date(2026, 3, 3))
    # In February Boris led Team Two, in the same quarter.
    lead(lantern.bela.person, None, MIDDLE_OF_MARCH)
    lead(boris, lantern.one, MIDDLE_OF_MARCH)
    pay_both(lantern)
    assert lines_of(boris) == [(EARNED, 0)]
    assert lines_of(lantern.bela.person) == [(EARNED, 18_00)]


def test_a_unit_that_moved_away_takes_back_from_who_led_it_then(lantern):
    dora = lantern.dora.person
    version = make_version(roles=("DIRECTOR",))
    make_component(version, (0, None, 1), whose=Whose.TEAM)
    sell_and_take_back(lantern)
    UnitPlacement.objects.create(unit=lantern.one, parent=lantern.west, from_day=FIRST_OF_MARCH)
    pay_both(lantern)
    assert [line for line in lines_of(dora) if line[1]] == [(CLAWBACK, -4_00)]
