"""
Where a table makes pay jump: the places at which one unit more of what is counted changes what is paid for all of it.

Conventions: docs/conventions.md, "Pay".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from incentives.rules.earning import Table
from incentives.rules.numbers import Exact
from incentives.rules.tables import Row
from incentives.rules.terms import BY_DEAL, Pays, Steps

#: Who ends this near to a jump, in per cent of where it is, is told apart.
NEAR_PERCENT = 5
#: The same of a discount or margin, in percentage points.
NEAR_DISCOUNT = 1


@dataclass(frozen=True, slots=True)
class Jump:
    """
    A place at which a table holds for everything, and holds something else from there on.

    :ivar at: where, in what chooses the step. :ivar before, after: what holds below it, and from it on; 0 where nothing does.
    """

    at: Exact
    before: Exact
    after: Exact


def jumps_in(rows: Sequence[Row], reads: str, pays: str = Pays.RATE) -> list[Jump]:
    """
    Return the jumps of a table, in order; none where it is paid continuously.

    *Flat*: wherever the value changes, the beginning of the first step and the end of the last one included. *Interpolated*: at
    the first point, below which there is nothing. *Marginal*: nowhere, each slice has its own rate; but where a step gives an
    amount, at each of them.
    """
    if not rows:
        return []
    if reads == Steps.MARGINAL:
        return _added_up(rows) if pays == Pays.AMOUNT else []
    first, last = rows[0], rows[-1]
    found = [Jump(first.starts_at, 0, first.value)]
    if reads == Steps.FLAT:
        found += [Jump(row.starts_at, before.value, row.value) for before, row in zip(rows, rows[1:], strict=False)]
        if last.ends_before is not None:
            found.append(Jump(last.ends_before, last.value, 0))
    return [jump for jump in found if jump.at > 0 and jump.before != jump.after]


def _added_up(rows):
    found, before = [], 0
    for row in rows:
        found.append(Jump(row.starts_at, before, before + row.value))
        before += row.value
    return [jump for jump in found if jump.at > 0 and jump.before != jump.after]


def worth_of(table: Table, jump: Jump, base: Exact) -> Exact:
    """Return what a jump of a table is worth to somebody with so much of what is paid for, in minor units."""
    return table.of(base, jump.after - jump.before)


def margin_of(at: Exact, chosen_by: str = "") -> Exact:
    """Return how near to a jump is near: a part of where it is, of a discount or margin so many points."""
    return NEAR_DISCOUNT if chosen_by in BY_DEAL else Fraction(at) * NEAR_PERCENT / 100


def near(values: Sequence[Exact], at: Exact, margin: Exact) -> tuple[int, int]:
    """Return how many of some values lie just below a jump, and how many on it or just above."""
    below = sum(1 for value in values if at - margin <= value < at)
    return below, sum(1 for value in values if at <= value < at + margin)


def middle(values: Sequence[Exact]) -> Exact:
    """Return the value in the middle, of an even number the lower one; 0 of none."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2] if ordered else 0
