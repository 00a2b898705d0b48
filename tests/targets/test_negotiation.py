"""Talking about targets: frozen numbers, signed pledges, counters, answers, deadlines."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.models import AuditEntry, Company
from common.periods import Period, months_in
from common.tenancy import company_scope
from targets.models import Metric, NegotiationMove, NegotiationRound, Plan, PlanStep, Pledge
from targets.queries import negotiation as queries
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.services import answering, negotiation, plans, reminding, splits
from targets.services.blocks import set_locks
from targets.services.metrics import add_builtin_metrics
from teams.services import transfer

YEAR = Period(date(2027, 1, 1), date(2028, 1, 1))
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
DUE = TODAY + timedelta(days=7)
YUAN = 100
REASON = "Two of my shops close in spring"


@pytest.fixture
def world(cast):
    """The company's scope, with next year's revenue of 1.2 million split equally: 300,000 each for Asha and Ada, 600,000 for Ben."""
    with company_scope(cast.lantern):
        add_builtin_metrics()
        plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=YUAN, by=cast.amir.user)
        splits.set_year(plan=plan, tiers=1_200_000 * YUAN, method="EQUAL", on=TODAY, by=cast.amir.user)
        splits.split_down(plan=plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=TODAY, by=cast.amir.user)
        cast.plan = plan
        yield cast


def propose(world, unit=None, *, by=None, **given):
    given = {"answer_by": DUE, "now": NOW, "today": TODAY} | given
    return negotiation.propose(plan=world.plan, unit=unit or world.root, by=(by or world.amir).user, **given)


def round_of(world, member):
    return NegotiationRound.objects.live().select_related("plan__metric", "person", "unit").get(person=member.person)


def accept(world, member, **given):
    given = {"signed_name": member.person.name, "wording": "I pledge", "now": NOW} | given
    return negotiation.accept(round=round_of(world, member), by=member.user, **given)


def counter(world, member, **given):
    given = {"year": 200_000 * YUAN, "reason": REASON, "now": NOW} | given
    return negotiation.counter(round=round_of(world, member), by=member.user, **given)


def answered(world, verb, member, **given):
    given = {"answer_by": DUE, "now": NOW, "today": TODAY, "by": world.bela.user} | given
    return verb(round=round_of(world, member), **given)


def sheet(world):
    plan = Plan.objects.select_related("metric", "company").get(pk=world.plan.pk)
    return sheet_of(plan, company=plan.company)


def state(world, member, unit, *, on=TODAY):
    return queries.talks_of(sheet(world), on=on)[person_key(member.person.pk, unit.pk)].state


def change_a_cell(world, member, unit, amount=1_000 * YUAN):
    months = months_in(YEAR)
    key = person_key(member.person.pk, unit.pk)
    splits.set_cell(plan=world.plan, key=key, period=months[0], tier="commit", amount=amount, by=world.amir.user)


def refused(code, act, *given, **named):
    with pytest.raises((negotiation.TalkRefused, plans.PlanRefused)) as caught:
        act(*given, **named)
    assert caught.value.code == code


class TestProposing:
    def test_freezes_everybodys_year(self, world):
        assert propose(world) == negotiation.Proposed(asked=3, unchanged=0)
        found = round_of(world, world.asha)
        assert found.commit == 300_000 * YUAN
        assert len(found.figures[person_key(world.asha.person.pk, world.one.pk)]) == 12
        assert found.unit == world.one

    def test_leaves_in_peace_who_was_asked_for_the_same(self, world):
        propose(world, world.one)
        assert propose(world) == negotiation.Proposed(asked=1, unchanged=2)
        assert NegotiationRound.objects.filter(person=world.asha.person).count() == 1

    def test_begins_a_new_round_for_other_numbers_and_keeps_the_old(self, world):
        propose(world)
        before = round_of(world, world.asha)
        change_a_cell(world, world.asha, world.one)
        assert state(world, world.asha, world.one) == "CHANGED"
        assert propose(world) == negotiation.Proposed(asked=1, unchanged=2)
        before.refresh_from_db()
        assert (before.status, before.commit) == ("REPLACED", 300_000 * YUAN)
        assert (round_of(world, world.asha).number, state(world, world.asha, world.one)) == (2, "PROPOSED")

    def test_twice_with_one_reference_is_once(self, world):
        ref = uuid4()
        assert propose(world, client_ref=ref).asked == propose(world, client_ref=ref).asked == 3

    def test_is_not_for_oneself(self, world):
        transfer(person=world.bela.person, unit=world.one, role="REP", from_day=date(2026, 1, 1), by=None)
        splits.split_down(plan=world.plan, unit=world.one, method="EQUAL", on=TODAY, by=world.amir.user)
        propose(world, world.one, by=world.bela)
        assert not NegotiationRound.objects.filter(person=world.bela.person).exists()

    @pytest.mark.parametrize(("days", "code"), [(-1, "past"), (400, "too_far")])
    def test_wants_a_day_within_reach(self, world, days, code):
        refused(code, propose, world, answer_by=TODAY + timedelta(days=days))
        assert not NegotiationRound.objects.exists()

    def test_needs_somebody_with_a_target(self, world):
        refused("nobody", propose, world, world.west)

    def test_is_over_once_the_plan_is_published(self, world):
        plans.publish(plan=world.plan, now=NOW, by=world.amir.user)
        refused("published", propose, world)


class TestAccepting:
    def test_is_signed_with_the_numbers(self, world):
        propose(world)
        pledge = accept(world, world.asha, signed_name=" asha ")
        assert sum(commit for _floor, commit, _stretch in pledge.months) == 300_000 * YUAN
        assert state(world, world.asha, world.one) == "ACCEPTED"
        assert AuditEntry.objects.filter(action="targets.negotiationround.accepted", by=world.asha.user).exists()

    def test_twice_gives_the_same_pledge(self, world):
        propose(world)
        found = round_of(world, world.asha)
        assert accept(world, world.asha) == accept(world, world.asha) == Pledge.objects.get(round=found)

    def test_wants_ones_own_name(self, world):
        propose(world)
        refused("not_your_name", accept, world, world.asha, signed_name="Ada")
        assert round_of(world, world.asha).status == "PROPOSED"

    def test_never_covers_other_numbers(self, world):
        propose(world)
        change_a_cell(world, world.asha, world.one)
        refused("changed", accept, world, world.asha)

    def test_falls_behind_when_the_numbers_change_and_comes_back_with_them(self, world):
        propose(world)
        accept(world, world.asha)
        change_a_cell(world, world.asha, world.one)
        assert state(world, world.asha, world.one) == "CHANGED"
        splits.undo(plan=world.plan, by=world.amir.user)
        assert state(world, world.asha, world.one) == "ACCEPTED"

    def test_is_possible_after_a_refusal_of_the_counter(self, world):
        propose(world)
        counter(world, world.asha)
        answering.hold(round=round_of(world, world.asha), reason=REASON, now=NOW, by=world.bela.user)
        accept(world, world.asha)
        assert round_of(world, world.asha).status == "ACCEPTED"


class TestCountering:
    def test_keeps_amount_and_reason_and_changes_no_target(self, world):
        propose(world)
        counter(world, world.asha)
        found = round_of(world, world.asha)
        assert (found.status, found.offered, found.offered_quarters) == ("COUNTERED", 200_000 * YUAN, None)
        assert queries.counters_of([found.pk]) == {found.pk: REASON}
        assert sheet(world).sheet.year_of(person_key(world.asha.person.pk, world.one.pk)).commit == 300_000 * YUAN

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"reason": "too much"}, "short_reason"),
            ({"year": 300_000 * YUAN}, "same_amount"),
            ({"year": 0}, "no_amount"),
            ({"year": 10**16}, "too_large"),
            ({"year": None, "quarters": [75_000 * YUAN] * 4}, "same_amount"),
        ],
    )
    def test_refuses_what_says_nothing(self, world, given, code):
        propose(world)
        refused(code, counter, world, world.asha, **given)
        assert round_of(world, world.asha).status == "PROPOSED"

    def test_may_move_amounts_between_quarters(self, world):
        propose(world)
        counter(world, world.asha, year=None, quarters=[60_000 * YUAN, 70_000 * YUAN, 80_000 * YUAN, 90_000 * YUAN])
        answered(world, answering.adopt, world.asha)
        cells = sheet(world).sheet.of(person_key(world.asha.person.pk, world.one.pk))
        assert [sum(cell.commit for cell in cells[i : i + 3]) // YUAN for i in (0, 3, 6, 9)] == [60_000, 70_000, 80_000, 90_000]

    def test_is_over_once_the_plan_is_published(self, world):
        propose(world)
        plans.publish(plan=world.plan, now=NOW, by=world.amir.user)
        refused("published", counter, world, world.asha)


class TestAnswering:
    def test_adopting_changes_the_cells_in_one_step_and_says_what_is_missing(self, world):
        propose(world)
        counter(world, world.asha)
        done = answered(world, answering.adopt, world.asha)
        assert done.missing == 100_000 * YUAN
        assert (done.round.number, done.round.status, done.round.commit) == (2, "PROPOSED", 200_000 * YUAN)
        step = PlanStep.objects.latest("pk")
        assert (list(step.after), step.inputs["talk"]) == ([person_key(world.asha.person.pk, world.one.pk)], "ADOPT")
        assert state(world, world.asha, world.one) == "PROPOSED"

    def test_locked_months_keep_theirs_and_the_others_take_the_rest(self, world):
        key = person_key(world.asha.person.pk, world.one.pk)
        set_locks(plan=world.plan, cells={key: [months_in(YEAR)[0]]}, is_locked=True, by=world.amir.user)
        propose(world)
        counter(world, world.asha)
        answered(world, answering.adopt, world.asha)
        cells = sheet(world).sheet.of(key)
        assert (cells[0].commit, sum(cell.commit for cell in cells)) == (25_000 * YUAN, 200_000 * YUAN)

    def test_what_was_adopted_still_has_to_be_signed(self, world):
        propose(world)
        counter(world, world.asha)
        answered(world, answering.adopt, world.asha)
        assert [talk.node.name for talk in queries.not_accepted(sheet(world), on=TODAY)] == ["Ada", "Asha", "Ben"]
        accept(world, world.asha)
        assert [talk.node.name for talk in queries.not_accepted(sheet(world), on=TODAY)] == ["Ada", "Ben"]

    def test_adopting_twice_with_one_reference_is_once(self, world):
        propose(world)
        counter(world, world.asha)
        found, ref = round_of(world, world.asha), uuid4()
        for _press in range(2):
            given = {"answer_by": DUE, "client_ref": ref, "now": NOW, "today": TODAY, "by": world.bela.user}
            done = answering.adopt(round=found, **given)
            assert (done.round.number, done.missing) == (2, 100_000 * YUAN)
        assert PlanStep.objects.filter(inputs__talk="ADOPT").count() == 1

    def test_another_amount_is_a_new_round(self, world):
        propose(world)
        counter(world, world.asha)
        done = answered(world, answering.offer, world.asha, amount=250_000 * YUAN, reason="Let us meet")
        assert (done.round.commit, done.missing) == (250_000 * YUAN, 50_000 * YUAN)

    def test_a_counter_to_numbers_that_changed_is_not_adopted(self, world):
        propose(world)
        counter(world, world.asha)
        change_a_cell(world, world.asha, world.one)
        refused("changed", answered, world, answering.adopt, world.asha)

    def test_there_has_to_be_a_counter(self, world):
        propose(world)
        refused("no_counter", answered, world, answering.adopt, world.asha)

    def test_nobody_answers_themselves(self, world):
        propose(world)
        counter(world, world.asha)
        refused("oneself", answered, world, answering.adopt, world.asha, by=world.asha.user)

    def test_rounded_to_nothing_is_refused(self, world):
        propose(world)
        refused("no_difference", answered, world, answering.offer, world.asha, amount=300_000 * YUAN)

    def test_a_proposal_can_be_taken_back_and_made_anew(self, world):
        propose(world)
        answering.take_back(round=round_of(world, world.asha), reason="", now=NOW, by=world.bela.user)
        assert state(world, world.asha, world.one) == "NOT_ASKED"
        assert propose(world).asked == 1
        assert round_of(world, world.asha).number == 2


class TestSideBySide:
    def test_adds_up_from_above_and_below_up_the_tree(self, world):
        propose(world)
        accept(world, world.ada)
        counter(world, world.asha)
        table = sheet(world)
        tallies = queries.tallies_of(table, queries.talks_of(table, on=TODAY))
        one, root = tallies[unit_key(world.one.pk)], tallies[unit_key(world.root.pk)]
        assert (one.asked, one.offered, one.open, one.difference) == tuple(
            amount * YUAN for amount in (600_000, 500_000, 0, -100_000)
        )
        assert (root.people, root.accepted, root.countered, root.unanswered) == (3, 1, 1, 1)
        assert root.difference == -100_000 * YUAN

    def test_the_range_among_peers_needs_four_of_them(self, world):
        propose(world)
        assert "peers" not in round_of(world, world.asha).basis


class TestDeadlines:
    def test_passing_is_noted_once_for_each_deadline(self, world):
        propose(world)
        later = DUE + timedelta(days=1)
        assert state(world, world.asha, world.one, on=later) == "OVERDUE"
        assert [reminding.mark_overdue(today=later, now=NOW, by=None) for _run in range(2)] == [3, 0]
        moved = {"unit": world.root, "unit_ids": [world.one.pk, world.two.pk], "now": NOW, "by": world.amir.user}
        reminding.move_deadline(plan=world.plan, answer_by=DUE + timedelta(days=5), today=later, **moved)
        assert state(world, world.asha, world.one, on=later) == "PROPOSED"
        assert reminding.mark_overdue(today=DUE + timedelta(days=6), now=NOW, by=None) == 3

    def test_a_reminder_is_sent_once_a_day_to_who_has_not_answered(self, world):
        propose(world)
        accept(world, world.ada)
        given = {"plan": world.plan, "unit": world.one, "unit_ids": [world.one.pk], "now": NOW, "by": world.bela.user}
        assert [reminding.remind(today=day, **given) for day in (TODAY, TODAY, TODAY + timedelta(days=1))] == [1, 0, 1]
        [asked] = queries.waiting_for(world.asha.person, on=TODAY)
        assert (asked.days_left, asked.is_reminded, asked.is_overdue) == (7, True, False)

    def test_the_leader_sees_what_waits(self, world):
        propose(world)
        counter(world, world.asha)
        [waiting] = queries.waiting_by_plan(unit_ids=[world.one.pk], besides=world.bela.person, on=DUE + timedelta(days=1))
        assert (waiting.countered, waiting.unanswered, waiting.overdue) == (1, 1, 1)


class TestPublishing:
    def test_goes_on_without_acceptance_unless_the_company_wants_it(self, world):
        propose(world)
        Company.objects.filter(pk=world.lantern.pk).update(targets_need_acceptance=True)
        world.plan.refresh_from_db()
        refused("not_accepted", plans.publish, plan=world.plan, now=NOW, by=world.amir.user)
        for member in (world.asha, world.ada, world.ben):
            accept(world, member)
        assert plans.publish(plan=world.plan, now=NOW, by=world.amir.user).status == "PUBLISHED"

    def test_history_tells_every_move(self, world):
        propose(world)
        counter(world, world.asha)
        answered(world, answering.adopt, world.asha)
        rounds = queries.rounds_with(world.asha.person, plan=world.plan)
        kinds = [move.kind for move in queries.moves_of(rounds)]
        assert kinds == ["PROPOSE", "ADOPT", "COUNTER", "PROPOSE"]
        assert NegotiationMove.objects.filter(round__in=rounds, made_by=world.asha.user).count() == 1
