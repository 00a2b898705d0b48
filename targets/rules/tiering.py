"""Working floor and stretch out anew from the commit targets, so that they still add up in every month and unit."""

from common.money import apportion
from targets.rules.dividing import Conflict, KeptRefused
from targets.rules.sheets import Cells, Sheet, TierRule, settle_sums
from targets.rules.splitting import Tiers


def retier(sheet: Sheet, key: str, rule: TierRule) -> dict[str, Cells]:
    """
    Return a node and everything below it with floor and stretch by other percentages; commit targets and locked cells stay.

    The topmost year has exactly the percentages; below it floor and stretch are shared out as the commit targets are. Where
    these do not add up, each child has the percentages of its own.

    :raises KeptRefused: if locked cells leave no room for the others'.
    """
    changes, conflicts = {key: _top(sheet, key, rule)}, []
    sheet = sheet.with_changes(changes)
    for unit in sheet.below(key):
        children = sheet.children.get(unit, ())
        columns = [_month(sheet, unit, i, rule, conflicts) for i in range(len(sheet.months))] if children else []
        made = {child: tuple(column[number] for column in columns) for number, child in enumerate(children)}
        changes |= made
        sheet = sheet.with_changes(made)
    if conflicts:
        raise KeptRefused.of(conflicts, locked=sheet.locked, months=sheet.months)
    return changes


def _top(sheet, key, rule):
    locked, now = sheet.locked.get(key, ()), sheet.of(key)
    cells = [cell if i in locked else rule.around(cell.commit) for i, cell in enumerate(now)]
    year = sheet.year_of(key)
    if not locked and year.commit:
        settle_sums(cells, range(len(cells)), rule.around(year.commit))
    return tuple(cells)


def _month(sheet, unit, i, rule, conflicts):
    """Return the children's cells of one month."""
    children, asked = sheet.children[unit], sheet.asked_below(unit)[i]
    cells = {child: sheet.of(child)[i] for child in children}
    free = [child for child in children if i not in sheet.locked.get(child, ())]
    if sum(cell.commit for cell in cells.values()) != asked.commit:
        return [rule.around(cells[child].commit) if child in free else cells[child] for child in children]
    held = [cells[child] for child in children if child not in free]
    commits = [cells[child].commit for child in free]
    floor = asked.floor - sum(cell.floor for cell in held)
    more = asked.stretch - sum(cell.stretch for cell in held) - sum(commits)
    for tier, short in (("floor", max(-floor, floor - sum(commits))), ("stretch", -more if more < 0 or any(commits) else more)):
        if short > 0:
            kept = [child for child in children if child not in free]
            shown = tuple((child, sheet.months[i], getattr(cells[child], tier)) for child in kept)
            conflicts.append(Conflict(unit, sheet.months[i], tier, short, shown))
            return list(cells.values())
    floors = extras = [0] * len(free)
    if any(commits):
        floors, extras = (apportion(amount, commits, sheet.rounding) for amount in (floor, more))
        if any(low > commit for low, commit in zip(floors, commits, strict=True)):
            floors = apportion(floor, commits)
    made = zip(free, floors, commits, extras, strict=True)
    cells |= {child: Tiers(low, commit, commit + extra) for child, low, commit, extra in made}
    return [cells[child] for child in children]
