"""
Reading one cell as what it should be.

Each parser takes text and returns the value, or None for a blank cell: whether a value is needed is for the caller to say.
What cannot be read raises ``BadValue`` (``BadAmount`` is one) with a sentence for the person who wrote it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

import phonenumbers
from django.conf import settings
from django.db.models import Choices
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.matching import fold
from common.money import BadAmount, to_minor
from common.refusals import BadValue

_SHOWN = 40  # characters of a bad value that a sentence repeats


class BadCell(BadValue):
    """Text that is not what the column asks for."""

    sentences = {
        "no_amount": _("“%(given)s” is not an amount."),
        "other_currency": _("“%(given)s” is in another currency; amounts here are in %(currency)s."),
        "negative": _("“%(given)s” is negative; it must be zero or more."),
        "no_count": _("“%(given)s” is not a whole number."),
        "no_percent": _("“%(given)s” is not a percentage."),
        "no_day": _("“%(given)s” is not a date. Write it like 2026-02-03."),
        "no_such_day": _("There is no %(given)s in the calendar."),
        "unclear_day": _("“%(given)s” can mean two dates. Write it like 2026-02-03."),
        "day_out_of_range": _("%(given)s is outside %(earliest)s to %(latest)s."),
        "too_long": _("The text has %(length)s characters; at most %(limit)s are kept."),
        "control_characters": _("The text holds characters that cannot be stored."),
        "no_phone": _("“%(given)s” is not a phone number."),
        "no_choice": _("“%(given)s” is none of: %(allowed)s."),
    }


def parse_text(text: str, max_length: int, *, is_multiline: bool = False) -> str | None:
    """
    Return a text trimmed and in composed form, without zero-width marks; line breaks and tabs become spaces unless multiline.

    :raises BadCell: NUL or another control character, half of a surrogate pair, too long.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(mark for mark in text if mark not in "\u200b\ufeff\u2060")
    if is_multiline:
        text = text.strip()
        allowed = "\n\t"
    else:
        text = re.sub(r"[\n\t]+", " ", text).strip()
        allowed = ""
    if any(unicodedata.category(mark) in ("Cc", "Cs") and mark not in allowed for mark in text):
        raise BadCell("control_characters")
    if len(text) > max_length:
        raise BadCell("too_long", length=len(text), limit=max_length)
    return text or None


# What may stand before or after an amount, by currency; all other letters and signs are refused.
_CURRENCY_SIGNS = {
    "CNY": ("¥", "元", "RMB", "CNY", "人民币"),
    "USD": ("US$", "$", "USD"),
    "EUR": ("€", "EUR"),
    "GBP": ("£", "GBP"),
    "HKD": ("HK$", "$", "HKD"),
    "TWD": ("NT$", "$", "TWD"),
    "SGD": ("S$", "$", "SGD"),
    "JPY": ("¥", "円", "JPY"),
}
_MULTIPLES = {"万": Decimal(10_000), "亿": Decimal(100_000_000), "": Decimal(1)}
_PLAIN_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?|\.\d+", re.ASCII)


def parse_amount(text: str, *, scale: int = 2, currency: str = "CNY", may_be_negative: bool = True) -> Decimal | None:
    """
    Return an amount: "¥1,234.50", "１２３４", "1.2万" (12,000), "(5.00)" (−5), "1234.5元".

    :raises BadCell: anything else; scientific notation, NaN, a comma that groups no thousands, another currency's sign.
    :raises BadAmount: finer than the scale or beyond the limit of ``to_minor``.
    """
    given = _shorten(text)
    plain = _normalise_number(text)
    if not plain:
        return None
    is_negative = False
    if plain.startswith("(") and plain.endswith(")"):
        is_negative, plain = True, plain[1:-1].strip()
    is_negative, plain = _take_minus(plain, is_negative, given)
    plain = _strip_currency(plain, currency, given)
    is_negative, plain = _take_minus(plain, is_negative, given)
    multiple = plain[-1:] if plain[-1:] in ("万", "亿") else ""
    number = plain.removesuffix(multiple).strip()
    if not _PLAIN_NUMBER.fullmatch(number):
        raise BadCell("no_amount", given=given)
    digits = number.replace(",", "").replace(" ", "")
    if len(digits) > 40:
        raise BadAmount("too_large", limit=f"{10**15 // 10**scale:,}")
    amount = Decimal(digits) * _MULTIPLES[multiple]
    if is_negative and not may_be_negative and amount:
        raise BadCell("negative", given=given)
    to_minor(amount, scale)
    return -amount if is_negative and amount else amount


def parse_count(text: str, *, may_be_negative: bool = False) -> int | None:
    """
    Return a whole number: "1,200", "１２".

    :raises BadCell: anything else, a fraction, a negative number unless it may be.
    :raises BadAmount: beyond 10^15.
    """
    try:
        amount = parse_amount(text, scale=0, may_be_negative=may_be_negative)
    except BadAmount as error:
        if error.code == "too_many_digits":
            raise BadCell("no_count", given=_shorten(text)) from error
        raise
    except BadCell as error:
        if error.code == "negative":
            raise
        raise BadCell("no_count", given=_shorten(text)) from error
    return None if amount is None else int(amount)


def parse_percent(text: str) -> Decimal | None:
    """
    Return a percentage as a number of 0–100 and beyond: "85%", "85", "12.5 %" – and "0.85" is 0.85 %.

    :raises BadCell: anything else.
    """
    plain = _normalise_number(text).removesuffix("%").strip()
    if not plain and not text.strip():
        return None
    is_negative, number = plain.startswith("-"), plain.removeprefix("-")
    if not _PLAIN_NUMBER.fullmatch(number) or len(number) > 20:
        raise BadCell("no_percent", given=_shorten(text))
    value = Decimal(number.replace(",", "").replace(" ", ""))
    return -value if is_negative and value else value


_TIME_OF_DAY = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_WRITTEN_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME_OF_DAY, re.ASCII)
_CHINESE_DAY = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?" + _TIME_OF_DAY, re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})" + _TIME_OF_DAY, re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_SERIAL_ZERO = date(1899, 12, 30)  # Excel counts 1900 as a leap year; from March 1900 on this start makes up for it


def parse_day(text: str, *, earliest: date = date(1900, 1, 1), latest: date = date(2100, 12, 31)) -> date | None:
    """
    Return a date: 2026-02-03, 2026/2/3, 2026.2.3, 2026年2月3日, 20260203, or Excel's serial number 46056.

    A time of day behind it is dropped as written, without moving it to another zone. Day and month before the year are
    refused: 3/2/2026 is one day in London and another in New York.

    :raises BadCell: another form, a day that the calendar lacks (30 February), a day out of the range.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    given = _shorten(plain)
    if match := _WRITTEN_DAY.fullmatch(plain):
        year, month, day = match[1], match[3], match[4]
    elif match := _CHINESE_DAY.fullmatch(plain) or _COMPACT_DAY.fullmatch(plain):
        year, month, day = match.groups()
    elif match := _SERIAL.fullmatch(plain):
        return _in_range(_SERIAL_ZERO + timedelta(days=int(match[1])), earliest, latest)
    else:
        raise BadCell("unclear_day" if _YEAR_LAST.fullmatch(plain) else "no_day", given=given)
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise BadCell("no_such_day", given=given) from error
    return _in_range(found, earliest, latest)


def parse_phone(text: str, *, region: str = "CN") -> str | None:
    """
    Return a phone number in international form (+8613800138000).

    :param region: whose rules a number without a country code follows.
    :raises BadCell: if no such number can exist.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    try:
        number = phonenumbers.parse(plain[:60], region)
    except phonenumbers.NumberParseException as error:
        raise BadCell("no_phone", given=_shorten(plain)) from error
    if len(plain) > 60 or number.extension or not phonenumbers.is_valid_number(number):
        raise BadCell("no_phone", given=_shorten(plain))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_choice(text: str, labels: Mapping[str, Iterable[str]]) -> str | None:
    """
    Return the value that a label of any language stands for; width, case, spaces and punctuation do not matter.

    :param labels: value → its labels, see ``choice_labels``; the value itself is understood too.
    :raises BadCell: for an unknown label; the sentence lists the first label of each.
    """
    if not (folded := fold(text)):
        if text.strip():
            raise BadCell("no_choice", given=_shorten(text), allowed=_list_first(labels))
        return None
    for value, names in labels.items():
        if folded == fold(value) or any(folded == fold(name) for name in names):
            return value
    raise BadCell("no_choice", given=_shorten(text), allowed=_list_first(labels))


def choice_labels(choices: type[Choices]) -> dict[str, tuple[str, ...]]:
    """Return each choice's labels in every language of the product, the default language first."""
    labels: dict[str, list[str]] = {value: [] for value in choices.values}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for value, label in choices.choices:
                labels[value].append(str(label))
    return {value: tuple(dict.fromkeys(names)) for value, names in labels.items()}


def _normalise_number(text: str) -> str:
    # Raised digits and those in circles are marks of footnotes: they stay what they are, and no number is made of them.
    if any(unicodedata.category(sign) == "No" for sign in text):
        return text.strip()
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2013", "-")
    return " ".join(plain.split())


def _take_minus(plain: str, is_negative: bool, given: str) -> tuple[bool, str]:
    if not plain.startswith("-"):
        return is_negative, plain.removeprefix("+").strip() if not is_negative else plain
    if is_negative:
        raise BadCell("no_amount", given=given)
    return True, plain[1:].strip()


def _strip_currency(plain: str, currency: str, given: str) -> str:
    own = _CURRENCY_SIGNS.get(currency, (currency,))
    for sign in own:
        folded = unicodedata.normalize("NFKC", sign)
        if plain.upper().startswith(folded):
            return plain[len(folded) :].strip()
        if plain.upper().endswith(folded):
            return plain[: -len(folded)].strip()
    for signs in _CURRENCY_SIGNS.values():
        if any(plain.upper().startswith(sign) or plain.upper().endswith(sign) for sign in signs):
            raise BadCell("other_currency", given=given, currency=currency)
    return plain


def _in_range(day: date, earliest: date, latest: date) -> date:
    if not earliest <= day <= latest:
        raise BadCell("day_out_of_range", given=day.isoformat(), earliest=earliest.isoformat(), latest=latest.isoformat())
    return day


def _list_first(labels: Mapping[str, Iterable[str]]) -> str:
    return ", ".join(next(iter(names), value) for value, names in labels.items())


def _shorten(text: str) -> str:
    shown = "".join(mark if mark.isprintable() else "·" for mark in text.strip()[: _SHOWN + 1])
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
