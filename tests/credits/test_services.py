from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from common.tenancy import company_scope
from credits import services
from credits.models import Credit, DirtyDay
from customers.models import Channel
from deals.models import Deal, ProductLine
from deals.signals import deal_changed
from teams.models import Assignment
from tests.credits.stories import MARCH_3, ledger, make_customer, make_deal, make_payment, make_product, make_return, make_visit

APRIL_1, MAY_1 = date(2026, 4, 1), date(2026, 5, 1)


class TestPostDeals:
    def test_credits_a_won_deal_to_its_owner_in_the_unit_of_that_day(self, lantern):
        deal = make_deal(lantern.asha.person, amount=1000, cost=600, opened_on=date(2026, 2, 21))
        services.post_deals([deal.pk])
        assert ledger("measure") == {
            "REVENUE": 1000_00,
            "GROSS_PROFIT": 400_00,
            "DEALS_WON": 1,
            "DEALS_CLOSED": 1,
            "DAYS_TO_CLOSE": 10,
        }
        assert set(Credit.objects.values_list("person", "unit", "day")) == {(lantern.asha.person.pk, lantern.one.pk, MARCH_3)}

    def test_adds_nothing_the_second_time(self, lantern):
        deal = make_deal(lantern.asha.person, amount=1000)
        assert services.post_deals([deal.pk]) > 0
        assert services.post_deals([deal.pk, deal.pk]) == 0

    def test_posts_the_difference_when_the_amount_changes(self, lantern):
        deal = make_deal(lantern.asha.person, amount=1000)
        services.post_deals([deal.pk])
        Deal.objects.filter(pk=deal.pk).update(amount=700)
        services.post_deals([deal.pk])
        assert list(Credit.objects.filter(measure="REVENUE").order_by("pk").values_list("amount", flat=True)) == [
            1000_00,
            -300_00,
        ]

    def test_keeps_the_product_lines_and_the_channel_apart(self, lantern):
        web = Channel.objects.create(code="web", name="Web")
        tiles, tools = (ProductLine.objects.create(name=name) for name in ("Tiles", "Tools"))
        lines = [(make_product(tiles), 3, 100, 60), (make_product(tiles), 1, 50, 10), (make_product(tools), 2, 10, 12)]
        deal = make_deal(lantern.asha.person, lines=lines, customer=make_customer(channel=web))
        services.post_deals([deal.pk])
        assert ledger("measure", "product_line", "channel") == {
            ("REVENUE", tiles.pk, web.pk): 350_00,
            ("GROSS_PROFIT", tiles.pk, web.pk): 160_00,
            ("UNITS_SOLD", tiles.pk, web.pk): 4,
            ("REVENUE", tools.pk, web.pk): 20_00,
            ("GROSS_PROFIT", tools.pk, web.pk): -4_00,
            ("UNITS_SOLD", tools.pk, web.pk): 2,
            ("DEALS_WON", None, web.pk): 1,
            ("DEALS_CLOSED", None, web.pk): 1,
            ("NEW_CUSTOMERS", None, web.pk): 1,
            ("ACTIVE_CUSTOMERS", None, web.pk): 1,
        }

    def test_takes_everything_back_when_a_won_deal_is_cancelled(self, lantern):
        deal = make_deal(lantern.asha.person, amount=1000, customer=make_customer())
        services.post_deals([deal.pk])
        Deal.objects.filter(pk=deal.pk).update(status=Deal.Status.CANCELLED, closed_on=MAY_1)
        services.post_deals([deal.pk])
        assert ledger("measure", "day") == {}

    def test_counts_a_lost_deal_as_closed_only(self, lantern):
        deal = make_deal(lantern.asha.person, amount=1000, status=Deal.Status.LOST)
        services.post_deals([deal.pk])
        assert ledger("measure") == {"DEALS_CLOSED": 1}

    def test_credits_nobody_for_a_deal_without_an_owner(self, lantern):
        deal = make_deal(None, amount=1000)
        services.post_deals([deal.pk])
        assert ledger("measure", "person", "unit")["REVENUE", None, None] == 1000_00

    def test_credits_no_unit_for_somebody_without_an_assignment_that_day(self, lantern):
        Assignment.objects.filter(person=lantern.asha.person).update(ends_before=MARCH_3)
        deal = make_deal(lantern.asha.person, amount=1000)
        services.post_deals([deal.pk])
        assert ledger("measure", "person", "unit")["REVENUE", lantern.asha.person.pk, None] == 1000_00

    def test_marks_the_days_that_moved(self, lantern):
        deal = make_deal(lantern.asha.person, amount=1000)
        make_payment(deal, 10, APRIL_1)
        services.post_deals([deal.pk])
        assert set(DirtyDay.objects.values_list("day", flat=True)) == {MARCH_3, APRIL_1}

    def test_is_called_by_the_announcement_of_a_deal(self, lantern):
        deal = make_deal(lantern.asha.person, amount=1000)
        deal_changed.send(sender=Deal, deal_ids=[deal.pk])
        assert ledger("measure")["REVENUE"] == 1000_00


class TestShares:
    def test_apportions_by_largest_remainder_and_counts_the_deal_for_the_lead(self, lantern):
        asha, ada, ben = (member.person for member in (lantern.asha, lantern.ada, lantern.ben))
        deal = make_deal(asha, amount="100.00", shares=[(asha, "33.33", False), (ada, "33.33", False), (ben, "33.34", False)])
        services.post_deals([deal.pk])
        shares = ledger("measure", "person")
        assert [shares["REVENUE", person.pk] for person in (asha, ada, ben)] == [33_33, 33_33, 33_34]
        assert ("DEALS_WON", asha.pk) not in shares
        assert shares["DEALS_WON", ben.pk] == 1

    def test_gives_the_odd_cent_to_the_earlier_of_equal_remainders(self, lantern):
        asha, ada = lantern.asha.person, lantern.ada.person
        deal = make_deal(asha, amount="0.01", cost="0.04", shares=[(asha, 50, False), (ada, 50, False)])
        services.post_deals([deal.pk])
        shares = ledger("measure", "person")
        assert shares["REVENUE", asha.pk] == 1
        assert (shares["GROSS_PROFIT", asha.pk], shares["GROSS_PROFIT", ada.pk]) == (-2, -1)

    def test_adds_overlay_on_top_for_the_person_only(self, lantern):
        asha, dora = lantern.asha.person, lantern.dora.person
        deal = make_deal(asha, amount=1000, shares=[(dora, 25, True)])
        services.post_deals([deal.pk])
        assert ledger("measure", "person", "is_overlay")["REVENUE", dora.pk, True] == 250_00
        assert ledger("measure", "is_overlay")["REVENUE", False] == 1000_00

    def test_does_not_overflow_with_the_largest_amount(self, lantern):
        asha, ada = lantern.asha.person, lantern.ada.person
        deal = make_deal(asha, amount="9999999999999.99", shares=[(asha, "99.99", False), (ada, "0.01", False)])
        services.post_deals([deal.pk])
        assert ledger("measure")["REVENUE"] == 999999999999999


class TestReturns:
    def test_leaves_nothing_of_a_sale_that_came_back_in_parts(self, lantern):
        asha, ada = lantern.asha.person, lantern.ada.person
        shares = [(asha, "33.33", False), (ada, "66.67", False), (lantern.dora.person, "12.5", True)]
        deal = make_deal(
            asha,
            lines=[(make_product(), 3, "0.07", "0.03")],
            shares=shares,
            customer=make_customer(),
            opened_on=date(2026, 1, 1),
        )
        line = deal.lines.get()
        returns = [make_return(line, 1, APRIL_1), make_return(line, 1, APRIL_1), make_return(line, 1, MAY_1)]
        for one in reversed(returns):
            services.post_returns([one.pk])
        assert ledger("measure", "person", "unit", "is_overlay") == {}
        assert ledger("measure", "day")["DEALS_WON", MAY_1] == -1
        assert ledger("measure", "day")["UNITS_SOLD", APRIL_1] == -2

    def test_takes_from_the_unit_that_had_the_sale(self, lantern):
        asha = lantern.asha.person
        deal = make_deal(asha, lines=[(make_product(), 1, 100, 60)])
        Assignment.objects.filter(person=asha).update(ends_before=APRIL_1)
        Assignment.objects.create(person=asha, unit=lantern.two, role="REP", starts_on=APRIL_1)
        one = make_return(deal.lines.get(), 1, MAY_1)
        services.post_returns([one.pk])
        assert ledger("unit", "measure") == {}
        assert set(Credit.objects.values_list("unit", flat=True)) == {lantern.one.pk}


class TestPayments:
    def test_credits_the_money_on_the_day_it_came_to_the_unit_of_that_day(self, lantern):
        asha = lantern.asha.person
        deal = make_deal(asha, amount=1000)
        Assignment.objects.filter(person=asha).update(ends_before=APRIL_1)
        Assignment.objects.create(person=asha, unit=lantern.two, role="REP", starts_on=APRIL_1)
        services.post_payments([make_payment(deal, 400, MARCH_3).pk, make_payment(deal, 600, MAY_1).pk])
        cash = {key[1:]: value for key, value in ledger("measure", "unit", "day").items() if key[0] == "CASH_COLLECTED"}
        assert cash == {(lantern.one.pk, MARCH_3): 400_00, (lantern.two.pk, MAY_1): 600_00}

    def test_takes_a_cancelled_payment_back(self, lantern):
        payment = make_payment(make_deal(lantern.asha.person, amount=1000), 400, APRIL_1)
        services.post_payments([payment.pk])
        payment.is_cancelled = True
        payment.save()
        services.post_payments([payment.pk])
        assert "CASH_COLLECTED" not in ledger("measure")


class TestNewCustomers:
    def test_counts_the_first_won_deal_only(self, lantern):
        customer = make_customer()
        later = make_deal(lantern.ada.person, amount=1, customer=customer, closed_on=MAY_1)
        services.post_deals([later.pk])
        first = make_deal(lantern.asha.person, amount=1, customer=customer)
        services.post_deals([first.pk])
        news = {key[1:]: value for key, value in ledger("measure", "person", "day").items() if key[0] == "NEW_CUSTOMERS"}
        assert news == {(lantern.asha.person.pk, MARCH_3): 1}

    def test_passes_to_the_next_standing_deal_on_the_day_the_first_came_back(self, lantern):
        customer, product = make_customer(), make_product()
        first = make_deal(lantern.asha.person, lines=[(product, 1, 10, 5)], customer=customer)
        second = make_deal(lantern.ada.person, lines=[(product, 1, 10, 5)], customer=customer, closed_on=APRIL_1)
        make_return(first.lines.get(), 1, MAY_1)
        services.post_deals([first.pk, second.pk])
        news = {key[1:]: value for key, value in ledger("measure", "person", "day").items() if key[0] == "NEW_CUSTOMERS"}
        assert news == {
            (lantern.asha.person.pk, MARCH_3): 1,
            (lantern.asha.person.pk, MAY_1): -1,
            (lantern.ada.person.pk, MAY_1): 1,
        }


class TestPostVisits:
    def test_counts_a_valid_visit_and_takes_it_back_when_it_no_longer_is(self, lantern):
        visit = make_visit(lantern.asha.person, make_customer())
        services.post_visits([visit.pk])
        assert ledger("measure", "person", "unit") == {("VISITS", lantern.asha.person.pk, lantern.one.pk): 1}
        visit.is_valid, visit.invalid_reason = False, "TOO_SHORT"
        visit.save()
        services.post_visits([visit.pk])
        assert ledger("measure") == {}


class TestPostPeople:
    def test_moves_what_was_done_since_a_transfer_that_became_known_late(self, lantern):
        asha = lantern.asha.person
        before = make_deal(asha, amount=10)
        after = make_deal(asha, amount=20, closed_on=MAY_1)
        visit = make_visit(asha, make_customer(), MAY_1)
        services.post_all()
        Assignment.objects.filter(person=asha).update(ends_before=APRIL_1)
        Assignment.objects.create(person=asha, unit=lantern.two, role="REP", starts_on=APRIL_1)
        services.post_people([asha.pk], since=APRIL_1)
        by_unit = ledger("measure", "unit")
        assert by_unit["REVENUE", lantern.one.pk] == 10_00
        assert by_unit["REVENUE", lantern.two.pk] == 20_00
        assert by_unit["VISITS", lantern.two.pk] == 1
        assert services.post_all() == 0, (before, after, visit)


class TestPostAll:
    def test_posts_only_the_active_companys_facts(self, lantern):
        with company_scope(lantern.rival):
            make_deal(lantern.chandra.person, amount=999)
        make_deal(lantern.asha.person, amount=10)
        services.post_all()
        assert ledger("measure")["REVENUE"] == 10_00
        with company_scope(lantern.rival):
            assert ledger("measure") == {}

    @pytest.mark.parametrize("batch", [1, 2, 5, 100])
    def test_posts_every_fact_once_however_many_at_a_time(self, lantern, monkeypatch, batch):
        monkeypatch.setattr("credits.services.posting.BATCH", batch)
        deals = [make_deal(lantern.asha.person, amount=100) for _ in range(6)]
        deals.pop(2).delete()
        parts = services.parts_of_ledger()
        late = make_deal(lantern.asha.person, amount=100)
        assert sum(part() for part in parts) > 0
        posted = Credit.objects.filter(measure="REVENUE").order_by("source_id").values_list("source_id", flat=True)
        assert list(posted) == [deal.pk for deal in (*deals, late)]
        assert services.post_all() == 0


class TestAHistoryThatIsMade:
    def test_is_known_on_the_evening_of_its_own_day_and_never_ahead_of_now(self, lantern):
        past = make_deal(lantern.asha.person, amount=10, closed_on=date(2026, 3, 5))
        ahead = make_deal(lantern.asha.person, amount=10, closed_on=timezone.localdate() + timedelta(days=5))
        services.post_deals([past.pk, ahead.pk], recorded_at=services.ON_ITS_DAY)
        known = dict(Credit.objects.filter(measure="REVENUE").values_list("source_id", "recorded_at"))
        assert known[past.pk] == datetime(2026, 3, 5, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
        assert known[ahead.pk] <= timezone.now()
