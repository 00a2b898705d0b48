"""Where each role can go, and where one is."""

import pytest
from django.test import RequestFactory
from django.urls import reverse, set_script_prefix, set_urlconf

from accounts.rules import Role
from reports.navigation import ADDABLE, BUTTONS, DOCK, PLACES, RAIL, navigation_for, places_for

ROLES = {Role.REP: "asha", Role.MANAGER: "bela", Role.DIRECTOR: "dora", Role.HR: "hana", Role.ADMIN: "amir"}


@pytest.fixture(autouse=True)
def at_lantern(settings):
    """Inside a company, as its middleware leaves it."""
    set_urlconf(settings.COMPANY_URLCONF)
    set_script_prefix("/lantern/")
    yield
    set_script_prefix("/")
    set_urlconf(None)


def navigation(cast, role, path="/lantern/"):
    request = RequestFactory().get(path)
    request.membership = getattr(cast, ROLES[role]).membership
    return navigation_for(request)


def active(entries):
    return [entry.key for entry in entries if entry.active]


class TestPlaces:
    @pytest.mark.parametrize("place", [*PLACES.values(), *ADDABLE], ids=lambda place: place.key)
    def test_every_place_has_an_address(self, place):
        assert reverse(place.route).startswith("/lantern/")

    @pytest.mark.parametrize("role", Role)
    def test_every_place_of_a_role_opens_for_it(self, lantern, client, role):
        member = getattr(lantern, ROLES[role])
        addresses = [place.url for place in places_for(member.membership)]
        set_script_prefix("/")
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        refused = [url for url in addresses if client.get(url).status_code not in {200, 302}]
        assert refused == []

    @pytest.mark.parametrize("role", Role)
    def test_what_the_rail_and_the_dock_show_is_open_to_the_role(self, cast, role):
        mine = {place.key for place in places_for(getattr(cast, ROLES[role]).membership)}
        assert set(RAIL[role]) <= mine
        assert set(DOCK[role]) - BUTTONS.keys() <= mine

    @pytest.mark.parametrize("role", Role)
    def test_there_are_at_most_seven_entries_and_five_on_a_phone(self, role):
        assert len(RAIL[role]) <= 7
        assert len(DOCK[role]) <= 5

    def test_a_rep_does_not_find_what_is_for_others(self, cast):
        mine = {place.key for place in places_for(cast.asha.membership)}
        assert not mine & {"audit", "members", "company", "jobs", "import", "assessments", "team", "regions"}


class TestNavigationFor:
    @pytest.mark.parametrize(
        ("role", "path", "key"),
        [
            (Role.REP, "/lantern/", "today"),
            (Role.MANAGER, "/lantern/", "team"),
            (Role.DIRECTOR, "/lantern/units/3/", "regions"),
            (Role.MANAGER, "/lantern/leaderboard/wall/", "leaderboard"),
            (Role.MANAGER, "/lantern/people/7/", "people"),
            (Role.HR, "/lantern/people/organisation/", "organisation"),
            (Role.MANAGER, "/lantern/people/organisation/", "people"),
            (Role.HR, "/lantern/assessments/people/3/", "assessments"),
            (Role.REP, "/lantern/deals/5/", "deals"),
        ],
    )
    def test_marks_the_place_a_page_belongs_to(self, cast, role, path, key):
        assert active(navigation(cast, role, path).rail) == [key]

    @pytest.mark.parametrize("path", ["/lantern/search/", "/lantern/recognition/"])
    def test_marks_nothing_on_a_page_that_belongs_nowhere(self, cast, path):
        assert active(navigation(cast, Role.REP, path).rail) == []

    def test_the_plus_offers_what_one_may_add(self, cast):
        offered = [place.key for place in navigation(cast, Role.REP).add]
        assert offered == ["add-visit", "add-deal", "add-complaint", "add-expense", "add-customer"]
        assert navigation(cast, Role.HR).add == ()

    def test_buttons_stand_where_there_is_no_page(self, cast):
        dock = navigation(cast, Role.MANAGER).dock
        assert [entry.key for entry in dock if not entry.url] == ["add", "more"]
