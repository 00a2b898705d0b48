"""Reads about users and companies, and the audit trail in words (`trail`)."""

from accounts.queries.people import (
    active_companies,
    demo_sign_ins,
    invitation_by_hash,
    membership_of,
    memberships_of,
    user_by_address,
)

__all__ = [
    "active_companies",
    "demo_sign_ins",
    "invitation_by_hash",
    "membership_of",
    "memberships_of",
    "user_by_address",
]
