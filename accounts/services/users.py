"""Accounts that people sign in with. They belong to no company, hence to no company's audit trail."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import rules
from accounts.models import User
from common.refusals import Refusal
from common.templatetags.pages import outer_url


class UserRefused(Refusal):
    """An account cannot be made."""

    sentences = {
        "no_address": _("An e-mail address or a phone number is needed."),
        "bad_phone": _("This is not a phone number."),
        "taken": _("Somebody already signs in with this e-mail address or phone number."),
    }


def add_user(*, name, email=None, phone=None, password=None, language="zh-hans"):
    """
    Make an account; without a password its owner sets one through a link.

    :raises UserRefused: without an address, with a phone number that is none, or with an address that is taken.
    """
    email, phone = normal_addresses(email=email, phone=phone)
    try:
        with transaction.atomic():
            return User.objects.create_user(email=email, phone=phone, password=password, name=name.strip(), language=language)
    except IntegrityError as error:
        raise UserRefused("taken") from error


def normal_addresses(*, email=None, phone=None):
    """
    Return e-mail and phone number in the one form in which they are kept and compared, None for a missing one.

    :raises UserRefused: if both are missing or the phone number is none.
    """
    email = (email or "").strip().lower() or None
    if phone := (phone or "").strip() or None:
        try:
            phone = rules.normal_phone(phone)
        except ValueError as error:
            raise UserRefused("bad_phone") from error
    if not (email or phone):
        raise UserRefused("no_address")
    return email, phone


def password_path(user):
    """Return the path on which a user may set a password, until they have done so or it is too old (three days)."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uidb36, _dash, token = key.partition("-")
    return outer_url("account_reset_password_from_key", uidb36=uidb36, key=token)


def choose_language(*, user, language):
    """Remember in which language a user reads."""
    user.language = language
    user.save(update_fields=["language"])
