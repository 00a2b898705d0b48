"""Deals open, close, come back and are paid; what is refused leaves everything as it was."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from common.money import BadAmount
from common.tenancy import company_scope
from customers.models import Customer
from deals import services, signals
from deals.models import Deal, DealLine, DealReturn, DealShare, Instalment, Payment
from deals.rules import BadLine, BadShares, Line
from deals.services import DealRefused

DAY = date(2026, 3, 10)


@pytest.fixture
def shop(cast):
    """Lantern is active: one customer of Asha's, and two products."""
    with company_scope(cast.lantern):
        cast.customer = Customer.objects.create(name="Blue House", owner=cast.asha.person, credit_days=20)
        line = services.add_line(name="Boards", by=cast.amir.user)
        cast.board = services.add_product(
            code="B1", name="Board", list_price=Decimal(100), cost=60, line=line, by=cast.amir.user
        )
        cast.skirting = services.add_product(code="S1", name="Skirting", list_price=20, cost=5, by=cast.amir.user)
        yield cast


@pytest.fixture
def won(shop):
    lines = [(shop.board, 10, Decimal(90)), (shop.skirting, 4, Decimal(20))]
    return services.log_deal(customer=shop.customer, owner=shop.asha.person, lines=lines, closed_on=DAY, by=shop.asha.user)


@pytest.fixture
def opened(shop):
    return services.open_deal(
        customer=shop.customer, owner=shop.asha.person, lines=[(shop.board, 2, 95)], opened_on=DAY, by=shop.asha.user
    )


@pytest.fixture
def heard():
    """Collect what the signals announce."""
    told = []

    def hear(**news):
        told.append({k: v for k, v in news.items() if k.endswith("_ids")})

    for signal in (signals.deal_changed, signals.return_recorded, signals.payment_changed):
        signal.connect(hear)
    yield told
    for signal in (signals.deal_changed, signals.return_recorded, signals.payment_changed):
        signal.disconnect(hear)


def refused(error, code, call, **given):
    """Check that a call is refused with a code, and that no fact was written."""
    before = [
        list(model.objects.order_by("pk").values()) for model in (Deal, DealLine, DealReturn, DealShare, Payment, AuditEntry)
    ]
    with pytest.raises(error) as caught:
        call(**given)
    assert caught.value.code == code
    after = [
        list(model.objects.order_by("pk").values()) for model in (Deal, DealLine, DealReturn, DealShare, Payment, AuditEntry)
    ]
    assert before == after


class TestLogDeal:
    def test_adds_up_its_lines_and_takes_cost_from_the_products(self, won):
        won.refresh_from_db()
        assert (won.status, won.amount, won.cost) == (Deal.Status.WON, Decimal(980), Decimal(620))
        assert won.opened_on == won.closed_on == DAY

    def test_numbers_count_up_within_the_company_and_year(self, shop, won):
        second = services.log_deal(
            customer=shop.customer, owner=shop.asha.person, lines=[(shop.board, 1, 90)], closed_on=DAY, by=shop.asha.user
        )
        assert (won.number, second.number) == ("D-2026-000001", "D-2026-000002")

    def test_steps_over_a_number_that_was_brought_along(self, shop, won):
        given = {"customer": shop.customer, "owner": shop.asha.person, "lines": [(shop.board, 1, 90)], "closed_on": DAY}
        services.log_deal(**given, number="D-2026-000002", by=None)
        assert services.log_deal(**given, by=None).number == "D-2026-000003"
        refused(DealRefused, "number_taken", services.log_deal, **given, number="D-2026-000002", by=None)

    def test_a_repeated_reference_is_the_same_deal(self, shop, heard):
        given = {
            "customer": shop.customer,
            "owner": shop.asha.person,
            "lines": [(shop.board, 1, 90)],
            "closed_on": DAY,
            "client_ref": uuid4(),
            "by": shop.asha.user,
        }
        first = services.log_deal(**given)
        assert services.log_deal(**given) == first
        assert Deal.objects.count() == 1
        assert heard == [{"deal_ids": [first.pk]}]

    def test_falls_due_after_the_customers_days_of_credit(self, won):
        assert [(i.due_on, i.amount) for i in won.instalments.all()] == [(date(2026, 3, 30), Decimal(980))]

    @pytest.mark.parametrize(
        ("quantity", "price", "error", "code"),
        [
            (0, 90, BadLine, "quantity"),
            (-1, 90, BadLine, "quantity"),
            (10**40, 90, BadLine, "quantity"),
            (1, -1, BadLine, "negative"),
            (1, Decimal("NaN"), BadAmount, "not_finite"),
            (1, Decimal("1.005"), BadAmount, "too_many_digits"),
            (1, Decimal(10) ** 40, BadAmount, "too_large"),
            (10**6, Decimal(10) ** 10, BadLine, "too_large"),
        ],
    )
    def test_refuses_a_line_that_no_deal_can_have(self, shop, quantity, price, error, code):
        refused(
            error,
            code,
            services.log_deal,
            customer=shop.customer,
            owner=shop.asha.person,
            lines=[(shop.board, quantity, price)],
            closed_on=DAY,
            by=shop.asha.user,
        )

    def test_refuses_a_deal_without_products_or_closed_before_it_opened(self, shop):
        given = {"customer": shop.customer, "owner": shop.asha.person, "closed_on": DAY, "by": shop.asha.user}
        refused(DealRefused, "no_lines", services.log_deal, lines=[], **given)
        lines = [(shop.board, 1, 1)]
        refused(DealRefused, "closed_before_opened", services.log_deal, lines=lines, opened_on=date(2026, 3, 11), **given)

    def test_refuses_days_that_lie_in_no_known_period(self, shop, won, opened):
        long_ago, by = date(1989, 12, 31), shop.asha.user
        given = {"customer": shop.customer, "owner": shop.asha.person, "lines": [(shop.board, 1, 1)], "by": by}
        for verb, arguments, field in (
            (services.log_deal, given | {"closed_on": long_ago}, "closed_on"),
            (services.change_deal, {"deal": won, "opened_on": long_ago, "by": by}, "opened_on"),
            (services.record_payment, {"deal": won, "amount": 1, "received_on": long_ago, "by": by}, "received_on"),
            (services.return_lines, {"deal": won, "returned_on": date(2101, 1, 1), "reason": "x", "by": by}, "returned_on"),
        ):
            with pytest.raises(ValidationError) as caught:
                verb(**arguments)
            assert "The year must lie between 1990 and 2100." in caught.value.message_dict[field]
        assert set(Deal.objects.values_list("pk", flat=True)) == {won.pk, opened.pk}
        assert not Payment.objects.exists()
        assert not DealReturn.objects.exists()

    @pytest.mark.parametrize("title", ["nul\x00byte", "long" * 100])
    def test_refuses_text_that_does_not_fit(self, shop, title):
        with pytest.raises(ValidationError) as caught:
            services.log_deal(
                customer=shop.customer,
                owner=shop.asha.person,
                lines=[(shop.board, 1, 1)],
                closed_on=DAY,
                title=title,
                by=shop.asha.user,
            )
        assert list(caught.value.message_dict) == ["title"]
        assert not Deal.objects.exists()


class TestCloseDeal:
    def test_won_lost_and_cancelled_keep_day_and_reason(self, shop, opened):
        services.lose_deal(deal=opened, reason=" Too dear ", closed_on=DAY, by=shop.asha.user)
        opened.refresh_from_db()
        assert (opened.status, opened.lost_reason, opened.closed_on) == (Deal.Status.LOST, "Too dear", DAY)
        services.reopen(deal=opened, by=shop.asha.user)
        services.win_deal(deal=opened, closed_on=DAY, by=shop.asha.user)
        assert Instalment.objects.get().amount == 190
        services.cancel_deal(deal=opened, reason="Never ordered", closed_on=date(2026, 4, 1), by=shop.bela.user)
        opened.refresh_from_db()
        assert (opened.status, opened.cancelled_reason, opened.lost_reason) == (Deal.Status.CANCELLED, "Never ordered", "")
        assert not Instalment.objects.exists()
        trail = list(AuditEntry.objects.filter(about_model="deals.deal").order_by("pk").values_list("action", flat=True))
        assert [step.rpartition(".")[2] for step in trail] == ["opened", "lost", "reopened", "won", "cancelled"]

    def test_refuses_what_the_state_does_not_allow(self, shop, opened, won):
        by = shop.asha.user
        refused(DealRefused, "not_open", services.win_deal, deal=won, closed_on=DAY, by=by)
        refused(DealRefused, "not_open", services.lose_deal, deal=won, reason="x", closed_on=DAY, by=by)
        refused(DealRefused, "no_reason", services.lose_deal, deal=opened, reason=" ", closed_on=DAY, by=by)
        refused(DealRefused, "is_open", services.reopen, deal=opened, by=by)
        refused(DealRefused, "closed_before_opened", services.win_deal, deal=opened, closed_on=date(2026, 3, 9), by=by)
        services.set_lines(deal=opened, lines=[], by=by)
        refused(DealRefused, "no_lines", services.win_deal, deal=opened, closed_on=DAY, by=by)

    def test_a_paid_deal_is_neither_cancelled_nor_reopened(self, shop, won):
        payment = services.record_payment(deal=won, amount=1, received_on=DAY, by=shop.asha.user)
        refused(DealRefused, "has_payments", services.cancel_deal, deal=won, reason="x", closed_on=DAY, by=shop.bela.user)
        refused(DealRefused, "has_payments", services.reopen, deal=won, by=shop.bela.user)
        services.cancel_payment(payment=payment, reason="bounced", by=shop.bela.user)
        services.reopen(deal=won, by=shop.bela.user)
        won.refresh_from_db()
        assert (won.status, won.closed_on) == (Deal.Status.OPEN, None)


class TestChangeDeal:
    def test_records_only_what_changed(self, shop, opened):
        services.change_deal(deal=opened, stage=Deal.Stage.PROPOSAL, title="", by=shop.asha.user)
        entry = AuditEntry.objects.filter(action="deals.deal.changed").get()
        assert (entry.before, entry.after) == ({"stage": "LEAD"}, {"stage": "PROPOSAL"})

    def test_new_lines_correct_a_won_deal(self, shop, won, heard):
        services.set_lines(deal=won, lines=[Line(shop.board, 1, Decimal(50), cost=Decimal(10))], by=shop.bela.user)
        won.refresh_from_db()
        assert (won.amount, won.cost) == (50, 10)
        assert Instalment.objects.get().amount == 50
        assert heard == [{"deal_ids": [won.pk]}]

    def test_an_estimate_stands_only_without_lines(self, shop, opened):
        refused(DealRefused, "amount_has_lines", services.change_deal, deal=opened, amount=5, by=shop.asha.user)
        lead = services.open_deal(
            customer=shop.customer, owner=shop.asha.person, opened_on=DAY, amount=Decimal("5000.50"), by=shop.asha.user
        )
        assert lead.amount == Decimal("5000.50")
        refused(BadLine, "negative", services.change_deal, deal=lead, amount=-1, by=shop.asha.user)


class TestReturnLines:
    def test_takes_back_some_and_then_all_that_is_left(self, shop, won, heard):
        board = won.lines.get(product=shop.board)
        [first] = services.return_lines(deal=won, items=[(board, 3)], returned_on=DAY, reason="wet", by=shop.bela.user)
        rest = services.return_lines(deal=won, returned_on=DAY, reason="all of it", by=shop.bela.user)
        assert (first.amount, first.cost_amount) == (270, 180)
        assert sorted((row.quantity, row.amount) for row in rest) == [(4, 80), (7, 630)]
        assert heard == [{"return_ids": [first.pk]}, {"return_ids": [row.pk for row in rest]}]
        refused(
            DealRefused, "nothing_to_return", services.return_lines, deal=won, returned_on=DAY, reason="x", by=shop.bela.user
        )

    def test_never_more_than_was_sold(self, shop, won):
        board = won.lines.get(product=shop.board)
        given = {"deal": won, "returned_on": DAY, "reason": "x", "by": shop.bela.user}
        refused(DealRefused, "more_than_sold", services.return_lines, items=[(board, 11)], **given)
        refused(DealRefused, "more_than_sold", services.return_lines, items=[(board, 6), (board, 5)], **given)
        services.return_lines(items=[(board, 6)], **given)
        refused(DealRefused, "more_than_sold", services.return_lines, items=[(board, 5)], **given)
        refused(DealRefused, "more_than_returned", services.return_lines, items=[(board, 1, Decimal("90.01"))], **given)

    def test_a_repeated_reference_returns_once(self, shop, won):
        given = {"deal": won, "returned_on": DAY, "reason": "x", "client_ref": uuid4(), "by": shop.bela.user}
        items = [(line, 1) for line in won.lines.all()]
        assert services.return_lines(items=items, **given) == services.return_lines(items=items, **given)
        assert DealReturn.objects.count() == 2

    def test_refuses_open_deals_early_days_other_lines_and_silence(self, shop, opened, won):
        by = shop.bela.user
        refused(DealRefused, "not_won", services.return_lines, deal=opened, returned_on=DAY, reason="x", by=by)
        refused(DealRefused, "no_reason", services.return_lines, deal=won, returned_on=DAY, reason=" ", by=by)
        early = date(2026, 3, 9)
        refused(DealRefused, "returned_before_won", services.return_lines, deal=won, returned_on=early, reason="x", by=by)
        items = [(opened.lines.get(), 1)]
        refused(DealRefused, "foreign_line", services.return_lines, deal=won, items=items, returned_on=DAY, reason="x", by=by)


class TestPayments:
    def test_up_to_what_is_due_after_returns(self, shop, won, heard):
        skirting = won.lines.get(product=shop.skirting)
        services.return_lines(deal=won, items=[(skirting, 4)], returned_on=DAY, reason="x", by=shop.bela.user)
        payment = services.record_payment(deal=won, amount=Decimal(899), received_on=DAY, by=shop.asha.user)
        refused(DealRefused, "more_than_due", services.record_payment, deal=won, amount=2, received_on=DAY, by=shop.asha.user)
        services.cancel_payment(payment=payment, reason="typed wrong", by=shop.asha.user)
        assert services.record_payment(deal=won, amount=900, received_on=DAY, by=shop.asha.user).amount == 900
        assert heard[1:3] == [{"payment_ids": [payment.pk]}] * 2

    def test_a_repeated_reference_is_paid_once(self, shop, won):
        given = {"deal": won, "amount": 10, "received_on": DAY, "client_ref": uuid4(), "by": shop.asha.user}
        assert services.record_payment(**given) == services.record_payment(**given)
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize(
        ("amount", "error", "code"),
        [
            (0, DealRefused, "not_positive"),
            (-1, DealRefused, "not_positive"),
            (Decimal("NaN"), BadAmount, "not_finite"),
            (Decimal("Infinity"), BadAmount, "not_finite"),
            (Decimal("0.001"), BadAmount, "too_many_digits"),
        ],
    )
    def test_refuses_amounts_that_nobody_can_pay(self, shop, won, amount, error, code):
        refused(error, code, services.record_payment, deal=won, amount=amount, received_on=DAY, by=shop.asha.user)

    def test_nothing_is_paid_for_a_lost_deal(self, shop, opened):
        services.lose_deal(deal=opened, reason="x", closed_on=DAY, by=shop.asha.user)
        refused(DealRefused, "not_payable", services.record_payment, deal=opened, amount=1, received_on=DAY, by=shop.asha.user)


class TestShares:
    def test_divide_the_deal_with_overlay_on_top(self, shop, won, heard):
        shares = [(shop.asha.person, Decimal("66.67")), (shop.ada.person, Decimal("33.33"))]
        services.set_shares(deal=won, shares=shares, overlays=[(shop.bela.person, Decimal(10))], by=shop.bela.user)
        assert [(s.person.name, s.percent, s.is_overlay) for s in won.shares.all()] == [
            ("Asha", Decimal("66.67"), False),
            ("Ada", Decimal("33.33"), False),
            ("Bela", Decimal(10), True),
        ]
        services.set_shares(deal=won, shares=[], by=shop.bela.user)
        assert not won.shares.exists()
        assert heard == [{"deal_ids": [won.pk]}] * 2

    @pytest.mark.parametrize(
        ("percents", "code"),
        [
            (["66.66", "33.33"], "not_hundred"),
            (["100", "0"], "out_of_range"),
            (["120", "-20"], "out_of_range"),
            (["NaN", "50"], "out_of_range"),
            (["99.995", "0.005"], "out_of_range"),
        ],
    )
    def test_refuses_what_does_not_divide(self, shop, won, percents, code):
        shares = list(zip([shop.asha.person, shop.ada.person], map(Decimal, percents), strict=True))
        refused(BadShares, code, services.set_shares, deal=won, shares=shares, by=shop.bela.user)
        twice = [(shop.asha.person, Decimal(50))] * 2
        refused(BadShares, "twice", services.set_shares, deal=won, shares=twice, by=shop.bela.user)
