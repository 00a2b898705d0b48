"""Victory reports: once for each large deal and each target, off the wall when it is no longer so."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from common.periods import Period
from common.tenancy import company_scope
from customers.models import Customer
from deals import services as deals
from deals.models import Deal
from incentives.models import VictoryReport
from incentives.queries.honours import VICTORY, honours, wall
from incentives.services import honours as settings
from incentives.services import victories
from targets import rollups, rules
from targets.models import Metric
from targets.services import plans, splits
from targets.services.metrics import add_builtin_metrics

TODAY = date(2026, 11, 20)
NOW = f"{TODAY} 10:00+08:00"


@pytest.fixture
def shop(cast, time_machine):
    time_machine.move_to(NOW)
    with company_scope(cast.lantern):
        settings.change_settings(deal_limit=1000_00, by=None)
        cast.customer = Customer.objects.create(name="Blue House", owner=cast.asha.person)
        cast.board = deals.add_product(code="B1", name="Board", list_price=Decimal(100), cost=60, by=None)
        yield cast


def sell(shop, quantity, *, on=TODAY, **more):
    return deals.log_deal(
        customer=shop.customer, owner=shop.asha.person, lines=[(shop.board, quantity, 100)], closed_on=on, by=None, **more
    )


def told():
    """(whose, how much, why off the wall) of every report."""
    return list(VictoryReport.objects.order_by("pk").values_list("person__name", "amount", "withdrawn_reason"))


class TestDeals:
    @pytest.mark.parametrize(("quantity", "reports"), [(9, []), (10, [("Asha", 1000_00, "")]), (11, [("Asha", 1100_00, "")])])
    def test_a_deal_at_the_limit_is_told(self, shop, quantity, reports):
        sell(shop, quantity)
        assert told() == reports

    def test_without_a_limit_there_are_no_reports(self, shop):
        settings.change_settings(deal_limit=None, by=None)
        sell(shop, 50)
        assert told() == []

    def test_the_same_deal_is_told_once(self, shop):
        deal = sell(shop, 10)
        victories.follow_deals([deal.pk], on=TODAY)
        victories.follow_deals([deal.pk], on=TODAY + timedelta(days=1))
        assert len(told()) == 1

    @pytest.mark.parametrize(("days_ago", "count"), [(0, 1), (6, 1), (7, 0), (400, 0)])
    def test_what_was_won_long_ago_is_no_news(self, shop, days_ago, count):
        sell(shop, 10, on=TODAY - timedelta(days=days_ago))
        assert len(told()) == count

    def test_it_is_the_victory_of_who_has_the_largest_share(self, shop):
        deal = deals.open_deal(
            customer=shop.customer, owner=shop.asha.person, lines=[(shop.board, 20, 100)], opened_on=TODAY, by=None
        )
        deals.set_shares(deal=deal, shares=[(shop.asha.person, Decimal(40)), (shop.ada.person, Decimal(60))], by=None)
        deals.win_deal(deal=deal, closed_on=TODAY, by=None)
        assert told() == [("Ada", 2000_00, "")]

    def test_a_cancelled_deal_takes_its_report_off_the_wall_and_it_is_kept(self, shop):
        deal = sell(shop, 10)
        deals.cancel_deal(deal=deal, reason="customer withdrew", closed_on=TODAY, by=None)
        assert told() == [("Asha", 1000_00, "NOT_WON")]
        assert list(wall()) == []

    def test_a_return_below_the_limit_takes_it_off_another_keeps_it(self, shop):
        deal = sell(shop, 12)
        line = deal.lines.get()
        deals.return_lines(deal=deal, returned_on=TODAY, reason="broken", items=[(line, 2)], by=None)
        assert told() == [("Asha", 1000_00, "")]
        deals.return_lines(deal=deal, returned_on=TODAY, reason="broken", items=[(line, 1)], by=None)
        assert told() == [("Asha", 900_00, "RETURNED")]

    def test_won_again_it_is_on_the_wall_again(self, shop):
        deal = sell(shop, 10)
        deals.reopen(deal=Deal.objects.get(pk=deal.pk), by=None)
        assert told()[0][2] == "NOT_WON"
        deals.win_deal(deal=Deal.objects.get(pk=deal.pk), closed_on=TODAY, by=None)
        assert told() == [("Asha", 1000_00, "")]

    @pytest.mark.parametrize(("shows", "amount"), [(False, None), (True, 1000_00)])
    def test_amounts_are_told_only_where_the_company_says_so(self, shop, shows, amount):
        sell(shop, 10)
        (honour,) = honours(list(wall(kind=VICTORY)), first_month=1, shows_amounts=shows)
        assert honour.amount == amount
        assert "1,000" not in honour.text


class TestTargets:
    @pytest.fixture
    def asked(self, shop):
        """Everybody is asked for revenue; Asha for 12,000 in the year, 1,000 a month."""
        add_builtin_metrics()
        metric = Metric.objects.get(code="revenue")
        plan = plans.start_plan(metric=metric, year=Period(date(2026, 1, 1), date(2027, 1, 1)), rounding_unit=1, by=None)
        splits.set_year(plan=plan, tiers=60_000_00, method=rules.MonthMethod.EQUAL, on=TODAY, by=None)
        splits.split_down(plan=plan, unit=shop.root, method=rules.SplitMethod.EQUAL, whole_subtree=True, on=TODAY, by=None)
        plans.publish(plan=plan, now=NOW, by=None)
        settings.change_settings(deal_limit=None, by=None)
        return shop

    def follow(self, on=TODAY):
        rollups.refresh_everything(today=on)
        return victories.follow_targets(on=on, first_month=1)

    def test_a_reached_target_is_told_once_and_taken_down_when_it_is_no_longer_reached(self, asked):
        assert self.follow() == (0, 0)
        deal = sell(asked, 500)
        written, taken = self.follow()
        mine = VictoryReport.objects.filter(
            person=asked.asha.person, starts_on=date(2026, 11, 1), ends_before=date(2026, 12, 1)
        )
        assert (written > 0, taken) == (True, 0)
        assert mine.get().amount == 50_000_00
        assert self.follow() == (0, 0)
        deals.cancel_deal(deal=deal, reason="withdrawn", closed_on=TODAY, by=None)
        assert self.follow() == (0, written)
        assert mine.get().withdrawn_reason == "BELOW"

    def test_switched_off_nothing_is_told(self, asked):
        settings.change_settings(reports_targets=False, by=None)
        sell(asked, 500)
        assert self.follow() == (0, 0)
