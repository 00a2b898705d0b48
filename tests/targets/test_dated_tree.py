"""Figures of units whose place in the tree changed in the middle of a period."""

from datetime import date

import pytest

from common.periods import Period, month_of
from common.tenancy import company_scope
from credits import services as credits
from credits.queries.lens import PLAIN, Basis, Lens
from credits.queries.lineage import credits_behind, sum_of
from targets import rollups
from targets.models import Attainment, Metric, Ranking
from targets.queries.rankings import live_ranking
from targets.queries.windows import Window, daily_in, figures_in
from targets.services.metrics import add_builtin_metrics
from targets.services.rankings import publish_weekly_ranking
from teams import services as teams
from tests.credits.stories import MARCH_3, make_deal
from tests.targets.test_rollups import cell, everything

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
MARCH_16 = date(2026, 3, 16)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


@pytest.fixture
def lantern(cast):
    """Team One moves from East to West on 16 March; it sold 100 before and 7 from then on, Team Two 30."""
    with company_scope(cast.lantern):
        add_builtin_metrics()
        make_deal(cast.asha.person, amount=100)
        make_deal(cast.asha.person, amount=7, closed_on=MARCH_16)
        make_deal(cast.ben.person, amount=30)
        credits.post_all()
        rollups.refresh_everything()
        teams.move_unit(unit=cast.one, parent=cast.west, from_day=MARCH_16, today=APRIL, by=None)
        rollups.refresh_everything()
        yield cast


class TestAttainment:
    def test_counts_each_day_for_the_units_above_on_that_day(self, lantern):
        revenue = {
            unit: cell("revenue", "MONTH", MARCH, unit=getattr(lantern, unit)).numerator for unit in ("east", "west", "one")
        }
        assert revenue == {"east": 130_00, "west": 7_00, "one": 107_00}
        assert cell("revenue", "YEAR", date(2026, 1, 1), unit=lantern.root).numerator == 137_00
        assert cell("revenue", "MONTH", MARCH, person=lantern.asha.person).numerator == 107_00

    def test_is_the_same_rebuilt_from_nothing(self, lantern):
        before = everything()
        rollups.rebuild()
        assert everything() == before

    def test_of_a_dirty_day_follows_the_tree_of_that_day(self, lantern):
        make_deal(lantern.asha.person, amount=1, closed_on=MARCH_3)
        credits.post_all()
        rollups.refresh_dirty()
        assert cell("revenue", "MONTH", MARCH, unit=lantern.east).numerator == 131_00
        assert not Attainment.objects.filter(unit=lantern.west, starts_on__gte=APRIL).exists()


class TestLineage:
    @pytest.mark.parametrize("unit", ["root", "east", "west", "one", "two"])
    @pytest.mark.parametrize("span", ["MONTH", "YEAR"])
    def test_adds_up_to_the_figure_across_a_move(self, lantern, unit, span):
        unit = getattr(lantern, unit)
        period = rollups.month_of(MARCH) if span == "MONTH" else rollups.fiscal_year_of(MARCH)
        credits_there = credits_behind(measure="REVENUE", period=period, unit_id=unit.pk)
        assert sum_of(credits_there) == cell("revenue", span, period.starts_on, unit=unit).numerator


class TestCourse:
    """The days of a chart add up to the headline above it and to the credits behind it."""

    @pytest.fixture
    def lantern(self, lantern):
        # Whoever owned nothing sold it: it counts for the company alone.
        make_deal(None, amount=5)
        credits.post_all()
        rollups.refresh_everything()
        return lantern

    @pytest.mark.parametrize("unit", ["root", "east", "west", "one", "two"])
    @pytest.mark.parametrize("lens", [PLAIN, Lens(known_at=date(2100, 1, 1)), Lens(basis=Basis.TERRITORY)])
    @pytest.mark.parametrize("period", [month_of(MARCH), Period(MARCH, MARCH_16), Period(MARCH_16, APRIL), YEAR])
    def test_adds_up_to_the_figure_and_to_its_credits_across_a_move(self, lantern, unit, lens, period):
        unit, metric = getattr(lantern, unit), Metric.objects.get(code="revenue")
        window = Window(period, "MONTH" if period == month_of(MARCH) else None, lens)
        row = figures_in(metrics=[metric], window=window, unit_ids=[unit.pk]).get((metric.pk, unit.pk))
        days = daily_in(metric=metric, window=window, unit_ids=[unit.pk])
        credits_there = credits_behind(measure="REVENUE", period=period, lens=lens, unit_id=unit.pk)
        assert sum(days.values()) == (row.numerator if row else 0) == sum_of(credits_there)

    def test_of_the_company_holds_what_credits_nobody(self, lantern):
        window = Window(month_of(MARCH), "MONTH")
        days = daily_in(metric=Metric.objects.get(code="revenue"), window=window, unit_ids=[lantern.root.pk])
        assert days == {MARCH_3: 135_00, MARCH_16: 7_00}

    def test_follows_the_team_to_its_new_region(self, lantern):
        metric, window = Metric.objects.get(code="revenue"), Window(month_of(MARCH), "MONTH")
        assert daily_in(metric=metric, window=window, unit_ids=[lantern.east.pk]) == {MARCH_3: 130_00}
        assert daily_in(metric=metric, window=window, unit_ids=[lantern.west.pk]) == {MARCH_16: 7_00}


class TestRanking:
    def test_compares_regions_by_the_days_they_had_the_team(self, lantern):
        publish_weekly_ranking(week_starts_on=MARCH_16, today=APRIL, by=None)
        board = Ranking.objects.get(metric__code="revenue", span="MONTH", subject="REGION")
        assert dict(board.rows.values_list("unit", "numerator")) == {lantern.east.pk: 130_00, lantern.west.pk: 7_00}

    def test_names_the_region_of_the_week(self, lantern):
        for week, region in ((date(2026, 3, 9), lantern.east), (MARCH_16, lantern.west)):
            publish_weekly_ranking(week_starts_on=week, today=APRIL, by=None)
            board = Ranking.objects.of_week(week).get(metric__code="revenue", span="MONTH", subject="TEAM")
            assert board.rows.get(unit=lantern.one).team == region

    def test_as_it_stands_names_the_region_of_the_day(self, lantern):
        metric, period = Ranking._meta.get_field("metric").related_model.objects.get(code="revenue"), rollups.month_of(MARCH)
        for day, region in ((date(2026, 3, 15), lantern.east), (MARCH_16, lantern.west)):
            rows = live_ranking(metric=metric, window=Window(period, "MONTH"), on=day, subject="TEAM")
            assert {row.subject_id: row.team_id for row in rows}[lantern.one.pk] == region.pk
