"""The doors of boards, homes, leaderboard, wall and search: who gets in, what an address may ask for, what they cost."""

from datetime import date

import pytest

from accounts.rules import Role
from common.tenancy import company_scope
from incentives.services.recognition import praise
from targets.models import Metric
from targets.services.rankings import publish_weekly_ranking
from teams.models import Assignment, Person, Unit
from tests.credits.stories import make_customer, make_deal
from tests.reports.conftest import MARCH, roll_up
from tests.reports.spreadsheet import Book
from tests.targets.test_rollups import ask

HOSTILE = [
    "?metric=nothing",
    "?metric=%00",
    "?period=2026-02-30",
    "?period=" + "9" * 40,
    "?period=2026-04",
    "?period=",
    "?sort=salary",
    "?people=none",
]


def get(client, path, **kwargs):
    return client.get(f"/lantern/{path}", **kwargs)


def body(response):
    return response.content.decode()


class TestHome:
    @pytest.mark.parametrize(
        ("who", "template"),
        [
            ("asha", "reports/home_rep.html"),
            ("bela", "reports/board.html"),
            ("dora", "reports/board.html"),
            ("hana", "reports/home_hr.html"),
            ("amir", "reports/home_admin.html"),
        ],
    )
    def test_is_the_one_of_the_role(self, quarter_story, as_, who, template):
        response = get(as_(getattr(quarter_story, who)), "")
        assert response.status_code == 200
        assert template in {t.name for t in response.templates}

    def test_a_manager_sees_their_team_and_a_director_their_region(self, quarter_story, as_):
        assert get(as_(quarter_story.bela), "").context["unit"] == quarter_story.one
        assert get(as_(quarter_story.dora), "").context["unit"] == quarter_story.east

    @pytest.mark.parametrize("who", ["asha", "bela"])
    def test_without_a_place_in_the_organisation_it_says_what_to_do(self, quarter_story, as_, who):
        Person.objects.filter(pk=getattr(quarter_story, who).person.pk).update(membership=None)
        assert "You have no place in the organisation yet" in body(get(as_(getattr(quarter_story, who)), ""))

    def test_of_a_company_that_has_just_begun_is_full_of_what_to_do_next(self, client, cast, today):
        client.force_login(cast.rex.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        response = client.get("/rival/")
        assert "The nightly roll-up and the weekly ranking run by themselves" in body(response)

    @pytest.mark.parametrize("who", ["asha", "bela"])
    def test_a_past_month_and_the_year_have_one_too(self, quarter_story, as_, who):
        client = as_(getattr(quarter_story, who))
        assert {get(client, f"?period={code}").status_code for code in ("2026-02", "2026-Q1", "2026", "2020-01")} == {200}

    def test_of_a_rep_shows_pace_place_and_what_is_overdue(self, quarter_story, as_):
        make_customer(owner=quarter_story.ada.person, grade="A")
        page = body(get(as_(quarter_story.ada), ""))
        assert "50.0%" in page
        assert "Place <strong>3</strong> of 3" in page
        assert "No target was published" in body(get(as_(quarter_story.ben), ""))


class TestUnit:
    @pytest.mark.parametrize(
        ("who", "unit", "status"),
        [
            ("asha", "one", 404),
            ("bela", "one", 200),
            ("bela", "two", 404),
            ("bela", "east", 404),
            ("dora", "two", 200),
            ("dora", "root", 404),
            ("hana", "root", 200),
            ("amir", "west", 200),
        ],
    )
    def test_is_seen_by_who_leads_it_or_sees_everybody(self, quarter_story, as_, who, unit, status):
        assert get(as_(getattr(quarter_story, who)), f"units/{getattr(quarter_story, unit).pk}/").status_code == status

    def test_a_rivals_unit_does_not_exist(self, quarter_story, as_, client):
        assert as_(quarter_story.rex).get(f"/rival/units/{quarter_story.one.pk}/").status_code == 404

    @pytest.mark.parametrize("query", HOSTILE)
    def test_hostile_parameters_are_not_found(self, quarter_story, as_, query):
        assert get(as_(quarter_story.bela), query).status_code == 404

    def test_an_unknown_parameter_is_refused(self, quarter_story, as_):
        assert get(as_(quarter_story.bela), "?team=3").status_code == 400

    @pytest.mark.parametrize("code", ["revenue", "visits", "average_order", "win_rate", "days_to_close", "new_customers"])
    @pytest.mark.parametrize("period", ["2026-03", "2026-Q1", "2026", "2025-12"])
    def test_every_metric_and_period_has_a_page(self, quarter_story, as_, code, period):
        assert get(as_(quarter_story.dora), f"?metric={code}&period={period}").status_code == 200

    def test_htmx_gets_the_board_alone(self, quarter_story, as_):
        response = get(as_(quarter_story.bela), "?metric=visits", headers={"HX-Request": "true"})
        assert body(response).lstrip().startswith('<div id="board">')

    def test_a_board_of_teams_shows_the_first_ten_and_all_when_asked(self, quarter_story, as_):
        for number in range(12):
            person = Person.objects.create(name=f"P{number:02}", employee_number=f"P{number}", hired_on=date(2025, 1, 1))
            Assignment.objects.create(person=person, unit=quarter_story.two, role=Role.REP, starts_on=date(2025, 1, 1))
        client = as_(quarter_story.dora)
        context = get(client, "").context
        assert (len(context["person_lines"]), context["people_count"]) == (10, 15)
        assert len(get(client, context["all_people_url"].partition("#")[0]).context["person_lines"]) == 15

    def test_people_who_stand_right_in_a_region_are_on_its_board(self, quarter_story, as_):
        person = Person.objects.create(name="Lone", employee_number="L", hired_on=date(2025, 1, 1))
        Assignment.objects.create(person=person, unit=quarter_story.east, role=Role.REP, starts_on=date(2025, 1, 1))
        assert "Lone" in [line.name for line in get(as_(quarter_story.dora), "").context["person_lines"]]

    @pytest.mark.parametrize(
        ("sort", "names"),
        [("name", ["Ada", "Asha"]), ("-actual", ["Asha", "Ada"]), ("attainment", ["Ada", "Asha"]), ("help", ["Ada", "Asha"])],
    )
    def test_people_are_sorted_as_asked(self, quarter_story, as_, sort, names):
        context = get(as_(quarter_story.bela), f"?sort={sort}").context
        assert [line.name for line in context["person_lines"]] == names

    def test_the_way_up_is_offered_to_who_may_go_there(self, quarter_story, as_):
        assert get(as_(quarter_story.bela), "").context["parent_url"] == ""
        hana = get(as_(quarter_story.hana), f"units/{quarter_story.one.pk}/")
        assert hana.context["parent_url"] == f"/lantern/units/{quarter_story.east.pk}/"

    def test_is_empty_with_a_word_where_nobody_sells(self, quarter_story, as_):
        assert "Nobody sells here yet" in body(get(as_(quarter_story.hana), f"units/{quarter_story.west.pk}/"))

    def test_can_be_taken_away(self, quarter_story, as_):
        response = get(as_(quarter_story.dora), "?as=xlsx&metric=revenue")
        book = Book(response.content)
        cells = book.cells[book.sheets[0]]
        assert [cells[1, row] for row in range(1, 5)] == ["Name", "Ada", "Ben", "Asha"]
        assert [cells[column, 2] for column in (3, 4, 5)] == [500, 250, 0.5]
        assert get(as_(quarter_story.dora), "?as=pdf").status_code == 404

    def test_costs_the_same_for_three_people_and_for_thirty(self, quarter_story, as_, django_assert_max_num_queries):
        client = as_(quarter_story.dora)
        get(client, "?people=all")
        with django_assert_max_num_queries(60) as before:
            get(client, "?people=all")
        for number in range(27):
            person = Person.objects.create(name=f"P{number}", employee_number=f"P{number}", hired_on=date(2025, 1, 1))
            unit = quarter_story.one if number % 2 else quarter_story.two
            Assignment.objects.create(person=person, unit=unit, role=Role.REP, starts_on=date(2025, 1, 1))
            ask("revenue", MARCH, commit=100_00, person=person, within=unit)
            make_deal(person, amount=10)
        roll_up()
        with django_assert_max_num_queries(len(before)):
            assert len(get(client, "?people=all").context["person_lines"]) == 30


class TestLeaderboard:
    @pytest.mark.parametrize("who", ["asha", "bela", "dora", "hana", "amir"])
    def test_is_open_to_everybody(self, quarter_story, as_, who):
        page = body(get(as_(getattr(quarter_story, who)), "leaderboard/"))
        assert {name for name in ("Asha", "Ada", "Ben") if name in page} == {"Asha", "Ada", "Ben"}
        assert "canary" not in page

    def test_a_peer_has_a_name_and_a_figure_but_no_link(self, quarter_story, as_):
        page = body(get(as_(quarter_story.asha), "leaderboard/"))
        assert f"figures-of/{quarter_story.asha.person.pk}/" in page
        assert f"figures-of/{quarter_story.ada.person.pk}/" not in page

    @pytest.mark.parametrize("code", ["revenue", "visits", "average_order", "win_rate", "days_to_close"])
    @pytest.mark.parametrize("query", ["", "&by=team", "&by=region&order=attainment", "&order=attainment&period=2026"])
    def test_every_choice_has_a_page(self, quarter_story, as_, code, query):
        assert get(as_(quarter_story.asha), f"leaderboard/?metric={code}{query}").status_code == 200

    @pytest.mark.parametrize(
        "query",
        [
            "?by=company",
            "?order=salary",
            "?unit=x",
            "?unit=-1",
            "?unit=" + "9" * 40,
            "?unit=%00",
            "?unit=٣",
            "?week=2026-03-09",
            "?week=x",
            "?metric=",
            "?period=2026-W54",
        ],
    )
    @pytest.mark.parametrize("path", ["leaderboard/", "leaderboard/wall/"])
    def test_hostile_parameters_are_not_found(self, quarter_story, as_, path, query):
        assert get(as_(quarter_story.asha), path + query).status_code == 404

    def test_an_unknown_parameter_is_refused(self, quarter_story, as_):
        assert get(as_(quarter_story.asha), "leaderboard/?team=3").status_code == 400

    def test_a_rivals_unit_cannot_be_ranked_in(self, quarter_story, as_):
        with company_scope(quarter_story.rival):
            theirs = Unit.objects.get().pk
        assert get(as_(quarter_story.asha), f"leaderboard/?unit={theirs}").status_code == 404

    def test_a_published_week_can_be_looked_up(self, quarter_story, as_):
        publish_weekly_ranking(week_starts_on=date(2026, 3, 9), today=date(2026, 3, 20), by=None)
        response = get(as_(quarter_story.asha), "leaderboard/?week=2026-03-09&order=attainment")
        assert [line.row.name for line in response.context["board"].lines] == ["Asha", "Ben", "Ada"]
        assert response.context["order_links"] == ()

    def test_says_so_while_nobody_is_ranked(self, lantern, as_):
        Person.objects.update(hired_on=date(2027, 1, 1))
        assert "Nobody is ranked yet" in body(get(as_(lantern.hana), "leaderboard/"))

    def test_names_are_text_whatever_they_hold(self, quarter_story, as_):
        Person.objects.filter(pk=quarter_story.ben.person.pk).update(name='<b onload="x">&')
        page = body(get(as_(quarter_story.hana), "leaderboard/"))
        assert "<b onload" not in page
        assert "&lt;b onload=&quot;x&quot;&gt;&amp;" in page

    def test_is_taken_away_by_who_may_export(self, quarter_story, as_):
        assert get(as_(quarter_story.asha), "leaderboard/?as=csv").status_code == 403
        lines = get(as_(quarter_story.bela), "leaderboard/?as=csv").content.decode("utf-8-sig").splitlines()
        assert lines[1].startswith("1,Asha,Team One,1200.00,1000.00,120,,,,http")
        assert f"/lantern/figures/?metric=revenue&person={quarter_story.asha.person.pk}&period=2026-03" in lines[1]

    def test_htmx_gets_the_board_alone(self, quarter_story, as_):
        response = get(as_(quarter_story.asha), "leaderboard/?by=team", headers={"HX-Request": "true"})
        assert body(response).lstrip().startswith('<div id="leaders">')

    def test_costs_six_statements_of_its_own_however_many_people(self, quarter_story, as_, django_assert_max_num_queries):
        client = as_(quarter_story.asha)
        get(client, "leaderboard/")
        with django_assert_max_num_queries(40) as search:
            get(client, "search/?q=")
        for number in range(20):
            person = Person.objects.create(name=f"P{number}", employee_number=f"P{number}", hired_on=date(2025, 1, 1))
            Assignment.objects.create(person=person, unit=quarter_story.one, role=Role.REP, starts_on=date(2025, 1, 1))
            make_deal(person, amount=10)
        roll_up()
        with django_assert_max_num_queries(len(search) + 6):
            assert len(get(client, "leaderboard/").context["board"].lines) == 23


class TestWall:
    def test_turns_from_people_to_teams_and_on_to_the_next_metric(self, quarter_story, as_):
        client = as_(quarter_story.asha)
        first = get(client, "leaderboard/wall/").context
        assert first["next_url"] == "?metric=revenue&by=team"
        second = get(client, "leaderboard/wall/" + first["next_url"]).context
        assert second["next_url"] == "?metric=gross_profit&by=person"
        assert (first["screens"].index(True), second["screens"].index(True)) == (0, 1)

    def test_comes_back_to_where_it_began(self, quarter_story, as_):
        client, address, seen = as_(quarter_story.asha), "", []
        for _turn in range(9):
            address = get(client, "leaderboard/wall/" + address).context["next_url"]
            seen.append(address)
        assert seen[8] == seen[0]
        assert len(set(seen)) == 8

    def test_keeps_the_period_and_the_unit_while_turning(self, quarter_story, as_):
        address = f"?period=2026-Q1&unit={quarter_story.east.pk}"
        url = get(as_(quarter_story.asha), "leaderboard/wall/" + address).context["next_url"]
        assert url.startswith(address)

    def test_shows_praise_and_no_navigation(self, quarter_story, as_):
        praise(
            to=quarter_story.ada.person,
            giver=quarter_story.asha.person,
            text="stayed late for a customer",
            given_on=date(2026, 3, 19),
            by=quarter_story.asha.user,
        )
        page = body(get(as_(quarter_story.asha), "leaderboard/wall/"))
        assert "stayed late for a customer" in page
        assert 'class="rail' not in page

    def test_stays_a_page_where_none_of_its_metrics_is_in_use(self, quarter_story, as_):
        Metric.objects.exclude(code="win_rate").update(is_active=False)
        response = get(as_(quarter_story.asha), "leaderboard/wall/")
        assert (response.status_code, response.context["next_url"]) == (200, "?metric=win_rate&by=person")


class TestSearch:
    def test_the_palette_gets_the_results_alone_and_a_page_without_script(self, quarter_story, as_):
        client = as_(quarter_story.bela)
        part = body(get(client, "search/?q=ada", headers={"HX-Request": "true"}))
        assert "Ada" in part
        assert "<html" not in part
        assert "<html" in body(get(client, "search/?q=ada"))

    @pytest.mark.parametrize("text", ["%00", "%25", "a" * 3000, "%F0%A0%AE%B7", "'"])
    def test_takes_any_text(self, quarter_story, as_, text):
        assert get(as_(quarter_story.bela), f"search/?q={text}").status_code == 200
