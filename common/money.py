"""
Money and counts as whole numbers of their smallest unit, and dividing them without losing a cent.

Ledger, totals and targets hold integers in *minor units* (scale 2 for money: 1,234.50 is 123450; scale 0 for counts);
decimals are for where people type and read. Apportioning follows docs/conventions.md, "Apportioning".
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from common.refusals import BadValue, Refusal

LIMIT = 10**15  # minor units, either sign: fits bigint with room for the sum of nine thousand such rows

Weight = int | Decimal | Fraction


class BadAmount(BadValue):
    """An amount that cannot be stored exactly."""

    sentences = {
        "not_finite": _("This is not an amount."),
        "too_large": _("The amount is too large: the limit is %(limit)s."),
        "too_many_digits": _("The amount has more than %(scale)s decimal places."),
    }


class NoWeights(Refusal):
    """Nothing to divide by: no weight at all, all of them zero, or one that is negative or no number."""

    sentences = {
        "none": _("There is nobody to divide this among."),
        "all_zero": _("All weights are zero; at least one must be more."),
        "negative": _("A weight cannot be negative."),
        "not_finite": _("A weight must be a number."),
    }


def to_minor(amount: Decimal | int, scale: int = 2) -> int:
    """
    Return an amount as a whole number of minor units; never rounds.

    :raises BadAmount: NaN or infinite, beyond 10^15 minor units, or finer than the scale ("1.005" at scale 2).
    :raises TypeError: for a float, which has already lost the cent that it seems to show.
    """
    if isinstance(amount, float) or not isinstance(amount, Decimal | int):
        raise TypeError(f"Amounts are Decimal or int, not {type(amount).__name__}")
    amount = Decimal(amount)
    if not amount.is_finite():
        raise BadAmount("not_finite")
    if not amount:
        return 0
    # Judged by the exponent first: 1E+999999999 must not become an integer of a billion digits.
    if amount.adjusted() + scale > len(str(LIMIT)):
        raise BadAmount("too_large", limit=f"{from_minor(LIMIT, scale):,}")
    sign, digits, exponent = amount.as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    exponent += len(digits) - len(significant) + scale
    if exponent < 0:
        raise BadAmount("too_many_digits", scale=scale)
    minor = int(significant) * 10**exponent
    if minor > LIMIT:
        raise BadAmount("too_large", limit=f"{from_minor(LIMIT, scale):,}")
    return -minor if sign else minor


def from_minor(minor: int, scale: int = 2) -> Decimal:
    """Return minor units as a decimal with exactly ``scale`` places: 123450 → 1234.50."""
    digits = tuple(map(int, str(abs(minor))))
    return Decimal((minor < 0, digits, -scale))  # built, not divided: no context can round it


def apportion(total: int, weights: Sequence[Weight], unit: int = 1) -> list[int]:
    """
    Divide a total in proportion to weights so that the parts add up to it exactly.

    Largest remainder in the rounding ``unit`` (100 in minor units of money = whole yuan): everybody gets the exact share
    rounded down to the unit, the units left over go one each to the largest remainders, equal remainders to the
    earlier. What is left below one unit, when the total is no multiple of it, goes whole to the next in that same
    order; so every part is within one unit of its exact share. A negative total mirrors the positive one.

    :param weights: exact numbers ≥ 0 in the shown order; a weight of zero gets nothing.
    :raises NoWeights: no weights, all zero, a negative or non-finite one.
    """
    if unit < 1:
        raise ValueError(f"The rounding unit is at least 1: {unit}")
    exact = exact_weights(weights)
    if total < 0:
        return [-part for part in apportion(-total, exact, unit)]
    whole = sum(exact)
    shares = [total * weight / whole for weight in exact]
    parts = [share // unit * unit for share in shares]
    left = total - sum(parts)
    for index in sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i)):
        if not left:
            break
        step = min(unit, left)
        parts[index] += step
        left -= step
    return parts


def exact_weights(weights: Sequence[Weight]) -> list[Fraction]:
    """
    Return weights as fractions, checked.

    :raises NoWeights: no weights, all zero, a negative or non-finite one.
    :raises TypeError: for a float.
    """
    exact = []
    for weight in weights:
        if not isinstance(weight, Weight):
            raise TypeError(f"Weights are int, Decimal or Fraction, not {type(weight).__name__}")
        if isinstance(weight, Decimal) and (not weight.is_finite() or (weight and abs(weight.adjusted()) > 100)):
            raise NoWeights("not_finite")
        exact.append(Fraction(weight))
    if not exact:
        raise NoWeights("none")
    if any(weight < 0 for weight in exact):
        raise NoWeights("negative")
    if not any(exact):
        raise NoWeights("all_zero")
    return exact
