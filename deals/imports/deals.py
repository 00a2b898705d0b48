"""
Deals in a file: an opportunity a row, or several rows with the same number for a deal of several products.

A deal is known by its number. Empty cells leave what is known.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from common.intake import Account, BadRow, Changes, Lookup, Row, Unclear, chunks, taken_over
from customers.imports import Channels
from customers.models import Channel, Customer
from customers.signals import customer_changed
from deals.imports.columns import FIELDS, OF_THE_DEAL, PLAIN, STORED
from deals.imports.lines import TakenLine, key_of, lines_of, sums_of, told
from deals.imports.sayings import BadDealRow, TakenDeal
from deals.models import Deal, DealLine, DealReturn, Instalment, Payment, Product
from deals.services.territory import stamp_territories
from deals.signals import deal_changed
from teams.models import Assignment, Person


@dataclass
class _Picture:
    """What the rows may refer to, the deals that are there already, and what was asked for."""

    account: Account
    today: date
    options: dict
    people: Lookup
    customers: Lookup
    products: Lookup
    channels: Channels
    deals: dict  # number → deal
    lines: dict  # deal's key → its lines
    instalments: dict  # deal's key → ids
    returned: set
    paid: dict
    places: dict  # person's key → [(from, until)]
    new_customers: list = field(default_factory=list)
    new: list = field(default_factory=list)
    new_lines: list = field(default_factory=list)
    new_instalments: list = field(default_factory=list)
    old_lines: list = field(default_factory=list)
    old_instalments: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    left_customers: set = field(default_factory=set)


def plan(rows: list[Row], *, account: Account, today: date, options: dict) -> Changes:
    """
    Say what the rows would change about deals.

    :param options: `add_customers`, to add unknown ones instead of refusing the row; `without_receivables`, not to let
        the amounts of won deals fall due.
    """
    groups = {}
    for row in rows:
        groups.setdefault(row.values["number"], []).append(row)
    picture = _picture_of(groups, account=account, today=today, options=options)
    for number, group in groups.items():
        group = _without_doubles(group, account)
        try:
            if number in account.spoiled:
                raise BadDealRow("spoiled", row=account.spoiled[number])
            _take(number, group, picture)
        except BadRow as said:
            for row in group:
                account.reject(row.number, said)
    return _changes_of(picture, account)


def _picture_of(numbers, **asked):
    people, customers = list(Person.objects.all()), list(Customer.objects.all())
    by_pk = {"owner": {p.pk: p for p in people}, "customer": {c.pk: c for c in customers}}
    products = {p.pk: p for p in Product.objects.all()}
    channels = Channels()
    for customer in customers:
        customer.channel = channels.by_pk.get(customer.channel_id)
    deals, lines, instalments, returned, paid = {}, {}, {}, set(), {}
    for some in chunks(numbers, 5000):
        keys = []
        for deal in Deal.objects.filter(number__in=some).order_by("pk"):
            # Filled in from what is at hand, so that nothing is asked of the database row by row.
            deal.owner = by_pk["owner"].get(deal.owner_id)
            deal.customer = by_pk["customer"].get(deal.customer_id)
            deal.channel = channels.by_pk.get(deal.channel_id)
            deals[deal.number] = deal
            keys.append(deal.pk)
        for line in DealLine.objects.filter(deal__in=keys).order_by("pk"):
            line.product = products[line.product_id]
            lines.setdefault(line.deal_id, []).append(line)
        for key, deal_key in Instalment.objects.filter(deal__in=keys).values_list("pk", "deal_id"):
            instalments.setdefault(deal_key, []).append(key)
        returned.update(DealReturn.objects.filter(deal__in=keys).values_list("deal_id", flat=True))
        received = Payment.objects.filter(deal__in=keys, is_cancelled=False).order_by()
        paid.update(received.values_list("deal_id").annotate(Sum("amount")))
    places = {}
    for person, starts_on, ends_before in Assignment.objects.values_list("person_id", "starts_on", "ends_before"):
        places.setdefault(person, []).append((starts_on, ends_before))
    return _Picture(
        people=Lookup((name, p) for p in people for name in (p.employee_number, p.name)),
        customers=Lookup((name, c) for c in customers for name in (c.external_ref, c.name)),
        products=Lookup((name, p) for p in products.values() for name in (p.code, p.name)),
        channels=channels,
        deals=deals,
        lines=lines,
        instalments=instalments,
        returned=returned,
        paid=paid,
        places=places,
        **asked,
    )


def _without_doubles(group, account):
    if len(group) == 1:
        return group
    kept = []
    for row in group:
        if twin := next((other for other in kept if other.values == row.values), None):
            account.reject(row.number, BadDealRow("again", row=twin.number))
        else:
            kept.append(row)
    return kept


def _take(number, group, picture):
    first, notes = group[0], []
    said = _said_of_the_deal(group)
    deal = picture.deals.get(number)
    is_new = deal is None
    values = {key: said[key] for key in PLAIN if key in said}
    owner = _found(picture.people, said, "owner", _("Person"), notes) or (None if is_new else deal.owner)
    customer = _customer_of(said, picture, notes, owner=owner) or (None if is_new else deal.customer)
    values |= {"owner": owner, "customer": customer}
    values |= _state(said, deal, notes, today=picture.today)
    opened_on = values.get("opened_on", deal.opened_on if deal else None)
    if opened_on and values["closed_on"] and values["closed_on"] < opened_on:
        raise BadDealRow("closed_before_opened", closed=values["closed_on"].isoformat(), opened=opened_on.isoformat())
    old_lines = [] if is_new else picture.lines.get(deal.pk, [])
    lines = lines_of(group, old_lines=old_lines, products=picture.products, notes=notes)
    if not lines and old_lines:
        lines = old_lines  # a file without products leaves them as they are
        if group[0].get("amount", deal.amount) != deal.amount:
            raise BadDealRow("amount_has_lines", amount=deal.amount)
    amount, cost = sums_of(group, lines=lines, old=deal)
    if values["status"] == Deal.Status.WON and not lines and amount is None:
        raise BadDealRow("nothing_sold")
    if not lines and amount is not None:
        notes.append(("product", TakenLine("no_product")))
    values |= {"amount": amount or Decimal(0), "cost": cost}
    if customer is None:
        notes.append(("customer", TakenDeal("no_customer")))
    _note_credit(owner, values, picture, notes)
    lines_differ = sorted(map(key_of, lines), key=str) != sorted(map(key_of, old_lines), key=str)
    if not is_new:
        _refuse_settled(deal, values, lines_differ, picture)
    # Everything that can be refused has been: from here on the rows are taken.
    if "channel" in said:
        values["channel"] = picture.channels.find_or_make(said["channel"])
    elif is_new and customer is not None:
        values["channel"] = customer.channel
    if customer is not None and customer.pk is None and customer not in picture.new_customers:
        picture.new_customers.append(customer)
        picture.customers.add(customer.name, customer)
    before, after = {}, {}
    if is_new:
        deal = Deal(number=number, **values)
        picture.new.append(deal)
        picture.deals[number] = deal
    else:
        if deal.customer is not None and deal.customer != customer:
            picture.left_customers.add(deal.customer.pk)
        before, after = taken_over(deal, values)
        if lines_differ:
            before["lines"], after["lines"] = told(old_lines), told(lines)
    if lines_differ:
        picture.old_lines += [line.pk for line in old_lines]
        for line in lines:
            line.deal = deal
        picture.new_lines += lines
    if (is_new or after) and not picture.options.get("without_receivables"):
        _let_fall_due(deal, is_new, after, picture)
    if after:
        picture.changed.append(deal)
    _settle(group, deal, is_new, (before, after), picture.account)
    for key, note in notes:
        picture.account.guess(first.number, note, field_key=key)


def _settle(group, deal, is_new, difference, account):
    before, after = difference
    for row in group:
        if is_new:
            account.create(row.number, deal.number, f"{deal.customer.name if deal.customer else '—'} · {deal.amount}")
        elif after and row is group[0]:
            account.change(row.number, deal, before, after)
        elif after:
            account.counted_with(row.number, "changed")
        else:
            account.keep(row.number)


def _said_of_the_deal(group):
    said = {}
    for row in group:
        for key in OF_THE_DEAL:
            if key not in row.values:
                continue
            if said.setdefault(key, row.values[key]) != row.values[key]:
                label = next(f.label for f in FIELDS if f.key == key)
                raise BadDealRow("rows_disagree", field=str(label))
    return said


def _found(lookup, said, key, what, notes):
    """Return what a row refers to; a name that is not written quite right is taken and said."""
    if key not in said:
        return None
    name = said[key]
    try:
        thing, is_exact = lookup.find(name)
    except Unclear:
        raise BadDealRow("unclear", name=name) from None
    if thing is None:
        if near := lookup.near(name):
            raise BadDealRow("no_such_near", what=str(what), name=name, near=near)
        raise BadDealRow("no_such", what=str(what), name=name)
    if not is_exact:
        notes.append((key, TakenDeal("name_loosely", given=name, taken=thing.name)))
    return thing


def _customer_of(said, picture, notes, *, owner):
    try:
        return _found(picture.customers, said, "customer", _("Customer"), notes)
    except BadDealRow as refusal:
        if refusal.code == "unclear" or not picture.options.get("add_customers"):
            raise
    notes.append(("customer", TakenDeal("customer_made", name=said["customer"])))
    return Customer(name=said["customer"], owner=owner)


def _state(said, deal, notes, *, today):
    """Return status, stage and closing day, which have to agree with each other."""
    word = said.get("stage")
    ends = word if word in {Deal.Status.WON, Deal.Status.LOST, Deal.Status.CANCELLED} else None
    status = said.get("status") or ends or (Deal.Status.OPEN if word or deal is None else deal.status)
    stage = None if ends else word
    if stage is None:
        stage = deal.stage if deal else Deal.Stage.LEAD
        if status == Deal.Status.WON:
            stage = Deal.Stage.CONTRACT
    state = {"status": Deal.Status(status), "stage": Deal.Stage(stage)}
    closed_on = said.get("closed_on")
    if status == Deal.Status.OPEN:
        if closed_on and "expected_on" not in said:
            state["expected_on"] = closed_on
            notes.append(("closed_on", TakenDeal("expected_instead")))
        return state | {"closed_on": None}
    closed_on = closed_on or (deal.closed_on if deal else None)
    if closed_on is None:
        raise BadDealRow("closing_day_needed")
    if closed_on > today:
        raise BadDealRow("in_future", closed=closed_on.isoformat())
    return state | {"closed_on": closed_on}


def _note_credit(owner, values, picture, notes):
    if owner is None:
        notes.append(("owner", TakenDeal("no_owner")))
        return
    day = values["closed_on"]
    if values["status"] == Deal.Status.WON and not any(
        starts_on <= day and (ends_before is None or day < ends_before)
        for starts_on, ends_before in picture.places.get(owner.pk, ())
    ):
        notes.append(("owner", TakenDeal("owner_in_no_unit", name=owner.name, day=day.isoformat())))


def _refuse_settled(deal, values, lines_differ, picture):
    """What has come back or was paid for is changed on the deal's own page, where its consequences are seen."""
    if deal.pk in picture.returned and (lines_differ or values["status"] != deal.status):
        raise BadDealRow("has_returns")
    paid = picture.paid.get(deal.pk)
    if paid and (values["status"] in {Deal.Status.LOST, Deal.Status.CANCELLED} or values["amount"] < paid):
        raise BadDealRow("has_payments", paid=paid)


def _let_fall_due(deal, is_new, after, picture):
    """What was won falls due after the customer's days of credit, as if it had been won here."""
    if not is_new and not {"status", "closed_on", "amount", "customer"} & set(after):
        return
    if not is_new:
        picture.old_instalments += picture.instalments.get(deal.pk, [])
    if deal.status == Deal.Status.WON and deal.amount:
        due_on = deal.closed_on + timedelta(days=deal.customer.credit_days if deal.customer else 0)
        picture.new_instalments.append(Instalment(deal=deal, due_on=due_on, amount=deal.amount))


def _changes_of(picture, account):
    changes = Changes()
    changes.create(Channel, picture.channels.new)
    changes.create(Customer, picture.new_customers)
    changes.delete(Instalment, picture.old_instalments)
    changes.delete(DealLine, picture.old_lines)
    stamp_territories(picture.new)
    changes.create(Deal, picture.new)
    changes.update(Deal, picture.changed, STORED)
    changes.create(DealLine, picture.new_lines)
    changes.create(Instalment, picture.new_instalments)
    written = [*picture.new, *picture.changed]
    if written:
        changes.then(lambda by: deal_changed.send(sender=Deal, deal_ids=[deal.pk for deal in written]))
    if picture.left_customers:
        # Whose new customer somebody was may be another matter now.
        changes.then(lambda by: customer_changed.send(sender=Customer, customer_ids=sorted(picture.left_customers)))
    account.also["channels"] += len(picture.channels.new)
    account.also["customers"] += len(picture.new_customers)
    return changes
