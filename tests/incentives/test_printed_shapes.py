"""Printed examples of further shapes: forums, filings, course papers and glossaries; each says in our words what it is from."""

from fractions import Fraction

import pytest

from incentives.rules import earning, settling, sharing
from incentives.rules.earning import Table
from incentives.rules.terms import ChosenBy, Clawback, Draw, Steps
from tests.incentives.reckoning import bonus, commission, drawn, percents, pieces, reached, rows


class TestTiers:
    @pytest.mark.parametrize(("amount", "earned"), [(5_500, 0), (8_500, 300), (11_000, 590)])
    def test_begin_above_what_the_salary_covers(self, amount, earned):
        # A spreadsheet forum: nothing of the first 5,500, 10 % to 9,000, 12 % above.
        assert commission(amount, (0, 0), (5_500, 10), (9_000, 12), reads=Steps.MARGINAL) == earned

    @pytest.mark.parametrize(("sales", "earned"), [(400, 0), (700, 4), (1_000, 6)])
    def test_pay_between_a_forecast_and_a_goal_and_no_more(self, sales, earned):
        # A newsgroup: 2 % of what lies between 500 and 800.
        assert commission(sales, (0, 0), (500, 2), (800, 0), reads=Steps.MARGINAL) == earned

    def test_of_eight_increments_each_has_its_most(self):
        # Another: 10 to 17 % in steps of 100,000; nobody earns more than 108,000 on the first 800,000.
        steps = [(at * 100_000, 10 + at) for at in range(8)]
        assert commission(800_000, *steps, reads=Steps.MARGINAL) == 108_000

    @pytest.mark.parametrize(
        ("amount", "earned"), [(50_000, 1_000), (100_000, 1_000), (200_000, 2_000), (400_000, 3_500), (800_000, 5_500)]
    )
    def test_fall_for_what_is_above_and_leave_a_least(self, amount, earned):
        # A broker's page: 1 % of the first 300,000 of a deal, half a per cent of the rest, at least 1,000.
        line = (0, 1_000), (100_000, 1_000), (300_000, 3_000), (10_300_000, 53_000)
        assert reached(amount, *line, reads=Steps.INTERPOLATED) == earned

    @pytest.mark.parametrize(
        ("amount", "earned"), [(10_000, 500), (20_000, 1_600), (Fraction("20000.01"), Fraction("2000.001"))]
    )
    def test_whose_bound_still_belongs_below_begin_a_cent_later(self, amount, earned):
        # A Chinese course of programming: "more than 20,000 10 %, more than 10,000 8 %, else 5 %", of everything.
        steps = (0, 5), (Fraction("10000.01"), 8), (Fraction("20000.01"), 10)
        assert commission(amount, *steps, reads=Steps.FLAT) == earned

    def test_of_a_rate_along_the_line(self):
        # A system's release notes: 1 % to 1,000, 2 % more in proportion to 5,000; 2,000 have 1 + a quarter of 2 = 1.5 %.
        assert commission(2_000, (0, 0), (1_000, 1), (5_000, 3), reads=Steps.INTERPOLATED) == 30

    @pytest.mark.parametrize(
        ("goal", "weeks", "earned"),
        [
            (80_000, [10_000, 20_000, 20_000], [300, 600, 700]),
            (80_000, [10_000, 15_000, 10_000], [300, 450, 300]),
            (100_000, [30_000, 35_000, 40_000], [900, 1_200, 1_650]),
        ],
    )
    def test_of_a_months_goal_are_passed_in_its_weeks(self, goal, weeks, earned):
        # A forum: 3 % to half of the goal, 4 % to all of it, 5 % above, paid as it comes in.
        sums = [sum(weeks[:count]) for count in range(len(weeks) + 1)]
        to_date = [commission(amount, (0, 3), (50, 4), (100, 5), reads=Steps.MARGINAL, quota=goal) for amount in sums]
        paid = [settling.payable(now, before) for before, now in zip(to_date, to_date[1:], strict=False)]
        assert paid == earned

    def test_of_pieces_by_a_years_quota_are_passed_in_its_months(self):
        # Another: quota 330 accounts, 25 each, 50 above it, 75 above twice of it. January's 50 pay 1,250.
        steps = (0, 25), (330, 50), (660, 75)
        assert pieces(50, *steps, reads=Steps.MARGINAL) == 1_250
        # With 35 a month it is October that pays of both: 15 × 25 and 20 × 50.
        then, now = (pieces(35 * months, *steps, reads=Steps.MARGINAL) for months in (9, 10))
        assert settling.payable(now, then) == 1_375

    @pytest.mark.parametrize(("units", "rate"), [(19, 2), (20, 3), (22, 3)])
    def test_of_money_by_the_number_of_units_go_back_to_the_first(self, units, rate):
        # A property portal: 2 % of each unit up to 19, one more on all of them from the twentieth.
        table = Table(rows((0, 2), (20, 3)), Steps.FLAT, ChosenBy.VALUE)
        assert earning.rate_whole(table, units * 500_000_00, chosen=units).amount == units * 500_000 * rate

    @pytest.mark.parametrize(
        ("price", "cost", "earned"), [(150, 100, Fraction("12.5")), (135, 100, Fraction("3.5")), (200, 100, 40)]
    )
    def test_by_what_is_put_on_the_cost_are_typed_as_margins(self, price, cost, earned):
        # 36 on a cost of 100 are 26.47 % of the price, 61 are 37.88 %.
        # A how-to: of the gross profit 10 % up to 35 % on the cost, 25 % from 36 %, 40 % from 61 %; 50 on 100 earn 12.50.
        bounds = (0, 10), (Fraction("26.47"), 25), (Fraction("37.88"), 40)
        table = Table(rows(*bounds), Steps.FLAT, ChosenBy.MARGIN)
        margin = Fraction((price - cost) * 100, price)
        assert earning.rate_whole(table, (price - cost) * 100, chosen=margin).amount / 100 == earned


class TestLeaders:
    SALES = 75_000, 60_000, 67_500, 52_500, 45_000

    def test_earn_the_same_of_each_as_of_all(self):
        # A glossary: reps 10 %, their leader 3 % of everybody's.
        assert [commission(sold, (0, 3), reads=Steps.FLAT) for sold in self.SALES] == [2_250, 1_800, 2_025, 1_575, 1_350]
        assert commission(sum(self.SALES), (0, 3), reads=Steps.FLAT) == 9_000
        assert commission(sum(self.SALES), (0, 10), reads=Steps.FLAT) == 30_000

    def test_earn_only_above_a_threshold(self):
        assert commission(sum(self.SALES), (0, 0), (225_000, 3), reads=Steps.MARGINAL) == 2_250


class TestCurves:
    @pytest.mark.parametrize(
        ("attainment", "earned"), [(Fraction("67.5"), 14_175), (105, 23_100), (115, 27_300), (200, 52_500)]
    )
    def test_two_for_each_per_cent_above_the_quota_then_one_then_none(self, attainment, earned):
        # A forum, of 21,000 a year: twice up to 150 %, once up to 200 %, nothing beyond.
        steps = [(0, 100), (100, 200), (150, 100), (200, 0)]
        assert bonus(21_000, steps, Steps.MARGINAL, attainment) == earned
        assert bonus(21_000, steps, Steps.MARGINAL, 250) == 52_500

    @pytest.mark.parametrize(("budget", "payout"), [(80, 0), (85, 25), (90, 50), (95, 75), (100, 100), (140, 140), (180, 180)])
    def test_a_filing_is_steeper_below_the_budget_than_above(self, budget, payout):
        assert percents([(80, 0), (100, 100), (200, 200)], Steps.INTERPOLATED, budget) == payout

    @pytest.mark.parametrize(("incidents", "payout"), [(0, 200), (10, 190), (70, 120), (80, 110), (90, 100), (100, 50)])
    def test_the_same_filing_pays_more_for_less(self, incidents, payout):
        # Of return on assets, as printed: the fewer per cent, the more.
        steps = [(0, 200), (40, 160), (50, 150), (60, 140), (70, 120), (80, 110), (90, 100), (100, 50)]
        assert percents(steps, Steps.INTERPOLATED, incidents) == payout


class TestPools:
    @pytest.mark.parametrize(
        ("sales", "quota", "rate", "members", "share"),
        [(12_000, 11_000, 10, 4, 25), (12_000, 11_000, 50, 5, 100), (13_000, 15_000, 10, 4, 0), (12_000, 12_000, 10, 4, 0)],
    )
    def test_of_what_the_team_sold_above_its_quota(self, sales, quota, rate, members, share):
        # An exercise for programmers: every member has an equal part of a rate on the excess.
        pool = commission(sales, (0, 0), (quota, rate), reads=Steps.MARGINAL)
        assert sharing.share_pool(int(pool * 100), [1] * members) == [share * 100] * members

    @pytest.mark.parametrize(("revenue", "pool", "paid"), [(4_000_000, 400_000, 300_000), (3_999_999, 0, 0)])
    def test_with_a_reserve_from_four_fifths_of_the_plan_on(self, revenue, pool, paid):
        # A human-resources exercise: 10 % of the revenue once it is 80 % of 5,000,000; a quarter of it stays in reserve.
        found = commission(revenue, (80, 10), reads=Steps.FLAT, quota=5_000_000)
        assert found == pool
        assert pool + settling.hold_back(int(found), 75, 0).held == paid


class TestAcrossMonths:
    def test_a_guarantee_that_runs_up_twice_and_is_worked_off_thrice(self):
        # A students' forum with weeks of 1,000: it prints these payments; its third balance of 300 is a slip, 1,000 − 200 are 800.
        found = drawn(Draw.RECOVERABLE, 1_000, [400, 600, 1_200, 1_500, 1_400])
        assert [paid for paid, _owed in found] == [1_000, 1_000, 1_000, 1_000, 1_100]
        assert [owed for _paid, owed in found] == [600, 1_000, 800, 300, 0]

    def test_a_cancelled_deal_is_taken_from_the_next_commission(self):
        # A vendor's blog: 10 % of 50,000 were paid, then it is cancelled; the next 7,000 leave 2,000 where nothing limits it.
        taken = settling.claw_back(50_000, base=50_000, earned=5_000, way=Clawback.PAID_RATE)
        kept = settling.deduct(given=[7_000], taken=[-int(taken)], to_recover=0, base_pay=0, percent=100, minimum_wage=0)
        assert 7_000 - taken + kept.carried == 2_000

    def test_a_cancelled_deal_of_the_same_span_takes_back_its_own_tier(self):
        # Another's: 5 % to 450,000 of a quarter, 10 % above; the deal of 50,000 that passed the bound is cancelled.
        before, after = (commission(amount, (0, 5), (450_000, 10), reads=Steps.MARGINAL) for amount in (500_000, 450_000))
        assert settling.payable(after, before) == -5_000
