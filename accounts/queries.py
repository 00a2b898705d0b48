"""Reads about users and companies."""

from django.db.models import Q

from accounts.models import Company, Membership, User


def memberships_of(*, user):
    """Return the companies a user may enter, as memberships with their company. Needs `user_scope`."""
    return Membership.across_companies.of_user(user)


def membership_of(*, user, slug):
    """Return the user's membership in the company of that address, or None. Needs `user_scope`."""
    return memberships_of(user=user).filter(company__slug=slug).first()


def active_companies():
    """Return the companies for which jobs run, in key order."""
    return Company.objects.filter(is_active=True).order_by("pk")


def user_by_address(*, email=None, phone=None):
    """Return the user who signs in with one of the (normal) addresses, or None; the e-mail address decides."""
    found = User.objects.filter(Q(email=email) if email else Q(phone=phone)).first()
    if found is None and email and phone:
        found = User.objects.filter(phone=phone).first()
    return found
