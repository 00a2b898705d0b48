"""What is foretold of an open deal is, to the cent, what a calculation gives once that deal is really won."""

from datetime import date
from decimal import Decimal

import pytest

from common.tenancy import company_scope
from credits import services as credits
from credits.rules.own import CreditedRole
from customers.models import Customer
from deals import services as deals
from deals.models import DealShare, ProductLine
from incentives.models import Component
from incentives.queries.ahead import Ahead
from incentives.rules.terms import Base, ChosenBy, Credited, Kind, Pays, Release, Sharing, Steps, Whose
from targets.models import Attainment, Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_instalment, make_payment
from tests.credits.test_own_measures import CODE, make_rule
from tests.incentives.paying import make_component, make_version, pay, sell
from tests.incentives.test_ahead import open_deal
from tests.targets.published import publish_2026

TODAY = date(2026, 3, 18)
RATES = ((0, 1000, 3), (1000, 3000, 5), (3000, None, 8))
#: In per cent, around what the deal brings Asha to.
LEVELS = ((0, 40, 2), (40, 100, 4), (100, None, 9))


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        publish_2026(cast)
        yield cast


def total_of(cast, member):
    statement = pay(by=cast.hana.user).get(member.person.pk)
    return statement.total if statement else 0


def win_and_compare(cast, deal, member):
    """Compare what is foretold with what is paid once the deal is won through the service that pages use; return it."""
    before = total_of(cast, member)
    won, _collected = Ahead(person=member.person, on=TODAY, company=cast.lantern).deal(deal)
    assert won.now == before
    deals.win_deal(deal=deal, closed_on=TODAY, by=member.user)
    assert total_of(cast, member) == won.then
    return won.then - before


def offer(cast, **fields):
    """Two lines at different discounts, with an odd price."""
    line = ProductLine.objects.create(name="Premium")
    rows = [(line, 3, 400, Decimal("333.33"), 200), (None, 2, 900, 890, 300)]
    return line, open_deal(cast.asha.person, lines=rows, **fields)


class TestCommission:
    @pytest.mark.parametrize("base", [Base.PERIOD, Base.DEAL, Base.LINE])
    @pytest.mark.parametrize("reads", Steps.values)
    @pytest.mark.parametrize("pays", Pays.values)
    def test_by_amount(self, lantern, base, reads, pays):
        make_component(make_version(), *RATES, base=base, steps_read=reads, pays=pays)
        sell(lantern.asha.person, Decimal("811.11"))
        _line, deal = offer(lantern)
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    @pytest.mark.parametrize("reads", Steps.values)
    @pytest.mark.parametrize("measure", ["REVENUE", "GROSS_PROFIT", "UNITS_SOLD", "DEALS_WON"])
    def test_by_attainment(self, lantern, reads, measure):
        revenue = Metric.objects.get(code="revenue")
        make_component(
            make_version(), *LEVELS, measure=measure, steps_read=reads, chosen_by=ChosenBy.ATTAINMENT, metric=revenue
        )
        sell(lantern.asha.person, 5000)
        _line, deal = offer(lantern)
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    @pytest.mark.parametrize("base", [Base.DEAL, Base.LINE])
    def test_by_discount(self, lantern, base):
        make_component(
            make_version(), (0, 5, 9), (5, 12, 5), (12, None, 1), base=base, chosen_by=ChosenBy.DISCOUNT, steps_read=Steps.FLAT
        )
        _line, deal = offer(lantern)
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    @pytest.mark.parametrize("base", [Base.DEAL, Base.LINE])
    def test_by_margin(self, lantern, base):
        rates = (0, 5, 9), (5, 12, 5), (12, 40, 4), (40, None, 1)
        make_component(make_version(), *rates, base=base, chosen_by=ChosenBy.MARGIN, steps_read=Steps.FLAT)
        _line, deal = offer(lantern)
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    def test_by_line_and_new_customer(self, lantern):
        line, deal = offer(lantern, customer=Customer.objects.create(name="Rose", owner=lantern.asha.person))
        make_component(
            make_version(), {"value": 1}, {"value": 4, "product_line": line}, {"value": 6, "customers": "NEW"}, base=Base.LINE
        )
        assert win_and_compare(lantern, deal, lantern.asha) > 0


class TestBonusAndPool:
    @pytest.mark.parametrize("reads", Steps.values)
    @pytest.mark.parametrize("span", ["MONTH", "QUARTER"])
    def test_bonus_by_attainment(self, lantern, reads, span):
        revenue = Metric.objects.get(code="revenue")
        sell(lantern.asha.person, 100)
        total_of(lantern, lantern.asha)
        row = Attainment.objects.get(
            metric=revenue, person=lantern.asha.person, span=span, starts_on__month__in=[1, 3], commit__gt=0
        )
        # The bound lies between what was sold and what is on offer.
        bound = round(Decimal(5000_00 * 100) / row.commit, 4)
        curve = [(0, bound, 20), (bound, 100, 50), (100, None, 150)]
        make_component(
            make_version(), kind=Kind.BONUS, amount=1000_00, metric=revenue, curve=curve, steps_read=reads, span=span
        )
        deal = open_deal(lantern.asha.person, lines=[(None, 1, 9000, Decimal("8765.43"), 100)])
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    @pytest.mark.parametrize("sharing", [Sharing.EQUAL, Sharing.RESULT])
    def test_pool(self, lantern, sharing):
        make_component(make_version(), *RATES, kind=Kind.POOL, whose=Whose.TEAM, sharing=sharing, steps_read=Steps.FLAT)
        sell(lantern.ada.person, 700)
        sell(lantern.asha.person, 50)
        _line, deal = offer(lantern)
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    @pytest.mark.parametrize("reads", Steps.values)
    def test_pool_by_the_teams_attainment(self, lantern, reads):
        revenue = Metric.objects.get(code="revenue")
        about = {"whose": Whose.TEAM, "sharing": Sharing.EQUAL, "chosen_by": ChosenBy.ATTAINMENT, "metric": revenue}
        make_component(make_version(), *LEVELS, kind=Kind.POOL, steps_read=reads, **about)
        sell(lantern.ada.person, 700)
        _line, deal = offer(lantern)
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    def test_what_a_leader_sells_counts_for_the_unit_they_lead(self, lantern):
        revenue = Metric.objects.get(code="revenue")
        version = make_version(roles=("MANAGER",))
        make_component(version, (0, None, 1), whose=Whose.TEAM)
        make_component(version, *LEVELS, whose=Whose.TEAM, chosen_by=ChosenBy.ATTAINMENT, metric=revenue, steps_read=Steps.FLAT)
        sell(lantern.ada.person, 900)
        deal = open_deal(lantern.bela.person, lines=[(None, 1, 70000, Decimal("69999.10"), 100)])
        assert win_and_compare(lantern, deal, lantern.bela) > 0


class TestCreditOnTop:
    @pytest.mark.parametrize("credited", Credited.values)
    @pytest.mark.parametrize("base", [Base.PERIOD, Base.DEAL, Base.LINE])
    def test_of_somebody_elses_deal(self, lantern, credited, base):
        make_component(make_version(), *RATES, credited=credited, base=base, steps_read=Steps.FLAT)
        _line, deal = offer(lantern)
        DealShare.objects.create(deal=deal, person=lantern.ada.person, percent=Decimal("33.5"), is_overlay=True)
        gained = win_and_compare(lantern, deal, lantern.ada)
        assert (gained > 0) == (credited != Credited.SHARES)

    @pytest.mark.parametrize("credited", Credited.values)
    def test_beside_ones_own_share_of_the_same_deal(self, lantern, credited):
        version = make_version()
        make_component(version, *RATES, credited=credited, base=Base.DEAL, steps_read=Steps.FLAT)
        make_component(version, (0, None, 50), credited=credited, measure="DEALS_WON")
        shares = [(lantern.asha.person, 40), (lantern.ada.person, 60)]
        _line, deal = offer(lantern, shares=shares)
        DealShare.objects.create(deal=deal, person=lantern.asha.person, percent=Decimal("60"), is_overlay=True)
        assert win_and_compare(lantern, deal, lantern.asha) > 0

    def test_counts_for_their_attainment_and_for_no_pool(self, lantern):
        revenue = Metric.objects.get(code="revenue")
        version = make_version()
        make_component(version, kind=Kind.BONUS, amount=1000_00, metric=revenue)
        make_component(version, (0, None, 1), kind=Kind.POOL, whose=Whose.TEAM, sharing=Sharing.RESULT)
        sell(lantern.ada.person, 100)
        _line, deal = offer(lantern)
        DealShare.objects.create(deal=deal, person=lantern.ada.person, percent=Decimal("33.5"), is_overlay=True)
        assert win_and_compare(lantern, deal, lantern.ada) > 0


class TestWhatTheCustomerPays:
    @pytest.fixture
    def half_now(self, lantern):
        make_component(make_version(), (0, None, 10), paid_at_once=50, release=Release.COLLECTION)
        paid = sell(lantern.asha.person, 400, TODAY)
        credits.post_payments([make_payment(paid, 400, TODAY).pk])
        sell(lantern.asha.person, 600, TODAY)

    @pytest.mark.parametrize("base", [Base.PERIOD, Base.DEAL])
    def test_of_what_is_held_back_as_much_is_released_as_was_paid(self, lantern, half_now, base):
        Component.objects.update(base=base)
        _line, deal = offer(lantern)
        # A tenth of 2,779.99: half of it at once, the other half waits as it is not paid for.
        assert win_and_compare(lantern, deal, lantern.asha) == 139_00

    def test_all_of_it_once_it_is_paid_in_full(self, lantern, half_now):
        _line, deal = offer(lantern)
        before = total_of(lantern, lantern.asha)
        _won, collected = Ahead(person=lantern.asha.person, on=TODAY, company=lantern.lantern).deal(deal)
        deals.win_deal(deal=deal, closed_on=TODAY, by=lantern.asha.user)
        credits.post_payments([make_payment(deal, deal.amount, TODAY).pk])
        assert total_of(lantern, lantern.asha) == collected.then > before

    @pytest.mark.parametrize(("days", "passes"), [(0, False), (90, True)])
    def test_what_falls_due_and_is_not_paid_shuts_the_gate_of_the_collection_rate(self, lantern, days, passes):
        rate = Metric.objects.get(numerator="COLLECTED_DUE", denominator="AMOUNT_DUE")
        about = {"gate_metric": rate, "gate_by_attainment": False, "gate": [(0, 50, 0), (50, None, 100)]}
        make_component(make_version(), (0, None, 10), **about)
        paid = sell(lantern.asha.person, 400, TODAY)
        make_instalment(paid, 400, TODAY)
        credits.post_payments([make_payment(paid, 400, TODAY).pk])
        refresh_everything()
        customer = Customer.objects.create(name="Rose", owner=lantern.asha.person, credit_days=days)
        deal = open_deal(lantern.asha.person, lines=[(None, 1, 1000, 1000, 0)], customer=customer)
        assert (win_and_compare(lantern, deal, lantern.asha) > 0) == passes


@pytest.mark.parametrize("percent", [60, 40])
def test_an_own_measure_of_the_lead_counts_the_whole_deal_once(lantern, percent):
    asha = lantern.asha.person
    make_rule("REVENUE", role=CreditedRole.LEAD)
    make_component(make_version(), (0, None, 1), measure=CODE)
    _line, deal = offer(lantern)
    parts = [(asha, Decimal(percent)), (lantern.ada.person, Decimal(100 - percent))]
    deals.set_shares(deal=deal, shares=parts, by=lantern.asha.user)
    gained = win_and_compare(lantern, deal, lantern.asha)
    assert gained == (27_80 if percent == 60 else 0)
