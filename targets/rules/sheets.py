"""
A plan as one table: nodes down, twelve months across, three tiers in each cell; and what may be done to it.

Pure: a sheet goes in, changed cells come out. Conventions: docs/conventions.md, "Apportioning" and "Three tiers".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.money import Weight, apportion
from common.refusals import Refusal
from targets.rules.splitting import NO_TARGET, TIER_NAMES, BadTiers, Tiers, derive_tiers, round_half_up

Cells = tuple[Tiers, ...]
Steps = tuple[int, int, int]

#: What the fourth number of a cell says in the image that a step keeps of a row, added up.
BY_HAND, LOCKED = 1, 2


class Tier(TextChoices):
    FLOOR = "floor", _("Floor")
    COMMIT = "commit", _("Commit")
    STRETCH = "stretch", _("Stretch")


class MonthMethod(TextChoices):
    """How a year's total is spread over its months."""

    SEASON = "SEASON", _("By season, from history")
    WORKING_DAYS = "WORKING_DAYS", _("By working days")
    EQUAL = "EQUAL", _("Every month alike")
    WEIGHTS = "WEIGHTS", _("By typed weights")


class SplitMethod(TextChoices):
    """How a unit's months are divided among its children."""

    EQUAL = "EQUAL", _("Equal shares")
    HISTORY = "HISTORY", _("By history")
    HEADCOUNT = "HEADCOUNT", _("By headcount")
    POTENTIAL = "POTENTIAL", _("By market potential")
    CRITICAL_POINT = "CRITICAL_POINT", _("By critical point")
    INTENTIONS = "INTENTIONS", _("By dealers' intentions")
    WEIGHTS = "WEIGHTS", _("By weights")


class SheetRefused(Refusal):
    """A change that a sheet cannot take; ``params["node"]`` names where, ``params["month"]`` when."""

    sentences = {
        "nobody": _("Nobody is in %(node)s in %(month)s, so its target cannot be split there."),
        "no_children": _("%(node)s has no units and nobody who sells, so there is nothing to split among."),
        "no_inputs": _("%(method)s: nobody in %(node)s has a number for it yet. Enter at least one."),
        "no_weight": _("In %(month)s nobody in %(node)s has a weight above zero."),
        "kept_too_much": _(
            "In %(month)s what was set by hand in %(node)s is %(amount)s more than there is. Change one of these amounts, "
            "or let them be changed as well."
        ),
        "all_kept": _("In %(month)s everything in %(node)s was set by hand, so %(amount)s has nowhere to go."),
    }


@dataclass(frozen=True)
class Gap:
    """A month and tier in which what a unit asks for and what is below it differ; ``missing`` > 0 is not split yet, < 0 too much."""

    key: str
    month: date
    tier: str
    parent: int
    children: int

    @property
    def missing(self) -> int:
        return self.parent - self.children


@dataclass(frozen=True)
class UnitGap:
    """
    Where one unit and what is below it differ, all its months together.

    :ivar tiers: the tiers that differ, in their order; the amounts are those of the commit tier, else of the first of them.
    :ivar missing: what is still to be split, over the months that have too little.
    :ivar excess: what was split too much, over the months that have too much.
    """

    key: str
    months: tuple[date, ...]
    tiers: tuple[str, ...]
    parent: int
    children: int
    missing: int
    excess: int


@dataclass(frozen=True)
class Sheet:
    """
    Targets of one plan.

    :ivar months: the first days of its months in order.
    :ivar rounding: the unit in minor units that splits round to.
    :ivar children: unit → what is directly below it, in the shown order; people have no entry.
    :ivar cells: node → its months; a node without an entry has no target.
    :ivar locked: node → positions of its months that nothing may change.
    :ivar over: unit → the part of its target that it plans over (0.03 for 3 %), a buffer given out on purpose.
    :ivar above: unit → position → the units above it in that month, in the order of time; only of months in which that is not
        simply the one that it is a child of: it has moved. In a month of which two have it, each counts what it asks for of it.
    """

    months: tuple[date, ...]
    rounding: int
    children: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, Cells]
    locked: Mapping[str, frozenset[int]] = field(default_factory=dict)
    over: Mapping[str, Fraction] = field(default_factory=dict)
    above: Mapping[str, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)

    def of(self, key: str) -> Cells:
        return self.cells.get(key) or (NO_TARGET,) * len(self.months)

    def year_of(self, key: str) -> Tiers:
        return total(self.of(key))

    def below(self, key: str) -> Iterator[str]:
        """Return a node and everything under it, parents first."""
        yield key
        for child in self.children.get(key, ()):
            yield from self.below(child)

    def asked_below(self, key: str) -> Cells:
        """Return what a unit's children are to add up to: its own months, and the buffer that it plans over."""
        over = self.over.get(key)
        return tuple(planned_over(cell, over, self.rounding) for cell in self.of(key)) if over else self.of(key)

    def left_over(self, key: str) -> list[tuple[int, int, int]]:
        """Return per month what a unit asks for in floor, commit and stretch beyond its children's (negative: less)."""
        return [
            tuple(_running(own - given for own, given in zip(cell.steps, below, strict=True)))
            for cell, below in zip(self.asked_below(key), self.given_below(key), strict=True)
        ]

    def given_below(self, key: str) -> list[Steps]:
        """Return per month the steps that what is below a unit adds up to, in the tree of that month."""
        rows = [(self.of(child), self.above.get(child, ())) for child in self.children.get(key, ())]
        counted = [[row[i].steps for row, apart in rows if i not in apart] for i in range(len(self.months))]
        for (_moved, unit, i), steps in self.apart().items() if self.above else ():
            if unit == key:
                counted[i].append(steps)
        return [added(month) for month in counted]

    def apart(self) -> dict[tuple[str, str, int], Steps]:
        """
        Return what the months of moved units count for each unit above them: (moved, above, position) → steps.

        Of a month in which it moved, those that had it earlier count what the rest below them leaves open, the last one what remains.
        """
        found: dict[tuple[str, str, int], Steps] = {}
        for child, positions in self.above.items():
            for i, units in positions.items():
                left = self.of(child)[i].steps
                for unit in units[:-1]:
                    open_there = self._open_for(unit, i, besides=child)
                    counted = tuple(max(0, min(own, asked)) for own, asked in zip(left, open_there, strict=True))
                    found[child, unit, i] = counted
                    left = tuple(own - taken for own, taken in zip(left, counted, strict=True))
                found[child, units[-1], i] = left
        return found

    def _open_for(self, unit: str, i: int, *, besides: str) -> Steps:
        """Return the steps of a unit's month that what is below it without one moved unit leaves open; of others that moved, all."""
        below = [child for child in self.children.get(unit, ()) if i not in self.above.get(child, ())]
        below += [child for child, positions in self.above.items() if child != besides and unit in positions.get(i, ())[-1:]]
        given = added(self.of(child)[i].steps for child in below)
        return tuple(own - other for own, other in zip(self.asked_below(unit)[i].steps, given, strict=True))

    def gaps(self, key: str) -> list[Gap]:
        """Return every month and tier, of a unit and the units under it, in which the children do not add up to it."""
        found = []
        for unit in self.below(key):
            if unit not in self.children:
                continue
            for month, own, missing in zip(self.months, self.asked_below(unit), self.left_over(unit), strict=True):
                for tier, amount in zip(TIER_NAMES, missing, strict=True):
                    if amount:
                        parent = getattr(own, tier)
                        found.append(Gap(unit, month, tier, parent, parent - amount))
        return found

    def with_changes(self, changes: Mapping[str, Cells]) -> "Sheet":
        return replace(self, cells={**self.cells, **changes})


def gaps_by_unit(gaps: Iterable[Gap]) -> list[UnitGap]:
    """Return one row for each unit that has gaps, in the order of the gaps."""
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(gap.key, []).append(gap)
    return [_unit_gap(key, own) for key, own in found.items()]


def _unit_gap(key: str, gaps: list[Gap]) -> UnitGap:
    tiers = tuple(name for name in TIER_NAMES if any(gap.tier == name for gap in gaps))
    shown = [gap for gap in gaps if gap.tier == (Tier.COMMIT if Tier.COMMIT in tiers else tiers[0])]
    return UnitGap(
        key,
        months=tuple(dict.fromkeys(gap.month for gap in gaps)),
        tiers=tiers,
        parent=sum(gap.parent for gap in shown),
        children=sum(gap.children for gap in shown),
        missing=sum(max(0, gap.missing) for gap in shown),
        excess=sum(max(0, -gap.missing) for gap in shown),
    )


def total(cells: Iterable[Tiers]) -> Tiers:
    """Return the sum of cells, tier by tier."""
    return sum(cells, NO_TARGET)


def marked(image: Sequence[Sequence[int]], mark: int) -> frozenset[int]:
    """Return the positions of the cells that bear a mark in a row's image: [floor, commit, stretch, marks] a month."""
    return frozenset(i for i, cell in enumerate(image) if cell[3] & mark)


def planned_over(cell: Tiers, over: Fraction, rounding: int) -> Tiers:
    """Return a cell with a buffer on top: the part of each tier, rounded half up to the unit."""
    return Tiers(*(amount + round_half_up(amount * over, rounding) for amount in (cell.floor, cell.commit, cell.stretch)))


@dataclass(frozen=True)
class TierRule:
    """How tiers are made where a cell has none yet: percentages of the commit target, and the unit to round to."""

    floor_percent: Weight = 85
    stretch_percent: Weight = 120
    rounding: int = 1

    def around(self, commit: int) -> Tiers:
        return derive_tiers(commit, self.floor_percent, self.stretch_percent, self.rounding)


def set_tier(cell: Tiers, tier: str, amount: int, rule: TierRule) -> Tiers:
    """
    Return a cell with one tier changed.

    A new commit target takes floor and stretch along in their present proportion, or by the rule where there was none;
    a new floor or stretch leaves the others.

    :raises BadTiers: if the tiers would be out of order, or the amount is negative.
    """
    if amount < 0:
        raise BadTiers("negative")
    if tier == Tier.FLOOR:
        return Tiers(amount, cell.commit, cell.stretch)
    if tier == Tier.STRETCH:
        return Tiers(cell.floor, cell.commit, amount)
    if amount == cell.commit:
        return cell
    if cell.commit:
        proportion = Fraction(cell.floor * 100, cell.commit), Fraction(cell.stretch * 100, cell.commit)
        rule = TierRule(*proportion, rule.rounding)
    return rule.around(amount)


def set_span(
    cells: Cells, positions: Sequence[int], *, tier: str, amount: int, fallback: Sequence[Weight], rule: TierRule
) -> Cells:
    """
    Set a month, or a quarter's or year's sum that is shared out among its months as they stand.

    :param positions: which months; a single one takes the amount itself.
    :param fallback: a weight per month of the year, for a sum over months that have nothing yet.
    :raises BadTiers: as ``set_tier``.
    :raises NoWeights: if the sum has no month to go to.
    """
    if amount < 0:
        raise BadTiers("negative")
    _require_order(cells, positions, tier, amount)
    if len(positions) == 1:
        parts = [amount]
    else:
        bases = [cells[i].commit for i in positions]
        weights = bases if any(bases) else [fallback[i] for i in positions]
        parts = apportion(amount, weights, rule.rounding)
        if not all(_is_ordered(cells[i], tier, part) for i, part in zip(positions, parts, strict=True)):
            # Rounded to the unit, a floor or stretch passes the commit target of a month; in single minor units it cannot.
            parts = apportion(amount, weights)
    changed = list(cells)
    for i, part in zip(positions, parts, strict=True):
        changed[i] = set_tier(cells[i], tier, part, rule)
    if tier == Tier.COMMIT and amount and len(positions) > 1:
        aim = set_tier(total(cells[i] for i in positions), tier, amount, rule)
        settle_sums(changed, positions, aim, rounding=rule.rounding)
    return tuple(changed)


def _is_ordered(cell, tier, amount):
    return not (tier == Tier.FLOOR and amount > cell.commit) and not (tier == Tier.STRETCH and amount < cell.commit)


def _require_order(cells, positions, tier, amount):
    if not _is_ordered(total(cells[i] for i in positions), tier, amount):
        raise BadTiers("order")


def settle_sums(changed, positions, aim, *, rounding):
    """
    Round floor and stretch once for the whole sum, so that a year's floor is its percentage and no month's roundings add up.

    Months get multiples of the rounding unit where every one of them has room for that between its tiers, else single minor
    units; where a month's floor or stretch equals its commit target there is no room at all, and its own rounding stands.
    """
    now = [changed[i] for i in positions]
    commits, floors, stretches = ([getattr(cell, tier) for cell in now] for tier in (Tier.COMMIT, Tier.FLOOR, Tier.STRETCH))
    for unit in (rounding, 1):
        settled = list(
            zip(
                apportion(aim.floor, floors if any(floors) else commits, unit),
                commits,
                apportion(aim.stretch, stretches, unit),
                strict=True,
            )
        )
        if all(floor <= commit <= stretch for floor, commit, stretch in settled):
            for i, tiers in zip(positions, settled, strict=True):
                changed[i] = Tiers(*tiers)
            return


def added(rows: Iterable[Steps]) -> Steps:
    """Return the sum of rows of steps: floor, and how much commit and stretch lie above the tier below them."""
    floor = to_commit = to_stretch = 0
    for row in rows:
        floor, to_commit, to_stretch = floor + row[0], to_commit + row[1], to_stretch + row[2]
    return floor, to_commit, to_stretch


def _running(steps: Iterable[int]) -> Iterator[int]:
    so_far = 0
    for step in steps:
        so_far += step
        yield so_far
