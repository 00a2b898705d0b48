"""Money paid out for statements, and corrections by hand."""

from datetime import date

import pytest

from accounts.models import AuditEntry
from incentives.models import PayAdjustment, Payout, PaySettings, PayTerms, Statement
from incentives.queries.pay_settings import pay_settings
from incentives.rules.terms import LineKind, Status
from incentives.services import corrections, payouts
from tests.incentives.payslips import APRIL, MARCH, TODAY, bring, draft, published

REF = "6f2b1f5e-0000-4000-8000-000000000002"


def pay(statement, amount, *, paid_on=TODAY, **also):
    return payouts.pay_out(statement=statement, amount=amount, paid_on=paid_on, today=TODAY, by=None, **also)


class TestPayingOut:
    def test_goes_in_parts_up_to_what_is_due(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        pay(statement, 100_000)
        pay(statement, 86_000)
        statement.refresh_from_db()
        assert (statement.paid, statement.due) == (186_000, 0)
        with pytest.raises(payouts.PayoutRefused, match="more than"):
            pay(statement, 1)

    @pytest.mark.parametrize("amount", [0, -1, 186_001])
    def test_refuses_more_than_is_due_or_the_other_way(self, lantern, amount):
        statement = published(lantern.asha.person, lantern.one)
        with pytest.raises(payouts.PayoutRefused):
            pay(statement, amount)
        assert not Payout.objects.exists() and Statement.objects.get().paid == 0

    def test_of_less_than_nothing_is_taken_with_the_base_pay(self, lantern):
        statement = published(lantern.asha.person, lantern.one, lines=((LineKind.DEDUCTION, -300),))
        with pytest.raises(payouts.PayoutRefused):
            pay(statement, 300)
        pay(statement, -300)
        assert Statement.objects.get().due == 0

    @pytest.mark.parametrize("paid_on", [date(2026, 4, 11), date(2026, 2, 28)])
    def test_refuses_a_day_to_come_and_one_before_the_month(self, lantern, paid_on):
        with pytest.raises(payouts.PayoutRefused):
            pay(published(lantern.asha.person, lantern.one), 1, paid_on=paid_on)

    def test_waits_for_publication(self, lantern):
        with pytest.raises(payouts.PayoutRefused):
            pay(bring(draft(lantern.asha.person, lantern.one), Status.CHECKED), 1)

    def test_sent_twice_pays_once(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        assert pay(statement, 5, client_ref=REF) == pay(statement, 5, client_ref=REF)
        assert Statement.objects.get().paid == 5


class TestPayingAll:
    def test_pays_the_rest_of_everybody_published_once(self, lantern):
        asha, ada = published(lantern.asha.person, lantern.one), published(lantern.ada.person, lantern.one)
        still_draft = draft(lantern.ben.person, lantern.two)
        pay(asha, 100_000)
        given = {
            "statements": [asha.pk, ada.pk, still_draft.pk],
            "paid_on": TODAY,
            "today": TODAY,
            "client_ref": REF,
            "by": None,
        }
        assert [payouts.pay_all(**given), payouts.pay_all(**given)] == [2, 0]
        assert sorted(Payout.objects.values_list("amount", flat=True)) == [86_000, 100_000, 186_000]
        assert sorted(Statement.objects.values_list("paid", flat=True)) == [0, 186_000, 186_000]


class TestTakingBack:
    def test_leaves_both_on_record_and_owes_it_again(self, lantern):
        payout = pay(published(lantern.asha.person, lantern.one), 100)
        for _press in range(2):
            payouts.take_back(payout=payout, paid_on=TODAY, today=TODAY, by=None)
        assert sorted(Payout.objects.values_list("amount", flat=True)) == [-100, 100]
        assert Statement.objects.get().paid == 0

    def test_a_form_of_before_does_not_call_recorded_what_was_taken_back_since(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        payouts.take_back(payout=pay(statement, 100, client_ref=REF), paid_on=TODAY, today=TODAY, by=None)
        with pytest.raises(payouts.PayoutRefused, match="taken back since"):
            pay(statement, 100, client_ref=REF)
        assert Statement.objects.get().paid == 0

    def test_is_not_taken_back_itself(self, lantern):
        payout = pay(published(lantern.asha.person, lantern.one), 100)
        undone = payouts.take_back(payout=payout, paid_on=TODAY, today=TODAY, by=None)
        with pytest.raises(payouts.PayoutRefused):
            payouts.take_back(payout=undone, paid_on=TODAY, today=TODAY, by=None)


def correct(cast, *, who="asha", **given):
    given = {
        "month": APRIL,
        "amount": 5_000,
        "reason": "Missed order",
        "decider": cast.hana.person,
        "by": cast.hana.user,
    } | given
    return corrections.correct(person=getattr(cast, who).person, **given)


class TestCorrecting:
    def test_marks_drafts_of_then_to_be_calculated_again(self, lantern):
        march, april = draft(lantern.asha.person, lantern.one), draft(lantern.asha.person, lantern.one, month=APRIL)
        correct(lantern, client_ref=REF)
        correct(lantern, client_ref=REF)
        assert PayAdjustment.objects.get().holds_from == APRIL
        assert [Statement.objects.get(pk=s.pk).is_stale for s in (march, april)] == [False, True]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"who": "hana"}, "own"),
            ({"amount": 0}, "nothing"),
            ({"amount": 10**15 + 1}, "too_large"),
            ({"reason": " "}, "no_reason"),
            ({"month": MARCH}, "sealed"),
            ({"month": date(2023, 12, 5), "who": "ada"}, "not_here"),
        ],
    )
    def test_refuses_what_cannot_be(self, lantern, given, code):
        published(lantern.asha.person, lantern.one)
        with pytest.raises(corrections.CorrectionRefused) as refused:
            correct(lantern, **given)
        assert refused.value.code == code and not PayAdjustment.objects.exists()

    def test_goes_into_the_month_after_the_last_published(self, lantern):
        assert corrections.next_open_month(lantern.asha.person, after=date(2026, 3, 9)) == MARCH
        published(lantern.asha.person, lantern.one)
        assert corrections.next_open_month(lantern.asha.person, after=date(2026, 3, 9)) == APRIL


class TestTerms:
    def test_hold_from_a_day_and_can_be_put_right(self, lantern):
        for base_pay in (400_000, 450_000, 450_000):
            corrections.set_terms(person=lantern.asha.person, starts_on=MARCH, base_pay=base_pay, by=lantern.hana.user)
        assert PayTerms.objects.last().base_pay == 450_000
        trail = AuditEntry.objects.filter(action__startswith="incentives.payterms")
        assert sorted(trail.values_list("action", flat=True)) == ["incentives.payterms.changed", "incentives.payterms.set"]
        assert "450" not in str(list(trail.values_list("before", "after")))


def test_settings_are_proposed_until_somebody_changes_them(lantern):
    assert pay_settings().dispute_days == 7 and not PaySettings.objects.exists()
    corrections.change_settings(dispute_days=10, by=lantern.hana.user)
    corrections.change_settings(dispute_days=10, by=lantern.hana.user)
    assert pay_settings().dispute_days == 10 and PaySettings.objects.count() == 1
