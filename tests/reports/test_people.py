"""A person's figures: who sees whose, months against target, places, lineage."""

from datetime import date

import pytest

from accounts.models import Membership
from accounts.rules import Role
from teams.models import Person
from tests.credits.stories import make_customer, make_deal
from tests.reports.conftest import roll_up
from tests.targets.test_rollups import ask


def path(member, query=""):
    return f"/lantern/figures-of/{member.person.pk}/{query}"


class TestPerson:
    def test_shows_months_of_the_year_against_their_targets(self, quarter_story, as_):
        ask("revenue", date(2026, 5, 1), commit=700_00, person=quarter_story.asha.person, within=quarter_story.one)
        roll_up()
        context = as_(quarter_story.bela).get(path(quarter_story.asha)).context
        months = {line.url[-7:]: line.row and (line.row.commit, line.row.value) for line in context["lines"]}
        assert len(months) == 12
        assert (months["2026-02"], months["2026-03"], months["2026-05"]) == (None, (1_000_00, 1_200_00), (700_00, 0))
        assert (context["year_actual"], context["year_target"]) == (1_200_00, 1_700_00)

    def test_says_the_place_among_all_and_in_the_team(self, quarter_story, as_):
        context = as_(quarter_story.dora).get(path(quarter_story.ben)).context
        assert [(s.kind, s.among, s.place, s.of) for s in context["standings"]] == [
            ("MONTH", "the whole company", 2, 3),
            ("QUARTER", "the whole company", 2, 3),
            ("MONTH", "Team Two", 1, 1),
        ]

    def test_shows_visits_deals_praise_and_the_own_assessment(self, quarter_story, as_):
        context = as_(quarter_story.asha).get("/lantern/me/").context
        assert context["visits"]["series"][0]["values"][-3:] == [2, 0, 0]
        assert [deal.amount for deal in context["deals"]] == [1200]
        assert context["sheet"].total == 106

    def test_figures_open_to_their_credits(self, quarter_story, as_):
        client = as_(quarter_story.asha)
        link = f"/lantern/figures/?metric=revenue&amp;person={quarter_story.asha.person.pk}&amp;period=2026-03"
        assert link in client.get("/lantern/me/").content.decode()
        assert client.get(link.replace("&amp;", "&")).status_code == 200

    @pytest.mark.parametrize(
        ("who", "whom", "status"),
        [
            ("asha", "asha", 200),
            ("asha", "ada", 404),
            ("asha", "bela", 404),
            ("bela", "asha", 200),
            ("bela", "ben", 404),
            ("boris", "asha", 404),
            ("dora", "asha", 200),
            ("hana", "ben", 200),
            ("amir", "ben", 200),
        ],
    )
    def test_is_seen_by_those_who_see_the_person(self, quarter_story, as_, who, whom, status):
        assert as_(getattr(quarter_story, who)).get(path(getattr(quarter_story, whom))).status_code == status

    def test_a_rival_finds_nobody_of_ours(self, quarter_story, as_):
        assert as_(quarter_story.rex).get(f"/rival/figures-of/{quarter_story.asha.person.pk}/").status_code == 404

    @pytest.mark.parametrize(
        "query", ["?metric=x", "?metric=%00", "?period=2026-W54", "?period=9999", "?period=%00", "?period=2027"]
    )
    def test_hostile_parameters_are_not_found(self, quarter_story, as_, query):
        assert as_(quarter_story.asha).get(path(quarter_story.asha, query)).status_code == 404

    @pytest.mark.parametrize(
        "query", ["?metric=win_rate", "?metric=days_to_close&period=2026-Q1", "?metric=visits&period=2026"]
    )
    def test_every_metric_has_a_page(self, quarter_story, as_, query):
        assert as_(quarter_story.asha).get(path(quarter_story.asha, query)).status_code == 200

    def test_costs_the_same_with_more_deals_and_more_people(self, quarter_story, as_, django_assert_max_num_queries):
        client = as_(quarter_story.asha)
        client.get("/lantern/me/")
        with django_assert_max_num_queries(60) as before:
            client.get("/lantern/me/")
        for _n in range(3):
            make_deal(quarter_story.asha.person, amount=10, customer=make_customer())
        roll_up()
        with django_assert_max_num_queries(len(before)):
            client.get("/lantern/me/")


class TestMe:
    def test_somebody_outside_the_organisation_is_told_so(self, quarter_story, as_):
        assert "no place in the organisation" in as_(quarter_story.amir).get("/lantern/me/").content.decode()

    def test_somebody_without_an_assignment_has_a_page_too(self, quarter_story, as_):
        membership = Membership.objects.get(pk=quarter_story.amir.membership.pk)
        Person.objects.create(name="Amir", employee_number="E-amir", membership=membership, hired_on=date(2025, 1, 1))
        assert as_(quarter_story.amir).get("/lantern/me/").status_code == 200
        assert membership.role == Role.ADMIN
