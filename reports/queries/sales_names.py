"""What the rows of the sales analysis are called, and where they lead. Three queries at most."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.rules import Role
from common.db.postgres.prepared import prepared
from common.tenancy import require_company_id
from customers.models import Channel, Customer
from customers.queries import customers_in_sight
from deals.models import Product, ProductLine
from reports.queries.sales import Dimension
from teams.models import Assignment, Unit
from teams.queries import people_in_sight, units_in_sight


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


_AROUND = prepared(
    """
SELECT
    (SELECT json_agg(json_build_array(unit.id, unit.name) ORDER BY unit.kind, above.position, unit.position, unit.name)
        FROM teams_unit unit LEFT JOIN teams_unit above ON above.company_id = unit.company_id AND above.id = unit.parent_id
        WHERE unit.company_id = %(company)s AND (%(sees_everybody)s OR unit.id = ANY(%(units)s::bigint[]))),
    (SELECT MIN(day) FROM credits_dailytotal WHERE company_id = %(company)s),
    (SELECT MAX(day) FROM credits_dailytotal WHERE company_id = %(company)s)
""",
    company="bigint",
    sees_everybody="boolean",
    units="bigint[]",
)
#: People with the unit in which they stood on a day, as `teams.queries.with_place` has it.
_PEOPLE = prepared(
    """
SELECT person.id, person.name, unit.name
FROM teams_person person
LEFT JOIN LATERAL (
    SELECT unit_id FROM teams_assignment WHERE company_id = %(company)s AND person_id = person.id
    ORDER BY starts_on <= %(on)s DESC, CASE WHEN starts_on <= %(on)s THEN starts_on END DESC, starts_on LIMIT 1
) place ON true
LEFT JOIN teams_unit unit ON unit.company_id = %(company)s AND unit.id = place.unit_id
WHERE person.company_id = %(company)s AND person.id = ANY(%(people)s)
ORDER BY person.name, person.id
""",
    company="bigint",
    on="date",
    people="bigint[]",
)


@dataclass(frozen=True)
class Around:
    """What the analysis can be switched to: units in sight as (id, name), the first and last day with figures, None without any."""

    units: tuple[tuple[int, str], ...]
    first: date | None
    last: date | None


def around_of(sight):
    """Return what the analysis can be switched to; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _AROUND,
            {"company": require_company_id(), "sees_everybody": sight.sees_everybody, "units": list(sight.unit_ids)},
        )
        units, first, last = cursor.fetchone()
    return Around(tuple(map(tuple, units or ())), first, last)


def _people(keys, sight, on):
    seen = _seen(people_in_sight, keys, sight)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"company": require_company_id(), "on": on, "people": sorted(keys)})
        rows = cursor.fetchall()
    before, after = reverse("reports:person", args=[0]).rsplit("0", 1)
    return {pk: Label(name, unit or "", f"{before}{pk}{after}" if pk in seen else "") for pk, name, unit in rows}


def _seen(in_sight, keys, sight):
    """Return which of the keys are of what the member sees."""
    return set(keys) if sight.sees_everybody else set(in_sight(sight).filter(pk__in=keys).values_list("pk", flat=True))


def _units(keys, sight, on):
    seen = _seen(units_in_sight, keys, sight)
    leads = {}
    leading = Assignment.objects.on(on).filter(unit_id__in=keys, role__in=(Role.MANAGER, Role.DIRECTOR)).order_by("pk")
    for unit_id, name in leading.values_list("unit_id", "person__name"):
        leads.setdefault(unit_id, []).append(name)
    return {
        pk: Label(name, " · ".join(leads.get(pk, ())), reverse("reports:unit", args=[pk]) if pk in seen else "")
        for pk, name in Unit.objects.filter(pk__in=keys).values_list("pk", "name")
    }


def _customers(keys, sight, on):
    seen = _seen(customers_in_sight, keys, sight)
    before, after = reverse("customers:customer", args=[0]).rsplit("0", 1)
    return {
        pk: Label(name, industry, f"{before}{pk}{after}" if pk in seen else "")
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
