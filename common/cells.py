"""
How an import reads one cell: the parsers of `common.tables`, told what the company is.

Each function here returns a reader `(text, company) -> value`; the reader raises a `Refusal` for what cannot be read.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from common.money import BadAmount, from_minor, to_minor
from common.periods import FIRST_YEAR, LAST_YEAR
from common.refusals import BadValue
from common.tables import parse_amount, parse_choice, parse_count, parse_day, parse_phone, parse_text

Reader = Callable[[str, object], object]
#: What a money column holds: fifteen digits, two of them behind the point.
MOST = Decimal("9999999999999.99")

_TRUTHS = {
    "yes": ("yes", "true", "y", "1", "是", "对", "启用", "在售", "有效"),
    "no": ("no", "false", "n", "0", "否", "不", "停用", "停售", "无效"),
}


class BadField(BadValue):
    """Text that can be read but cannot be right."""

    sentences = {
        "no_email": _("“%(given)s” is not an e-mail address."),
        "out_of_range": _("“%(given)s” is not between %(least)s and %(most)s."),
        "no_month": _("“%(given)s” is not a month. Write it like 2026-03."),
        "no_year": _("“%(given)s” is not a year."),
        "no_truth": _("“%(given)s” is neither yes nor no."),
    }


def text(max_length: int, *, is_multiline: bool = False) -> Reader:
    return lambda given, company: parse_text(given, max_length, is_multiline=is_multiline)


def choice(words: Mapping[str, Iterable[str]]) -> Reader:
    """Words in either language → a value."""
    return lambda given, company: parse_choice(given, words)


def count(least: int, most: int) -> Reader:
    def read(given, company):
        value = parse_count(given)
        if value is not None and not least <= value <= most:
            raise BadField("out_of_range", given=given[:40], least=f"{least:,}", most=f"{most:,}")
        return value

    return read


def coordinate(most: int) -> Reader:
    """Degrees with at most six decimal places; finer ones are below a hand's width and rounded off."""

    def read(given, company):
        try:
            value = Decimal(given.strip().removesuffix("°"))
            if value.is_finite() and abs(value) <= most:
                return value.quantize(Decimal("0.000001"))
        except InvalidOperation:
            pass
        raise BadField("out_of_range", given=given[:40], least=-most, most=most)

    return read


def amount(given: str, company) -> Decimal | None:
    """Money of zero or more, in the company's currency."""
    value = parse_amount(given, currency=company.currency, may_be_negative=False)
    if value is None:
        return None
    value = from_minor(to_minor(value))
    if value > MOST:
        raise BadAmount("too_large", limit=f"{MOST:,}")
    return value


def day(given: str, company) -> date | None:
    return parse_day(given, earliest=date(1930, 1, 1))


def day_of_a_period(given: str, company) -> date | None:
    """A day that figures may be credited to; hired and born people were before the first of them."""
    return parse_day(given, earliest=date(FIRST_YEAR, 1, 1), latest=date(LAST_YEAR, 12, 31))


def email(given: str, company) -> str | None:
    address = parse_text(given, 254)
    try:
        validate_email(address or "")
    except ValidationError:
        raise BadField("no_email", given=given[:40]) from None
    return address.lower()


def phone(max_length: int) -> Reader:
    """A number in international form; what is none – two numbers, an extension – is kept as it is written."""

    def read(given, company):
        try:
            return parse_phone(given, region=company.country)
        except BadValue:
            return parse_text(given, max_length)

    return read


def truth(given: str, company) -> bool:
    try:
        return parse_choice(given, _TRUTHS) == "yes"
    except BadValue:
        raise BadField("no_truth", given=given[:40]) from None
