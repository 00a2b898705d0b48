"""Customers and channels: added, changed, handed over, archived."""

from uuid import uuid5
from zlib import crc32

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.cleaning import clean_values
from common.locks import LockSpace, hold
from common.refusals import Refusal
from common.repeats import made_before
from common.tenancy import require_company_id
from customers import queries, signals
from customers.models import Channel, Customer

CHANGEABLE = frozenset(
    [
        *("name", "parent", "channel", "territory", "grade", "industry", "contact_name", "phone", "address"),
        *("latitude", "longitude", "credit_days", "note", "external_ref"),
    ]
)


class CustomerRefused(Refusal):
    """A change to a customer that the rules do not allow; `duplicate` carries the customers that are already there."""

    sentences = {
        "duplicate": _("This customer is already there: %(names)s."),
        "has_open_deals": _("The customer still has open deals; close them first."),
        "no_owner": _("Choose who looks after the customers."),
    }

    def __init__(self, code, *, existing=(), **params):
        super().__init__(code, **params)
        self.existing = list(existing)


class ChannelRefused(Refusal):
    """A channel that cannot be kept."""

    sentences = {"code_taken": _("There is already a channel with this code.")}


@transaction.atomic
def add_customer(
    *,
    name,
    owner=None,
    channel=None,
    territory=None,
    grade=Customer.Grade.C,
    industry="",
    contact_name="",
    phone="",
    address="",
    latitude=None,
    longitude=None,
    credit_days=30,
    note="",
    external_ref="",
    parent=None,
    client_ref=None,
    is_duplicate_wanted=False,
    by,
) -> Customer:
    """
    Add a customer; a repeated `client_ref` returns the one that it made before.

    :param is_duplicate_wanted: add it although one of the same name or phone is there.
    :raises CustomerRefused: `duplicate`, with `.existing`, if one of the same name or phone is there.
    :raises ValidationError: for values that do not fit.
    """
    customer = Customer(
        name=name.strip(),
        owner=owner,
        channel=channel,
        territory=territory,
        grade=grade,
        industry=industry,
        contact_name=contact_name,
        phone=phone.strip(),
        address=address,
        latitude=latitude,
        longitude=longitude,
        credit_days=credit_days,
        note=note,
        external_ref=external_ref,
        parent=parent,
        client_ref=client_ref,
    )
    clean_values(customer)
    customer.claim_company()
    _take_turns(customer)
    if made := made_before(Customer.objects, client_ref):
        return made
    if not is_duplicate_wanted:
        _refuse_duplicates(queries.duplicates_of(name=customer.name, phone=customer.phone))
    customer.save()
    record("customers.customer.added", about=customer, by=by, after=_facts_of(customer))
    return customer


def chosen_or_added(*, customer, name, phone, owner, ref, by) -> Customer:
    """
    Return the customer that was chosen; without one, add a new one of that name and phone number.

    :param ref: the client_ref of what the customer is chosen for; the same one adds the customer once.
    :raises CustomerRefused: `duplicate` if the new one is already there.
    """
    if customer is not None:
        return customer
    client_ref = uuid5(ref, "customer") if ref else None
    return add_customer(name=name, phone=phone, owner=owner, client_ref=client_ref, by=by)


@transaction.atomic
def change_customer(*, customer, is_duplicate_wanted=False, by, **changes) -> Customer:
    """
    Change some facts of a customer (any of `CHANGEABLE`); who looks after it changes by `reassign_customers`.

    :raises CustomerRefused: `duplicate` if the new name or phone is another customer's.
    :raises ValidationError: for values that do not fit.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise TypeError(f"Not changeable: {sorted(unknown)}")
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    before, compared = _facts_of(customer), (customer.name_key, customer.phone_key)
    credited_by = (customer.channel_id, customer.territory_id)
    for field, value in changes.items():
        setattr(customer, field, value)
    clean_values(customer)
    customer.claim_company()
    if not is_duplicate_wanted and (customer.name_key, customer.phone_key) != compared:
        _take_turns(customer)
        _refuse_duplicates(queries.duplicates_of(name=customer.name, phone=customer.phone).exclude(pk=customer.pk))
    customer.save()
    _record_difference("customers.customer.changed", customer, before, by)
    if (customer.channel_id, customer.territory_id) != credited_by:
        signals.customer_changed.send(sender=Customer, customer_ids=[customer.pk])
    return customer


@transaction.atomic
def reassign_customers(*, customers, owner, by) -> int:
    """
    Give customers to another person; return how many really changed hands. What happened before stays with whom it was.

    :param customers: customers, or their ids.
    """
    if owner is None:
        raise CustomerRefused("no_owner")
    ids = [getattr(customer, "pk", customer) for customer in customers]
    changed = 0
    rows = Customer.objects.filter(pk__in=ids).exclude(owner=owner)
    # Locked in key order: two reassignments at once must not wait for each other in a ring.
    for customer in rows.order_by("pk").select_for_update(of=("self",)).select_related("owner"):
        before = {"owner": customer.owner and customer.owner.name}
        customer.owner = owner
        customer.save(update_fields=["owner"])
        record("customers.customer.reassigned", about=customer, by=by, before=before, after={"owner": owner.name})
        changed += 1
    return changed


@transaction.atomic
def archive(*, customer, by) -> Customer:
    """
    Take a customer off the lists; everything about it is kept.

    :raises CustomerRefused: `has_open_deals`.
    """
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if customer.is_archived:
        return customer
    if queries.has_open_deals(customer):
        raise CustomerRefused("has_open_deals")
    return _set_archived(customer, True, "customers.customer.archived", by)


@transaction.atomic
def restore(*, customer, by) -> Customer:
    """Put an archived customer back on the lists."""
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    return _set_archived(customer, False, "customers.customer.restored", by) if customer.is_archived else customer


@transaction.atomic
def add_channel(*, code, name, position=0, by) -> Channel:
    """:raises ChannelRefused: `code_taken`."""
    return _save_channel(Channel(code=code, name=name, position=position), {}, "customers.channel.added", by)


@transaction.atomic
def change_channel(*, channel, code, name, position=0, by) -> Channel:
    """:raises ChannelRefused: `code_taken`."""
    before = {"code": channel.code, "name": channel.name, "position": channel.position}
    channel.code, channel.name, channel.position = code, name, position
    return _save_channel(channel, before, "customers.channel.changed", by)


def _save_channel(channel, before, action, by):
    clean_values(channel)
    if Channel.objects.filter(code=channel.code).exclude(pk=channel.pk).exists():
        raise ChannelRefused("code_taken")
    channel.save()
    after = {"code": channel.code, "name": channel.name, "position": channel.position}
    record(action, about=channel, by=by, before=before, after=after)
    return channel


def _set_archived(customer, is_archived, action, by):
    customer.is_archived = is_archived
    customer.save(update_fields=["is_archived"])
    record(action, about=customer, by=by, before={"is_archived": not is_archived}, after={"is_archived": is_archived})
    return customer


def _take_turns(customer):
    """Wait for whoever is adding a customer of this name or phone number; otherwise neither would see the other's."""
    compared = {("name", customer.name_key), ("phone", customer.phone_key)} - {("name", ""), ("phone", "")}
    company_id = require_company_id()
    # In one order for everybody: two that share both must not wait for each other in a ring.
    for key in sorted(crc32(f"{company_id}:{kind}:{text}".encode()) for kind, text in compared):
        hold(LockSpace.CUSTOMER, key)


def _refuse_duplicates(duplicates):
    if existing := list(duplicates.select_related("owner")[:5]):
        names = "; ".join(f"{c.name} ({c.owner})" if c.owner else c.name for c in existing)
        raise CustomerRefused("duplicate", existing=existing, names=names)


def _facts_of(customer):
    facts = {field: getattr(customer, field) for field in sorted(CHANGEABLE | {"owner"})}
    return {field: None if value in (None, "") else str(value) for field, value in facts.items()}


def _record_difference(action, customer, before, by):
    after = _facts_of(customer)
    changed = [field for field in after if after[field] != before[field]]
    if changed:
        record(action, about=customer, by=by, before={f: before[f] for f in changed}, after={f: after[f] for f in changed})
