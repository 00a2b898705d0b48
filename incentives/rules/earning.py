"""
What a component of a plan comes to, from plain inputs.

Money is in minor units, percentages are 0–100, everything is exact: nothing is rounded before the amount of a line is. Each
function returns the amount with the facts from which anybody can work it out again (docs/conventions.md, "Lines of a statement").
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from incentives.rules.numbers import Exact, part_of, plain
from incentives.rules.tables import Row, slices_of, step_at, value_between
from incentives.rules.terms import ChosenBy, Credited, Pays, Steps

ZERO = Fraction(0)
#: In place of a bound: what is below zero.
BELOW_ZERO = -2


def counts(credited: str, *, is_overlay: bool) -> bool:
    """Return whether a component counts a credit: ``credited`` says whether shares, credit on top, or both."""
    return credited == Credited.BOTH or is_overlay == (credited == Credited.OVERLAY)


@dataclass(frozen=True, slots=True)
class Table:
    """
    A rate table as it is applied to money in minor units or to a count.

    :ivar rows: bounds in what chooses the step – the base itself (minor units or pieces) or per cent –, values in per cent of
        money, in minor units of money per piece, or in minor units for reaching the step (`pays`).
    """

    rows: tuple[Row, ...]
    reads: str = Steps.FLAT
    chosen_by: str = ChosenBy.AMOUNT
    is_money: bool = True
    pays: str = Pays.RATE

    def of(self, base: Exact, rate: Exact) -> Exact:
        """Return what a step's value makes of a base, in minor units: an amount is given whatever the base."""
        if self.pays == Pays.AMOUNT:
            return rate
        if type(base) is int and type(rate) is int:  # most of them, and several times faster
            return part_of(base * rate, 100) if self.is_money else base * rate
        return base * rate / Fraction(100) if self.is_money else base * rate


@dataclass(frozen=True, slots=True)
class Sums:
    """
    What fell into one step when a table was applied to many deals or lines one by one.

    :ivar row: which step, counted from 0; None for what lies in none.
    :ivar base: Σ of what lies in it: of a marginal table the slices, else the bases.
    :ivar squares: Σ of the squares of the bases, for interpolated tables.
    :ivar count: how many deals or lines.
    """

    row: int | None
    base: int
    squares: int = 0
    count: int = 0


@dataclass(slots=True)
class Earned:
    """An amount in minor units, exact, with its facts."""

    amount: Exact
    facts: dict = field(default_factory=dict)


def rate_whole(table: Table, base: int, *, chosen: Exact | None = None) -> Earned:
    """
    Return what a base taken as a whole earns: of a period, or one line or deal by itself.

    A marginal table that is chosen by attainment slices the base as the attainment is sliced: what lies between 100 and 120 %
    of the target has the rate of that step. So does one that is chosen by a total: of each slice of it the base has its part, so
    that the parts of all bases in a slice add up to it.

    :param chosen: the attainment or discount in per cent, or the total; None is no value, which earns nothing. Not asked for a
        table that is chosen by the amount itself.
    """
    by_amount = table.chosen_by == ChosenBy.AMOUNT
    x = base if by_amount else chosen
    if x is None:
        return Earned(ZERO, {"base": base, "steps": [], "is_without_value": True})
    if table.pays == Pays.AMOUNT:
        return _reach(base, _reached(table, x) if base > 0 else [])
    if table.reads == Steps.INTERPOLATED:
        rate = value_between(table.rows, x)
        parts = [] if rate is None else [(None, base, rate, None)]
    elif table.reads == Steps.MARGINAL:
        slices = slices_of(table.rows, base) if by_amount else sliced_as(table.rows, base, x)
        parts = [(row, part, row.value, None) for row, part in slices]
    else:
        row = step_at(table.rows, x)
        parts = [] if row is None else [(row, base, row.value, None)]
    return _add_up(table, base, parts)


def sliced_as(rows, base, x):
    """Return how much of a base lies in each step when it is sliced as something else is; of nothing at all it lies whole in the first."""
    if not x:
        return [(rows[0], base)] if rows and rows[0].starts_at == 0 else []
    return [(row, part * Fraction(base) / x) for row, part in slices_of(rows, x)]


def rate_each(table: Table, sums: Sequence[Sums]) -> Earned:
    """
    Return what many deals or lines earn, each by itself, from their sums by step.

    The same as adding up `rate_whole` of each: within a step what is earned is a sum of the bases, and between two points of an
    interpolated table – rate (y + k (b − x)) of a base b, where k is the slope – a sum of the bases and their squares.
    """
    if table.pays == Pays.AMOUNT:
        return _reach(sum(each.base for each in sums), [part for each in sums for part in _reached_each(table, each)])
    parts, base = [], 0
    for each in sums:
        base += each.base
        if each.row is None:
            continue
        row = table.rows[each.row]
        if table.reads == Steps.INTERPOLATED and table.chosen_by == ChosenBy.AMOUNT:
            slope = _slope_after(table.rows, each.row)
            weighed = each.base * (row.value - slope * row.starts_at) + slope * each.squares
            rate = Fraction(weighed) / each.base if each.base else ZERO
            parts.append((row, each.base, rate, each.count))
        else:
            parts.append((row, each.base, row.value, each.count))
    return _add_up(table, base, parts)


def bounds_of(table: Table) -> list[Exact]:
    """Return where the steps of a table begin, and where the last one ends if it does, in order."""
    bounds = [row.starts_at for row in table.rows]
    last = table.rows[-1].ends_before if table.rows else None
    return bounds if last is None or table.reads == Steps.INTERPOLATED else [*bounds, last]


def add_bucket(steps: dict[int | None, Sums], table: Table, bucket: int, base: int, squares: int, count: int) -> None:  # noqa: PLR0917
    """
    Add many deals or lines that lie between the same two bounds of a table to its sums by step.

    :param bucket: which bound they have reached, counted from 0; -1 none, -2 they are below zero.
    :param base: Σ of them. :param squares: Σ of their squares, for interpolated tables. :param count: how many.
    """
    rows, rest = table.rows, base
    slices = table.reads == Steps.MARGINAL and table.chosen_by == ChosenBy.AMOUNT and table.pays == Pays.RATE
    if bucket == BELOW_ZERO:
        if rows and rows[0].starts_at == 0 and table.pays == Pays.RATE:
            # At the rate of zero. Of an interpolated table that is the first point's alone, so it keeps apart from what lies above.
            rest -= _add_step(steps, 0, base, 0, count, key=BELOW_ZERO if table.reads == Steps.INTERPOLATED else 0)
    elif slices and bucket >= 0:
        for position in range(min(bucket, len(rows))):
            rest -= _add_step(steps, position, (rows[position].ends_before - rows[position].starts_at) * count, 0, count)
        if bucket < len(rows):
            within = base - rows[bucket].starts_at * count
            rest -= _add_step(steps, bucket, within, 0, count) if within else 0
    elif 0 <= bucket < len(rows):
        rest -= _add_step(steps, bucket, base, squares, count)
    if rest:
        _add_step(steps, None, rest, 0, 0)


def _add_step(steps, position, base, squares, count, key=None):  # noqa: PLR0917 - what `Sums` holds
    key = position if key is None else key
    was = steps.get(key)
    if was is not None:
        steps[key] = Sums(position, was.base + base, was.squares + squares, was.count + count)
    else:
        steps[key] = Sums(position, base, squares, count)
    return base


def _slope_after(rows, position):
    if position + 1 == len(rows):
        return ZERO
    left, right = rows[position], rows[position + 1]
    return Fraction(right.value - left.value) / (right.starts_at - left.starts_at)


def _reached(table, x):
    """Return the steps that a value reaches, with what each gives: one, all up to it, or a point of the line."""
    if table.reads == Steps.INTERPOLATED:
        worth = value_between(table.rows, x)
        return [] if worth is None else [(None, 1, worth)]
    if table.reads == Steps.MARGINAL:
        return [(row, 1, row.value) for row in table.rows if row.starts_at <= x]
    row = step_at(table.rows, x)
    return [] if row is None else [(row, 1, row.value)]


def _reached_each(table, sums):
    """Return the same of many deals or lines that lie in one step: (step, how many, what each gives)."""
    if sums.row is None or sums.base <= 0:
        return []
    row = table.rows[sums.row]
    if table.reads == Steps.MARGINAL:
        return [(each, sums.count, each.value) for each in table.rows[: sums.row + 1]]
    if table.reads == Steps.INTERPOLATED and table.chosen_by == ChosenBy.AMOUNT:
        beyond = Fraction(sums.base) / sums.count - row.starts_at
        return [(row, sums.count, row.value + _slope_after(table.rows, sums.row) * beyond)]
    return [(row, sums.count, row.value)]


def _reach(base, parts):
    total, steps = 0, []
    for row, count, worth in parts:
        total += count * worth
        step = {"count": count, "worth": plain(worth), "amount": plain(count * worth)}
        if row is not None:
            step |= row.told
        steps.append(step)
    return Earned(total, {"base": base, "steps": steps})


def _add_up(table, base, parts):
    """Return what parts earn: (step, how much, rate, how many deals or lines if they are taken one by one)."""
    total, steps = 0, []
    for row, part, rate, count in parts:
        amount = table.of(part, rate)
        total += amount
        step = {"part": plain(part), "rate": plain(rate), "amount": plain(amount)}
        if row is not None:
            step |= row.told
        if count is not None:
            step["count"] = count
        steps.append(step)
    return Earned(total, {"base": base, "steps": steps})


def payout_of(rows: Sequence[Row], reads: str, attainment: Exact | None) -> Exact | None:
    """
    Return which per cent of a bonus an attainment pays; None without a value.

    Without a table the attainment itself. *Flat*: the payout of the step. *Interpolated*: between the points. *Marginal*: every
    per cent inside a step pays so many: 100 up to the target and 150 above it make 130 % of 120 %.
    """
    if attainment is None:
        return None
    if not rows:
        return max(attainment, 0)
    if reads == Steps.INTERPOLATED:
        return value_between(rows, attainment) or ZERO
    if reads == Steps.MARGINAL:
        return sum((part * row.value / Fraction(100) for row, part in slices_of(rows, max(attainment, 0))), ZERO)
    row = step_at(rows, attainment)
    return ZERO if row is None else row.value


def bonus(amount: Exact, rows: Sequence[Row], reads: str, attainment: Exact | None) -> Earned:
    """Return amount × payout; nothing without an attainment."""
    payout = payout_of(rows, reads, attainment)
    facts = {"amount": plain(amount), "payout": plain(payout)}
    if payout is None:
        return Earned(ZERO, facts | {"is_without_value": True})
    return Earned(amount * payout / Fraction(100), facts)


def weigh(parts: Sequence[tuple[Exact, Exact | None]]) -> Exact | None:
    """
    Return the weighted mean of parts (weight, per cent): those without a value drop out and the other weights grow to 100 %.

    None where no part has a value.
    """
    known = [(weight, value) for weight, value in parts if value is not None]
    whole = sum(weight for weight, _value in known)
    return sum(weight * value for weight, value in known) / Fraction(whole) if whole else None


def gate(rows: Sequence[Row], value: Exact | None) -> Exact:
    """
    Return which per cent of what was earned a gate lets through: the value of the step, 0 below the first.

    Without a value – nothing was due, so nothing could be collected – there is nothing to hold against anybody: 100.
    """
    if value is None or not rows:
        return 100
    row = step_at(rows, value)
    return 0 if row is None else row.value


def next_opening(rows: Sequence[Row], value: Exact | None) -> Row | None:
    """Return the nearest step of a gate above a value that lets through more than is let through there; None without one."""
    passes = gate(rows, value)
    return None if value is None else next((row for row in rows if row.starts_at > value and row.value > passes), None)


def pass_all(passes: Sequence[Exact]) -> Exact:
    """Return which per cent goes through several gates, each deciding about what the others let through; 100 of none."""
    left = Fraction(100)
    for through in passes:
        left = left * through / 100
    return left


def weigh_decay(rows: Sequence[Row], parts: Sequence[tuple[int | None, int]]) -> Exact:
    """
    Return which per cent is left when each payment counts by how long it took.

    :param parts: (which step its days lie in, counted from 0, or None; Σ of what was paid). What lies in no step is worth
        nothing. The mean is weighed by what was paid; of nothing it is 100.
    """
    whole = sum(base for _row, base in parts)
    if not rows or not whole:
        return 100
    return sum(base * rows[position].value for position, base in parts if position is not None) / Fraction(whole)


def finish(
    earned: Earned, *, days: tuple[int, int] | None = None, passes: Exact = 100, left: Exact = 100, cap: int | None = None
):
    """
    Return what is left of an amount after everything that makes it smaller, in this order: days, gate, decay, cap.

    :param days: working days that count and of the whole span; None where nothing is prorated.
    :param passes: per cent that the gate lets through. :param left: per cent that the decay leaves.
    :param cap: in minor units, for the whole span; a cap of somebody who was there for a part of it is whole.
    """
    amount, facts = earned.amount, dict(earned.facts)
    facts["earned"] = plain(amount)
    if days is not None and days[0] != days[1]:
        amount = Fraction(amount * days[0]) / days[1] if days[1] else ZERO
        facts["proration"] = {"days": days[0], "of": days[1]}
    if passes != 100:
        amount = Fraction(amount * passes) / 100
    if left != 100:
        amount = Fraction(amount * left) / 100
        facts["decay"] = facts.get("decay", {}) | {"left": plain(left)}
    if cap is not None and amount > cap:
        facts["cap"] = {"cap": cap, "before": plain(amount)}
        amount = cap
    return Earned(amount, facts)
