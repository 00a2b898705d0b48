"""Pages of people: who sees whom, hiring, moving, leaving, inviting."""

from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from accounts.models import Invitation, Membership
from accounts.rules import Role
from common.tenancy import company_scope
from teams import services
from teams.models import Assignment, Person, Unit
from tests.teams.pages import APRIL, TODAY, path, text

pytestmark = pytest.mark.usefixtures("today")


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
            content = as_(member).get("/lantern/people/?as=xlsx&q=asha").content
            return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()

        rows = header(cast.hana)
        assert "Mobile number" in rows[0]
        assert [row[0] for row in rows[1:]] == ["Asha"]
        assert as_(cast.asha).get("/lantern/people/?as=xlsx").status_code == 403


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
