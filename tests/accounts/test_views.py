"""Pages of accounts: the way in, the switcher, joining by a link, set-up and the audit trail."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.core import mail
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts import services
from accounts.models import Company, Invitation, Membership, User
from accounts.rules import DEMO_PASSWORD, Role
from common.tenancy import company_scope
from tests.cast import PASSWORD

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DAY = timedelta(days=1)


@pytest.fixture
def client(client):
    """A browser that has chosen English before signing in."""
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def as_(client):
    """Sign a member of the cast in and return the client."""

    def sign_in(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return sign_in


def text(response):
    return response.content.decode()


@pytest.fixture
def pia(cast):
    """A member of Lantern Ltd. with a password, an e-mail address and a phone number."""
    user = services.add_user(name="Pia", email="pia@example.com", phone="138 0013 8000", password=PASSWORD, language="en")
    with company_scope(cast.lantern):
        services.add_member(user=user, role=Role.HR, by=None)
    return user


def sign_in(client, login, password=PASSWORD):
    return client.post("/accounts/login/", {"login": login, "password": password})


class TestSignIn:
    @pytest.mark.parametrize(
        "login", ["pia@example.com", " PIA@example.com ", "13800138000", "138 0013 8000", "+86 138-0013-8000"]
    )
    def test_knows_people_by_e_mail_and_by_phone_number(self, client, pia, login):
        response = sign_in(client, login)
        assert (response.status_code, response.url) == (302, "/")
        assert client.session["_auth_user_id"] == str(pia.pk)

    @pytest.mark.parametrize(
        "login", ["pia@example.com", "nobody@example.com", "13800138000", "13900139000", "张三", "x" * 300, "a\0b"]
    )
    def test_says_no_in_the_form(self, client, pia, login):
        response = sign_in(client, login, "wrong")
        assert response.status_code == 200
        assert response.context["form"].errors
        assert "_auth_user_id" not in client.session

    def test_is_slowed_down_after_failures(self, client, pia):
        for _try in range(5):
            sign_in(client, "pia@example.com", "wrong")
        response = sign_in(client, "pia@example.com")
        assert "_auth_user_id" not in client.session
        assert "Too many" in text(response)

    def test_nobody_signs_up_by_themselves(self, client, db):
        client.post("/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD})
        assert not User.objects.exists()

    def test_addresses_are_not_changed_behind_the_admins_back(self, as_, cast):
        for path in ("email/", "phone/change/", "phone/verify/", "confirm-email/"):
            assert as_(cast.asha).get(f"/accounts/{path}").status_code == 404

    def test_a_forgotten_password_is_set_anew_by_e_mail(self, client, pia):
        client.post("/accounts/password/reset/", {"email": "pia@example.com"})
        [sent] = mail.outbox
        link = next(word for word in sent.body.split() if "/password/reset/key/" in word)
        form = client.get(link.removeprefix("http://testserver"), follow=True)
        client.post(form.redirect_chain[-1][0], {"password1": "maple-harbour-19", "password2": "maple-harbour-19"})
        assert sign_in(client, "pia@example.com", "maple-harbour-19").status_code == 302

    def test_a_stranger_gets_no_mail(self, client, pia):
        client.post("/accounts/password/reset/", {"email": "stranger@example.com"})
        assert mail.outbox == []

    def test_signing_out_needs_a_press(self, as_, cast):
        client = as_(cast.asha)
        client.get("/accounts/logout/")
        assert "_auth_user_id" in client.session
        client.post("/accounts/logout/")
        assert "_auth_user_id" not in client.session


class TestSecondFactor:
    def codes(self, user):
        from allauth.mfa.models import Authenticator
        from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time

        totp = TOTP(Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP))
        secret = totp.instance.data["secret"]
        return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    def test_is_asked_for_once_it_is_on(self, client, pia):
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

        TOTP.activate(pia, generate_totp_secret())
        response = sign_in(client, "13800138000")
        assert response.url == "/accounts/2fa/authenticate/"
        assert "_auth_user_id" not in client.session
        assert client.post(response.url, {"code": "000000"}).status_code == 200
        assert "_auth_user_id" not in client.session
        assert client.post(response.url, {"code": self.codes(pia)}).status_code == 302
        assert client.session["_auth_user_id"] == str(pia.pk)

    def test_can_be_turned_on_after_typing_the_password(self, client, pia):
        from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

        sign_in(client, "pia@example.com")
        asked = client.get("/accounts/2fa/totp/activate/").url
        assert client.post(asked, {"password": "wrong"}).status_code == 200
        client.post(asked, {"password": PASSWORD})
        page = client.get("/accounts/2fa/totp/activate/")
        code = format_hotp_value(hotp_value(page.context["form"].secret, next(iter(yield_hotp_counters_from_time()))))
        assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
        assert client.get("/accounts/2fa/recovery-codes/").status_code == 200


class TestFrontDoor:
    def test_leads_to_the_only_company(self, as_, cast):
        assert as_(cast.asha).get("/").url == "/lantern/"

    def test_asks_which_one_and_names_no_other(self, as_, cast):
        with company_scope(Company.objects.create(name="Third Ltd.", slug="third")):
            Membership.objects.create(user=cast.asha.user, role=Role.ADMIN)
        client = as_(cast.asha)
        assert client.get("/").url == "/companies/"
        page = text(client.get("/companies/"))
        assert "/lantern/" in page
        assert "/third/" in page
        assert "canary" not in page

    def test_leaves_out_companies_that_let_nobody_in(self, as_, cast):
        with company_scope(cast.lantern):
            services.deactivate_member(membership=cast.asha.membership, by=None)
        page = text(as_(cast.asha).get("/companies/"))
        assert "/lantern/" not in page
        assert "No company yet" in page
        assert as_(cast.asha).get("/lantern/").status_code == 404

    def test_asks_strangers_to_sign_in(self, client, db):
        assert client.get("/").url == "/accounts/login/?next=/"

    def test_knows_no_company_with_an_unprintable_name(self, as_, cast):
        assert as_(cast.asha).get("/lan%00tern/").status_code == 404

    def test_finds_the_company_without_the_last_slash(self, as_, cast):
        assert as_(cast.asha).get("/lantern").url == "/lantern/"
        assert as_(cast.chandra).get("/lantern").status_code == 404


class TestLanguage:
    def test_is_kept_for_the_user(self, as_, cast):
        response = as_(cast.asha).post("/language/", {"language": "zh-hans", "next": "/companies/"})
        assert response.url == "/companies/"
        assert User.objects.get(pk=cast.asha.user.pk).language == "zh-hans"

    def test_is_kept_in_the_browser_before_sign_in(self, client, db):
        client.post("/language/", {"language": "en", "next": "/accounts/login/"})
        assert client.get("/accounts/login/").headers["Content-Language"] == "en"

    @pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
    def test_leads_to_no_foreign_page(self, client, db, onward):
        assert client.post("/language/", {"language": "xx", "next": onward}).url == "/"

    def test_takes_what_is_no_route_for_an_address(self, client, db):
        assert client.post("/language/", {"language": "en", "next": "nowhere"}).url == "nowhere"


class TestMachines:
    def test_health_tells_that_all_is_well_and_nothing_else(self, client, db):
        response = client.get("/healthz")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})

    def test_health_tells_that_the_broker_is_away(self, client, db, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        response = client.get("/healthz")
        assert (response.status_code, response.json()) == (503, {"status": "down"})

    def test_the_page_without_a_network_is_there_for_everybody(self, client, cast, settings):
        worker = (settings.BASE_DIR / "static/js/sw.js").read_text()
        (path,) = re.findall(r'const OFFLINE = "(.+)";', worker)
        stranger = client.get(path)
        client.force_login(cast.asha.user, backend=BACKEND)
        assert (stranger.status_code, client.get(path).status_code) == (200, 200)
        assert "Asha" not in client.get(path).content.decode()

    def test_the_service_worker_may_reach_every_page(self, client, db):
        response = client.get("/sw.js")
        assert response.headers["Content-Type"].startswith("text/javascript")
        assert response.headers["Service-Worker-Allowed"] == "/"


class TestJoin:
    @pytest.fixture
    def invited(self, cast):
        """An open invitation and the path of its link."""
        return self.invite(cast)

    def invite(self, cast, **replaced):
        wanted = {"name": "Nia", "email": "nia@example.com", "role": Role.REP, "now": timezone.now(), "by": cast.amir.user}
        with company_scope(cast.lantern):
            invitation, token = services.invite(**wanted | replaced)
        return invitation, f"/join/lantern/{token}/"

    def test_a_newcomer_sets_a_password_and_is_in(self, client, cast, invited):
        _invitation, link = invited
        assert "Lantern" in text(client.get(link))
        chosen = {"name": "Nia N.", "password": "maple-harbour-19", "password_again": "maple-harbour-19"}
        response = client.post(link, chosen)
        assert response.url == "/lantern/"
        user = User.objects.get(email="nia@example.com")
        assert client.session["_auth_user_id"] == str(user.pk)
        with company_scope(cast.lantern):
            assert Membership.objects.get(user=user).role == Role.REP
        assert client.get(link).status_code == 410

    @pytest.mark.parametrize(
        "chosen",
        [
            {"name": "Nia", "password": "12345678", "password_again": "12345678"},
            {"name": "Nia", "password": "maple-harbour-19", "password_again": "other"},
            {"name": "", "password": "maple-harbour-19", "password_again": "maple-harbour-19"},
            {"name": "N\0ia", "password": "maple-harbour-19", "password_again": "maple-harbour-19"},
            {"name": "N" * 81, "password": "maple-harbour-19", "password_again": "maple-harbour-19"},
        ],
    )
    def test_what_cannot_be_taken_is_said_at_the_field(self, client, invited, chosen):
        response = client.post(invited[1], chosen)
        assert response.status_code == 200
        assert response.context["form"].errors
        assert not User.objects.filter(email="nia@example.com").exists()

    def test_who_has_an_account_signs_in_with_it(self, client, cast, pia):
        _invitation, link = self.invite(cast, email=cast.chandra.user.email)
        page = text(client.get(link))
        assert "next=%2Fjoin%2Flantern%2F" in page
        client.post(link, {"name": "X", "password": "maple-harbour-19", "password_again": "maple-harbour-19"})
        with company_scope(cast.lantern):
            assert not Membership.objects.filter(user=cast.chandra.user).exists()
        client.force_login(cast.chandra.user, backend=BACKEND)
        assert client.get(link).status_code == 200
        assert client.post(link).url == "/lantern/"
        with company_scope(cast.lantern):
            assert Membership.objects.get(user=cast.chandra.user).role == Role.REP

    def test_an_expired_or_withdrawn_link_says_so(self, client, cast):
        old, old_link = self.invite(cast, now=timezone.now() - 15 * DAY)
        assert "expired" in text(client.get(old_link))
        invitation, link = self.invite(cast)
        with company_scope(cast.lantern):
            services.withdraw_invitation(invitation=invitation, now=timezone.now(), by=None)
        response = client.get(link)
        assert response.status_code == 410
        assert "withdrawn" in text(response)

    def test_an_unknown_company_and_an_unknown_link_are_answered_alike(self, client, invited):
        unknown_link = client.get("/join/lantern/nothing/")
        unknown_company = client.get("/join/nowhere/nothing/")
        own_of_another = client.get(invited[1].replace("lantern", "rival"))
        strip = lambda response: text(response).replace(response.wsgi_request.path, "")  # noqa: E731
        assert {r.status_code for r in (unknown_link, unknown_company, own_of_another)} == {404}
        assert without_tokens(strip(unknown_link)) == without_tokens(strip(unknown_company))

    def test_guessing_is_slowed_down(self, client, db):
        for _try in range(30):
            client.get("/join/lantern/nothing/")
        assert client.get("/join/lantern/nothing/").status_code == 429

    def test_who_comes_through_a_proxy_is_told_apart(self, client, db, settings):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        for _try in range(31):
            busy = client.get("/join/lantern/nothing/", headers={"x-forwarded-for": "203.0.113.7"})
        quiet = client.get("/join/lantern/nothing/", headers={"x-forwarded-for": "203.0.113.7, 203.0.113.8"})
        assert (busy.status_code, quiet.status_code) == (429, 404)


def without_tokens(page):
    import re

    return re.sub(r'(csrfmiddlewaretoken" value|csrf-token" content)="[^"]+"', "", page)


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
        )
        return {name: getattr(cast.lantern, name) for name in names} | {"working_weekdays": [1, 2, 3, 4, 5]} | replaced

    def test_are_changed_by_the_admin(self, as_, cast):
        given = self.given(cast, working_weekdays=[1, 2, 3, 4, 5, 6], fiscal_year_starts_in=4)
        assert as_(cast.amir).post("/lantern/settings/", given).status_code == 302
        company = Company.objects.get(pk=cast.lantern.pk)
        assert (company.working_weekdays, company.fiscal_year_starts_in) == ([1, 2, 3, 4, 5, 6], 4)

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
        for path in ("", "members/", "audit/", "audit/export/"):
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
        response = as_(trail.amir).get("/lantern/settings/audit/export/?kind=accounts.membership")
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


class TestDemoSignIns:
    def test_are_shown_in_the_demo_only(self, client, cast, settings):
        Company.objects.filter(pk=cast.lantern.pk).update(is_demo=True)
        assert DEMO_PASSWORD not in text(client.get("/accounts/login/"))
        settings.DEMO = True
        page = text(client.get("/accounts/login/"))
        assert DEMO_PASSWORD in page
        assert "asha@example.com" in page
        assert "canary" not in page


class TestPlatform:
    def test_shows_companies_and_accounts_to_operators_only(self, client, cast):
        operator = User.objects.create_superuser(email="op@example.com", name="Op", password=PASSWORD)
        client.force_login(operator, backend=BACKEND)
        assert "Lantern" in text(client.get("/platform/accounts/company/"))
        assert client.get("/lantern/").status_code == 404
        client.force_login(cast.amir.user, backend=BACKEND)
        assert client.get("/platform/accounts/company/").status_code in {302, 403}
        assert "Lantern" not in text(client.get("/platform/accounts/company/", follow=True))

    def test_operators_cannot_take_over_an_account(self, client, cast):
        operator = User.objects.create_superuser(email="op@example.com", name="Op", password=PASSWORD)
        client.force_login(operator, backend=BACKEND)
        given = {"name": "Asha", "email": "op2@example.com", "phone": "+8613800138000", "language": "en", "is_active": "on"}
        assert (
            client.post(f"/platform/accounts/user/{cast.asha.user.pk}/change/", given | {"is_staff": "on"}).status_code == 302
        )
        user = User.objects.get(pk=cast.asha.user.pk)
        assert (user.email, user.phone, user.is_staff) == ("asha@example.com", None, False)

    def test_knows_no_companys_data(self):
        from accounts.admin import platform

        assert {model.__name__ for model in platform._registry} == {"Company", "User"}
