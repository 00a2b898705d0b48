"""
Changing targets that count already: from a day on, and what becomes of everybody beside, above and below.

Pure, like `targets.rules.sheets`. Conventions: docs/conventions.md, "Adjusting a published plan".
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.money import Weight, apportion
from common.periods import Period, month_of
from common.refusals import Refusal
from targets.rules.sheets import Cells, Sheet
from targets.rules.splitting import Tiers

#: Position of a month → by how much floor and the two steps above it change.
Change = Mapping[int, tuple[int, int, int]]


class Balance(TextChoices):
    """What becomes of the sum above when a target inside it changes."""

    SIBLINGS = "SIBLINGS", _("The others take it up, the unit keeps its target")
    PARENTS = "PARENTS", _("The units above change by the same amount")
    DIFFERENCE = "DIFFERENCE", _("It stays as a deliberate difference")


class CannotShare(Refusal):
    """A change that those beside or below cannot take; ``params["node"]`` names the unit, ``params["month"]`` when."""

    sentences = {
        "nobody": _("In %(month)s there is nobody else in %(node)s to take %(amount)s up."),
        "too_little": _("In %(month)s the others in %(node)s have %(amount)s less than would have to be taken off."),
        "nobody_free": _("In %(month)s everybody else in %(node)s is locked: nobody can take %(amount)s up."),
        "too_little_free": _(
            "In %(month)s those in %(node)s who are not locked have %(amount)s less than would have to be taken off."
        ),
        "out_of_order": _("In %(month)s the tiers of %(node)s would no longer be in order."),
        "locked": _(
            "%(node)s is locked in %(month)s and keeps its target. Let the others take it up, or adjust %(node)s itself."
        ),
    }


def from_day(before: Cells, after: Cells, *, position: int, part: Fraction, rounding: int = 1) -> Cells:
    """
    Return months of which those before a day stay, those after it are new, and the one it lies in is a mixture.

    :param position: of the month that the day lies in.
    :param part: how much of that month's working days lie from the day on, 0 to 1; the season of the other months stays in
        their own amounts. What each step changes by is rounded half up by itself, so the tiers stay in order.
    :param rounding: the unit in minor units that a change is rounded to; to a single one where a step would fall below zero.
    """
    mixed = [_mixed(old, new, part, rounding) for old, new in zip(before[position].steps, after[position].steps, strict=True)]
    return (*before[:position], Tiers.from_steps(*mixed), *after[position + 1 :])


def part_from(day, calendar) -> Fraction:
    """Return which part of its month's working days lie from a day on; of its calendar days in a month without any."""
    month = month_of(day)
    rest = Period(day, month.ends_before)
    if whole := calendar.working_day_count(month):
        return Fraction(calendar.working_day_count(rest), whole)
    return Fraction(rest.days, month.days)


def portion(cells: Cells, parts: Sequence[Fraction], rounding: int = 1) -> Cells:
    """
    Return a part of each cell, step by step, rounded half up so that the tiers stay in order.

    :param parts: of each cell, 0 to 1.
    """
    return tuple(
        Tiers.from_steps(*(_mixed(0, step, part, rounding) for step in cell.steps))
        for cell, part in zip(cells, parts, strict=True)
    )


def _mixed(old: int, new: int, part: Fraction, rounding: int) -> int:
    if part == 1:
        return new
    mixed = old + int(((new - old) * part / rounding + Fraction(1, 2)) // 1) * rounding
    return mixed if mixed >= 0 or rounding == 1 else _mixed(old, new, part, 1)


def change_between(before: Cells, after: Cells) -> dict[int, tuple[int, int, int]]:
    """Return by how much the steps of each month differ; months without a difference are missing."""
    return {
        i: tuple(new - old for old, new in zip(was.steps, now.steps, strict=True))
        for i, (was, now) in enumerate(zip(before, after, strict=True))
        if was != now
    }


def moved_by(sheet: Sheet, key: str, change: Change, *, sign: int = 1) -> Cells:
    """
    Return a node's months moved by a change, or by its opposite.

    :raises CannotShare: ``out_of_order`` if a step would fall below zero.
    """
    cells = list(sheet.of(key))
    for i, steps in change.items():
        moved = [own + sign * step for own, step in zip(cells[i].steps, steps, strict=True)]
        if min(moved) < 0:
            raise CannotShare("out_of_order", node=key, month=sheet.months[i])
        cells[i] = Tiers.from_steps(*moved)
    return tuple(cells)


def share_change(
    sheet: Sheet, key: str, change: Change, *, fallback: Mapping[str, Sequence[Weight]], kept: frozenset[str] = frozenset()
) -> dict[str, Cells]:
    """
    Let what is directly below a unit take up a change, in proportion to what each has, and what is below them as well.

    What each had beyond or short of its unit stays so: only the change is shared. A unit without anybody below keeps it, and
    whoever is locked in a month takes no part in it.

    :param fallback: child → a weight per month: who is there. Whoever is not there gets nothing more, but can give.
    :param kept: children that take no part.
    :raises CannotShare: if there is nobody to take it, or less than what would have to be taken off.
    """
    children = [child for child in sheet.children.get(key, ()) if child not in kept]
    changed = {child: list(sheet.of(child)) for child in children}
    for i, steps in change.items():
        here = [child for child in children if key in sheet.above.get(child, {}).get(i, (key,))]
        free = [child for child in here if i not in sheet.locked.get(child, ())]
        moved = [
            _share(
                [changed[child][i].steps[step] for child in free],
                amount,
                [fallback.get(child, (0,) * len(sheet.months))[i] for child in free],
                sheet=sheet,
                place=(key, i),
            )
            for step, amount in enumerate(steps)
        ]
        for child, *parts in zip(free, *moved, strict=True):
            changed[child][i] = Tiers.from_steps(*parts)
    found = {child: tuple(cells) for child, cells in changed.items() if tuple(cells) != sheet.of(child)}
    for child in list(found):
        if sheet.children.get(child):
            found |= share_change(sheet, child, change_between(sheet.of(child), found[child]), fallback=fallback)
    return found


def _share(amounts: list[int], change: int, there: Sequence[Weight], *, sheet: Sheet, place: tuple[str, int]) -> list[int]:
    """Return amounts that add up to what they did and a change, in proportion to themselves."""
    if not change:
        return amounts
    key, position = place
    where = {"node": key, "month": sheet.months[position]}
    free = "_free" if any(position in sheet.locked.get(child, ()) for child in sheet.children[key]) else ""
    if sum(amounts) + change < 0:
        raise CannotShare(f"too_little{free}", amount=-(sum(amounts) + change), **where)
    weights = [amount if change < 0 or is_there else 0 for amount, is_there in zip(amounts, there, strict=True)]
    weights = weights if any(weights) else list(there)
    if not any(weights):
        raise CannotShare(f"nobody{free}", amount=abs(change), **where)
    parts = [amount + part for amount, part in zip(amounts, apportion(change, weights, sheet.rounding), strict=True)]
    # A whole rounding unit may be more than somebody has: then to the smallest unit, which never is.
    return parts if min(parts) >= 0 else apportion(sum(amounts) + change, amounts)
