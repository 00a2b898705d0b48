"""A KPI bonus of metrics that each have a payout curve of their own."""

from fractions import Fraction

import pytest

from incentives.models import KpiPart, StatementLine, Step
from incentives.queries.metric_names import metric_names
from incentives.rules import earning, telling
from incentives.rules.checking import check_component
from incentives.rules.plan_rows import Part
from incentives.rules.terms import Kind, LineKind, Steps, Use
from targets.models import Attainment, Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from tests.incentives.paying import MARCH, make_component, make_version, pay
from tests.incentives.reckoning import percents, rows
from tests.incentives.test_pay_rules import steps
from tests.incentives.test_plan_checking import COUNTED, Component
from tests.incentives.test_plan_checking import rows as typed
from tests.properties import given, st

#: Nothing below 80 %, in a line to 100 %, at most 120 %.
CURVE = (80, 0), (100, 100), (120, 120)


class TestLaws:
    @given(steps(is_rising=True), st.sampled_from([Steps.FLAT, Steps.INTERPOLATED]), st.integers(0, 300), st.integers(0, 300))
    def test_a_score_never_falls_where_its_table_rises(self, table, reads, attainment, more):
        less, greater = (earning.payout_of(table, reads, Fraction(at)) for at in (attainment, attainment + more))
        assert less <= greater

    @pytest.mark.parametrize(
        ("attainment", "score"), [(0, 0), (79, 0), (80, 0), (90, 50), (100, 100), (110, 110), (120, 120), (300, 120)]
    )
    def test_threshold_line_and_cap(self, attainment, score):
        assert percents(CURVE, Steps.INTERPOLATED, attainment) == score


class TestWhatIsRefused:
    def _codes(self, scores, parts, curve=()):
        component = Component(kind=Kind.KPI, amount=100, measure="")
        found = check_component(component, steps=[*scores, *curve], parts=parts, counted=COUNTED)
        return [(finding.refusal.code, finding.field, finding.row) for finding in found]

    def _scores(self, *given_rows, metric_id=1):
        return typed(*given_rows, use=Use.SCORE, metric_id=metric_id)

    def test_nothing_of_a_good_one_and_no_curve_is_needed_beside_it(self):
        scores = self._scores((80, 100, 0), (100, None, 100))
        assert self._codes(scores, [Part(1, 60, Steps.INTERPOLATED), Part(2, 40)]) == []

    def test_gaps_overlaps_and_slips_of_the_pen_at_their_rows(self):
        first = self._scores((0, 80, 0), (90, None, 100))
        second = self._scores((0, 80, 0), (70, None, 5000), metric_id=2)
        found = self._codes(first + second, [Part(1, 60, Steps.FLAT), Part(2, 40, Steps.FLAT)])
        assert found == [("gap", "starts_at", 1), ("overlap", "starts_at", 3), ("payout", "value", 3)]

    def test_scores_of_no_metric_and_metrics_without_their_scores(self):
        lost = self._scores((80, None, 100), metric_id=None) + self._scores((80, None, 100), metric_id=7)
        found = self._codes(lost, [Part(1, 60, Steps.FLAT)])
        assert found == [("score_of", "score_metric", 0), ("score_idle", "score_metric", 1), ("no_scores", "counts", 0)]

    def test_a_bonus_by_attainment_alone_still_needs_its_curve(self):
        assert self._codes([], [Part(1, 60)]) == [("no_rows", "steps", None)]


@pytest.fixture
def bonus(lantern):
    """Make a bonus of 10,000: 60 by revenue with a curve of its own, 40 by won deals in steps of their number."""
    add_builtin_metrics()
    revenue, deals = (Metric.objects.get(code=code) for code in ("revenue", "deals_won"))

    def made(curve=(), **terms):
        component = make_component(make_version(), kind=Kind.KPI, amount=10_000_00, curve=curve, **terms)
        KpiPart.objects.create(component=component, metric=revenue, weight=60, reads=Steps.INTERPOLATED)
        KpiPart.objects.create(component=component, metric=deals, weight=40, reads=Steps.FLAT, by_value=True)
        tables = (revenue, [(80, 0), (100, 100), (120, 120)]), (deals, [(0, 0), (5, 50), (10, 100)])
        for metric, points in tables:
            for position, row in enumerate(rows(*points)):
                Step.objects.create(
                    component=component, use=Use.SCORE, metric=metric, position=position, starts_at=row.starts_at.numerator,
                    ends_before=row.ends_before and row.ends_before.numerator, value=row.value.numerator,
                )  # fmt: skip
        return component

    def reached(revenue_percent, deals_won):
        refresh_everything()
        about = {"person": lantern.asha.person, "span": "MONTH", "starts_on": MARCH.starts_on}
        for metric, done, asked in (
            (revenue, revenue_percent and revenue_percent * 1_000_00, 100_000_00),
            (deals, deals_won, None),
        ):
            if done is not None:
                given = {"ends_before": MARCH.ends_before, "numerator": done, "commit": asked}
                Attainment.objects.update_or_create(metric=metric, **about, defaults=given)
            else:
                Attainment.objects.filter(metric=metric, **about).delete()
        return pay(by=lantern.hana.user)[lantern.asha.person.pk].total / 100

    made.reached = reached
    return made


class TestABonus:
    @pytest.mark.parametrize(
        ("revenue", "deals", "earned"),
        [(79, 4, 0), (90, 5, 3_000 + 2_000), (100, 10, 10_000), (110, 9, 6_600 + 2_000), (250, 10, 7_200 + 4_000)],
    )
    def test_weighs_the_scores(self, bonus, revenue, deals, earned):
        bonus()
        assert bonus.reached(revenue, deals) == earned

    def test_leaves_out_what_has_no_value_and_the_rest_grows_to_all(self, bonus):
        bonus()
        assert bonus.reached(90, None) == 5_000

    def test_reads_its_own_curve_by_the_weighted_score(self, bonus):
        bonus(curve=[(0, 50, 0), (50, None, 100)], steps_read=Steps.FLAT)
        assert (bonus.reached(90, 5), bonus.reached(89, 5)) == (10_000, 0)

    def test_says_attainment_score_and_weight_of_each(self, bonus, lantern):
        bonus()
        bonus.reached(90, 7)
        line = StatementLine.objects.get(kind=LineKind.EARNED, statement__person=lantern.asha.person)
        assert telling.tell(line.facts, metric_names([line.facts])) == [
            "Revenue: 90,000 ÷ 100,000 = 90 % → 50 % (weight 60)",
            "Deals won: 7 → 50 % (weight 40)",
            "Weighted: 50 %",
            "10,000 × 50 % = 5,000",
        ]
