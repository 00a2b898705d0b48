"""Down to the fact: the credits behind a line add up to its base."""

from datetime import date, datetime, timedelta, timezone

import pytest

from credits import services as credits
from incentives.models import Statement, StatementLine
from incentives.queries.sources import sources_of
from incentives.rules.terms import Credited, Kind, LineKind, Sharing, Span, Status, Whose
from teams.queries import Sight
from tests.credits.stories import make_product, make_return
from tests.incentives.paying import APRIL, MARCH, make_component, make_version, pay, sell

#: After everything that is entered while a test runs.
LATER = datetime(2100, 1, 1, tzinfo=timezone(timedelta()))


def line_of(member, month=MARCH, kind=LineKind.EARNED):
    return StatementLine.objects.get(statement__person=member.person, statement__starts_on=month.starts_on, kind=kind)


def sight():
    return Sight(sees_everybody=True, unit_ids=frozenset(), person_id=None, on=date(2026, 4, 2))


def reasons(found):
    return {left.reason: left.amount for left, _why in found.left_out}


@pytest.mark.parametrize(
    "terms", [{}, {"span": Span.QUARTER}, {"whose": Whose.TEAM}, {"whose": Whose.OTHERS}, {"credited": Credited.BOTH}]
)
def test_the_leaves_add_up_to_the_base(lantern, terms):
    member = lantern.bela if terms.get("whose") else lantern.asha
    make_component(make_version(roles=("REP", "MANAGER")), (0, None, 3), **terms)
    shares = [(lantern.asha.person, 60, False), (lantern.ada.person, 40, False), (lantern.asha.person, 10, True)]
    sell(lantern.asha.person, 1000, shares=shares)
    sell(lantern.bela.person, 70, date(2026, 2, 9))
    sell(lantern.asha.person, 300, date(2026, 1, 9))
    pay(by=lantern.hana.user, now=LATER)
    found = sources_of(line_of(member))
    assert found.is_exact
    assert found.total == line_of(member).base > 0


def test_a_pools_leaves_are_the_teams(lantern):
    make_component(make_version(), (0, None, 3), kind=Kind.POOL, whose=Whose.TEAM, sharing=Sharing.EQUAL)
    sell(lantern.asha.person, 1000)
    sell(lantern.bela.person, 500)
    sell(lantern.ben.person, 200)
    pay(by=lantern.hana.user, now=LATER)
    assert [sources_of(line_of(member)).total for member in (lantern.ada, lantern.ben)] == [1500_00, 200_00]


def test_each_leads_to_its_deal(lantern):
    make_component(make_version(), (0, None, 3))
    deal = sell(lantern.asha.person, 1000)
    pay(by=lantern.hana.user, now=LATER)
    (row,) = sources_of(line_of(lantern.asha)).rows(0, 50, sight=sight())
    assert (row.route, row.route_id, row.amount) == ("deals:deal", deal.pk, 1000_00)


def test_what_was_recorded_since_is_left_out_and_said(lantern):
    make_component(make_version(), (0, None, 3))
    sell(lantern.asha.person, 1000)
    pay(by=lantern.hana.user, now=LATER)
    sell(lantern.asha.person, 700, recorded_at=LATER + timedelta(seconds=1))
    found = sources_of(line_of(lantern.asha))
    assert (found.total, found.is_exact, reasons(found)) == (1000_00, True, {"recorded_since": 700_00})


def test_what_is_taken_back_stands_behind_its_own_line(lantern):
    make_component(make_version(), (0, None, 3))
    deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 100, 60)])
    pay(by=lantern.hana.user, now=LATER)
    Statement.objects.update(status=Status.PUBLISHED)
    credits.post_returns([make_return(deal.lines.get(), 4, date(2026, 4, 10)).pk])
    sell(lantern.asha.person, 500, date(2026, 4, 3))
    pay(APRIL, by=lantern.hana.user, now=LATER)
    earned = sources_of(line_of(lantern.asha, APRIL))
    assert (earned.total, earned.is_exact, reasons(earned)) == (500_00, True, {"taken_back": -400_00})
    assert sources_of(line_of(lantern.asha, APRIL, LineKind.CLAWBACK)).total == -400_00


def test_days_outside_of_the_plan_are_said(lantern):
    make_component(make_version(starts_on=date(2026, 3, 10)), (0, None, 3))
    sell(lantern.asha.person, 1000)
    sell(lantern.asha.person, 500, date(2026, 3, 12))
    pay(by=lantern.hana.user, now=LATER)
    found = sources_of(line_of(lantern.asha))
    assert (found.total, reasons(found)) == (500_00, {"other_days": 1000_00})
