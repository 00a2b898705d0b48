"""What a deal would pay, and how far it is to the next step."""

from datetime import date

import pytest

from deals.models import ProductLine
from incentives.models import Statement
from incentives.queries.foretell import Foretelling, Part, Sale
from incentives.rules.terms import Base, ChosenBy, Kind, Pays, Release, Sharing, Steps, Whose
from targets.models import Attainment, Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from tests.incentives.paying import make_component, make_version, pay, sell
from tests.targets.published import publish_2026

TODAY = date(2026, 3, 18)


def ask(cast, member=None):
    return Foretelling(person_id=(member or cast.asha).person.pk, on=TODAY, company=cast.lantern)


def sale(amount, **fields):
    return Sale((Part(None, amount * 100, amount * 40, 1),), **fields)


class TestWhatADealPays:
    @pytest.mark.parametrize(
        "terms",
        [
            {"steps_read": Steps.MARGINAL},
            {"steps_read": Steps.FLAT},
            {"steps_read": Steps.INTERPOLATED},
            {"steps_read": Steps.MARGINAL, "base": Base.DEAL},
            {"steps_read": Steps.INTERPOLATED, "base": Base.DEAL},
            {"steps_read": Steps.MARGINAL, "pays": Pays.AMOUNT},
            {"steps_read": Steps.MARGINAL, "pays": Pays.AMOUNT, "base": Base.DEAL},
            {"steps_read": Steps.INTERPOLATED, "pays": Pays.AMOUNT, "base": Base.DEAL},
            {"measure": "GROSS_PROFIT"},
        ],
    )
    def test_is_what_it_pays_once_it_is_won(self, lantern, terms):
        make_component(make_version(), (0, 1000, 3), (1000, None, 5), **terms)
        sell(lantern.asha.person, 800)
        foretold = ask(lantern).with_sales([sale(700)])
        assert not Statement.objects.exists()
        sell(lantern.asha.person, 700)
        assert foretold.then.total == pay(by=lantern.hana.user)[lantern.asha.person.pk].total
        assert foretold.gained == foretold.then.total - foretold.now.total > 0

    def test_asking_twice_begins_anew(self, lantern):
        make_component(make_version(), (0, None, 10))
        asked = ask(lantern)
        assert [asked.with_sales([sale(n)]).gained for n in (100, 200, 100)] == [10_00, 20_00, 10_00]

    def test_lines_new_customers_and_cash(self, lantern):
        line = ProductLine.objects.create(name="Premium")
        version = make_version()
        make_component(version, {"value": 2}, {"value": 7, "product_line": line}, {"value": 4, "customers": "NEW"})
        make_component(version, (0, None, 1), measure="CASH_COLLECTED")
        parts = Part(line.pk, 100_00), Part(None, 300_00)
        gained = ask(lantern).with_sales([Sale(parts, is_new=True, collected=400_00)])
        assert sorted(gained.gains.values()) == [4_00, 7_00 + 12_00]

    def test_a_teams_pool_grows_for_everybody(self, lantern):
        make_component(make_version(), (0, None, 1), kind=Kind.POOL, whose=Whose.TEAM, sharing=Sharing.EQUAL)
        assert ask(lantern).with_sales([sale(1000)]).gained == 5_00

    @pytest.mark.parametrize(("paid", "gained"), [(0, 10_00), (50, 15_00), (100, 20_00)])
    def test_what_of_a_pool_waits_for_the_customer_comes_as_far_as_they_have_paid(self, lantern, paid, gained):
        terms = {"sharing": Sharing.EQUAL, "paid_at_once": 50, "release": Release.COLLECTION}
        make_component(make_version(), (0, None, 4), kind=Kind.POOL, whose=Whose.TEAM, **terms)
        asked = ask(lantern)
        assert asked.with_sales([sale(1000, paid=paid)]).gained == gained

    def test_whoever_is_in_no_plan_is_told_nothing(self, lantern):
        make_component(make_version(), (0, None, 1))
        assert not ask(lantern, lantern.hana).is_paid
        assert ask(lantern, lantern.hana).with_sales([sale(1)]) is None


class TestTheNextStep:
    def test_by_the_amount(self, lantern):
        make_component(make_version(), (0, 1000, 3), (1000, None, 5), steps_read=Steps.FLAT)
        sell(lantern.asha.person, 800)
        (distance,) = ask(lantern).distances()
        assert (distance.missing, distance.rate, distance.next_rate) == (200_00, 3, 5)
        # A cliff: 200 more make the whole 1,000 worth 5 %.
        assert (distance.pays, distance.pays_there, distance.gain) == (24_00, 50_00, 26_00)

    def test_by_attainment(self, lantern):
        add_builtin_metrics()
        publish_2026(lantern)
        metric = Metric.objects.get(code="revenue")
        version = make_version()
        make_component(version, (0, 50, 3), (50, None, 5), chosen_by=ChosenBy.ATTAINMENT, metric=metric)
        make_component(version, kind=Kind.BONUS, amount=1_000_00, metric=metric, curve=[(80, 100, 50), (100, None, 100)])
        sell(lantern.asha.person, 1000)
        refresh_everything()
        target = ask(lantern).distances()
        rate, bonus = target
        asked = metric_target(lantern)
        assert (rate.missing, bonus.missing) == (asked // 2 - 1000_00, -(-asked * 80 // 100) - 1000_00)
        assert (rate.pays_there, bonus.pays, bonus.pays_there) == (asked // 2 * 5 // 100, 0, 500_00)
        there = ask(lantern).with_sales([Sale((Part(None, bonus.missing),))])
        assert there.gains[bonus.key] == 500_00

    def test_beyond_the_last_one_there_is_none(self, lantern):
        make_component(make_version(), (0, 1000, 3), (1000, None, 5))
        sell(lantern.asha.person, 1800)
        assert ask(lantern).distances() == []


def metric_target(cast):
    return Attainment.objects.get(
        person=cast.asha.person, span="MONTH", starts_on=date(2026, 3, 1), metric__code="revenue"
    ).commit
