"""Pages outside any company: the front door, the language, what machines ask for, and the operator's own."""

import re

import pytest
from django.db import OperationalError, connection

from accounts import services
from accounts.models import Company, Membership, User
from accounts.rules import Role
from common.tenancy import company_scope
from tests.accounts.pages import text
from tests.cast import PASSWORD
from tests.signing_in import BACKEND


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

    def test_health_tells_a_browser_with_a_session_that_the_database_is_away(self, client, cast, monkeypatch):
        client.force_login(cast.asha.user, backend=BACKEND)

        def away():
            raise OperationalError("connection refused")

        monkeypatch.setattr(connection, "ensure_connection", away)
        response = client.get("/healthz")
        monkeypatch.undo()
        assert (response.status_code, response.json()) == (503, {"status": "down"})

    def test_health_asks_nothing_about_the_visitor(self, client, cast, django_assert_num_queries):
        client.force_login(cast.asha.user, backend=BACKEND)
        with django_assert_num_queries(1):
            response = client.get("/healthz")
        assert (response.status_code, "Set-Cookie" in response) == (200, False)
        assert client.post("/healthz").status_code == 405

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
