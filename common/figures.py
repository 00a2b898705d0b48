"""
How figures, days and movements are written, for every page, file and message.

Pure functions: no request, no clock, no translation machinery; the caller says the language and the currency.
An ``int`` amount is in minor units (as the ledger keeps it) and is divided by ``10 ** scale``; a ``Decimal`` is
already in the unit people read. Floats are refused: what people are paid by is never rounded by accident.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

import phonenumbers
from phonenumbers import PhoneNumberFormat

#: Shown where there is no value; the reason belongs beside it, on hover.
NO_VALUE = "—"
#: A true minus: as wide as a digit, and read out as "minus".
MINUS = "−"

MONEY, COUNT, PERCENT, COUNT_RATIO = "MONEY", "COUNT", "PERCENT", "COUNT_RATIO"
ON_PACE, AT_RISK, BEHIND, NEUTRAL = "on_pace", "at_risk", "behind", "neutral"

CURRENCY_SIGNS = {
    "CNY": "¥",
    "JPY": "¥",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "TWD": "NT$",
    "SGD": "S$",
    "INR": "₹",
}

#: A date this close to today is written as people say it, anything further as ``2026-11-21``.
NEAR_DAYS = 31

# Wide enough for any amount a hostile form can carry; Python's default of 28 digits would raise on 10⁴⁰.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
_STEPS = tuple(Decimal(1).scaleb(-places) for places in range(7))
_CHINESE_STEPS = ((10**4, "万"), (10**8, "亿"))
_ENGLISH_STEPS = ((10**3, "K"), (10**6, "M"), (10**9, "B"))
_CHINESE_WEEKDAYS = "一二三四五六日"
_ENGLISH_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_chinese(language) -> bool:
    """Say whether a language code (``zh-hans``, ``en``, None) is read in Chinese."""
    return (language or "").lower().startswith("zh")


def as_decimal(value, *, scale=2) -> Decimal | None:
    """
    Return the amount in the unit people read.

    :param value: minor units as ``int``, or an amount as ``Decimal``, or None.
    :raises TypeError: for a float, a bool or anything else.
    """
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value).scaleb(-scale, context=_EXACT)
    raise TypeError(f"An amount is an int of minor units or a Decimal, not {type(value).__name__}.")


def number(value, *, places=0) -> str:
    """Write a decimal or a whole number with thousands separators and so many places: ``−1,234.50``."""
    if type(value) is int and not places:
        return _whole(value, 0)
    rounded = _rounded(value, places)
    text = f"{abs(rounded):,.{places}f}"
    return MINUS + text if rounded < 0 else text


def money(value, *, currency="CNY", scale=2) -> str:
    """Write money in full, as tables and statements do: ``¥1,234,567.89``."""
    if type(value) is int:  # most of what a page writes, and three times faster without Decimals
        return _signed(_whole(value, scale), currency_sign(currency))
    amount = as_decimal(value, scale=scale)
    return NO_VALUE if amount is None else _signed(number(amount, places=scale), currency_sign(currency))


def _whole(value, scale):
    """Write an int of minor units with thousands separators, all of its places shown: ``−1,234.50``."""
    before, after = divmod(abs(value), 10**scale)
    text = f"{before:,}.{after:0{scale}d}" if scale else f"{before:,}"
    return MINUS + text if value < 0 else text


def money_short(value, *, language, scale=2, currency=None) -> str:
    """
    Write money as a headline does: ``123.5万``, ``1.2亿`` in Chinese, ``1.23M`` in English.

    :param currency: put this currency's sign before it; without one the headline says only the number.
    """
    if value is None:
        return NO_VALUE
    return _signed(short(value, language=language, scale=scale), currency_sign(currency) if currency else "")


def short(value, *, language, scale=0) -> str:
    """
    Write an amount in three or four telling digits.

    The step is chosen after rounding, so that 99,999,999 reads ``1.0亿`` and not ``10000.0万``.

    :param value: an int of minor units, divided by ``10 ** scale``, or a Decimal that is already in the unit people read.
    """
    # Whole numbers throughout, five times faster than Decimals: tables write hundreds of these.
    if type(value) is not int:
        value, scale = _as_integer(as_decimal(value))
    unit, size = 10**scale, abs(value)
    shown, text = _half_up(size, unit), None
    chinese = is_chinese(language)
    for step, word in _CHINESE_STEPS if chinese else _ENGLISH_STEPS:
        if shown < step:
            break
        whole = step * unit
        places = 1 if chinese else max(0, 3 - len(str(_half_up(size * 100, whole) // 100)))
        power = 10**places
        scaled = _half_up(size * power, whole)
        text = f"{scaled // power:,}.{scaled % power:0{places}d}{word}" if places else f"{scaled:,}{word}"
        shown = scaled * step // power
    text = text or f"{shown:,}"
    return MINUS + text if value < 0 and shown else text


def _half_up(value, divisor):
    return (2 * value + divisor) // (2 * divisor)


def _as_integer(value):
    """Return a Decimal as (int, scale): ``value == int / 10 ** scale``."""
    exponent = value.as_tuple().exponent
    return (int(value.scaleb(-exponent, context=_EXACT)), -exponent) if exponent < 0 else (int(value), 0)


def amount(value, *, kind, language, scale=0, currency="CNY", is_short=False) -> str:
    """
    Write a value of any metric.

    :param kind: MONEY, COUNT or PERCENT; what is not money and not a percentage is counted. A count per piece, given as a
        Decimal, keeps one decimal place.
    """
    if kind == MONEY:
        return money_short(value, language=language, scale=scale) if is_short else money(value, currency=currency, scale=scale)
    if kind == PERCENT:
        return percent(as_decimal(value, scale=scale))
    if value is None:
        return NO_VALUE
    if kind == COUNT_RATIO and isinstance(value, Decimal):
        return number(value, places=1)
    if is_short:
        return short(value, language=language, scale=scale)
    return _whole(value, scale) if type(value) is int else number(as_decimal(value, scale=scale), places=scale)


def percent(value, *, places=1) -> str:
    """Write a percentage that is given as 0–100 (never capped): ``104.2%``; ``—`` for None."""
    if value is None:
        return NO_VALUE
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"A percentage is a Decimal or an int, not {type(value).__name__}.")
    return number(Decimal(value), places=places) + "%"


def day(value, *, today, language) -> str:
    """Write a date: ``11月21日 周六`` or ``Sat 21 Nov`` near today, ``2026-11-21`` further away."""
    if value is None:
        return NO_VALUE
    value = value.date() if isinstance(value, datetime) else value
    if abs((value - today).days) > NEAR_DAYS:
        return value.isoformat()
    if is_chinese(language):
        return f"{value.month}月{value.day}日 周{_CHINESE_WEEKDAYS[value.weekday()]}"
    return f"{_ENGLISH_WEEKDAYS[value.weekday()]} {value.day} {_ENGLISH_MONTHS[value.month - 1]}"


def moment(value: datetime | None, *, today: date, language) -> str:
    """Write an instant, given in the reader's time zone: the day as :func:`day` does, and ``14:05``."""
    return NO_VALUE if value is None else f"{day(value, today=today, language=language)} {value:%H:%M}"


def phone(text, *, country="CN") -> str:
    """
    Write a phone number in readable groups: ``138 0013 8000`` at home, ``+44 20 7946 0958`` from abroad.

    :param country: whose numbers are written without their country code. What is no number stays as it was typed.
    """
    try:
        given = phonenumbers.parse(text or "", country)
    except phonenumbers.NumberParseException:
        return text or ""
    if not phonenumbers.is_valid_number(given):
        return text
    is_at_home = given.country_code == phonenumbers.country_code_for_region(country)
    style = PhoneNumberFormat.NATIONAL if is_at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(given, style)


@dataclass(frozen=True)
class Movement:
    """A change of rank: ``sign`` ▲ ▼ or –, the ``text`` to show and the ``direction`` up, down or same."""

    direction: str
    sign: str
    text: str


def movement(places) -> Movement | None:
    """
    Describe how many places somebody moved; more is better, so ``3`` means three places up.

    :param places: int, or None when there was no earlier ranking; None stays None.
    """
    if places is None:
        return None
    if places == 0:
        return Movement("same", "–", "–")
    sign = "▲" if places > 0 else "▼"
    return Movement("up" if places > 0 else "down", sign, f"{sign}{abs(places)}")


def spark_points(values, *, width=100, height=28, margin=3) -> str:
    """
    Place values as the points of an SVG polyline; a level line runs through the middle.

    :param values: numbers, oldest first; None leaves its day out.
    """
    steps = max(1, len(values) - 1)
    known = [(position, value) for position, value in enumerate(values) if value is not None]
    if not known:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    room = height - 2 * margin

    def place(position, value):
        down = Decimal(high - value) / Decimal(high - low) if high != low else Decimal("0.5")
        return f"{Decimal(position * width) / steps:.1f},{margin + down * room:.1f}"

    return " ".join(place(position, value) for position, value in known)


def currency_sign(currency) -> str:
    """Return the sign of a currency code; one without a sign is written by its code and a space."""
    return CURRENCY_SIGNS.get(currency) or f"{currency} "


def _signed(text, sign):
    return MINUS + sign + text[1:] if text.startswith(MINUS) else sign + text


def _rounded(value, places):
    return value.quantize(_STEPS[places] if places < len(_STEPS) else Decimal(1).scaleb(-places), context=_EXACT)
