"""Adjusting a published plan: asked for, approved by the next level up, in force from a day on; and its past."""

from datetime import date
from fractions import Fraction
from uuid import uuid4

import pytest
import time_machine
from django.utils import translation

from accounts.models import Company
from accounts.rules import Approval, Role
from common.periods import Period
from common.tenancy import company_scope
from credits.models import Closing
from deals.models import ProductLine
from jobs.models import Job
from targets import rules
from targets.models import Adjustment, PlanStep, Target
from targets.queries.adjusting import level_of, propose_change, waiting_adjustments
from targets.queries.parts import divided
from targets.queries.plans import unit_key
from targets.queries.versions import changes_of, differences_between, sheet_on, was_published
from targets.rules import Balance, Tiers
from targets.rules.parts import PartMethod
from targets.services import adjustments, parts, plans
from targets.services.metrics import add_builtin_metrics
from teams.queries import calendar_of
from tests.cast import join
from tests.targets.published import JUNE, MAY, NOW, TODAY, commits, key_of, publish_2026, table


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern), translation.override("en"), time_machine.travel(NOW):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(lantern):
    return publish_2026(lantern)


def ask(cast, plan, key, wanted, *, from_on=TODAY, balance=Balance.SIBLINGS, by=None, **also):
    proposed = propose_change(
        table(plan),
        key,
        wanted=wanted,
        from_on=from_on,
        balance=balance,
        with_below=True,
        calendar=calendar_of(Company.objects.get(pk=cast.lantern.pk)),
    )
    given = {"reason": "A big customer left", "about": "Asha", "now": NOW, "today": TODAY} | also
    return adjustments.request_adjustment(
        plan=plan, proposed=proposed, balance=balance, from_on=from_on, by=(by or cast.bela).user, **given
    )


def lock(plan, key):
    about = {"unit_id": int(key[1:])} if key.startswith("u") else {"person_id": int(key[1:].split("-")[0])}
    assert Target.objects.filter(plan=plan, **about).update(is_locked=True)


def approve(adjustment, by, **also):
    return adjustments.approve(adjustment=adjustment, now=NOW, today=TODAY, by=by.user, **also)


class TestFromADay:
    def test_mixes_the_month_of_the_day_by_working_days(self):
        before, after = (Tiers(80, 100, 120),) * 3, (Tiers(160, 200, 240),) * 3
        assert rules.from_day(before, after, position=1, part=Fraction(1, 4)) == (
            Tiers(80, 100, 120),
            Tiers(100, 125, 150),
            Tiers(160, 200, 240),
        )

    def test_never_turns_tiers_round(self):
        before, after = (Tiers(1, 1, 1),), (Tiers(0, 2, 2),)
        [mixed] = rules.from_day(before, after, position=0, part=Fraction(1, 2))
        assert mixed.floor <= mixed.commit <= mixed.stretch

    def test_changes_by_whole_rounding_units(self):
        before, after = (Tiers(800, 1000, 1234),), (Tiers(1600, 2000, 2400),)
        assert rules.from_day(before, after, position=0, part=Fraction(1, 3), rounding=100) == (Tiers(1100, 1400, 1734),)
        assert rules.from_day(before, after, position=0, part=Fraction(1), rounding=1000) == after

    def test_takes_the_smallest_unit_where_nothing_would_be_left(self):
        [mixed] = rules.from_day((Tiers(6, 6, 6),), (Tiers(0, 0, 0),), position=0, part=Fraction(9, 10), rounding=10)
        assert mixed == Tiers(1, 1, 1)


class TestWaiting:
    def waits(self, who, *, unit_ids, publishes=False):
        found = waiting_adjustments(unit_ids=unit_ids, publishes=publishes, besides=who.user)
        return [(each.plan, each.number) for each in found]

    def test_for_whoever_leads_the_level_and_did_not_ask(self, lantern, plan):
        asked = ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100})
        assert asked.level == lantern.east
        assert self.waits(lantern.amir, unit_ids={lantern.east.pk}) == [(plan, 1)]
        assert self.waits(lantern.amir, unit_ids=None) == [(plan, 1)]
        assert self.waits(lantern.amir, unit_ids={lantern.one.pk}) == []
        assert self.waits(lantern.bela, unit_ids=None) == []

    def test_for_who_leads_the_company_where_no_unit_decides(self, lantern, plan):
        Company.objects.filter(pk=lantern.lantern.pk).update(adjustment_approval=Approval.COMPANY)
        plan.refresh_from_db()
        ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100})
        assert self.waits(lantern.amir, unit_ids={lantern.root.pk}, publishes=True) == [(plan, 1)]
        assert self.waits(lantern.amir, unit_ids={lantern.root.pk}) == []
        assert self.waits(lantern.amir, unit_ids={lantern.east.pk}, publishes=True) == []


class TestAsking:
    def test_leaves_the_targets_until_it_is_approved(self, lantern, plan):
        key = key_of(lantern.asha, lantern.one)
        before = commits(plan, key)
        asked = ask(lantern, plan, key, {JUNE: 100})
        assert asked.status == Adjustment.Status.WAITING
        assert commits(plan, key) == before
        assert (asked.unit, asked.level) == (lantern.one, lantern.east)

    def test_is_made_once_however_often_it_is_sent(self, lantern, plan):
        ref = uuid4()
        first, second = (ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100}, client_ref=ref) for _ in range(2))
        assert first == second
        assert Adjustment.objects.count() == 1

    @pytest.mark.parametrize(
        ("also", "reason"),
        [({"reason": "  "}, "Say why"), ({"seen": "another"}, "Somebody else has changed")],
    )
    def test_says_what_is_wrong_and_keeps_nothing(self, lantern, plan, also, reason):
        with pytest.raises((adjustments.AdjustmentRefused, plans.PlanRefused), match=reason):
            ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100}, **also)
        assert not Adjustment.objects.exists()

    def test_refuses_what_changes_nothing(self, lantern, plan):
        key = key_of(lantern.asha, lantern.one)
        with pytest.raises(adjustments.AdjustmentRefused, match="Nothing would change"):
            ask(lantern, plan, key, {JUNE: commits(plan, key)[JUNE]})

    def test_refuses_a_closed_month(self, lantern, plan):
        Closing.objects.create(starts_on=date(2026, 1, 1), ends_before=date(2026, 5, 1))
        with pytest.raises(adjustments.AdjustmentRefused, match="Apr 2026 is closed"):
            ask(lantern, plan, key_of(lantern.asha, lantern.one), {3: 100}, from_on=date(2026, 4, 20))
        assert ask(lantern, plan, key_of(lantern.asha, lantern.one), {MAY: 100}).is_waiting

    def test_refuses_a_draft(self, lantern, plan):
        plans.withdraw(plan=plan, reason="wrong", by=lantern.amir.user)
        with pytest.raises(adjustments.AdjustmentRefused, match="Only a published plan"):
            ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100})


class TestBalance:
    def test_lets_the_others_take_it_up(self, lantern, plan):
        asha, ada = key_of(lantern.asha, lantern.one), key_of(lantern.ada, lantern.one)
        was = commits(plan, asha)[JUNE], commits(plan, ada)[JUNE]
        approve(ask(lantern, plan, asha, {JUNE: was[0] - 1000}), lantern.dora)
        assert (commits(plan, asha)[JUNE], commits(plan, ada)[JUNE]) == (was[0] - 1000, was[1] + 1000)
        assert not table(plan).sheet.gaps(unit_key(lantern.root.pk))

    def test_leaves_alone_whoever_is_locked(self, lantern, plan):
        asha, ada, bela = (key_of(person, lantern.one) for person in (lantern.asha, lantern.ada, lantern.bela))
        was = commits(plan, ada)
        lock(plan, ada)
        with pytest.raises(rules.CannotShare) as refused:
            ask(lantern, plan, asha, {JUNE: 0})
        assert (refused.value.code, commits(plan, bela)[JUNE]) == ("nobody_free", 0)
        with pytest.raises(rules.CannotShare) as refused:
            ask(lantern, plan, asha, {JUNE: 2 * commits(plan, asha)[JUNE]})
        assert refused.value.code == "too_little_free"
        one, before = unit_key(lantern.one.pk), commits(plan, asha)[JUNE]
        more = {JUNE: commits(plan, one)[JUNE] + 1000}
        approve(ask(lantern, plan, one, more, balance=Balance.DIFFERENCE, by=lantern.dora), lantern.amir)
        assert (commits(plan, ada), commits(plan, asha)[JUNE]) == (was, before + 1000)
        approve(ask(lantern, plan, ada, {JUNE: 100}, balance=Balance.DIFFERENCE), lantern.dora)
        assert commits(plan, ada)[JUNE] == 100  # what it is about is changed on purpose

    def test_lifts_no_unit_that_is_locked(self, lantern, plan):
        lock(plan, unit_key(lantern.east.pk))
        asha = key_of(lantern.asha, lantern.one)
        with pytest.raises(rules.CannotShare) as refused:
            ask(lantern, plan, asha, {JUNE: 0}, balance=Balance.PARENTS)
        assert (refused.value.code, refused.value.params["node"]) == ("locked", unit_key(lantern.east.pk))

    def test_lifts_the_units_above(self, lantern, plan):
        root, asha = unit_key(lantern.root.pk), key_of(lantern.asha, lantern.one)
        whole = sum(commits(plan, root))
        asked = ask(lantern, plan, asha, {JUNE: commits(plan, asha)[JUNE] + 500}, balance=Balance.PARENTS)
        assert asked.level is None
        approve(asked, lantern.amir)
        assert sum(commits(plan, root)) == whole + 500
        assert not table(plan).sheet.gaps(root)

    def test_leaves_a_difference_on_purpose(self, lantern, plan):
        asha = key_of(lantern.asha, lantern.one)
        approve(ask(lantern, plan, asha, {JUNE: commits(plan, asha)[JUNE] - 70}, balance=Balance.DIFFERENCE), lantern.dora)
        [missing] = {gap.missing for gap in table(plan).sheet.gaps(unit_key(lantern.root.pk)) if gap.tier == "commit"}
        assert missing == 70

    def test_takes_everybody_below_a_unit_along(self, lantern, plan):
        one = unit_key(lantern.one.pk)
        asked = ask(lantern, plan, one, {JUNE: 2 * commits(plan, one)[JUNE]}, balance=Balance.DIFFERENCE, by=lantern.dora)
        approve(asked, lantern.amir)
        after = table(plan)
        assert not [gap for gap in after.sheet.gaps(one) if gap.key == one]
        assert after.sheet.of(key_of(lantern.asha, lantern.one))[JUNE].commit * 2 == after.sheet.of(one)[JUNE].commit

    def test_says_when_the_others_have_too_little(self, lantern, plan):
        asha = key_of(lantern.asha, lantern.one)
        with pytest.raises(rules.CannotShare) as refused:
            ask(lantern, plan, asha, {JUNE: 10 * commits(plan, asha)[JUNE]})
        assert refused.value.code == "too_little"


class TestDeciding:
    def test_puts_it_in_force_as_a_step_with_its_day(self, lantern, plan):
        asha = key_of(lantern.asha, lantern.one)
        was = commits(plan, asha)
        Job.objects.all().delete()
        done = approve(ask(lantern, plan, asha, {MAY: 0, JUNE: 0}), lantern.dora, answer="Agreed")
        calendar = calendar_of(lantern.lantern)
        whole = calendar.working_day_count(Period(date(2026, 5, 1), date(2026, 6, 1)))
        gone = calendar.working_day_count(Period(date(2026, 5, 1), TODAY))
        assert commits(plan, asha)[:6] == [*was[:4], round(Fraction(was[MAY] * gone, whole)), 0]
        assert (done.status, done.answer, done.decided_by) == (Adjustment.Status.APPLIED, "Agreed", lantern.dora.user)
        assert done.step.verb == PlanStep.Verb.ADJUST
        assert done.step.inputs["from"] == "2026-05-18"
        assert Job.objects.filter(kind="targets.rollup").exists()

    def test_is_not_for_whoever_asked(self, lantern, plan):
        asked = ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 0}, by=lantern.dora)
        with pytest.raises(adjustments.AdjustmentRefused, match="Somebody else"):
            approve(asked, lantern.dora)
        assert Adjustment.objects.get().is_waiting

    def test_holds_at_once_for_an_admin_who_is_alone(self, lantern, plan):
        root = unit_key(lantern.root.pk)
        asked = ask(lantern, plan, root, {JUNE: 0}, balance=Balance.DIFFERENCE, by=lantern.amir)
        assert asked.status == Adjustment.Status.APPLIED
        join("zoe", Role.ADMIN, None)
        asked = ask(lantern, plan, root, {JUNE: 500}, balance=Balance.DIFFERENCE, by=lantern.amir)
        assert asked.is_waiting

    @pytest.mark.parametrize(
        ("setting", "status", "is_company"),
        [(Approval.NOBODY, "APPLIED", False), (Approval.COMPANY, "WAITING", True), (Approval.NEXT_LEVEL, "WAITING", False)],
    )
    def test_follows_the_companys_setting(self, lantern, plan, setting, status, is_company):
        Company.objects.filter(pk=lantern.lantern.pk).update(adjustment_approval=setting)
        plan.refresh_from_db()
        asked = ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100})
        assert (asked.status, asked.level is None) == (status, is_company)

    def test_happens_once(self, lantern, plan):
        asked = ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100})
        approve(asked, lantern.dora)
        steps = PlanStep.objects.count()
        for again in (
            lambda: approve(asked, lantern.dora),
            lambda: adjustments.decline(adjustment=asked, answer="no", now=NOW, by=lantern.dora.user),
            lambda: adjustments.take_back(adjustment=asked, now=NOW, by=lantern.bela.user),
        ):
            with pytest.raises(adjustments.AdjustmentRefused, match="decided"):
                again()
        assert PlanStep.objects.count() == steps

    def test_adds_up_with_another_that_came_between(self, lantern, plan):
        asha, ada = key_of(lantern.asha, lantern.one), key_of(lantern.ada, lantern.one)
        was = commits(plan, asha)[JUNE]
        first = ask(lantern, plan, asha, {JUNE: was - 100})
        second = ask(lantern, plan, ada, {JUNE: was - 30})
        approve(second, lantern.dora)
        approve(first, lantern.dora)
        assert (commits(plan, asha)[JUNE], commits(plan, ada)[JUNE]) == (was - 70, was + 70)

    def test_refuses_what_does_not_fit_any_more(self, lantern, plan):
        asha = key_of(lantern.asha, lantern.one)
        first, second = (ask(lantern, plan, asha, {JUNE: 0}) for _ in range(2))
        approve(first, lantern.dora)
        with pytest.raises(adjustments.AdjustmentRefused, match="does not fit"):
            approve(second, lantern.dora)
        assert Adjustment.objects.get(pk=second.pk).is_waiting

    def test_refuses_a_month_that_was_closed_meanwhile(self, lantern, plan):
        asked = ask(lantern, plan, key_of(lantern.asha, lantern.one), {MAY: 100})
        Closing.objects.create(starts_on=date(2026, 1, 1), ends_before=date(2026, 6, 1))
        with pytest.raises(adjustments.AdjustmentRefused, match="May 2026 is closed"):
            approve(asked, lantern.dora)

    def test_is_declined_with_a_reason_and_changes_nothing(self, lantern, plan):
        asked = ask(lantern, plan, key_of(lantern.asha, lantern.one), {JUNE: 100})
        with pytest.raises(adjustments.AdjustmentRefused, match="Say why"):
            adjustments.decline(adjustment=asked, answer=" ", now=NOW, by=lantern.dora.user)
        steps = PlanStep.objects.count()
        done = adjustments.decline(adjustment=asked, answer="Not now", now=NOW, by=lantern.dora.user)
        assert (done.status, PlanStep.objects.count()) == (Adjustment.Status.DECLINED, steps)


class TestDividedPlans:
    def test_take_their_product_lines_along(self, lantern, plan):
        by, line = lantern.amir.user, ProductLine.objects.create(name="Oak")
        plans.withdraw(plan=plan, reason="to divide it", by=by)
        parts.choose_parts(plan=plan, dimension="LINE", chosen=[(line.pk, None), (None, None)], by=by)
        weights = {part.pk: 1 for part in plan.parts.all()}
        parts.divide_parts(plan=plan, method=PartMethod.WEIGHTS, weights=weights, on=TODAY, by=by)
        plans.publish(plan=plan, now=NOW, by=by)
        asha = key_of(lantern.asha, lantern.one)
        approve(ask(lantern, plan, asha, {JUNE: commits(plan, asha)[JUNE] - 1000}), lantern.dora)
        found = divided(table(plan))
        assert found.gaps() == []
        assert sum(found.table.of(asha, part.pk)[JUNE].commit for part in found.parts) == commits(plan, asha)[JUNE]


class TestTheLevel:
    def test_is_the_unit_above_what_changes(self, lantern, plan):
        sheet = table(plan)
        asha, ben = key_of(lantern.asha, lantern.one), key_of(lantern.ben, lantern.two)
        assert level_of(sheet, [asha])[1] == lantern.east.pk
        assert level_of(sheet, [asha, ben])[1] == lantern.root.pk
        assert level_of(sheet, [unit_key(lantern.east.pk)])[1] is None
        assert level_of(sheet, [unit_key(lantern.root.pk)])[1] is None


class TestThePast:
    def test_shows_the_targets_as_they_stood_on_a_day(self, lantern, plan):
        asha = key_of(lantern.asha, lantern.one)
        was = commits(plan, asha)
        approve(ask(lantern, plan, asha, {JUNE: 0}), lantern.dora)
        assert [cell.commit for cell in sheet_on(plan, date(2026, 5, 17), company=plan.company).sheet.of(asha)] == was
        assert sheet_on(plan, TODAY, company=plan.company).sheet.of(asha)[JUNE].commit == 0
        assert not sheet_on(plan, date(2026, 1, 4), company=plan.company).sheet.cells

    def test_knows_whether_it_counted(self, lantern, plan):
        assert not was_published(plan, date(2026, 1, 4))
        assert was_published(plan, date(2026, 1, 5))
        plans.withdraw(plan=plan, reason="wrong", by=lantern.amir.user)
        plan.refresh_from_db()
        assert was_published(plan, date(2026, 5, 17))
        assert not was_published(plan, TODAY)

    def test_tells_every_change_of_a_row_with_its_reason(self, lantern, plan):
        asha = key_of(lantern.asha, lantern.one)
        was = commits(plan, asha)[JUNE]
        approve(ask(lantern, plan, asha, {JUNE: 0}), lantern.dora)
        latest, first = changes_of(plan, [asha])
        assert [(cell.month, cell.was, cell.becomes) for cell in latest.cells] == [(date(2026, 6, 1), was, 0)]
        assert latest.adjustment.reason == "A big customer left"
        assert first.step.verb == PlanStep.Verb.SPLIT
        assert [change.step for change in changes_of(plan, [asha], month=date(2026, 7, 1))] == [first.step]

    def test_tells_two_days_apart(self, lantern, plan):
        asha, ada = key_of(lantern.asha, lantern.one), key_of(lantern.ada, lantern.one)
        approve(ask(lantern, plan, asha, {JUNE: 0}), lantern.dora)
        earlier, later = (sheet_on(plan, day, company=plan.company) for day in (date(2026, 5, 17), TODAY))
        rows = differences_between(earlier, later, tier="commit", tops=[later.root])
        assert {row.node.key for row in rows} == {asha, ada}
        assert sum(row.difference for row in rows) == 0
