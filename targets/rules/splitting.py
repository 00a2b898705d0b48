"""
Splitting a target over time and over people so that every margin adds up exactly.

Amounts are integers in minor units. Conventions: docs/conventions.md, "Apportioning" and "Three tiers".
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from common.money import Weight, apportion, exact_weights
from common.refusals import Refusal

TIER_NAMES = ("floor", "commit", "stretch")


class BadTiers(Refusal):
    """Tiers out of order or percentages that would put them so."""

    sentences = {
        "negative": _("A target cannot be negative."),
        "order": _("Floor, commit and stretch must not fall: floor ≤ commit ≤ stretch."),
        "floor_percent": _("The floor must lie between zero and the whole commit target."),
        "stretch_percent": _("The stretch must be at least the whole commit target."),
    }


@dataclass(frozen=True)
class Tiers:
    """
    The three targets of a node in minor units; ``commit`` is "the" target.

    :raises BadTiers: unless 0 ≤ floor ≤ commit ≤ stretch.
    """

    floor: int
    commit: int
    stretch: int

    def __post_init__(self):
        if self.floor < 0:
            raise BadTiers("negative")
        if not self.floor <= self.commit <= self.stretch:
            raise BadTiers("order")

    def __add__(self, other: "Tiers") -> "Tiers":
        return Tiers(self.floor + other.floor, self.commit + other.commit, self.stretch + other.stretch)

    @property
    def steps(self) -> tuple[int, int, int]:
        """The floor and what each further tier adds to the one below: never negative, so they can be split apart."""
        return self.floor, self.commit - self.floor, self.stretch - self.commit

    @classmethod
    def from_steps(cls, floor: int, to_commit: int, to_stretch: int) -> "Tiers":
        return cls(floor, floor + to_commit, floor + to_commit + to_stretch)


NO_TARGET = Tiers(0, 0, 0)


def derive_tiers(commit: int, floor_percent: Weight = 85, stretch_percent: Weight = 120, unit: int = 1) -> Tiers:
    """
    Return three tiers around a commit target: the percentages of it, rounded half up to the unit.

    The commit target stays as it is; rounding never pushes a tier past it.

    :raises BadTiers: negative commit, floor not within 0–100 %, stretch below 100 %.
    """
    floor_share, stretch_share = Fraction(floor_percent) / 100, Fraction(stretch_percent) / 100
    if commit < 0:
        raise BadTiers("negative")
    if not 0 <= floor_share <= 1:
        raise BadTiers("floor_percent")
    if stretch_share < 1:
        raise BadTiers("stretch_percent")
    return Tiers(
        floor=min(commit, round_half_up(commit * floor_share, unit)),
        commit=commit,
        stretch=max(commit, round_half_up(commit * stretch_share, unit)),
    )


def split_tiers(tiers: Tiers, weights: Sequence[Weight], unit: int = 1) -> list[Tiers]:
    """
    Divide three tiers among children: each tier adds up exactly, and every child keeps floor ≤ commit ≤ stretch.

    The floor and the two steps above it are apportioned one by one, so no rounding can turn the order round.

    :raises NoWeights: see ``apportion``.
    """
    by_step = [apportion(step, weights, unit) for step in tiers.steps]
    return [Tiers.from_steps(*steps) for steps in zip(*by_step, strict=True)]


def split_grid(column_totals: Sequence[int], weights: Sequence[Weight | Sequence[Weight]], unit: int = 1) -> list[list[int]]:
    """
    Divide fixed monthly totals among children: one row a child, one column a month.

    Every month adds up exactly to its total. A child's weight is one number for all months, and then the children's
    sums over all months are exactly ``apportion(sum(column_totals), weights, unit)``; or a number per month (a hire of
    July has 0 until June), and then those sums are within a few units of their exact shares.

    :param column_totals: ≥ 0, usually the parent's months in order.
    :raises NoWeights: no child, a negative weight, or a month with a total in which all weights are zero.
    """
    _require_amounts(column_totals)
    if not any(isinstance(weight, Sequence) for weight in weights):
        return fill_grid(apportion(sum(column_totals), weights, unit), column_totals, unit)
    rows = [list(weight) if isinstance(weight, Sequence) else [weight] * len(column_totals) for weight in weights]
    grid = [[0] * len(column_totals) for _row in rows]
    quotas = [[Fraction(0)] * len(column_totals) for _row in rows]
    for column, total in enumerate(column_totals):
        exact = exact_weights([row[column] for row in rows]) if total else [Fraction(1)] * len(rows)
        whole, below_unit = sum(exact), total % unit
        # What is no multiple of the unit goes to the largest weight of the month, the earlier of equals.
        grid[exact.index(max(exact))][column] = below_unit
        for row, weight in enumerate(exact):
            quotas[row][column] = (total - below_unit) * weight / whole / unit
    # A last column takes up what each row misses to its next whole unit: then both margins are whole.
    for quota in quotas:
        quota.append(-sum(quota) % 1)
    for row, counts in enumerate(round_grid(quotas)):
        for column in range(len(column_totals)):
            grid[row][column] += counts[column] * unit
    return grid


def fill_grid(row_totals: Sequence[int], column_totals: Sequence[int], unit: int = 1) -> list[list[int]]:
    """
    Fill a table whose row sums and column sums are both given, in proportion to both, in whole units.

    This is time × organisation: the children's years and the parent's months are fixed, the cells follow. What no
    multiple of the unit can express is gathered in as few cells as possible.

    :raises ValueError: if the two margins differ in total, or any is negative.
    """
    _require_amounts(row_totals)
    _require_amounts(column_totals)
    total = sum(row_totals)
    if total != sum(column_totals):
        raise ValueError(f"Rows add up to {total}, columns to {sum(column_totals)}")
    grid = [[0] * len(column_totals) for _row in row_totals]
    rows, columns = list(row_totals), list(column_totals)
    place_below_unit(grid, rows, columns, unit)
    rest = sum(rows)
    if rest:
        # All quotas are parts of one whole, so that whole numbers do: several times faster than fractions.
        quotas = [[row * column for column in columns] for row in rows]
        for row, counts in enumerate(round_grid(quotas, rest * unit)):
            for column, count in enumerate(counts):
                grid[row][column] += count * unit
    return grid


def split_tier_grid(
    column_tiers: Sequence[Tiers], weights: Sequence[Weight | Sequence[Weight]], unit: int = 1
) -> list[list[Tiers]]:
    """
    Divide monthly tiers among children, as ``split_grid`` does for one amount; every cell keeps the order of its tiers.

    :raises NoWeights: as ``split_grid``.
    """
    by_step = [split_grid(totals, weights, unit) for totals in zip(*(tiers.steps for tiers in column_tiers), strict=True)]
    return [
        [Tiers.from_steps(*steps) for steps in zip(*rows, strict=True)]
        for rows in zip(*by_step, strict=True)
    ]  # fmt: skip


@dataclass(frozen=True)
class Mismatch:
    """A tier in which the children do not add up to the parent; ``difference`` > 0 means too much was given out."""

    tier: str
    parent: int
    children: int
    buffer: int

    @property
    def difference(self) -> int:
        return self.children - self.parent - self.buffer


def find_mismatches(parent: Tiers, children: Sequence[Tiers], buffer: Tiers = NO_TARGET) -> list[Mismatch]:
    """
    Return the tiers that may not be published: where children ≠ parent + the buffer that was declared on purpose.

    A node without children has nothing to mismatch.
    """
    if not children:
        return []
    sums = {name: sum(getattr(child, name) for child in children) for name in TIER_NAMES}
    found = [Mismatch(name, getattr(parent, name), sums[name], getattr(buffer, name)) for name in TIER_NAMES]
    return [mismatch for mismatch in found if mismatch.difference]


def prorate(month_targets: Sequence[int], active_days: Sequence[int], working_days: Sequence[int]) -> int:
    """
    Return the part of monthly targets that falls to somebody who was there only on some working days.

    Σ month target × active ÷ working days of that month, rounded half up once at the end; the season stays in. A month
    without working days asks for nothing.
    """
    months = zip(month_targets, active_days, working_days, strict=True)
    exact = sum((Fraction(target * active, days) for target, active, days in months if days), Fraction(0))
    return round_half_up(exact, 1)


def round_half_up(exact: Fraction, unit: int) -> int:
    """Return a number rounded to the nearest multiple of a unit, up from the middle."""
    return int((exact / unit + Fraction(1, 2)) // 1) * unit


def _require_amounts(amounts: Sequence[int]) -> None:
    if any(amount < 0 for amount in amounts):
        raise BadTiers("negative")


def place_below_unit(grid: list[list[int]], rows: list[int], columns: list[int], unit: int, kept=frozenset()) -> None:
    """
    Move what is no multiple of the unit from both margins into cells, leaving margins of whole units that agree.

    :param kept: (row, column) of cells that take nothing; with any, something may be left in the margins.
    """
    row_rests, column_rests = [row % unit for row in rows], [column % unit for column in columns]
    gap = sum(row_rests) - sum(column_rests)
    # The two margins agree in total, so the gap is whole units: the side with less gives some of its largest lines' units.
    totals, rests = (columns, column_rests) if gap > 0 else (rows, row_rests)
    for _step in range(abs(gap) // unit):
        largest = max(range(len(totals)), key=lambda i: (totals[i] - rests[i], -i))
        rests[largest] += unit
    for row in range(len(rows)):
        for column in range(len(columns)):
            if (row, column) not in kept and (moved := min(row_rests[row], column_rests[column])):
                grid[row][column] += moved
                row_rests[row] -= moved
                column_rests[column] -= moved
                rows[row] -= moved
                columns[column] -= moved


def round_grid(quotas: Sequence[Sequence[Weight]], whole: int = 1) -> list[list[int]]:
    """
    Round every cell, a quota in parts of a whole, down or up so that the rows and the columns, whose exact sums are whole, keep them.

    This always exists: the fractions are a flow through a network whose capacities are whole, so there is a whole flow
    too (integrality of network flows; "controlled rounding" in L. H. Cox, JASA 82, 1987). Cells with the largest
    fractions are tried first; a cell in the way is exchanged along a shortest alternating path.
    """
    counts = [[int(quota // whole) for quota in row] for row in quotas]
    fractions = [[quota % whole for quota in row] for row in quotas]
    row_left = [int(sum(row) // whole) for row in fractions]
    column_left = [int(sum(column) // whole) for column in zip(*fractions, strict=True)]
    is_up = [[False] * len(row) for row in fractions]
    cells = sorted((-part, row, column) for row, parts in enumerate(fractions) for column, part in enumerate(parts) if part)
    for _part, row, column in cells:
        if row_left[row] and column_left[column]:
            is_up[row][column] = True
            row_left[row] -= 1
            column_left[column] -= 1
    for row, left in enumerate(row_left):
        for _unit in range(left):
            column_left[_exchange(row, fractions, is_up, column_left)] -= 1
    return [[count + up for count, up in zip(down, ups, strict=True)] for down, ups in zip(counts, is_up, strict=True)]


def _exchange(start: int, fractions, is_up, column_left) -> int:
    """Give a row one more cell by swapping along a shortest alternating path; return the column that took it."""
    reached_from: dict[int, tuple[int, int]] = {}  # column → (row it was reached from, column that row gave up or -1)
    queue, seen_rows = deque([(start, -1)]), {start}
    while queue:
        row, given_up = queue.popleft()
        for column, part in enumerate(fractions[row]):
            if not part or is_up[row][column] or column in reached_from:
                continue
            reached_from[column] = (row, given_up)
            if column_left[column]:
                _swap_back(column, reached_from, is_up)
                return column
            for other, ups in enumerate(is_up):
                if ups[column] and other not in seen_rows:
                    seen_rows.add(other)
                    queue.append((other, column))
    raise AssertionError("a grid with whole margins can always be rounded")


def _swap_back(column: int, reached_from: dict[int, tuple[int, int]], is_up) -> None:
    """Walk an alternating path back to its start: each row on it takes the column it found and gives up the one before."""
    while column != -1:
        row, given_up = reached_from[column]
        is_up[row][column] = True
        if given_up != -1:
            is_up[row][given_up] = False
        column = given_up
