"""How sign-in finds people: by e-mail or by phone number; nobody signs up by themselves, or by a password that all know."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.rules import DEMO_PASSWORD


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        # People join by invitation.
        return False

    def authenticate(self, request, **credentials):
        # What everybody can read opens nothing but the demo.
        if credentials.get("password") == DEMO_PASSWORD and not settings.DEMO:
            self.pre_authenticate(request, **credentials)
            self.authentication_failed(request, **credentials)
            return None
        return super().authenticate(request, **credentials)

    def phone_form_field(self, **kwargs):
        from accounts.forms import PhoneField

        return PhoneField(**kwargs)

    def get_phone(self, user):
        return (user.phone, True) if user.phone else None

    def set_phone(self, user, phone, verified):
        user.phone = phone
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user, phone):
        """Phone numbers come from the company's own records; there is nothing to record."""

    def get_user_by_phone(self, phone):
        return User.objects.filter(phone=phone).first()

    def send_verification_code_sms(self, user, phone, code, **kwargs):
        raise NotImplementedError("No page sends codes by SMS.")

    def reauthenticate(self, user, password):
        # The inherited way looks e-mail addresses up in a table of its own, which people who join by a link have no row in.
        address = {"email": user.email} if user.email else {"phone": user.phone}
        found = self.authenticate(context.request, password=password, **address)
        return found is not None and found.pk == user.pk


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """Counts the demo's password among those that everybody knows: sign-in would not take it."""

    def validate(self, password, user=None):
        if password == DEMO_PASSWORD and not settings.DEMO:
            raise ValidationError(self.get_error_message(), code="password_too_common")
        super().validate(password, user)
