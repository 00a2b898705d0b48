"""Examples printed by vendors, forums, filings and brokers: tiers, ages of customers, a curve for each metric. Totals of our own."""

from fractions import Fraction

import pytest

from incentives.rules import earning, settling
from incentives.rules.earning import Sums, Table
from incentives.rules.tables import step_at
from incentives.rules.terms import ChosenBy, Clawback, Steps
from tests.incentives.reckoning import commission, percents, rows


def kpi(amount, *parts):
    """Return what a bonus pays whose parts are (weight, what each scores), in whole currency."""
    return earning.bonus(amount * 100, (), Steps.FLAT, earning.weigh(parts)).amount / 100


def by_age(*steps, paid):
    """Return what amounts earn by how many months their customers are old: `paid` are (months, amount) in whole currency."""
    table = Table(rows(*steps), chosen_by=ChosenBy.AGE)
    sums = [Sums(table.rows.index(step_at(table.rows, months)), amount * 100) for months, amount in paid]
    return earning.rate_each(table, sums).amount / 100


def by_total(reads, **lines):
    """Return what each line earns of (amount, its steps) in the step that all of them together reach, in whole currency."""
    total = sum(amount for amount, _steps in lines.values()) * 100
    return {
        name: earning.rate_whole(Table(rows(*steps, scale=100), reads, ChosenBy.TOTAL), amount * 100, chosen=total).amount / 100
        for name, (amount, steps) in lines.items()
    }


class TestTiers:
    @pytest.mark.parametrize(
        ("amount", "steps", "earned"),
        [
            # A salon suite's scale: 10, 15, 20 and 25 % for each hundred: 10 + 15 + 20 + 6.25.
            (325, [(0, 10), (100, 15), (200, 20), (300, 25)], Fraction("51.25")),
            # A distributor's system: of 1,200 gross profit 4 + 9 + 20 + 11.
            (1_200, [(0, 2), (200, 3), (500, 4), (1_000, "5.5")], 44),
            # A forum: 5, 10 and 20 % of 5,000 each.
            (15_000, [(0, 5), (5_000, 10), (10_000, 20)], 1_750),
            # A system's release notes: 1 % of 1,000 and 2 % of 1,500 are 1.6 % of it.
            (2_500, [(0, 1), (1_000, 2), (5_000, 3), (10_000, 0)], 40),
            # A glossary: 5 % of a quota of 200,000, 8 % of what is above it.
            (260_000, [(0, 5), (200_000, 8)], 14_800),
            # A booking system's fourth pay cycle: 25 % of 499.99, 30 % to 2,999.98, 40 % beyond, printed to the cent.
            (5_000, [(0, 25), (Fraction("499.99"), 30), (Fraction("2999.98"), 40)], Fraction("1675.0025")),
        ],
    )
    def test_each_slice_at_its_own_rate(self, amount, steps, earned):
        assert commission(amount, *steps, reads=Steps.MARGINAL) == earned

    @pytest.mark.parametrize(
        ("amount", "steps", "earned"),
        [
            # The same salon suite: 125 lies in the bucket of 15 %.
            (125, [(0, 10), (100, 15), (200, 20)], Fraction("18.75")),
            # The same distributor without tiers: 5.5 % of everything.
            (1_200, [(0, 2), (200, 3), (500, 4), (1_000, "5.5")], 66),
            # A salon owner's retail table: nothing below 100, then 8, 10, 12 and 15 %.
            (99, [(100, 8), (200, 10), (300, 12), (400, 15)], 0),
            (250, [(100, 8), (200, 10), (300, 12), (400, 15)], 25),
        ],
    )
    def test_everything_at_the_rate_that_is_reached(self, amount, steps, earned):
        assert commission(amount, *steps, reads=Steps.FLAT) == earned

    @pytest.mark.parametrize(
        ("before", "more", "steps", "earned"),
        [
            # A forum: 0.1 % to 4,166,667, then 0.2 %; 1,500,000 in a month that ends at 5,007,000.
            (
                3_507_000,
                1_500_000,
                [(0, "0.1"), (4_166_667, "0.2"), (8_333_333, "0.3"), (12_500_000, "0.4")],
                Fraction("2340.333"),
            ),
            # Another: at 18,000 of a first tier of 20,000, 3,000 are sold: 2,000 at 10 and 1,000 at 15 %.
            (18_000, 3_000, [(0, 10), (20_000, 15), (30_000, 20)], 350),
        ],
    )
    def test_a_month_of_a_year_earns_what_the_sum_earns_more(self, before, more, steps, earned):
        then, now = (commission(amount, *steps, reads=Steps.MARGINAL) for amount in (before, before + more))
        assert settling.payable(now, then) == earned


class TestTotals:
    def test_a_matrix_of_tier_and_line(self):
        # Our own: 120,000 in all reach the second tier; hardware 4 instead of 2 %, service 10 instead of 6 %.
        lines = {"hardware": (90_000, [(0, 2), (100_000, 4)]), "service": (30_000, [(0, 6), (100_000, 10)])}
        assert by_total(Steps.FLAT, **lines) == {"hardware": 3_600, "service": 3_000}

    def test_lines_at_one_rate_earn_what_they_earn_together(self):
        # The distributor's 1,200 in two lines: 44 however they are divided.
        steps = [(0, 2), (200, 3), (500, 4), (1_000, "5.5")]
        assert sum(by_total(Steps.MARGINAL, one=(700, steps), other=(500, steps)).values()) == 44


class TestAges:
    @pytest.mark.parametrize(
        ("steps", "paid", "earned"),
        [
            # A partner programme: 30 % of the first year's subscription, 5 % from the second year on, 30 % of new ones.
            ([(0, 30), (12, 5)], [(0, 1_200), (12, 1_200), (30, 1_200)], 360 + 60 + 60),
            # A calculator of insurance: premium 12,000, 80 % in year 1, 5 % in years 2 to 20: 9,600 and 19 × 600.
            ([(0, 80), (12, 5)], [(12 * year, 12_000) for year in range(20)], 9_600 + 19 * 600),
            # A broker's answer: a quarter in the first year, 5 % after the fourth.
            ([(0, 25), (12, "7.5"), (48, 5)], [(0, 1_000), (48, 1_000)], 250 + 50),
        ],
    )
    def test_decide_the_rate_of_each_payment(self, steps, paid, earned):
        assert by_age(*steps, paid=paid) == earned

    def test_what_lapses_in_the_eighth_month_gives_back_a_third(self):
        # The same calculator: chargeback over 12 months; 33 % of the first year's 9,600.
        taken = settling.claw_back(12_000_00, base=12_000_00, earned=9_600_00, way=Clawback.UNSERVED, served=8, term=12)
        assert taken == 3_200_00


class TestCurvesOfMetrics:
    #: A filing's annual bonus: what per cent of the plan pays which per cent, of profit and of revenue each their own.
    PROFIT = [(82, "32.5"), (84, 40), (86, "47.5"), (90, "62.5"), (100, 100), (110, 200)]
    REVENUE = [(85, 0), (90, 50), (92, 60), (100, 100), (105, 150)]

    @pytest.mark.parametrize(("profit", "revenue", "scores"), [(84, 86, (40, 10)), (96, 94, (85, 70)), (103, 101, (130, 110))])
    def test_of_a_filing(self, profit, revenue, scores):
        given = percents(self.PROFIT, Steps.INTERPOLATED, profit), percents(self.REVENUE, Steps.INTERPOLATED, revenue)
        assert given == scores
        assert kpi(10_000, (50, given[0]), (50, given[1])) == 50 * sum(scores)

    def test_of_a_quarter_in_another_filing(self):
        # 7,500 in three equal parts: tasks 100 %, income capped at 100 %, revenue at 96 %: 60 % and 2.5 for each above 90. 6,875.
        revenue = percents([(90, 60), (100, 85)], Steps.INTERPOLATED, 96)
        income = percents([(95, 60), (100, 100)], Steps.INTERPOLATED, 186)
        assert (revenue, income) == (75, 100)
        assert kpi(7_500, (1, 100), (1, income), (1, revenue)) == 6_875

    @pytest.mark.parametrize(("attainment", "score"), [(Fraction("79.9"), 0), (80, 80), (95, 95), (120, 120), (150, 120)])
    def test_nothing_below_the_threshold_then_in_proportion_up_to_the_cap(self, attainment, score):
        # The usual Chinese rule: below 80 % nothing, from there in proportion, at most 120 %.
        assert percents([(80, 80), (120, 120)], Steps.INTERPOLATED, attainment) == score
