"""
Dividing a plan's amounts over months and over the tree, round whatever is locked.

Conventions: docs/conventions.md, "Apportioning", "Three tiers" and "Locks".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from common.money import Weight, apportion
from targets.rules.sheets import Cells, Sheet, SheetRefused, Steps, added, total
from targets.rules.splitting import NO_TARGET, TIER_NAMES, Tiers, split_grid

Kept = Mapping[str, Collection[int]]
_NOTHING: Steps = (0, 0, 0)


@dataclass(frozen=True)
class Conflict:
    """
    A month and tier in which what must stay leaves a unit no room, or nothing that could take the rest.

    :ivar key: the unit whose amount is to be met, or the row whose year is.
    :ivar month: None for a year that is spread over its months.
    :ivar amount: minor units that the kept cells hold too much (> 0), or that have nowhere to go (< 0).
    :ivar cells: the kept cells in question: (key, month, amount in this tier).
    """

    key: str
    month: date | None
    tier: str
    amount: int
    cells: tuple[tuple[str, date, int], ...]


class KeptRefused(SheetRefused):
    """
    What must stay as it is cannot be met; nothing is changed.

    :ivar conflicts: every month and tier in question, in the tree's order; the sentence speaks of the first.
    """

    sentences = SheetRefused.sentences | {
        "locked_too_much": _(
            "In %(month)s the locked cells in %(node)s hold %(amount)s more than there is. Unlock or change one of them."
        ),
        "all_locked": _(
            "In %(month)s everything in %(node)s is locked, so %(amount)s has nowhere to go. Unlock one of the cells."
        ),
        "year_too_small": _("The locked months of %(node)s hold %(amount)s more than the year. Unlock or change one of them."),
        "year_all_locked": _("Every month of %(node)s is locked, so %(amount)s has nowhere to go. Unlock one of them."),
    }

    def __init__(self, code: str, *, conflicts: Iterable[Conflict], **params):
        super().__init__(code, **params)
        self.conflicts = tuple(conflicts)

    @classmethod
    def of(cls, conflicts: Sequence[Conflict], *, locked: Kept, months: Sequence[date]) -> "KeptRefused":
        """Return the refusal that speaks of the first conflict: of locks, or of what was only set by hand."""
        first = conflicts[0]
        params = {"node": first.key, "amount": abs(first.amount)}
        if first.month is None:
            return cls("year_too_small" if first.amount > 0 else "year_all_locked", conflicts=conflicts, **params)
        is_locked = all(months.index(month) in locked.get(key, ()) for key, month, _amount in first.cells)
        codes = ("locked_too_much", "all_locked") if is_locked else ("kept_too_much", "all_kept")
        return cls(codes[first.amount < 0], conflicts=conflicts, month=first.month, **params)


def spread_year(tiers: Tiers, weights: Sequence[Weight], rounding: int) -> Cells:
    """
    Spread a year over months by weights; every tier adds up exactly and stays in order in every month.

    :raises NoWeights: see ``common.money.apportion``.
    """
    by_step = [apportion(step, weights, rounding) for step in tiers.steps]
    return tuple(Tiers.from_steps(*steps) for steps in zip(*by_step, strict=True))


def spread_row(sheet: Sheet, key: str, tiers: Tiers, weights: Sequence[Weight]) -> Cells:
    """
    Spread a row's year over its months by weights; locked months stay, the others share what remains.

    :raises KeptRefused: if the locked months hold more than the year, or nothing is left to take the rest.
    :raises NoWeights: see ``common.money.apportion``.
    """
    locked, now = sheet.locked.get(key, ()), sheet.of(key)
    if not locked:
        return spread_year(tiers, weights, sheet.rounding)
    held = total(now[i] for i in locked)
    rest = [whole - taken for whole, taken in zip(tiers.steps, held.steps, strict=True)]
    free = [0 if i in locked else weight for i, weight in enumerate(weights)]
    if conflicts := _year_conflicts(sheet, key, rest, can_take=any(free)):
        raise KeptRefused.of(conflicts, locked=sheet.locked, months=sheet.months)
    given = spread_year(Tiers.from_steps(*rest), free, sheet.rounding) if any(rest) else (NO_TARGET,) * len(now)
    return tuple(now[i] if i in locked else given[i] for i in range(len(now)))


def _year_conflicts(sheet, key, rest, *, can_take):
    locked, now = sorted(sheet.locked[key]), sheet.of(key)
    return [
        Conflict(key, None, tier, amount, tuple((key, sheet.months[i], getattr(now[i], tier)) for i in locked))
        for tier, amount in _unmet([-left for left in rest], can_take=can_take)
    ]


def _unmet(excesses, *, can_take):
    """
    Return (tier, what its kept cells hold too much, or negative what has nowhere to go), where there is such.

    :param excesses: by how much the kept cells exceed what there is, of each tier only what it adds to the one below it.
    """
    over = short = 0
    for tier, excess in zip(TIER_NAMES, excesses, strict=True):
        # In its own amount a tier lacks what it adds and what the ones below it lack already.
        over, short = max(0, over + excess), min(0, short + excess)
        if excess > 0:
            yield tier, over
        elif excess and not can_take:
            yield tier, short


def split_unit(sheet: Sheet, key: str, weights: Mapping[str, Sequence[Weight]]) -> dict[str, Cells]:
    """
    Divide a unit's months among its children; locked cells stay, the others share what remains.

    :param weights: child → a weight per month; 0 where the child is not there. A child that is missing gets nothing.
    :raises SheetRefused: without children, or for a month with a target in which no weight is above zero.
    :raises KeptRefused: if the locks cannot be met.
    :raises NoWeights: for a negative weight or one that is no number.
    """
    if not sheet.children.get(key):
        raise SheetRefused("no_children", node=key)
    return split_tree(sheet, key, {key: weights})


def split_tree(sheet: Sheet, key: str, weights: Mapping[str, Mapping[str, Sequence[Weight]]]) -> dict[str, Cells]:
    """
    Divide a unit's months among its children, and theirs among their own where weights are given for them.

    A unit with locked cells below it gets at least what they hold, so that locks anywhere can be kept if they can be
    kept at all.

    :param weights: unit → child → a weight per month, for every unit that is to be split.
    :raises SheetRefused, KeptRefused, NoWeights: as ``split_unit``; with all conflicts of the whole tree.
    """
    division = _Division(sheet, key, weights, sheet.locked)
    if conflicts := division.conflicts():
        raise KeptRefused.of(conflicts, locked=sheet.locked, months=sheet.months)
    changes, everything = {}, range(len(sheet.months))
    for unit in sheet.below(key):
        if unit in weights:
            made = division.divide(unit, everything, nobody="no_weight")
            changes |= made
            division.sheet = division.sheet.with_changes(made)
    return changes


def spread_rest(sheet: Sheet, key: str, kept: Kept, fallback: Mapping[str, Mapping[str, Sequence[Weight]]]) -> dict[str, Cells]:
    """
    Make the children of a unit add up to it again, in the months in which they do not, in proportion to what they have.

    :param kept: node → positions of the months that must stay as they are, besides the locked ones.
    :param fallback: unit → child → a weight per month, for months in which nobody who may change has anything yet; every
        unit with an entry is settled, from the top down.
    :raises SheetRefused, KeptRefused: if what is kept leaves no room, or nobody is there.
    """
    kept = {node: frozenset(kept.get(node, ())) | frozenset(sheet.locked.get(node, ())) for node in {*kept, *sheet.locked}}
    division = _Division(sheet, key, {unit: _standing(sheet, unit, kept, given) for unit, given in fallback.items()}, kept)
    changes, conflicts, stuck = {}, [], set()
    for unit in sheet.below(key):
        if unit in stuck or unit not in fallback:
            continue
        positions = [i for i, left in enumerate(division.sheet.left_over(unit)) if any(left)]
        division.weights[unit] = _standing(division.sheet, unit, kept, fallback[unit])
        try:
            made = division.divide(unit, positions, nobody="nobody")
        except KeptRefused as refusal:
            conflicts += refusal.conflicts
            stuck |= set(sheet.below(unit))
            continue
        made = {child: cells for child, cells in made.items() if cells != sheet.of(child)}
        changes |= made
        division.sheet = division.sheet.with_changes(made)
    if conflicts:
        raise KeptRefused.of(conflicts, locked=sheet.locked, months=sheet.months)
    return changes


def _standing(sheet, unit, kept, fallback):
    """Return child → weights per month by what each has; somebody who is not there any more gets no part of a rest."""
    children = sheet.children.get(unit, ())
    nothing = (0,) * len(sheet.months)
    rows = {child: list(fallback.get(child, nothing)) for child in children}
    for i in range(len(sheet.months)):
        free = [child for child in children if i not in kept.get(child, ()) and rows[child][i]]
        cells = {child: sheet.of(child)[i] for child in free}
        for tier in ("commit", "stretch"):
            if any(getattr(cell, tier) for cell in cells.values()):
                for child, cell in cells.items():
                    rows[child][i] = getattr(cell, tier)
                break
    return rows


@dataclass
class _Need:
    """What a node must get at least in each month because of kept cells in it, and whether it could take more."""

    low: list[Steps]
    is_free: list[bool]
    is_bound: list[bool]  # whether anything is kept in it at all


class _Division:
    """
    Dividing the units of a tree one after the other, from the top down.

    What a unit was asked for in months in which it belonged elsewhere stays, and counts there.

    :ivar sheet: as it stands by now.
    :ivar weights: unit → child → a weight per month, for every unit that is divided.
    :ivar kept: node → positions of the months that stay.
    """

    def __init__(self, sheet: Sheet, key: str, weights, kept: Kept):
        self.apart = sheet.apart() if sheet.above else {}
        if self.apart:
            kept = {node: frozenset((*kept.get(node, ()), *sheet.above.get(node, ()))) for node in {*kept, *sheet.above}}
        self.sheet, self.key, self.weights, self.kept = sheet, key, weights, kept
        self.parent_of = {child: unit for unit, children in sheet.children.items() for child in children}
        self.needs: dict[str, _Need] = {}  # of everything below the key that is kept, or holds something kept
        everything = list(sheet.below(key))
        if any(kept.get(node) for node in everything[1:]):
            for node in reversed(everything[1:]):
                self._weigh(node)

    def _held(self, child, unit, i):
        """Return what a kept month counts for a unit above it."""
        return (
            self.apart.get((child, unit, i), _NOTHING)
            if i in self.sheet.above.get(child, ())
            else self.sheet.of(child)[i].steps
        )

    def _strangers(self, unit, i):
        """Return what counts for a unit of those that belonged to it in a month, but do not any more."""
        children = self.sheet.children.get(unit, ())
        return [steps for (child, above, at), steps in self.apart.items() if (above, at) == (unit, i) and child not in children]

    def _bound_children(self, unit):
        return [child for child in self.sheet.children.get(unit, ()) if child in self.needs] if unit in self.weights else []

    def _weigh(self, node):
        children, kept = self._bound_children(node), self.kept.get(node, ())
        if not (children or kept):
            return
        count = len(self.sheet.months)
        need = _Need([_NOTHING] * count, [True] * count, [False] * count)
        for i in range(count):
            if i in kept:
                need.low[i], need.is_free[i], need.is_bound[i] = self._held(node, self.parent_of[node], i), False, True
            elif any(self.needs[child].is_bound[i] for child in children):
                need.low[i], need.is_bound[i] = added(self.needs[child].low[i] for child in children), True
                need.is_free[i] = self._can_take(node, i)
        self.needs[node] = need

    def _can_take(self, unit, i):
        """Return whether somebody in a unit could take more in a month than what is kept."""
        rows = self.weights[unit]
        return any(
            child in rows and rows[child][i] and (child not in self.needs or self.needs[child].is_free[i])
            for child in self.sheet.children[unit]
        )

    def conflicts(self):
        """Return where a fixed amount, the topmost or a kept one, cannot be met by what is below it."""
        found = []
        for unit in self.sheet.below(self.key):
            if not (children := self._bound_children(unit)):
                continue
            for i in range(len(self.sheet.months)) if unit == self.key else sorted(self.kept.get(unit, ())):
                if any(self.needs[child].is_bound[i] for child in children):
                    low = added([*(self.needs[child].low[i] for child in children), *self._strangers(unit, i)])
                    found += self._in_month(unit, i, low, can_take=self._can_take(unit, i))
        return found

    def _in_month(self, unit, i, low, *, can_take):
        sheet, asked = self.sheet, self.sheet.asked_below(unit)[i]
        excesses = [held - whole for whole, held in zip(asked.steps, low, strict=True)]
        for tier, amount in _unmet(excesses, can_take=can_take):
            kept = ((key, sheet.months[i], getattr(sheet.of(key)[i], tier)) for key in self._kept_below(unit, i))
            yield Conflict(unit, sheet.months[i], tier, amount, tuple(kept))

    def _kept_below(self, unit, i):
        """Return the topmost kept cells of a month below a unit, in the shown order."""
        for child in self.sheet.children.get(unit, ()):
            if i in self.kept.get(child, ()):
                yield child
            elif child in self.weights:
                yield from self._kept_below(child, i)

    def divide(self, unit, positions, *, nobody):
        """
        Return a unit's children with some of their months divided anew.

        :param nobody: the code to refuse a month with in which nobody has a weight.
        """
        sheet, kept = self.sheet, self.kept
        children = sheet.children.get(unit, ())
        if not (children and positions):
            return {}
        asked, nothing = sheet.asked_below(unit), (0,) * len(sheet.months)
        lows, rows = [], []
        for child in children:
            need, stays = self.needs.get(child), kept.get(child, ())
            row = self.weights[unit].get(child, nothing)
            lows.append([self._held(child, unit, i) if i in stays else need.low[i] if need else _NOTHING for i in positions])
            rows.append([0 if i in stays or (need and not need.is_free[i]) else row[i] for i in positions])
        if self.apart:
            # One more row of what counts here of those who do not belong to it any more: it stays as it is.
            lows.append([added(self._strangers(unit, i)) for i in positions])
            rows.append([0] * len(positions))
        self._require_room(unit, positions, lows, rows, nobody=nobody)
        by_step = [
            _share(
                [asked[i].steps[step] for i in positions], rows, [[low[step] for low in row] for row in lows], sheet.rounding
            )
            for step in range(len(TIER_NAMES))
        ]
        made = {}
        for number, child in enumerate(children):
            cells = list(sheet.of(child))
            for i, steps in zip(positions, zip(*(grid[number] for grid in by_step), strict=True), strict=True):
                if i not in kept.get(child, ()):
                    cells[i] = Tiers.from_steps(*steps)
            made[child] = tuple(cells)
        return made

    def _require_room(self, unit, positions, lows, rows, *, nobody):
        conflicts, asked = [], self.sheet.asked_below(unit)
        for column, i in enumerate(positions):
            can_take = any(row[column] for row in rows)
            low = added(row[column] for row in lows)
            if any(low) or any(i in self.kept.get(child, ()) for child in self.sheet.children[unit]):
                conflicts += self._in_month(unit, i, low, can_take=can_take)
            elif asked[i] != NO_TARGET and not can_take:
                raise SheetRefused(nobody, node=unit, month=self.sheet.months[i])
        if conflicts:
            raise KeptRefused.of(conflicts, locked=self.sheet.locked, months=self.sheet.months)


def _share(totals: Sequence[int], rows: Sequence[Sequence[Weight]], lows: Sequence[Sequence[int]], rounding: int):
    """
    Divide monthly totals by weights so that everybody has at least their low; without a weight, exactly that.

    Whoever would be given less than their low is given it, and the others share what remains, until all have theirs.
    """
    rows = [list(row) for row in rows]
    while True:
        rest = [
            whole - sum(low[column] for row, low in zip(rows, lows, strict=True) if not row[column])
            for column, whole in enumerate(totals)
        ]
        grid = _grid(rest, rows, rounding)
        short = [
            (number, column)
            for number, (row, low) in enumerate(zip(rows, lows, strict=True))
            for column, weight in enumerate(row)
            if weight and grid[number][column] < low[column]
        ]
        if not short:
            return [
                [part if weight else least for part, weight, least in zip(parts, row, low, strict=True)]
                for parts, row, low in zip(grid, rows, lows, strict=True)
            ]
        for number, column in short:
            rows[number][column] = 0


def _grid(totals, rows, rounding):
    if not any(totals):
        return [[0] * len(totals) for _row in rows]
    # One weight for the whole year keeps the children's years exact too, not only their months.
    is_steady = all(len(set(row)) == 1 for row in rows)
    return split_grid(totals, [row[0] for row in rows] if is_steady else rows, rounding)
