"""What the rows of the sales analysis are called, and where they lead. Three queries at most."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.rules import Role
from customers.models import Channel, Customer
from customers.queries import customers_in_sight
from deals.models import Product, ProductLine
from reports.queries.sales import Dimension
from teams.models import Assignment, Person, Unit
from teams.queries import people_in_sight, units_in_sight, with_place


@dataclass(frozen=True, slots=True)
class Label:
    """A row's name, a second line about it, and its page; empty where there is none or it is out of sight."""

    name: str
    note: str = ""
    url: str = ""


def labels_of(dimension, keys, *, sight, on):
    """
    Return the label of every key; None stands for what belongs to nobody.

    :param on: the day on which people's units and units' managers are looked up.
    """
    given = [key for key in keys if key is not None]
    named = _NAMED[Dimension(dimension)](given, sight, on)
    nobody = {
        Dimension.PERSON: _("Without an owner"),
        Dimension.TEAM: _("Without a team"),
        Dimension.REGION: _("Without a region"),
        Dimension.PRODUCT: _("Without products"),
        Dimension.LINE: _("Without a product line"),
        Dimension.CHANNEL: _("Without a channel"),
        Dimension.CUSTOMER: _("Without a customer"),
    }[Dimension(dimension)]
    return {None: Label(nobody)} | named


def _people(keys, sight, on):
    seen = set(people_in_sight(sight).filter(pk__in=keys).values_list("pk", flat=True))
    units = dict(Unit.objects.values_list("pk", "name"))
    rows = with_place(Person.objects.filter(pk__in=keys), on=on).values_list("pk", "name", "unit_id")
    return {
        pk: Label(name, units.get(unit_id, ""), reverse("reports:person", args=[pk]) if pk in seen else "")
        for pk, name, unit_id in rows
    }


def _units(keys, sight, on):
    seen = set(units_in_sight(sight).filter(pk__in=keys).values_list("pk", flat=True))
    leads = {}
    leading = Assignment.objects.on(on).filter(unit_id__in=keys, role__in=(Role.MANAGER, Role.DIRECTOR)).order_by("pk")
    for unit_id, name in leading.values_list("unit_id", "person__name"):
        leads.setdefault(unit_id, []).append(name)
    return {
        pk: Label(name, " · ".join(leads.get(pk, ())), reverse("reports:unit", args=[pk]) if pk in seen else "")
        for pk, name in Unit.objects.filter(pk__in=keys).values_list("pk", "name")
    }


def _customers(keys, sight, on):
    seen = set(customers_in_sight(sight).filter(pk__in=keys).values_list("pk", flat=True))
    return {
        pk: Label(name, industry, reverse("customers:customer", args=[pk]) if pk in seen else "")
        for pk, name, industry in Customer.objects.filter(pk__in=keys).values_list("pk", "name", "industry")
    }


def _products(keys, sight, on):
    rows = Product.objects.filter(pk__in=keys).values_list("pk", "name", "line__name")
    return {pk: Label(name, line or "") for pk, name, line in rows}


def _lines(keys, sight, on):
    return {pk: Label(name) for pk, name in ProductLine.objects.filter(pk__in=keys).values_list("pk", "name")}


def _channels(keys, sight, on):
    return {pk: Label(name) for pk, name in Channel.objects.filter(pk__in=keys).values_list("pk", "name")}


_NAMED = {
    Dimension.PERSON: _people,
    Dimension.TEAM: _units,
    Dimension.REGION: _units,
    Dimension.PRODUCT: _products,
    Dimension.LINE: _lines,
    Dimension.CHANNEL: _channels,
    Dimension.CUSTOMER: _customers,
}
