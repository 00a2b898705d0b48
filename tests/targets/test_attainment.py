from datetime import date
from decimal import Decimal

import pytest

from common.periods import Period, month_of
from common.tenancy import company_scope
from credits import services as credits
from deals.models import Deal
from targets import rollups
from targets.models import Metric
from targets.queries import attainment as queries
from targets.rules import PaceStatus
from targets.services.metrics import add_builtin_metrics
from teams.models import CalendarException
from teams.queries import calendar_of
from tests.credits.stories import MARCH_3, make_deal
from tests.targets.test_rollups import ask

MARCH = date(2026, 3, 1)
FIRST_QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def revenue(lantern):
    return Metric.objects.get(code="revenue")


def roll_up():
    credits.post_all()
    rollups.refresh_everything()


class TestAttainments:
    def test_returns_people_or_units_by_id(self, lantern, revenue):
        asha = lantern.asha.person
        make_deal(asha, amount=600)
        ask("revenue", MARCH, commit=500_00, person=asha, within=lantern.one)
        roll_up()
        people = queries.attainments(metric=revenue, span="MONTH", starts_on=MARCH, person_ids=[asha.pk, lantern.ada.person.pk])
        assert set(people) == {asha.pk}
        row = people[asha.pk]
        assert (row.value, row.attainment, row.attainment_of("stretch"), row.gap) == (600_00, 120, 60, -100_00)
        units = queries.attainments(metric=revenue, span="MONTH", starts_on=MARCH, unit_ids=[lantern.one.pk, lantern.east.pk])
        assert {unit_id: row.attainment for unit_id, row in units.items()} == {lantern.one.pk: None, lantern.east.pk: None}

    def test_refuses_people_and_units_at_once(self, lantern, revenue):
        with pytest.raises(ValueError, match="Either"):
            queries.attainments(metric=revenue, span="MONTH", starts_on=MARCH, person_ids=[1], unit_ids=[1])

    def test_gives_ratios_in_the_unit_people_read(self, lantern):
        asha = lantern.asha.person
        for amount in (100, 200):
            make_deal(asha, amount=amount, opened_on=date(2026, 3, 1))
        make_deal(asha, status=Deal.Status.LOST)
        ask("average_order", MARCH, commit=300_00, person=asha, within=lantern.one)
        ask("win_rate", MARCH, commit=500, person=asha, within=lantern.one)
        roll_up()
        metrics = {metric.pk: metric.code for metric in Metric.objects.all()}
        found = queries.attainments_of(metrics=Metric.objects.all(), span="MONTH", starts_on=MARCH, person_ids=[asha.pk])
        rows = {metrics[metric_id]: row for (metric_id, _person), row in found.items()}
        assert rows["average_order"].value == Decimal(150)
        assert rows["average_order"].attainment == 50
        assert rows["days_to_close"].value == 2
        assert round(rows["win_rate"].value, 1) == Decimal("66.7")
        assert round(rows["win_rate"].attainment, 1) == Decimal("133.3")

    def test_the_companys_row_holds_what_credits_nobody(self, lantern, revenue):
        make_deal(None, amount=5)
        roll_up()
        rows = queries.attainments(metric=revenue, span="MONTH", starts_on=MARCH, unit_ids=[lantern.root.pk])
        assert rows[lantern.root.pk].value == 5_00


class TestSeries:
    def test_lists_months_in_order(self, lantern, revenue):
        asha = lantern.asha.person
        for month in (3, 1):
            make_deal(asha, amount=month, closed_on=date(2026, month, 2))
        roll_up()
        rows = queries.series(metric=revenue, period=FIRST_QUARTER, person_ids=[asha.pk])[asha.pk]
        assert [(row.starts_on.month, row.value) for row in rows] == [(1, 100), (3, 300)]


class TestPace:
    def test_follows_the_season_of_the_months(self, lantern, revenue):
        asha = lantern.asha.person
        for month, commit in ((1, 100_00), (2, 0), (3, 300_00)):
            ask("revenue", date(2026, month, 1), commit=commit, person=asha, within=lantern.one)
        make_deal(asha, amount=100, closed_on=date(2026, 1, 5))
        roll_up()
        calendar = calendar_of(lantern.lantern)
        rows = queries.attainments(metric=revenue, span="QUARTER", starts_on=date(2026, 1, 1), person_ids=[asha.pk])

        def pace(on):
            return queries.paces_of(rows, metric=revenue, period=FIRST_QUARTER, on=on, calendar=calendar)[asha.pk]

        assert pace(date(2026, 2, 14)).status == PaceStatus.ON_PACE
        assert pace(date(2026, 2, 14)).expected == Decimal("0.25")
        # Half of March's 22 working days are over on the morning of the 16th.
        half = pace(date(2026, 3, 16))
        assert half.status == PaceStatus.BEHIND
        assert (half.missing, half.remaining_days) == (300_00, 12)
        assert half.needed_per_day == 25_00

    def test_is_neutral_without_a_target_and_for_ratios(self, lantern, revenue):
        calendar = calendar_of(lantern.lantern)
        pace = queries.pace_of(None, period=month_of(MARCH), on=date(2026, 3, 16), calendar=calendar)
        assert (pace.status, pace.needed_per_day) == (PaceStatus.NEUTRAL, None)

    def test_knows_the_companys_own_days(self, lantern):
        CalendarException.objects.create(day=MARCH_3, is_working=False, name="Stocktaking")
        calendar = calendar_of(lantern.lantern)
        assert not calendar.is_working(MARCH_3)
        assert calendar.is_working(date(2026, 3, 4))
        assert not calendar.is_working(date(2026, 3, 8))
