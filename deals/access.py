"""Deals for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from customers.queries import seen_person_ids
from deals.models import Deal, Product
from deals.queries import deals_in_sight
from teams.access import require


def deal_for(request, deal_id, *, needing=None):
    """Return a deal in sight, with customer, owner and channel; to change it, it must also be of somebody in sight."""
    rows = deals_in_sight(request.sight).select_related("customer", "owner", "channel", "territory")
    deal = get_object_or_404(rows, pk=deal_id)
    if needing:
        require(request, needing)
        if not is_in_hand(request, deal):
            raise PermissionDenied
    return deal


def is_in_hand(request, deal):
    """Return whether the deal's owner is in sight; who only has a share of it may look, not touch."""
    ids = seen_person_ids(request.sight)
    return ids is None or deal.owner_id in ids


def may_see_cost(membership):
    """Return whether a member sees what the company pays: who leads, and who sees everybody."""
    return membership.may(Permission.DEALS_CANCEL) or membership.may(Permission.SEE_EVERYBODY)


def may_change(request, deal):
    """Return whether the member may change the deal: an open one whoever has it in hand, a won one only who may cancel it."""
    needed = Permission.DEALS_EDIT if deal.status == Deal.Status.OPEN else Permission.DEALS_CANCEL
    return request.membership.may(Permission.DEALS_EDIT) and request.membership.may(needed) and is_in_hand(request, deal)


def may_share(request, deal, *, is_changeable=None):
    """
    Return whether the member may say who gets which part: who leads and may change the deal, never just its owner.

    :param is_changeable: what `may_change` says, by whoever has asked it already.
    """
    if not request.membership.may(Permission.DEALS_CANCEL):
        return False
    return may_change(request, deal) if is_changeable is None else is_changeable


def changeable_deal_for(request, deal_id):
    """Return a deal that the member may change."""
    deal = deal_for(request, deal_id, needing=Permission.DEALS_EDIT)
    if not may_change(request, deal):
        raise PermissionDenied
    return deal


def product_for(request, product_id):
    """Return a product to change; only who sets the company up does that."""
    require(request, Permission.COMPANY_SETTINGS)
    return get_object_or_404(Product.objects.select_related("line"), pk=product_id)
