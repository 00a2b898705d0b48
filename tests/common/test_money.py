"""Money: exact minor units, and apportioning that loses no cent."""

from decimal import Decimal
from fractions import Fraction

import pytest

from common.money import LIMIT, BadAmount, NoWeights, apportion, from_minor, to_minor
from tests.properties import given, st

minors = st.integers(min_value=-LIMIT, max_value=LIMIT)
weight = st.one_of(
    st.integers(min_value=0, max_value=10**9),
    st.decimals(min_value=0, max_value=10**6, places=3),
    st.fractions(min_value=0, max_value=1000, max_denominator=97),
)

weights = st.lists(weight, min_size=1, max_size=40).filter(any)
units = st.sampled_from([1, 3, 100, 10_000, 1_000_000])


class TestToMinor:
    @pytest.mark.parametrize(
        ("amount", "scale", "minor"),
        [
            ("1234.50", 2, 123450),
            ("1234.5", 2, 123450),
            ("1234.5000", 2, 123450),
            ("-0.01", 2, -1),
            ("0", 2, 0),
            ("-0", 2, 0),
            ("0E+500", 2, 0),
            ("7", 0, 7),
            ("1E+3", 0, 1000),
            ("10000000000000.00", 2, 10**15),
            ("-10000000000000.00", 2, -(10**15)),
        ],
    )
    def test_counts_in_the_smallest_unit(self, amount, scale, minor):
        assert to_minor(Decimal(amount), scale) == minor

    @pytest.mark.parametrize(
        ("amount", "scale", "code"),
        [
            ("NaN", 2, "not_finite"),
            ("sNaN", 2, "not_finite"),
            ("Infinity", 2, "not_finite"),
            ("-Infinity", 2, "not_finite"),
            ("1.005", 2, "too_many_digits"),
            ("0.5", 0, "too_many_digits"),
            ("1E-999999", 2, "too_many_digits"),
            ("10000000000000.01", 2, "too_large"),
            ("1E+40", 2, "too_large"),
            ("-1E+999999", 2, "too_large"),
        ],
    )
    def test_refuses_what_it_cannot_keep_exactly(self, amount, scale, code):
        with pytest.raises(BadAmount) as refusal:
            to_minor(Decimal(amount), scale)
        assert refusal.value.code == code

    @pytest.mark.parametrize("amount", [1.5, "1.5", None])
    def test_takes_only_exact_numbers(self, amount):
        with pytest.raises(TypeError):
            to_minor(amount)

    @given(minors, st.integers(min_value=0, max_value=6))
    def test_comes_back_unchanged(self, minor, scale):
        amount = from_minor(minor, scale)
        assert amount.as_tuple().exponent == -scale
        assert to_minor(amount, scale) == minor

    def test_shows_exactly_its_places(self):
        assert str(from_minor(123450)) == "1234.50"
        assert str(from_minor(-1)) == "-0.01"
        assert str(from_minor(7, 0)) == "7"


class TestApportion:
    @pytest.mark.parametrize(
        ("total", "weights", "unit", "parts"),
        [
            (100, [1, 1, 1], 1, [34, 33, 33]),
            (101, [1, 1, 1], 1, [34, 34, 33]),
            (-101, [1, 1, 1], 1, [-34, -34, -33]),
            (0, [1, 2], 1, [0, 0]),
            (1, [0, 1], 1, [0, 1]),
            (5, [1, 0, 1], 1, [3, 0, 2]),
            (10, [Decimal("0.7"), Decimal("0.2"), Decimal("0.1")], 1, [7, 2, 1]),
            (10, [Fraction(1, 3), Fraction(2, 3)], 1, [3, 7]),
            # whole yuan, the fifty cents go to the next in the order of remainders
            (1_000_50, [1, 1, 1], 100, [334_00, 333_50, 333_00]),
            (50, [1, 1], 100, [50, 0]),
            (7, [5], 100, [7]),
        ],
    )
    def test_largest_remainder(self, total, weights, unit, parts):
        assert apportion(total, weights, unit) == parts

    @pytest.mark.parametrize(
        ("weights", "code"),
        [
            ([], "none"),
            ([0, 0], "all_zero"),
            ([0], "all_zero"),
            ([1, -1], "negative"),
            ([Decimal("NaN"), 1], "not_finite"),
            ([Decimal("Infinity")], "not_finite"),
            ([Decimal("1E+999999")], "not_finite"),
        ],
    )
    def test_refuses_weights_that_say_nothing(self, weights, code):
        for total in (100, 0, -100):
            with pytest.raises(NoWeights) as refusal:
                apportion(total, weights)
            assert refusal.value.code == code

    def test_refuses_floats_and_units_below_one(self):
        with pytest.raises(TypeError):
            apportion(100, [0.5, 0.5])
        with pytest.raises(ValueError, match="rounding unit"):
            apportion(100, [1], 0)

    @given(minors, weights, units)
    def test_adds_up_and_stays_within_a_unit_of_the_exact_share(self, total, weights, unit):
        parts = apportion(total, weights, unit)
        whole = sum(map(Fraction, weights))
        assert sum(parts) == total
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - total * Fraction(weight) / whole) < unit
            if not weight:
                assert part == 0
        assert sum(part % unit != 0 for part in parts) <= 1

    @given(minors, weights, units)
    def test_a_negative_total_mirrors_the_positive(self, total, weights, unit):
        assert apportion(-total, weights, unit) == [-part for part in apportion(total, weights, unit)]

    @given(st.integers(min_value=0, max_value=LIMIT), weights, units)
    def test_a_larger_weight_never_gets_less(self, total, weights, unit):
        by_weight = sorted(zip(map(Fraction, weights), apportion(total - total % unit, weights, unit), strict=True))
        parts_of_distinct = [(w, p) for w, p in by_weight]
        for (light, less), (heavy, more) in zip(parts_of_distinct, parts_of_distinct[1:], strict=False):
            if light < heavy:
                assert less <= more

    @given(minors, weights, units, st.integers(min_value=1, max_value=1000))
    def test_only_the_proportion_counts(self, total, weights, unit, factor):
        assert apportion(total, [Fraction(w) * factor for w in weights], unit) == apportion(total, weights, unit)
