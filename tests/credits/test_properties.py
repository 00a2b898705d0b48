"""
Whatever happens to facts, in whatever order and batches it is posted, the ledger ends the same.

Facts are made, changed and taken back at random; some of it is posted at once, some later, some twice. In the end posting
everything must add nothing, the facts counted plainly must equal the ledger, and refreshing what was marked must equal a
rebuild from nothing.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.tenancy import company_scope
from credits import services
from credits.models import Credit, DailyTotal
from credits.queries.reconciliation import reconcile
from deals.models import Deal, DealLine, DealReturn, DealShare, Payment, ProductLine
from targets import rollups
from targets.models import Attainment
from targets.services.metrics import add_builtin_metrics
from teams.models import Assignment
from tests.credits.stories import (
    ledger,
    make_customer,
    make_deal,
    make_instalment,
    make_payment,
    make_product,
    make_return,
    make_visit,
)
from visits.models import Visit

FIRST = date(2026, 1, 1)
#: The day on which stories are told; what they tell of happens before and after it.
TODAY = date(2026, 3, 31)
days = st.integers(0, 120).map(lambda n: FIRST + timedelta(days=n))
prices = st.integers(0, 99999).map(lambda n: Decimal(n).scaleb(-2))
picks = st.integers(0, 9)
lines = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 7), prices, prices), max_size=3)
shares = st.sampled_from(
    [
        (),
        (("33.33", False), ("33.33", False), ("33.34", False)),
        (("50", False), ("50", False)),
        (("12.5", True),),
        (("1", False), ("99", False), ("40", True)),
    ]
)
acts = st.one_of(
    st.tuples(st.just("win"), picks, lines, shares, days, picks),
    st.tuples(st.just("lose"), picks, days),
    st.tuples(st.just("return"), picks, st.integers(1, 7), days),
    st.tuples(st.just("return in full"), picks, days),
    st.tuples(st.just("pay"), picks, prices, days),
    st.tuples(st.just("take payment back"), picks),
    st.tuples(st.just("fall due"), picks, prices, days),
    st.tuples(st.just("cancel"), picks),
    st.tuples(st.just("hand over"), picks, picks),
    st.tuples(st.just("share anew"), picks, shares),
    st.tuples(st.just("move the day"), picks, days),
    st.tuples(st.just("visit"), picks, days),
    st.tuples(st.just("judge a visit"), picks, st.booleans()),
)
stories = st.lists(st.tuples(acts, st.sampled_from(["now", "later", "twice"])), min_size=1, max_size=14)


class Story:
    """Plays acts on a company and posts as told."""

    def __init__(self, cast):
        self.people = [m.person for m in (cast.asha, cast.ada, cast.ben, cast.bela)]
        # Ada changes teams in the middle; Bela is nowhere for a while.
        Assignment.objects.filter(person=self.people[1]).update(ends_before=date(2026, 2, 10))
        Assignment.objects.create(person=self.people[1], unit=cast.two, role="REP", starts_on=date(2026, 2, 10))
        Assignment.objects.filter(person=self.people[3]).update(ends_before=date(2026, 2, 20))
        self.products = [make_product(ProductLine.objects.create(name="Tiles")), make_product()]
        self.customers = [make_customer(), make_customer(), None]
        self.waiting_deals, self.waiting_visits = set(), set()

    def play(self, act, when):
        name, *given = act
        getattr(self, name.replace(" ", "_"))(*given)
        if when != "later":
            self.post()
        if when == "twice":
            services.post_deals(Deal.objects.values_list("pk", flat=True))

    def post(self):
        services.post_deals(self.waiting_deals)
        services.post_visits(self.waiting_visits)
        self.waiting_deals, self.waiting_visits = set(), set()

    def win(self, owner, lines, shares, day, customer):
        owner = self.people[owner] if owner < len(self.people) else None
        held = [(self.people[n], percent, is_overlay) for n, (percent, is_overlay) in enumerate(shares)]
        made = [(self.products[product], quantity, price, cost) for product, quantity, price, cost in lines]
        deal = make_deal(
            owner, lines=made, amount=7, shares=held, closed_on=day, opened_on=FIRST, customer=self.customers[customer % 3]
        )
        self.waiting_deals.add(deal.pk)

    def lose(self, owner, day):
        self.waiting_deals.add(make_deal(self.people[owner % 4], status=Deal.Status.LOST, closed_on=day).pk)

    def _pick(self, model, pick):
        rows = list(model.objects.order_by("pk"))
        return rows[pick % len(rows)] if rows else None

    def return_(self, pick, quantity, day):
        line = self._pick(DealLine, pick)
        if line is None:
            return
        left = line.quantity - sum(DealReturn.objects.filter(line=line).values_list("quantity", flat=True))
        if left:
            make_return(line, min(quantity, left), day)
            self.waiting_deals.add(line.deal_id)

    def return_in_full(self, pick, day):
        deal = self._pick(Deal, pick)
        for line in deal.lines.all() if deal else ():
            self.return_(list(DealLine.objects.order_by("pk")).index(line), 99, day)

    def pay(self, pick, amount, day):
        if (deal := self._pick(Deal, pick)) and amount:
            make_payment(deal, amount, day)
            self.waiting_deals.add(deal.pk)

    def fall_due(self, pick, amount, day):
        if (deal := self._pick(Deal, pick)) and amount:
            make_instalment(deal, amount, day)
            self.waiting_deals.add(deal.pk)

    def take_payment_back(self, pick):
        if payment := self._pick(Payment, pick):
            Payment.objects.filter(pk=payment.pk).update(is_cancelled=True)
            self.waiting_deals.add(payment.deal_id)

    def cancel(self, pick):
        self._change(pick, status=Deal.Status.CANCELLED)

    def hand_over(self, pick, owner):
        self._change(pick, owner=self.people[owner % 4])

    def move_the_day(self, pick, day):
        self._change(pick, closed_on=day)

    def _change(self, pick, **fields):
        if deal := self._pick(Deal, pick):
            Deal.objects.filter(pk=deal.pk).update(**fields)
            self.waiting_deals.add(deal.pk)

    def share_anew(self, pick, shares):
        if deal := self._pick(Deal, pick):
            deal.shares.all().delete()
            for n, (percent, is_overlay) in enumerate(shares):
                DealShare.objects.create(deal=deal, person=self.people[-1 - n], percent=percent, is_overlay=is_overlay)
            self.waiting_deals.add(deal.pk)

    def visit(self, pick, day):
        self.waiting_visits.add(make_visit(self.people[pick % 4], self.customers[pick % 2], day).pk)

    def judge_a_visit(self, pick, is_valid):
        if visit := self._pick(Visit, pick):
            reason = "" if is_valid else "DUPLICATE"
            Visit.objects.filter(pk=visit.pk).update(is_valid=is_valid, invalid_reason=reason)
            self.waiting_visits.add(visit.pk)


# `return` is a word of the language.
setattr(Story, "return", Story.return_)

ALL_KEYS = ("person", "unit", "day", "measure", "product_line", "channel", "is_overlay", "source", "source_id")


def figures():
    """Return all stored figures, comparable."""
    return [
        sorted(model.objects.values_list(*(f.attname for f in model._meta.local_fields if f.name != "id")), key=repr)
        for model in (DailyTotal, Attainment)
    ]


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def in_a_world_of_its_own(test):
    """Run each example in a savepoint that is rolled back, so that examples do not meet."""

    def run(*args, **kwargs):
        with transaction.atomic():
            test(*args, **kwargs)
            transaction.set_rollback(True)

    return run


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=stories)
def test_order_and_batches_do_not_matter_and_everything_adds_up(lantern, acts):
    @in_a_world_of_its_own
    def example():
        story = Story(lantern)
        for act, when in acts:
            story.play(act, when)
            if when == "now":
                rollups.refresh_dirty(today=TODAY)
        story.post()
        known = list(Credit.objects.order_by("pk").values_list("pk", "amount"))
        assert services.post_all() == 0
        rollups.refresh_dirty(today=TODAY)
        assert {row.measure: row.difference for row in reconcile() if not row.is_exact or not row.is_rolled_up} == {}
        incremental = figures()
        rollups.rebuild(today=TODAY)
        assert figures() == incremental
        assert list(Credit.objects.order_by("pk").values_list("pk", "amount")) == known, "the ledger is only added to"

    example()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    lines=lines.filter(bool),
    shares=shares,
    sold_on=days,
    parts=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    order=st.permutations(range(5)),
)
def test_a_sale_and_its_full_return_leave_nothing_in_any_figure(lantern, lines, shares, sold_on, parts, order):  # noqa: PLR0917
    @in_a_world_of_its_own
    def example():
        story = Story(lantern)
        story.win(order[0], lines, shares, sold_on, order[1])
        deal = Deal.objects.get()
        steps = [
            lambda: story.fall_due(0, Decimal(5), sold_on + timedelta(days=30)),
            lambda: story.pay(0, Decimal(3), sold_on + timedelta(days=parts[0])),
            lambda: [story.return_(n, part, sold_on + timedelta(days=n)) for n, part in enumerate(parts)],
            lambda: story.return_in_full(0, sold_on + timedelta(days=40)),
            story.post,
        ]
        for step in order:
            steps[step]()
        # Returned in full whatever the order of the steps was.
        story.return_in_full(0, sold_on + timedelta(days=50))
        services.post_deals([deal.pk])
        for keys in (("measure", "person"), ("measure", "unit"), ("measure", "product_line"), ("measure", "is_overlay")):
            left = {key for key in ledger(*keys) if key[0] != "CASH_COLLECTED"}
            assert left == set(), "what was paid stays paid"

    example()
