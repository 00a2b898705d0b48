"""Changes to users, companies and who may enter them; and the audit trail that every change writes to."""

from accounts.services.audit import change, record
from accounts.services.companies import CompanyRefused, change_company, found_company
from accounts.services.invitations import InvitationRefused, accept_invitation, invite, withdraw_invitation
from accounts.services.members import (
    MemberRefused,
    add_member,
    change_role,
    change_sign_in,
    deactivate_member,
    issue_password_link,
    reactivate_member,
)
from accounts.services.users import UserRefused, add_user, choose_language

__all__ = [
    "CompanyRefused",
    "InvitationRefused",
    "MemberRefused",
    "UserRefused",
    "accept_invitation",
    "add_member",
    "add_user",
    "change",
    "change_company",
    "change_role",
    "change_sign_in",
    "choose_language",
    "deactivate_member",
    "found_company",
    "invite",
    "issue_password_link",
    "reactivate_member",
    "record",
    "withdraw_invitation",
]
