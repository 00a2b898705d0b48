"""Pages of the tree, the working calendar and tasks, and what they cost."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.rules import Role
from common.tenancy import company_scope
from credits.services import close_period
from teams import services
from teams.models import CalendarException, Task, Unit
from teams.queries import names_in_sight, sight_of
from tests.teams.pages import APRIL, TODAY, text

pytestmark = pytest.mark.usefixtures("today")


def test_units_are_chosen_in_the_order_of_the_tree(cast):
    with company_scope(cast.lantern):
        cast.west.position, cast.two.position = 0, 9
        for unit in (cast.west, cast.two):
            unit.save()
        names = names_in_sight(sight_of(membership=cast.hana.membership, on=TODAY))
        assert [name for _pk, name in names.units] == ["Lantern", "West", "East", "Team One", "Team Two"]


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
        client.post(f"/lantern/people/units/{three.pk}/move/", {"parent": cast.east.pk, "from_day": "2026-03-02"})
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

    def test_keeps_closed_days_as_they_are_and_says_so(self, as_, cast):
        client, given = as_(cast.amir), {"day": "2026-03-07", "is_working": "working", "name": "Stocktaking"}
        client.post("/lantern/people/calendar/exceptions/", given)
        with company_scope(cast.lantern):
            close_period(ends_before=date(2026, 4, 1), today=date(2026, 4, 2), by=None)
            exception = CalendarException.objects.get()
        answer = client.post("/lantern/people/calendar/exceptions/", given | {"is_working": "free"})
        assert (answer.status_code, "day" in answer.context["form"].errors) == (422, True)
        answer = client.post(f"/lantern/people/calendar/exceptions/{exception.pk}/remove/", follow=True)
        assert "2026-04-01" in text(answer)
        with company_scope(cast.lantern):
            assert CalendarException.objects.get().is_working

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
