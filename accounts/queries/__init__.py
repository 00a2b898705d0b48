"""Reads about users and companies, and the audit trail in words (`trail`)."""

from accounts.queries.people import (
    active_companies,
    demo_sign_ins,
    enter,
    invitation_by_hash,
    memberships_of,
    session_text,
    user_by_address,
)

__all__ = [
    "active_companies",
    "demo_sign_ins",
    "enter",
    "invitation_by_hash",
    "memberships_of",
    "session_text",
    "user_by_address",
]
