"""One cell at a time: what is understood, what is refused and why."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.refusals import BadValue
from common.tables import (
    choice_labels,
    parse_amount,
    parse_choice,
    parse_count,
    parse_day,
    parse_percent,
    parse_phone,
    parse_text,
)
from tests.properties import given, st

BLANKS = ["", " ", "\t", "\u3000", "\n"]
LABELS = {"WON": ("成交", "Won"), "LOST": ("丢单", "Lost"), "IN_HAND": ("跟进中", "In hand")}


def refusal(parse, text, *args, **options):
    with pytest.raises(BadValue) as refused:
        parse(text, *args, **options)
    return refused.value.code


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_cell_is_no_value(blank):
    assert parse_amount(blank) is None
    assert parse_count(blank) is None
    assert parse_percent(blank) is None
    assert parse_day(blank) is None
    assert parse_phone(blank) is None
    assert parse_text(blank, 10) is None
    assert parse_choice(blank, LABELS) is None


class TestAmount:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("1234.5", "1234.5"),
            ("1,234,567.89", "1234567.89"),
            ("1 234.50", "1234.50"),
            ("¥1,234.50", "1234.50"),
            ("￥ 1234", "1234"),
            ("RMB 5", "5"),
            ("rmb5", "5"),
            ("1234.5元", "1234.5"),
            ("1.2万", "12000"),
            ("1.2万元", "12000"),
            ("0.35亿", "35000000"),
            ("１２３４．５", "1234.5"),
            ("１，２３４", "1234"),
            ("(1,234.50)", "-1234.50"),
            ("（5）", "-5"),
            ("-5", "-5"),
            ("−5", "-5"),
            ("-¥5", "-5"),
            ("¥-5", "-5"),
            ("+5", "5"),
            (".5", "0.5"),
            ("-0", "0"),
            ("007", "7"),
            ("10000000000000.00", "10000000000000.00"),
        ],
    )
    def test_is_understood_as_people_write_it(self, text, amount):
        parsed = parse_amount(text)
        assert parsed == Decimal(amount)
        assert not parsed.is_signed() or parsed < 0

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("NaN", "no_amount"),
            ("inf", "no_amount"),
            ("-Infinity", "no_amount"),
            ("1e5", "no_amount"),
            ("1E+40", "no_amount"),
            ("0x10", "no_amount"),
            ("1_000", "no_amount"),
            ("1,23", "no_amount"),
            ("1.234,56", "no_amount"),
            ("12,34", "no_amount"),
            ("1.2.3", "no_amount"),
            ("--5", "no_amount"),
            ("(-5)", "no_amount"),
            ("(5", "no_amount"),
            ("5%", "no_amount"),
            ("¥", "no_amount"),
            ("万", "no_amount"),
            ("about 5", "no_amount"),
            ("5\x00", "no_amount"),
            ("٥", "no_amount"),
            ("12²", "no_amount"),  # the mark of a footnote; not 122
            ("5①", "no_amount"),
            ("$5", "other_currency"),
            ("5 USD", "other_currency"),
            ("1.005", "too_many_digits"),
            ("0.0000001万", "too_many_digits"),
            ("1" + "0" * 40, "too_large"),
            ("9" * 10_000, "too_large"),
            ("10000000000000.01", "too_large"),
            ("1000000亿", "too_large"),
        ],
    )
    def test_is_refused_with_its_reason(self, text, code):
        assert refusal(parse_amount, text) == code

    def test_another_companys_currency(self):
        assert parse_amount("$1,234", currency="USD") == 1234
        assert parse_amount("US$5", currency="USD") == 5
        assert refusal(parse_amount, "¥5", currency="USD") == "other_currency"
        assert parse_amount("5 CHF", currency="CHF") == 5

    def test_may_be_asked_not_to_be_negative(self):
        assert refusal(parse_amount, "(5)", may_be_negative=False) == "negative"
        assert parse_amount("-0", may_be_negative=False) == 0

    @given(st.text(max_size=30))
    def test_any_text_is_finite_or_refused(self, text):
        try:
            amount = parse_amount(text)
        except BadValue:
            return
        assert amount is None or amount.is_finite()

    @given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
    def test_grouped_numbers_come_back(self, amount):
        assert parse_amount(f"¥{amount:,}") == parse_amount(str(amount)) == amount


class TestCountAndPercent:
    @pytest.mark.parametrize(("text", "count"), [("1,200", 1200), ("１２", 12), ("0", 0), ("5.0", 5)])
    def test_counts(self, text, count):
        assert parse_count(text) == count

    @pytest.mark.parametrize(
        ("text", "code"),
        [("1.5", "no_count"), ("-1", "negative"), ("x", "no_count"), ("9" * 20, "too_large"), ("NaN", "no_count")],
    )
    def test_counts_refused(self, text, code):
        assert refusal(parse_count, text) == code

    @pytest.mark.parametrize(
        ("text", "percent"), [("85%", "85"), ("８５％", "85"), ("12.5 %", "12.5"), ("0.85", "0.85"), ("-3%", "-3")]
    )
    def test_percentages(self, text, percent):
        assert parse_percent(text) == Decimal(percent)

    @pytest.mark.parametrize("text", ["%", "85%%", "NaN", "1e2", "1" * 30, "half"])
    def test_percentages_refused(self, text):
        assert refusal(parse_percent, text) == "no_percent"


class TestDay:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-02-03", "2026-2-3", "2026/2/3", "2026.02.03", "2026年2月3日", "2026年02月03", "2026 年 2 月 3 日", "20260203",
            "２０２６－０２－０３", "2026-02-03 14:30", "2026-02-03T14:30:00Z", "2026/2/3 0:00:00", "46056", "46056.604",
        ],
    )  # fmt: skip
    def test_is_understood_in_the_usual_forms(self, text):
        assert parse_day(text) == date(2026, 2, 3)

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("2026-02-30", "no_such_day"),
            ("2026年13月1日", "no_such_day"),
            ("20261301", "no_such_day"),
            ("2026-00-10", "no_such_day"),
            ("0000-01-01", "no_such_day"),
            ("3/2/2026", "unclear_day"),
            ("03-02-26", "unclear_day"),
            ("2026-02", "no_day"),
            ("2026-2/3", "no_day"),
            ("yesterday", "no_day"),
            ("2026-02-03\x00", "no_day"),
            ("2026-02-03 25h", "no_day"),
            ("1" * 5_000, "no_day"),
            ("1899-12-31", "day_out_of_range"),
            ("2101-01-01", "day_out_of_range"),
            ("99999", "day_out_of_range"),
        ],
    )
    def test_is_refused_with_its_reason(self, text, code):
        assert refusal(parse_day, text) == code

    @given(st.dates(min_value=date(1927, 5, 18), max_value=date(2100, 12, 31)))
    def test_every_form_of_a_day_is_that_day(self, day):
        serial = (day - date(1899, 12, 30)).days
        for text in (
            day.isoformat(),
            f"{day.year}/{day.month}/{day.day}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{serial}",
        ):
            assert parse_day(text) == day


class TestText:
    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("  Asha ", "Asha"),
            ("two\r\nlines", "two lines"),
            ("a\t\tb", "a b"),
            ("\ufeffname\u200b", "name"),
            ("e\u0301", "é"),
            ("=cmd()", "=cmd()"),
            ("<script>", "<script>"),
            ("😀" * 20, "😀" * 20),
        ],
    )
    def test_is_trimmed_and_otherwise_kept(self, text, kept):
        assert parse_text(text, 20) == kept

    def test_lines_are_kept_where_they_belong(self):
        assert parse_text(" a\r\nb\rc ", 20, is_multiline=True) == "a\nb\nc"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("Be\x00la", "control_characters"),
            ("a\x1bb", "control_characters"),
            ("a\x7fb", "control_characters"),
            ("\ud800", "control_characters"),
            ("x" * 21, "too_long"),
        ],
    )
    def test_is_refused_with_its_reason(self, text, code):
        assert refusal(parse_text, text, 20) == code

    @given(st.text(max_size=40))
    def test_whatever_is_kept_can_be_stored(self, text):
        try:
            kept = parse_text(text, 30, is_multiline=True)
        except BadValue:
            return
        if kept is not None:
            assert 0 < len(kept) <= 30
            assert "\x00" not in kept
            kept.encode()


class TestPhone:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("13800138000", "+8613800138000"),
            ("138 0013 8000", "+8613800138000"),
            ("138-0013-8000", "+8613800138000"),
            ("+86 13800138000", "+8613800138000"),
            ("0086 13800138000", "+8613800138000"),
            ("１３８００１３８０００", "+8613800138000"),
            ("010-62345678", "+861062345678"),
            ("+1 650-253-0000", "+16502530000"),
        ],
    )
    def test_is_brought_into_one_form(self, text, number):
        assert parse_phone(text) == number

    @pytest.mark.parametrize(
        "text", ["12345", "1380013800", "phone", "13800138000,13900139000", "1" * 500, "138\x0000138000x", "-"]
    )
    def test_is_refused(self, text):
        assert refusal(parse_phone, text) == "no_phone"


class Stage(TextChoices):
    MONDAY = "MON", _("Monday")
    SUNDAY = "SUN", _("Sunday")


class TestChoice:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("成交", "WON"),
            ("won", "WON"),
            (" WON ", "WON"),
            ("In-Hand", "IN_HAND"),
            ("in_hand", "IN_HAND"),
            ("跟 进 中", "IN_HAND"),
        ],
    )
    def test_labels_of_both_languages_are_understood(self, text, value):
        assert parse_choice(text, LABELS) == value

    @pytest.mark.parametrize("text", ["Wonn", "赢", "-", "\x00"])
    def test_is_refused_with_what_would_do(self, text):
        with pytest.raises(BadValue) as refused:
            parse_choice(text, LABELS)
        assert refused.value.params["allowed"] == "成交, 丢单, 跟进中"

    def test_labels_come_in_every_language(self):
        assert choice_labels(Stage) == {"MON": ("星期一", "Monday"), "SUN": ("星期日", "Sunday")}


def test_a_refusal_speaks_the_readers_language_and_repeats_the_value_shortened():
    with pytest.raises(BadValue) as refused:
        parse_amount("x" * 100 + "\x00")
    assert "x" * 40 + "…" in refused.value.reason
    assert "x" * 41 not in refused.value.reason
