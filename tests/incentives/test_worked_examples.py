"""
Examples as vendors, trainers and manuals print them, worked out by hand here and by the rules beside.

Each says in our words what kind of source it is from. Money is written in whole currency and turned into minor units.
"""

from fractions import Fraction

import pytest

from incentives.rules import earning, settling, sharing
from incentives.rules.earning import Sums, Table
from incentives.rules.numbers import round_half_up
from incentives.rules.tables import Row
from incentives.rules.terms import ChosenBy, Clawback, Draw, Pays, Steps
from tests.incentives.reckoning import commission, drawn, percents, reached, rows


class TestTiers:
    @pytest.mark.parametrize(
        ("amount", "steps", "earned"),
        [
            # A spreadsheet forum's question about accelerators.
            (150_000, [(0, 5), (100_000, 6), (125_000, 7)], 5_000 + 1_500 + 1_750),
            # A calculator's page that compares tiers to tax brackets.
            (15_000, [(0, 10), (10_000, 20)], 2_000),
            # A glossary of commission software: 3 % up to 50,000, 5 % up to 100,000, 8 % above.
            (120_000, [(0, 3), (50_000, 5), (100_000, 8)], 1_500 + 2_500 + 1_600),
            # Exactly on the bound everything still lies below it.
            (100_000, [(0, 5), (100_000, 6), (125_000, 7)], 5_000),
            (0, [(0, 5), (100_000, 6)], 0),
        ],
    )
    def test_each_slice_at_its_own_rate(self, amount, steps, earned):
        assert commission(amount, *steps, reads=Steps.MARGINAL) == earned

    @pytest.mark.parametrize(
        ("amount", "steps", "earned"),
        [
            # "Retroactive to the first dollar", as several vendors' glossaries have it.
            (120_000, [(0, 3), (50_000, 5), (100_000, 8)], 9_600),
            (100_000, [(0, 3), (50_000, 5), (100_000, 8)], 8_000),
            (99_999, [(0, 3), (50_000, 5), (100_000, 8)], Fraction("4999.95")),
            (15_000, [(0, 10), (10_000, 20)], 3_000),
            # The arithmetic of the first statement anybody sees here: 62 000 × 3 % = 1 860.
            (62_000, [(0, 3)], 1_860),
        ],
    )
    def test_everything_at_the_rate_that_is_reached(self, amount, steps, earned):
        assert commission(amount, *steps, reads=Steps.FLAT) == earned

    def test_tiers_of_a_quarterly_quota(self):
        # A seller's blog: quota 375,000; 6 % to 100 %, 8 % to 125 %, 10 % to 150 %, 12 % above.
        steps = [(0, 6), (100, 8), (125, 10), (150, 12)]
        assert commission(500_000, *steps, reads=Steps.MARGINAL, quota=375_000) == 22_500 + 7_500 + 3_125

    @pytest.mark.parametrize(("amount", "earned"), [(99_000, 5_940), (110_000, 8_800), (151_000, 15_100)])
    def test_only_the_highest_attained_tier(self, amount, earned):
        # A vendor's knowledge base: under 100 % 6 %, 100–150 % 8 %, above 10 %, not cumulative; quota 100,000.
        assert commission(amount, (0, 6), (100, 8), (150, 10), reads=Steps.FLAT, quota=100_000) == earned

    @pytest.mark.parametrize(("amount", "earned"), [(110_000, 6_000 + 800), (160_000, 6_000 + 4_000 + 1_000)])
    def test_a_part_of_the_commission_from_every_attained_tier(self, amount, earned):
        # The same page, cumulative.
        assert commission(amount, (0, 6), (100, 8), (150, 10), reads=Steps.MARGINAL, quota=100_000) == earned

    def test_a_decelerator_below_half_of_the_quota(self):
        # A guide to accelerators: half the rate of 10 % until half of the quota is reached, one and a half times it above all of it.
        steps = [(0, 5), (50, 10), (100, 15)]
        assert commission(130_000, *steps, reads=Steps.MARGINAL, quota=100_000) == 2_500 + 5_000 + 4_500

    def test_money_per_piece(self):
        # A phone shop: 20 a contract up to 30, 35 a contract above.
        table = Table(rows((0, 2_000), (30, 3_500)), Steps.MARGINAL, is_money=False)
        assert earning.rate_whole(table, 42).amount == (30 * 20 + 12 * 35) * 100

    def test_a_rate_by_discount(self):
        # A software firm: 10 % of a deal sold at up to 10 % off, 7 % up to 25 %, 4 % beyond.
        table = Table(rows((0, 10), (10, 7), (25, 4)), Steps.FLAT, ChosenBy.DISCOUNT)
        sold = [Sums(0, 40_000_00, count=1), Sums(1, 60_000_00, count=2), Sums(2, 10_000_00, count=1)]
        assert earning.rate_each(table, sold).amount == (4_000 + 4_200 + 400) * 100


class TestAVendorsManual:
    """One set of six sales, worked through every way of reading a table: the manual of a large compensation system."""

    RATES = (0, 1), (1_000, 2), (3_000, 3), (8_000, 5)
    #: Its tiers of 10, 40, 100 and 2,000 add up along the line.
    AMOUNTS = (0, 0), (1_000, 10), (3_000, 50), (8_000, 150), (20_000, 2_150)
    SALES = 200, 300, 1_500, 1_200, 2_000, 4_500

    def test_each_sale_by_slices(self):
        earned = [commission(sale, *self.RATES, reads=Steps.MARGINAL) for sale in self.SALES]
        assert (earned, sum(earned)) == ([2, 3, 20, 14, 30, 95], 164)

    def test_the_months_by_slices(self):
        months = sum(self.SALES[:3]), sum(self.SALES[3:5]), self.SALES[5]
        assert [commission(month, *self.RATES, reads=Steps.MARGINAL) for month in months] == [30, 56, 95]

    def test_the_quarter_by_slices(self):
        assert commission(sum(self.SALES), *self.RATES, reads=Steps.MARGINAL) == 10 + 40 + 150 + 85

    def test_each_sale_along_the_line(self):
        earned = [reached(sale, *self.AMOUNTS, reads=Steps.INTERPOLATED) for sale in self.SALES]
        assert (earned, sum(earned)) == ([2, 3, 20, 14, 30, 80], 149)

    def test_all_sales_one_by_one_from_their_sums(self):
        rows_ = rows(*self.AMOUNTS, scale=100, worth=100)
        table, steps = Table(rows_, Steps.INTERPOLATED, pays=Pays.AMOUNT), {}
        for sale in self.SALES:
            at = sum(1 for row in rows_ if row.starts_at <= sale * 100) - 1
            earning.add_bucket(steps, table, at, sale * 100, 0, 1)
        assert earning.rate_each(table, steps.values()).amount == 149 * 100

    @pytest.mark.parametrize(("attainment", "earned"), [(12, 480), (25, 1_000), (40, 2_200), (75, 5_500)])
    def test_attainment_along_the_line(self, attainment, earned):
        # Of a quota of 100: up to 25 % 1,000, up to 50 % 2,000 more, up to 100 % 5,000 more.
        assert (
            reached(attainment, (0, 0), (25, 1_000), (50, 3_000), (100, 8_000), reads=Steps.INTERPOLATED, quota=100) == earned
        )

    @pytest.mark.parametrize(("amount", "rate"), [(5_000, 1), (15_000, 2), (60_000, 3), (100_000, 4)])
    def test_one_rate_for_all_of_it(self, amount, rate):
        steps = (0, 1), (10_000, 2), (50_000, 3), (100_000, 4)
        assert commission(amount, *steps, reads=Steps.FLAT) == amount * rate / 100


class TestAmounts:
    @pytest.mark.parametrize(("pieces", "earned"), [(9, 0), (10, 500), (19, 500), (20, 1_200), (30, 1_200)])
    def test_a_bonus_for_the_step_that_is_reached(self, pieces, earned):
        # A car dealer: 500 from ten cars on, 1,200 from twenty.
        table = Table(rows((10, 500), (20, 1_200), worth=100), Steps.FLAT, is_money=False, pays=Pays.AMOUNT)
        assert earning.rate_whole(table, pieces).amount == earned * 100

    @pytest.mark.parametrize(("sold", "earned"), [(99_999, 0), (100_000, 1_000), (200_000, 3_000), (500_000, 8_000)])
    def test_milestones_add_up(self, sold, earned):
        assert reached(sold, (100_000, 1_000), (200_000, 2_000), (500_000, 5_000), reads=Steps.MARGINAL) == earned


class TestPayoutCurves:
    @pytest.mark.parametrize(
        ("attainment", "payout"),
        [(74, 0), ("74.99", 0), (75, 50), ("87.5", 75), (100, 100), (125, 200), (150, 300), (180, 300)],
    )
    def test_threshold_target_and_excellence(self, attainment, payout):
        # A consultant's guest post: 75 % pays 50 %, 100 % pays 100 %, 150 % pays 300 %; here it ends there.
        assert percents([(75, 50), (100, 100), (150, 300)], Steps.INTERPOLATED, attainment) == payout

    @pytest.mark.parametrize(("attainment", "payout"), [(79, 0), (80, 60), (99, 60), (100, 100), (120, 150)])
    def test_a_stepped_curve(self, attainment, payout):
        assert percents([(80, 60), (100, 100), (120, 150)], Steps.FLAT, attainment) == payout

    @pytest.mark.parametrize(("attainment", "payout"), [(60, 60), (100, 100), (120, 130), (150, 175)])
    def test_every_point_above_the_target_counts_one_and_a_half(self, attainment, payout):
        # A vendor's manual on accelerators: rate 1.5 on what is over quota.
        assert percents([(0, 100), (100, 150)], Steps.MARGINAL, attainment) == payout

    def test_weighted_indicators(self):
        # A human-resources handbook: 50 % revenue at 110, 30 % satisfaction at 90, 20 % new customers at 80, of a bonus of 10,000.
        weighted = earning.weigh([(50, 110), (30, 90), (20, 80)])
        assert weighted == 98
        assert earning.bonus(10_000_00, (), Steps.FLAT, weighted).amount == 9_800_00

    def test_the_weights_of_what_has_a_value_grow(self):
        assert earning.weigh([(50, 110), (30, None), (20, 80)]) == Fraction(50 * 110 + 20 * 80, 70)
        assert earning.weigh([(50, None)]) is None


class TestGuarantees:
    def test_a_recoverable_guarantee_over_six_months(self):
        # The manual of an old compensation system: 2,000 a month for the first half-year.
        paid = drawn(Draw.RECOVERABLE, 2_000, [2_750, 3_000, 1_500, 2_375, 3_000, 2_750])
        assert paid == [(2_750, 0), (3_000, 0), (2_000, 500), (2_000, 125), (2_875, 0), (2_750, 0)]

    def test_a_recoverable_guarantee_that_runs_up_first(self):
        # A glossary's table of three months with 3,000.
        paid = drawn(Draw.RECOVERABLE, 3_000, [1_500, 4_000, 5_000])
        assert paid == [(3_000, 1_500), (3_000, 500), (4_500, 0)]

    def test_a_guarantee_that_need_not_be_paid_back(self):
        assert drawn(Draw.NON_RECOVERABLE, 3_000, [1_500, 4_000, 2_000]) == [(3_000, 0), (4_000, 0), (3_000, 0)]

    def test_an_advance_is_paid_on_top_and_taken_from_the_next_month(self):
        assert drawn(Draw.ADVANCE, 1_000, [5_000, 5_000]) == [(6_000, 1_000), (5_000, 1_000)]

    def test_what_may_not_be_deducted_yet_stays_owed(self):
        # 20 % of 2,375 is 475, so the 375 of April go; of a month of 1,000 above a guarantee that has ended only 200 do.
        assert drawn(Draw.RECOVERABLE, 2_000, [1_500, 2_375], percent=20)[-1] == (2_000, 125)
        late = settling.draw(Draw.RECOVERABLE, earned=1_000, guarantee=0, balance=500)
        kept = settling.deduct(given=[1_000], taken=[], to_recover=late.to_recover, base_pay=0, percent=20, minimum_wage=0)
        assert kept.recovered == 200


class TestTakingBack:
    def test_by_the_part_of_the_term_that_was_not_served(self):
        # A contract of 12 months, cancelled after 6, that had paid 1,200: half of it.
        taken = settling.claw_back(20_000, base=20_000, earned=1_200, way=Clawback.UNSERVED, served=6, term=12)
        assert taken == 600

    def test_at_the_rate_that_was_paid_and_not_at_that_of_today(self):
        # 100,000 had earned 6,800 by slices, so 25,000 of it take back a quarter of that.
        assert settling.claw_back(25_000, base=100_000, earned=6_800, way=Clawback.PAID_RATE) == 1_700

    def test_never_more_than_was_paid_and_nothing_where_nothing_is_taken_back(self):
        assert settling.claw_back(30_000, base=20_000, earned=1_200, way=Clawback.PAID_RATE) == 1_200
        assert settling.claw_back(30_000, base=20_000, earned=1_200, way=Clawback.NOTHING) == 0
        assert settling.claw_back(10_000, base=20_000, earned=1_200, way=Clawback.UNSERVED, served=13, term=12) == 0

    def test_a_fifth_of_the_months_pay_and_never_below_the_minimum_wage(self):
        # Labour law as handbooks explain it: pay 5,000, minimum wage 2,690; a damage of 3,000 takes 1,000 this month.
        kept = settling.deduct(given=[2_000], taken=[-3_000], to_recover=0, base_pay=3_000, percent=20, minimum_wage=2_690)
        assert (kept.limit, kept.carried) == (1_000, 2_000)
        # With pay of 3,000 no more than 310 may go, although a fifth would be 600.
        kept = settling.deduct(given=[], taken=[-3_000], to_recover=0, base_pay=3_000, percent=20, minimum_wage=2_690)
        assert (kept.limit, kept.carried) == (310, 2_690)


class TestHoldingBackAndSharing:
    def test_four_fifths_at_once_and_the_rest_at_the_years_end(self):
        assert settling.hold_back(10_000, 80, 0) == settling.Held(-2_000, 0)
        assert settling.hold_back(10_000, 80, 100) == settling.Held(-2_000, 2_000)

    def test_half_on_signing_and_half_as_the_customer_pays(self):
        # A construction supplier: 50 % at once, the rest with the money; 40 % of it has come.
        assert settling.hold_back(6_000, 50, 40) == settling.Held(-3_000, 1_200)

    def test_a_teams_pool_is_shared_to_the_cent(self):
        # 1 % of 1,000,000 among three by what they sold.
        assert sharing.share_pool(10_000_00, [500_000, 300_000, 200_000]) == [5_000_00, 3_000_00, 2_000_00]
        assert sharing.share_pool(100_00, [1, 1, 1]) == [33_34, 33_33, 33_33]

    def test_nothing_to_share_by_gives_nobody_anything(self):
        assert sharing.share_pool(100_00, [0, None, -5]) is None

    def test_by_working_days_a_gate_and_a_cap(self):
        earned = earning.bonus(3_000_00, (), Steps.FLAT, 120)
        found = earning.finish(earned, days=(11, 22), passes=earning.gate(rows((0, 0), (80, 50), (90, 100)), 85), cap=800_00)
        assert found.amount == 800_00
        assert found.facts["cap"] == {"cap": 800_00, "before": 900_00}

    def test_cash_that_came_late_counts_less(self):
        # A distributor: whole within 30 days, 80 % within 60, half within 90, then nothing.
        steps = (*rows((0, 100), (30, 80)), Row(60, 90, 50))
        assert earning.weigh_decay(steps, [(0, 500), (1, 250), (2, 125), (None, 125)]) == Fraction(
            50_000 + 20_000 + 6_250, 1_000
        )

    def test_rounding_is_away_from_zero_in_the_middle(self):
        assert [round_half_up(Fraction(n, 2)) for n in (1, -1, 3, 5)] == [1, -1, 2, 3]
        assert [round_half_up(n, 100) for n in (149, 150, -150)] == [100, 200, -200]
