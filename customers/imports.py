"""
Customers in a file: who they are, whom they belong to, who looks after them.

A customer is known by its reference in the other system, or by its name when the file has none. Empty cells leave what is known.
"""

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _

from common import cells
from common.intake import Account, BadRow, Changes, Field, Lookup, Note, Row, Unclear, taken_over
from common.matching import fold
from customers.models import Channel, Customer
from customers.signals import customer_changed
from teams.models import Person

FIELDS = (
    Field(
        "name",
        _("Customer"),
        cells.text(120),
        aliases=("客户", "客户名称", "公司名称", "公司", "account", "account name", "customer name", "company name", "company"),
        is_required=True,
        example=_("Harbour Interiors Ltd."),
    ),
    Field(
        "external_ref",
        _("Reference in another system"),
        cells.text(80),
        _("The customer's number there. Best way to tell customers apart; without it the name is used."),
        ("客户编号", "客户编码", "客户id", "account id", "customer id", "customer number", "customer code"),
        example="C-20871",
    ),
    Field(
        "parent",
        _("Subsidiary of"),
        cells.text(120),
        _("Name or reference of the parent; it may come later in the file."),
        ("母公司", "上级客户", "总公司", "subsidiary_of", "parent account", "parent company", "parent"),
        example="",
    ),
    Field(
        "owner",
        _("Owner"),
        cells.text(80),
        _("Name or employee number of the rep who looks after it."),
        ("负责人", "客户负责人", "业务员", "跟进人", "所有人", "account owner", "owner name", "sales rep"),
        example=_("Li Na"),
    ),
    Field(
        "channel",
        _("Channel"),
        cells.text(80),
        _("A channel that does not exist is made."),
        ("渠道", "客户来源", "来源渠道", "来源", "lead source", "source"),
        example=_("Community"),
    ),
    Field(
        "grade",
        _("Grade"),
        cells.choice({grade: (f"{grade}级", f"{grade}类", f"grade {grade}") for grade in Customer.Grade.values}),
        "A, B, C",
        ("客户分级", "客户级别", "客户等级", "级别", "rating", "tier"),
        example="B",
    ),
    Field("industry", _("Industry"), cells.text(80), aliases=("行业", "所属行业", "sector"), example=_("Interior design")),
    Field(
        "contact_name",
        _("Contact"),
        cells.text(80),
        aliases=("联系人", "联系人姓名", "contact name", "contact person"),
        example=_("Wang Min"),
    ),
    Field(
        "phone",
        _("Phone number"),
        cells.phone(30),
        aliases=("电话", "手机", "联系电话", "手机号", "mobile", "tel"),
        example="021-5555 0147",
    ),
    Field(
        "address",
        _("Address"),
        cells.text(200),
        aliases=("地址", "详细地址", "办公地址", "office_location", "office location", "location", "billing address"),
        example=_("12 Nanjing Road, Shanghai"),
    ),
    Field("latitude", _("Latitude"), cells.coordinate(90), aliases=("纬度", "lat"), example=""),
    Field("longitude", _("Longitude"), cells.coordinate(180), aliases=("经度", "lng", "lon"), example=""),
    Field(
        "credit_days",
        _("Days of credit"),
        cells.count(0, 3650),
        aliases=("账期", "账期天数", "信用天数", "payment terms", "credit terms"),
        example="30",
    ),
    Field(
        "note",
        _("Note"),
        cells.text(2000, is_multiline=True),
        aliases=("备注", "说明", "描述", "description", "remarks", "comment"),
        example="",
    ),
)
PLAIN = (
    "name",
    "external_ref",
    "grade",
    "industry",
    "contact_name",
    "phone",
    "address",
    "latitude",
    "longitude",
    "credit_days",
    "note",
)


class BadCustomerRow(BadRow):
    sentences = {
        "two_of_this_name": _("Several customers are called %(name)s: give the reference."),
        "again": _("The same customer as in row %(row)s."),
        "no_such_owner": _("Nobody is called %(name)s."),
        "no_such_owner_near": _("Nobody is called %(name)s. Did you mean: %(near)s?"),
        "owner_unclear": _("Several people are called %(name)s: give the employee number."),
    }


class TakenCustomer(Note):
    sentences = {
        "name_loosely": _("“%(given)s” is taken as %(taken)s."),
        "no_such_parent": _("The parent %(name)s is neither in the file nor a customer: left out."),
        "parent_unclear": _("Several customers are called %(name)s: the parent is left out."),
        "parents_in_a_ring": _(
            "%(name)s cannot be the parent: it is, some steps down, a subsidiary of this customer. Left out."
        ),
    }


class Channels:
    """The company's channels by code or name, and those that a file adds."""

    def __init__(self):
        self.by_pk = {channel.pk: channel for channel in Channel.objects.all()}
        self.new = []
        self._names = Lookup((name, c) for c in self.by_pk.values() for name in (c.code, c.name))

    def find_or_make(self, name):
        """Return the channel of a name; one that is unknown, or means two, is made."""
        try:
            channel, _is_exact = self._names.find(name)
        except Unclear:
            channel = next(c for c in [*self.by_pk.values(), *self.new] if fold(c.name) == fold(name))
        if channel is None:
            channel = Channel(code=name[:40], name=name, position=len(self.by_pk) + len(self.new) + 1)
            self.new.append(channel)
            self._names.add(name, channel)
        return channel


@dataclass
class _Picture:
    """The customers as they are, and as the rows so far would make them."""

    people: Lookup
    by_ref: Lookup
    by_name: Lookup
    channels: Channels
    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    rechannelled: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)


def plan(rows: list[Row], *, account: Account, today: date, options: dict) -> Changes:
    """Say what the rows would change about customers and channels."""
    customers = list(Customer.objects.order_by("pk"))
    people, channels = list(Person.objects.all()), Channels()
    _join(customers, people, channels)
    picture = _Picture(
        people=Lookup((name, p) for p in people for name in (p.employee_number, p.name)),
        by_ref=Lookup((c.external_ref, c) for c in customers),
        by_name=Lookup((c.name, c) for c in customers),
        channels=channels,
    )
    taken = []
    for row in rows:
        try:
            taken.append(_take(row, picture, account))
        except BadCustomerRow as said:
            account.reject(row.number, said)
    # Only now is every customer known that can be a parent.
    for row, customer, before, after in taken:
        _find_parent(row, customer, picture, account, (before, after))
        if customer.pk is None:
            account.create(row.number, customer.name, _details_of(customer))
        elif after:
            picture.changed.append(customer)
            if "channel" in after:
                picture.rechannelled.append(customer)
            account.change(row.number, customer, before, after)
        else:
            account.keep(row.number)
    return _changes_of(picture, account)


def _details_of(customer):
    """Return what tells a new customer from another of nearly the same name."""
    return " · ".join(str(part) for part in (customer.grade, customer.owner, customer.channel, customer.industry) if part)


def _join(customers, people, channels):
    """Fill in what the rows point to, so that nothing is asked of the database row by row."""
    by_pk = {c.pk: c for c in customers}
    people = {p.pk: p for p in people}
    for customer in customers:
        customer.parent = by_pk.get(customer.parent_id)
        customer.owner = people.get(customer.owner_id)
        customer.channel = channels.by_pk.get(customer.channel_id)


def _take(row, picture, account):
    customer = _customer_of(row, picture)
    if customer is not None and id(customer) in picture.seen:
        raise BadCustomerRow("again", row=picture.seen[id(customer)])
    values = {key: row.values[key] for key in PLAIN if key in row.values}
    if row.get("owner"):
        values["owner"] = _owner_of(row, picture, account)
    if row.get("channel"):
        values["channel"] = picture.channels.find_or_make(row.values["channel"])
    before, after = {}, {}
    if customer is None:
        customer = Customer(**values)
        picture.new.append(customer)
        picture.by_name.add(customer.name, customer)
        picture.by_ref.add(customer.external_ref, customer)
    else:
        before, after = taken_over(customer, values)
    picture.seen[id(customer)] = row.number
    return row, customer, before, after


def _customer_of(row, picture):
    if reference := row.get("external_ref"):
        customer, is_exact = picture.by_ref.find(reference)
        if customer is not None and is_exact:
            return customer
    try:
        customer, _is_exact = picture.by_name.find(row.values["name"])
    except Unclear:
        raise BadCustomerRow("two_of_this_name", name=row.values["name"]) from None
    # The same name under another reference is another customer.
    if customer is not None and reference and customer.external_ref:
        return None
    return customer


def _owner_of(row, picture, account):
    name = row.values["owner"]
    try:
        person, is_exact = picture.people.find(name)
    except Unclear:
        raise BadCustomerRow("owner_unclear", name=name) from None
    if person is None:
        if near := picture.people.near(name):
            raise BadCustomerRow("no_such_owner_near", name=name, near=near)
        raise BadCustomerRow("no_such_owner", name=name)
    if not is_exact:
        account.guess(row.number, TakenCustomer("name_loosely", given=name, taken=person.name), field_key="owner")
    return person


def _find_parent(row, customer, picture, account, difference):
    if not (name := row.get("parent")):
        return
    try:
        parent, is_exact = picture.by_ref.find(name)
        if parent is None or not is_exact:
            parent, is_exact = picture.by_name.find(name)
    except Unclear:
        account.guess(row.number, TakenCustomer("parent_unclear", name=name), field_key="parent")
        return
    if parent is None:
        account.guess(row.number, TakenCustomer("no_such_parent", name=name), field_key="parent")
        return
    if _is_below(parent, customer):
        account.guess(row.number, TakenCustomer("parents_in_a_ring", name=name), field_key="parent")
        return
    if not is_exact:
        account.guess(row.number, TakenCustomer("name_loosely", given=name, taken=parent.name), field_key="parent")
    for told, more in zip(difference, taken_over(customer, {"parent": parent}), strict=True):
        told.update(more)


def _is_below(customer, other):
    while customer is not None and customer is not other:
        customer = customer.parent
    return customer is other


def _changes_of(picture, account):
    changes = Changes()
    changes.create(Channel, picture.channels.new)
    # A customer is written after its parent.
    by_depth = {}
    for customer in picture.new:
        by_depth.setdefault(_new_ancestors(customer), []).append(customer)
    for depth in sorted(by_depth):
        changes.create(Customer, by_depth[depth])
    changes.update(Customer, picture.changed, (*PLAIN, "name_key", "phone_key", "parent", "owner", "channel"))
    if picture.rechannelled:
        changes.then(lambda by: customer_changed.send(sender=Customer, customer_ids=[c.pk for c in picture.rechannelled]))
    account.also["channels"] += len(picture.channels.new)
    return changes


def _new_ancestors(customer):
    count = 0
    while (customer := customer.parent) is not None and customer.pk is None:
        count += 1
    return count
