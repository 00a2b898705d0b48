"""What is planned over on purpose, and other percentages for floor and stretch: exact in every month, unit and tier."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation

from accounts.models import User
from common.periods import Period, add_months
from common.tenancy import company_scope
from targets import rules
from targets.models import Metric, Plan, PlanStep
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.rules import KeptRefused, Sheet, TierRule, Tiers, planned_over, retier, split_tree, spread_rest, sum_up
from targets.services import blocks, plans, splits
from targets.services.metrics import add_builtin_metrics
from targets.services.settings import change_settings
from tests.properties import given, settings, st

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
MONTHS = tuple(add_months(date(2026, 1, 1), i) for i in range(12))
MILLION = 1_000_000_00
units = st.sampled_from([1, 100, 1000])
cells = st.tuples(*[st.integers(0, 10**6)] * 3).map(lambda steps: Tiers.from_steps(*steps))
rows = st.lists(cells, min_size=12, max_size=12).map(tuple)
overs = st.integers(0, 10_000).map(lambda points: Fraction(points, 10_000))
CHILDREN = {"u1": ("u2", "u3"), "u2": ("p1-2", "p2-2", "p3-2"), "u3": ("p4-3",)}
PRESENT = {unit: dict.fromkeys(below, (1,) * 12) for unit, below in CHILDREN.items()}


class TestRules:
    @pytest.mark.parametrize(
        ("amount", "percent", "unit", "expected"),
        [(100_000, 3, 1000, 103_000), (16_000, 3, 1000, 16_000), (17_000, 3, 1000, 18_000)],
    )
    def test_rounds_the_buffer_half_up_to_the_unit(self, amount, percent, unit, expected):
        assert planned_over(Tiers(0, amount, amount), Fraction(percent, 100), unit).commit == expected

    @settings(deadline=None, max_examples=15)
    @given(rows, overs, overs, units)
    def test_children_add_up_to_the_target_and_its_buffer_at_every_level(self, parent, company, team, unit):
        sheet = Sheet(MONTHS, unit, CHILDREN, {"u1": parent}, {}, {"u1": company, "u2": team, "u3": team})
        done = sheet.with_changes(split_tree(sheet, "u1", PRESENT))
        assert done.gaps("u1") == []
        for key, below in CHILDREN.items():
            for i, cell in enumerate(done.of(key)):
                assert rules.total(done.of(child)[i] for child in below) == planned_over(cell, sheet.over[key], unit)

    @settings(deadline=None, max_examples=10)
    @given(rows, overs, units)
    def test_spreading_after_a_change_of_the_buffer_adds_up_again(self, parent, over, unit):
        sheet = Sheet(MONTHS, unit, CHILDREN, {"u1": parent})
        split = sheet.with_changes(split_tree(sheet, "u1", PRESENT))
        more = Sheet(MONTHS, unit, CHILDREN, split.cells, {}, {"u1": over})
        assert more.with_changes(spread_rest(more, "u1", {}, PRESENT)).gaps("u1") == []

    @settings(deadline=None, max_examples=15)
    @given(rows, overs, units)
    def test_summing_up_gives_a_unit_what_fits_with_its_buffer(self, parent, over, unit):
        sheet = Sheet(MONTHS, unit, {"u1": ("p1-1",)}, {"u1": parent}, {}, {"u1": over})
        split = sheet.with_changes(split_tree(sheet, "u1", {"u1": {"p1-1": (1,) * 12}}))
        emptied = split.with_changes({"u1": (rules.NO_TARGET,) * 12})
        assert emptied.with_changes(sum_up(emptied, "u1")).of("u1") == parent

    @settings(deadline=None, max_examples=15)
    @given(rows, st.integers(0, 100), st.integers(100, 300), units, overs)
    def test_other_percentages_keep_every_commit_and_every_sum(self, parent, floor, stretch, unit, over):
        sheet = Sheet(MONTHS, unit, CHILDREN, {"u1": parent}, {}, {"u2": over})
        before = sheet.with_changes(split_tree(sheet, "u1", PRESENT))
        after = before.with_changes(retier(before, "u1", TierRule(floor, stretch, unit)))
        assert after.gaps("u1") == []
        assert all(
            cell.commit == then.commit for key in before.cells for cell, then in zip(before.of(key), after.of(key), strict=True)
        )

    def test_a_locked_floor_that_leaves_no_room_is_a_conflict(self):
        parent = (Tiers(80, 100, 120), *[rules.NO_TARGET] * 11)
        stand = {
            "u1": parent,
            "p1-1": (Tiers(60, 60, 60), *[rules.NO_TARGET] * 11),
            "p2-1": (Tiers(20, 40, 60), *[rules.NO_TARGET] * 11),
        }
        sheet = Sheet(MONTHS, 1, {"u1": ("p1-1", "p2-1")}, stand, {"p1-1": frozenset({0})})
        with pytest.raises(KeptRefused) as refused:
            retier(sheet, "u1", TierRule(50, 120, 1))
        assert [(conflict.tier, conflict.amount) for conflict in refused.value.conflicts] == [("floor", 10)]


@pytest.fixture
def lantern(cast):
    User.objects.update(language="en")
    with company_scope(cast.lantern), translation.override("en"):
        add_builtin_metrics()
        metric = Metric.objects.get(code="revenue")
        cast.plan = plans.start_plan(metric=metric, year=YEAR, rounding_unit=100, by=cast.amir.user)
        splits.set_year(plan=cast.plan, tiers=12 * MILLION, method="EQUAL", on=YEAR.starts_on, by=cast.amir.user)
        yield cast


def settle(cast, **given):
    usual = {"floor_percent": 85, "stretch_percent": 120, "over_company": 0, "over_region": 0, "over_team": 0}
    is_retiered = given.pop("is_retiered", False)
    return change_settings(
        plan=cast.plan,
        given={name: Decimal(value) for name, value in (usual | given).items()},
        is_retiered=is_retiered,
        by=cast.amir.user,
    )


def split(cast):
    return splits.split_down(
        plan=cast.plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=YEAR.starts_on, by=cast.amir.user
    )


def sheet(cast):
    return sheet_of(Plan.objects.select_related("metric", "company").get(pk=cast.plan.pk), company=cast.lantern)


class TestSettings:
    def test_a_buffer_is_handed_out_and_can_be_published(self, lantern):
        settle(lantern, over_region=3, over_team=2)
        split(lantern)
        found = sheet(lantern).sheet
        teams = [found.year_of(unit_key(team.pk)).commit for team in (lantern.one, lantern.two)]
        assert sum(teams) == 12 * MILLION * 103 // 100
        asha, ada = (person_key(member.person.pk, lantern.one.pk) for member in (lantern.asha, lantern.ada))
        assert found.year_of(asha).commit + found.year_of(ada).commit == teams[0] * 102 // 100
        plans.publish(plan=lantern.plan, now=lantern.plan.created_at, by=lantern.amir.user)

    def test_without_the_buffer_split_nothing_is_published(self, lantern):
        split(lantern)
        settle(lantern, over_region=3)
        with pytest.raises(plans.DoesNotAddUp):
            plans.publish(plan=lantern.plan, now=lantern.plan.created_at, by=lantern.amir.user)
        splits.spread_remainder(plan=lantern.plan, unit=lantern.root, by=lantern.amir.user)
        assert sheet(lantern).sheet.gaps(unit_key(lantern.root.pk)) == []

    def test_floor_and_stretch_are_worked_out_anew_in_one_step_that_can_be_undone(self, lantern):
        split(lantern)
        before = sheet(lantern).sheet.cells
        settle(lantern, floor_percent=70, stretch_percent=150, is_retiered=True)
        found = sheet(lantern).sheet
        assert found.year_of(unit_key(lantern.root.pk)) == Tiers(MILLION * 84 // 10, 12 * MILLION, 18 * MILLION)
        assert found.gaps(unit_key(lantern.root.pk)) == []
        assert PlanStep.objects.latest("pk").verb == PlanStep.Verb.TIERS
        splits.undo(plan=lantern.plan, by=lantern.amir.user)
        assert sheet(lantern).sheet.cells == before

    def test_locks_that_leave_no_room_change_nothing(self, lantern):
        split(lantern)
        key = person_key(lantern.asha.person.pk, lantern.one.pk)
        blocks.set_block(plan=lantern.plan, edits=[blocks.Edit(key, YEAR, 300_000_000)], tier="floor", by=lantern.amir.user)
        blocks.set_locks(plan=lantern.plan, cells={key: [YEAR]}, is_locked=True, by=lantern.amir.user)
        with pytest.raises(KeptRefused):
            settle(lantern, floor_percent=10, is_retiered=True)
        assert Plan.objects.get(pk=lantern.plan.pk).floor_percent == 85

    @pytest.mark.parametrize("given", [{"floor_percent": 101}, {"stretch_percent": 99}, {"over_team": -1}, {"over_team": 101}])
    def test_refuses_what_is_no_percentage(self, lantern, given):
        with pytest.raises(plans.PlanRefused):
            settle(lantern, **given)

    def test_the_page_shows_what_would_change_first(self, client, lantern):
        split(lantern)
        client.force_login(lantern.amir.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        given = {
            "floor_percent": "70",
            "stretch_percent": "150",
            "is_retiered": "on",
            "over_company": "0",
            "over_region": "3",
            "over_team": "0",
        }
        url = f"/lantern/targets/{lantern.plan.pk}/settings/"
        effect = client.get(url, given).context["effect"]
        assert [then for _label, _now, then in effect.tiers] == [MILLION * 84 // 10, 12 * MILLION, 18 * MILLION]
        assert (effect.people, effect.people_then, effect.gaps) == (12 * MILLION, 12 * MILLION * 103 // 100, 12)
        assert Plan.objects.get(pk=lantern.plan.pk).over_region == 0
        assert client.post(url, given | {"floor_percent": "x"}).status_code == 422
        assert client.post(url, given).status_code == 302
        assert Plan.objects.get(pk=lantern.plan.pk).over_region == 3
