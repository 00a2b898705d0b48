"""The way in: with an address and a password, a second factor, and as whom the demo lets one in."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError

from accounts.models import Company, User
from accounts.rules import DEMO_PASSWORD
from tests.accounts.pages import sign_in, text
from tests.cast import PASSWORD


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


class TestDemoSignIns:
    def test_are_shown_in_the_demo_only(self, client, cast, settings):
        Company.objects.filter(pk=cast.lantern.pk).update(is_demo=True)
        assert DEMO_PASSWORD not in text(client.get("/accounts/login/"))
        settings.DEMO = True
        page = text(client.get("/accounts/login/"))
        assert DEMO_PASSWORD in page
        assert "asha@example.com" in page
        assert "canary" not in page

    def test_open_nothing_outside_of_the_demo(self, client, cast, pia, settings):
        pia.set_password(DEMO_PASSWORD)
        pia.save()
        settings.DEMO = True
        assert sign_in(client, "pia@example.com", DEMO_PASSWORD).status_code == 302
        assert client.get("/lantern/").status_code == 200
        settings.DEMO = False
        assert client.get("/lantern/")["Location"].startswith("/accounts/login/")
        refused = sign_in(client, "138 0013 8000", DEMO_PASSWORD)
        assert refused.status_code == 200
        assert refused.context["form"].non_field_errors()
        assert client.get("/lantern/").status_code == 302

    def test_try_out_the_demos_password_no_more_often_than_another(self, client, pia):
        answers = [sign_in(client, "pia@example.com", DEMO_PASSWORD) for _try in range(6)]
        assert "Too many" in str(answers[-1].context["form"].non_field_errors())
        assert "Too many" not in str(answers[0].context["form"].non_field_errors())

    def test_nobody_chooses_a_password_that_would_keep_them_out(self, settings):
        with pytest.raises(ValidationError):
            validate_password(DEMO_PASSWORD)
        settings.DEMO = True
        validate_password(DEMO_PASSWORD)
