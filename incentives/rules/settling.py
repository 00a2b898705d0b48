"""
From what somebody is entitled to, to what a month pays: holding back, guarantees, caps, and what may be deducted.

Minor units throughout. Conventions: docs/conventions.md, "Pay".
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from incentives.rules.numbers import Exact, exact, round_half_up
from incentives.rules.terms import Clawback, Draw, LineKind

ZERO = Fraction(0)
#: What belongs together when it is judged whether a month gives or takes.
EARNING = frozenset({LineKind.EARNED, LineKind.HELD, LineKind.RELEASED})


def payable(entitled: int, posted: int) -> int:
    """Return what is to be posted now: everything earned to date less everything posted for it; negative if it became less."""
    return entitled - posted


@dataclass(frozen=True, slots=True)
class Held:
    """To date: `held` is negative or nothing, `released` what of it has been given."""

    held: int
    released: int


def hold_back(entitled: int, paid_at_once: Exact, released_share: Exact, *, unit: int = 1) -> Held:
    """
    Return what is held back of an entitlement to date, and what of that is released to date.

    :param paid_at_once: per cent paid at once.
    :param released_share: per cent of the rest that is released by now.
    """
    at_once = round_half_up(entitled * Fraction(paid_at_once) / 100, unit)
    waits = entitled - at_once
    released = waits if released_share >= 100 else round_half_up(waits * Fraction(released_share) / 100, unit)
    return Held(-waits, released)


def claw_back(returned: int, *, base: Exact, earned: Exact, way: str, served: int = 0, term: int | None = None) -> Exact:
    """
    Return what is taken back for something that was sold, and paid for, in an earlier span: at the rate that was paid.

    :param returned: what came back, positive, in what the base counts.
    :param base: what the rate was worked out on. :param earned: what was earned on it.
    :param way: of ``Clawback``. :param served: whole months since the sale. :param term: months in which it is earned for good.
    """
    if way == Clawback.NOTHING or base <= 0 or earned <= 0 or returned <= 0:
        return ZERO
    whole = earned * Fraction(min(returned, base)) / base
    if way == Clawback.UNSERVED:
        return whole * max(term - served, 0) / term if term else ZERO
    return whole


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What is taken back now, in minor units.

    :ivar before: what came back before of the same, exact. :ivar taken_before: what was taken of it.
    :ivar is_rounded: whether what is taken now cannot be told without these.
    """

    taken: int
    before: Exact
    taken_before: int
    is_rounded: bool


def taken_to_date(now: dict, before: dict, *, unit: int) -> Taken:
    """
    Return what is taken back now of what was paid for some spans, each by itself: to date, rounded once, less what was taken before.

    So nothing is left of what comes back piece by piece.

    :param now: {span that was paid: what is to be taken back}, exact, in minor units. :param before: the same, of earlier months.
    """
    so_far = {span: before.get(span, 0) for span in now}
    taken_before = sum(_rounded(amount, unit) for amount in so_far.values())
    taken = sum(_rounded(so_far[span] + amount, unit) for span, amount in now.items()) - taken_before
    return Taken(taken, sum(so_far.values()), taken_before, is_rounded=taken != _rounded(sum(now.values()), unit))


def _rounded(amount, unit):
    # Facts keep some places only: thirds of a half add up to a little less than it.
    return round_half_up(Fraction(round(amount * 10_000), 10_000), unit)


def step_paid(group: dict, age: int | None) -> dict | None:
    """Return of a rate group's facts the step by which something was paid whose customer was so many months old; None if in none."""
    for step in group["steps"]:
        ends = exact(step["to"])
        if age is not None and exact(step["from"]) <= age and (ends is None or age < ends):
            return {"base": step["part"], "amount": step["amount"]}
    return None


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    What a guarantee does in a month.

    :ivar given: paid on top of what was earned. :ivar owed: how much of that adds to the balance.
    :ivar to_recover: to be taken from this month's pay towards the balance, as far as may be deducted.
    """

    given: int
    to_recover: int
    owed: int


def draw(kind: str, *, earned: int, guarantee: int, balance: int = 0) -> Drawn:
    """
    Return what a guarantee gives and takes in a month.

    *Non-recoverable*: the pay is the greater of the two. *Recoverable*: what is missing is given and owed; what is earned above
    the guarantee repays what is owed. *Advance*: given whole and on top, and all of what is owed is taken.

    :param earned: what the month earned; less than nothing counts as nothing.
    :param guarantee: 0 where it has ended: then all that is earned may repay.
    :param balance: owed from before.
    """
    earned = max(earned, 0)
    match kind:
        case Draw.ADVANCE:
            return Drawn(guarantee, balance, guarantee)
        case Draw.RECOVERABLE:
            missing = max(guarantee - earned, 0)
            return Drawn(missing, min(balance, max(earned - guarantee, 0)), missing)
    return Drawn(max(guarantee - earned, 0), 0, 0)


def over_cap(amount: int, cap: int | None) -> int:
    """Return by how much an amount is over a cap, as a negative number; 0 inside it and without one."""
    return 0 if cap is None else min(cap - amount, 0)


def most_deducted(pay: int, *, percent: Exact, minimum_wage: int) -> int:
    """
    Return how much may be deducted in a month at most: a part of the month's pay, and never so much that the minimum wage is not left.

    :param pay: of the month, base pay included, before deductions.
    """
    return max(0, min(int(pay * Fraction(percent) / 100 // 1), pay - minimum_wage))


def sides(lines: Sequence[tuple[str, int, Hashable]]) -> tuple[list[int], list[int]]:
    """
    Return what a month gives, and what it takes from earlier pay: of what was earned for the same together, else line by line.

    :param lines: (kind, amount, what it was earned for) of each line.
    """
    together, single, capped, uncapped = defaultdict(int), [], 0, 0
    for kind, amount, of in lines:
        if kind in EARNING:
            together[of] += amount
        elif kind == LineKind.CAPPED:
            # What a cap took off an earlier month is no pay of this one when it comes back, but less to be taken.
            capped, uncapped = capped + min(amount, 0), uncapped + max(amount, 0)
        else:
            single.append(amount)
    amounts = [*together.values(), *single]
    given = max(sum(amount for amount in amounts if amount > 0) + capped, 0)
    taken = [amount for amount in amounts if amount < 0]
    return [given], [min(sum(taken) + uncapped, 0)] if uncapped else taken


@dataclass(frozen=True, slots=True)
class Deducted:
    """
    What a month deducts.

    :ivar carried: what may not be deducted yet, positive: it comes back with the next month.
    :ivar recovered: what of the guarantee is worked off now; the rest stays owed.
    """

    carried: int
    recovered: int
    limit: int


def deduct(  # noqa: PLR0913 - what a month gives and takes, and its limits
    *,
    given: Sequence[int],
    taken: Sequence[int],
    to_recover: int,
    base_pay: int,
    percent: Exact,
    minimum_wage: int,
    unit: int = 1,
) -> Deducted:
    """
    Return how far everything that takes from earlier pay may be deducted in a month; overpayments and penalties before the guarantee.

    Limit: see `most_deducted`, of base pay and everything given this month; down to a multiple of the unit to which amounts are rounded.

    :param given: amounts that the month gives, positive. :param taken: amounts it would take, negative.
    :param to_recover: of a guarantee, positive.
    """
    owed = -sum(taken)
    if owed + to_recover == 0:
        return Deducted(0, 0, 0)
    limit = most_deducted(base_pay + sum(given), percent=percent, minimum_wage=minimum_wage)
    limit -= limit % unit
    now = min(owed, limit)
    return Deducted(owed - now, min(to_recover, limit - now), limit)
