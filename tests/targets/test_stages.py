"""Targets of a campaign's stages: from the months, by hand, exact down to everybody, and what attainment asks for then."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import translation

from accounts.models import User
from common.periods import Period
from common.tenancy import company_scope
from credits.queries.lens import Lens
from credits.services import close_period
from targets.models import QuotaPeriod, StageTarget
from targets.queries.figures import figure_of
from targets.queries.plans import unit_key
from targets.queries.stages import label_of, stage_sheet_of
from targets.queries.windows import Window, figures_in, months_of
from targets.services import plans, stages
from targets.services.blocks import BlockRefused
from targets.services.metrics import add_builtin_metrics
from targets.services.periods import PeriodRefused, add_quota_period, change_quota_period, remove_quota_period
from targets.services.plans import PlanRefused
from targets.services.stages import StageEdit, StagesRefused
from teams.models import Unit
from teams.queries import calendar_of
from tests.targets.published import NOW, TODAY, key_of, publish_2026

Kind = QuotaPeriod.Kind
CAMPAIGN = Period(date(2026, 5, 25), date(2026, 6, 8))
FIRST, LAST = Period(date(2026, 5, 25), date(2026, 5, 30)), Period(date(2026, 6, 4), date(2026, 6, 8))


@pytest.fixture
def lantern(cast):
    User.objects.update(language="en")
    with time_machine.travel(NOW, tick=False), company_scope(cast.lantern), translation.override("en"):
        add_builtin_metrics()
        cast.plan = publish_2026(cast)
        by = cast.amir.user
        cast.campaign = add_quota_period(
            name="Spring", kind=Kind.CAMPAIGN, starts_on=CAMPAIGN.starts_on, ends_before=CAMPAIGN.ends_before, by=by
        )
        for name, span in (("Opening", FIRST), ("Finish", LAST)):
            add_quota_period(
                name=name,
                kind=Kind.STAGE,
                campaign=cast.campaign,
                starts_on=span.starts_on,
                ends_before=span.ends_before,
                by=by,
            )
        yield cast


@pytest.fixture
def begun(lantern):
    lantern.begun = stages.start_stages(plan=lantern.plan, own=lantern.campaign, by=lantern.amir.user)
    return lantern


def table(cast):
    cast.begun.refresh_from_db()
    return stage_sheet_of(cast.begun, company=cast.lantern)


def commits(cast, key):
    return [cell.commit for cell in table(cast).sheet.of(key)]


def set_one(cast, key, position, amount, **given):
    edits = [StageEdit(key, position, amount, given.pop("seen", None))]
    return stages.set_stages(stage_plan=cast.begun, edits=edits, tier="commit", by=cast.amir.user, **given)


def asked(cast, period, *, person=None, unit=None, lens=None):
    subject = {"person_ids": [person.pk]} if person else {"unit_ids": [unit.pk]}
    window = Window(period, None, lens or Lens())
    return figures_in(metrics=[cast.plan.metric], window=window, **subject)[cast.plan.metric_id, (person or unit).pk].commit


def publish(cast):
    return stages.publish_stages(stage_plan=cast.begun, now=NOW, by=cast.amir.user)


class TestBeginning:
    def test_a_column_for_each_stage_and_one_for_the_days_between_them(self, begun):
        assert [(stage.name, stage.is_rest) for stage in table(begun).stages] == [
            ("Opening", False), ("Finish", False), ("", True),
        ]  # fmt: skip
        assert label_of(table(begun).stages[2]) == "2026-05-30 – 2026-06-03"

    def test_begins_with_what_the_months_hold_and_adds_up_down_to_everybody(self, begun):
        found = table(begun)
        # May has 19 working days, 5 of them in the opening; June 21, of which the finish has 2 and the days between 3.
        assert [round(cell.commit / 1_000_000_00, 6) for cell in found.sheet.of(found.root.key)] == [
            round(5 / 19, 6), round(2 / 21, 6), round(3 / 21, 6),
        ]  # fmt: skip
        assert found.sheet.gaps(found.root.key) == []

    @pytest.mark.parametrize(
        ("starts_on", "ends_before"),
        [(date(2026, 7, 1), date(2026, 8, 1)), (date(2026, 12, 20), date(2027, 1, 5))],
        ids=["whole months", "beyond the year"],
    )
    def test_refuses_what_has_no_days_of_its_own_in_the_year(self, lantern, starts_on, ends_before):
        own = add_quota_period(name="Q", kind=Kind.QUOTA, starts_on=starts_on, ends_before=ends_before, by=lantern.amir.user)
        with pytest.raises(StagesRefused, match="must lie in the plan's year"):
            stages.start_stages(plan=lantern.plan, own=own, by=lantern.amir.user)

    def test_once(self, begun):
        with pytest.raises(StagesRefused, match="already"):
            stages.start_stages(plan=begun.plan, own=begun.campaign, by=begun.amir.user)


class TestSetting:
    def test_a_cell_and_what_is_left_above_it(self, begun):
        asha = key_of(begun.asha, begun.one)
        before = commits(begun, asha)
        set_one(begun, asha, 0, before[0] + 500_00, seen=before[0])
        assert commits(begun, asha) == [before[0] + 500_00, *before[1:]]
        assert {gap.missing for gap in table(begun).sheet.gaps(table(begun).root.key) if gap.tier == "commit"} == {-500_00}

    def test_all_stages_together_are_shared_out_as_they_stand(self, begun):
        asha = key_of(begun.asha, begun.one)
        set_one(begun, asha, None, 1000_00)
        assert sum(commits(begun, asha)) == 1000_00

    def test_who_saw_another_number_is_told(self, begun):
        asha = key_of(begun.asha, begun.one)
        with pytest.raises(BlockRefused) as refused:
            set_one(begun, asha, 0, 1, seen=2)
        assert [fault.refusal.code for fault in refused.value.faults] == ["changed"]

    def test_what_is_sent_twice_is_one_step(self, begun):
        asha, ref = key_of(begun.asha, begun.one), uuid4()
        first = set_one(begun, asha, 0, 7_00, client_ref=ref)
        set_one(begun, asha, 0, 9_00)
        assert set_one(begun, asha, 0, 7_00, client_ref=ref) == first
        assert commits(begun, asha)[0] == 9_00

    def test_made_to_add_up_round_what_was_typed_and_locked(self, begun):
        asha, ada = key_of(begun.asha, begun.one), key_of(begun.ada, begun.one)
        stages.lock_stages(stage_plan=begun.begun, cells={ada: frozenset({1})}, is_locked=True, by=begun.amir.user)
        locked = commits(begun, ada)[1]
        set_one(begun, asha, 0, commits(begun, asha)[0] + 500_00)
        typed = commits(begun, asha)[0]
        stages.settle_stages(stage_plan=begun.begun, unit=begun.root, by=begun.amir.user)
        assert table(begun).sheet.gaps(table(begun).root.key) == []
        assert (commits(begun, asha)[0], commits(begun, ada)[1]) == (typed, locked)

    def test_a_step_is_taken_back(self, begun):
        asha = key_of(begun.asha, begun.one)
        before = commits(begun, asha)
        step = set_one(begun, asha, 0, 1_00)
        stages.undo_stages(stage_plan=begun.begun, step_id=step.pk, by=begun.amir.user)
        assert commits(begun, asha) == before
        with pytest.raises(PlanRefused):
            stages.undo_stages(stage_plan=begun.begun, step_id=step.pk, by=begun.amir.user)


class TestPublishing:
    def test_is_refused_while_something_does_not_add_up(self, begun):
        set_one(begun, key_of(begun.asha, begun.one), 0, 1_00)
        with pytest.raises(StagesRefused, match="do not add up"):
            publish(begun)

    def test_from_then_on_it_cannot_be_changed_and_its_days_neither(self, begun):
        publish(begun)
        with pytest.raises(StagesRefused, match="published"):
            set_one(begun, key_of(begun.asha, begun.one), 0, 1_00)
        with pytest.raises(PeriodRefused, match="Withdraw"):
            change_quota_period(
                quota_period=begun.campaign, name="Spring", starts_on=CAMPAIGN.starts_on, ends_before=date(2026, 6, 9), by=begun.amir.user
            )  # fmt: skip
        with pytest.raises(PeriodRefused, match="stay known"):
            remove_quota_period(quota_period=begun.campaign.stages.get(name="Finish"), by=begun.amir.user)
        stages.withdraw_stages(stage_plan=begun.begun, reason="another day", by=begun.amir.user)
        set_one(begun, key_of(begun.asha, begun.one), 0, 1_00)

    def test_closed_days_stay_as_they_are(self, begun):
        with time_machine.travel(datetime(2026, 6, 20, 2, tzinfo=UTC)):
            close_period(ends_before=date(2026, 6, 1), today=date(2026, 6, 20), by=begun.amir.user)
            asha = key_of(begun.asha, begun.one)
            with pytest.raises(BlockRefused) as refused:
                set_one(begun, asha, 0, 1_00)
            assert refused.value.faults[0].refusal.code == "closed"
            set_one(begun, asha, 1, 1_00)
            with pytest.raises(StagesRefused, match="closed"):
                publish(begun)


class TestWhatIsAsked:
    def publish_with(self, cast, amount):
        """Ask the company for an amount in the opening, the others as the months have it, and publish."""
        set_one(cast, table(cast).root.key, 0, amount)
        stages.settle_stages(stage_plan=cast.begun, unit=cast.root, by=cast.amir.user)
        publish(cast)

    def test_a_draft_changes_nothing(self, begun):
        before = asked(begun, FIRST, person=begun.asha.person)
        set_one(begun, key_of(begun.asha, begun.one), 0, 1_00)
        assert asked(begun, FIRST, person=begun.asha.person) == before

    def test_the_stage_asks_for_what_was_set_from_person_to_company(self, begun):
        self.publish_with(begun, 900_001_01)
        found = table(begun)
        assert asked(begun, FIRST, unit=begun.root) == 900_001_01
        assert asked(begun, FIRST, person=begun.asha.person) == found.sheet.of(key_of(begun.asha, begun.one))[0].commit
        for unit in [unit for unit in Unit.objects.all() if unit_key(unit.pk) in found.sheet.cells]:
            assert asked(begun, FIRST, unit=unit) == found.sheet.of(unit_key(unit.pk))[0].commit
        assert found.sheet.gaps(found.root.key) == []

    def test_the_campaign_asks_for_the_sum_of_its_stages_and_of_the_days_between(self, begun):
        self.publish_with(begun, 900_001_01)
        assert asked(begun, CAMPAIGN, unit=begun.root) == sum(commits(begun, table(begun).root.key))

    def test_days_inside_a_stage_ask_for_their_part_of_it(self, begun):
        self.publish_with(begun, 500_000_00)
        # Two of the opening's five working days.
        assert asked(begun, Period(date(2026, 5, 25), date(2026, 5, 27)), unit=begun.root) == 200_000_00

    def test_the_parts_of_a_campaign_by_month_add_up_to_it(self, begun):
        self.publish_with(begun, 900_001_01)
        rows = months_of(metrics=[begun.plan.metric], period=CAMPAIGN, unit_ids=[begun.root.pk])
        parts = [row.commit for row in rows[begun.plan.metric_id, begun.root.pk]]
        assert abs(sum(parts) - asked(begun, CAMPAIGN, unit=begun.root)) <= 1
        assert len(parts) == 2

    def test_months_and_days_beyond_it_ask_for_what_the_plan_says(self, begun):
        may, beyond = Period(date(2026, 5, 1), date(2026, 6, 1)), Period(date(2026, 5, 20), date(2026, 6, 8))
        lens = Lens(as_of=TODAY)
        before = [asked(begun, period, unit=begun.root, lens=lens) for period in (may, beyond)]
        self.publish_with(begun, 900_001_01)
        assert [asked(begun, period, unit=begun.root, lens=lens) for period in (may, beyond)] == before

    def test_as_known_before_it_was_published_the_months_are_asked(self, begun):
        before = asked(begun, FIRST, unit=begun.root)
        self.publish_with(begun, 900_001_01)
        known = Lens(until=datetime(2026, 5, 17, tzinfo=UTC))
        assert asked(begun, FIRST, unit=begun.root, lens=known) == before

    def test_as_known_then_it_asks_for_what_it_said_then_whatever_is_done_later(self, begun):
        self.publish_with(begun, 900_001_01)
        then, asha = Lens(until=NOW + timedelta(hours=1)), begun.asha.person

        def known():
            figure = figure_of(
                metric=begun.plan.metric,
                window=Window(CAMPAIGN, None, then),
                calendar=calendar_of(begun.lantern),
                person_id=asha.pk,
            )
            lines = [(line.name, line.commit) for line in figure.stages_asked]
            return lines, [asked(begun, FIRST, lens=then, **whose) for whose in ({"unit": begun.root}, {"person": asha})]

        before = known()
        assert before[1][0] == 900_001_01 and len(before[0]) == 3
        with time_machine.travel(NOW + timedelta(hours=2), tick=False):
            stages.withdraw_stages(stage_plan=begun.begun, reason="too much", by=begun.amir.user)
            assert known() == before
            set_one(begun, table(begun).root.key, 0, 500_000_00)
            stages.settle_stages(stage_plan=begun.begun, unit=begun.root, by=begun.amir.user)
            stages.publish_stages(stage_plan=begun.begun, now=NOW + timedelta(hours=2), by=begun.amir.user)
            assert (asked(begun, FIRST, unit=begun.root), known()) == (500_000_00, before)
            plans.withdraw(plan=begun.plan, reason="all of it", by=begun.amir.user)
            assert known() == before

    def test_what_begins_in_a_closed_period_asks_for_the_same_once_the_plan_is_withdrawn(self, begun):
        self.publish_with(begun, 900_001_01)
        with time_machine.travel(datetime(2026, 6, 20, 2, tzinfo=UTC)):
            close_period(ends_before=date(2026, 6, 1), today=date(2026, 6, 20), by=begun.amir.user)
            plans.withdraw(plan=begun.plan, reason="set anew", by=begun.amir.user)
            assert asked(begun, FIRST, unit=begun.root) == 900_001_01

    def test_a_rival_sees_nothing_of_it(self, begun):
        with company_scope(begun.rival):
            assert not StageTarget.objects.exists()
