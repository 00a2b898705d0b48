"""What was published comes out again from the same facts and plans, month after month."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from credits import services as credits
from customers.models import Customer
from deals.models import Deal, DealLine
from incentives.models import Statement, Step
from incentives.queries.rerun import check_published
from incentives.rules.terms import Base, Draw, Kind, Release, Status, Steps
from jobs import services as jobs
from jobs.registry import kind_of
from tests.credits.stories import make_product, make_return
from tests.incentives.paying import APRIL, MARCH, make_component, make_version, publish, sell

MONTHS = [MARCH, APRIL]


@pytest.fixture
def paid(lantern):
    """Two published months: a table that reaches back, a part held back, a guarantee, and a return in the second month."""
    version = make_version()
    make_component(version, (0, 1000, 3), (1000, None, 5), steps_read=Steps.FLAT, paid_at_once=80, release=Release.YEAR_END)
    make_component(version, kind=Kind.DRAW, draw=Draw.RECOVERABLE, amount=60_00)
    deal = sell(lantern.asha.person, 0, lines=[(make_product(), 2, 700, 300)])
    sell(lantern.ada.person, 900)
    publish(lantern, MARCH, days=1)
    make_return(DealLine.objects.get(deal=deal), 1, date(2026, 4, 10))
    credits.post_deals([deal.pk])
    sell(lantern.asha.person, 5000, on=date(2026, 4, 12))
    sell(lantern.ada.person, 4000, on=date(2026, 4, 12))
    publish(lantern, APRIL, days=2)
    return lantern


class TestWhatWasPublished:
    def test_comes_out_again(self, paid):
        april = Statement.objects.get(person=paid.asha.person, starts_on=APRIL.starts_on)
        assert {"CLAWBACK", "HELD"} <= set(april.lines.values_list("kind", flat=True))
        published = Statement.objects.filter(status=Status.PUBLISHED).count()
        assert published > 2
        assert check_published(months=MONTHS, company=paid.lantern) == (published, [])

    def test_takes_a_customer_for_new_who_was_new_as_far_as_was_known(self, lantern):
        """An order of February is entered in April: what was paid for March went by the customer being new."""
        make_component(make_version(), {"value": 1}, {"value": 6, "customers": "NEW"})
        customer = Customer.objects.create(name="Rose", owner=lantern.asha.person)
        sell(lantern.asha.person, 1000, customer=customer)
        publish(lantern, MARCH, days=1)
        later = timezone.now() + timedelta(days=2)
        sell(lantern.ada.person, 100, on=date(2026, 2, 3), customer=customer, recorded_at=later)
        assert Statement.objects.get(person=lantern.asha.person, starts_on=MARCH.starts_on).total == 60_00
        assert check_published(months=[MARCH], company=lantern.lantern)[1] == []

    def test_takes_a_customer_for_old_whose_first_order_was_cancelled_since(self, lantern):
        make_component(make_version(), {"value": 1}, {"value": 6, "customers": "NEW"}, base=Base.DEAL)
        customer = Customer.objects.create(name="Rose", owner=lantern.asha.person)
        first = sell(lantern.ada.person, 100, on=date(2026, 2, 3), customer=customer)
        sell(lantern.asha.person, 1000, customer=customer)
        publish(lantern, MARCH, days=1)
        Deal.objects.filter(pk=first.pk).update(status=Deal.Status.CANCELLED)
        credits.post_deals([first.pk], recorded_at=timezone.now() + timedelta(days=2))
        assert Statement.objects.get(person=lantern.asha.person, starts_on=MARCH.starts_on).total == 10_00
        assert check_published(months=[MARCH], company=lantern.lantern)[1] == []

    def test_is_not_touched(self, paid):
        before = list(Statement.objects.order_by("pk").values())
        check_published(months=MONTHS, company=paid.lantern)
        assert list(Statement.objects.order_by("pk").values()) == before

    def test_is_listed_where_it_differs(self, paid):
        Step.objects.filter(starts_at=1000).update(value=6)
        _count, differing = check_published(months=MONTHS, company=paid.lantern)
        march = next(each for each in differing if each.person_id == paid.asha.person.pk)
        # 1,400 at 6 instead of 5 %: 84 instead of 70, four fifths of it at once, topped up to 60 before.
        assert march.starts_on == MARCH.starts_on
        assert march.again - march.paid == 7_20

    def test_is_nothing_before_anything_is_published(self, lantern):
        assert check_published(months=MONTHS, company=lantern.lantern) == (0, [])

    def test_is_checked_by_a_job_that_names_nobody(self, paid):
        # Asha is above the bound in both months, Ada in the second.
        Step.objects.filter(starts_at=1000).update(value=6)
        asked = jobs.enqueue("incentives.rerun", by=paid.amir.user)
        with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False):
            jobs.run(company_id=paid.lantern.pk, job_id=asked.pk)
        asked.refresh_from_db()
        assert asked.result == {"statements": 6, "different": 3, "months": "2026-03, 2026-04"}
        assert "Different: 3. Months: 2026-03, 2026-04." in kind_of(asked.kind).sum_up(asked.result)
