"""The tree of units with heads and headcounts, as frozen rows."""

from dataclasses import dataclass, field

from django.db.models import Q

from accounts.rules import Role
from common.questions import Question
from teams import rules
from teams.models import Assignment, Unit
from teams.queries.sight import LEADING_ROLES, units_in_sight


@dataclass(frozen=True)
class Head:
    """Somebody who leads a unit."""

    person_id: int
    name: str
    role: str


@dataclass(frozen=True)
class Node:
    """A unit with what stands in and below it."""

    unit: Unit
    heads: tuple[Head, ...]
    direct: int  # people in the unit itself
    headcount: int  # with everything below
    reps: int  # reps in the unit itself
    span_warning: str | None  # a value of rules.SpanWarning
    is_headless: bool  # reps without anybody who leads them
    children: tuple["Node", ...] = field(default=())


def tree(*, sight, company, with_closed=False):
    """
    Return the units in sight as trees, with heads and headcounts on the day of the sight; two queries.

    A unit whose parent is out of sight is the top of a tree.
    """
    units = list(units_in_sight(sight).order_by("position", "name", "pk"))
    if not with_closed:
        units = [unit for unit in units if unit.closed_on is None or unit.closed_on > sight.on]
    heads, direct, reps = {}, {}, {}
    rows = (
        Assignment.objects.on(sight.on)
        .filter(Q(person__left_on=None) | Q(person__left_on__gt=sight.on))
        .order_by("person__name", "person_id")
        .values_list("unit_id", "role", "person_id", "person__name")
    )
    for unit_id, role, person_id, name in rows:
        direct[unit_id] = direct.get(unit_id, 0) + 1
        if role in LEADING_ROLES:
            heads.setdefault(unit_id, []).append(Head(person_id, name, role))
        elif role == Role.REP:
            reps[unit_id] = reps.get(unit_id, 0) + 1
    children = {}
    known = {unit.pk for unit in units}
    for unit in units:
        children.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)

    def node(unit):
        below = tuple(node(child) for child in children.get(unit.pk, ()))
        led_by, sellers = heads.get(unit.pk, []), reps.get(unit.pk, 0)
        managers = sum(head.role == Role.MANAGER for head in led_by) or len(led_by)
        warning = None
        if sellers and managers:
            share = -(-sellers // managers)
            warning = rules.span_warning(share, fewest=company.span_of_control_from, most=company.span_of_control_to)
        return Node(
            unit=unit,
            heads=tuple(led_by),
            direct=direct.get(unit.pk, 0),
            headcount=direct.get(unit.pk, 0) + sum(child.headcount for child in below),
            reps=sellers,
            span_warning=warning,
            is_headless=bool(sellers and not led_by),
            children=below,
        )

    return [node(unit) for unit in children.get(None, ())]


def units_by_depth(sight):
    """Return (id, name, depth) of the units in sight, closed ones too, each below the one above it; one query."""
    return rules.branches(list(Question("units by depth", (sight,), lambda: _units_in_order(sight))))


def _units_in_order(sight):
    return units_in_sight(sight).order_by("position", "name", "pk").values_list("pk", "name", "parent_id")


def path_of(unit):
    """Return the units above one, from the company down, without itself; one query."""
    parents = {row.pk: row for row in Unit.objects.all()}
    above, current = [], parents.get(unit.parent_id)
    while current is not None:
        above.append(current)
        current = parents.get(current.parent_id)
    return above[::-1]
