"""Plans: a year is set, split, edited, spread, published and withdrawn."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.utils import translation

from accounts.models import AuditEntry
from accounts.rules import Role
from common.money import LIMIT, NoWeights
from common.periods import Period
from common.tenancy import company_scope
from credits.models import DailyTotal
from credits.rules import Measure
from jobs.models import Job
from targets import rules
from targets.models import Metric, Plan, PlanStep, Target
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.queries.workbench import missing_of
from targets.rules import MonthMethod, SplitMethod, Tiers
from targets.services import plans, splits
from targets.services.metrics import add_builtin_metrics
from teams.models import Assignment, Person

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
TODAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
MILLION = 1_000_000_00


@pytest.fixture
def lantern(cast):
    """The cast, with the company open and its metrics there."""
    with company_scope(cast.lantern), translation.override("en"):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(lantern):
    return plans.start_plan(metric=revenue(), year=YEAR, rounding_unit=100, by=lantern.amir.user)


def revenue():
    return Metric.objects.get(code="revenue")


def month(number):
    return Period(date(2026, number, 1), date(2026, number + 1, 1) if number < 12 else date(2027, 1, 1))


def sheet(plan):
    return sheet_of(Plan.objects.select_related("metric", "company").get(pk=plan.pk), company=plan.company)


def key_of(member, unit):
    return person_key(member.person.pk, unit.pk)


def did(member, unit, day, amount):
    DailyTotal.objects.create(day=day, person=member.person, unit=unit, measure=Measure.REVENUE, amount=amount)


def split_all(plan, cast, commit=12 * MILLION, method=SplitMethod.EQUAL):
    splits.set_year(plan=plan, tiers=commit, method=MonthMethod.WORKING_DAYS, on=TODAY, by=cast.amir.user)
    splits.split_down(plan=plan, unit=cast.root, method=method, whole_subtree=True, on=TODAY, by=cast.amir.user)


class TestStartPlan:
    def test_asks_for_nothing_yet(self, plan):
        assert plan.status == Plan.Status.DRAFT
        assert not Target.objects.exists()
        assert AuditEntry.objects.filter(action="targets.plan.started", about_id=plan.pk).exists()

    def test_refuses_a_second_plan_of_metric_and_year(self, lantern, plan):
        with pytest.raises(plans.PlanRefused, match="already"):
            plans.start_plan(metric=revenue(), year=YEAR, rounding_unit=1, by=lantern.amir.user)
        assert Plan.objects.count() == 1

    @pytest.mark.parametrize(("floor", "stretch"), [(-1, 120), (101, 120), (85, 99), (85, 1000)])
    def test_refuses_tiers_out_of_order(self, lantern, floor, stretch):
        with pytest.raises(plans.PlanRefused, match="floor"):
            plans.start_plan(
                metric=revenue(),
                year=YEAR,
                rounding_unit=1,
                floor_percent=floor,
                stretch_percent=stretch,
                by=lantern.amir.user,
            )
        assert not Plan.objects.exists()


class TestSetYear:
    def test_spreads_the_year_exactly_in_every_tier(self, lantern, plan):
        splits.set_year(plan=plan, tiers=MILLION + 1, method=MonthMethod.WORKING_DAYS, on=TODAY, by=lantern.amir.user)
        assert sheet(plan).sheet.year_of(unit_key(lantern.root.pk)) == Tiers(850_000_00, MILLION + 1, 1_200_000_00)

    def test_gives_months_by_their_working_days(self, lantern, plan):
        splits.set_year(plan=plan, tiers=12 * MILLION, method=MonthMethod.WORKING_DAYS, on=TODAY, by=lantern.amir.user)
        table = sheet(plan)
        by_month = dict(zip(table.months, table.sheet.of(table.root.key), strict=True))
        assert table.working_days[date(2026, 2, 1)] < table.working_days[date(2026, 3, 1)]
        assert by_month[date(2026, 2, 1)].commit < by_month[date(2026, 3, 1)].commit

    def test_learns_the_season_from_the_past(self, lantern, plan):
        for past in range(1, 13):
            did(lantern.asha, lantern.one, date(2025, past, 10), 900_00 if past == 11 else 100_00)
        splits.set_year(plan=plan, tiers=12 * MILLION, method=MonthMethod.SEASON, on=TODAY, by=lantern.amir.user)
        table = sheet(plan)
        commits = [cell.commit for cell in table.sheet.of(table.root.key)]
        assert commits.index(max(commits)) == 10

    def test_takes_typed_tiers(self, lantern, plan):
        splits.set_year(plan=plan, tiers=Tiers(10, 20, 1200), method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        assert sheet(plan).sheet.year_of(unit_key(lantern.root.pk)) == Tiers(10, 20, 1200)

    @pytest.mark.parametrize("weights", [[0] * 12, [1] * 11 + [-1], []])
    def test_refuses_weights_that_divide_nothing(self, lantern, plan, weights):
        with pytest.raises(NoWeights):
            splits.set_year(
                plan=plan, tiers=MILLION, method=MonthMethod.WEIGHTS, weights=weights, on=TODAY, by=lantern.amir.user
            )
        assert not Target.objects.exists()

    def test_leaves_the_children_and_shows_what_is_missing(self, lantern, plan):
        split_all(plan, lantern)
        before = sheet(plan).sheet.of(unit_key(lantern.east.pk))
        splits.set_year(plan=plan, tiers=13 * MILLION, method=MonthMethod.WORKING_DAYS, on=TODAY, by=lantern.amir.user)
        table = sheet(plan)
        assert table.sheet.of(unit_key(lantern.east.pk)) == before
        assert sum(commit for _floor, commit, _stretch in table.sheet.left_over(table.root.key)) == MILLION


class TestSplitDown:
    def test_adds_up_from_the_company_to_each_person(self, lantern, plan):
        split_all(plan, lantern)
        table = sheet(plan)
        assert table.sheet.gaps(table.root.key) == []
        assert table.sheet.year_of(key_of(lantern.asha, lantern.one)).commit == 3 * MILLION
        assert table.sheet.year_of(key_of(lantern.ben, lantern.two)).commit == 6 * MILLION

    def test_gives_a_region_without_people_nothing(self, lantern, plan):
        split_all(plan, lantern)
        assert not Target.objects.filter(unit=lantern.west).exists()

    def test_follows_history(self, lantern, plan):
        for past in range(1, 13):
            did(lantern.asha, lantern.one, date(2025, past, 10), 300_00)
            did(lantern.ada, lantern.one, date(2025, past, 10), 100_00)
            did(lantern.ben, lantern.two, date(2025, past, 10), 400_00)
        split_all(plan, lantern, method=SplitMethod.HISTORY)
        table = sheet(plan)
        years = [
            table.sheet.year_of(key).commit for key in (key_of(lantern.asha, lantern.one), key_of(lantern.ada, lantern.one))
        ]
        assert years == [4_500_000_00, 1_500_000_00]

    def test_mixes_two_methods_by_their_shares(self, lantern, plan):
        for past in range(1, 13):
            did(lantern.asha, lantern.one, date(2025, past, 10), 300_00)
            did(lantern.ada, lantern.one, date(2025, past, 10), 100_00)
        splits.set_year(plan=plan, unit=lantern.one, tiers=MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        step = splits.split_down(
            plan=plan,
            unit=lantern.one,
            shares={SplitMethod.EQUAL: 1, SplitMethod.HISTORY: 1},
            on=TODAY,
            by=lantern.bela.user,
        )
        assert sheet(plan).sheet.year_of(key_of(lantern.asha, lantern.one)).commit == 625_000_00
        assert step.inputs["units"][unit_key(lantern.one.pk)][key_of(lantern.asha, lantern.one)] == [3600_00, 12, None, "62.5"]

    def test_says_when_history_has_nothing_to_say(self, lantern, plan):
        did(lantern.ben, lantern.two, date(2025, 1, 10), 1)
        splits.set_year(plan=plan, unit=lantern.one, tiers=MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        step = splits.split_down(plan=plan, unit=lantern.one, method=SplitMethod.HISTORY, on=TODAY, by=lantern.bela.user)
        assert step.inputs["without_history"] == [unit_key(lantern.one.pk)]
        assert sheet(plan).sheet.year_of(key_of(lantern.ada, lantern.one)).commit == MILLION // 2

    def test_follows_typed_weights(self, lantern, plan):
        splits.set_year(plan=plan, unit=lantern.one, tiers=MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        weights = {key_of(lantern.asha, lantern.one): 3, key_of(lantern.ada, lantern.one): 1}
        splits.split_down(
            plan=plan, unit=lantern.one, method=SplitMethod.WEIGHTS, weights=weights, on=TODAY, by=lantern.bela.user
        )
        assert sheet(plan).sheet.year_of(key_of(lantern.asha, lantern.one)).commit == 750_000_00

    def test_refuses_typed_weights_of_zero_and_changes_nothing(self, lantern, plan):
        splits.set_year(plan=plan, unit=lantern.one, tiers=MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        with pytest.raises(NoWeights):
            splits.split_down(
                plan=plan, unit=lantern.one, method=SplitMethod.WEIGHTS, weights={}, on=TODAY, by=lantern.bela.user
            )
        assert not Target.objects.filter(person__isnull=False).exists()

    def test_gives_newcomers_and_leavers_their_own_months_only(self, lantern, plan):
        july = date(2026, 7, 1)
        new = Person.objects.create(name="Nia", employee_number="E-nia", hired_on=july)
        Assignment.objects.create(person=new, unit=lantern.one, role=Role.REP, starts_on=july)
        Assignment.objects.filter(person=lantern.ada.person).update(ends_before=date(2026, 4, 1))
        split_all(plan, lantern)
        table = sheet(plan)
        assert table.sheet.gaps(table.root.key) == []
        months = {
            name: set(Target.objects.filter(person__name=name).values_list("month__month", flat=True))
            for name in ("Nia", "Ada")
        }
        assert months == {"Nia": set(range(7, 13)), "Ada": {1, 2, 3}}

    def test_asks_less_of_somebody_who_is_there_for_half_a_month(self, lantern, plan):
        middle = date(2026, 7, 16)
        new = Person.objects.create(name="Nia", employee_number="E-nia", hired_on=middle)
        Assignment.objects.create(person=new, unit=lantern.one, role=Role.REP, starts_on=middle)
        split_all(plan, lantern)
        july = Target.objects.filter(month=date(2026, 7, 1), within=lantern.one)
        amounts = dict(july.values_list("person__name", "commit"))
        assert 0.4 < amounts["Nia"] / amounts["Asha"] < 0.6

    def test_follows_a_transfer(self, lantern, plan):
        Assignment.objects.filter(person=lantern.ada.person).update(ends_before=date(2026, 7, 1))
        Assignment.objects.create(person=lantern.ada.person, unit=lantern.two, role=Role.REP, starts_on=date(2026, 7, 1))
        split_all(plan, lantern)
        within = Target.objects.filter(person=lantern.ada.person).values_list("within__name", "month__month")
        assert {place for place, number in within if number < 7} == {"Team One"}
        assert {place for place, number in within if number >= 7} == {"Team Two"}

    def test_refuses_a_month_without_anybody_and_names_it(self, lantern, plan):
        Assignment.objects.filter(person__in=[lantern.asha.person, lantern.ada.person]).update(ends_before=date(2026, 12, 1))
        splits.set_year(plan=plan, unit=lantern.one, tiers=MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        with pytest.raises(rules.SheetRefused, match="Dec 2026.*Team One"):
            splits.split_down(plan=plan, unit=lantern.one, method=SplitMethod.EQUAL, on=TODAY, by=lantern.bela.user)
        assert not Target.objects.filter(person__isnull=False).exists()

    def test_lets_a_team_leader_carry_a_part(self, lantern, plan):
        splits.set_year(plan=plan, unit=lantern.one, tiers=MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        splits.split_down(
            plan=plan, unit=lantern.one, method=SplitMethod.EQUAL, with_leaders=True, on=TODAY, by=lantern.bela.user
        )
        assert Target.objects.filter(person=lantern.bela.person).count() == 12
        splits.split_down(plan=plan, unit=lantern.one, method=SplitMethod.EQUAL, on=TODAY, by=lantern.bela.user)
        assert not Target.objects.filter(person=lantern.bela.person).exists()

    def test_tells_who_saw_other_numbers(self, lantern, plan):
        split_all(plan, lantern)
        seen = sheet(plan).stamp(unit_key(lantern.one.pk))
        splits.set_cell(
            plan=plan, key=key_of(lantern.asha, lantern.one), period=month(3), tier="commit", amount=1, by=lantern.bela.user
        )
        with pytest.raises(plans.PlanRefused, match="meanwhile"):
            splits.split_down(plan=plan, unit=lantern.one, method=SplitMethod.EQUAL, seen=seen, on=TODAY, by=lantern.bela.user)
        elsewhere = sheet(plan).stamp(unit_key(lantern.two.pk))
        splits.split_down(plan=plan, unit=lantern.two, method=SplitMethod.EQUAL, seen=elsewhere, on=TODAY, by=lantern.bela.user)

    def test_a_form_sent_twice_splits_once(self, lantern, plan):
        split_all(plan, lantern)
        ref, seen = uuid4(), sheet(plan).stamp(unit_key(lantern.one.pk))
        weights = {key_of(lantern.asha, lantern.one): 1}
        steps = [
            splits.split_down(
                plan=plan,
                unit=lantern.one,
                method=SplitMethod.WEIGHTS,
                weights=weights,
                seen=seen,
                client_ref=ref,
                on=TODAY,
                by=lantern.bela.user,
            )
            for _press in range(2)
        ]
        assert steps[0] == steps[1]

    def test_costs_the_same_for_three_people_and_for_thirty(self, lantern, plan, django_assert_max_num_queries):
        for number in range(27):
            person = Person.objects.create(name=f"P{number}", employee_number=f"N-{number}", hired_on=date(2025, 1, 1))
            Assignment.objects.create(person=person, unit=lantern.one, role=Role.REP, starts_on=date(2025, 1, 1))
        splits.set_year(plan=plan, tiers=12 * MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        with django_assert_max_num_queries(17):
            splits.split_down(
                plan=plan, unit=lantern.root, method=SplitMethod.HISTORY, whole_subtree=True, on=TODAY, by=lantern.amir.user
            )
        assert Target.objects.filter(person__isnull=False).count() == 30 * 12


class TestWhatIsMissing:
    def test_a_unit_without_a_target_does_not_add_up_it_has_none(self, lantern, plan):
        key = unit_key(lantern.one.pk)
        assert missing_of(sheet(plan), key, "commit").word == "none"
        splits.set_cell(plan=plan, key=key_of(lantern.asha, lantern.one), period=YEAR, tier="commit", amount=5, by=None)
        assert missing_of(sheet(plan), key, "commit").word == "over"
        split_all(plan, lantern)
        assert missing_of(sheet(plan), key, "commit").word == "even"


class TestSetCell:
    def test_changes_one_cell_and_leaves_the_rest_visible(self, lantern, plan):
        split_all(plan, lantern)
        key = key_of(lantern.asha, lantern.one)
        before = sheet(plan).sheet.of(key)[2].commit
        splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=before + 500, by=lantern.bela.user)
        table = sheet(plan)
        assert [(gap.key, gap.month, gap.missing) for gap in table.sheet.gaps(table.root.key) if gap.tier == "commit"] == [
            (unit_key(lantern.one.pk), date(2026, 3, 1), -500)
        ]
        assert table.by_hand[key] == {2}

    def test_shares_a_quarter_out_over_its_months(self, lantern, plan):
        split_all(plan, lantern)
        key, quarter = key_of(lantern.asha, lantern.one), Period(date(2026, 4, 1), date(2026, 7, 1))
        splits.set_cell(plan=plan, key=key, period=quarter, tier="commit", amount=MILLION, by=lantern.bela.user)
        cells = sheet(plan).sheet.of(key)
        assert sum(cell.commit for cell in cells[3:6]) == MILLION
        assert sum(cell.floor for cell in cells[3:6]) == pytest.approx(MILLION * 0.85, abs=200)

    def test_sets_a_year_where_nothing_was(self, lantern, plan):
        key = key_of(lantern.asha, lantern.one)
        splits.set_cell(plan=plan, key=key, period=YEAR, tier="commit", amount=MILLION, by=lantern.bela.user)
        assert sheet(plan).sheet.year_of(key) == Tiers(850_000_00, MILLION, 1_200_000_00)

    def test_keeps_tiers_in_order(self, lantern, plan):
        split_all(plan, lantern)
        key = key_of(lantern.asha, lantern.one)
        before = sheet(plan).sheet.of(key)
        with pytest.raises(rules.BadTiers):
            splits.set_cell(plan=plan, key=key, period=month(3), tier="floor", amount=10 * MILLION, by=lantern.bela.user)
        with pytest.raises(rules.BadTiers):
            splits.set_cell(plan=plan, key=key, period=YEAR, tier="stretch", amount=1, by=lantern.bela.user)
        with pytest.raises(rules.BadTiers):
            splits.set_cell(plan=plan, key=key, period=YEAR, tier="commit", amount=-1, by=lantern.bela.user)
        with pytest.raises(plans.PlanRefused):
            splits.set_cell(plan=plan, key=key, period=YEAR, tier="commit", amount=LIMIT + 1, by=lantern.bela.user)
        assert sheet(plan).sheet.of(key) == before

    def test_refuses_a_month_in_which_somebody_is_not_there(self, lantern, plan):
        Assignment.objects.filter(person=lantern.ada.person).update(ends_before=date(2026, 4, 1))
        with pytest.raises(plans.PlanRefused, match="Ada.*May 2026"):
            splits.set_cell(
                plan=plan, key=key_of(lantern.ada, lantern.one), period=month(5), tier="commit", amount=1, by=lantern.bela.user
            )

    def test_tells_who_saw_another_amount(self, lantern, plan):
        key = key_of(lantern.asha, lantern.one)
        splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=100, seen=0, by=lantern.bela.user)
        with pytest.raises(plans.PlanRefused, match="meanwhile"):
            splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=200, seen=0, by=lantern.dora.user)
        assert sheet(plan).sheet.of(key)[2].commit == 100


class TestSpreadRemainder:
    def test_lets_the_others_take_what_one_gave_up(self, lantern, plan):
        split_all(plan, lantern)
        key = key_of(lantern.asha, lantern.one)
        splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=1000_00, by=lantern.bela.user)
        splits.spread_remainder(plan=plan, unit=lantern.one, by=lantern.bela.user)
        table = sheet(plan)
        assert table.sheet.gaps(table.root.key) == []
        assert table.sheet.of(key)[2].commit == 1000_00

    def test_passes_a_new_year_on_to_everybody(self, lantern, plan):
        split_all(plan, lantern)
        splits.set_year(plan=plan, tiers=13 * MILLION, method=MonthMethod.WORKING_DAYS, on=TODAY, by=lantern.amir.user)
        splits.spread_remainder(plan=plan, unit=lantern.root, by=lantern.amir.user)
        table = sheet(plan)
        assert table.sheet.gaps(table.root.key) == []
        assert table.sheet.year_of(key_of(lantern.asha, lantern.one)).commit == pytest.approx(3_250_000_00, abs=1500)

    def test_says_where_hands_have_left_no_room(self, lantern, plan):
        split_all(plan, lantern)
        key = key_of(lantern.asha, lantern.one)
        splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=10 * MILLION, by=lantern.bela.user)
        before = sheet(plan).sheet.of(key_of(lantern.ada, lantern.one))
        with pytest.raises(rules.SheetRefused, match="Mar 2026.*Team One"):
            splits.spread_remainder(plan=plan, unit=lantern.one, by=lantern.bela.user)
        assert sheet(plan).sheet.of(key_of(lantern.ada, lantern.one)) == before
        splits.spread_remainder(plan=plan, unit=lantern.one, keep_by_hand=False, by=lantern.bela.user)
        assert sheet(plan).sheet.gaps(unit_key(lantern.one.pk)) == []


class TestUndo:
    def test_puts_the_last_own_step_back_and_forth(self, lantern, plan):
        split_all(plan, lantern)
        before = sheet(plan)
        splits.split_down(
            plan=plan,
            unit=lantern.one,
            method=SplitMethod.WEIGHTS,
            weights={key_of(lantern.asha, lantern.one): 1},
            on=TODAY,
            by=lantern.bela.user,
        )
        after = sheet(plan)
        undone = splits.undo(plan=plan, by=lantern.bela.user)
        assert sheet(plan).sheet.cells == before.sheet.cells
        splits.undo(plan=plan, step_id=undone.pk, by=lantern.bela.user)
        assert sheet(plan).sheet.cells == after.sheet.cells

    def test_refuses_when_somebody_has_changed_a_cell_since(self, lantern, plan):
        split_all(plan, lantern)
        key = key_of(lantern.asha, lantern.one)
        splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=1, by=lantern.bela.user)
        splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=2, by=lantern.dora.user)
        with pytest.raises(plans.PlanRefused, match="meanwhile"):
            splits.undo(plan=plan, by=lantern.bela.user)

    def test_a_double_press_undoes_once(self, lantern, plan):
        split_all(plan, lantern)
        step, _again = splits.steps_to_undo(plan=plan, user=lantern.amir.user)
        splits.undo(plan=plan, step_id=step.pk, by=lantern.amir.user)
        with pytest.raises(plans.PlanRefused, match="no step"):
            splits.undo(plan=plan, step_id=step.pk, by=lantern.amir.user)
        assert not Target.objects.filter(person__isnull=False).exists()

    def test_has_nothing_to_undo_for_who_did_nothing(self, lantern, plan):
        with pytest.raises(plans.PlanRefused, match="no step"):
            splits.undo(plan=plan, by=lantern.bela.user)


class TestPublish:
    def test_publishes_what_adds_up_and_asks_for_the_roll_up(self, lantern, plan):
        split_all(plan, lantern)
        plans.publish(plan=plan, now=NOW, by=lantern.amir.user)
        plan.refresh_from_db()
        assert (plan.status, plan.published_by) == (Plan.Status.PUBLISHED, lantern.amir.user)
        assert Job.objects.filter(kind="targets.rollup").count() == 1

    def test_lists_what_does_not_add_up(self, lantern, plan):
        split_all(plan, lantern)
        key = key_of(lantern.asha, lantern.one)
        splits.set_cell(plan=plan, key=key, period=month(3), tier="commit", amount=0, by=lantern.bela.user)
        with pytest.raises(plans.DoesNotAddUp) as caught:
            plans.publish(plan=plan, now=NOW, by=lantern.amir.user)
        assert {(gap.key, gap.month, gap.tier) for gap in caught.value.gaps} == {
            (unit_key(lantern.one.pk), date(2026, 3, 1), tier) for tier in ("floor", "commit", "stretch")
        }
        plan.refresh_from_db()
        assert plan.status == Plan.Status.DRAFT

    def test_refuses_a_target_that_nobody_carries(self, lantern, plan):
        splits.set_year(plan=plan, tiers=MILLION, on=TODAY, by=lantern.amir.user)
        with pytest.raises(plans.DoesNotAddUp):
            plans.publish(plan=plan, now=NOW, by=lantern.amir.user)

    def test_refuses_an_empty_plan(self, lantern, plan):
        with pytest.raises(plans.PlanRefused, match="nothing yet"):
            plans.publish(plan=plan, now=NOW, by=lantern.amir.user)

    def test_a_published_plan_changes_only_after_it_is_withdrawn(self, lantern, plan):
        split_all(plan, lantern)
        plans.publish(plan=plan, now=NOW, by=lantern.amir.user)
        before = list(Target.objects.order_by("pk").values())
        key = key_of(lantern.asha, lantern.one)
        for change in (
            lambda: splits.set_year(plan=plan, tiers=1, on=TODAY, by=lantern.amir.user),
            lambda: splits.split_down(plan=plan, unit=lantern.one, method="EQUAL", on=TODAY, by=lantern.amir.user),
            lambda: splits.set_cell(plan=plan, key=key, period=YEAR, tier="commit", amount=1, by=lantern.amir.user),
            lambda: splits.spread_remainder(plan=plan, unit=lantern.one, by=lantern.amir.user),
            lambda: splits.undo(plan=plan, by=lantern.amir.user),
            lambda: plans.publish(plan=plan, now=NOW, by=lantern.amir.user),
        ):
            with pytest.raises(plans.PlanRefused, match="published"):
                change()
        assert list(Target.objects.order_by("pk").values()) == before
        with pytest.raises(plans.PlanRefused, match="why"):
            plans.withdraw(plan=plan, reason="  ", by=lantern.amir.user)
        plans.withdraw(plan=plan, reason="A region was added", by=lantern.amir.user)
        splits.set_cell(plan=plan, key=key, period=YEAR, tier="commit", amount=1, by=lantern.amir.user)
        assert AuditEntry.objects.get(action="targets.plan.withdrawn").after["reason"] == "A region was added"


def test_every_step_is_kept_with_who_and_how(lantern, plan):
    split_all(plan, lantern)
    assert list(PlanStep.objects.order_by("pk").values_list("verb", "made_by__name")) == [("YEAR", "Amir"), ("SPLIT", "Amir")]
    assert {entry.action for entry in AuditEntry.objects.filter(about_model="targets.plan")} == {
        "targets.plan.started",
        "targets.plan.changed",
        "targets.plan.split",
    }
