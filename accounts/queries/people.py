"""Who may enter which company; who is invited; who signs in with which address."""

from django.db import connection
from django.db.models import Q

from accounts.models import Company, Invitation, Membership, User
from accounts.rules import DEMO_PASSWORD, Role
from common.db.postgres.prepared import prepared
from common.rows import columns_of, instances_of
from common.tenancy import company_scope

_OWN = """
FROM accounts_membership membership JOIN accounts_company company ON company.id = membership.company_id
WHERE membership.user_id = %(user)s AND membership.is_active AND company.slug = %(slug)s AND company.is_active
"""
#: Every request inside a company begins with these: sent together, they take one way to the database instead of three.
_ENTER = prepared(
    "SELECT set_config('app.user_id', %(user)s::text, true)",
    f"SELECT set_config('app.company_id', COALESCE((SELECT membership.company_id::text {_OWN}), ''), true)",
    f"""SELECT NULL AS "|", {columns_of(Membership, "membership")}, NULL AS "|", {columns_of(Company, "company")} {_OWN}""",
    user="bigint",
    slug="text",
)


_SESSION = prepared(
    "SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > %(now)s",
    key="text",
    now="timestamptz",
)


def session_text(*, key, now):
    """Return what is kept of a session, as it is kept, or None if it is over or was never there."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSION, {"key": key, "now": now})
        row = cursor.fetchone()
    return row and row[0]


def memberships_of(*, user):
    """Return the companies a user may enter, as memberships with their company. Needs `user_scope`."""
    return Membership.across_companies.of_user(user)


def enter(*, user, slug):
    """
    Tell the database that a user enters the company of that address, and return their membership, or None if they may not.

    Needs `visitor_scope`, which has to hear of it. Row-level security shows the user their own memberships only.
    """
    if not slug.isprintable():  # a NUL in an address would be an error of the database
        return None
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, {"user": user.pk, "slug": slug})
        if (row := cursor.fetchone()) is None:
            return None
        membership, membership.company = instances_of(cursor, row, Membership, Company)
    return membership


def active_companies():
    """Return the companies for which jobs run, in key order."""
    return Company.objects.filter(is_active=True).order_by("pk")


def user_by_address(*, email=None, phone=None):
    """Return the user who signs in with one of the (normal) addresses, or None; the e-mail address decides."""
    found = User.objects.filter(Q(email=email) if email else Q(phone=phone)).first()
    if found is None and email and phone:
        found = User.objects.filter(phone=phone).first()
    return found


def demo_sign_ins():
    """Return one sign-in per role of each demo company for the demo's sign-in page: (role, login, password, name)."""
    found = []
    for number, company in enumerate(Company.objects.filter(is_demo=True, is_active=True).order_by("pk")):
        with company_scope(company):
            members = Membership.objects.filter(is_active=True).select_related("user").order_by("pk")
            for role in Role:
                if member := members.filter(role=role).first():
                    title = f"{role.label} · {company.name}" if number else str(role.label)
                    found.append((title, member.user.email or member.user.phone, DEMO_PASSWORD, member.user.name))
    return found


def invitation_by_hash(token_hash):
    """Return the active company's invitation with that secret, in whatever state, or None."""
    return Invitation.objects.select_related("company", "invited_by").filter(token_hash=token_hash).first()
