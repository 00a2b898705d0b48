"""What open deals would pay, asked on the pages: the same as when they are really closed."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from common.tenancy import company_scope
from credits import services as credits
from customers.models import Customer
from deals.models import Deal, DealLine, DealShare, Payment, Product, ProductLine
from incentives.queries.ahead import Ahead
from incentives.queries.prospects import open_deals_of
from incentives.rules.terms import Base, ChosenBy, Steps
from tests.credits.stories import make_deal
from tests.incentives.paying import make_component, make_version, pay, sell

TODAY = date(2026, 3, 18)


def look(cast, member=None):
    return Ahead(person=(member or cast.asha).person, on=TODAY, company=cast.lantern)


def open_deal(person, *, lines=(), shares=(), paid=0, **fields):
    """Make an open deal; `lines` are (product line, pieces, list price, price, cost), `shares` (person, percent)."""
    deal = make_deal(person, status="OPEN", closed_on=None, opened_on=TODAY, **fields)
    for number, (line, pieces, listed, price, cost) in enumerate(lines):
        product = Product.objects.create(code=f"{deal.pk}-{number}", name="Lamp", line=line, list_price=listed)
        DealLine.objects.create(
            deal=deal, product=product, quantity=pieces, list_price=listed, price=price, cost=cost,
            amount=pieces * price, cost_amount=pieces * cost,
        )  # fmt: skip
    if lines:
        rows = DealLine.objects.filter(deal=deal)
        Deal.objects.filter(pk=deal.pk).update(
            amount=sum(row.amount for row in rows), cost=sum(row.cost_amount for row in rows)
        )
    for who, percent in shares:
        DealShare.objects.create(deal=deal, person=who, percent=percent)
    if paid:
        Payment.objects.create(deal=deal, received_on=TODAY, amount=paid)
        credits.post_deals([deal.pk])
    deal.refresh_from_db()
    return deal


def close(deal, *, collect=False):
    Deal.objects.filter(pk=deal.pk).update(status="WON", closed_on=TODAY)
    if collect:
        left = deal.amount - sum(deal.payments.values_list("amount", flat=True))
        Payment.objects.create(deal=deal, received_on=TODAY, amount=left)
    credits.post_deals([deal.pk])


def total_of(cast, member):
    statements = pay(by=cast.hana.user)
    return statements[member.person.pk].total if member.person.pk in statements else 0


class TestClosingADeal:
    """What was foretold is what the statement says after the deal was closed."""

    @pytest.fixture
    def plan(self, lantern):
        line = ProductLine.objects.create(name="Premium")
        version = make_version()
        make_component(version, (0, 1000, 3), (1000, 3000, 5), (3000, None, 8), steps_read=Steps.FLAT)
        make_component(version, (0, None, 10), measure="GROSS_PROFIT")
        make_component(version, {"value": 1}, {"value": 4, "customers": "NEW"}, {"value": 2, "product_line": line})
        make_component(version, (0, None, 2), measure="CASH_COLLECTED")
        make_component(version, (0, None, 50), measure="DEALS_WON")
        make_component(version, (0, 10, 6), (10, None, 1), base=Base.DEAL, chosen_by=ChosenBy.DISCOUNT)
        return line

    def check(self, cast, deal, member=None, **how):
        member = member or cast.asha
        now = total_of(cast, member)
        won, collected = look(cast, member).deal(deal)
        assert won.now == now
        foretold = collected if how.get("collect") else won
        close(deal, **how)
        assert total_of(cast, member) == foretold.then > now
        return foretold

    @pytest.mark.parametrize("collect", [False, True])
    def test_with_products_discount_and_a_new_customer(self, lantern, plan, collect):
        sell(lantern.asha.person, 900)
        customer = Customer.objects.create(name="Rose", owner=lantern.asha.person)
        deal = open_deal(lantern.asha.person, customer=customer, lines=[(plan, 3, 400, 350, 200), (None, 2, 100, 99, 30)])
        self.check(lantern, deal, collect=collect)

    def test_of_a_customer_who_bought_before(self, lantern, plan):
        customer = Customer.objects.create(name="Rose", owner=lantern.asha.person)
        sell(lantern.asha.person, 100, customer=customer)
        self.check(lantern, open_deal(lantern.asha.person, customer=customer, lines=[(None, 1, 900, 900, 100)]))

    def test_without_products_and_paid_in_part(self, lantern, plan):
        deal = open_deal(lantern.asha.person, amount=Decimal("1234.56"), cost=Decimal("700"), paid=Decimal("200.50"))
        self.check(lantern, deal, collect=True)

    def test_that_is_shared(self, lantern, plan):
        shares = [(lantern.ada.person, Decimal("33.33")), (lantern.asha.person, Decimal("66.67"))]
        for member in (lantern.ada, lantern.asha):
            deal = open_deal(lantern.asha.person, lines=[(plan, 1, 1000, Decimal("777.77"), 5)], shares=shares)
            self.check(lantern, deal, member, collect=True)

    def test_all_of_them_together(self, lantern, plan):
        deals = [open_deal(lantern.asha.person, lines=[(None, 1, 700, 700, 100)]) for _number in range(3)]
        ahead = look(lantern)
        assert [row.deal.pk for row in ahead.rows] == [deal.pk for deal in deals]
        foretold = ahead.all_open
        # One after the other they pay less than together: the rate goes up for all of them.
        assert sum(row.collected for row in ahead.rows) < foretold
        for deal in deals:
            close(deal, collect=True)
        assert total_of(lantern, lantern.asha) == foretold


class TestWhichDeals:
    def test_are_ones_own_shared_ones_and_those_on_top(self, lantern):
        mine = open_deal(lantern.asha.person, amount=1)
        open_deal(lantern.ada.person, amount=1)
        shared = open_deal(lantern.ada.person, amount=1, shares=[(lantern.asha.person, 100)])
        on_top = open_deal(lantern.ada.person, amount=1)
        DealShare.objects.create(deal=on_top, person=lantern.asha.person, percent=10, is_overlay=True)
        given_away = open_deal(lantern.asha.person, amount=1, shares=[(lantern.ada.person, 100)])
        found = set(open_deals_of(lantern.asha.person.pk))
        assert found == {mine, shared, on_top} and given_away not in found


class TestTheNextStep:
    def test_is_said(self, lantern):
        make_component(make_version(), (0, 1000, 5), (1000, None, 8), steps_read=Steps.FLAT, name="Commission")
        sell(lantern.asha.person, 680)
        ahead = look(lantern)
        (step,) = ahead.steps
        assert step.missing == "¥320 more Revenue"
        assert step.effect == "the rate of Commission goes from 5% to 8%"
        assert (step.gain, step.is_cliff) == ("¥46.00 more this month", True)
        ((name, picture),) = ahead.pictures(here="You are here")
        assert (name, picture["here"]) == ("Commission", [68000.0, 3400.0])
        points = dict(map(tuple, picture["points"]))
        assert (points[0], points[100000]) == (0, 8000)
        assert max(y for x, y in points.items() if x < 100000) < 5000.01

    def test_what_a_typed_amount_pays(self, lantern):
        make_component(make_version(), (0, 1000, 5), (1000, None, 8), steps_read=Steps.FLAT)
        sell(lantern.asha.person, 680)
        gain = look(lantern).typed(amount=320_00)
        assert (gain.now, gain.then, gain.more) == (34_00, 80_00, 46_00)
        assert gain.parts == (("Commission", 46_00),)

    def test_only_what_decides_is_asked(self, lantern):
        version = make_version()
        make_component(version, (0, None, 5))
        assert look(lantern).asks == set()
        make_component(version, {"value": 5, "customers": "NEW"}, measure="GROSS_PROFIT")
        assert look(lantern).asks == {"profit", "customers"}

    def test_who_is_in_no_plan_has_nothing_ahead(self, lantern):
        make_component(make_version(), (0, None, 5))
        assert look(lantern).is_paid
        assert not look(lantern, lantern.hana).is_paid


class TestThePages:
    """Only the person, the chain above, and the office see what somebody would earn."""

    @pytest.fixture(autouse=True)
    def plan(self, cast):
        with company_scope(cast.lantern):
            make_component(make_version(), (0, None, 5))
            self.deal = open_deal(cast.asha.person, amount=1000)

    @pytest.fixture
    def client_of(self, cast):
        def sign_in(who):
            client = Client()
            client.force_login(getattr(cast, who).user, backend="allauth.account.auth_backends.AuthenticationBackend")
            return client

        with time_machine.travel("2026-03-18T10:00:00+08:00", tick=False):
            yield sign_in

    @pytest.mark.parametrize(
        ("who", "status"), [("asha", 200), ("ada", 404), ("bela", 200), ("dora", 200), ("hana", 200), ("boris", 404)]
    )
    def test_of_a_person(self, cast, client_of, who, status):
        response = client_of(who).get(f"/lantern/pay/what-if/?person={cast.asha.person.pk}")
        assert response.status_code == status
        if status == 200:
            assert "¥50.00" in response.content.decode()

    def test_of_a_deal(self, client_of):
        path = f"/lantern/pay/what-if/deals/{self.deal.pk}/"
        assert "What this deal pays you" in client_of("asha").get(path).content.decode()
        assert "What this deal pays" in client_of("bela").get(path).content.decode()
        assert client_of("ada").get(path).status_code == 404

    @pytest.mark.parametrize("amount", ["0", "x", "-1", "1e99", "99999999999999999999", ""])
    def test_of_nonsense(self, client_of, amount):
        response = client_of("asha").get("/lantern/pay/what-if/", {"amount": amount})
        assert response.status_code == 422
