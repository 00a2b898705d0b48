"""Tenure, span of control, and the days a company works."""

from datetime import date, timedelta

import pytest

from common.periods import Period, parse_code
from teams.rules import (
    SpanWarning,
    TenureStage,
    WorkingCalendar,
    months_of_service,
    span_warning,
    survival_ends_before,
    tenure_stage,
)
from tests.properties import given, settings, st

days = st.dates(min_value=date(2002, 1, 1), max_value=date(2098, 12, 31))


def day(text):
    return date.fromisoformat(text)


class TestTenure:
    @pytest.mark.parametrize(
        ("hired", "on", "stage"),
        [
            ("2026-01-15", "2026-01-14", None),
            ("2026-01-15", "2026-01-15", TenureStage.SURVIVAL),
            ("2026-01-15", "2026-07-14", TenureStage.SURVIVAL),
            ("2026-01-15", "2026-07-15", TenureStage.GROWTH),
            ("2026-01-15", "2027-07-15", TenureStage.GROWTH),
            ("2026-01-15", "2027-07-16", TenureStage.MATURE),
            ("2025-08-31", "2026-02-27", TenureStage.SURVIVAL),
            ("2025-08-31", "2026-02-28", TenureStage.GROWTH),
            ("2023-08-31", "2024-02-28", TenureStage.SURVIVAL),
            ("2023-08-31", "2024-02-29", TenureStage.GROWTH),
            ("2024-08-30", "2026-02-28", TenureStage.GROWTH),
            ("2024-08-30", "2026-03-01", TenureStage.MATURE),
        ],
    )
    def test_stage_by_calendar_months(self, hired, on, stage):
        assert tenure_stage(day(hired), day(on)) == stage

    def test_bounds_are_the_companys(self):
        assert tenure_stage(day("2026-01-15"), day("2026-04-15"), survival_months=3, growth_months=12) == TenureStage.GROWTH

    def test_the_decision_is_due_on_the_day_the_stage_ends(self):
        assert survival_ends_before(day("2025-08-31")) == day("2026-02-28")

    @pytest.mark.parametrize(
        ("hired", "on", "months"),
        [
            ("2026-01-31", "2026-02-27", 0),
            ("2026-01-31", "2026-02-28", 1),
            ("2026-01-31", "2026-03-30", 1),
            ("2026-01-31", "2026-03-31", 2),
            ("2026-01-31", "2025-03-31", 0),
            ("2024-02-29", "2025-02-28", 12),
        ],
    )
    def test_whole_months_of_service(self, hired, on, months):
        assert months_of_service(day(hired), day(on)) == months

    @given(days, st.integers(0, 1500))
    def test_stages_only_go_forward(self, hired, later):
        order = list(TenureStage)
        today, tomorrow = hired + timedelta(days=later), hired + timedelta(days=later + 1)
        assert order.index(tenure_stage(hired, today)) <= order.index(tenure_stage(hired, tomorrow))
        assert (months_of_service(hired, today) < 6) == (tenure_stage(hired, today) == TenureStage.SURVIVAL)


class TestSpan:
    @pytest.mark.parametrize(
        ("people", "warning"),
        [(0, SpanWarning.TOO_NARROW), (4, SpanWarning.TOO_NARROW), (5, None), (12, None), (13, SpanWarning.TOO_WIDE)],
    )
    def test_warns_outside_the_range(self, people, warning):
        assert span_warning(people) == warning


class TestChina:
    @pytest.mark.parametrize(
        ("on", "is_working"),
        [
            # As the State Council announced: Spring Festival 2024 from 10 to 17 February, made up on the 4th and the 18th.
            ("2024-02-04", True),
            ("2024-02-09", True),
            ("2024-02-10", False),
            ("2024-02-16", False),
            ("2024-02-18", True),
            # National Day and Mid-Autumn 2025: 1 to 8 October, made up on 28 September and 11 October.
            ("2025-09-28", True),
            ("2025-10-08", False),
            ("2025-10-09", True),
            ("2025-10-11", True),
            ("2025-10-12", False),
            # New Year 2026: 1 to 3 January, made up on Sunday the 4th.
            ("2026-01-02", False),
            ("2026-01-03", False),
            ("2026-01-04", True),
            ("2026-01-05", True),
        ],
    )
    def test_holidays_and_make_up_days(self, on, is_working):
        assert WorkingCalendar().is_working(day(on)) is is_working

    @pytest.mark.parametrize(
        ("code", "count"), [("2024-02", 18), ("2025-10", 18), ("2026-02", 16), ("2026-11", 21), ("2024", 251), ("2025", 248)]
    )
    def test_working_days_of_a_period(self, code, count):
        calendar, period = WorkingCalendar(), parse_code(code)
        assert calendar.working_day_count(period) == count
        assert len(calendar.working_days(period)) == count

    def test_a_year_that_is_not_announced_yet_says_so(self):
        calendar = WorkingCalendar()
        assert [calendar.is_published(year) for year in (2024, 2025, 2026)] == [True] * 3
        assert calendar.is_published(2099) is False
        assert calendar.is_working(day("2099-10-01")) is False  # the statutory day is known all the same

    def test_six_days_a_week_still_has_the_whole_break_off(self):
        calendar = WorkingCalendar(working_weekdays=range(6))
        assert calendar.is_working(day("2026-03-07"))  # an ordinary Saturday
        assert not calendar.is_working(day("2026-02-21"))  # the Saturday inside the Spring Festival
        assert not calendar.is_working(day("2026-01-03"))  # the Saturday that New Year takes along
        assert not calendar.is_working(day("2022-01-01"))
        assert calendar.is_working(day("2026-01-04"))

    def test_the_company_decides_last(self):
        calendar = WorkingCalendar(exceptions={day("2026-11-14"): True, day("2026-11-16"): False, day("2026-10-01"): True})
        assert calendar.is_working(day("2026-11-14"))
        assert not calendar.is_working(day("2026-11-16"))
        assert calendar.is_working(day("2026-10-01"))
        own = [special for special in calendar.special_days(2026) if special.is_own]
        assert [(special.day.isoformat(), special.is_working) for special in own] == [
            ("2026-10-01", True), ("2026-11-14", True), ("2026-11-16", False),
        ]  # fmt: skip

    def test_special_days_are_named(self):
        by_day = {special.day: special for special in WorkingCalendar().special_days(2026)}
        assert by_day[day("2026-02-17")].name == "春节"
        assert by_day[day("2026-02-14")].is_working
        assert day("2026-02-21") not in by_day  # a Saturday off is nothing special


class TestElsewhere:
    def test_no_country_knows_only_weekdays(self):
        calendar = WorkingCalendar(country="")
        assert calendar.is_working(day("2026-10-01"))
        assert calendar.is_published(2099)
        assert calendar.special_days(2026) == []

    def test_the_united_states_have_their_own(self):
        calendar = WorkingCalendar(country="US")
        assert not calendar.is_working(day("2017-11-23"))
        assert calendar.is_working(day("2017-10-02"))
        assert calendar.is_published(2099)

    @pytest.mark.parametrize(
        "options", [{"country": "ZZ"}, {"country": "cn"}, {"working_weekdays": [7]}, {"working_weekdays": [-1]}]
    )
    def test_refuses_what_it_does_not_know(self, options):
        with pytest.raises(ValueError):  # noqa: PT011 - two messages, one type
            WorkingCalendar(**options)


class TestCounting:
    CALENDAR = WorkingCalendar()

    def test_by_month_inside_the_period_only(self):
        stage = parse_code("2026-04-25..2026-05-07")
        assert self.CALENDAR.working_days_by_month(stage) == {day("2026-04-01"): 4, day("2026-05-01"): 2}

    def test_elapsed_through_a_day_and_remaining_after_it(self):
        quarter = parse_code("2026-Q4")
        elapsed = self.CALENDAR.elapsed_by_month(quarter, through=day("2026-11-03"))
        assert elapsed == {day("2026-10-01"): 18, day("2026-11-01"): 2, day("2026-12-01"): 0}
        assert self.CALENDAR.remaining_count(quarter, after=day("2026-11-03")) == 19 + 23
        assert sum(self.CALENDAR.elapsed_by_month(quarter, through=day("2026-09-30")).values()) == 0

    @settings(max_examples=50)
    @given(days, st.integers(1, 400), st.integers(-20, 420))
    def test_elapsed_and_remaining_make_the_whole(self, start, length, offset):
        period = Period(start, start + timedelta(days=length))
        through = start + timedelta(days=offset)
        elapsed = sum(self.CALENDAR.elapsed_by_month(period, through).values())
        assert elapsed + self.CALENDAR.remaining_count(period, after=through) == self.CALENDAR.working_day_count(period)
        assert set(self.CALENDAR.elapsed_by_month(period, through)) == set(self.CALENDAR.working_days_by_month(period))
