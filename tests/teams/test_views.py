"""Pages of the organisation: who sees whom, what the forms take, what they refuse."""

from datetime import date
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import Invitation, Membership
from accounts.rules import Role
from common.tenancy import company_scope
from teams import services
from teams.models import Assignment, CalendarException, Person, Task, Unit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TODAY = date(2026, 3, 2)
APRIL = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-03-02T09:00:00+08:00", tick=False):
        yield


@pytest.fixture
def as_(client):
    """Sign a member of the cast in and return the client."""

    def sign_in(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return sign_in


@pytest.fixture
def inside(cast):
    with company_scope(cast.lantern):
        yield cast


def text(response):
    return response.content.decode()


def path(member, rest=""):
    return f"/lantern/people/{member.person.pk}/{rest}"


class TestPeopleList:
    def names(self, response):
        return [row.name for row in response.context["page"].object_list]

    @pytest.mark.parametrize(
        ("who", "seen"),
        [
            ("asha", ["Asha"]),
            ("bela", ["Ada", "Asha", "Bela"]),
            ("dora", ["Ada", "Asha", "Bela", "Ben", "Boris", "Dora"]),
            ("hana", ["Ada", "Asha", "Bela", "Ben", "Boris", "Dora", "Hana"]),
        ],
    )
    def test_shows_who_is_in_sight(self, as_, cast, who, seen):
        response = as_(getattr(cast, who)).get("/lantern/people/")
        assert self.names(response) == seen
        assert "canary" not in text(response)

    @pytest.mark.parametrize(
        ("query", "seen"),
        [
            ("q=ash", ["Asha"]),
            ("q=E-be", ["Bela", "Ben"]),
            ("role=MANAGER", ["Bela", "Boris"]),
            ("stage=GROWTH", []),
            ("sort=-name", ["Hana", "Dora", "Boris", "Ben", "Bela", "Asha", "Ada"]),
            ("sort=unit", ["Dora", "Hana", "Ada", "Asha", "Bela", "Ben", "Boris"]),
            ("status=left", []),
            ("status=coming", []),
            ("q=%00", ["Ada", "Asha", "Bela", "Ben", "Boris", "Dora", "Hana"]),
            ("unit=99999999999999999999999999&role=x&sort=)&page=-1", ["Ada", "Asha", "Bela", "Ben", "Boris", "Dora", "Hana"]),
        ],
    )
    def test_is_narrowed_and_sorted(self, as_, cast, query, seen):
        assert self.names(as_(cast.hana).get(f"/lantern/people/?{query}")) == seen

    def test_a_unit_means_everything_below(self, as_, cast):
        response = as_(cast.hana).get(f"/lantern/people/?unit={cast.east.pk}")
        assert self.names(response) == ["Ada", "Asha", "Bela", "Ben", "Boris", "Dora"]

    def test_leavers_and_newcomers_are_asked_for(self, as_, cast):
        with company_scope(cast.lantern):
            services.end_employment(person=cast.ben.person, left_on=TODAY, reason="", by=None)
            services.hire(name="Nia", employee_number="9", unit=cast.one, role=Role.REP, hired_on=APRIL, by=None)
        client = as_(cast.hana)
        assert self.names(client.get("/lantern/people/?status=left")) == ["Ben"]
        assert self.names(client.get("/lantern/people/?status=coming")) == ["Nia"]
        assert "Ben" not in self.names(client.get("/lantern/people/"))

    def test_is_taken_away_without_what_one_may_not_see(self, as_, cast):
        def header(member):
            content = as_(member).get("/lantern/people/export/?q=asha").content
            return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()

        rows = header(cast.hana)
        assert "Mobile number" in rows[0]
        assert [row[0] for row in rows[1:]] == ["Asha"]
        assert as_(cast.asha).get("/lantern/people/export/").status_code == 403


class TestPerson:
    @pytest.mark.parametrize(
        ("who", "whom", "status"),
        [
            ("asha", "asha", 200),
            ("asha", "ada", 404),
            ("bela", "asha", 200),
            ("bela", "ben", 404),
            ("dora", "ben", 200),
            ("dora", "hana", 404),
            ("hana", "dora", 200),
            ("amir", "asha", 200),
            ("amir", "chandra", 404),
        ],
    )
    def test_is_seen_by_who_leads_them(self, as_, cast, who, whom, status):
        assert as_(getattr(cast, who)).get(path(getattr(cast, whom))).status_code == status

    def test_shows_the_story_and_the_planned_transfer(self, as_, cast):
        with company_scope(cast.lantern):
            services.transfer(person=cast.asha.person, unit=cast.two, role=Role.MANAGER, from_day=APRIL, by=None)
        response = as_(cast.hana).get(path(cast.asha))
        assert [(s.unit_name, s.is_planned, s.is_running) for s in response.context["stations"]] == [
            ("Team Two", True, False),
            ("Team One", False, True),
        ]

    def test_own_page_leads_to_own_profile_even_for_who_has_no_place(self, as_, cast):
        assert "Asha" in text(as_(cast.asha).get("/lantern/people/me/"))
        assert "no place in the organisation" in text(as_(cast.amir).get("/lantern/people/me/"))

    @pytest.mark.parametrize(("hired", "days_left"), [(date(2025, 10, 1), 30), (date(2025, 9, 3), 1), (date(2025, 9, 2), None)])
    def test_the_end_of_the_survival_stage_is_announced(self, as_, cast, hired, days_left):
        with company_scope(cast.lantern):
            nia = services.hire(name="Nia", employee_number="9", unit=cast.one, role=Role.REP, hired_on=hired, by=None)
        decision = as_(cast.bela).get(f"/lantern/people/{nia.pk}/").context["decision"]
        assert (decision and decision.days_left) == days_left

    def test_people_edit_their_own_profile_but_not_their_name(self, as_, cast):
        as_(cast.asha).post("/lantern/people/me/edit/", {"strengths": "patience", "name": "Queen", "phone": "138 0013 8000"})
        with company_scope(cast.lantern):
            kept = Person.objects.get(pk=cast.asha.person.pk)
        assert (kept.name, kept.strengths, kept.phone) == ("Asha", "patience", "+8613800138000")

    @pytest.mark.parametrize(
        "given", [{"birthday": "2001-02-30"}, {"phone": "12"}, {"email": "x"}, {"hobbies": "x" * 201}, {"strengths": "a\0b"}]
    )
    def test_what_cannot_be_taken_is_said_at_the_field(self, as_, cast, given):
        response = as_(cast.asha).post("/lantern/people/me/edit/", given)
        assert response.status_code == 200
        assert list(response.context["form"].errors) == list(given)


class TestHire:
    def given(self, cast, **replaced):
        wanted = {"name": "Nia", "employee_number": "9", "unit": cast.one.pk, "role": "REP", "hired_on": "2026-03-02"}
        return wanted | replaced

    def test_places_a_new_person(self, as_, cast):
        response = as_(cast.hana).post("/lantern/people/hire/", self.given(cast))
        with company_scope(cast.lantern):
            nia = Person.objects.get(name="Nia")
        assert response.url == f"/lantern/people/{nia.pk}/"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("employee_number", "E-asha"),
            ("employee_number", ""),
            ("name", "x" * 81),
            ("name", "\0"),
            ("hired_on", "2026-02-30"),
            ("hired_on", "0001-01-01"),
            ("hired_on", "9999-12-31"),
            ("role", "KING"),
            ("unit", "99999999999999999999999"),
            ("phone", "1" * 41),
            ("email", "a" * 250 + "@example.com"),
        ],
    )
    def test_what_cannot_be_taken_is_said_at_the_field(self, as_, cast, field, value):
        response = as_(cast.hana).post("/lantern/people/hire/", self.given(cast, **{field: value}))
        assert response.status_code == 200
        assert list(response.context["form"].errors) == [field]
        with company_scope(cast.lantern):
            assert Person.objects.count() == 7

    def test_a_rivals_unit_cannot_be_chosen(self, as_, cast):
        with company_scope(cast.rival):
            foreign = Unit.objects.get()
        response = as_(cast.hana).post("/lantern/people/hire/", self.given(cast, unit=foreign.pk))
        assert list(response.context["form"].errors) == ["unit"]

    @pytest.mark.parametrize("who", ["asha", "bela", "dora"])
    def test_is_for_hr(self, as_, cast, who):
        assert as_(getattr(cast, who)).post("/lantern/people/hire/", self.given(cast)).status_code == 403


class TestMoves:
    def test_the_effect_is_said_beforehand(self, as_, cast):
        query = f"unit={cast.two.pk}&role=MANAGER&from_day=2026-02-01"
        effect = text(as_(cast.hana).get(path(cast.asha, f"transfer/effect/?{query}")))
        assert "on count for Team Two" in effect
        assert "stays with Team One" in effect
        assert "The day is past" in effect
        assert "The role becomes Manager" in effect

    def test_a_transfer_of_today_changes_the_sign_in_too(self, as_, cast):
        given = {"unit": cast.two.pk, "role": "MANAGER", "from_day": "2026-03-02"}
        assert as_(cast.hana).post(path(cast.asha, "transfer/"), given).status_code == 302
        with company_scope(cast.lantern):
            assert Membership.objects.get(pk=cast.asha.membership.pk).role == Role.MANAGER
            assert Assignment.objects.filter(person=cast.asha.person).count() == 2

    @pytest.mark.parametrize(
        ("replaced", "field"),
        [
            ({"from_day": "2020-01-01"}, "from_day"),
            ({"unit": "one", "from_day": "2026-03-02"}, "unit"),
            ({"from_day": "tomorrow"}, "from_day"),
        ],
    )
    def test_a_transfer_that_cannot_be_is_refused_at_the_field(self, as_, cast, replaced, field):
        given = {"unit": cast.two.pk, "role": "REP", "from_day": "2026-03-02"} | replaced
        if given["unit"] == "one":
            given["unit"] = cast.one.pk
        response = as_(cast.hana).post(path(cast.asha, "transfer/"), given)
        assert list(response.context["form"].errors) == [field]
        with company_scope(cast.lantern):
            assert Assignment.objects.filter(person=cast.asha.person).count() == 1

    def test_a_transfer_is_withdrawn(self, as_, cast):
        with company_scope(cast.lantern):
            moved = services.transfer(person=cast.asha.person, unit=cast.two, role=Role.REP, from_day=APRIL, by=None)
        as_(cast.hana).post(f"/lantern/people/assignments/{moved.pk}/withdraw/")
        with company_scope(cast.lantern):
            assert Assignment.objects.get(person=cast.asha.person).ends_before is None

    def test_the_last_day_is_the_last_day_at_work(self, as_, cast):
        as_(cast.hana).post(path(cast.asha, "leave/"), {"last_day": "2026-03-31", "reason": "moved away"})
        with company_scope(cast.lantern):
            assert Person.objects.get(pk=cast.asha.person.pk).left_on == APRIL
        page = text(as_(cast.bela).get(path(cast.asha)))
        assert "2026-03-31" in page
        assert "moved away" not in page
        assert "moved away" in text(as_(cast.hana).get(path(cast.asha)))

    def test_who_has_left_is_kept_out_and_can_come_back(self, as_, cast):
        client = as_(cast.hana)
        client.post(path(cast.asha, "leave/"), {"last_day": "2026-03-01", "reason": ""})
        with company_scope(cast.lantern):
            assert not Membership.objects.get(pk=cast.asha.membership.pk).is_active
        client.post(path(cast.asha, "rehire/"), {"unit": cast.two.pk, "role": "REP", "from_day": "2026-03-02"})
        with company_scope(cast.lantern):
            assert Person.objects.get(pk=cast.asha.person.pk).left_on is None
            assert Membership.objects.get(pk=cast.asha.membership.pk).is_active

    @pytest.mark.parametrize("rest", ["transfer/", "leave/", "rehire/", "edit/", "transfer/effect/"])
    def test_are_for_hr(self, as_, cast, rest):
        assert as_(cast.bela).get(path(cast.asha, rest)).status_code == 403
        assert as_(cast.bela).get(path(cast.ben, rest)).status_code == 404


class TestOrganisation:
    def test_shows_heads_headcounts_and_warnings(self, as_, cast):
        [root] = as_(cast.hana).get("/lantern/people/organisation/").context["nodes"]
        east = root.children[0]
        one, two = east.children
        assert (root.headcount, east.headcount, one.headcount) == (7, 6, 3)
        assert ([h.name for h in east.heads], [h.name for h in one.heads]) == (["Dora"], ["Bela"])
        assert one.span_warning == "TOO_NARROW"
        with company_scope(cast.lantern):
            services.end_employment(person=cast.boris.person, left_on=TODAY, reason="", by=None)
        [root] = as_(cast.hana).get("/lantern/people/organisation/").context["nodes"]
        assert root.children[0].children[1].is_headless

    def test_begins_where_one_leads(self, as_, cast):
        assert [node.unit.name for node in as_(cast.dora).get("/lantern/people/organisation/").context["nodes"]] == ["East"]
        assert as_(cast.asha).get("/lantern/people/organisation/").context["nodes"] == []

    @pytest.mark.parametrize(("who", "unit", "status"), [("bela", "one", 200), ("bela", "two", 404), ("bela", "root", 404)])
    def test_a_unit_out_of_sight_is_unknown(self, as_, cast, who, unit, status):
        client = as_(getattr(cast, who))
        assert client.get(f"/lantern/people/units/{getattr(cast, unit).pk}/").status_code == status

    def test_is_changed_by_the_admin(self, as_, cast):
        client = as_(cast.amir)
        client.post("/lantern/people/units/add/", {"name": "Three", "kind": "TEAM", "parent": cast.west.pk})
        with company_scope(cast.lantern):
            three = Unit.objects.get(name="Three")
        client.post(f"/lantern/people/units/{three.pk}/rename/", {"name": "Drei"})
        client.post(f"/lantern/people/units/{three.pk}/move/", {"parent": cast.east.pk})
        client.post(f"/lantern/people/units/{three.pk}/close/", {"closed_on": "2026-03-02"})
        with company_scope(cast.lantern):
            three = Unit.objects.get(pk=three.pk)
        assert (three.name, three.parent_id, three.closed_on) == ("Drei", cast.east.pk, TODAY)
        client.post(f"/lantern/people/units/{three.pk}/reopen/")
        with company_scope(cast.lantern):
            assert Unit.objects.get(pk=three.pk).closed_on is None

    @pytest.mark.parametrize(
        ("rest", "given"),
        [
            ("move/", {"parent": "one"}),
            ("move/", {"parent": "east"}),
            ("close/", {"closed_on": "2026-03-02"}),
            ("rename/", {"name": "West"}),
        ],
    )
    def test_refuses_what_would_break_it(self, as_, cast, rest, given):
        if "parent" in given:
            given = {"parent": getattr(cast, given["parent"]).pk}
        response = as_(cast.amir).post(f"/lantern/people/units/{cast.east.pk}/{rest}", given)
        assert response.context["form"].errors
        with company_scope(cast.lantern):
            kept = Unit.objects.get(pk=cast.east.pk)
        assert (kept.name, kept.parent_id, kept.closed_on) == ("East", cast.root.pk, None)

    @pytest.mark.parametrize("who", ["bela", "dora", "hana"])
    def test_is_not_changed_by_others(self, as_, cast, who):
        client = as_(getattr(cast, who))
        for rest in ("rename/", "move/", "close/"):
            assert client.get(f"/lantern/people/units/{cast.one.pk}/{rest}").status_code in {403, 404}
        assert client.get("/lantern/people/units/add/").status_code == 403


class TestInvite:
    def test_makes_a_link_shown_once_and_sends_it(self, as_, cast, mailoutbox):
        with company_scope(cast.lantern):
            nia = services.hire(name="Nia", employee_number="9", unit=cast.one, role=Role.REP, hired_on=TODAY, by=None)
        client = as_(cast.amir)
        assert f'<option value="{nia.pk}" selected' in text(client.get(f"/lantern/people/invite/?person={nia.pk}"))
        response = client.post("/lantern/people/invite/", {"person": nia.pk, "role": "REP", "email": "nia@example.com"})
        link = response.context["link"]
        assert link.startswith("http://testserver/join/lantern/")
        assert link in text(response)
        assert link in mailoutbox[0].body
        chosen = {"name": "Nia", "password": "maple-harbour-19", "password_again": "maple-harbour-19"}
        client.logout()
        client.post(link.removeprefix("http://testserver"), chosen)
        with company_scope(cast.lantern):
            assert Person.objects.get(pk=nia.pk).membership.user.email == "nia@example.com"

    def test_sends_it_whatever_the_company_is_called(self, as_, cast, mailoutbox):
        type(cast.lantern).objects.filter(pk=cast.lantern.pk).update(name="Lantern\r\nBcc: evil@example.com")
        given = {"name": "Nia", "role": "REP", "email": "nia@example.com"}
        assert as_(cast.amir).post("/lantern/people/invite/", given).status_code == 200
        assert [(mail.to, "Bcc" in mail.message()) for mail in mailoutbox] == [(["nia@example.com"], False)]

    @pytest.mark.parametrize(
        "given",
        [
            {"name": "Nia", "role": "REP"},
            {"role": "REP", "email": "nia@example.com"},
            {"name": "Nia", "role": "REP", "email": "asha@example.com"},
            {"name": "Nia", "role": "REP", "phone": "12"},
            {"name": "Nia", "role": "KING", "email": "nia@example.com"},
        ],
    )
    def test_what_cannot_be_taken_is_said_at_the_field(self, as_, cast, given):
        response = as_(cast.amir).post("/lantern/people/invite/", given)
        assert response.context["form"].errors
        with company_scope(cast.lantern):
            assert not Invitation.objects.exists()

    def test_is_for_the_admin(self, as_, cast):
        assert as_(cast.hana).get("/lantern/people/invite/").status_code == 403


class TestCalendar:
    def test_shows_holidays_make_up_days_and_counts(self, as_, cast):
        response = as_(cast.asha).get("/lantern/people/calendar/?year=2025")
        days = {day.day: day for month in response.context["months"] for week in month.weeks for day in week if day}
        assert len(days) == 365
        assert (days[date(2025, 1, 29)].kind, days[date(2025, 1, 26)].kind) == ("holiday", "make_up")
        assert response.context["months"][0].working_days == 19
        assert sum(month.working_days for month in response.context["months"]) == response.context["total"]

    @pytest.mark.parametrize("year", ["", "0000", "99999", "-1", "٢٠٢٥", "abcd", "\0"])
    def test_shows_some_year_whatever_is_asked(self, as_, cast, year):
        assert as_(cast.asha).get("/lantern/people/calendar/", {"year": year}).status_code == 200

    def test_exceptions_are_set_and_removed_by_the_admin(self, as_, cast):
        client = as_(cast.amir)
        given = {"day": "2026-03-07", "is_working": "working", "name": "Stocktaking"}
        assert client.post("/lantern/people/calendar/exceptions/", given).url == "/lantern/people/calendar/?year=2026"
        with company_scope(cast.lantern):
            exception = CalendarException.objects.get()
        page = client.get("/lantern/people/calendar/")
        assert "Stocktaking" in text(page)
        assert page.context["months"][2].working_days == 23
        client.post(f"/lantern/people/calendar/exceptions/{exception.pk}/remove/")
        assert client.get("/lantern/people/calendar/").context["months"][2].working_days == 22

    @pytest.mark.parametrize(
        "given",
        [
            {"day": "2026-02-30", "is_working": "free", "name": "x"},
            {"day": "2026-02-03", "is_working": "maybe", "name": "x"},
            {"day": "2026-02-03", "is_working": "free", "name": ""},
            {"day": "2026-02-03", "is_working": "free", "name": "x" * 81},
            {"day": "9999-02-03", "is_working": "free", "name": "x"},
        ],
    )
    def test_what_cannot_be_taken_is_said_at_the_field(self, as_, cast, given):
        response = as_(cast.amir).post("/lantern/people/calendar/exceptions/", given)
        assert response.status_code == 422
        assert response.context["form"].errors
        with company_scope(cast.lantern):
            assert not CalendarException.objects.exists()

    def test_others_only_look(self, as_, cast):
        given = {"day": "2026-03-07", "is_working": "working", "name": "x"}
        assert as_(cast.hana).post("/lantern/people/calendar/exceptions/", given).status_code == 403


class TestTasks:
    def given(self, cast, **replaced):
        wanted = {"title": "Call back", "owner": cast.asha.person.pk, "due_on": "2026-03-05"}
        return wanted | {"client_ref": "6f1d5f0e-5b0a-4f0e-8d5e-3a4b5c6d7e8f"} | replaced

    def test_a_double_press_makes_one(self, as_, cast):
        client = as_(cast.bela)
        for _press in range(2):
            assert client.post("/lantern/people/tasks/add/", self.given(cast)).status_code == 302
        with company_scope(cast.lantern):
            assert Task.objects.count() == 1

    def test_are_given_only_to_who_is_in_sight(self, as_, cast):
        for owner in (cast.ben, cast.chandra):
            response = as_(cast.bela).post("/lantern/people/tasks/add/", self.given(cast, owner=owner.person.pk))
            assert list(response.context["form"].errors) == ["owner"]
        response = as_(cast.asha).post("/lantern/people/tasks/add/", self.given(cast, owner=cast.ada.person.pk))
        assert list(response.context["form"].errors) == ["owner"]
        with company_scope(cast.lantern):
            assert not Task.objects.exists()

    @pytest.fixture
    def task(self, cast):
        with company_scope(cast.lantern):
            return services.assign_task(title="Call back", owner=cast.asha.person, due_on=TODAY, by=cast.bela.user)

    def status(self, cast, task):
        with company_scope(cast.lantern):
            return Task.objects.get(pk=task.pk).status

    def test_are_ticked_off_and_opened_again(self, as_, cast, task):
        client = as_(cast.asha)
        client.post(f"/lantern/people/tasks/{task.pk}/complete/")
        assert self.status(cast, task) == "DONE"
        assert "Call back" in text(client.get("/lantern/people/tasks/?status=DONE"))
        client.post(f"/lantern/people/tasks/{task.pk}/reopen/")
        assert self.status(cast, task) == "OPEN"

    @pytest.mark.parametrize(("who", "status"), [("ada", 404), ("boris", 404), ("hana", 403), ("chandra", 404), ("bela", 302)])
    def test_are_touched_by_the_owner_and_who_leads_them(self, as_, cast, task, who, status):
        assert as_(getattr(cast, who)).post(f"/lantern/people/tasks/{task.pk}/cancel/").status_code == status
        assert self.status(cast, task) == ("CANCELLED" if status == 302 else "OPEN")

    def test_lists_mine_or_my_peoples(self, as_, cast, task):
        assert list(as_(cast.bela).get("/lantern/people/tasks/").context["page"]) == []
        assert list(as_(cast.bela).get("/lantern/people/tasks/?of=team").context["page"]) == [task]
        assert list(as_(cast.asha).get("/lantern/people/tasks/").context["page"]) == [task]
        assert list(as_(cast.boris).get("/lantern/people/tasks/?of=team").context["page"]) == []
        assert as_(cast.amir).get("/lantern/people/tasks/").status_code == 200

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", "x" * 201),
            ("title", "a\0"),
            ("due_on", "2026-02-30"),
            ("note", "x" * 2001),
            ("client_ref", "x"),
        ],
    )
    def test_what_cannot_be_taken_is_said_at_the_field(self, as_, cast, field, value):
        response = as_(cast.bela).post("/lantern/people/tasks/add/", self.given(cast, **{field: value}))
        assert list(response.context["form"].errors) == [field]

    def test_a_press_takes_what_is_no_route_for_an_address(self, as_, cast, task):
        assert as_(cast.asha).post(f"/lantern/people/tasks/{task.pk}/complete/", {"next": "nowhere"}).url == "nowhere"

    def test_a_press_leads_to_no_foreign_page(self, as_, cast, task):
        response = as_(cast.asha).post(f"/lantern/people/tasks/{task.pk}/complete/", {"next": "https://evil.example/"})
        assert response.url == "/lantern/people/tasks/"


class TestCosts:
    @pytest.mark.parametrize(
        "page",
        [
            "people/",
            "people/organisation/",
            "people/units/{unit}/",
            "people/tasks/?of=team",
            "settings/members/",
            "settings/audit/",
            "people/invite/",
        ],
    )
    def test_a_page_asks_the_database_as_often_for_few_rows_as_for_many(self, as_, cast, page, django_assert_num_queries):
        client = as_(cast.amir)
        path = f"/lantern/{page}".format(unit=cast.one.pk)

        def grow(count, prefix):
            with company_scope(cast.lantern):
                for number in range(count):
                    unit = services.add_unit(name=f"{prefix}{number}", kind=Unit.Kind.TEAM, parent=cast.one, by=cast.amir.user)
                    for place in (unit, cast.one):
                        nia = services.hire(
                            name=f"N{number}",
                            employee_number=f"{prefix}{number}{place.pk}",
                            unit=place,
                            role=Role.REP,
                            hired_on=TODAY,
                            by=cast.hana.user,
                        )
                    services.assign_task(title="Call", owner=nia, due_on=APRIL, by=cast.bela.user)
                    services.invite_person(
                        person=nia, role=Role.REP, email=f"{prefix}{number}@example.com", now=timezone.now(), by=cast.amir.user
                    )

        grow(2, "a")
        client.get(path)
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        grow(8, "b")
        with django_assert_num_queries(len(few)):
            client.get(path)
