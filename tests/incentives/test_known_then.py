"""What was paid is worked out again from what was known then: whatever was recorded, cancelled or set since."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from common.tenancy import company_scope
from credits import services as credits
from deals.models import Deal, DealLine
from incentives.models import PayTerms, Statement
from incentives.queries.rerun import check_published
from incentives.rules.terms import Base, ChosenBy, Kind, LineKind, Release
from incentives.services import corrections
from targets.models import Metric
from targets.rollups import refresh_dirty
from targets.services import plans
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_payment, make_product, make_return
from tests.incentives.paying import APRIL, MARCH, make_component, make_version, publish, sell
from tests.targets.published import publish_2026

#: Everything is published a day from now (`publish`); this is after it.
SINCE = timedelta(days=2)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        yield cast


def afterwards():
    return time_machine.travel(timezone.now() + SINCE, tick=True)


def paid(member, month=MARCH):
    return Statement.objects.get(person=member.person, starts_on=month.starts_on).total


def differences(cast, *months):
    return check_published(months=list(months or [MARCH]), company=cast.lantern)[1]


class TestAttainment:
    @pytest.fixture
    def bonus(self, lantern):
        add_builtin_metrics()
        plan = publish_2026(lantern)
        make_component(make_version(), kind=Kind.BONUS, amount=1000_00, metric=Metric.objects.get(code="revenue"))
        sell(lantern.asha.person, 5_000_000)
        publish(lantern, MARCH, days=1)
        assert paid(lantern.asha) > 0
        return plan

    def test_is_of_what_was_recorded_by_then(self, lantern, bonus):
        sell(lantern.asha.person, 2_000_000, recorded_at=timezone.now() + SINCE)
        refresh_dirty()
        assert differences(lantern) == []

    def test_is_of_the_target_that_was_set_by_then(self, lantern, bonus):
        with afterwards():
            plans.withdraw(plan=bonus, reason="A mistake", by=lantern.amir.user)
            refresh_dirty()
            assert differences(lantern) == []


class TestCollected:
    @pytest.fixture
    def deal(self, lantern):
        make_component(make_version(), (0, None, 10), paid_at_once=50, release=Release.COLLECTION)
        deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 90, 40)])
        payment = make_payment(deal, 300, date(2026, 3, 20))
        credits.post_payments([payment.pk])
        publish(lantern, MARCH, days=1)
        # A third of what is held back has been released.
        assert paid(lantern.asha) == 45_00 + 15_00
        return deal

    def test_leaves_out_a_payment_entered_since(self, lantern, deal):
        payment = make_payment(deal, 600, date(2026, 3, 21))
        credits.post_payments([payment.pk], recorded_at=timezone.now() + SINCE)
        assert differences(lantern) == []

    def test_counts_a_payment_cancelled_since(self, lantern, deal):
        payment = deal.payments.get()
        payment.is_cancelled = True
        payment.save()
        credits.post_payments([payment.pk], recorded_at=timezone.now() + SINCE)
        assert differences(lantern) == []

    def test_leaves_out_a_return_entered_since(self, lantern, deal):
        back = make_return(DealLine.objects.get(deal=deal), 5, date(2026, 3, 22))
        credits.post_returns([back.pk], recorded_at=timezone.now() + SINCE)
        assert differences(lantern) == []


def test_what_came_back_of_a_sale_that_was_moved_since_is_taken_back_of_the_month_it_stood_in(lantern):
    make_component(make_version(), (0, None, 3))
    deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 100, 40)])
    sell(lantern.asha.person, 1000, on=date(2026, 4, 2))
    publish(lantern, MARCH, days=1)
    make_return(DealLine.objects.get(deal=deal), 4, date(2026, 4, 10))
    credits.post_deals([deal.pk])
    publish(lantern, APRIL, days=1)
    assert paid(lantern.asha, APRIL) == 30_00 - 6_00  # the fifth that may be deducted
    Deal.objects.filter(pk=deal.pk).update(closed_on=date(2026, 2, 2), opened_on=date(2026, 2, 2))
    credits.post_deals([deal.pk], recorded_at=timezone.now() + SINCE)
    assert differences(lantern, MARCH, APRIL) == []


@pytest.mark.parametrize("base", [Base.DEAL, Base.LINE])
def test_a_discount_is_the_one_it_was_paid_by(lantern, base):
    make_component(make_version(), (0, 15, 10), (15, None, 2), chosen_by=ChosenBy.DISCOUNT, base=base)
    deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 90, 40)])
    deal.lines.update(list_price=100)
    publish(lantern, MARCH, days=1)
    assert paid(lantern.asha) == 90_00
    deal.lines.update(list_price=200)
    assert differences(lantern) == []
    # In a month that was not yet paid it counts as it is now.
    sell(lantern.asha.person, 1000, on=date(2026, 4, 2))
    publish(lantern, APRIL, days=3)
    assert LineKind.CARRIED in Statement.objects.get(person=lantern.asha.person, starts_on=APRIL.starts_on).lines.values_list(
        "kind", flat=True
    )
    assert differences(lantern, MARCH, APRIL) == []


def test_a_discount_is_no_margin(lantern):
    """A new version goes by the margin: what the old one paid for is still judged by the discount."""
    old = make_version(ends_before=APRIL.starts_on)
    by_discount = {"measure": "CASH_COLLECTED", "chosen_by": ChosenBy.DISCOUNT, "base": Base.DEAL}
    first = make_component(old, (0, 15, 10), (15, None, 2), **by_discount)
    new = make_version(starts_on=APRIL.starts_on)
    make_component(new, (0, None, 5), key=first.key, **by_discount | {"chosen_by": ChosenBy.MARGIN})
    deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 90, 40)])
    deal.lines.update(list_price=100)
    for amount, month in ((300, MARCH), (600, APRIL)):
        credits.post_payments([make_payment(deal, amount, month.starts_on).pk])
        publish(lantern, month, days=1)
    assert [paid(lantern.asha, month) for month in (MARCH, APRIL)] == [30_00, 30_00]
    assert differences(lantern, MARCH, APRIL) == []


class TestLimits:
    @pytest.fixture
    def taken(self, lantern):
        make_component(make_version(), (0, None, 10))
        corrections.set_terms(person=lantern.asha.person, starts_on=date(2026, 1, 1), base_pay=1000_00, by=lantern.hana.user)
        deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 900, 40)])
        publish(lantern, MARCH, days=1)
        make_return(DealLine.objects.get(deal=deal), 10, date(2026, 4, 10))
        credits.post_deals([deal.pk])
        publish(lantern, APRIL, days=1)
        assert paid(lantern.asha, APRIL) == -200_00  # a fifth of what is paid anyway

    @pytest.mark.parametrize("change", [{"deduction_percent": 50}, {"minimum_wage": 900_00}, {"rounding": 1000_00}])
    def test_are_those_of_the_company_then(self, lantern, taken, change):
        with afterwards():
            corrections.change_settings(by=lantern.hana.user, **change)
            assert differences(lantern, MARCH, APRIL) == []

    @pytest.mark.parametrize("since", [date(2026, 1, 1), date(2026, 4, 1)])
    def test_are_those_of_the_persons_pay_as_it_was_known_then(self, lantern, taken, since):
        with afterwards():
            about = {"person": lantern.asha.person, "starts_on": since, "base_pay": 5000_00, "by": lantern.hana.user}
            corrections.set_terms(**about)
            assert differences(lantern, MARCH, APRIL) == []
            assert PayTerms.objects.order_by("pk").last().base_pay == 5000_00


def test_a_month_published_in_parts_is_of_what_was_known_when_each_was(lantern):
    make_component(make_version(), (0, None, 3))
    for member in (lantern.asha, lantern.ada):
        sell(member.person, 1000)
    publish(lantern, MARCH, days=1, only=lantern.asha.person)
    for member in (lantern.asha, lantern.ada):
        sell(member.person, 500, recorded_at=timezone.now() + SINCE)
    publish(lantern, MARCH, days=3)
    assert (paid(lantern.asha), paid(lantern.ada)) == (30_00, 45_00)
    publish(lantern, APRIL, days=4)
    assert paid(lantern.asha, APRIL) == 15_00
    assert differences(lantern, MARCH, APRIL) == []
