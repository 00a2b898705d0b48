"""The lines and figures of a board: whom it shows, in which order, and that its foot adds up."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.urls import set_script_prefix, set_urlconf

from accounts.rules import Role
from reports.queries import board_people, boards, courses
from reports.queries.forecasts import outlook_of
from targets.choices import period_choice
from targets.models import Metric
from teams.models import Assignment, Person, Unit
from teams.queries import calendar_of
from tests.credits.stories import make_customer, make_deal, make_visit
from tests.reports.conftest import MARCH, roll_up
from tests.targets.test_rollups import ask

TODAY = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def inside(settings):
    set_urlconf(settings.COMPANY_URLCONF)
    set_script_prefix("/lantern/")
    yield
    set_script_prefix("/")
    set_urlconf(None)


def choice_of(cast, code="2026-03", *, on=TODAY):
    request = RequestFactory().get(f"/?period={code}")
    request.company = cast.lantern
    return period_choice(request, on=on)


def about(cast, code="revenue", period="2026-03", *, on=TODAY):
    return {
        "metric": Metric.objects.get(code=code),
        "choice": choice_of(cast, period, on=on),
        "on": on,
        "calendar": calendar_of(cast.lantern),
    }


def people(cast, *units, **kwargs):
    return board_people.person_lines(unit_ids=[u.pk for u in units], **about(cast, **kwargs))


def by_name(lines):
    return {line.name: line for line in lines}


def headline(cast, *, code="revenue", period="2026-03", on=TODAY, **subject):
    (figure,) = boards.headline_figures(
        choice=choice_of(cast, period, on=on), on=on, calendar=calendar_of(cast.lantern), codes=(code,), **subject
    )
    return figure


class TestHeadlineFigures:
    def test_show_the_four_in_their_order_and_leave_out_what_is_not_in_use(self, quarter_story):
        Metric.objects.filter(code="cash_collected").update(is_active=False)
        found = boards.headline_figures(
            choice=choice_of(quarter_story), on=TODAY, calendar=calendar_of(quarter_story.lantern), unit=quarter_story.one
        )
        assert [(f.metric.code, f.value, f.target) for f in found] == [
            ("revenue", 1_450_00, 1_500_00),
            ("gross_profit", 650_00, None),
            ("visits", 2, None),
        ]

    def test_without_anything_done_or_asked_it_is_nought_and_has_no_verdict(self, quarter_story):
        figure = headline(quarter_story, unit=quarter_story.west)
        assert (figure.value, figure.target, figure.attainment, figure.status, figure.mark) == (0, None, None, "neutral", None)
        assert headline(quarter_story, code="win_rate", unit=quarter_story.west).value is None

    def test_compare_with_the_same_days_a_year_ago(self, quarter_story):
        ben = quarter_story.ben.person
        make_deal(ben, amount=400, closed_on=date(2025, 3, 20))
        make_deal(ben, amount=5_000, closed_on=date(2025, 3, 21))
        roll_up()
        assert headline(quarter_story, person=ben).change == 100
        assert headline(quarter_story, person=quarter_story.asha.person).change is None

    def test_compare_a_month_that_is_over_with_the_whole_month(self, quarter_story):
        ben = quarter_story.ben.person
        make_deal(ben, amount=100, closed_on=date(2025, 2, 28))
        make_deal(ben, amount=150, closed_on=date(2026, 2, 28))
        roll_up()
        assert headline(quarter_story, period="2026-02", person=ben).change == 50

    def test_open_to_their_credits(self, quarter_story):
        url = headline(quarter_story, unit=quarter_story.one).url
        assert url == f"/lantern/figures/?metric=revenue&unit={quarter_story.one.pk}&period=2026-03"

    def test_say_why_the_verdict_is_so(self, quarter_story):
        ada = headline(quarter_story, person=quarter_story.ada.person)
        assert ada.status == "behind"
        assert ada.reason == "50.0% done, 63.6% was due by now; 250 to go."
        assert "No target" in headline(quarter_story, person=quarter_story.ben.person).reason


class TestPersonLines:
    def test_who_needs_help_comes_first(self, quarter_story):
        lines = people(quarter_story, quarter_story.one, quarter_story.two)
        assert [(line.name, line.status) for line in lines] == [("Ada", "behind"), ("Ben", "neutral"), ("Asha", "on_pace")]

    def test_without_a_target_the_amount_stands_without_a_verdict(self, quarter_story):
        ben = by_name(people(quarter_story, quarter_story.two))["Ben"]
        assert (ben.value, ben.target, ben.attainment, ben.mark, ben.pace.needed_per_day) == (800_00, None, None, None, None)

    def test_a_ratio_without_anything_to_divide_by_has_no_value(self, quarter_story):
        lines = by_name(people(quarter_story, quarter_story.one, code="win_rate"))
        assert lines["Asha"].value == 100
        make_deal(quarter_story.ada.person, amount=1, closed_on=date(2026, 1, 5))
        roll_up()
        january = by_name(people(quarter_story, quarter_story.one, code="win_rate", period="2026-01"))
        assert (january["Ada"].value, january["Asha"].value) == (100, None)

    def test_a_leader_has_a_line_only_with_results_of_their_own(self, quarter_story):
        assert "Bela" not in by_name(people(quarter_story, quarter_story.one))
        make_deal(quarter_story.bela.person, amount=10)
        roll_up()
        assert by_name(people(quarter_story, quarter_story.one))["Bela"].value == 10_00

    def test_who_moved_stands_in_the_new_team_with_all_their_results(self, quarter_story):
        ada = quarter_story.ada.person
        Assignment.objects.filter(person=ada).update(ends_before=date(2026, 3, 16))
        Assignment.objects.create(person=ada, unit=quarter_story.two, role=Role.REP, starts_on=date(2026, 3, 16))
        assert "Ada" not in by_name(people(quarter_story, quarter_story.one))
        assert by_name(people(quarter_story, quarter_story.two))["Ada"].value == 250_00
        february = people(quarter_story, quarter_story.one, period="2026-02")
        assert "Ada" in by_name(february)

    def test_a_leaver_is_shown_for_the_months_they_worked_to_the_end_of(self, quarter_story):
        Person.objects.filter(pk=quarter_story.ada.person.pk).update(left_on=date(2026, 3, 10))
        assert "Ada" not in by_name(people(quarter_story, quarter_story.one))
        assert "Ada" in by_name(people(quarter_story, quarter_story.one, period="2026-02"))

    def test_who_sells_but_visited_nobody_this_week_is_pointed_out_from_the_third_day_on(self, quarter_story):
        make_visit(quarter_story.asha.person, make_customer(), date(2026, 3, 16))
        flags = {line.name: line.flag for line in people(quarter_story, quarter_story.one)}
        assert flags == {"Asha": "", "Ada": "no valid visit this week"}
        tuesday = {line.name: line.flag for line in people(quarter_story, quarter_story.one, on=date(2026, 3, 17))}
        assert tuesday == {"Asha": "", "Ada": ""}

    def test_nobody_is_pointed_out_in_a_month_that_is_over(self, quarter_story):
        lines = people(quarter_story, quarter_story.one, period="2026-02")
        assert [(line.flag, line.visits) for line in lines] == [("", None), ("", None)]

    def test_the_trend_runs_over_six_months_with_this_one(self, quarter_story):
        make_deal(quarter_story.asha.person, amount=90, closed_on=date(2025, 10, 5))
        make_deal(quarter_story.asha.person, amount=70, closed_on=date(2025, 9, 30))
        roll_up()
        assert by_name(people(quarter_story, quarter_story.one))["Asha"].trend == (90_00, 0, 0, 0, 0, 1_200_00)

    def test_shows_the_months_up_to_the_end_of_a_past_period(self, quarter_story):
        make_deal(quarter_story.asha.person, amount=90, closed_on=date(2025, 10, 5))
        make_deal(quarter_story.asha.person, amount=70, closed_on=date(2025, 9, 30))
        roll_up()
        line = by_name(people(quarter_story, quarter_story.one, period="2025-11"))["Asha"]
        assert line.trend == (0, 0, 0, 70_00, 90_00, 0)
        (unit_line,) = boards.unit_lines(units=[quarter_story.one], **about(quarter_story, period="2025-11"))
        assert unit_line.trend == line.trend

    def test_costs_the_same_for_two_people_and_for_twenty(self, quarter_story, django_assert_num_queries):
        given = about(quarter_story)
        with django_assert_num_queries(5) as few:
            list(board_people.person_lines(unit_ids=[quarter_story.one.pk], **given))
        for number in range(18):
            person = Person.objects.create(name=f"P{number}", employee_number=f"P{number}", hired_on=date(2025, 1, 1))
            Assignment.objects.create(person=person, unit=quarter_story.one, role=Role.REP, starts_on=date(2025, 1, 1))
            ask("revenue", MARCH, commit=100_00, person=person, within=quarter_story.one)
        roll_up()
        with django_assert_num_queries(len(few)):
            assert len(list(board_people.person_lines(unit_ids=[quarter_story.one.pk], **given))) == 20


class TestUnitLines:
    def test_stand_in_the_order_of_the_tree_and_lead_to_the_same_metric_and_period(self, quarter_story):
        lines = boards.unit_lines(units=[quarter_story.one, quarter_story.two], **about(quarter_story, period="2026-Q1"))
        assert [(line.name, line.value, line.width) for line in lines] == [
            ("Team One", 1_450_00, 100),
            ("Team Two", 800_00, 55),
        ]
        assert lines[0].url == f"/lantern/units/{quarter_story.one.pk}/?metric=revenue&period=2026-Q1"

    def test_a_closed_unit_is_left_out_from_its_day_on(self, quarter_story):
        Unit.objects.filter(pk=quarter_story.two.pk).update(closed_on=date(2026, 3, 10))
        on = [u.name for u in boards.children_of(quarter_story.east, on=date(2026, 3, 9))]
        assert on == ["Team One", "Team Two"]
        assert [u.name for u in boards.children_of(quarter_story.east, on=TODAY)] == ["Team One"]


class TestSumsOf:
    def test_has_no_rest_while_the_lines_add_up(self, quarter_story):
        lines = people(quarter_story, quarter_story.one)
        rest, total = boards.sums_of(own=headline(quarter_story, unit=quarter_story.one), lines=lines)
        assert (rest, total) == (None, (1_450_00, 1_500_00))

    def test_says_what_stands_for_people_who_have_no_line(self, quarter_story):
        Person.objects.filter(pk=quarter_story.ada.person.pk).update(left_on=date(2026, 3, 10))
        lines = people(quarter_story, quarter_story.one)
        rest, total = boards.sums_of(own=headline(quarter_story, unit=quarter_story.one), lines=lines)
        assert (rest, total) == ((250_00, 500_00), (1_450_00, 1_500_00))

    def test_a_ratio_is_never_added_up(self, quarter_story):
        make_deal(quarter_story.ada.person, amount=1, status="LOST")
        roll_up()
        lines = people(quarter_story, quarter_story.one, code="win_rate")
        rest, (value, _target) = boards.sums_of(
            own=headline(quarter_story, code="win_rate", unit=quarter_story.one), lines=lines
        )
        assert rest is None
        assert round(value, 1) == Decimal("66.7")


class TestCourse:
    def test_runs_to_today_and_the_target_to_the_end(self, quarter_story):
        given = about(quarter_story)
        data = courses.course(
            metric=given["metric"],
            window=given["choice"],
            on=TODAY,
            calendar=given["calendar"],
            end=None,
            unit_ids=[quarter_story.one.pk],
        )
        assert len(data["labels"]) == 31
        assert data["actual"][1:4] == [0, 1_450_00, 1_450_00]
        assert (data["actual"][19], data["actual"][20]) == (1_450_00, None)
        assert (data["target"][0], data["target"][-1]) == (0, 1_500_00)

    def test_a_forecast_begins_where_the_actual_ends(self, quarter_story):
        for day in (9, 10, 11, 12, 13):
            make_deal(quarter_story.ada.person, amount=10 * day, closed_on=date(2026, 3, day))
        roll_up()
        given = about(quarter_story)
        forecast = outlook_of(
            metric=given["metric"], choice=given["choice"], on=TODAY, calendar=given["calendar"], unit=quarter_story.one
        ).end
        data = courses.course(
            metric=given["metric"],
            window=given["choice"],
            on=TODAY,
            calendar=given["calendar"],
            end=forecast,
            unit_ids=[quarter_story.one.pk],
        )
        at = data["labels"].index("2026-03-20")
        assert data["forecast"][at] == data["low"][at] == data["high"][at] == data["actual"][at]
        assert (data["forecast"][-1], data["low"][-1], data["high"][-1]) == (forecast.middle, forecast.low, forecast.high)

    def test_a_ratio_has_no_course_but_months(self, quarter_story):
        given = about(quarter_story, code="win_rate")
        assert (
            courses.course(
                metric=given["metric"],
                window=given["choice"],
                on=TODAY,
                calendar=given["calendar"],
                end=None,
                unit_ids=[1],
            )
            is None
        )
        months = courses.months_of_ratio(metric=given["metric"], unit=quarter_story.one, on=TODAY)
        assert (months["unit"], months["labels"][-1], months["series"][0]["values"][-2:]) == ("PERCENT", "Mar", [None, 1000.0])


class TestGapByUnit:
    def test_leads_from_what_was_due_to_what_is(self, quarter_story):
        ask("revenue", MARCH, commit=2_500_00, unit=quarter_story.east)
        ask("revenue", MARCH, commit=1_000_00, unit=quarter_story.two)
        roll_up()
        lines = boards.unit_lines(units=[quarter_story.one, quarter_story.two], **about(quarter_story))
        steps = courses.gap_by_unit(own=headline(quarter_story, unit=quarter_story.east), lines=lines)["steps"]
        assert [step["name"] for step in steps] == ["Due by now", "Team One", "Team Two", "Actual"]
        assert sum(step["value"] for step in steps[:-1]) == steps[-1]["value"] == 2_250_00

    def test_what_no_unit_stands_for_is_said(self, quarter_story):
        ask("revenue", MARCH, commit=2_500_00, unit=quarter_story.east)
        roll_up()
        lines = boards.unit_lines(units=[quarter_story.one], **about(quarter_story))
        steps = courses.gap_by_unit(own=headline(quarter_story, unit=quarter_story.east), lines=lines)["steps"]
        assert "Other" in [step["name"] for step in steps]
        assert sum(step["value"] for step in steps[:-1]) == steps[-1]["value"]

    @pytest.mark.parametrize("code", ["win_rate", "visits"])
    def test_is_left_out_for_ratios_and_without_a_target(self, quarter_story, code):
        assert courses.gap_by_unit(own=headline(quarter_story, code=code, unit=quarter_story.east), lines=[]) is None


class TestHeat:
    def test_is_empty_where_nothing_was_asked(self, quarter_story):
        metric = Metric.objects.get(code="revenue")
        data = courses.heat(units=[quarter_story.one, quarter_story.two], metric=metric, on=TODAY)
        assert (len(data["columns"]), data["values"][0][-1], data["values"][1]) == (12, 96.7, [None] * 12)
        assert courses.heat(units=[quarter_story.two], metric=metric, on=TODAY) is None
