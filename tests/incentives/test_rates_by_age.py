"""Rates by how long the customer has been one: each sale and payment by its own customer, and what comes back as it was sold."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from common.periods import Period
from credits import services as credits
from customers.models import Customer
from deals.models import Deal
from incentives.models import Statement, StatementLine
from incentives.queries.foretell import Foretelling
from incentives.queries.prospects import prospects_of
from incentives.queries.rerun import check_published
from incentives.rules import telling
from incentives.rules.terms import ChosenBy, Clawback, LineKind
from tests.credits.stories import make_deal, make_payment, make_product, make_return
from tests.incentives.paying import APRIL, MARCH, lines_of, make_component, make_version, pay, publish, sell

#: 10 % in the first year, 5 % in the second, 2 % after it.
RESIDUAL = (0, 12, 10), (12, 24, 5), (24, None, 2)


@pytest.fixture
def plan(lantern):
    return make_component(make_version(), *RESIDUAL, chosen_by=ChosenBy.AGE)


def customer_since(day, seller, *, name="Old Mill"):
    """Make a customer whose first order was won on a day."""
    customer = Customer.objects.create(name=name)
    sell(seller, 1_000, on=day, customer=customer)
    return customer


class TestTheDayDecides:
    @pytest.mark.parametrize(
        ("first", "rate"),
        [
            (date(2026, 3, 3), 10),  # the same day
            (date(2025, 3, 4), 10),  # the last day of the first year
            (date(2025, 3, 3), 5),  # a year to the day: the second has begun
            (date(2024, 3, 4), 5),
            (date(2024, 3, 3), 2),
            (date(2012, 7, 9), 2),
        ],
    )
    def test_of_the_first_order(self, lantern, plan, first, rate):
        customer = customer_since(first, lantern.ada.person)
        sell(lantern.asha.person, 20_000, customer=customer)
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 20_000 * rate

    def test_of_a_leap_year_ends_with_february(self, lantern, plan):
        customer = customer_since(date(2024, 2, 29), lantern.ada.person)
        sell(lantern.asha.person, 100, on=date(2026, 2, 27), customer=customer)
        sell(lantern.asha.person, 100, on=date(2026, 2, 28), customer=customer)
        february = Period(date(2026, 2, 1), date(2026, 3, 1))
        assert pay(february, by=lantern.hana.user)[lantern.asha.person.pk].total == 5_00 + 2_00

    def test_on_which_money_came_in_of_each_payment(self, lantern):
        make_component(make_version(), *RESIDUAL, chosen_by=ChosenBy.AGE, measure="CASH_COLLECTED")
        deal = sell(lantern.asha.person, 30_000, on=date(2025, 3, 10), customer=Customer.objects.create(name="Slow"))
        paid = [make_payment(deal, 10_000, day) for day in (date(2026, 3, 9), date(2026, 3, 10))]
        credits.post_payments([payment.pk for payment in paid])
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 1_000_00 + 500_00

    def test_whatever_the_order_in_which_it_became_known(self, lantern, plan):
        customer = Customer.objects.create(name="Backwards")
        sell(lantern.asha.person, 20_000, customer=customer)
        sell(lantern.ada.person, 1_000, on=date(2024, 12, 1), customer=customer)
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 20_000 * 5


class TestWhoIsACustomer:
    def test_an_order_that_came_back_whole_before_the_day_begins_nothing(self, lantern, plan):
        customer = Customer.objects.create(name="Changed their mind")
        first = sell(lantern.ada.person, 0, on=date(2024, 1, 5), customer=customer, lines=_lines())
        _send_back(first, date(2024, 2, 1))
        sell(lantern.asha.person, 20_000, customer=customer)
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 20_000 * 10

    def test_what_came_back_later_leaves_the_rates_of_before_as_they_were(self, lantern, plan):
        customer = Customer.objects.create(name="Long with us")
        first = sell(lantern.ada.person, 0, on=date(2024, 1, 5), customer=customer, lines=_lines())
        sell(lantern.asha.person, 20_000, customer=customer)
        _send_back(first, date(2026, 3, 20))
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 20_000 * 2

    def test_without_a_customer_there_is_no_rate_and_the_line_says_so(self, lantern, plan):
        sell(lantern.asha.person, 500)
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 0
        facts = StatementLine.objects.get(statement__person=lantern.asha.person, kind=LineKind.EARNED).facts
        assert facts["unpaid"] == 500_00
        assert "500 has no rate: 0" in telling.tell(facts)


class TestTheStatement:
    def test_says_each_age_with_its_product(self, lantern, plan):
        since = customer_since(date(2024, 12, 1), lantern.ada.person)
        sell(lantern.asha.person, 20_000, customer=since)
        sell(lantern.asha.person, 7_000, customer=Customer.objects.create(name="New"))
        pay(by=lantern.hana.user)
        line = StatementLine.objects.get(statement__person=lantern.asha.person, kind=LineKind.EARNED)
        assert telling.tell(line.facts) == [
            "Customers below 1 year: 7,000 × 10 % = 700",
            "Customers from 1 year to below 2 years: 20,000 × 5 % = 1,000",
            "700 + 1,000 = 1,700",
        ]
        assert line.base == 27_000_00


class TestWhatComesBack:
    def test_in_the_same_month_leaves_nothing(self, lantern, plan):
        customer = customer_since(date(2025, 3, 10), lantern.ada.person)
        deal = sell(lantern.asha.person, 0, on=date(2026, 3, 9), customer=customer, lines=_lines())
        # Sold on the last day of the first year, back in the second: at the rate of the sale all the same.
        _send_back(deal, date(2026, 3, 20))
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 0

    def test_in_a_later_month_at_the_rate_of_its_own_age_not_the_mean(self, lantern, plan):
        old, new = customer_since(date(2020, 1, 1), lantern.ada.person), Customer.objects.create(name="New")
        sell(lantern.asha.person, 100_000, customer=old)
        deal = sell(lantern.asha.person, 0, customer=new, lines=_lines())
        publish(lantern, MARCH, days=2)
        _send_back(deal, date(2026, 4, 2))
        sell(lantern.asha.person, 100_000, on=date(2026, 4, 3), customer=old)
        publish(lantern, APRIL, days=4)
        assert lines_of(lantern.asha.person) == [(LineKind.EARNED, 2_000_00 + 1_000_00)]
        assert (LineKind.CLAWBACK, -1_000_00) in lines_of(lantern.asha.person, APRIL)

    def test_by_the_part_of_the_term_that_was_not_served(self, lantern):
        # A calculator of insurance: 12,000 a year, 80 % in the first, 5 % after it; left in month 8, a third is repaid.
        about = {"chosen_by": ChosenBy.AGE, "clawback": Clawback.UNSERVED, "clawback_months": 12}
        make_component(make_version(starts_on=date(2025, 1, 1)), (0, 12, 80), (12, None, 5), **about)
        policy = sell(
            lantern.asha.person, 0, on=date(2026, 3, 3), customer=Customer.objects.create(name="Insured"), lines=_lines(12_000)
        )
        publish(lantern, MARCH, days=2)
        _send_back(policy, date(2026, 11, 3))
        november = Period(date(2026, 11, 1), date(2026, 12, 1))
        pay(november, by=lantern.hana.user, now=timezone.now() + timedelta(days=4))
        assert lines_of(lantern.asha.person) == [(LineKind.EARNED, 9_600_00)]
        assert (LineKind.CLAWBACK, -3_200_00) in lines_of(lantern.asha.person, november)


class TestAsItWasKnown:
    def test_an_older_order_that_was_entered_since_changes_nothing_of_what_was_paid(self, lantern, plan):
        customer = Customer.objects.create(name="Known late")
        sell(lantern.asha.person, 20_000, customer=customer)
        publish(lantern, MARCH, days=1)
        sell(lantern.ada.person, 1_000, on=date(2024, 12, 1), customer=customer, recorded_at=timezone.now() + timedelta(days=2))
        assert Statement.objects.get(person=lantern.asha.person, starts_on=MARCH.starts_on).total == 2_000_00
        assert check_published(months=[MARCH], company=lantern.lantern)[1] == []

    def test_nor_does_one_that_has_come_back_since(self, lantern, plan):
        customer = Customer.objects.create(name="Was here before")
        first = sell(lantern.ada.person, 0, on=date(2024, 12, 1), customer=customer, lines=_lines())
        sell(lantern.asha.person, 20_000, customer=customer)
        publish(lantern, MARCH, days=1)
        Deal.objects.filter(pk=first.pk).update(status=Deal.Status.LOST)
        credits.post_deals([first.pk], recorded_at=timezone.now() + timedelta(days=2))
        assert Statement.objects.get(person=lantern.asha.person, starts_on=MARCH.starts_on).total == 1_000_00
        assert check_published(months=[MARCH], company=lantern.lantern)[1] == []


class TestAhead:
    @pytest.mark.parametrize(("first", "gain"), [(None, 1_000_00), (date(2025, 3, 1), 500_00), (date(2020, 1, 1), 200_00)])
    def test_an_open_deal_pays_by_the_age_of_its_customer(self, lantern, plan, first, gain):
        customer = customer_since(first, lantern.ada.person) if first else Customer.objects.create(name="New")
        deal = make_deal(lantern.asha.person, amount=Decimal(10_000), cost=Decimal(1), status="OPEN", customer=customer)
        foretelling = Foretelling(person_id=lantern.asha.person.pk, on=date(2026, 3, 5), company=lantern.lantern)
        (prospect,) = prospects_of([deal], person_id=lantern.asha.person.pk, on=date(2026, 3, 5))
        assert foretelling.with_sales([prospect.won]).gained == gain
        assert foretelling.distances() == []


def _lines(price=10_000):
    return [(make_product(), 1, Decimal(price), Decimal(1))]


def _send_back(deal, on):
    make_return(deal.lines.get(), 1, on)
    credits.post_deals([deal.pk])
