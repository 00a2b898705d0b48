"""Last year's plan as the beginning of the next one, in the structure of today. Writes nothing."""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from common.money import apportion
from targets.queries.plans import Node, unit_key
from targets.rules import NO_TARGET, Tiers


@dataclass(frozen=True)
class NotTaken:
    """Somebody of last year's plan who sells nowhere in the new year: what they were asked for stays at their unit, not split."""

    name: str
    unit: Node
    commit: int  # of their year, before growth


@dataclass
class Copy:
    """The cells of the new plan by key, and who is not in it any more."""

    cells: dict = field(default_factory=dict)
    not_taken: list = field(default_factory=list)


def propose_copy(source, sheet, *, growth):
    """
    Return a plan's targets for another year's sheet.

    Month by month and tier by tier everybody's part is what it was, grown; the whole is rounded once, to the new plan's unit, and
    shared out by largest remainder. Whoever moved takes their months to where they are now. What leavers had, and what was not
    split, stays at the unit as its rest.

    :param source: the `PlanSheet` of the plan that is copied; `sheet` the empty one of the new year, with leaders.
    :param growth: a Fraction: 0.08 for 8 % more.
    """
    copy, seats = Copy(), _seats(sheet)
    rows, rests = defaultdict(lambda: [(0, 0, 0)] * 12), defaultdict(lambda: [(0, 0, 0)] * 12)
    for key in source.nodes:
        node, cells = source.nodes[key], source.sheet.of(key)
        home = _home(source, sheet, key)
        if not node.is_person:
            _add(rests[home], [left if min(left) >= 0 else (0, 0, 0) for left in _left_steps(source, key)])
            continue
        seat = seats.get(node.person_id)
        there = sheet.nodes[seat].presence if seat else (0,) * 12
        _add(rows[seat], [cell.steps if here else (0, 0, 0) for cell, here in zip(cells, there, strict=True)])
        home = sheet.nodes[seat].parent if seat else home
        _add(rests[home], [(0, 0, 0) if here else cell.steps for cell, here in zip(cells, there, strict=True)])
        if seat is None and any(cell != NO_TARGET for cell in cells):
            copy.not_taken.append(NotTaken(node.name, sheet.nodes[home], sum(cell.commit for cell in cells)))
    rows.pop(None, None)
    _grow([*rows.values(), *rests.values()], 1 + Fraction(growth), sheet.plan.rounding_unit)
    for key in reversed(sheet.nodes):
        months = rows.get(key, [(0, 0, 0)] * 12)
        if not sheet.nodes[key].is_person:
            months = list(rests.get(key, [(0, 0, 0)] * 12))
            for child in sheet.sheet.children.get(key, ()):
                _add(months, [cell.steps for cell in copy.cells.get(child, ())])
        cells = tuple(Tiers.from_steps(*steps) for steps in months)
        if any(cell != NO_TARGET for cell in cells):
            copy.cells[key] = cells
    return copy


def _seats(sheet):
    """Return person → the key of the row in which they are for the longest time."""
    seats = {}
    for key, node in sheet.nodes.items():
        if node.is_person and any(node.presence):
            best = seats.get(node.person_id)
            if best is None or sum(node.presence) > sum(sheet.nodes[best].presence):
                seats[node.person_id] = key
    return seats


def _home(source, sheet, key):
    """Return the unit of the new sheet that stands for a row's unit: itself, or the nearest one above that there still is."""
    unit = unit_key(source.nodes[key].unit_id)
    while unit is not None and unit not in sheet.nodes:
        unit = source.nodes[unit].parent
    return unit or sheet.root.key


def _left_steps(source, key):
    """Return per month what a unit's three steps have more than its children's."""
    left = source.sheet.left_over(key)
    return [(floor, commit - floor, stretch - commit) for floor, commit, stretch in left]


def _add(months, more):
    for i, steps in enumerate(more):
        months[i] = tuple(a + b for a, b in zip(months[i], steps, strict=True))


def _grow(leaves, factor, rounding):
    """Multiply months in place so that each month's whole is rounded once and the leaves add up to it."""
    for i in range(12):
        for step in range(3):
            amounts = [months[i][step] for months in leaves]
            if not (whole := sum(amounts)):
                continue
            grown = int((whole * factor / rounding + Fraction(1, 2)) // 1) * rounding
            for months, part in zip(leaves, apportion(grown, amounts, rounding), strict=True):
                months[i] = (*months[i][:step], part, *months[i][step + 1 :])
