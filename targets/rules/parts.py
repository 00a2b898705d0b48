"""
A plan divided among product lines or sales channels: time × organisation × part, exact in all three at once.

Two equations hold in every month and tier: a node's parts add up to its target, and the children's shares of a part add
up to their unit's. Pure: a divided plan goes in, changed cells come out. Conventions: docs/conventions.md, "Parts".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.money import NoWeights, Weight, apportion
from common.refusals import Refusal
from targets.rules.fitting import NoRoom, fit_table
from targets.rules.sheets import Cells, Sheet, total
from targets.rules.splitting import NO_TARGET, TIER_NAMES, Tiers, split_tier_grid, split_tiers

Row = tuple[str, int]  # node and part


class PartMethod(TextChoices):
    """How a target is divided among parts."""

    HISTORY = "HISTORY", _("By last year’s mix")
    EQUAL = "EQUAL", _("Equal shares")
    WEIGHTS = "WEIGHTS", _("By weights")


class PartsRefused(Refusal):
    """Parts that cannot be made to add up; ``params["node"]`` names where, ``params["month"]`` when."""

    sentences = {
        "kept": _(
            "In %(month)s the parts of %(node)s cannot add up beside what was set by hand: %(cells)s. That is %(amount)s too much or "
            "too little. Change it, or let it be changed as well."
        ),
        "no_weight": _("In %(month)s no part of %(node)s has a weight above zero."),
    }


@dataclass(frozen=True)
class PartSheet:
    """
    The parts of one plan.

    :ivar sheet: the plan's targets.
    :ivar parts: the parts in their shown order.
    :ivar cells: (node, part) → its months; without an entry there is none.
    :ivar kept: (node, part) → positions of the months that stay as they are.
    :ivar final: positions of the months that are closed: nothing is changed there, and nothing is missed.
    """

    sheet: Sheet
    parts: tuple[int, ...]
    cells: Mapping[Row, Cells]
    kept: Mapping[Row, frozenset[int]] = field(default_factory=dict)
    final: frozenset[int] = frozenset()

    def of(self, key: str, part: int) -> Cells:
        return self.cells.get((key, part)) or (NO_TARGET,) * len(self.sheet.months)

    def keeps(self, key: str, part: int, index: int) -> bool:
        return index in self.kept.get((key, part), ())

    @property
    def open_months(self) -> list[int]:
        return [index for index in range(len(self.sheet.months)) if index not in self.final]

    def with_changes(self, changes: Mapping[Row, Cells]) -> "PartSheet":
        return PartSheet(self.sheet, self.parts, {**self.cells, **changes}, self.kept, self.final)

    def given(self, key: str, index: int) -> tuple[int, int, int]:
        """Return the steps that a node's parts add up to in a month."""
        return _steps_of(self.of(key, part)[index] for part in self.parts)

    def below(self, key: str, part: int, index: int) -> tuple[int, int, int]:
        """Return the steps that the children's shares of a part add up to in a month."""
        return _steps_of(self.of(child, part)[index] for child in self.sheet.children.get(key, ()))

    def asked_below(self, key: str, index: int) -> tuple[int, int, int]:
        """Return the steps that a unit's children are asked for in a month, over all parts."""
        return _steps_of(self.sheet.of(child)[index] for child in self.sheet.children.get(key, ()))

    def aims(self, key: str, index: int) -> list[tuple[int, int, int]]:
        """
        Return for each part the steps that a unit's children should bring in a month.

        The unit's own; where the children are deliberately or not yet asked for the same as the unit, their sum in
        proportion to it.
        """
        if self.asked_below(key, index) == self.sheet.of(key)[index].steps:
            return [self.of(key, part)[index].steps for part in self.parts]
        return self.margins(key, index)

    def margins(self, key: str, index: int) -> list[tuple[int, int, int]]:
        """Return for each part the steps that a unit's children can bring in a month: in all what they are asked for."""
        own, whole = [self.of(key, part)[index].steps for part in self.parts], self.asked_below(key, index)
        if tuple(map(sum, zip(*own, strict=True))) == whole:
            return own
        weights = next((w for w in self._weights(key, index) if any(w)), [1] * len(self.parts))
        return list(zip(*(apportion(step, weights) for step in whole), strict=True))

    def _weights(self, key, index):
        yield [self.of(key, part)[index].stretch for part in self.parts]
        yield [total(self.of(key, part)).stretch for part in self.parts]


@dataclass(frozen=True)
class PartGap:
    """
    A month and tier that does not add up: a node's parts to its target (`part` None), or the children's shares to their unit's.

    ``missing`` > 0 is not divided yet, < 0 too much.
    """

    key: str
    part: int | None
    month: date
    tier: str
    wanted: int
    given: int

    @property
    def missing(self) -> int:
        return self.wanted - self.given


def find_part_gaps(sheet: PartSheet, key: str) -> list[PartGap]:
    """Return everything that does not add up at a node and below it, parents first; closed months are left as they are."""
    found = []
    for node in sheet.sheet.below(key):
        for index in sheet.open_months:
            month, own = sheet.sheet.months[index], sheet.sheet.of(node)[index]
            found += _gaps(node, None, month, own.steps, sheet.given(node, index))
            if sheet.sheet.children.get(node):
                for part, aim in zip(sheet.parts, sheet.aims(node, index), strict=True):
                    found += _gaps(node, part, month, aim, sheet.below(node, part, index))
    return found


def _gaps(key, part, month, wanted, given):
    if wanted == given:
        return
    sums = zip(TIER_NAMES, _running(wanted), _running(given), strict=True)
    yield from (PartGap(key, part, month, tier, aim, got) for tier, aim, got in sums if aim != got)


def divide_own(sheet: PartSheet, key: str, weights: Mapping[int, Weight]) -> dict[Row, Cells]:
    """
    Divide a node's own months among its parts by a weight each: every month adds up, and every part's year is its share.

    Kept cells stay, and the months with some of them are divided one by one.

    :raises PartsRefused, NoWeights:
    """
    own, given = sheet.sheet.of(key), [weights.get(part, 0) for part in sheet.parts]
    if any(cell.stretch for cell in own) and not any(given):
        raise NoWeights("all_zero")
    changed = {part: list(sheet.of(key, part)) for part in sheet.parts}
    free = [i for i in sheet.open_months if not any(sheet.keeps(key, part, i) for part in sheet.parts)]
    if any(own[i].stretch for i in free):
        grid = split_tier_grid([own[i] for i in free], given, sheet.sheet.rounding)
    else:
        grid = [[NO_TARGET] * len(free) for _part in sheet.parts]
    for part, cells in zip(sheet.parts, grid, strict=True):
        for index, cell in zip(free, cells, strict=True):
            changed[part][index] = cell
    for index in sheet.open_months:
        if index not in free:
            for part, cell in _beside_kept(sheet, key, index, dict(zip(sheet.parts, given, strict=True))).items():
                changed[part][index] = cell
    return _changes(sheet, {(key, part): tuple(cells) for part, cells in changed.items()})


def refit_own(sheet: PartSheet, key: str) -> dict[Row, Cells]:
    """
    Make a node's parts add up to its target again in the months in which they do not, in proportion to what they are.

    :raises PartsRefused:
    """
    changed = {part: list(sheet.of(key, part)) for part in sheet.parts}
    years = {part: total(cells).stretch for part, cells in changed.items()}
    for index in sheet.open_months:
        if sheet.given(key, index) == sheet.sheet.of(key)[index].steps:
            continue
        weights = {part: cells[index].stretch for part, cells in changed.items()}
        free = [part for part in sheet.parts if not sheet.keeps(key, part, index)]
        # A month that had nothing is divided as the year is.
        weights = next((w for w in (weights, years) if any(w[part] for part in free)), dict.fromkeys(sheet.parts, 1))
        for part, cell in _beside_kept(sheet, key, index, weights).items():
            changed[part][index] = cell
    return _changes(sheet, {(key, part): tuple(cells) for part, cells in changed.items()})


def _beside_kept(sheet, key, index, weights):
    """Divide what a month has beside its kept parts among the others; they alone are returned."""
    kept = [part for part in sheet.parts if sheet.keeps(key, part, index)]
    free = [part for part in sheet.parts if part not in kept]
    held = _steps_of(sheet.of(key, part)[index] for part in kept)
    rest = [own - taken for own, taken in zip(sheet.sheet.of(key)[index].steps, held, strict=True)]
    if min(rest) < 0 or (any(rest) and not free):
        refused = {"node": key, "month": sheet.sheet.months[index], "cells": tuple((key, part) for part in kept)}
        raise PartsRefused("kept", amount=-min(rest) if min(rest) < 0 else sum(rest), **refused)
    if not any(rest):
        return dict.fromkeys(free, NO_TARGET)
    if not any(weights[part] for part in free):
        raise PartsRefused("no_weight", node=key, month=sheet.sheet.months[index])
    tiers = split_tiers(Tiers.from_steps(*rest), [weights[part] for part in free], sheet.sheet.rounding)
    return dict(zip(free, tiers, strict=True))


def divide_below(sheet: PartSheet, unit: str, seeds: Mapping[str, Mapping[int, Weight]] | None = None) -> dict[Row, Cells]:
    """
    Divide each of a unit's children's months among the parts, so that they add up both to the child and to the unit's parts.

    :param seeds: child → part → weight: how each would be divided by itself; a child without any follows the unit. None
        takes each as it stands, and leaves the months that add up already.
    :raises PartsRefused: if what is kept leaves no way; nothing is changed then.
    """
    children = sheet.sheet.children.get(unit, ())
    changed = {(child, part): list(sheet.of(child, part)) for child in children for part in sheet.parts}
    if not changed:
        return {}
    for index in sheet.open_months:
        if seeds is None and _is_even(sheet, unit, children, index):
            continue
        for row, cell in _divide_month(sheet, unit, children, index, seeds or _as_they_stand(sheet, children, index)).items():
            changed[row][index] = cell
    return _changes(sheet, {row: tuple(cells) for row, cells in changed.items()})


def _divide_month(sheet, unit, children, index, seeds):
    """Fill the table children × parts of one month, tier by tier."""
    rows, aims = [sheet.sheet.of(child)[index].steps for child in children], sheet.margins(unit, index)
    weights = [[Fraction(seeds.get(child, {}).get(part, 0)) for part in sheet.parts] for child in children]
    kept = {
        (i, j): sheet.of(child, part)[index].steps
        for i, child in enumerate(children)
        for j, part in enumerate(sheet.parts)
        if sheet.keeps(child, part, index)
    }
    tables = []
    for step in range(len(TIER_NAMES)):
        held = {cell: steps[step] for cell, steps in kept.items()}
        try:
            table = fit_table([row[step] for row in rows], [aim[step] for aim in aims], weights, held, sheet.sheet.rounding)
        except NoRoom as refusal:
            cells = tuple((children[i], sheet.parts[j]) for i, j in refusal.cells)
            params = {"node": unit, "month": sheet.sheet.months[index], "amount": refusal.amount, "cells": cells}
            raise PartsRefused("kept", **params) from refusal
        tables.append(table)
    return {
        (child, part): Tiers.from_steps(*(table[i][j] for table in tables))
        for i, child in enumerate(children)
        for j, part in enumerate(sheet.parts)
    }


def divide_subtree(sheet: PartSheet, key: str, seeds: Mapping[str, Mapping[int, Weight]] | None = None) -> dict[Row, Cells]:
    """
    Divide everything below a node, level by level; its own parts stay.

    :param seeds: see ``divide_below``.
    :raises PartsRefused:
    """
    changes = {}
    for unit in sheet.sheet.below(key):
        found = divide_below(sheet, unit, seeds)
        sheet = sheet.with_changes(found)
        changes |= found
    return changes


def _is_even(sheet, unit, children, index):
    return all(sheet.given(child, index) == sheet.sheet.of(child)[index].steps for child in children) and all(
        sheet.below(unit, part, index) == aim for part, aim in zip(sheet.parts, sheet.margins(unit, index), strict=True)
    )


def _as_they_stand(sheet, children, index):
    """Return how each child is divided in a month, or over the year where it has nothing in the month."""
    found = {}
    for child in children:
        month = {part: sheet.of(child, part)[index].stretch for part in sheet.parts}
        found[child] = month if any(month.values()) else {part: total(sheet.of(child, part)).stretch for part in sheet.parts}
    return found


def _changes(sheet, rows):
    return {row: cells for row, cells in rows.items() if cells != sheet.of(*row)}


def _steps_of(cells: Iterable[Tiers]) -> tuple[int, int, int]:
    return total(cells).steps


def _running(steps):
    floor, to_commit, to_stretch = steps
    return floor, floor + to_commit, floor + to_commit + to_stretch
