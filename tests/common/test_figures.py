from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from common import figures
from tests.properties import given, st

SATURDAY = date(2026, 11, 21)


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (123456789, "¥1,234,567.89"),
            (Decimal("1234567.89"), "¥1,234,567.89"),
            (-5, "−¥0.05"),
            (0, "¥0.00"),
            (None, "—"),
            (Decimal("0.005"), "¥0.01"),
            (10**40, "¥" + f"{10**38:,}" + ".00"),
        ],
    )
    def test_writes_minor_units_and_decimals_in_full(self, value, text):
        assert figures.money(value) == text

    def test_knows_currencies_and_falls_back_to_the_code(self):
        assert figures.money(-123450, currency="USD") == "−$1,234.50"
        assert figures.money(100, currency="CHF") == "CHF 1.00"
        assert figures.money(1234, currency="JPY", scale=0) == "¥1,234"

    @pytest.mark.parametrize("value", [1.5, True, "12"])
    def test_refuses_what_is_not_exact(self, value):
        with pytest.raises(TypeError):
            figures.money(value)


class TestMoneyShort:
    @pytest.mark.parametrize(
        ("minor", "chinese", "english"),
        [
            (123456789, "123.5万", "1.23M"),
            (12345678900, "1.2亿", "123M"),
            (987600, "9,876", "9.88K"),
            (999_999, "1.0万", "10.0K"),
            (9_999_999_900, "1.0亿", "100M"),
            (99_999, "1,000", "1.00K"),
            (99_999_999_999, "10.0亿", "1.00B"),
            (-123456789, "−123.5万", "−1.23M"),
            (0, "0", "0"),
            (None, "—", "—"),
        ],
    )
    def test_picks_the_step_after_rounding(self, minor, chinese, english):
        assert figures.money_short(minor, language="zh-hans") == chinese
        assert figures.money_short(minor, language="en") == english

    def test_can_carry_the_sign_of_the_currency(self):
        assert figures.money_short(-123456789, language="zh-hans", currency="CNY") == "−¥123.5万"


class TestAmount:
    def test_follows_the_metric(self):
        common = {"language": "zh-hans"}
        assert figures.amount(123456, kind=figures.MONEY, scale=2, **common) == "¥1,234.56"
        assert figures.amount(12345, kind=figures.COUNT, **common) == "12,345"
        assert figures.amount(12345, kind=figures.COUNT, is_short=True, **common) == "1.2万"
        assert figures.amount(1042, kind=figures.PERCENT, scale=1, **common) == "104.2%"
        assert figures.amount(None, kind=figures.COUNT, **common) == "—"


class TestPercent:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(Decimal("104.24"), "104.2%"), (Decimal("99.95"), "100.0%"), (0, "0.0%"), (Decimal("-3.25"), "−3.3%"), (None, "—")],
    )
    def test_has_one_decimal_and_no_cap(self, value, text):
        assert figures.percent(value) == text

    def test_refuses_a_float(self):
        with pytest.raises(TypeError):
            figures.percent(99.9)


class TestDay:
    def test_is_said_near_and_written_far(self):
        assert figures.day(SATURDAY, today=SATURDAY, language="zh-hans") == "11月21日 周六"
        assert figures.day(SATURDAY, today=SATURDAY, language="en") == "Sat 21 Nov"
        assert figures.day(date(2026, 12, 23), today=SATURDAY, language="zh-hans") == "2026-12-23"
        assert figures.day(None, today=SATURDAY, language="en") == "—"

    def test_a_near_day_of_the_next_year_is_still_near(self):
        assert figures.day(date(2027, 1, 4), today=date(2026, 12, 28), language="zh-hans") == "1月4日 周一"

    def test_a_moment_adds_the_time(self):
        at = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
        assert figures.moment(at, today=SATURDAY, language="zh-hans") == "11月21日 周六 14:05"


class TestPhone:
    @pytest.mark.parametrize(
        ("given", "country", "written"),
        [
            ("+8613800138000", "CN", "138 0013 8000"),
            ("13800138000", "CN", "138 0013 8000"),
            ("+862161234567", "CN", "021 6123 4567"),
            ("+442079460958", "CN", "+44 20 7946 0958"),
            ("+8613800138000", "GB", "+86 138 0013 8000"),
            ("ask Wang", "CN", "ask Wang"),
            ("801", "CN", "801"),
            ("", "CN", ""),
            (None, "CN", ""),
        ],
    )
    def test_is_written_in_groups_and_without_the_country_code_at_home(self, given, country, written):
        assert figures.phone(given, country=country) == written


class TestMovement:
    def test_has_a_sign_beside_the_number(self):
        assert figures.movement(3).text == "▲3"
        assert figures.movement(-2).text == "▼2"
        assert figures.movement(0).direction == "same"
        assert figures.movement(None) is None


class TestSparkPoints:
    def test_puts_the_highest_value_on_top_and_keeps_the_gaps(self):
        assert figures.spark_points([0, None, 10]) == "0.0,25.0 100.0,3.0"

    def test_a_level_line_runs_through_the_middle(self):
        assert figures.spark_points([5, 5]) == "0.0,14.0 100.0,14.0"
        assert figures.spark_points([]) == ""


class TestShortOfMinorUnits:
    @given(st.integers(-(10**17), 10**17), st.sampled_from([0, 2]), st.sampled_from(["zh-hans", "en"]))
    def test_reads_like_the_decimal_of_the_same_amount(self, minor, scale, language):
        amount = Decimal(minor).scaleb(-scale)
        assert figures.short(minor, scale=scale, language=language) == figures.short(amount, language=language)

    @given(st.integers(0, 10**12))
    def test_chinese_is_within_half_a_step_of_its_last_digit(self, whole):
        text = figures.short(whole, language="zh-hans").replace(",", "")
        step = {"万": 10**4, "亿": 10**8}.get(text[-1], 1)
        shown = Decimal(text.rstrip("万亿")) * step
        assert abs(shown - whole) <= Decimal(step) / 20 if step > 1 else shown == whole

    def test_nothing_is_not_minus_nothing(self):
        assert figures.short(-1, scale=2, language="zh-hans") == "0"


class TestCountPerPiece:
    @pytest.mark.parametrize(("value", "text"), [(Decimal("2.649"), "2.6"), (Decimal(3), "3.0"), (20, "20"), (None, "—")])
    def test_keeps_one_decimal_place_and_leaves_targets_whole(self, value, text):
        assert figures.amount(value, kind="COUNT_RATIO", language="en") == text
