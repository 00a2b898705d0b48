"""Plans made from below: units that take what is below them adds up to. Conventions: docs/conventions.md, "Buffer"."""

from bisect import bisect_right
from fractions import Fraction

from targets.rules.sheets import Cells, Sheet
from targets.rules.splitting import Tiers, round_half_up


def sum_up(sheet: Sheet, key: str) -> dict[str, Cells]:
    """
    Return the units from a node down whose months become what their children add up to.

    Locked months and units without children stay, and so do months in which a unit belonged elsewhere. Of a unit that plans
    over, it is the largest amount whose buffer fits.
    """
    changed: dict[str, Cells] = {}
    for unit in reversed(list(sheet.below(key))):
        if sheet.children.get(unit):
            now, stays = sheet.of(unit), {*sheet.locked.get(unit, ()), *sheet.above.get(unit, ())}
            below = map(Tiers.from_steps, *zip(*sheet.with_changes(changed).given_below(unit), strict=True))
            sums = [_without_buffer(cell, sheet.over.get(unit), sheet.rounding) for cell in below]
            cells = tuple(now[i] if i in stays else cell for i, cell in enumerate(sums))
            if cells != now:
                changed[unit] = cells
    return changed


def _without_buffer(cell: Tiers, over: Fraction | None, rounding: int) -> Tiers:
    """Return the largest amounts that are not more than a cell once their buffer is on top."""
    if not over:
        return cell

    def largest(amount):
        near = int(amount / (1 + over))
        tried = range(max(0, near - rounding), near + rounding + 1)
        return tried[bisect_right(tried, amount, key=lambda own: own + round_half_up(own * over, rounding)) - 1]

    return Tiers(largest(cell.floor), largest(cell.commit), largest(cell.stretch))
