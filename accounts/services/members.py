"""Who may enter the active company, and as what."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import Company, Membership, User
from accounts.rules import HIDDEN, Role
from accounts.services.audit import change, record
from accounts.services.users import UserRefused, normal_addresses, password_path
from common.refusals import Refusal
from common.tenancy import require_company_id, user_scope


class MemberRefused(Refusal):
    """A membership cannot be made or changed so."""

    sentences = {
        "already_member": _("This person already is a member of the company."),
        "last_admin": _("This is the last admin. Make somebody else an admin first."),
        "not_only_here": _("They also work elsewhere; only they themselves can set their password, by e-mail."),
        "not_active": _("This member is deactivated."),
        "address_not_only_here": _(
            "They also work elsewhere, or run this platform; the address with which they sign in cannot be changed here."
        ),
    }


@transaction.atomic
def add_member(*, user, role, by):
    """
    Let a user enter the active company in a role.

    :raises MemberRefused: if they are a member already, even an inactive one.
    """
    try:
        with transaction.atomic():
            membership = Membership.objects.create(user=user, role=Role(role))
    except IntegrityError as error:
        raise MemberRefused("already_member") from error
    record("accounts.membership.added", about=membership, by=by, after={"user": str(user), "role": membership.role})
    return membership


@transaction.atomic
def change_role(*, membership, role, by):
    """
    Give a member another role.

    :raises MemberRefused: if that would leave the company without an active admin.
    """
    membership = _locked(membership)
    if Role(role) != Role.ADMIN:
        _keep_an_admin_besides(membership)
    change(membership, action="accounts.membership.role_changed", by=by, role=Role(role))
    return membership


@transaction.atomic
def deactivate_member(*, membership, by):
    """
    Keep a member out from now on; what they did stays.

    :raises MemberRefused: if they are the last active admin.
    """
    membership = _locked(membership)
    _keep_an_admin_besides(membership)
    if change(membership, action="accounts.membership.deactivated", by=by, is_active=False):
        signals.member_deactivated.send(sender=Membership, membership=membership, by=by)
    return membership


@transaction.atomic
def reactivate_member(*, membership, by):
    """Let a member in again, in the role they had."""
    membership = _locked(membership)
    if change(membership, action="accounts.membership.reactivated", by=by, is_active=True):
        signals.member_reactivated.send(sender=Membership, membership=membership, by=by)
    return membership


@transaction.atomic
def issue_password_link(*, membership, by):
    """
    Return the path on which a member sets a new password: for who has forgotten it and gets no e-mail.

    Whoever holds the link can sign in as that person, hence only for people of this company alone, and recorded.

    :raises MemberRefused: if they are inactive, a member of another company too, or an operator of the platform.
    """
    membership = _locked(membership)
    user = membership.user
    if not membership.is_active or not user.is_active:
        raise MemberRefused("not_active")
    if not _is_only_here(user):
        raise MemberRefused("not_only_here")
    record("accounts.membership.password_link_issued", about=membership, by=by)
    return password_path(user)


@transaction.atomic
def change_sign_in(*, membership, email="", phone="", by):
    """
    Correct the addresses with which a member signs in; the password stays. Return the names of those that changed.

    Whoever has the address can have a password sent to it, hence only for people of this company alone. The audit
    trail keeps that an address changed, not what it was: it cannot be erased.

    :raises MemberRefused: if they are a member of another company too, or an operator of the platform.
    :raises UserRefused: without an address, with a phone number that is none, or with an address that is taken.
    """
    membership = _locked(membership)
    user = User.objects.select_for_update().get(pk=membership.user_id)
    if not _is_only_here(user):
        raise MemberRefused("address_not_only_here")
    wanted = dict(zip(("email", "phone"), normal_addresses(email=email, phone=phone), strict=True))
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    if not changed:
        return changed
    for name in changed:
        setattr(user, name, wanted[name])
    try:
        with transaction.atomic():
            user.save(update_fields=changed)
    except IntegrityError as error:
        raise UserRefused("taken") from error
    hidden = dict.fromkeys(changed, HIDDEN)
    record("accounts.membership.sign_in_changed", about=membership, by=by, before=hidden, after=hidden)
    return changed


def _is_only_here(user):
    with user_scope(user):
        companies = Membership.across_companies.of_user(user).count()
    return companies <= 1 and not user.is_staff


def _locked(membership):
    # The company's row first: two admins who remove each other at the same moment must come one after the other.
    Company.objects.select_for_update(of=("self",)).get(pk=require_company_id())
    return Membership.objects.select_related("user").select_for_update(of=("self",)).get(pk=membership.pk)


def _keep_an_admin_besides(membership):
    if membership.role != Role.ADMIN or not membership.is_active:
        return
    others = Membership.objects.filter(role=Role.ADMIN, is_active=True, user__is_active=True).exclude(pk=membership.pk)
    if not others.exists():
        raise MemberRefused("last_admin")
