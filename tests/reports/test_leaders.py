"""The leaderboard: places, ties, movement, one's own row, and whose pages it opens."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import RequestFactory
from django.urls import set_script_prefix, set_urlconf

from accounts.rules import Role
from credits import services as credits
from reports.queries import leaders
from reports.queries.frame import frame_of
from reports.queries.ranked import read
from targets import rollups
from targets.choices import period_choice
from targets.models import Metric, Ranking
from targets.queries.rankings import BY_ATTAINMENT, BY_VALUE
from targets.services.corrections import note_corrections
from targets.services.rankings import publish_weekly_ranking
from teams.models import Assignment, Person, Unit
from teams.queries import sight_of
from tests.credits.stories import make_deal, make_product, make_return
from tests.reports.conftest import roll_up

TODAY = date(2026, 3, 20)
PERSON, TEAM, REGION = Ranking.Subject.PERSON, Ranking.Subject.TEAM, Ranking.Subject.REGION


@pytest.fixture(autouse=True)
def inside(settings):
    set_urlconf(settings.COMPANY_URLCONF)
    set_script_prefix("/lantern/")
    yield
    set_script_prefix("/")
    set_urlconf(None)


def board(cast, *, code="revenue", period="2026-03", who="asha", subject=PERSON, by=BY_VALUE, among=None, week=None, minimum=1):
    request = RequestFactory().get(f"/?period={period}")
    request.company = cast.lantern
    member, tree = getattr(cast, who), leaders.Tree(frame_of(on=TODAY).units)
    sight = sight_of(membership=member.membership, on=TODAY)
    about = {
        "metric": Metric.objects.get(code=code),
        "choice": period_choice(request, on=TODAY),
        "subject": subject,
        "by": by,
        "week_starts_on": week,
        "minimum": minimum,
        "tree": tree,
        "sight": sight,
    }
    return leaders.board_of(
        read(among=among and among.pk, on=TODAY, **about),
        **about,
        mine=leaders.mine(person=member.person, subject=subject, sight=sight, on=TODAY, tree=tree),
    )


def rows(found):
    return [(line.row.name, line.row.place, line.width) for line in found.lines]


class TestBoard:
    def test_ranks_everybody_and_measures_bars_against_the_best(self, quarter_story):
        assert rows(board(quarter_story)) == [("Asha", 1, 100), ("Ben", 2, 66), ("Ada", 3, 20)]

    def test_equal_values_share_a_place(self, quarter_story):
        make_deal(quarter_story.ada.person, amount=550)
        roll_up()
        assert [(name, place) for name, place, _width in rows(board(quarter_story))] == [("Asha", 1), ("Ada", 2), ("Ben", 2)]

    def test_by_attainment_who_has_no_target_stands_last_without_a_place(self, quarter_story):
        assert rows(board(quarter_story, by=BY_ATTAINMENT)) == [("Asha", 1, 100), ("Ada", 2, 41), ("Ben", None, 0)]

    def test_negative_results_have_a_place_and_no_bar(self, quarter_story):
        product = make_product()
        deal = make_deal(quarter_story.ada.person, lines=[(product, 1, 400, 100)], closed_on=date(2026, 2, 3))
        make_return(deal.lines.get(), 1, date(2026, 3, 9))
        roll_up()
        last = board(quarter_story).lines[-1]
        assert (last.row.name, last.row.value, last.row.place, last.width) == ("Ada", -150_00, 3, 0)

    def test_a_leaver_is_off_the_board_and_stays_on_that_of_an_earlier_month(self, quarter_story):
        Person.objects.filter(pk=quarter_story.ben.person.pk).update(left_on=date(2026, 3, 10))
        assert "Ben" not in {line.row.name for line in board(quarter_story).lines}
        assert "Ben" in {line.row.name for line in board(quarter_story, period="2026-02").lines}

    def test_who_moved_stands_with_the_new_team(self, quarter_story):
        Assignment.objects.filter(person=quarter_story.ada.person).update(ends_before=date(2026, 3, 16))
        Assignment.objects.create(
            person=quarter_story.ada.person, unit=quarter_story.two, role=Role.REP, starts_on=date(2026, 3, 16)
        )
        assert {line.row.name: line.home for line in board(quarter_story).lines}["Ada"] == "Team Two"

    def test_ranks_anew_inside_a_unit(self, quarter_story):
        assert rows(board(quarter_story, among=quarter_story.two)) == [("Ben", 1, 100)]
        assert len(board(quarter_story, among=quarter_story.east).lines) == 3

    def test_ranks_teams_of_a_region_and_regions(self, quarter_story):
        teams = board(quarter_story, subject=TEAM, among=quarter_story.east)
        assert rows(teams) == [("Team One", 1, 100), ("Team Two", 2, 55)]
        assert {line.home for line in teams.lines} == {"East"}
        assert [name for name, _place, _width in rows(board(quarter_story, subject=REGION))] == ["East", "West"]

    def test_a_ratio_has_places_and_no_gap_in_money(self, quarter_story):
        make_deal(quarter_story.asha.person, amount=1, status="LOST")
        roll_up()
        found = board(quarter_story, code="win_rate")
        assert [(name, place) for name, place, _width in rows(found)] == [("Ada", 1), ("Ben", 1), ("Asha", 3)]
        assert found.gap_to_next is None

    def test_a_rivals_people_are_never_on_it(self, quarter_story):
        assert not [line for line in board(quarter_story, who="hana").lines if "canary" in line.row.name]


class TestMine:
    def test_is_ones_own_row_with_the_gap_to_the_next_place(self, quarter_story):
        found = board(quarter_story, who="ada")
        assert (found.mine.row.name, found.gap_to_next) == ("Ada", 550_00)
        assert board(quarter_story, who="asha").gap_to_next is None

    def test_is_ones_team_and_region_among_units(self, quarter_story):
        assert board(quarter_story, who="ben", subject=TEAM).mine.row.name == "Team Two"
        assert board(quarter_story, who="ben", subject=REGION).mine.row.name == "East"

    @pytest.mark.parametrize("subject", [PERSON, TEAM])
    def test_who_is_not_part_of_the_organisation_has_none(self, quarter_story, subject):
        assert board(quarter_story, who="amir", subject=subject).mine is None


class TestPodium:
    def test_holds_the_first_three(self, quarter_story):
        assert [(step.name, step.rank, step.value) for step in board(quarter_story).podium] == [
            ("Asha", 1, 1_200_00),
            ("Ben", 2, 800_00),
            ("Ada", 3, 250_00),
        ]

    def test_is_empty_with_fewer_than_three_or_before_anything_was_done(self, quarter_story):
        assert board(quarter_story, among=quarter_story.one).podium == []
        assert board(quarter_story, period="2026-02").podium == []


class TestUrl:
    @pytest.mark.parametrize(
        ("who", "seen"),
        [("asha", {"Asha"}), ("bela", {"Asha", "Ada"}), ("dora", {"Asha", "Ada", "Ben"}), ("hana", {"Asha", "Ada", "Ben"})],
    )
    def test_leads_only_to_people_in_sight(self, quarter_story, who, seen):
        assert {line.row.name for line in board(quarter_story, who=who).lines if line.url} == seen

    def test_leads_to_the_same_metric_and_period(self, quarter_story):
        line = board(quarter_story, code="visits", period="2026-Q1").lines[0]
        assert line.url == f"/lantern/figures-of/{quarter_story.asha.person.pk}/?metric=visits&period=2026-Q1"

    def test_of_a_unit_is_its_board(self, quarter_story):
        lines = board(quarter_story, who="bela", subject=TEAM).lines
        assert [bool(line.url) for line in lines] == [True, False]


class TestPublished:
    @pytest.fixture
    def weeks(self, quarter_story):
        """Two weeks are published; afterwards Ada overtakes Ben."""
        for monday in (date(2026, 3, 2), date(2026, 3, 9)):
            publish_weekly_ranking(week_starts_on=monday, today=TODAY, by=None)
        make_deal(quarter_story.ada.person, amount=700, closed_on=date(2026, 3, 17))
        roll_up()
        return quarter_story

    def test_shows_what_was_published_not_what_is(self, weeks):
        assert [line.row.name for line in board(weeks).lines] == ["Asha", "Ada", "Ben"]
        assert [line.row.name for line in board(weeks, week=date(2026, 3, 9)).lines] == ["Asha", "Ben", "Ada"]

    def test_can_be_narrowed_to_a_unit(self, weeks):
        found = board(weeks, week=date(2026, 3, 9), among=weeks.one)
        assert [line.row.name for line in found.lines] == ["Asha", "Ada"]

    def test_movement_is_against_the_last_published_week(self, weeks):
        assert {line.row.name: line.row.movement for line in board(weeks).lines} == {"Asha": 0, "Ada": 1, "Ben": -1}

    def test_a_month_before_the_published_ones_moves_against_nothing(self, weeks):
        assert {line.row.movement for line in board(weeks, period="2026-02").lines} == {None}

    def test_who_stays_among_the_first_three_has_a_streak(self, weeks):
        assert {line.row.name: line.streak for line in board(weeks).lines} == {"Asha": 2, "Ben": 2, "Ada": 2}
        publish_weekly_ranking(week_starts_on=date(2026, 3, 2), today=TODAY, is_replacing=True, by=None)
        Ranking.objects.filter(week_starts_on=date(2026, 3, 9)).delete()
        assert {line.streak for line in board(weeks).lines} == {0}


class TestTree:
    def test_offers_open_regions_with_their_teams_below_them(self, quarter_story):
        Unit.objects.filter(pk=quarter_story.two.pk).update(closed_on=TODAY)
        found = [(name, depth) for _pk, name, _kind, depth in leaders.Tree(frame_of(on=TODAY).units).scopes()]
        assert found == [("East", 0), ("Team One", 1), ("West", 0)]

    def test_costs_one_statement(self, quarter_story, django_assert_num_queries):
        with django_assert_num_queries(1):
            tree = leaders.Tree(frame_of(on=TODAY).units)
            assert tree.below(quarter_story.east.pk) == {quarter_story.east.pk, quarter_story.one.pk, quarter_story.two.pk}
            assert tree.above(quarter_story.one.pk) == {quarter_story.one.pk, quarter_story.east.pk, quarter_story.root.pk}
            assert tree.above(None) == set()


class TestOrderOfEquals:
    def test_those_who_share_a_place_say_when_they_reached_it(self, quarter_story):
        make_deal(quarter_story.ada.person, amount=550, closed_on=date(2026, 3, 12))
        roll_up()
        lines = board(quarter_story).lines
        assert [line.reached_on is not None for line in lines] == [False, True, True]
        assert lines[1].reached_on <= lines[2].reached_on

    def test_a_published_board_says_it_too(self, quarter_story):
        make_deal(quarter_story.ada.person, amount=550, closed_on=date(2026, 3, 12))
        roll_up()
        publish_weekly_ranking(week_starts_on=date(2026, 3, 9), today=TODAY, by=None)
        live, published = board(quarter_story), board(quarter_story, week=date(2026, 3, 9))
        assert [line.reached_on for line in published.lines] == [line.reached_on for line in live.lines]


class TestListedApart:
    def test_who_has_no_target_stands_apart_with_the_reason(self, quarter_story):
        lines = board(quarter_story, by=BY_ATTAINMENT).lines
        assert [line.apart for line in lines] == ["", "", "Without a place: no target, by amount"]

    def test_who_has_too_few_cases_stands_before_who_has_none(self, quarter_story):
        person = Person.objects.create(name="Zoe", hired_on=date(2026, 1, 1))
        Assignment.objects.create(person=person, unit=quarter_story.one, role="REP", starts_on=date(2026, 1, 1))
        for _n in range(9):
            make_deal(quarter_story.asha.person, amount=1)
        roll_up()
        lines = board(quarter_story, code="win_rate", minimum=9).lines
        assert [(line.row.name, line.apart) for line in lines if line.row.name in {"Asha", "Ben", "Zoe"}] == [
            ("Asha", ""),
            ("Ben", "Without a place: fewer than 9 cases"),
            ("Zoe", "Without a place: nothing to divide by yet"),
        ]


class TestWeeksAndFreePeriods:
    def test_a_week_is_ranked_by_what_lies_in_it_and_moves_against_the_week_before(self, quarter_story):
        make_deal(quarter_story.ada.person, amount=1, closed_on=date(2026, 3, 10))
        make_deal(quarter_story.ben.person, amount=999, closed_on=date(2026, 3, 17))
        roll_up()
        found = board(quarter_story, period="2026-W12")
        assert [(line.row.name, line.row.value) for line in found.lines][0] == ("Ben", 999_00)
        before = {line.row.name: line.row.place for line in board(quarter_story, period="2026-W11").lines}
        assert {line.row.name: line.row.previous_place for line in found.lines} == before
        assert found.lines[0].row.movement == before["Ben"] - 1 > 0

    def test_a_week_among_a_team_counts_only_its_people_now_and_before(self, quarter_story):
        make_deal(quarter_story.ada.person, amount=10, closed_on=date(2026, 3, 17))
        roll_up()
        found = board(quarter_story, period="2026-W12", among=quarter_story.one)
        assert {line.row.name for line in found.lines} == {"Ada", "Asha"}
        assert {line.row.previous_place for line in found.lines} <= {1, 2}


class TestCorrected:
    @pytest.fixture
    def corrected(self, quarter_story):
        """The week is published; then Ben, of the other team, turns out to have sold most."""
        publish_weekly_ranking(week_starts_on=date(2026, 3, 9), today=TODAY, by=None)
        # The database has a clock of its own, by which the story is known.
        monday = datetime(2100, 1, 4, tzinfo=UTC)
        Ranking.objects.update(published_at=monday)
        late = make_deal(quarter_story.ben.person, amount=5000, closed_on=date(2026, 3, 10))
        credits.post_deals([late.pk], recorded_at=monday + timedelta(days=1))
        rollups.refresh_everything()
        note_corrections(by=None)
        return quarter_story

    def test_opens_each_figure_as_it_was_known_then_and_now_and_shows_what_was_entered(self, corrected):
        found = board(corrected, week=date(2026, 3, 9), who="dora")
        ben = next(each for each in found.corrections if each.line.name == "Ben")
        assert "as_of=2026-03-15" in ben.now_url and "until=" not in ben.now_url
        assert "as_of=2026-03-15" in ben.then_url and "until=" in ben.then_url
        assert [(row.person, row.amount) for row in found.entered] == [("Ben", 5000_00)]
        assert {(each.then_url, each.now_url) for each in found.corrections if each is not ben} == {("", "")}

    def test_keeps_what_was_entered_from_who_does_not_see_the_person(self, corrected):
        found = board(corrected, week=date(2026, 3, 9), who="asha")
        assert [each.line.name for each in found.corrections][0] == "Ben"
        assert {(each.then_url, each.now_url) for each in found.corrections} == {("", "")}
        assert found.entered == ()
