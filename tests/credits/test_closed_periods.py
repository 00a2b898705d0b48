"""What is posted for a closed period: where it counts, and for which unit."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from common.periods import Period
from credits import rollups, services
from credits.models import Closing, Credit, DailyTotal, DirtyDay
from deals.models import Deal
from teams.models import Assignment
from tests.credits.stories import MARCH_3, ledger, make_customer, make_deal, make_payment, make_product, make_return, make_visit

APRIL_1, APRIL_9, MAY_1 = date(2026, 4, 1), date(2026, 4, 9), date(2026, 5, 1)
MARCH = Period(date(2026, 3, 1), APRIL_1)


def close(until, since=date(2026, 1, 1)):
    return Closing.objects.create(starts_on=since, ends_before=until)


def hand_to_team_two(person, since):
    """Enter a transfer, as late as it may be."""
    Assignment.objects.filter(person=person).update(ends_before=since)
    Assignment.objects.create(person=person, unit_id=person.two_id, role="REP", starts_on=since)


@pytest.fixture
def asha(lantern):
    lantern.asha.person.two_id = lantern.two.pk
    return lantern.asha.person


class TestCountingDay:
    def test_is_the_effective_day_while_nothing_is_closed(self, asha):
        services.post_deals([make_deal(asha, amount=10).pk])
        assert not Credit.objects.restated().exists()

    def test_is_the_first_open_day_for_what_arrives_late(self, asha):
        close(APRIL_1)
        services.post_deals([make_deal(asha, amount=10).pk])
        assert set(Credit.objects.values_list("day", "counts_on")) == {(MARCH_3, APRIL_1)}
        assert set(DirtyDay.objects.values_list("day", flat=True)) == {APRIL_1}
        rollups.refresh_daily_totals([APRIL_1])
        assert set(DailyTotal.objects.values_list("day", flat=True)) == {APRIL_1}

    def test_of_a_correction_leaves_the_closed_month_as_it_was(self, asha):
        deal = make_deal(asha, amount=100)
        services.post_deals([deal.pk])
        close(APRIL_1)
        Deal.objects.filter(pk=deal.pk).update(amount=70)
        services.post_deals([deal.pk])
        revenue = Credit.objects.filter(measure="REVENUE")
        assert sum(revenue.counting_in(MARCH).values_list("amount", flat=True)) == 100_00
        assert list(revenue.restated().values_list("day", "counts_on", "amount")) == [(MARCH_3, APRIL_1, -30_00)]

    def test_of_a_sale_moved_out_of_a_closed_month_takes_it_back_in_the_open_one(self, asha):
        deal = make_deal(asha, amount=100)
        services.post_deals([deal.pk])
        close(APRIL_1)
        Deal.objects.filter(pk=deal.pk).update(closed_on=APRIL_9)
        services.post_deals([deal.pk])
        revenue = Credit.objects.filter(measure="REVENUE").order_by("counts_on").values_list("counts_on", "amount")
        assert list(revenue) == [(MARCH_3, 100_00), (APRIL_1, -100_00), (APRIL_9, 100_00)]

    def test_cannot_lie_before_the_effective_day(self, lantern):
        with pytest.raises(IntegrityError, match="credit_never_counts_before_its_day"), transaction.atomic():
            Credit.objects.create(day=APRIL_1, counts_on=MARCH_3, measure="VISITS", amount=1, source="VISIT", source_id=1)


class TestUnitOfAClosedPeriod:
    def test_stays_when_a_transfer_is_entered_late(self, asha, lantern):
        facts = make_deal(asha, amount=10), make_deal(asha, amount=20, closed_on=APRIL_9)
        payment = make_payment(facts[0], 5, MARCH_3)
        visit = make_visit(asha, make_customer())
        services.post_all()
        close(APRIL_1)
        hand_to_team_two(asha, date(2026, 2, 1))
        services.post_people([asha.pk], since=date(2026, 2, 1))
        assert services.post_all() == 0, (payment, visit)
        by_unit = ledger("measure", "unit")
        assert by_unit["REVENUE", lantern.one.pk] == 10_00
        assert by_unit["REVENUE", lantern.two.pk] == 20_00
        assert by_unit["CASH_COLLECTED", lantern.one.pk] == 5_00
        assert by_unit["VISITS", lantern.one.pk] == 1
        assert not Credit.objects.restated().exists()

    def test_is_that_of_the_sale_for_what_comes_back_after_a_late_transfer(self, asha, lantern):
        deal = make_deal(asha, lines=[(make_product(), 2, 100, 60)], customer=make_customer())
        services.post_all()
        close(APRIL_1)
        hand_to_team_two(asha, date(2026, 2, 1))
        services.post_people([asha.pk], since=date(2026, 2, 1))
        make_return(deal.lines.get(), 2, APRIL_9)
        services.post_deals([deal.pk])
        assert ledger("measure", "unit", "person") == {}
        assert set(Credit.objects.values_list("unit", flat=True)) == {lantern.one.pk}

    def test_is_the_one_that_stood_at_the_closing_when_a_transfer_had_been_followed_before(self, asha, lantern):
        deal = make_deal(asha, amount=10)
        services.post_deals([deal.pk])
        hand_to_team_two(asha, date(2026, 2, 1))
        services.post_people([asha.pk], since=date(2026, 2, 1))
        close(APRIL_1)
        Deal.objects.filter(pk=deal.pk).update(amount=4)
        services.post_deals([deal.pk])
        assert {key: value for key, value in ledger("measure", "unit").items() if key[0] == "REVENUE"} == {
            ("REVENUE", lantern.two.pk): 4_00
        }

    def test_is_the_assigned_one_for_somebody_who_had_no_part_in_the_fact_before(self, asha, lantern):
        deal = make_deal(asha, amount=10)
        services.post_deals([deal.pk])
        close(APRIL_1)
        Deal.objects.filter(pk=deal.pk).update(owner=lantern.ben.person)
        services.post_deals([deal.pk])
        assert ledger("measure", "unit")["REVENUE", lantern.two.pk] == 10_00
        assert set(Credit.objects.restated().values_list("unit", flat=True)) == {lantern.one.pk, lantern.two.pk}

    def test_stays_none_for_what_credited_nobody(self, lantern):
        Assignment.objects.filter(person=lantern.ben.person).update(ends_before=date(2026, 2, 1))
        deal = make_deal(lantern.ben.person, amount=10)
        services.post_deals([deal.pk])
        close(APRIL_1)
        Assignment.objects.create(person=lantern.ben.person, unit=lantern.two, role="REP", starts_on=date(2026, 2, 1))
        services.post_people([lantern.ben.person.pk], since=date(2026, 2, 1))
        assert services.post_all() == 0
        assert ledger("measure", "unit")["REVENUE", None] == 10_00


class TestClosing:
    def test_cannot_overlap_another(self, lantern):
        close(APRIL_1)
        with pytest.raises(IntegrityError, match="one_closing_per_day"), transaction.atomic():
            close(MAY_1, since=date(2026, 3, 31))

    def test_cannot_be_changed_by_anybody(self, lantern):
        closing = close(APRIL_1)
        closing.ends_before = MAY_1
        for change in (closing.save, closing.delete):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                change()
