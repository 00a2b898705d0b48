"""Splitting a target and proposing weights for it."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from common.money import NoWeights, apportion
from targets import rules
from targets.rules import BadTiers, Tiers
from tests.properties import given, st

D = Decimal
money = st.integers(min_value=0, max_value=10**12)
weight = st.one_of(st.integers(min_value=0, max_value=10**6), st.fractions(min_value=0, max_value=50, max_denominator=31))
weights = st.lists(weight, min_size=1, max_size=12).filter(any)
units = st.sampled_from([1, 100, 10_000, 100_000])
tiers = st.tuples(money, money, money).map(lambda steps: Tiers.from_steps(*steps))


def month(number, year=2026):
    return date(year, number, 1)


class TestTiers:
    @pytest.mark.parametrize(
        ("floor", "commit", "stretch", "code"), [(-1, 5, 6, "negative"), (6, 5, 7, "order"), (4, 5, 4, "order")]
    )
    def test_refuses_to_fall(self, floor, commit, stretch, code):
        with pytest.raises(BadTiers) as refusal:
            Tiers(floor, commit, stretch)
        assert refusal.value.code == code

    @pytest.mark.parametrize(
        ("commit", "percents", "unit", "expected"),
        [
            (100_000, (85, 120), 1, Tiers(85_000, 100_000, 120_000)),
            (100_001, (85, 120), 100, Tiers(85_000, 100_001, 120_000)),
            (3, (50, 150), 1, Tiers(2, 3, 5)),
            (60, (100, 100), 100, Tiers(60, 60, 100)),
            (40, (100, 100), 100, Tiers(0, 40, 40)),
            (0, (85, 120), 100, Tiers(0, 0, 0)),
            (1_000, (D("87.5"), D("112.5")), 1, Tiers(875, 1_000, 1_125)),
        ],
    )
    def test_are_derived_from_the_commit_tier(self, commit, percents, unit, expected):
        assert rules.derive_tiers(commit, *percents, unit=unit) == expected

    @pytest.mark.parametrize(
        ("commit", "percents", "code"),
        [(-1, (85, 120), "negative"), (1, (101, 120), "floor_percent"), (1, (-1, 120), "floor_percent"), (1, (85, 99), "stretch_percent")],
    )  # fmt: skip
    def test_refuses_percentages_that_would_turn_the_order(self, commit, percents, code):
        with pytest.raises(BadTiers) as refusal:
            rules.derive_tiers(commit, *percents)
        assert refusal.value.code == code

    @given(money, st.integers(0, 100), st.integers(100, 300), units)
    def test_derived_tiers_never_fall(self, commit, floor, stretch, unit):
        assert rules.derive_tiers(commit, floor, stretch, unit).commit == commit


class TestSplitTiers:
    def test_keeps_the_order_where_rounding_each_tier_alone_would_turn_it(self):
        # 1, 2 and 2 among two equals: rounding tier by tier is right in the sums; the steps keep each child in order too.
        children = rules.split_tiers(Tiers(1, 2, 2), [1, 1])
        assert children == [Tiers(1, 2, 2), Tiers(0, 0, 0)]

    @given(tiers, weights, units)
    def test_every_tier_adds_up(self, parent, weights, unit):
        children = rules.split_tiers(parent, weights, unit)
        assert sum(children, rules.NO_TARGET) == parent
        assert rules.find_mismatches(parent, children) == []

    def test_refuses_zero_weights(self):
        with pytest.raises(NoWeights):
            rules.split_tiers(Tiers(1, 2, 3), [0, 0])


class TestGrids:
    def test_months_and_people_add_up_at_once(self):
        grid = rules.split_grid([100, 100, 100], [1, 1, 1])
        assert [sum(row) for row in grid] == [100, 100, 100]
        assert [sum(column) for column in zip(*grid, strict=True)] == [100, 100, 100]
        assert {cell for row in grid for cell in row} == {33, 34}

    def test_a_hire_of_march_has_nothing_before(self):
        assert rules.split_grid([90, 90, 90], [1, [0, 0, 1], 1]) == [[45, 45, 30], [0, 0, 30], [45, 45, 30]]

    def test_what_is_below_the_unit_sits_in_one_cell(self):
        grid = rules.split_grid([1_000_50, 1_000_00], [1, 1], unit=100)
        assert sum(cell % 100 != 0 for row in grid for cell in row) == 1
        assert [sum(column) for column in zip(*grid, strict=True)] == [1_000_50, 1_000_00]

    def test_refuses_a_month_that_nobody_can_take(self):
        with pytest.raises(NoWeights):
            rules.split_grid([10, 10], [[0, 1], [0, 1]])

    def test_a_month_without_a_target_needs_no_weights(self):
        assert rules.split_grid([0, 10], [[0, 1], [0, 1]]) == [[0, 5], [0, 5]]

    def test_refuses_margins_that_disagree_and_negative_ones(self):
        with pytest.raises(ValueError, match="Rows add up"):
            rules.fill_grid([1, 2], [4])
        with pytest.raises(BadTiers):
            rules.fill_grid([-1, 2], [1])

    @given(st.lists(money, min_size=1, max_size=12), weights, units)
    def test_constant_weights_fix_both_margins(self, months, weights, unit):
        grid = rules.split_grid(months, weights, unit)
        assert [sum(column) for column in zip(*grid, strict=True)] == months
        assert [sum(row) for row in grid] == apportion(sum(months), weights, unit)
        assert all(cell >= 0 for row in grid for cell in row)

    @given(st.data(), st.lists(money, min_size=1, max_size=12), st.integers(1, 8), units)
    def test_weights_by_month_fix_every_month(self, data, months, children, unit):
        by_month = st.lists(weight, min_size=len(months), max_size=len(months))
        rows = [data.draw(by_month) for _child in range(children)]
        rows[0] = [weight + 1 for weight in rows[0]]
        grid = rules.split_grid(months, rows, unit)
        assert [sum(column) for column in zip(*grid, strict=True)] == months
        for row, given_weights in enumerate(rows):
            exact = sum(
                (
                    Fraction(total * given_weights[i]) / sum(Fraction(other[i]) for other in rows)
                    for i, total in enumerate(months)
                ),
                Fraction(0),
            )
            assert abs(sum(grid[row]) - exact) < unit * (1 + len(months))
            assert all(not cell for cell, given_weight in zip(grid[row], given_weights, strict=True) if not given_weight)

    @given(st.lists(money, min_size=1, max_size=9), st.data(), units)
    def test_any_two_margins_that_agree_can_be_filled(self, rows, data, unit):
        cuts = sorted(data.draw(st.lists(st.integers(0, sum(rows)), max_size=8)))
        columns = [high - low for low, high in zip([0, *cuts], [*cuts, sum(rows)], strict=True)]
        grid = rules.fill_grid(rows, columns, unit)
        assert [sum(row) for row in grid] == rows
        assert [sum(column) for column in zip(*grid, strict=True)] == columns
        assert all(cell >= 0 for row in grid for cell in row)

    @given(st.lists(tiers, min_size=1, max_size=6), weights, units)
    def test_tiers_keep_their_order_in_every_cell(self, months, weights, unit):
        grid = rules.split_tier_grid(months, weights, unit)
        for column, parent in enumerate(months):
            assert sum((row[column] for row in grid), rules.NO_TARGET) == parent


class TestFindMismatches:
    def test_names_the_tier_and_the_difference(self):
        (mismatch,) = rules.find_mismatches(Tiers(10, 20, 30), [Tiers(5, 10, 20), Tiers(5, 10, 11)])
        assert (mismatch.tier, mismatch.parent, mismatch.children, mismatch.difference) == ("stretch", 30, 31, 1)

    def test_a_declared_buffer_is_no_mismatch_but_any_other_sum_is(self):
        children = [Tiers(6, 11, 17), Tiers(5, 11, 17)]
        assert rules.find_mismatches(Tiers(10, 20, 30), children, buffer=Tiers(1, 2, 4)) == []
        assert [m.difference for m in rules.find_mismatches(Tiers(10, 20, 30), children, buffer=Tiers(1, 2, 5))] == [-1]

    def test_nobody_below_is_fine(self):
        assert rules.find_mismatches(Tiers(10, 20, 30), []) == []


class TestProrate:
    @pytest.mark.parametrize(
        ("targets", "active", "days", "expected"),
        [
            ([10_000, 12_000], [0, 20], [20, 20], 12_000),
            ([10_000, 12_000], [10, 20], [20, 20], 17_000),
            ([10_000], [7], [22], 3_182),
            ([10_000, 500], [5, 0], [20, 0], 2_500),
            ([], [], [], 0),
        ],
    )
    def test_by_working_days_of_each_month(self, targets, active, days, expected):
        assert rules.prorate(targets, active, days) == expected


class TestWeights:
    def test_equal(self):
        assert rules.equal_weights(4) == [Fraction(1, 4)] * 4
        with pytest.raises(NoWeights):
            rules.equal_weights(0)

    def test_history_compares_by_month_on_record(self):
        shares = rules.history_weights({
            "Asha": {month(1): 300, month(2): 300},
            "Bela": {month(2): 600},
            "Chandra": {month(1): 0, month(2): 300, month(3): 0},
        })  # fmt: skip
        assert shares == {"Asha": Fraction(3, 10), "Bela": Fraction(6, 10), "Chandra": Fraction(1, 10)}

    def test_a_newcomer_gets_half_the_median(self):
        shares = rules.history_weights({"Asha": {month(1): 100}, "Bela": {month(1): 300}, "Chandra": {}})
        assert shares == {"Asha": Fraction(1, 5), "Bela": Fraction(3, 5), "Chandra": Fraction(1, 5)}

    def test_nobody_with_a_record_means_equal(self):
        assert rules.history_weights({"Asha": {}, "Bela": {}}) == {"Asha": Fraction(1, 2), "Bela": Fraction(1, 2)}

    def test_returns_weigh_nothing_and_no_result_at_all_is_refused(self):
        assert rules.history_weights({"Asha": {month(1): -50}, "Bela": {month(1): 50}})["Asha"] == 0
        with pytest.raises(NoWeights):
            rules.history_weights({"Asha": {month(1): -50}, "Bela": {month(1): 0}})

    def test_combination_normalises_each_before_it_weighs(self):
        mixed = rules.combine([[1, 1], [0, 5000]], [50, 50])
        assert mixed == [Fraction(1, 4), Fraction(3, 4)]
        assert rules.combine([[1, 1], [0, 0]], [1, 0]) == [Fraction(1, 2), Fraction(1, 2)]

    @pytest.mark.parametrize(("proposals", "shares"), [([[1, 1]], [0]), ([[0, 0]], [1]), ([[1, 1]], [-1])])
    def test_combination_refuses_what_says_nothing(self, proposals, shares):
        with pytest.raises(NoWeights):
            rules.combine(proposals, shares)

    @pytest.mark.parametrize(("proposals", "shares"), [([[1, 1], [1]], [1, 1]), ([[1, 1]], [1, 1])])
    def test_combination_refuses_unlike_lengths(self, proposals, shares):
        with pytest.raises(ValueError, match="zip"):
            rules.combine(proposals, shares)

    @given(st.lists(weights.filter(lambda w: len(w) >= 3).map(lambda w: [*w[:2], w[2] + 1]), min_size=1, max_size=3), st.data())
    def test_combination_adds_up_to_one(self, proposals, data):
        shares = data.draw(st.lists(st.integers(1, 10), min_size=len(proposals), max_size=len(proposals)))
        assert sum(rules.combine(proposals, shares)) == 1

    def test_ramp(self):
        assert rules.ramp_weights([0, 1, 2, 30], [30, 60]) == [Fraction(3, 10), Fraction(6, 10), 1, 1]
        assert rules.ramp_weights([0], []) == [1]


class TestSeasonalShares:
    MONTHS = tuple(month(number) for number in range(1, 13))
    DAYS = {**dict.fromkeys(MONTHS, 20), month(2): 10, month(3): 30}

    def past(self, year, amounts):
        return {month(number, year): amount for number, amount in enumerate(amounts, start=1)}

    def test_without_a_whole_year_the_working_days_decide(self):
        for history in ({}, self.past(2025, [100] * 11)):
            shares = rules.seasonal_shares(history, self.DAYS, self.MONTHS)
            assert shares == [Fraction(self.DAYS[m], 240) for m in self.MONTHS]

    def test_one_year_has_half_the_say_two_have_two_thirds(self):
        steady = {**self.DAYS, **{month(n, y): 20 for n in range(1, 13) for y in (2024, 2025)}}
        all_in_december = [0] * 11 + [1200]
        one = rules.seasonal_shares(self.past(2025, all_in_december), steady, self.MONTHS)
        assert one[-1] == Fraction(1, 2) + Fraction(1, 2) * Fraction(20, 240)
        two = rules.seasonal_shares(self.past(2024, all_in_december) | self.past(2025, all_in_december), steady, self.MONTHS)
        assert two[-1] == Fraction(2, 3) + Fraction(1, 3) * Fraction(20, 240)

    def test_the_season_moves_with_the_working_days(self):
        # Last year February had 20 days and sold as much a day as any month; this year it has 10.
        days = {**self.DAYS, **{month(n, 2025): 20 for n in range(1, 13)}}
        shares = rules.seasonal_shares(self.past(2025, [100] * 12), days, self.MONTHS)
        assert shares[1] == shares[0] / 2
        assert shares[2] == shares[0] * Fraction(3, 2)

    @given(st.lists(st.integers(-(10**6), 10**9), min_size=0, max_size=40), st.integers(0, 3))
    def test_always_adds_up_to_one_and_is_never_negative(self, amounts, smoothing):
        history = {month(i % 12 + 1, 2022 + i // 12): amount for i, amount in enumerate(amounts)}
        shares = rules.seasonal_shares(history, self.DAYS, self.MONTHS, smoothing)
        assert sum(shares) == 1
        assert min(shares) >= 0
