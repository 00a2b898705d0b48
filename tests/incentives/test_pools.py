"""A team's pool whose table is read by what the team reached of its target."""

from datetime import date
from fractions import Fraction

import pytest

from common.tenancy import company_scope
from credits import services as credits
from incentives.models import PaySettings, StatementLine
from incentives.queries.metric_names import metric_names
from incentives.rules import telling
from incentives.rules.terms import ChosenBy, Kind, LineKind, Pays, Release, Sharing, Steps
from targets.models import Attainment, Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_payment
from tests.incentives.paying import MARCH, lines_of, make_component, make_version, pay, sell


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def unit_asked(unit, *, done, asked, month=MARCH):
    """Say what a unit did and was asked for in a month, in whole currency."""
    refresh_everything()
    about = {"metric": Metric.objects.get(code="revenue"), "unit": unit, "span": "MONTH", "starts_on": month.starts_on}
    Attainment.objects.update_or_create(**about, defaults={"numerator": done * 100, "commit": asked * 100})


def make_pool(cast, *rates, **terms):
    version = make_version()
    version.units.create(unit=cast.one)
    metric = Metric.objects.get(code="revenue")
    return make_component(
        version, *rates, kind=Kind.POOL, sharing=Sharing.EQUAL, chosen_by=ChosenBy.ATTAINMENT, metric=metric, **terms
    )


def test_a_pool_of_so_much_is_paid_by_the_teams_attainment(lantern):
    # The printed example: 10,000 at 80 % of the target make a pool of 8,000.
    make_pool(lantern, (0, 100, 0), (100, None, 10_000), steps_read=Steps.INTERPOLATED, pays=Pays.AMOUNT)
    sell(lantern.asha.person, 800)
    unit_asked(lantern.one, done=800, asked=1000)
    found = pay(by=lantern.hana.user)
    assert sum(statement.total for statement in found.values()) == 8_000_00
    line = StatementLine.objects.get(statement=found[lantern.asha.person.pk])
    people = len(found)
    assert line.amount == round(Fraction(8_000_00, people))
    assert telling.tell(line.facts, metric_names([line.facts]))[:2] == [
        "Revenue: 800 ÷ 1,000 = 80 %",
        "800 earns by the table: 8,000",
    ]


@pytest.mark.parametrize(("asked", "pool"), [(1000, 16_00), (800, 40_00), (500, 40_00)])
def test_a_pools_rate_rises_with_the_teams_attainment(lantern, asked, pool):
    make_pool(lantern, (0, 100, 2), (100, None, 5), steps_read=Steps.FLAT)
    sell(lantern.asha.person, 800)
    unit_asked(lantern.one, done=800, asked=asked)
    assert sum(statement.total for statement in pay(by=lantern.hana.user).values()) == pool


def test_without_a_target_of_the_team_there_is_no_pool_and_the_line_says_so(lantern):
    make_pool(lantern, (0, 100, 2), (100, None, 5), steps_read=Steps.FLAT)
    sell(lantern.asha.person, 800, on=date(2026, 3, 3))
    found = pay(by=lantern.hana.user)
    line = StatementLine.objects.get(statement=found[lantern.asha.person.pk])
    assert line.amount == 0
    assert telling.tell(line.facts, metric_names([line.facts]))[0] == "Revenue: no target or no value"


def test_what_of_a_pool_waits_for_the_customers_is_released_as_they_pay(lantern):
    make_component(
        make_version(), (0, None, 10), kind=Kind.POOL, sharing=Sharing.EQUAL, paid_at_once=50, release=Release.COLLECTION
    )
    deal = sell(lantern.asha.person, 1200)
    credits.post_payments([make_payment(deal, 300, date(2026, 3, 25)).pk])
    pay(by=lantern.hana.user)
    people = 3
    assert lines_of(lantern.ada.person) == [
        (LineKind.EARNED, 120_00 // people), (LineKind.HELD, -60_00 // people), (LineKind.RELEASED, 15_00 // people)
    ]  # fmt: skip


def test_shares_add_up_to_the_pool_also_where_amounts_are_rounded_to_whole_ones(lantern):
    PaySettings.objects.create(rounding=100)
    make_component(make_version(), (0, None, 10), kind=Kind.POOL, sharing=Sharing.EQUAL)
    sell(lantern.asha.person, 1000)
    found = pay(by=lantern.hana.user)
    assert sorted(statement.total for statement in found.values()) == [33_00, 33_00, 34_00]
