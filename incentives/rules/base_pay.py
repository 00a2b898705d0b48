"""What a share of somebody's base pay comes to, where base pay changes or is missing on some of their days."""

from collections.abc import Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from incentives.rules.numbers import Exact, plain, write, write_money

ZERO = Fraction(0)
#: As many times the base pay of a month as nobody promises for one span.
MOST_TIMES = 36


def weigh_pay(parts: Sequence[tuple[int | None, int]]) -> Exact:
    """
    Return the base pay of a month in the mean of some days, exact, in minor units.

    :param parts: (base pay a month, working days on which it held); None where nothing is on record, which counts as nothing.
    """
    days = sum(count for _pay, count in parts)
    return Fraction(sum((pay or 0) * count for pay, count in parts), days) if days else ZERO


def share_of(parts: Sequence[tuple[int | None, int]], factor: Exact) -> tuple[Exact, dict]:
    """
    Return so many times the mean base pay of some days, with its facts (docs/conventions.md, "Lines of a statement").

    :param parts: as `weigh_pay` takes them. :param factor: 2 is two months' base pay, 1/5 a fifth of one.
    """
    mean, by_pay = weigh_pay(parts), {}
    for pay, days in parts:
        by_pay[pay] = by_pay.get(pay, 0) + days
    missing = by_pay.pop(None, 0)
    told = {
        "parts": [{"pay": pay, "days": days} for pay, days in by_pay.items()],
        "days": sum(by_pay.values()) + missing,
        "missing": missing,
        "mean": plain(mean),
        "factor": plain(factor),
    }
    return mean * factor, told


def tell_share(told: dict, *, amount: Exact | str):
    """Yield the arithmetic of `share_of`, a sentence a step: ``Base pay: (8,000 × 15 + 9,000 × 7) ÷ 22 = 8,318.181818``."""
    parts, days, missing = told["parts"], told["days"], told["missing"]
    if missing:
        yield _("On %(missing)s of %(days)s working days there is no base pay on record; they count nothing.") % {
            "missing": missing, "days": days,
        }  # fmt: skip
    if not parts:
        return
    if len(parts) > 1 or missing:
        products = " + ".join(f"{write_money(part['pay'])} × {part['days']}" for part in parts)
        yield _("Base pay a month, by working days: %(sum)s") % {"sum": f"({products}) ÷ {days} = {write_money(told['mean'])}"}
    yield _("Base pay: %(product)s") % {
        "product": f"{write_money(told['mean'])} × {times(told['factor'])} = {write_money(amount)}"
    }


def times(factor: Exact | str) -> str:
    """Write how many times base pay is taken: 2, 1.5; what is less than once as a percentage."""
    factor = Fraction(factor)
    return write(factor) if factor >= 1 else f"{write(factor * 100)} %"
