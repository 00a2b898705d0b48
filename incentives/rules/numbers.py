"""Exact numbers: how they are rounded, kept as plain values, and written."""

from decimal import Context, Decimal
from fractions import Fraction

from common.figures import MINUS

Exact = int | Fraction

_WIDE = Context(prec=60)
#: Decimal places of a number that goes on for ever, as it is kept and written; nothing is calculated on it.
PLACES = 6


def exact(value: Decimal | int | str | Fraction | None) -> Exact | None:
    """Return a number as a whole number where it is one, else as a fraction; None stays None."""
    if value is None:
        return None
    value = Fraction(value)
    return value.numerator if value.denominator == 1 else value


def part_of(value: int, whole: int) -> Exact:
    """Return one whole number divided by another, as a whole number where it is one: several times faster to go on with."""
    parts, rest = divmod(value, whole)
    return Fraction(value, whole) if rest else parts


def round_half_up(value: Exact, unit: int = 1) -> int:
    """Return the nearest multiple of a unit, away from zero from the middle: what is taken back mirrors what was given."""
    if unit == 1 and type(value) is int:  # most of them
        return value
    above, below = value.numerator, value.denominator
    steps = (2 * abs(above) + unit * below) // (2 * unit * below)
    return (steps if above >= 0 else -steps) * unit


def plain(value: Exact | None) -> int | str | None:
    """Return an exact number as JSON keeps it: whole as it is, else as a decimal in a text, cut to `PLACES` if it goes on for ever."""
    # The first two are most of them, and several times faster.
    if value is None or type(value) is int or isinstance(value, int):
        return value
    if value.denominator == 1:
        return value.numerator
    return _decimal_text(value)


def write(value: Exact | Decimal | str | None) -> str:
    """Write a number for people: thousands apart, no zeros behind: ``62,000``, ``7.5``, ``−300``; nothing for None."""
    if value is None:
        return ""
    number = _decimal(Fraction(value))
    text = f"{abs(number):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return MINUS + text if number < 0 else text


def write_money(minor: Exact | str) -> str:
    """Write minor units as an amount without a sign of the currency: 186050 is ``1,860.50``, 186000 ``1,860``."""
    text = write(Fraction(minor) / 100)
    whole, dot, places = text.partition(".")
    return f"{whole}.{places.ljust(2, '0')}" if dot else text


def _decimal_text(value):
    """Return what `_decimal` has as a text, by whole numbers alone: there are thousands."""
    scaled, rest = divmod(abs(value.numerator) * 10**PLACES, value.denominator)
    if 2 * rest > value.denominator or (2 * rest == value.denominator and scaled % 2):  # to the even one from the middle
        scaled += 1
    whole, places = divmod(scaled, 10**PLACES)
    text = f"{whole}.{places:0{PLACES}d}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled and value.numerator < 0 else text


def _decimal(value):
    number = _WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    return round(number, PLACES).normalize(_WIDE) if number else Decimal(0)
