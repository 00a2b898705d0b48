"""Several people at pay at once, or one who presses twice: money is made, posted and paid once."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from accounts.models import AuditEntry
from common.periods import Period, month_of
from common.tenancy import company_scope
from credits import services as credits
from incentives.models import (
    Award,
    Contest,
    ContestResult,
    Dispute,
    DisputeMessage,
    Nomination,
    PayAdjustment,
    PayEntry,
    PayExport,
    Payout,
    PayPlan,
    Praise,
    RuleCase,
)
from incentives.queries import contests as contest_queries
from incentives.rules.honours import AwardKind
from incentives.rules.terms import Status
from incentives.services import (
    calculating,
    contest_results,
    contests,
    corrections,
    disputes,
    honours,
    payouts,
    penalties,
    plans,
    recognition,
)
from incentives.services import statements as services
from targets import rollups
from targets.services.metrics import add_builtin_metrics
from teams.queries import calendar_of
from tests.cast import make_cast
from tests.credits.stories import make_deal, make_product
from tests.incentives.paying import MARCH, lines_of, make_component, make_version, pay, sell
from tests.incentives.payslips import NOW, TODAY, bring, draft, published
from tests.incentives.test_contests import wanted
from tests.incentives.test_penalties import publish as publish_rule
from tests.together import at_once

LATER = datetime(2040, 1, 1, tzinfo=UTC)  # later than the clock of any test, so that everything is known


@pytest.fixture
def stage(committed):
    return make_cast()


def inside(cast):
    return company_scope(cast.lantern)


class TestPayingOut:
    def test_at_once_never_pays_more_than_is_due(self, stage):
        with inside(stage):
            statement = published(stage.asha.person, stage.one)
        given = {"statement": statement, "amount": 186_000, "paid_on": TODAY, "today": TODAY, "by": None}
        many = {"statements": [statement.pk], "paid_on": TODAY, "today": TODAY, "by": None}
        answers = at_once(stage.lantern, *[lambda: bool(payouts.pay_out(**given))] * 2, lambda: payouts.pay_all(**many) > 0)
        assert answers.count(True) == 1
        assert set(answers) <= {True, False, "too_much"}
        with inside(stage):
            statement.refresh_from_db()
            assert (statement.paid, sum(Payout.objects.values_list("amount", flat=True))) == (186_000, 186_000)

    def test_pressed_twice_is_one_payment_of_a_part(self, stage):
        with inside(stage):
            statement = published(stage.asha.person, stage.one)
        given = {"statement": statement, "amount": 50_000, "paid_on": TODAY, "today": TODAY, "client_ref": uuid4(), "by": None}
        one, two = at_once(stage.lantern, *[lambda: payouts.pay_out(**given)] * 2)
        assert one == two
        with inside(stage):
            assert Payout.objects.get().amount == 50_000

    def test_taken_back_twice_comes_back_once(self, stage):
        with inside(stage):
            statement = published(stage.asha.person, stage.one)
            paid = payouts.pay_out(statement=statement, amount=186_000, paid_on=TODAY, today=TODAY, by=None)
        one, two = at_once(stage.lantern, *[lambda: payouts.take_back(payout=paid, paid_on=TODAY, today=TODAY, by=None)] * 2)
        assert one == two
        with inside(stage):
            statement.refresh_from_db()
            assert statement.paid == 0


class TestPublishing:
    def test_by_several_posts_every_line_once(self, stage):
        with inside(stage):
            statement = bring(draft(stage.asha.person, stage.one), Status.CHECKED)
        publish = {"statements": [statement.pk], "now": NOW, "by": None}
        answers = at_once(stage.lantern, *[lambda: services.publish(**publish).done] * 3)
        assert sorted(answers) == [0, 0, 1]
        with inside(stage):
            assert list(PayEntry.objects.values_list("amount", flat=True)) == [186_000]

    def test_while_it_is_sent_back_one_of_both_happens(self, stage):
        with inside(stage):
            statement = bring(draft(stage.asha.person, stage.one), Status.CHECKED)
        published_, sent = at_once(
            stage.lantern,
            lambda: services.publish(statements=[statement.pk], now=NOW, by=None).done,
            lambda: services.send_back(statement=statement, reason="Look again", decider=None, now=NOW, by=None).status,
        )
        with inside(stage):
            statement.refresh_from_db()
            is_posted = PayEntry.objects.exists()
        assert (published_, sent, statement.status, is_posted) in {
            (1, "sealed", Status.PUBLISHED, True),
            (0, Status.DRAFT, Status.DRAFT, False),
        }

    def test_while_a_correction_comes_loses_no_amount(self, stage):
        with inside(stage):
            statement = bring(draft(stage.asha.person, stage.one), Status.CHECKED)
        given = {"person": stage.asha.person, "month": MARCH.starts_on, "amount": 700_00, "reason": "Fair", "decider": None}
        published_, corrected = at_once(
            stage.lantern,
            lambda: services.publish(statements=[statement.pk], now=NOW, by=None),
            lambda: corrections.correct(**given, by=stage.hana.user).amount,
        )
        with inside(stage):
            statement.refresh_from_db()
            # Either it came too late for the month and says so, or what it changes is not published unseen.
            assert (corrected, published_.done, statement.is_stale) in {
                ("sealed", 1, False),
                (700_00, 0, True),
                (700_00, 1, False),
            }
            if corrected != "sealed" and published_.done:
                later = pay(Period(date(2026, 4, 1), date(2026, 5, 1)), by=stage.hana.user, now=LATER)
                assert later[stage.asha.person.pk].total >= 700_00

    def test_by_an_approval_and_a_calculation_leaves_lines_that_add_up(self, stage):
        with inside(stage):
            asha = stage.asha.person
            make_component(make_version(), (0, None, 3))
            sell(asha, 1000)
            statement = pay(by=stage.hana.user)[asha.pk]
            sell(asha, 500)
        at_once(
            stage.lantern,
            lambda: services.approve(statements=[statement.pk], decider=stage.bela.person, now=NOW, by=stage.bela.user).done,
            lambda: calculating.calculate(month=MARCH, now=NOW, by=stage.hana.user).written,
        )
        with inside(stage):
            statement.refresh_from_db()
            assert sum(amount for _kind, amount in lines_of(asha)) == statement.total
            assert statement.status == Status.APPROVED
            assert statement.total == 45_00 or statement.is_stale


class TestPressedTwice:
    def twice(self, cast, act):
        one, two = at_once(cast.lantern, act, act)
        assert one == two
        return one

    def test_a_correction_is_one(self, stage):
        given = {
            "person": stage.asha.person, "month": TODAY, "amount": 5_000, "reason": "Fair", "client_ref": uuid4(),
            "decider": None, "by": stage.hana.user,
        }  # fmt: skip
        self.twice(stage, lambda: corrections.correct(**given))
        with inside(stage):
            assert PayAdjustment.objects.get().amount == 5_000
            assert AuditEntry.objects.filter(action="incentives.payadjustment.made").count() == 1

    def test_a_question_and_an_answer_are_said_once(self, stage):
        with inside(stage):
            line = published(stage.asha.person, stage.one).lines.get()
        ask = {"line": line, "person": stage.asha.person, "text": "?", "now": NOW, "today": TODAY, "client_ref": uuid4()}
        dispute = self.twice(stage, lambda: disputes.ask(**ask, by=stage.asha.user))
        answer = {"dispute": dispute, "text": "Looking", "now": NOW, "client_ref": uuid4(), "by": stage.bela.user}
        self.twice(stage, lambda: disputes.answer(**answer))
        with inside(stage):
            assert (Dispute.objects.count(), DisputeMessage.objects.count()) == (1, 2)

    def test_a_question_settled_by_two_grants_once(self, stage):
        about = {"now": NOW, "today": TODAY}
        with inside(stage):
            line = published(stage.asha.person, stage.one).lines.get()
            dispute = disputes.ask(line=line, person=stage.asha.person, text="?", by=stage.asha.user, **about)

        def settle(who):
            given = {"grants": 5_000, "text": "Right", "decider": who.person, "by": who.user}
            return lambda: disputes.settle(dispute=dispute, **given, **about).status

        assert sorted(at_once(stage.lantern, settle(stage.bela), settle(stage.hana))) == ["GRANTED", "settled"]
        with inside(stage):
            assert PayAdjustment.objects.get().amount == 5_000

    def test_the_payroll_is_kept_once(self, stage):
        given = {
            "period": MARCH, "file_name": "m.xlsx", "content": b"x", "people": 1, "total": 1, "client_ref": uuid4(),
            "by": stage.hana.user,
        }  # fmt: skip
        self.twice(stage, lambda: payouts.keep_payroll(**given))
        with inside(stage):
            assert PayExport.objects.count() == 1

    def test_a_plan_is_one(self, stage):
        given = {"name": "Reps", "starts_on": date(2026, 1, 1), "client_ref": uuid4(), "by": stage.hana.user}
        self.twice(stage, lambda: plans.start_plan(**given))
        with inside(stage):
            assert PayPlan.objects.count() == 1

    def test_praise_and_a_nomination_are_one(self, stage):
        given = {"to": stage.asha.person, "giver": stage.ada.person, "text": "Fine", "given_on": TODAY, "client_ref": uuid4()}
        self.twice(stage, lambda: recognition.praise(**given, by=stage.ada.user))
        quarter = Period(date(2026, 1, 1), date(2026, 4, 1))
        put_forward = {
            "kind": AwardKind.SERVICE, "quarter": quarter, "person": stage.asha.person, "nominator": stage.ada.person,
            "reason": "Kind", "on": date(2026, 4, 2), "first_month": 1, "client_ref": uuid4(), "by": stage.ada.user,
        }  # fmt: skip
        self.twice(stage, lambda: honours.nominate(**put_forward))
        with inside(stage):
            assert (Praise.objects.count(), Nomination.objects.count()) == (1, 1)

    def test_an_award_is_given_once(self, stage):
        given = {
            "kind": AwardKind.BEST_SELLER, "period": month_of(MARCH.starts_on), "winner": stage.asha.person, "reason": "First",
            "on": TODAY, "prize": 100, "by": stage.hana.user,
        }  # fmt: skip
        answers = at_once(stage.lantern, *[lambda: honours.give_award(**given).prize] * 2)
        assert sorted(map(str, answers)) == ["10000", "given"]
        with inside(stage):
            assert Award.objects.get().prizes.count() == 1


class TestContests:
    @pytest.fixture
    def contest(self, stage):
        with inside(stage):
            add_builtin_metrics()
            contest = contests.draft_contest(wanted=wanted(stage.one), by=stage.bela.user)
            contests.announce_contest(contest=contest, on=date(2026, 3, 1), now=NOW, by=stage.bela.user)
            for member, amount in ((stage.asha, 900), (stage.ada, 500)):
                make_deal(member.person, lines=[(make_product(), 1, amount, 0)], closed_on=date(2026, 3, 18))
            credits.post_all()
            rollups.refresh_everything()
        return contest

    def test_pressed_twice_is_one_draft(self, stage):
        with inside(stage):
            add_builtin_metrics()
            asked = wanted(stage.one)
        given = {"wanted": asked, "client_ref": uuid4(), "by": stage.bela.user}
        one, two = at_once(stage.lantern, *[lambda: contests.draft_contest(**given)] * 2)
        assert one == two
        with inside(stage):
            assert Contest.objects.get().prizes.count() == 2

    def test_fixed_and_awarded_by_two_pays_each_prize_once(self, stage, contest):
        on = date(2026, 4, 1)
        fix = {"contest": contest, "on": on, "now": LATER, "by": stage.bela.user}
        at_once(stage.lantern, *[lambda: contest_results.freeze_contest(**fix)] * 2)
        at_once(
            stage.lantern,
            *[lambda: contest_results.award_contest(contest=contest, on=on, by=stage.bela.user)] * 2,
        )
        with inside(stage):
            assert list(ContestResult.objects.order_by("position").values_list("prize", flat=True)) == [100_000, 40_000]
            assert AuditEntry.objects.filter(action="incentives.contest.awarded").count() == 1
            due = contest_queries.prizes_due(Period(date(2026, 4, 1), date(2026, 5, 1)))
            assert sorted(prize.amount_minor for prize in due) == [40_000, 100_000]

    def test_a_return_is_ranked_anew_once(self, stage, contest):
        on = date(2026, 4, 1)
        with inside(stage):
            contest_results.freeze_contest(contest=contest, on=on, now=LATER, by=None)
            make_deal(stage.ada.person, lines=[(make_product(), 1, 800, 0)], closed_on=date(2026, 3, 19))
            credits.post_all()
        given = {"contest": contest, "reason": "Entered late", "on": on, "now": LATER, "by": stage.bela.user}
        answers = at_once(stage.lantern, *[lambda: contest_results.rerank_contest(**given).number] * 2)
        assert sorted(map(str, answers)) == ["1", "nothing_changed"]


class TestCases:
    def test_proposed_at_night_and_opened_by_hand_for_the_same_is_one(self, stage):
        with inside(stage):
            rule = publish_rule(stage).rule
            calendar = calendar_of(stage.lantern)

        def open_one():
            given = {"happened_on": date(2026, 10, 20), "account": "So", "opener": stage.bela.person, "by": stage.bela.user}
            penalties.open_case(rule=rule, person=stage.asha.person, on=date(2026, 11, 3), **given)
            return "opened"

        def propose():
            return f"proposed {penalties.propose_cases(on=date(2026, 11, 3), calendar=calendar)}"

        answers = sorted(at_once(stage.lantern, propose, propose, open_one, then_rests=1))
        assert answers in (["opened", "proposed 0", "proposed 0"], ["proposed 0", "proposed 1", "there"])
        with inside(stage):
            assert RuleCase.objects.count() == 1

    def test_decided_by_two_is_decided_once(self, stage):
        with inside(stage):
            publish_rule(stage)
            penalties.propose_cases(on=date(2026, 11, 3), calendar=calendar_of(stage.lantern))
            case = RuleCase.objects.get()

        def decide(who, is_confirmed):
            given = {"reason": "So", "decider": who.person, "on": date(2026, 11, 4), "by": who.user}
            return lambda: penalties.decide_case(case=case, is_confirmed=is_confirmed, **given).status

        answers = at_once(stage.lantern, decide(stage.bela, True), decide(stage.hana, False))
        assert sorted(answers)[1] == "decided"
        with inside(stage):
            case.refresh_from_db()
            assert case.status == sorted(answers)[0]
