"""A company's settings, its members and its audit trail."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts import services
from accounts.models import Company, Invitation, Membership, User
from accounts.rules import Role
from common.tenancy import company_scope
from credits.models import Closing
from tests.accounts.pages import text

DAY = timedelta(days=1)
WEEK_AND_WEIGHTS = {"working_weekdays": [1, 2, 3, 4, 5], "complaint_weights": "1, 2, 3"}


class TestCompanySettings:
    def given(self, cast, **replaced):
        names = (
            "name",
            "time_zone",
            "currency",
            "country",
            "fiscal_year_starts_in",
            "review_weekday",
            "visit_minimum_minutes",
            "span_of_control_from",
            "span_of_control_to",
            "ranking_minimum",
            "adjustment_approval",
        )
        return {name: getattr(cast.lantern, name) for name in names} | WEEK_AND_WEIGHTS | replaced

    def test_are_changed_by_the_admin(self, as_, cast):
        given = self.given(cast, working_weekdays=[1, 2, 3, 4, 5, 6], fiscal_year_starts_in=4)
        assert as_(cast.amir).post("/lantern/settings/", given).status_code == 302
        company = Company.objects.get(pk=cast.lantern.pk)
        assert (company.working_weekdays, company.fiscal_year_starts_in) == ([1, 2, 3, 4, 5, 6], 4)

    def test_keep_the_fiscal_year_once_a_period_is_closed(self, as_, cast):
        with company_scope(cast.lantern):
            Closing.objects.create(starts_on=date(2026, 1, 1), ends_before=date(2026, 4, 1))
        response = as_(cast.amir).post("/lantern/settings/", self.given(cast, fiscal_year_starts_in=4))
        assert response.status_code == 200
        assert "2026-03-31" in response.context["form"].errors["fiscal_year_starts_in"][0]
        assert Company.objects.get(pk=cast.lantern.pk).fiscal_year_starts_in == 1
        assert as_(cast.amir).post("/lantern/settings/", self.given(cast, name="Lanterns")).status_code == 302

    @pytest.mark.parametrize(
        "replaced",
        [
            {"name": ""},
            {"name": "x" * 121},
            {"name": "a\0b"},
            {"time_zone": "Mars/Base"},
            {"currency": "XXX"},
            {"fiscal_year_starts_in": 13},
            {"visit_minimum_minutes": 10**40},
            {"visit_minimum_minutes": -1},
            {"visit_minimum_minutes": "NaN"},
            {"span_of_control_from": 9, "span_of_control_to": 3},
            {"working_weekdays": [8]},
            {"working_weekdays": []},
        ],
    )
    def test_refuse_what_cannot_be(self, as_, cast, replaced):
        response = as_(cast.amir).post("/lantern/settings/", self.given(cast, **replaced))
        assert response.status_code == 200
        assert response.context["form"].errors
        kept = Company.objects.get(pk=cast.lantern.pk)
        assert kept.__dict__ | {"_state": None} == cast.lantern.__dict__ | {"_state": None}

    def test_the_page_goes_on_naming_the_company_as_it_is(self, as_, cast):
        page = text(as_(cast.amir).post("/lantern/settings/", self.given(cast, name="Mistyped", currency="XXX")))
        assert "<title>Company settings · Lantern Ltd.</title>" in page

    @pytest.mark.parametrize("who", ["asha", "bela", "dora", "hana"])
    def test_are_no_business_of_others(self, as_, cast, who):
        client = as_(getattr(cast, who))
        for path in ("", "members/", "audit/", "audit/?as=xlsx"):
            assert client.get(f"/lantern/settings/{path}").status_code == 403


class TestMembers:
    def test_are_listed_with_their_invitations(self, as_, cast):
        with company_scope(cast.lantern):
            services.invite(name="Nia", email="nia@example.com", role=Role.REP, now=timezone.now(), by=cast.amir.user)
        page = text(as_(cast.amir).get("/lantern/settings/members/"))
        assert "nia@example.com" in page
        assert "asha@example.com" in page
        assert "canary" not in page

    def test_get_another_role(self, as_, cast):
        as_(cast.amir).post(f"/lantern/settings/members/{cast.asha.membership.pk}/role/", {"role": "MANAGER"})
        with company_scope(cast.lantern):
            assert Membership.objects.get(pk=cast.asha.membership.pk).role == Role.MANAGER

    def test_the_last_admin_is_kept_with_a_reason(self, as_, cast):
        response = as_(cast.amir).post(f"/lantern/settings/members/{cast.amir.membership.pk}/deactivate/", follow=True)
        assert "last admin" in text(response)
        with company_scope(cast.lantern):
            assert Membership.objects.get(pk=cast.amir.membership.pk).is_active

    def test_of_another_company_are_out_of_reach(self, as_, cast):
        client = as_(cast.amir)
        for act in ("role", "deactivate", "reactivate", "password-link"):
            path = f"/lantern/settings/members/{cast.chandra.membership.pk}/{act}/"
            assert client.post(path, {"role": "ADMIN"}).status_code == 404
        with company_scope(cast.rival):
            assert Membership.objects.get(pk=cast.chandra.membership.pk).role == Role.REP

    def test_get_a_password_link_from_the_admin(self, as_, cast):
        path = f"/lantern/settings/members/{cast.asha.membership.pk}/password-link/"
        response = as_(cast.amir).post(path)
        assert response.context["link"].startswith("http://testserver/accounts/password/reset/key/")
        assert response.context["link"] in text(response)
        assert as_(cast.hana).post(path).status_code == 403
        assert as_(cast.rex).post(path.replace("lantern", "rival")).status_code == 404

    def test_sign_in_with_a_corrected_address(self, as_, cast, client):
        user = cast.asha.user
        user.set_password("maple-harbour-19")
        user.save()
        path = f"/lantern/settings/members/{cast.asha.membership.pk}/sign-in/"
        admin = as_(cast.amir)
        assert path in text(admin.get("/lantern/settings/members/"))
        assert admin.post(path, {"email": "asha.new@example.com"}).status_code == 302
        client.logout()
        for address, is_in in (("asha@example.com", False), ("asha.new@example.com", True)):
            client.post("/accounts/login/", {"login": address, "password": "maple-harbour-19"})
            assert ("_auth_user_id" in client.session) is is_in

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"email": "ada@example.com"}, "email"),
            ({"email": "asha@example.com", "phone": "138 0013 8000"}, "phone"),
            ({"email": "nobody"}, "email"),
            ({"email": "a\x00b@example.com"}, "email"),
            ({"phone": "12"}, "phone"),
            ({"email": "", "phone": ""}, "email"),
        ],
    )
    def test_a_sign_in_address_that_cannot_be_is_refused_at_its_field(self, as_, cast, given, field):
        User.objects.filter(pk=cast.ada.user.pk).update(phone="+8613800138000")
        response = as_(cast.amir).post(f"/lantern/settings/members/{cast.asha.membership.pk}/sign-in/", given)
        assert response.status_code == 422
        assert list(response.context["form"].errors) == [field]
        assert User.objects.get(pk=cast.asha.user.pk).email == "asha@example.com"

    def test_an_invitation_is_withdrawn(self, as_, cast):
        with company_scope(cast.lantern):
            invitation, _token = services.invite(
                name="Nia", email="nia@example.com", role=Role.REP, now=timezone.now(), by=cast.amir.user
            )
        as_(cast.amir).post(f"/lantern/settings/invitations/{invitation.pk}/withdraw/")
        with company_scope(cast.lantern):
            assert Invitation.objects.get().withdrawn_at


class TestAudit:
    @pytest.fixture
    def trail(self, cast):
        """Two entries of Lantern and one of the rival."""
        with company_scope(cast.lantern):
            services.change_company(company=cast.lantern, working_weekdays=[1, 2], currency="USD", by=cast.amir.user)
            services.change_role(membership=cast.asha.membership, role=Role.MANAGER, by=None)
        with company_scope(cast.rival):
            services.change_company(company=cast.rival, name="Othercanary", by=cast.rex.user)
        return cast

    def test_is_read_in_words(self, as_, trail):
        page = text(as_(trail.amir).get("/lantern/settings/audit/"))
        assert "Monday, Tuesday" in page
        assert "<del>Rep</del> → <ins>Manager</ins>" in page
        assert "working_weekdays" not in page
        assert "canary" not in page

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", 2),
            ("by=system", 1),
            ("kind=accounts.company", 1),
            ("q=asha", 1),
            ("verb=role_changed", 1),
            ("verb=founded", 0),
            ("verb=%27%20OR%201", 2),
            ("from_day=2100-01-01", 0),
            ("to_day=2001-01-01", 0),
            ("from_day=2023-02-30", 2),
            ("by=999999999999999999999999", 2),
            ("q=%00", 2),
            ("page=10000000000000000000000", 2),
        ],
    )
    def test_is_filtered(self, as_, trail, query, shown):
        response = as_(trail.amir).get(f"/lantern/settings/audit/?{query}")
        assert response.status_code == 200
        assert len(response.context["lines"]) == shown

    def test_is_taken_away_as_it_is_shown(self, as_, trail):
        response = as_(trail.amir).get("/lantern/settings/audit/?as=xlsx&kind=accounts.membership")
        rows = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()
        assert rows[0][:2] == ["When", "Who"]
        assert [row[5] for row in rows[1:]] == ["Role: Rep → Manager"]

    def test_days_are_the_companys(self, as_, cast):
        import time_machine

        with time_machine.travel(datetime(2026, 3, 31, 20, 0, tzinfo=UTC)), company_scope(cast.lantern):
            services.change_role(membership=cast.asha.membership, role=Role.MANAGER, by=None)
        client = as_(cast.amir)
        assert len(client.get("/lantern/settings/audit/?from_day=2026-04-01&to_day=2026-04-01").context["lines"]) == 1
        assert len(client.get("/lantern/settings/audit/?to_day=2026-03-31").context["lines"]) == 0
