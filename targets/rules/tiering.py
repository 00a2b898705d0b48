"""Working floor and stretch out anew from the commit targets, so that they still add up in every month and unit."""

from common.money import apportion
from targets.rules.dividing import Conflict, KeptRefused
from targets.rules.sheets import Cells, Sheet, TierRule, added, settle_sums
from targets.rules.splitting import Tiers


def retier(sheet: Sheet, key: str, rule: TierRule) -> dict[str, Cells]:
    """
    Return a node and everything below it with floor and stretch by other percentages; commit targets and locked cells stay.

    The topmost year has exactly the percentages; below it floor and stretch are shared out as the commit targets are. Where
    these do not add up, each child has the percentages of its own.

    :raises KeptRefused: if locked cells leave no room for the others'.
    """
    # What the months of moved units count for each unit above them: a row of its own there.
    apart = sheet.apart() if sheet.above else {}
    changes, conflicts = {key: _top(sheet, key, rule)}, []
    sheet = sheet.with_changes(changes)
    for unit in _in_order(sheet, key):
        made = {child: list(sheet.of(child)) for child in sheet.children.get(unit, ())}
        for i in range(len(sheet.months)) if made or apart else ():
            for child, cell in _month(sheet, unit, i, rule, conflicts=conflicts, apart=apart).items():
                if (child, unit, i) in apart:
                    apart[child, unit, i] = cell.steps
                    cell = Tiers.from_steps(*added(apart[child, above, i] for above in sheet.above[child][i]))
                made.setdefault(child, list(sheet.of(child)))[i] = cell
        made = {child: tuple(cells) for child, cells in made.items()}
        changes |= made
        sheet = sheet.with_changes(made)
    if conflicts:
        raise KeptRefused.of(conflicts, locked=sheet.locked, months=sheet.months)
    return changes


def _in_order(sheet, key):
    """Return the units below a node, those in moved units last: what each is asked for is known before what is below it."""
    everything = list(sheet.below(key))
    moved = {below for unit in sheet.above for below in sheet.below(unit)}
    return [unit for unit in everything if unit not in moved] + [unit for unit in everything if unit in moved]


def _top(sheet, key, rule):
    locked, now = sheet.locked.get(key, ()), sheet.of(key)
    cells = [cell if i in locked else rule.around(cell.commit) for i, cell in enumerate(now)]
    year = sheet.year_of(key)
    if not locked and year.commit:
        settle_sums(cells, range(len(cells)), rule.around(year.commit), rounding=rule.rounding)
    return tuple(cells)


def _rows(sheet, unit, i, apart):
    """Return what counts for a unit in a month: child → its cell, or its part of it."""
    rows = {child: sheet.of(child)[i] for child in sheet.children.get(unit, ()) if i not in sheet.above.get(child, ())}
    return rows | {child: Tiers.from_steps(*steps) for (child, above, at), steps in apart.items() if (above, at) == (unit, i)}


def _month(sheet, unit, i, rule, *, conflicts, apart):
    """Return child → its cell of one month, or the part of it that counts for the unit."""
    asked, cells = sheet.asked_below(unit)[i], _rows(sheet, unit, i, apart)
    free = [child for child in cells if i not in sheet.locked.get(child, ())]
    if sum(cell.commit for cell in cells.values()) != asked.commit:
        return {child: rule.around(cell.commit) if child in free else cell for child, cell in cells.items()}
    held = [cell for child, cell in cells.items() if child not in free]
    commits = [cells[child].commit for child in free]
    floor = asked.floor - sum(cell.floor for cell in held)
    more = asked.stretch - sum(cell.stretch for cell in held) - sum(commits)
    for tier, short in (("floor", max(-floor, floor - sum(commits))), ("stretch", -more if more < 0 or any(commits) else more)):
        if short > 0:
            shown = tuple((child, sheet.months[i], getattr(cells[child], tier)) for child in cells if child not in free)
            conflicts.append(Conflict(unit, sheet.months[i], tier, short, shown))
            return cells
    floors = extras = [0] * len(free)
    if any(commits):
        floors, extras = (apportion(amount, commits, sheet.rounding) for amount in (floor, more))
        if any(low > commit for low, commit in zip(floors, commits, strict=True)):
            floors = apportion(floor, commits)
    made = zip(free, floors, commits, extras, strict=True)
    return cells | {child: Tiers(low, commit, commit + extra) for child, low, commit, extra in made}
