"""What people are measured by: attainment, pace, forecast, ranking, scores, grades. Splitting has its own file."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from common.money import NoWeights
from targets import rules
from targets.rules import BadScoreRule, Bounds, GradeShare, PaceStatus, PaceThresholds, Step
from tests.properties import given, st

D = Decimal
money = st.integers(min_value=0, max_value=10**12)


def month(number, year=2026):
    return date(year, number, 1)


class TestAttainment:
    @pytest.mark.parametrize(
        ("actual", "target", "percent"),
        [(850, 1000, D(85)), (0, 1000, D(0)), (2500, 1000, D(250)), (-100, 1000, D(-10)), (5, 0, None), (5, None, None), (5, -1, None)],
    )  # fmt: skip
    def test_is_uncapped_and_silent_without_a_target(self, actual, target, percent):
        assert rules.attainment(actual, target) == percent

    def test_ratios_have_no_value_over_nothing(self):
        assert rules.ratio(1, 4) == D("0.25")
        assert rules.percent_of(1, 4) == D(25)
        assert rules.ratio(0, 0) is None
        assert rules.ratio(5, None) is None
        assert rules.percent_of(5, 0) is None

    def test_growth_needs_a_base(self):
        assert rules.growth(150, 100) == D(50)
        assert rules.growth(50, 100) == D(-50)
        assert rules.growth(50, 0) is None
        assert rules.growth(50, None) is None

    @given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18), st.integers(1, 10**18))
    def test_grows_with_the_actual_and_is_never_nan(self, one, other, target):
        low, high = sorted((one, other))
        assert rules.attainment(low, target) <= rules.attainment(high, target)
        assert rules.attainment(high, target).is_finite()


class TestPace:
    TARGETS = {month(1): 2_000, month(2): 1_000, month(3): 3_000}
    DAYS = {month(1): 20, month(2): 10, month(3): 20}

    @pytest.mark.parametrize(
        ("elapsed", "amount", "share"),
        [
            ({}, 0, None),
            ({month(1): 0}, 0, None),
            ({month(1): 1}, 100, D(1) / 60),
            ({month(1): 20}, 2_000, D(1) / 3),
            ({month(1): 20, month(2): 5}, 2_500, D(25) / 60),
            ({month(1): 20, month(2): 10, month(3): 20}, 6_000, D(1)),
            ({month(1): 99, month(2): 99, month(3): 99}, 6_000, D(1)),
        ],
    )
    def test_expects_by_working_day_and_season(self, elapsed, amount, share):
        assert rules.expected_amount(self.TARGETS, self.DAYS, elapsed) == amount
        expected = rules.expected_share(self.TARGETS, self.DAYS, elapsed)
        assert expected == share if share is None else abs(expected - share) < D("1E-20")

    def test_a_month_without_working_days_falls_due_with_the_next(self):
        days = {**self.DAYS, month(2): 0}
        assert rules.expected_amount(self.TARGETS, days, {month(1): 20}) == 2_000
        assert rules.expected_amount(self.TARGETS, days, {month(1): 20, month(3): 1}) == 3_150

    def test_no_target_has_no_pace(self):
        assert rules.expected_share({month(1): 0}, self.DAYS, {month(1): 5}) is None
        assert rules.expected_share({}, {}, {}) is None

    @pytest.mark.parametrize(
        ("done", "expected", "status"),
        [
            (D("0.5"), D("0.5"), PaceStatus.ON_PACE),
            (D("0.475"), D("0.5"), PaceStatus.ON_PACE),
            (D("0.474"), D("0.5"), PaceStatus.AT_RISK),
            (D("0.4"), D("0.5"), PaceStatus.AT_RISK),
            (D("0.399"), D("0.5"), PaceStatus.BEHIND),
            (D("-0.1"), D("0.5"), PaceStatus.BEHIND),
            (D("0.5"), None, PaceStatus.NEUTRAL),
            (None, D("0.5"), PaceStatus.NEUTRAL),
            (D("0.5"), D(0), PaceStatus.NEUTRAL),
        ],
    )
    def test_status(self, done, expected, status):
        assert rules.pace_status(done, expected) == status

    def test_refuses_thresholds_that_fall(self):
        with pytest.raises(ValueError, match="Thresholds"):
            PaceThresholds(on_pace_from=D("0.5"), at_risk_from=D("0.8"))

    @pytest.mark.parametrize(
        ("target", "achieved", "days", "needed"),
        [(100, 40, 7, 9), (100, 40, 6, 10), (100, 100, 5, 0), (100, 120, 0, 0), (100, 99, 0, None), (100, -20, 4, 30)],
    )
    def test_needed_per_day(self, target, achieved, days, needed):
        assert rules.needed_per_day(target, achieved, days) == needed

    @given(money, st.integers(-(10**12), 10**12), st.integers(1, 300))
    def test_doing_what_is_needed_reaches_the_target(self, target, achieved, days):
        assert achieved + rules.needed_per_day(target, achieved, days) * days >= target

    def test_coverage_and_accuracy(self):
        assert rules.coverage(300, 100) == 3
        assert rules.coverage(300, 0) is None
        assert rules.forecast_accuracy(90, 100) == D("0.9")
        assert rules.forecast_accuracy(500, 100) == 0
        assert rules.forecast_accuracy(5, 0) is None


@dataclass(frozen=True)
class Standing:
    name: str
    value: int | None
    reached_at: date | None = None


def places(rows, **options):
    ranked = rules.rank(rows, value=lambda r: r.value, reached_at=lambda r: r.reached_at, name=lambda r: r.name, **options)
    return [(place, row.name) for place, row in ranked]


class TestRank:
    def test_ties_share_a_place_and_leave_the_next_out(self):
        rows = [Standing("Asha", 50), Standing("Bela", 80), Standing("Chandra", 80), Standing("Dara", 100)]
        assert places(rows) == [(1, "Dara"), (2, "Bela"), (2, "Chandra"), (4, "Asha")]

    def test_inside_a_tie_the_earlier_stands_first_then_the_name(self):
        rows = [
            Standing("Asha", 80),
            Standing("Chandra", 80, date(2026, 3, 9)),
            Standing("Bela", 80, date(2026, 3, 9)),
            Standing("Dara", 80, date(2026, 3, 2)),
        ]
        assert places(rows) == [(1, "Dara"), (1, "Bela"), (1, "Chandra"), (1, "Asha")]

    def test_lower_is_better_turns_the_sort_only(self):
        rows = [Standing("Asha", 3), Standing("Bela", 0), Standing("Chandra", None)]
        assert places(rows, lower_is_better=True) == [(1, "Bela"), (2, "Asha"), (None, "Chandra")]

    def test_no_value_is_last_and_has_no_place(self):
        rows = [Standing("Bela", None), Standing("Asha", None), Standing("Dara", -5)]
        assert places(rows) == [(1, "Dara"), (None, "Asha"), (None, "Bela")]

    def test_refuses_nan(self):
        with pytest.raises(ValueError, match="NaN"):
            rules.rank([D("NaN")], value=lambda r: r)

    @given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=30), st.randoms(), st.booleans())
    def test_places_do_not_depend_on_the_order_given(self, values, random, lower):
        rows = [Standing(f"{index:02}", value) for index, value in enumerate(values)]
        shuffled = rows[:]
        random.shuffle(shuffled)
        ranked = places(rows, lower_is_better=lower)
        assert ranked == places(shuffled, lower_is_better=lower)
        by_name = {name: place for place, name in ranked}
        for row in rows:
            if row.value is not None:
                better = [r for r in rows if r.value is not None and (r.value < row.value if lower else r.value > row.value)]
                assert by_name[row.name] == len(better) + 1

    @pytest.mark.parametrize(("before", "now", "moved"), [(5, 2, 3), (2, 5, -3), (1, 1, 0), (None, 4, None), (4, None, None)])
    def test_movement(self, before, now, moved):
        assert rules.movement(before, now) == moved


class TestScores:
    @pytest.mark.parametrize(
        ("value", "options", "points"),
        [
            (D(85), {}, D(85)),
            (D(150), {}, D(120)),
            (D(-10), {}, D(0)),
            (None, {}, None),
            (D(80), {"none_at": D(60)}, D(50)),
            (D(50), {"none_at": D(60)}, D(0)),
            (D(2), {"full_at": D(0), "none_at": D(10)}, D(80)),
            (D(12), {"full_at": D(0), "none_at": D(10)}, D(0)),
            (D(10), {"bounds": Bounds(D(40), D(100))}, D(40)),
        ],
    )
    def test_linear(self, value, options, points):
        assert rules.linear_score(value, **options) == points

    @pytest.mark.parametrize(
        ("value", "points"),
        [(D(79), D(0)), (D(80), D(60)), (D("99.99"), D(60)), (D(100), D(100)), (D(500), D(100)), (None, None)],
    )
    def test_stepped_from_included_to_excluded(self, value, points):
        assert rules.stepped_score(value, [Step(D(100), D(100)), Step(D(80), D(60))]) == points

    @pytest.mark.parametrize(
        ("actual", "target", "options", "points"),
        [
            (105, 100, {"points": D(2)}, D(110)),
            (D("105.9"), 100, {"points": D(2)}, D(110)),
            (D("94.1"), 100, {"points": D(2)}, D(90)),
            (D("105.5"), 100, {"points": D(2), "whole_units_only": False}, D(111)),
            (3, 1, {"points": D(-5)}, D(90)),
            (300, 100, {"points": D(2)}, D(120)),
            (0, 100, {"points": D(2)}, D(0)),
            (None, 100, {"points": D(2)}, None),
            (100, None, {"points": D(2)}, None),
        ],
    )
    def test_points_per_unit(self, actual, target, options, points):
        assert rules.unit_score(actual, target, **options) == points

    @pytest.mark.parametrize(
        ("build", "code"),
        [
            (lambda: Bounds(D(5), D(4)), "bounds"),
            (lambda: rules.linear_score(D(1), full_at=D(5), none_at=D(5)), "no_range"),
            (lambda: rules.stepped_score(D(1), []), "no_steps"),
            (lambda: rules.stepped_score(D(1), [Step(D(1), D(1)), Step(D(1), D(2))]), "no_steps"),
            (lambda: rules.unit_score(1, 1, points=D(1), unit=D(0)), "unit"),
            (lambda: rules.grade_by_distribution({}, [GradeShare("A", 50)]), "distribution"),
            (lambda: rules.grade_by_distribution({}, [GradeShare("A", 150), GradeShare("B", -50)]), "distribution"),
        ],
    )
    def test_refuses_rules_that_cannot_be_applied(self, build, code):
        with pytest.raises(BadScoreRule) as refusal:
            build()
        assert refusal.value.code == code

    def test_parts_without_a_value_drop_out_and_the_rest_grows(self):
        assert rules.weighted_score([60, 30, 10], [D(100), D(50), D(80)]) == D(83)
        assert rules.weighted_score([60, 30, 10], [D(100), None, D(30)]) == D(90)
        assert rules.effective_weights([60, 30, 10], [D(100), None, D(30)])[1] is None
        assert sum(w for w in rules.effective_weights([60, 20, 20], [D(1), None, D(1)]) if w) == 100
        assert rules.weighted_score([60, 40], [None, None]) is None
        assert rules.weighted_score([0, 40], [D(50), None]) is None
        assert rules.effective_weights([0, 40], [D(50), None]) == [None, None]

    def test_refuses_negative_weights(self):
        with pytest.raises(NoWeights):
            rules.weighted_score([60, -1], [D(1), D(1)])

    @given(st.lists(st.tuples(st.integers(1, 100), st.one_of(st.none(), st.integers(0, 120).map(D))), min_size=1, max_size=8))
    def test_a_total_lies_between_its_parts(self, parts):
        total = rules.weighted_score([w for w, _s in parts], [s for _w, s in parts])
        known = [score for _weight, score in parts if score is not None]
        if not known:
            assert total is None
        else:
            assert min(known) <= total <= max(known)


class TestGrades:
    SHARES = (GradeShare("A", 20), GradeShare("B", 70), GradeShare("C", 10))

    def test_best_fifth_middle_and_last_tenth(self):
        grades = rules.grade_by_distribution({f"p{n}": D(n) for n in range(10)}, self.SHARES)
        assert [grades[f"p{n}"] for n in range(10)] == ["C"] + ["B"] * 7 + ["A"] * 2

    def test_the_same_score_is_never_graded_differently(self):
        scores = {"Asha": D(90), "Bela": D(90), "Chandra": D(90), "Dara": D(50), "Emil": D(40)}
        grades = rules.grade_by_distribution(scores, self.SHARES)
        assert [grades[name] for name in scores] == ["A", "A", "A", "B", "B"]

    def test_without_a_score_there_is_no_grade(self):
        assert rules.grade_by_distribution({"Asha": None, "Bela": D(1)}, self.SHARES) == {"Asha": None, "Bela": "B"}

    @given(st.dictionaries(st.integers(), st.one_of(st.none(), st.integers(0, 20).map(D)), max_size=40))
    def test_a_better_score_never_has_a_worse_grade(self, scores):
        grades = rules.grade_by_distribution(scores, self.SHARES)
        graded = sorted((-score, "ABC".index(grades[key])) for key, score in scores.items() if score is not None)
        assert [place for _score, place in graded] == sorted(place for _score, place in graded)
