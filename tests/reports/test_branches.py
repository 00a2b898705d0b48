"""Units right below another one, also those that moved in mid-period: rows and rest add up to the figure."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.rules import Role
from reports.queries import boards, branches, courses
from targets.queries.figures import rest_of
from teams.models import Unit
from teams.services import move_unit, transfer
from tests.credits.stories import make_deal
from tests.reports.conftest import MARCH, roll_up
from tests.reports.test_boards import TODAY, about, headline, inside, people  # noqa: F401 (a fixture)

MOVED = date(2026, 3, 16)


def below(cast, unit, **kwargs):
    given = about(cast, **kwargs)
    return branches.below(unit, choice=given["choice"], on=given["on"], fiscal_start_month=1)


def panels(cast, unit, **kwargs):
    given = about(cast, **kwargs)
    window = given.pop("choice")
    return courses.panels(unit=unit, below=below(cast, unit, **kwargs), window=window, **given)


def lines_below(cast, unit, **kwargs):
    given = about(cast, **kwargs)
    del given["choice"]
    return branches.branch_lines(below(cast, unit, **kwargs).branches, **given)


def rests_below(cast, unit, *, is_of_people, **kwargs):
    given = about(cast, **kwargs)
    return rest_of(metric=given["metric"], window=given["choice"], unit_id=unit.pk, on=given["on"], is_of_people=is_of_people)


class TestPanels:
    def test_add_up_each_branch_on_one_scale(self, quarter_story):
        data = panels(quarter_story, quarter_story.root)
        assert [(p["name"], p["actual"][19]) for p in data["panels"]] == [("East", 2_250_00), ("West", 0)]

    def test_take_the_same_days_of_a_period_that_is_over(self, quarter_story):
        data = panels(quarter_story, quarter_story.root, period="2026-02")
        assert None not in data["panels"][0]["actual"]
        assert data["labels"][-1] == (MARCH - timedelta(days=1)).isoformat()


class TestBranches:
    """Team One moves from East to West on 16 March; Ada, of Team One, sells 7 from then on, and nobody owns a deal of 5."""

    @pytest.fixture
    def story(self, quarter_story):
        make_deal(quarter_story.ada.person, amount=7, closed_on=MOVED)
        make_deal(None, amount=5, closed_on=MOVED)
        move_unit(unit=quarter_story.one, parent=quarter_story.west, from_day=MOVED, today=TODAY, by=None)
        roll_up()
        return quarter_story

    def test_stand_in_both_regions_each_with_its_days(self, story):
        east, west = (lines_below(story, unit) for unit in (story.east, story.west))
        assert [(line.name, line.part, line.value) for line in east] == [
            ("Team One", "2026-03-01 – 2026-03-15", 1_450_00),
            ("Team Two", "", 800_00),
        ]
        assert [(line.name, line.part, line.value) for line in west] == [("Team One", "2026-03-16 – 2026-03-31", 7_00)]
        assert west[0].width == 100

    def test_have_their_part_of_the_target_by_working_days(self, story):
        (before, _two), (after,) = lines_below(story, story.east), lines_below(story, story.west)
        # 10 and 12 of March's 22 working days.
        assert (before.target, after.target) == (681_82, 818_18)

    @pytest.mark.parametrize("period", ["2026-02", "2026-03", "2026-Q1", "2026-03-10..2026-03-18", "2026-W12"])
    @pytest.mark.parametrize("unit", ["root", "east", "west"])
    def test_add_up_with_the_rest_to_the_figure_and_its_credits(self, story, unit, period):
        unit = getattr(story, unit)
        own, lines = headline(story, unit=unit, period=period), lines_below(story, unit, period=period)
        rest, (total, _target) = boards.sums_of(own=own, lines=lines)
        rests = rests_below(story, unit, period=period, is_of_people=False)
        assert sum(r.sign * r.amount for r in rests) == (rest[0] if rest else 0)
        assert total == sum(line.value for line in lines) + (rest[0] if rest else 0)
        assert rest is None or unit == story.root

    def test_a_past_period_is_shown_as_the_tree_was(self, story):
        april = date(2026, 4, 20)
        assert [line.name for line in lines_below(story, story.east, period="2026-02", on=april)] == ["Team One", "Team Two"]
        assert [line.name for line in lines_below(story, story.east, period="2026-04", on=april)] == ["Team Two"]
        shown = below(story, story.east, period="2026-02", on=april).units
        assert {unit.name for unit in shown} == {"East", "Team One", "Team Two"}

    def test_a_unit_closed_since_still_stands_in_the_period_that_it_sold_in(self, story):
        Unit.objects.filter(pk=story.two.pk).update(closed_on=MOVED)
        assert [line.name for line in lines_below(story, story.east, period="2026-03")] == ["Team One", "Team Two"]
        assert lines_below(story, story.east, period="2026-04", on=date(2026, 4, 20)) == []

    def test_are_drawn_on_the_days_on_which_they_hung_there(self, story):
        (one, two), (later,) = (panels(story, unit)["panels"] for unit in (story.east, story.west))
        assert (one["actual"][14], one["actual"][15], one["target"][15]) == (1_450_00, None, None)
        assert (two["actual"][19], later["actual"][14], later["actual"][15]) == (800_00, None, 7_00)
        assert len(one["actual"]) == len(later["actual"]) == 31

    def test_cost_no_more_for_more_units(self, story, django_assert_max_num_queries):
        with CaptureQueriesContext(connection) as few:
            lines_below(story, story.east, period="2026-Q1")
        for number in range(8):
            Unit.objects.create(name=f"Team {number}", kind=Unit.Kind.TEAM, parent=story.east)
        with django_assert_max_num_queries(len(few)):
            assert len(lines_below(story, story.east, period="2026-Q1")) == 10


class TestRestOfPeople:
    @pytest.mark.parametrize("code", ["revenue", "visits", "deals_won", "cash_collected"])
    @pytest.mark.parametrize("period", ["2026-03", "2026-Q1"])
    def test_opens_to_what_is_in_no_row_less_what_the_rows_have_elsewhere(self, quarter_story, code, period):
        asha, ada = quarter_story.asha.person, quarter_story.ada.person
        make_deal(quarter_story.ben.person, amount=90, shares=[(asha, 50, True)])
        transfer(person=ada, unit=quarter_story.two, role=Role.REP, from_day=MOVED, by=None)
        make_deal(ada, amount=11, closed_on=MOVED)
        roll_up()
        for unit in (quarter_story.one, quarter_story.two):
            lines = people(quarter_story, unit, code=code, period=period)
            rest, _total = boards.sums_of(own=headline(quarter_story, code=code, period=period, unit=unit), lines=lines)
            rests = rests_below(quarter_story, unit, code=code, period=period, is_of_people=True)
            assert sum(r.sign * r.amount for r in rests) == (rest[0] if rest else 0)
            assert code != "revenue" or [bool(r.amount) for r in rests] == [unit == quarter_story.one, True]
