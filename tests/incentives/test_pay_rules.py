"""Tables that are refused, laws that hold for every plan, and how arithmetic is told."""

from bisect import bisect_right
from decimal import Decimal
from fractions import Fraction

import pytest

from incentives.rules import earning, numbers, settling, sharing, tables, telling
from incentives.rules.earning import Sums, Table
from incentives.rules.tables import Row
from incentives.rules.terms import ChosenBy, Clawback, Draw, Pays, Steps
from tests.properties import given, settings, st

MONEY = st.integers(0, 10**9)
RATES = st.integers(0, 100_0000).map(lambda n: Fraction(n, 10_000))
#: Per cent, and a minimum wage.
LIMITS = st.tuples(st.integers(0, 10_000).map(lambda n: Fraction(n, 100)), MONEY)
#: What the issue asks of deductions; the others take hypothesis's own number.
MANY = settings(max_examples=10_000)


@st.composite
def steps(draw, *, is_rising=False, has_end=False):
    """Draw a good table from zero on."""
    bounds = [0, *sorted(draw(st.sets(st.integers(1, 10**9), max_size=4)))]
    rates = draw(st.lists(RATES, min_size=len(bounds), max_size=len(bounds)))
    ends = [*bounds[1:], bounds[-1] + 10**6 if has_end else None]
    return tuple(map(Row, bounds, ends, sorted(rates) if is_rising else rates))


def summed(table, bases):
    """Return what many deals earn, put together as the database hands them over."""
    sums, bounds = {}, earning.bounds_of(table)
    for base in filter(None, bases):
        reached = bisect_right(bounds, base) - 1 if base > 0 else earning.BELOW_ZERO
        earning.add_bucket(sums, table, reached, base, base * base, 1)
    return earning.rate_each(table, sums.values()).amount


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("given_rows", "asked", "sentence"),
        [
            ([], {}, "A table needs at least one row."),
            ([(0, 100, 3), (200, None, 5)], {}, "Between rows 1 and 2 there is a gap: from 100 to 200 no rate would hold."),
            ([(0, 100, 3), (50, None, 5)], {}, "Rows 1 and 2 overlap: from 50 to 100 two rates would hold."),
            ([(0, None, 3), (50, None, 5)], {}, "Row 1 has no end, although a row follows it."),
            ([(100, 200, 3), (0, 100, 5)], {}, "Row 2 begins at 0, below the row before it. Put the rows in order."),
            ([(100, 100, 3)], {}, "Row 1 ends at 100, which is not above its beginning at 100."),
            ([(0, None, -3)], {}, "The rate in row 1 is negative."),
            ([(-5, None, 3)], {}, "Row 1 begins below zero."),
            ([(0, None, 150)], {"is_share": True}, "Row 1 says 150 %: more than 100 % is not possible here."),
            ([(0, 120, 3), (120, None, 2)], {"is_discount": True}, "Row 2 begins at 120 %: a discount is never above 100 %."),
            ([(80, None, 50), (80, None, 100)], {"reads": Steps.INTERPOLATED}, "Rows 1 and 2 both speak of 80."),
        ],
    )
    def test_with_the_row_and_what_is_wrong(self, given_rows, asked, sentence):
        with pytest.raises(tables.BadTable) as refusal:
            tables.check([Row(*row) for row in given_rows], **asked)
        assert refusal.value.reason == sentence

    def test_all_faults_are_named_with_their_rows(self):
        faults = tables.find_faults([Row(0, 100, -1), Row(150, 120, 3)])
        assert [(fault.code, fault.row) for fault in faults] == [("negative", 0), ("backwards", 1), ("gap", 1)]

    def test_a_bonus_may_pay_more_than_all_of_it(self):
        tables.check([Row(0, 100, 0), Row(100, None, 150)])

    @given(steps())
    def test_a_good_table_is_taken(self, rows):
        assert not tables.find_faults(rows, is_share=True)


class TestLaws:
    @given(steps(), MONEY, MONEY)
    def test_marginal_never_falls_and_never_jumps(self, rows, base, more):
        table = Table(rows, Steps.MARGINAL)
        less, greater = (earning.rate_whole(table, amount).amount for amount in (base, base + more))
        steepest = max(row.value for row in rows)
        assert 0 <= greater - less <= more * steepest / 100

    @given(steps(is_rising=True), MONEY, MONEY)
    def test_flat_never_falls_where_rates_rise(self, rows, base, more):
        table = Table(rows, Steps.FLAT)
        assert earning.rate_whole(table, base).amount <= earning.rate_whole(table, base + more).amount

    @given(steps(), MONEY)
    def test_slices_by_attainment_begin_at_the_first_rate_also_where_nothing_is_attained(self, rows, base):
        table = Table(rows, Steps.MARGINAL, ChosenBy.ATTAINMENT)
        nothing, a_hair, less = (earning.rate_whole(table, base, chosen=Fraction(x, 10**9)).amount for x in (0, 1, -1))
        assert nothing == a_hair == less

    @given(steps(), st.integers(0, 10**9))
    def test_an_interpolated_curve_joins_its_points(self, rows, at):
        near = [tables.value_between(rows, at + Fraction(n, 10**6)) for n in (0, 1)]
        steepest = max(
            (
                abs(right.value - left.value) / (right.starts_at - left.starts_at)
                for left, right in zip(rows, rows[1:], strict=False)
            ),
            default=0,
        )
        assert abs(near[1] - near[0]) <= steepest / 10**6
        assert all(tables.value_between(rows, row.starts_at) == row.value for row in rows)

    @given(steps(has_end=True), st.integers(0, 3 * 10**9))
    def test_slices_hold_all_of_a_value_inside_the_table(self, rows, value):
        assert sum(part for _row, part in tables.slices_of(rows, value)) == min(value, rows[-1].ends_before)

    @given(steps(), st.sampled_from(Steps), st.lists(st.integers(0, 10**7), max_size=12))
    def test_many_deals_from_their_sums_are_what_each_earns(self, rows, reads, bases):
        table, sums = Table(rows, reads), {}
        for base in bases:
            parts = tables.slices_of(rows, base) if reads == Steps.MARGINAL else [(tables.step_at(rows, base), base)]
            for row, part in parts:
                sums.setdefault(rows.index(row), []).append(part)
        summed = [Sums(at, sum(parts), sum(p * p for p in parts), len(parts)) for at, parts in sums.items()]
        assert earning.rate_each(table, summed).amount == sum(earning.rate_whole(table, base).amount for base in bases)

    @given(steps(), st.sampled_from(Steps), st.sampled_from(Pays), st.lists(st.integers(-(10**5), 10**7), max_size=12))
    def test_many_deals_earn_what_each_of_them_does(self, rows, reads, pays, bases):
        table = Table(rows, reads, pays=pays)
        assert summed(table, bases) == sum(earning.rate_whole(table, base).amount for base in bases)

    def test_many_deals_earn_what_each_of_them_does_also_where_they_cancel_out(self):
        table = Table((Row(0, 1_000_00, 5), Row(1_000_00, None, 10)), Steps.INTERPOLATED)
        # 400 lies between the points, at 7 %; what is below zero has the first point's rate.
        assert summed(table, [400_00, -400_00]) == 28_00 - 20_00

    @given(steps(is_rising=True), st.sampled_from(Steps), st.integers(1, 10**9), MONEY)
    def test_amounts_never_fall_where_they_rise_with_the_steps(self, rows, reads, base, more):
        table = Table(rows, reads, pays=Pays.AMOUNT)
        assert earning.rate_whole(table, base).amount <= earning.rate_whole(table, base + more).amount

    @given(steps(), st.sampled_from(Steps), MONEY, st.integers(1, 10**9), RATES)
    def test_what_came_back_whole_leaves_nothing(self, rows, reads, base, target, gate):
        for table in (Table(rows, reads), Table(rows, reads, ChosenBy.ATTAINMENT), Table(rows, reads, pays=Pays.AMOUNT)):
            back = base - base
            assert earning.rate_whole(table, back, chosen=Fraction(back * 100, target)).amount == 0

    @given(st.lists(st.tuples(st.integers(1, 100), st.one_of(st.none(), st.integers(0, 300))), max_size=6))
    def test_a_weighted_mean_lies_between_its_parts(self, parts):
        known = [value for _weight, value in parts if value is not None]
        weighted = earning.weigh(parts)
        assert weighted is None if not known else min(known) <= weighted <= max(known)

    @given(st.lists(st.integers(-(10**8), 10**8), min_size=1, max_size=24), st.integers(0, 100), st.integers(1, 100))
    def test_what_is_posted_is_what_was_earned_whatever_the_months(self, to_date, at_once, unit):
        posted = held = released = 0
        for entitled in (numbers.round_half_up(amount, unit) for amount in to_date):
            posted += settling.payable(entitled, posted)
            waits = settling.hold_back(posted, at_once, 0, unit=unit)
            held += waits.held - held
        waits = settling.hold_back(posted, at_once, 100, unit=unit)
        released += waits.released - released
        assert posted == numbers.round_half_up(to_date[-1], unit)
        assert posted + held + released == posted

    @given(MONEY, st.lists(st.integers(-100, 10**6), min_size=1, max_size=8))
    def test_a_pool_is_given_away_whole_or_not_at_all(self, pool, weights):
        shares = sharing.share_pool(pool, weights)
        assert shares is None if not any(weight > 0 for weight in weights) else sum(shares) == pool

    @given(MONEY, MONEY, MONEY, st.sampled_from(Clawback), st.tuples(st.integers(0, 40), st.integers(1, 36)))
    def test_no_more_is_taken_back_than_was_paid(self, returned, base, earned, way, months):
        served, term = months
        taken = settling.claw_back(returned, base=base, earned=earned, way=way, served=served, term=term)
        assert 0 <= taken <= earned

    @given(st.tuples(MONEY, MONEY), st.lists(st.integers(1, 9), min_size=1, max_size=12), st.sampled_from([1, 10, 100]))
    def test_what_comes_back_piece_by_piece_takes_what_was_paid(self, earned, pieces, unit):
        """For two months, in as many as there are pieces; facts keep six places of each."""
        paid = {month: Fraction(amount, 7) for month, amount in enumerate(earned)}
        before, taken = dict.fromkeys(paid, Fraction(0)), 0
        for piece in pieces:
            now = {month: Fraction(numbers.plain(whole * piece / sum(pieces))) for month, whole in paid.items()}
            taken += settling.taken_to_date(now, before, unit=unit).taken
            before = {month: before[month] + part for month, part in now.items()}
        assert taken == sum(numbers.round_half_up(whole, unit) for whole in paid.values())

    @given(st.lists(MONEY, max_size=18), st.sampled_from(Draw), MONEY)
    def test_a_guarantee_pays_at_least_itself_and_owes_no_more_than_it_gave(self, months, kind, guarantee):
        balance, given_in_all = 0, 0
        for amount in months:
            drawn = settling.draw(kind, earned=amount, guarantee=guarantee, balance=balance)
            assert amount + drawn.given - drawn.to_recover >= (0 if kind == Draw.ADVANCE else guarantee)
            assert drawn.to_recover <= balance
            balance += drawn.owed - drawn.to_recover
            given_in_all += drawn.given
            assert 0 <= balance <= given_in_all


class TestDeductions:
    @MANY
    @given(st.lists(MONEY, max_size=4), st.lists(MONEY.map(lambda n: -n), max_size=4), MONEY, MONEY, LIMITS)
    def test_nothing_is_deducted_beyond_the_cap(self, gives, takes, to_recover, base_pay, limits):
        percent, minimum_wage = limits
        kept = settling.deduct(
            given=gives, taken=takes, to_recover=to_recover, base_pay=base_pay, percent=percent, minimum_wage=minimum_wage
        )
        pay = base_pay + sum(gives)
        deducted = -sum(takes) - kept.carried + kept.recovered
        assert 0 <= deducted <= max(0, min(pay * percent / 100, pay - minimum_wage))
        assert kept.carried >= 0
        assert 0 <= kept.recovered <= to_recover
        # The overpayment first: as long as any of it waits, nothing is worked off.
        assert not (kept.carried and kept.recovered)

    @given(st.lists(st.tuples(MONEY, MONEY), min_size=1, max_size=12))
    def test_what_is_carried_comes_back_and_nothing_is_lost(self, months):
        carried, deducted = 0, 0
        for pay, taken in months:
            kept = settling.deduct(given=[pay], taken=[-taken, -carried], to_recover=0, base_pay=0, percent=20, minimum_wage=0)
            deducted += taken + carried - kept.carried
            carried = kept.carried
        assert deducted + carried == sum(taken for _pay, taken in months)

    def test_what_may_be_deducted_is_a_multiple_of_what_amounts_are_rounded_to(self):
        about = {"given": [1_003_00], "to_recover": 10_00, "base_pay": 0, "percent": 20, "minimum_wage": 0}
        kept = settling.deduct(taken=[-195_00], unit=100, **about)
        assert (kept.limit, kept.carried, kept.recovered) == (200_00, 0, 5_00)
        assert settling.deduct(taken=[-195_00], **about).limit == 200_60


class TestTelling:
    def test_the_arithmetic_of_a_commission(self):
        earned = earning.rate_whole(Table((Row(0, 5_000_000, 3), Row(5_000_000, None, 5)), Steps.MARGINAL), 6_200_000)
        facts = {"formula": "commission", "groups": [earned.facts | {"amount": 210_000}], "earned": 210_000}
        assert telling.tell(facts) == ["50,000 × 3 % + 12,000 × 5 % = 2,100"]

    def test_what_was_posted_before_is_taken_off(self):
        group = earning.rate_whole(Table((Row(0, None, 3),)), 6_200_000).facts | {
            "amount": 186_000,
            "label": {"line_name": "Tiles"},
        }
        facts = {"formula": "commission", "groups": [group], "earned": 186_000, "entitled": 186_000, "posted": 100_000}
        assert telling.tell(facts) == [
            "Tiles: 62,000 × 3 % = 1,860",
            "Earned to date 1,860 − posted before 1,000 = 860",
        ]

    def test_a_bonus_with_its_gate_and_its_days(self):
        facts = earning.finish(earning.bonus(300_000, (), Steps.FLAT, Fraction(118)), days=(11, 22), passes=80).facts
        facts |= {
            "formula": "bonus",
            "attainment": {"metric": "Revenue", "actual": 118_000_000, "target": 100_000_000, "percent": "118", "scale": 2},
            "gate": {"metric": "Collection rate", "value": "82", "passes": 80},
        }
        assert telling.tell(facts) == [
            "Revenue: 1,180,000 ÷ 1,000,000 = 118 %",
            "3,000 × 118 % = 3,540",
            "11 of 22 working days: 3,540 × 11 ÷ 22",
            "Gate Collection rate at 82 %: × 80 %",
        ]

    def test_what_gates_and_rounding_leave_is_said(self):
        group = {"base": 10_001, "steps": [{"part": 10_001, "rate": 3}], "amount": "300.03"}
        facts = {"formula": "commission", "groups": [group], "earned": "300.03"}
        gate = {"metric": "Collection rate", "value": "82", "passes": 50}
        assert telling.tell(facts | {"exact": "300.03", "entitled": 300}) == ["100.01 × 3 % = 3.0003", "Rounded: 3"]
        assert telling.tell(facts | {"gate": gate, "exact": "150.015", "entitled": 150})[1:] == [
            "Gate Collection rate at 82 %: × 50 %",
            "Earned: 1.50015, rounded 1.50",
        ]
        assert telling.tell(facts | {"gate": gate, "exact": 150, "entitled": 150})[-1] == "Earned: 1.50"
        assert telling.tell(facts | {"earned": 300, "exact": 300, "entitled": 300}) == ["100.01 × 3 % = 3.0003"]

    def test_what_the_end_of_the_year_releases_says_of_what(self):
        facts = {
            "formula": "released",
            "entitled": 209_787,
            "paid_at_once": 80,
            "held": -41_957,
            "released": 41_957,
            "share": 100,
        }
        assert telling.tell(facts) == ["2,097.87 earned, 80 % paid at once: the rest of 419.57 is released"]

    def test_a_line_without_arithmetic_tells_nothing(self):
        assert telling.tell({}) == []

    def test_numbers_are_written_without_what_they_do_not_say(self):
        assert numbers.write(Fraction("62000.500")) == "62,000.5"
        assert numbers.write_money(186_050) == "1,860.50"
        assert numbers.write_money(-186_000) == "−1,860"
        assert numbers.plain(Fraction(1, 3)) == "0.333333"

    @given(st.integers(-(10**12), 10**12), st.integers(1, 10**9))
    def test_a_number_is_kept_as_it_is_rounded(self, above, below):
        kept = numbers.plain(Fraction(above, below))
        assert Decimal(kept) == round(Decimal(above) / Decimal(below), numbers.PLACES)
        assert "E" not in str(kept) and not ("." in str(kept) and str(kept)[-1] in ".0")
