"""What a closing settles on the targets' floor: targets, attainment and published rankings of the period."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from common.periods import Period, fiscal_year_of, month_of
from common.tenancy import company_scope
from credits import services as credits
from credits.queries.lens import PLAIN, Lens
from targets import rollups
from targets.models import Attainment, ClosedPlan, Metric, Plan, Ranking, Target
from targets.queries.closings import final_months_of, find_before_closing
from targets.queries.live import live_rows
from targets.queries.plans import person_key
from targets.rules import MonthMethod
from targets.services import plans, splits
from targets.services.metrics import add_builtin_metrics
from targets.services.rankings import WeekClosed, publish_weekly_ranking
from tests.credits.stories import make_deal
from tests.targets.test_rollups import cell

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
TODAY, NOW = date(2026, 3, 20), datetime(2026, 3, 20, tzinfo=UTC)
YEAR = fiscal_year_of(JANUARY)
SALE = date(2026, 1, 5)
MILLION = 1_000_000_00


@pytest.fixture
def lantern(cast):
    """Asha sold for 100 in January; Lantern asks for a million each month, split and published."""
    with company_scope(cast.lantern):
        add_builtin_metrics()
        make_deal(cast.asha.person, amount=100, closed_on=SALE)
        credits.post_all()
        cast.plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=1, by=None)
        splits.set_year(plan=cast.plan, tiers=12 * MILLION, method=MonthMethod.EQUAL, on=SALE, by=None)
        splits.split_down(plan=cast.plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=SALE, by=None)
        yield cast


@pytest.fixture
def published(lantern):
    plans.publish(plan=lantern.plan, now=NOW, by=None)
    rollups.refresh_everything()
    return lantern


def close(ends_before):
    return credits.close_period(ends_before=ends_before, today=TODAY, by=None)


def of_month(month):
    fields = [f.attname for f in Attainment._meta.local_fields if f.name != "id"]
    return sorted(Attainment.objects.filter(span="MONTH", starts_on=month).values_list(*fields), key=repr)


def set_month(cast, month, amount):
    key = person_key(cast.asha.person.pk, cast.one.pk)
    splits.set_cell(plan=cast.plan, key=key, period=month_of(month), tier="commit", amount=amount, by=None)


class TestTargets:
    def test_of_a_closed_month_stay_whatever_becomes_of_the_plan(self, published):
        close(FEBRUARY)
        before = of_month(JANUARY)
        assert any(row for row in before if MILLION in row)
        plans.withdraw(plan=published.plan, reason="A region was added", by=None)
        rollups.refresh_everything()
        assert of_month(JANUARY) == before
        assert cell("revenue", "MONTH", JANUARY, unit=published.root).commit == MILLION
        assert not Attainment.objects.filter(starts_on=FEBRUARY, span="MONTH", commit__isnull=False).exists()
        rollups.rebuild()
        assert of_month(JANUARY) == before

    def test_of_a_closed_month_cannot_be_changed_others_can(self, published):
        close(FEBRUARY)
        plans.withdraw(plan=published.plan, reason="A region was added", by=None)
        before = list(Target.objects.order_by("pk").values())
        for change in (
            lambda: set_month(published, JANUARY, 1),
            lambda: splits.set_year(plan=published.plan, tiers=24 * MILLION, method=MonthMethod.EQUAL, on=SALE, by=None),
            lambda: splits.undo(plan=published.plan, by=None),
        ):
            with pytest.raises(plans.PlanRefused) as refusal, transaction.atomic():
                change()
            assert refusal.value.code == "month_closed"
        assert list(Target.objects.order_by("pk").values()) == before
        set_month(published, FEBRUARY, 1)

    def test_do_not_count_in_a_month_that_was_closed_before_they_were_published(self, lantern):
        close(FEBRUARY)
        plans.publish(plan=lantern.plan, now=NOW, by=None)
        rollups.refresh_everything()
        asked = Attainment.objects.filter(span="MONTH", unit=lantern.root, commit__isnull=False)
        assert asked.order_by("starts_on").first().starts_on == FEBRUARY
        assert final_months_of(lantern.plan) == frozenset()

    def test_of_a_month_that_is_closed_in_two_parts_belong_to_the_first(self, published):
        close(date(2026, 1, 16))
        plans.withdraw(plan=published.plan, reason="A region was added", by=None)
        close(FEBRUARY)
        assert ClosedPlan.objects.count() == 1
        assert final_months_of(published.plan) == {JANUARY}
        rollups.refresh_everything()
        assert cell("revenue", "MONTH", JANUARY, unit=published.root).commit == MILLION


class TestFindings:
    def test_name_a_plan_that_is_not_published(self, lantern):
        period = Period(JANUARY, FEBRUARY)
        (found,) = find_before_closing(period)
        assert lantern.plan.name in found.text
        plans.publish(plan=lantern.plan, now=NOW, by=None)
        assert find_before_closing(period) == []

    def test_do_not_name_one_whose_months_are_closed(self, lantern):
        Target.objects.filter(month__gte=FEBRUARY).delete()
        close(FEBRUARY)
        assert find_before_closing(Period(FEBRUARY, MARCH)) == []


class TestRankings:
    def test_of_a_closed_week_are_not_replaced(self, published):
        week = {"week_starts_on": date(2026, 1, 19), "today": TODAY, "by": None}
        publish_weekly_ranking(**week)
        close(FEBRUARY)
        kept = list(Ranking.objects.order_by("pk").values_list("pk", "published_at"))
        with pytest.raises(WeekClosed):
            publish_weekly_ranking(**week, is_replacing=True)
        assert list(Ranking.objects.order_by("pk").values_list("pk", "published_at")) == kept
        assert publish_weekly_ranking(**week) == 0

    def test_of_a_week_with_an_open_day_can_be_replaced(self, published):
        week = {"week_starts_on": date(2026, 1, 26), "today": TODAY, "by": None}
        publish_weekly_ranking(**week)
        close(date(2026, 2, 1))
        assert publish_weekly_ranking(**week, is_replacing=True) > 0


def test_a_withdrawn_plan_can_be_published_again_without_losing_a_closed_month(published):
    close(FEBRUARY)
    plans.withdraw(plan=published.plan, reason="A region was added", by=None)
    plans.publish(plan=published.plan, now=NOW, by=None)
    rollups.refresh_everything()
    assert Plan.objects.get().status == Plan.Status.PUBLISHED
    assert cell("revenue", "YEAR", JANUARY, unit=published.root).commit == 12 * MILLION


class TestLiveFigures:
    """Weeks, free dates and figures as known on a day count the same plans as what is stored."""

    def test_of_a_closed_month_keep_what_a_withdrawn_plan_asked(self, published):
        close(FEBRUARY)
        plans.withdraw(plan=published.plan, reason="A region was added", by=None)
        assert root_in(published, month_of(JANUARY)).commit == MILLION
        week = root_in(published, Period(date(2026, 1, 5), date(2026, 1, 12)))
        assert 0 < week.commit < MILLION
        assert root_in(published, month_of(FEBRUARY)) is None

    def test_of_a_closed_month_leave_out_a_plan_that_was_published_later(self, lantern):
        close(FEBRUARY)
        plans.publish(plan=lantern.plan, now=NOW, by=None)
        assert root_in(lantern, month_of(JANUARY)).commit is None
        assert root_in(lantern, month_of(FEBRUARY)).commit == MILLION

    def test_as_known_on_a_day_count_what_was_closed_by_then(self, published):
        now = timezone.now()
        with time_machine.travel(now + timedelta(days=2), tick=False):
            close(FEBRUARY)
        with time_machine.travel(now + timedelta(days=4), tick=False):
            plans.withdraw(plan=published.plan, reason="A region was added", by=None)
        for days, closed, still_open in ((1, MILLION, MILLION), (3, MILLION, MILLION), (5, MILLION, None)):
            known_at = (now + timedelta(days=days)).date()
            lens = Lens(known_at=known_at)
            assert root_in(published, month_of(JANUARY), lens).commit == closed
            february = root_in(published, month_of(FEBRUARY), lens)
            assert (february and february.commit) == still_open


def root_in(cast, period, lens=PLAIN):
    """Return the company's row of revenue in a period, worked out live; None if there is none."""
    metric = Metric.objects.get(code="revenue")
    return next(iter(live_rows(metrics=[metric], periods=[period], lens=lens, unit_ids=[cast.root.pk])), None)
