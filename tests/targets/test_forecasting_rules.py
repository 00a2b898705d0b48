from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from targets import rules
from targets.rules.forecasting import Conversion, OpenDeals, Record, Timing, Win
from tests.properties import given, st

STAGES = ("LEAD", "PROPOSAL", "CONTRACT")
ALL = Timing(Fraction(1), Fraction(1))
HALF = {"LEAD": Conversion(40, 20), "CONTRACT": Conversion(25, 20)}


def record_of(days):
    return Record(len(days), sum(days), sum(d * d for d in days), min(days, default=0), sum(days))


def end_of(days, *, expected="0.5", remaining=10, achieved=None, **also):
    return rules.forecast_period(
        achieved=sum(days) if achieved is None else achieved,
        expected=None if expected is None else Decimal(expected),
        record=record_of(days),
        remaining_days=remaining,
        **also,
    )


class TestByPaceAlone:
    def test_even_days_leave_no_doubt(self):
        end = end_of([50] * 10, expected="0.25", remaining=30)
        assert (end.low, end.middle, end.high, end.run_rate, end.from_pipeline) == (2000, 2000, 2000, 2000, 0)

    def test_uneven_days_give_a_range(self):
        # mean 50, s = 50·√(10/9) ≈ 52.70; 1.2816 · s · √(30 + 900/10) ≈ 739.9
        end = end_of([0, 100] * 5, expected="0.25", remaining=30)
        assert (end.low, end.middle, end.high) == (2000 - 740, 2000, 2000 + 740)

    def test_goes_below_what_is_achieved_only_where_a_day_was_below_zero(self):
        assert end_of([0, 500, 0, 0, 0], remaining=2).low == 500
        assert end_of([-1, 500, 0, 0, 1], remaining=2).low < 500

    def test_says_nothing_before_five_working_days_or_without_a_share_that_is_due(self):
        assert end_of([9, 9, 9, 9]) is None
        assert end_of([9] * 5, expected=None) is None
        assert end_of([9] * 5, expected="0") is None

    def test_is_what_was_achieved_once_no_day_is_left(self):
        end = end_of([10] * 10, remaining=0, open_deals=[OpenDeals("LEAD", 1, 900, 810_000)], conversion=HALF)
        assert (end.low, end.middle, end.high) == (100, 100, 100)

    def test_counts_what_came_today_without_carrying_it_on(self):
        # 100 by yesterday at half of the time is 200 in the end; 30 of it came today.
        assert end_of([10] * 10, achieved=130).middle == 200
        assert end_of([10] * 10, achieved=250).middle == 250


class TestWithOpenDeals:
    def test_adds_the_open_deals_by_their_chances_to_the_pace_of_what_is_not_open_yet(self):
        # 100 achieved, 100 to come by pace; four fifths of it is open already by experience, so the pace gives 20.
        deals = [OpenDeals("LEAD", 2, 100, 5000), OpenDeals("CONTRACT", 1, 50, 2500)]
        end = end_of([10] * 10, open_deals=deals, conversion=HALF, timing=Timing(Fraction(4, 5), Fraction(1)))
        assert end.from_pipeline == 50 + 40
        assert end.from_pace == 20
        assert end.middle == 100 + 90 + 20
        assert end.run_rate == 200

    def test_has_the_range_of_deals_that_are_won_whole_or_not_at_all(self):
        # One deal of 100 at one half: variance 100² × ¼, so ± 1.2816 × 50 around; what is achieved is the lowest.
        end = end_of([10] * 10, open_deals=[OpenDeals("LEAD", 1, 100, 10_000)], conversion=HALF, timing=ALL)
        assert (end.low, end.middle, end.high) == (100, 150, 214)

    def test_gives_a_deal_less_that_is_often_late(self):
        deals = [OpenDeals("LEAD", 1, 100, 10_000)]
        timing = Timing(Fraction(1), Fraction(1, 2))
        assert end_of([10] * 10, open_deals=deals, conversion=HALF, timing=timing).from_pipeline == 25

    def test_goes_by_the_pace_alone_without_a_conversion(self):
        assert end_of([10] * 10, open_deals=[OpenDeals("LEAD", 1, 900, 810_000)], conversion={}, timing=ALL).middle == 200


class TestConversions:
    def test_counts_a_won_deal_in_every_stage_and_a_lost_one_up_to_where_it_was_lost(self):
        found = rules.conversions(won=30, lost={"LEAD": 40, "PROPOSAL": 20, "CONTRACT": 10}, stages=STAGES)
        assert {stage: (c.reached, c.won) for stage, c in found.items()} == {
            "LEAD": (100, 30),
            "PROPOSAL": (60, 30),
            "CONTRACT": (40, 30),
        }
        assert found["LEAD"].percent == 30

    def test_takes_all_stages_together_where_too_few_got(self):
        found = rules.conversions(won=8, lost={"LEAD": 30, "CONTRACT": 2}, stages=STAGES)
        assert (found["CONTRACT"].reached, found["CONTRACT"].is_own) == (40, False)
        assert found["LEAD"].is_own

    def test_says_nothing_from_fewer_than_twenty(self):
        assert rules.conversions(won=12, lost={"LEAD": 7}, stages=STAGES) == {}

    @given(
        won=st.integers(0, 500),
        lost=st.dictionaries(st.sampled_from(STAGES), st.integers(0, 500)),
    )
    def test_never_falls_from_stage_to_stage(self, won, lost):
        rates = [c.rate for c in rules.conversions(won=won, lost=lost, stages=STAGES).values() if c.is_own]
        assert rates == sorted(rates)
        assert all(0 <= rate <= 1 for rate in rates)


class TestTiming:
    @pytest.mark.parametrize(
        ("wins", "horizon", "known", "in_time"),
        [
            ([Win(30, 0, 100)], 30, 1, 1),  # open for as long as one looks ahead, and won when expected
            ([Win(15, 0, 100)], 30, Fraction(1, 2), 1),
            ([Win(0, 0, 100)], 30, 0, 0),  # never seen coming
            ([Win(90, 0, 100), Win(0, 0, 100)], 30, Fraction(1, 2), 1),
            # Expected six days before: on those days nobody counted on it any more, and of 30 days' looks 6 hoped in vain.
            ([Win(30, -6, 100)], 30, Fraction(24, 30), Fraction(24, 24)),
            ([Win(90, -6, 100)], 30, Fraction(24, 30), Fraction(24, 30)),
            # Expected six days after: in the last six days of a stretch it was expected beyond its end.
            ([Win(90, 6, 100)], 30, Fraction(24, 30), 1),
            ([], 30, 0, 0),
            ([Win(5, 0, 100)], 0, 0, 0),
        ],
    )
    def test_looks_at_what_was_won_as_if_it_had_been_asked_every_day(self, wins, horizon, known, in_time):
        assert rules.timing_of(wins, horizon=horizon) == Timing(Fraction(known), Fraction(in_time))

    @given(open_days=st.integers(1, 40), early=st.integers(-20, 20), horizon=st.integers(1, 40))
    def test_agrees_with_looking_from_each_day(self, open_days, early, horizon):
        # Won on day 0, opened open_days before, expected early days after.
        opened, expected = -open_days, early
        if expected < opened:
            return
        stretches = [(cut, cut + horizon) for cut in range(-100, 100)]
        won_inside = [(cut, end) for cut, end in stretches if cut <= 0 < end]
        counted = [(cut, end) for cut, end in stretches if opened < cut <= 0 and cut <= expected < end]
        both = [stretch for stretch in counted if stretch in won_inside]
        found = rules.timing_of([Win(open_days, early, 7)], horizon=horizon)
        assert found.known == Fraction(len(both), len(won_inside))
        assert found.in_time == (Fraction(len(both), len(counted)) if both else 0)


AMOUNTS = st.lists(st.integers(0, 10**9), min_size=5, max_size=30)


@given(
    days=AMOUNTS,
    expected=st.decimals("0.01", "1", places=4),
    remaining=st.integers(1, 60),
    amounts=st.lists(st.integers(1, 10**9), max_size=6),
    timing=st.builds(Timing, st.fractions(0, 1), st.fractions(0, 1)),
)
def test_the_range_lies_around_the_middle_and_never_below_what_is_achieved(days, expected, remaining, amounts, timing):
    deals = [OpenDeals("LEAD", 1, amount, amount**2) for amount in amounts]
    end = end_of(days, expected=expected, remaining=remaining, open_deals=deals, conversion=HALF, timing=timing)
    assert sum(days) <= end.low <= end.middle <= end.high
    # Three roundings of halves.
    assert abs(end.middle - sum(days) - end.from_pipeline - end.from_pace) <= 1


@given(days=AMOUNTS, amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=6))
def test_the_order_and_grouping_of_days_and_deals_do_not_matter(days, amounts):
    deals = [OpenDeals("LEAD", 1, amount, amount**2) for amount in amounts]
    together = [OpenDeals("LEAD", len(amounts), sum(amounts), sum(amount**2 for amount in amounts))]
    shuffled = sorted(days)
    assert end_of(days, open_deals=deals, conversion=HALF, timing=ALL) == end_of(
        shuffled, open_deals=together, conversion=HALF, timing=ALL
    )


@given(forecast=st.integers(-(10**12), 10**12), actual=st.integers(-(10**12), 10**12))
def test_accuracy_is_from_nought_to_one_or_nothing(forecast, actual):
    found = rules.forecast_accuracy(forecast, actual)
    assert (found is None) == (actual <= 0)
    assert found is None or 0 <= found <= 1
    assert actual <= 0 or rules.forecast_accuracy(actual, actual) == 1


class TestCutOffs:
    def test_are_mondays_and_the_middle_of_the_month(self):
        found = rules.cut_offs_between(date(2026, 3, 1), date(2026, 3, 31))
        assert [day.day for day in found] == [2, 9, 16, 23, 30]
        assert [day.day for day in rules.cut_offs_between(date(2026, 4, 10), date(2026, 4, 20))] == [13, 16, 20]

    def test_latest_one_is_the_day_itself_or_before(self):
        assert rules.latest_cut_off(date(2026, 4, 16)) == date(2026, 4, 16)
        assert rules.latest_cut_off(date(2026, 4, 19)) == date(2026, 4, 16)
