"""
Targets that are not added up: a rate holds for everybody below until somebody has one of their own.

Pure: a sheet and what was set go in, every cell comes out. Convention: docs/conventions.md, "Targets of rates".
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple

from targets.rules.sheets import Cells, Sheet
from targets.rules.splitting import NO_TARGET, Tiers

#: A node's own months: position → what was set for it.
Own = Mapping[int, Tiers]


def hand_down(sheet: Sheet, root: str, own: Mapping[str, Own], there: Mapping[str, frozenset[int]]) -> dict[str, Cells]:
    """
    Return the twelve months of every node from a root on: its own where it has one, else what holds for the unit above it.

    :param there: node → the months in which it takes what is above it; a node without an entry always does. What is its own
        stands in any month.
    """
    months = range(len(sheet.months))
    handed = {root: tuple(own.get(root, {}).get(i, NO_TARGET) for i in months)}
    for unit in sheet.below(root):
        for child in sheet.children.get(unit, ()):
            mine, takes = own.get(child, {}), there.get(child, frozenset(months))
            handed[child] = tuple(mine[i] if i in mine else handed[unit][i] if i in takes else NO_TARGET for i in months)
    return handed


def year_of_rate(cells: Cells, *, is_level: bool) -> Tiers | None:
    """
    Return what a fiscal year of months that do not add up asks for; None if none of them asks.

    The mean of its quarters, each the mean of its months, rounded half up; of a level what its last month asks for. As the roll-up
    has it.
    """
    if is_level:
        return cells[-1] if cells[-1] != NO_TARGET else None
    return _mean([_mean(cells[start : start + 3]) for start in range(0, len(cells), 3)])


def _mean(cells: Sequence[Tiers | None]) -> Tiers | None:
    asked = [cell for cell in cells if cell is not None and cell != NO_TARGET]
    if not asked:
        return None
    return Tiers(*((2 * sum(amounts) + len(asked)) // (2 * len(asked)) for amounts in zip(*map(astuple, asked), strict=True)))
