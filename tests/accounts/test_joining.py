"""Joining a company by a link."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services
from accounts.models import Membership, User
from accounts.rules import Role
from common.tenancy import company_scope
from tests.accounts.pages import text
from tests.signing_in import BACKEND

DAY = timedelta(days=1)


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
    return re.sub(r'(csrfmiddlewaretoken" value|csrf-token" content)="[^"]+"', "", page)
