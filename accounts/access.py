"""What a member may do, and a company's rows for them: out of sight is 404, in sight without the right is 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import Invitation, Membership
from accounts.rules import Permission


def require(request, permission):
    """
    Refuse a member whose role lacks a permission.

    :raises PermissionDenied: always shown as 403.
    """
    if not request.membership.may(permission):
        raise PermissionDenied


def membership_for(request, membership_id):
    """Return a member of the company, for whoever may set it up."""
    require(request, Permission.COMPANY_SETTINGS)
    return get_object_or_404(Membership.objects.select_related("user"), pk=membership_id)


def invitation_for(request, invitation_id):
    """Return an invitation of the company, for whoever may set it up."""
    require(request, Permission.COMPANY_SETTINGS)
    return get_object_or_404(Invitation.objects.all(), pk=invitation_id)
