"""Team rules: published beforehand, known before they count, proposed from the records, decided by people, open to appeal."""

from datetime import date, timedelta

import pytest

from common.periods import month_of
from common.tenancy import company_scope
from customers.models import Customer
from deals import services as deals
from incentives.models import CaseEvidence, RuleAcknowledgement, RuleCase, RuleVersion, Statement
from incentives.queries import penalties as queries
from incentives.rules.penalties import counts_from
from incentives.services import penalties as services
from incentives.services.penalties import RuleRefused
from teams import services as teams
from teams.models import Task
from teams.queries import calendar_of, sight_of
from tests.incentives.paying import lines_of, make_component, make_version, pay, sell
from visits.models import Visit

TODAY, OCTOBER, NOVEMBER, DECEMBER = date(2026, 11, 3), *(month_of(date(2026, month, 1)) for month in (10, 11, 12))
DAY = timedelta(days=1)
#: Working days of October 2026: the national holiday ends on the 7th, the 10th is worked for it.
WORKED = [OCTOBER.starts_on + n * DAY for n in range(31)]


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        cast.calendar = calendar_of(cast.lantern)
        cast.days = [day for day in WORKED if cast.calendar.is_working(day)]
        yield cast


def publish(cast, *, holds_from=date(2026, 9, 1), read_by=("asha",), read_on=date(2026, 8, 20), **changes):
    said = {
        "title": "One visit a day", "text": "Be out there", "effect": "PENALTY", "applies_to": "REPS", "trigger": "IDLE_DAYS",
        "threshold": 3, "amount": 100_00, "consequence": "A talk", "by": cast.hana.user,
    }  # fmt: skip
    version = services.write_rule(**said | changes)
    version = services.publish_rule(version=version, holds_from=holds_from, on=date(2026, 8, 1), by=cast.hana.user)
    for who in read_by:
        services.acknowledge(version=version, person=getattr(cast, who).person, on=read_on, by=getattr(cast, who).user)
    return version


def propose(cast, on=TODAY):
    return services.propose_cases(on=on, calendar=cast.calendar)


def visit(cast, days, *, who="asha", kind="FOLLOW_UP", customer=None):
    person = getattr(cast, who).person
    customer = customer or Customer.objects.get_or_create(name=f"{who}'s", owner=person)[0]
    Visit.objects.bulk_create(Visit(person=person, customer=customer, visited_on=day, kind=kind) for day in days)


def refused(code, act, **given):
    with pytest.raises(RuleRefused) as found:
        act(**given)
    assert found.value.code == code


@pytest.mark.parametrize(
    ("holds_from", "acknowledged_on", "first"),
    [
        (date(2026, 9, 1), date(2026, 8, 20), date(2026, 10, 1)),
        (date(2026, 10, 15), date(2026, 8, 20), date(2026, 10, 15)),
        (date(2026, 9, 1), date(2026, 10, 20), date(2026, 10, 21)),
        (date(2026, 9, 1), date(2026, 10, 31), None),
        (date(2026, 11, 1), date(2026, 8, 20), None),
        (date(2026, 9, 1), None, None),
    ],
)
def test_a_rule_counts_from_the_day_after_it_was_known(holds_from, acknowledged_on, first):
    assert counts_from(OCTOBER, holds_from=holds_from, acknowledged_on=acknowledged_on) == first


class TestPublishing:
    def test_a_rule_holds_from_a_later_day_only(self, lantern):
        version = services.write_rule(
            title="T", text="x", effect="PENALTY", applies_to="REPS", consequence="y", by=lantern.hana.user
        )
        refused("not_beforehand", services.publish_rule, version=version, holds_from=TODAY, on=TODAY, by=lantern.hana.user)
        assert RuleVersion.objects.get().holds_from is None

    def test_what_was_published_stays_and_a_new_version_follows_it(self, lantern):
        first = publish(lantern)
        again = {"applies_to": "REPS", "effect": "PENALTY", "text": "x", "consequence": "y", "by": lantern.hana.user}
        second = services.write_rule(rule=first.rule, title="Two visits a day", **again)
        assert (first.number, second.number) == (1, 2)
        publishing = {"version": second, "on": TODAY, "by": lantern.hana.user}
        services.publish_rule(holds_from=DECEMBER.starts_on, **publishing)
        held = [queries.versions_in_force(day).get().title for day in (TODAY, DECEMBER.starts_on)]
        assert held == ["One visit a day", "Two visits a day"]
        refused("published", services.publish_rule, holds_from=DECEMBER.last_day, **publishing)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"threshold": None}, "no_threshold"),
            ({"effect": "REWARD"}, "only_rewarded"),
            ({"trigger": "VISITS"}, "not_rewarded"),
        ],
    )
    def test_refuses_a_trigger_that_does_not_fit(self, lantern, changes, code):
        refused(code, publish, cast=lantern, **changes)
        assert not RuleVersion.objects.exists()

    def test_it_is_known_who_has_not_read_it(self, lantern):
        version = publish(lantern)
        sight = sight_of(membership=lantern.bela.membership, on=TODAY)
        readers = queries.readers_of(version, sight=sight, on=TODAY)
        assert (readers.done, readers.of, [name for _pk, name in readers.missing]) == (1, 2, ["Ada"])
        assert queries.unread_by(lantern.asha.person, on=TODAY) == []
        assert queries.unread_by(lantern.ada.person, on=TODAY) == [version]
        assert queries.unread_by(lantern.bela.person, on=TODAY) == []  # it holds for reps

    def test_reading_twice_is_once_and_only_whom_it_holds_for_reads(self, lantern):
        version = publish(lantern, read_by=("asha", "asha"))
        refused("not_for_them", services.acknowledge, version=version, person=lantern.bela.person, on=TODAY, by=None)
        assert RuleAcknowledgement.objects.count() == 1


class TestProposing:
    def test_a_month_with_too_many_idle_days_is_proposed_once_with_every_day(self, lantern):
        publish(lantern)
        visit(lantern, lantern.days[3:])
        assert (propose(lantern), propose(lantern)) == (1, 0)
        case = RuleCase.objects.get()
        assert (case.person, case.measured, case.status) == (lantern.asha.person, 3, "PROPOSED")
        assert list(case.evidence.values_list("on", flat=True)) == lantern.days[:3]

    def test_below_the_threshold_nothing_is_proposed(self, lantern):
        publish(lantern)
        visit(lantern, lantern.days[2:])
        assert propose(lantern) == 0

    def test_who_has_not_read_it_is_not_touched(self, lantern):
        publish(lantern, read_by=())
        assert propose(lantern) == 0

    def test_only_days_after_it_was_read_count(self, lantern):
        publish(lantern, read_on=lantern.days[-3])
        propose(lantern)
        assert not RuleCase.objects.exists()
        publish(lantern, title="Again", threshold=2, read_on=lantern.days[-3])
        propose(lantern)
        assert list(CaseEvidence.objects.values_list("on", flat=True)) == lantern.days[-2:]

    def test_a_visit_that_arrives_late_lets_the_case_lapse(self, lantern):
        publish(lantern)
        visit(lantern, lantern.days[3:])
        propose(lantern)
        visit(lantern, lantern.days[:1])
        assert propose(lantern, on=TODAY + DAY) == 0
        case = RuleCase.objects.get()
        assert (case.status, case.measured, case.evidence.count()) == ("LAPSED", 2, 2)

    def test_what_was_decided_stays_whatever_arrives(self, lantern):
        publish(lantern)
        propose(lantern)
        case = decide(lantern)
        visit(lantern, lantern.days)
        propose(lantern, on=TODAY + DAY)
        assert RuleCase.objects.get().measured == case.measured > 3

    def test_late_tasks_are_evidence_in_time_and_cancelled_ones_are_not(self, lantern):
        publish(lantern, trigger="LATE_TASKS", threshold=2)
        for day, done in ((5, None), (6, 7), (7, 7)):
            at = done and f"2026-10-{done:02d} 18:00+08:00"
            status = Task.Status.DONE if done else Task.Status.OPEN
            Task.objects.create(
                title=f"{day}", owner=lantern.asha.person, due_on=date(2026, 10, day), status=status, done_at=at
            )
        gone = teams.assign_task(title="gone", owner=lantern.asha.person, due_on=date(2026, 10, 9), by=None)
        teams.cancel_task(task=gone, by=None)
        propose(lantern)
        assert sorted(CaseEvidence.objects.values_list("task__title", flat=True)) == ["5", "6"]

    def test_money_long_overdue_counts_until_somebody_goes_there(self, lantern):
        publish(lantern, trigger="UNCHASED", threshold=1)
        asha = lantern.asha.person
        board = deals.add_product(code="B1", name="Board", list_price=100, cost=60, by=None)
        customers = {name: Customer.objects.create(name=name, owner=asha) for name in ("idle", "chased", "paid", "fresh")}
        won = {
            name: deals.log_deal(
                customer=customer,
                owner=asha,
                lines=[(board, 1, 100)],
                closed_on=date(2026, 10, 5) if name == "fresh" else date(2026, 9, 1),
                by=None,
            )
            for name, customer in customers.items()
        }
        visit(lantern, [date(2026, 10, 12)], kind="COLLECTION", customer=customers["chased"])
        visit(lantern, [date(2026, 10, 12)], customer=customers["idle"])
        deals.record_payment(deal=won["paid"], amount=100, received_on=date(2026, 10, 30), by=None)
        propose(lantern)
        assert list(CaseEvidence.objects.values_list("deal", flat=True)) == [won["idle"].pk]

    def test_good_work_is_rewarded_by_the_same_shape(self, lantern):
        publish(lantern, trigger="VISITS", effect="REWARD", threshold=20)
        visit(lantern, lantern.days[:10])
        visit(lantern, lantern.days[:10])
        propose(lantern)
        case = RuleCase.objects.get()
        assert (case.measured, case.evidence.count()) == (20, 10)
        decide(lantern)
        assert [row.amount_minor for row in queries.rewards_due(NOVEMBER)] == [100_00]
        assert queries.deductions_due(NOVEMBER) == []


def decide(cast, *, is_confirmed=True, decider="bela", **changes):
    member = getattr(cast, decider)
    given = {"reason": "No reason given for the days", "on": TODAY, "decider": member.person, "by": member.user}
    return services.decide_case(case=RuleCase.objects.get(), is_confirmed=is_confirmed, **given | changes)


def answer(cast, *, is_upheld, who="dora", **changes):
    member = getattr(cast, who)
    given = {"words": "Looked into it", "answerer": member.person, "on": TODAY + 2 * DAY, "by": member.user}
    return services.answer_appeal(case=RuleCase.objects.get(), is_upheld=is_upheld, **given | changes)


class TestDeciding:
    @pytest.fixture
    def case(self, lantern):
        publish(lantern)
        propose(lantern)
        return RuleCase.objects.get()

    def appeal(self, cast, case, *, on=TODAY + DAY, words="I was at the site"):
        return services.appeal(case=case, words=words, on=on, by=cast.asha.user)

    def test_nobody_decides_about_themselves_or_without_a_reason_or_twice(self, lantern, case):
        refused("oneself", decide, cast=lantern, decider="asha")
        refused("no_reason", decide, cast=lantern, reason="  ")
        decide(lantern, is_confirmed=False)
        refused("decided", decide, cast=lantern)
        assert RuleCase.objects.get().status == "DROPPED"

    def test_a_confirmed_case_is_final_when_the_days_to_appeal_are_over(self, lantern, case):
        decide(lantern)
        until = TODAY + 7 * DAY
        assert services.settle_cases(on=until) == 0
        assert queries.deductions_due(NOVEMBER) == []
        assert (services.settle_cases(on=until + DAY), services.settle_cases(on=until + 2 * DAY)) == (1, 0)
        (row,) = queries.deductions_due(NOVEMBER)
        assert (row.person_id, row.case_id, row.amount_minor, row.decided_on) == (
            lantern.asha.person.pk, case.pk, 100_00, TODAY
        )  # fmt: skip
        assert queries.deductions_due(DECEMBER) == []

    def test_a_final_case_is_deducted_from_the_months_pay_and_no_other(self, lantern, case):
        make_component(make_version(), (0, None, 10))
        sell(lantern.asha.person, 10_000, TODAY)
        decide(lantern)
        assert self.lines_of_november(lantern) == [("EARNED", 1_000_00)]
        services.settle_cases(on=TODAY + 8 * DAY)
        assert self.lines_of_november(lantern) == [("EARNED", 1_000_00), ("DEDUCT", -100_00)]
        Statement.objects.update(status="PUBLISHED")
        pay(DECEMBER, by=lantern.hana.user)
        assert lines_of(lantern.asha.person, DECEMBER) == [("EARNED", 0)]

    def lines_of_november(self, cast):
        pay(NOVEMBER, by=cast.hana.user)
        return lines_of(cast.asha.person, NOVEMBER)

    def test_settled_late_it_is_final_since_the_day_it_should_have_been(self, lantern, case):
        decide(lantern)
        services.settle_cases(on=TODAY + 60 * DAY)
        assert RuleCase.objects.get().final_on == TODAY + 8 * DAY

    def test_an_appeal_in_time_holds_everything_up(self, lantern, case):
        decide(lantern)
        self.appeal(lantern, case, on=TODAY + 7 * DAY)
        services.settle_cases(on=TODAY + 30 * DAY)
        assert queries.deductions_due(NOVEMBER) == []

    @pytest.mark.parametrize(("changes", "code"), [({"on": TODAY + 8 * DAY}, "too_late"), ({"words": " "}, "no_reason")])
    def test_refuses_a_late_appeal_and_one_without_words(self, lantern, case, changes, code):
        decide(lantern)
        refused(code, self.appeal, cast=lantern, case=case, **changes)
        assert RuleCase.objects.get().status == "CONFIRMED"

    def test_there_is_nothing_to_appeal_against_before_the_decision(self, lantern, case):
        refused("not_confirmed", self.appeal, cast=lantern, case=case)

    def test_somebody_else_answers_and_upholding_makes_it_final(self, lantern, case):
        decide(lantern)
        self.appeal(lantern, case)
        refused("same_decider", answer, cast=lantern, is_upheld=True, who="bela")
        answer(lantern, is_upheld=True)
        assert [row.case_id for row in queries.deductions_due(NOVEMBER)] == [case.pk]

    def test_a_lifted_case_costs_nothing(self, lantern, case):
        decide(lantern)
        self.appeal(lantern, case)
        answer(lantern, is_upheld=False)
        services.settle_cases(on=TODAY + 60 * DAY)
        assert queries.deductions_due(NOVEMBER) == queries.deductions_due(DECEMBER) == []

    def test_the_person_sees_what_was_decided_who_leads_them_all_and_peers_nothing(self, lantern, case):
        def seen_by(who):
            return list(queries.cases_in_sight(sight_of(membership=getattr(lantern, who).membership, on=TODAY)))

        assert [seen_by(who) for who in ("asha", "ada", "boris")] == [[], [], []]
        assert [seen_by(who) for who in ("bela", "dora", "hana")] == [[case]] * 3
        decide(lantern)
        assert [seen_by(who) for who in ("asha", "ada", "boris")] == [[case], [], []]
