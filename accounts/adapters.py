"""How sign-in finds people: by e-mail or by phone number; nobody signs up by themselves."""

from allauth.account.adapter import DefaultAccountAdapter

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        # People join by invitation.
        return False

    def get_phone(self, user):
        return (user.phone, True) if user.phone else None

    def set_phone(self, user, phone, verified):
        user.phone = phone
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user, phone):
        """Phone numbers come from the company's own records; there is nothing to record."""

    def get_user_by_phone(self, phone):
        return User.objects.filter(phone=phone).first()
