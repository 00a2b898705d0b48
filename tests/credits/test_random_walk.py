"""
Whatever people do to facts, in whatever order, the ledger follows: a long seeded walk through the services.

After every few steps the ledger is counted against the facts, and posting everything anew must add nothing: that compares
each person, unit, day and measure, so a credit left with the wrong person shows though the company's sums are right.
"""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.rules import Role
from common.refusals import Refusal
from common.tenancy import company_scope
from credits import rollups
from credits import services as credits
from credits.models import DailyTotal
from credits.queries.reconciliation import reconcile
from customers import services as customers
from customers.models import Customer
from deals import services as deals
from deals.models import Deal, Payment, Product
from deals.rules import Line
from teams import services as teams
from teams.models import Person, Unit
from visits import services as visits
from visits.models import Visit

TODAY = date(2026, 3, 31)
QUARTER = timedelta(days=90)
STEPS = 150  # for each seed
LOOK_EVERY = 25


class Walk:
    """Somebody who presses every button at random; what the product refuses is counted and changes nothing."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.done, self.refused = Counter(), Counter()
        self.people = list(Person.objects.order_by("pk"))
        self.units = list(Unit.objects.order_by("pk"))
        self.channels = [customers.add_channel(code=f"c{n}", name=f"Channel {n}", by=None) for n in range(2)]
        self.lines = [deals.add_line(name=f"Line {n}", by=None) for n in range(2)]
        for n in range(4):
            line = self.dice.choice([None, *self.lines])
            deals.add_product(
                code=f"p{n}", name=f"Product {n}", list_price=Decimal("99.99"), cost=Decimal("33.33"), line=line, by=None
            )
        self.products = list(Product.objects.order_by("pk"))
        for n in range(6):
            customers.add_customer(name=f"Customer {n}", owner=self.somebody(), by=None)

    def take(self, steps):
        verbs = [name for name in dir(self) if name.startswith("do_")]
        for _ in range(steps):
            verb = self.dice.choice(verbs)
            try:
                getattr(self, verb)()
            except Refusal:
                self.refused[verb] += 1
            else:
                self.done[verb] += 1

    def somebody(self):
        return self.dice.choice(self.people)

    def day(self):
        return TODAY - timedelta(days=self.dice.randrange(120))

    def one_of(self, rows):
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        return rows.get(pk=self.dice.choice(ids)) if ids else None

    def some_lines(self):
        count = self.dice.randint(1, 3)
        return [
            Line(product, self.dice.randint(1, 7), Decimal(self.dice.randint(0, 99_999)).scaleb(-2))
            for product in self.dice.choices(self.products, k=count)
        ]

    def deal(self, *status):
        rows = Deal.objects.filter(status__in=status) if status else Deal.objects.all()
        return self.one_of(rows) or self.do_log()

    def won(self):
        return self.deal(Deal.Status.WON)

    def do_log(self):
        customer = self.one_of(Customer.objects.all())
        closed_on = self.day()
        opened_on = closed_on - timedelta(days=self.dice.randrange(40))
        return deals.log_deal(
            customer=customer, owner=self.somebody(), lines=self.some_lines(), closed_on=closed_on, opened_on=opened_on, by=None
        )

    def do_open(self):
        customer = self.one_of(Customer.objects.all())
        return deals.open_deal(customer=customer, owner=self.somebody(), lines=self.some_lines(), opened_on=self.day(), by=None)

    def do_win(self):
        deals.win_deal(deal=self.deal(Deal.Status.OPEN), closed_on=TODAY, by=None)

    def do_lose(self):
        deals.lose_deal(deal=self.deal(), reason="price", closed_on=TODAY, by=None)

    def do_cancel(self):
        deals.cancel_deal(deal=self.deal(), reason="mistake", closed_on=TODAY, by=None)

    def do_reopen(self):
        deals.reopen(deal=self.deal(), by=None)

    def do_change_owner(self):
        deals.change_deal(deal=self.deal(), owner=self.somebody(), by=None)

    def do_change_customer(self):
        deals.change_deal(deal=self.deal(), customer=self.one_of(Customer.objects.all()), by=None)

    def do_change_facts(self):
        deals.change_deal(
            deal=self.deal(), channel=self.dice.choice([None, *self.channels]), opened_on=self.day() - QUARTER, by=None
        )

    def do_set_lines(self):
        deals.set_lines(deal=self.deal(), lines=self.some_lines(), by=None)

    def do_share(self):
        people = self.dice.sample(self.people, 3)
        parts = self.dice.choice([(), ("100",), ("33.33", "66.67"), ("33.33", "33.33", "33.34"), ("50", "40")])
        shares = [(person, Decimal(part)) for person, part in zip(people, parts, strict=False)]
        overlays = [(self.somebody(), Decimal("12.5"))] if self.dice.random() < 0.5 else []
        deals.set_shares(deal=self.deal(), shares=shares, overlays=overlays, by=None)

    def do_pay(self):
        amount = Decimal(self.dice.randint(-100, 90_000)).scaleb(-2)
        deals.record_payment(deal=self.deal(), amount=amount, received_on=self.day(), by=None)

    def do_unpay(self):
        if payment := self.one_of(Payment.objects.all()):
            deals.cancel_payment(payment=payment, reason="mistyped", by=None)

    def do_return(self):
        deal = self.won()
        line = self.dice.choice(list(deal.lines.all()))
        items = self.dice.choice([None, [(line, self.dice.randint(0, 4))], [(line, 1, Decimal("0.01"))]])
        deals.return_lines(deal=deal, items=items, returned_on=self.day(), reason="broken", by=None)

    def do_move_product(self):
        deals.change_product(product=self.dice.choice(self.products), line=self.dice.choice([None, *self.lines]), by=None)

    def do_change_channel_of_customer(self):
        customer = self.one_of(Customer.objects.all())
        customers.change_customer(customer=customer, channel=self.dice.choice([None, *self.channels]), by=None)

    def do_reassign(self):
        customers.reassign_customers(customers=[self.one_of(Customer.objects.all())], owner=self.somebody(), by=None)

    def do_visit(self):
        customer = self.one_of(Customer.objects.all())
        visits.log_visit(person=self.somebody(), customer=customer, visited_on=self.day(), today=TODAY, by=None)

    def do_move_visit(self):
        if visit := self.one_of(Visit.objects.all()):
            visits.change_visit(visit=visit, visited_on=self.day(), today=TODAY, by=None)

    def do_transfer(self):
        teams.transfer(person=self.somebody(), unit=self.dice.choice(self.units), role=Role.REP, from_day=self.day(), by=None)

    def do_withdraw_transfer(self):
        assignment = self.somebody().assignments.order_by("-starts_on").first()
        teams.withdraw_transfer(assignment=assignment, by=None)


def daily_totals():
    return set(DailyTotal.objects.values_list("person", "unit", "day", "measure", "is_overlay", "amount"))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_ledger_follows_a_random_walk(cast, seed):
    with company_scope(cast.lantern):
        walk = Walk(seed)
        for _ in range(STEPS // LOOK_EVERY):
            walk.take(LOOK_EVERY)
            rollups.refresh_daily_totals(rollups.take_dirty_days())
            assert [row for row in reconcile() if not (row.is_exact and row.is_rolled_up)] == []
        followed = daily_totals()
        assert credits.post_all() == 0, "a change was not followed at once"
        rollups.forget()
        rollups.refresh_daily_totals()
        assert daily_totals() == followed
        assert [row for row in reconcile() if not row.is_rolled_up] == []
        # The walk is no test of anything if most of its steps were refused.
        assert set(walk.done) == {name for name in dir(walk) if name.startswith("do_")}
        assert sum(walk.done.values()) > STEPS / 2, (walk.done, walk.refused)
