"""The one search: people, customers, deals, and pages, as far as the member may see them."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.queries import customers_in_sight
from customers.rules import name_key_of
from deals.queries import deals_in_sight
from reports.navigation import places_for
from teams.queries import people_in_sight

PER_GROUP = 6


@dataclass(frozen=True)
class Hit:
    """One thing found: what it is, a second line about it, and where it leads."""

    label: str
    about: str
    icon: str
    url: str


def find(text, *, membership, sight):
    """
    Return hits in groups, as (title, hits); empty groups are left out.

    :param text: what was typed; shorter than one character finds pages only.
    """
    text = text.replace("\x00", "").strip()[:80]
    groups = [(_("Pages"), _pages(text, membership))]
    if text:
        groups += [
            (_("People"), _people(text, sight)),
            (_("Customers"), _customers(text, sight)),
            (_("Deals"), _deals(text, sight)),
        ]
    return [(title, hits) for title, hits in groups if hits]


def _pages(text, membership):
    small = text.casefold()
    return [
        Hit(str(place.label), "", place.icon, place.url)
        for place in places_for(membership)
        if not small or small in str(place.label).casefold() or small in place.route
    ][: PER_GROUP * 2]


def _people(text, sight):
    rows = people_in_sight(sight).filter(Q(name__icontains=text) | Q(employee_number__istartswith=text))
    return [
        Hit(name, number, "user", reverse("teams:person", args=[pk]))
        for pk, name, number in rows.order_by("name").values_list("pk", "name", "employee_number")[:PER_GROUP]
    ]


def _customers(text, sight):
    key = name_key_of(text)
    if not key:
        return []
    rows = customers_in_sight(sight).filter(name_key__contains=key)
    return [
        Hit(name, address, "building-store", reverse("customers:customer", args=[pk]))
        for pk, name, address in rows.order_by("name").values_list("pk", "name", "address")[:PER_GROUP]
    ]


def _deals(text, sight):
    rows = deals_in_sight(sight).filter(number__istartswith=text)
    return [
        Hit(number, customer or "", "heart-handshake", reverse("deals:deal", args=[pk]))
        for pk, number, customer in rows.order_by("number").values_list("pk", "number", "customer__name")[:PER_GROUP]
    ]
