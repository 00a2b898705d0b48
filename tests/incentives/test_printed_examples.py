"""
More examples as vendors, trainers, textbooks and tools print them: the figure printed there, and what the rules make of it.

Each says in our words what kind of source it is from. All of them are plans that can be typed into the form of a component; where
it takes two components, they are added up here as a statement adds its lines.
"""

from fractions import Fraction

import pytest

from incentives.rules import earning, settling, sharing
from incentives.rules.terms import Clawback, Draw, Steps
from tests.incentives.reckoning import bonus, commission, drawn, percents, pieces, reached, rows


class TestTiersByAmount:
    @pytest.mark.parametrize(
        ("amount", "steps", "earned"),
        [
            # A calculator's page: 5 % of 10,000, 7 % of the next 15,000, 10 % beyond.
            (30_000, [(0, 5), (10_000, 7), (25_000, 10)], 2_050),
            # A programmer's scenarios: 10 % up to 5,000, 12 % above; on the bound still the lower one.
            (4_000, [(0, 10), (5_000, 12)], 400),
            (5_000, [(0, 10), (5_000, 12)], 500),
            (6_000, [(0, 10), (5_000, 12)], 620),
            # A web shop's examination paper: 1, 1.5, 2 and 2.5 % in steps of 10,000, asked for 35,000.
            (35_000, [(0, 1), (10_000, "1.5"), (20_000, 2), (30_000, "2.5")], 575),
            # The note on a form for hosts of live sales: 5 % of 10,000, 8 % of 40,000, 12 % of 30,000.
            (80_000, [(0, 5), (10_000, 8), (50_000, 12)], 7_300),
        ],
    )
    def test_each_slice_at_its_own_rate(self, amount, steps, earned):
        assert commission(amount, *steps, reads=Steps.MARGINAL) == earned

    @pytest.mark.parametrize(
        ("profit", "earned"), [(100_000, 10_000), (200_000, 17_500), (400_000, 27_500), (600_000, 33_500), (1_000_000, 39_500)]
    )
    def test_of_a_textbooks_bonus_the_next_slice_is_worth_less(self, profit, earned):
        # The exercise of every beginners' course: 10, 7.5, 5, 3, 1.5 and 1 % of the profit.
        steps = (0, 10), (100_000, "7.5"), (200_000, 5), (400_000, 3), (600_000, "1.5"), (1_000_000, 1)
        assert commission(profit, *steps, reads=Steps.MARGINAL) == earned

    def test_everything_at_the_rate_that_is_reached(self):
        # A spreadsheet recipe: 5 % below 10,000, 10 % from there, 15 % from 20,000, 20 % from 50,000.
        assert commission(38_000, (0, 5), (10_000, 10), (20_000, 15), (50_000, 20), reads=Steps.FLAT) == 5_700

    @pytest.mark.parametrize(("amount", "earned"), [(29_999, Fraction("599.98")), (30_000, 1_200), (60_000, 4_200)])
    def test_the_bound_itself_has_the_higher_rate(self, amount, earned):
        # A payroll of shops: 2 % below 30,000, 4 % from there, 7 % from 60,000, on the whole amount.
        assert commission(amount, (0, 2), (30_000, 4), (60_000, 7), reads=Steps.FLAT) == earned

    def test_a_deal_across_a_bound_earns_what_the_sum_earns_more(self):
        # A vendor's course: 145,000 were closed, 20,000 come on top; 5,000 of them at 4 %, 15,000 at 6 %.
        steps = (0, 4), (150_000, 6), (250_000, 8)
        before, after = (commission(amount, *steps, reads=Steps.MARGINAL) for amount in (145_000, 165_000))
        assert settling.payable(after, before) == 1_100

    @pytest.mark.parametrize(("deal", "earned"), [(500, 50), (1_000, 50), (40_000, 2_000), (100_000, 5_000), (300_000, 5_000)])
    def test_a_least_and_a_most_for_a_deal(self, deal, earned):
        # 5 % of a deal, at least 50, at most 5,000: points of a line.
        assert reached(deal, (0, 50), (1_000, 50), (100_000, 5_000), reads=Steps.INTERPOLATED) == earned

    def test_only_what_is_above_the_quota_that_covers_the_salary(self):
        # "Salary, and 5 % of what is above the task of 30,000".
        assert commission(50_000, (0, 0), (30_000, 5), reads=Steps.MARGINAL) == 1_000
        assert commission(30_000, (0, 0), (30_000, 5), reads=Steps.MARGINAL) == 0


class TestTiersByQuota:
    def test_twice_the_rate_above_a_fifth_more_than_the_quota(self):
        # A glossary: quota 150,000; 8, 12 and 16 %; 195,000 earn 12,000 + 3,600 + 2,400.
        assert commission(195_000, (0, 8), (100, 12), (120, 16), reads=Steps.MARGINAL, quota=150_000) == 18_000

    @pytest.mark.parametrize(("amount", "earned"), [(10_000, 500), (16_500, 1_650), (33_000, 3_300), (40_000, 3_300 + 1_400)])
    def test_the_base_rate_goes_back_to_the_first_deal_and_the_accelerator_does_not(self, amount, earned):
        # A library of plans: quota 33,000; 5 % below half of it, 10 % of everything from there, 20 % of what is above it all.
        base = commission(amount, (0, 5), (50, 10), reads=Steps.FLAT, quota=33_000)
        above = commission(amount, (0, 0), (100, 10), reads=Steps.MARGINAL, quota=33_000)
        assert base + above == earned

    @pytest.mark.parametrize(("attainment", "earned"), [(95, 0), (105, 2_250), (112, 3_750), (98, 0)])
    def test_a_quarters_bonus(self, attainment, earned):
        # A glossary's year of a quarterly quota of 150,000: 6,000 in all.
        assert reached(150_000 * attainment // 100, (100, 2_250), (110, 3_750), reads=Steps.FLAT, quota=150_000) == earned

    @pytest.mark.parametrize(("attainment", "earned"), [(99, 0), (100, 3_500), (124, 7_500), (125, 15_000), (170, 26_000)])
    def test_a_years_bonus_by_tiers(self, attainment, earned):
        steps = (100, 3_500), (110, 7_500), (125, 15_000), (150, 26_000)
        assert reached(attainment * 1_000, *steps, reads=Steps.FLAT, quota=100_000) == earned


class TestPayoutCurves:
    @pytest.mark.parametrize(("attainment", "earned"), [(69, 0), (85, 5_000), (100, 10_000), (120, 14_000), (170, 20_000)])
    def test_threshold_accelerator_and_cap(self, attainment, earned):
        # A guide: target bonus 10,000, nothing below 70 %, in a line to 100 %, twice as steep above, at most 200 %.
        assert bonus(10_000, [(70, 0), (100, 100), (150, 200)], Steps.INTERPOLATED, attainment) == earned

    def test_each_per_cent_above_the_quota_counts_one_and_a_half(self):
        # A guide to accelerators: variable pay 100,000, quota 500,000, closed 650,000.
        assert bonus(100_000, [(0, 100), (100, 150), (130, 200)], Steps.MARGINAL, Fraction(650, 5)) == 145_000

    def test_each_per_cent_below_half_of_the_quota_counts_half(self):
        # The same guide's decelerator, at 40 %.
        assert bonus(100_000, [(0, 50), (50, 100), (100, 150)], Steps.MARGINAL, 40) == 20_000

    def test_the_quota_itself_and_each_tier_above_it_at_its_multiple(self):
        # A spreadsheet forum: quota 10,000, sold 14,000; 2,500 × 125 % = 3,125 and 1,500 × 150 % = 2,250 beside the quota.
        steps = [(0, 100), (100, 125), (125, 150), (150, 175), (200, 200)]
        assert bonus(10_000, steps, Steps.MARGINAL, 140) == 10_000 + 3_125 + 2_250

    @pytest.mark.parametrize(("attainment", "payout"), [(79, 0), (85, 50), (95, 80), (105, 100), (115, 120), (130, 150)])
    def test_steps_of_a_salary_calculator(self, attainment, payout):
        assert percents([(80, 50), (90, 80), (100, 100), (110, 120), (120, 150)], Steps.FLAT, attainment) == payout

    def test_a_bonus_of_two_weighted_products(self):
        # A large system's manual weighs two lines 60 and 40: at 110 and 90 % of their targets 102 %.
        assert earning.weigh([(60, 110), (40, 90)]) == 102


class TestSmallPrizes:
    def test_so_much_a_deal(self):
        # A guide to short incentives: 250 for each of four deals; another: 2,500 for each of twelve.
        assert (pieces(4, (0, 250), reads=Steps.FLAT), pieces(12, (0, 2_500), reads=Steps.FLAT)) == (1_000, 30_000)

    @pytest.mark.parametrize(
        ("deals", "by_slices", "for_all"), [(3, 750, 750), (4, 1_150, 1_600), (6, 1_950, 2_400), (7, 2_550, 4_200)]
    )
    def test_more_for_each_with_their_number(self, deals, by_slices, for_all):
        # 1–3 deals 250 each, 4–6 400, from the seventh 600: the guide asks to say which way it is meant. Both can be said.
        assert pieces(deals, (0, 250), (3, 400), (6, 600), reads=Steps.MARGINAL) == by_slices
        assert pieces(deals, (0, 250), (4, 400), (7, 600), reads=Steps.FLAT) == for_all

    def test_a_share_of_what_a_campaign_brought(self):
        assert commission(50_000, (0, 2), reads=Steps.FLAT) == 1_000

    def test_a_pool_of_so_much_by_the_teams_attainment(self):
        # A pool of 10,000 at 80 % is 8,000; among four equally 2,000.
        pool = reached(80, (0, 0), (100, 10_000), reads=Steps.INTERPOLATED, quota=100)
        assert pool == 8_000
        assert sharing.share_pool(int(pool * 100), [1] * 4) == [2_000_00] * 4

    def test_a_pool_by_points_of_contribution(self):
        # A team of three with 5, 3 and 2 points shares 10,000.
        assert sharing.share_pool(10_000_00, [5, 3, 2]) == [5_000_00, 3_000_00, 2_000_00]


class TestGuarantees:
    def test_what_is_missing_is_repaid_from_the_next_month(self):
        # A vendor's blog: guarantee 1,500; August earns 500, September 3,000.
        assert drawn(Draw.RECOVERABLE, 1_500, [500, 3_000]) == [(1_500, 1_000), (2_000, 0)]

    def test_a_legal_guides_two_months(self):
        assert drawn(Draw.RECOVERABLE, 3_000, [5_000, 2_000]) == [(5_000, 0), (3_000, 1_000)]

    def test_an_advance_of_the_first_month(self):
        # Another vendor's: 1,000 taken beside the 1,000 earned; then 3,000 earned, 1,000 repaid.
        assert drawn(Draw.ADVANCE, 1_000, [1_000, 3_000], months=1) == [(2_000, 1_000), (2_000, 0)]

    def test_the_greater_of_guarantee_and_commission(self):
        assert drawn(Draw.NON_RECOVERABLE, 2_000, [1_000, 4_000]) == [(2_000, 0), (4_000, 0)]

    def test_an_advance_paid_at_the_beginning_is_part_of_the_months_commission(self):
        # 4,000 ahead and 6,000 earned make 6,000 of the month, and nothing is owed.
        assert drawn(Draw.RECOVERABLE, 4_000, [6_000]) == [(6_000, 0)]


class TestAfterwards:
    @pytest.mark.parametrize(("served", "taken"), [(0, 1_000), (3, 750), (9, 250), (12, 0)])
    def test_a_contract_that_is_cancelled_gives_back_what_was_not_served(self, served, taken):
        # 10 % of a contract of 10,000 over twelve months.
        found = settling.claw_back(10_000, base=10_000, earned=1_000, way=Clawback.UNSERVED, served=served, term=12)
        assert found == taken

    def test_money_that_comes_late_earns_by_its_age(self):
        # A Chinese scheme of collection: whole within 30 days, 80 % to 60, 50 % to 90, nothing later; 3 % of 100,000 collected.
        left = earning.weigh_decay(
            rows((0, 100), (30, 80), (60, 50), (90, 0)), [(0, 40_000), (1, 30_000), (2, 20_000), (3, 10_000)]
        )
        earned = earning.rate_whole(earning.Table(rows((0, 3))), 100_000_00)
        assert earning.finish(earned, left=left).amount == (1_200 + 720 + 300) * 100
