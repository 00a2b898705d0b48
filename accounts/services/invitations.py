"""Joining a company by a link. The secret in the link is handed out once; only its hash is kept."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.models import Company, Invitation, Membership
from accounts.rules import Role
from accounts.services.audit import change, record
from accounts.services.members import add_member
from accounts.services.users import normal_addresses
from common.refusals import Refusal
from common.tenancy import require_company_id

VALID_FOR = timedelta(days=14)


class InvitationRefused(Refusal):
    """An invitation cannot be made, withdrawn or used."""

    sentences = {
        "used": _("This invitation has been used already."),
        "withdrawn": _("This invitation was withdrawn."),
        "expired": _("This invitation has expired."),
        "already_member": _("Somebody with this e-mail address or phone number is a member already."),
    }


@transaction.atomic
def invite(*, name, email="", phone="", role, now, by):
    """
    Invite somebody to the active company; return the invitation and the secret of its link, which nobody can read again.

    An open invitation to the same address is withdrawn: the newest link is the one that works.

    :raises UserRefused: without an e-mail address and a phone number, or with a phone number that is none.
    :raises InvitationRefused: if somebody with that address is an active member.
    """
    email, phone = normal_addresses(email=email, phone=phone)
    # The company's row first: of two invitations to one address at the same moment, one has to see the other.
    Company.objects.select_for_update(of=("self",), no_key=True).get(pk=require_company_id())
    same_address = Q(pk=None)
    for field, address in (("email", email), ("phone", phone)):
        if address:
            same_address |= Q(**{field: address})
            if Membership.objects.filter(is_active=True, **{f"user__{field}": address}).exists():
                raise InvitationRefused("already_member")
    for earlier in Invitation.objects.filter(same_address, accepted_at=None, withdrawn_at=None).select_for_update():
        withdraw_invitation(invitation=earlier, now=now, by=by)
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        token_hash=hash_of(token),
        name=name.strip(),
        email=email or "",
        phone=phone or "",
        role=Role(role),
        invited_by=by,
        expires_at=now + VALID_FOR,
    )
    record("accounts.invitation.sent", about=invitation, by=by, after={"name": invitation.name, "role": invitation.role})
    return invitation, token


@transaction.atomic
def withdraw_invitation(*, invitation, now, by):
    """
    Make a link useless.

    :raises InvitationRefused: if it has been used.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationRefused("used")
    if not invitation.withdrawn_at:
        change(invitation, action="accounts.invitation.withdrawn", by=by, withdrawn_at=now)
    return invitation


@transaction.atomic
def accept_invitation(*, invitation, user, now):
    """
    Let a user in by the link they hold; a former member is let in again, in the role of the invitation.

    :raises InvitationRefused: if the link has been used or withdrawn, or is too old; or if the user is a member already.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    require_open(invitation, now=now)
    membership = Membership.objects.filter(user=user).select_for_update(of=("self",)).first()
    if membership is None:
        membership = add_member(user=user, role=invitation.role, by=user)
    elif membership.is_active:
        raise InvitationRefused("already_member")
    else:
        change(membership, action="accounts.membership.reactivated", by=user, is_active=True, role=invitation.role)
    change(invitation, action="accounts.invitation.accepted", by=user, accepted_at=now, accepted_by=user)
    signals.invitation_accepted.send(sender=Invitation, invitation=invitation, membership=membership)
    return membership


def require_open(invitation, *, now):
    """
    Refuse an invitation that cannot be used at this moment.

    :raises InvitationRefused: with the reason.
    """
    if invitation.accepted_at:
        raise InvitationRefused("used")
    if invitation.withdrawn_at:
        raise InvitationRefused("withdrawn")
    if invitation.expires_at <= now:
        raise InvitationRefused("expired")


def hash_of(token):
    """Return what is kept of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()
