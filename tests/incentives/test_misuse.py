"""What somebody might try with pay who should not get it, or not twice; and what must not get lost on the way."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from incentives.models import PaySettings, PayTerms, RuleCase, Statement, StatementLine
from incentives.queries.penalties import cases_in_sight
from incentives.rules.terms import LineKind, Source, Status
from incentives.services import calculating, corrections, drafts, penalties
from incentives.services import statements as services
from jobs.models import Job
from teams.models import Assignment
from teams.queries import sight_of
from tests.incentives.paying import APRIL, MARCH, lines_of, make_component, make_version, pay, sell
from tests.incentives.payslips import NOW, TODAY, bring, draft
from tests.signing_in import browser


def make_case(cast, person, *, effect="PENALTY", amount=100_00, **also):
    """Make a case under a rule of its own, as one stands after it was decided."""
    version = penalties.write_rule(
        title="One visit a day", text="x", effect=effect, applies_to="ALL", amount=amount, consequence="y", by=cast.hana.user
    )
    version = penalties.publish_rule(version=version, holds_from=date(2026, 1, 1), on=date(2025, 12, 1), by=cast.hana.user)
    about = {"starts_on": date(2026, 2, 1), "ends_before": date(2026, 3, 1), "measured": 3, "proposed_on": date(2026, 3, 1)}
    given = {"decided_on": date(2026, 3, 2), "decided_by": cast.hana.user, "reason": "r", "appeal_until": date(2026, 3, 9)}
    given |= about | {"status": "CONFIRMED", "final_on": date(2026, 3, 10)} | also
    return RuleCase.objects.create(rule=version.rule, version=version, person=person, **given)


class TestCasesOnStatements:
    @pytest.fixture(autouse=True)
    def terms(self, lantern):
        PayTerms.objects.create(person=lantern.asha.person, starts_on=date(2026, 1, 1), base_pay=1_000_00)
        PaySettings.objects.create(deduction_percent=20)

    def test_what_is_final_is_deducted_once_and_inside_the_limit(self, lantern):
        asha = lantern.asha.person
        make_case(lantern, asha, amount=300_00)
        found = pay(by=lantern.hana.user)
        assert lines_of(asha) == [(LineKind.DEDUCTION, -300_00), (LineKind.CARRIED, 100_00)]
        line = StatementLine.objects.get(statement=found[asha.pk], kind=LineKind.DEDUCTION)
        assert (line.source, line.name) == (Source.PENALTY, "One visit a day")
        Statement.objects.update(status=Status.PUBLISHED)
        pay(APRIL, by=lantern.hana.user)
        assert lines_of(asha, APRIL) == [(LineKind.BROUGHT, -100_00)]

    def test_a_reward_is_paid_with_the_month(self, lantern):
        make_case(lantern, lantern.asha.person, effect="REWARD")
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(LineKind.PRIZE, 100_00)]

    @pytest.mark.parametrize(
        "also",
        [
            {"status": "PROPOSED", "decided_on": None, "decided_by": None, "reason": ""},
            {"status": "APPEALED", "appealed_on": date(2026, 3, 8), "appeal": "I was there"},
            {"status": "CONFIRMED"},
            {"status": "DROPPED"},
        ],
        ids=["proposed", "appealed", "may be appealed", "dropped"],
    )
    def test_what_is_not_final_costs_nothing(self, lantern, also):
        make_case(lantern, lantern.asha.person, final_on=None, **also)
        assert pay(by=lantern.hana.user) == {}


class TestWhoseCases:
    def test_whoever_leads_a_team_beside_somebody_does_not_see_theirs(self, lantern):
        ada, bela = lantern.ada, lantern.bela
        Assignment.objects.filter(person=ada.person).update(role="MANAGER")
        case = make_case(lantern, ada.person)

        def seen_by(member):
            return list(cases_in_sight(sight_of(membership=member.membership, on=TODAY)))

        assert [seen_by(who) for who in (bela, lantern.asha, ada, lantern.dora, lantern.hana)] == [[], [], *[[case]] * 3]


class TestMonths:
    def test_one_that_is_not_over_is_not_published(self, lantern):
        statement = bring(draft(lantern.asha.person, lantern.one, month=date(2026, 4, 1)), Status.CHECKED)
        given = {"statements": [statement.pk], "by": lantern.hana.user}
        # Midnight of the company's day, not of Greenwich.
        assert services.publish(now=datetime(2026, 4, 30, 15, 59, tzinfo=UTC), **given) == services.Outcome(0, {"not_over": 1})
        assert services.publish(now=datetime(2026, 4, 30, 16, 1, tzinfo=UTC), **given).done == 1

    @time_machine.travel(NOW, tick=False)
    def test_one_that_has_not_begun_is_not_calculated(self, lantern):
        posts = [browser(lantern.hana).post("/lantern/pay/calculate/", {"month": m}) for m in ("2026-05", "2030-12", "2026-04")]
        assert [response.status_code for response in posts] == [400, 400, 302]
        assert Job.objects.get(kind="incentives.calculate").arguments == {"month": "2026-04-01"}


def test_what_is_approved_while_it_is_calculated_keeps_its_lines_and_is_marked(lantern, monkeypatch):
    asha = lantern.asha.person
    make_component(make_version(), (0, None, 3))
    sell(asha, 1000)
    pay(by=lantern.hana.user)
    sell(asha, 500)
    looked = drafts._compared_by

    def and_meanwhile(*asked):
        found = looked(*asked)
        Statement.objects.filter(person=asha).update(status=Status.APPROVED)
        return found

    monkeypatch.setattr(drafts, "_compared_by", and_meanwhile)
    done = calculating.calculate(month=MARCH, now=NOW, by=lantern.hana.user)
    assert (done.written, done.stale) == (0, 1)
    statement = Statement.objects.get(person=asha)
    assert (statement.status, statement.total, statement.is_stale) == (Status.APPROVED, 30_00, True)
    assert lines_of(asha) == [(LineKind.EARNED, 30_00)]


class TestOwnTerms:
    def test_nobody_sets_the_terms_that_protect_their_own_pay(self, lantern):
        hana = lantern.hana
        given = {"starts_on": date(2026, 3, 1), "base_pay": 1, "minimum_wage": 10**9, "by": hana.user}
        with pytest.raises(corrections.CorrectionRefused) as refused:
            corrections.set_terms(person=hana.person, decider=hana.person, **given)
        assert refused.value.code == "own"

    @time_machine.travel(NOW, tick=False)
    def test_nor_by_a_form_made_by_hand(self, lantern):
        hana, asha = lantern.hana, lantern.asha
        given = {"starts_on": "2026-03-01", "base_pay": "4000", "minimum_wage": "9000000"}
        answers = [browser(hana).post("/lantern/pay/terms/", given | {"person": who.person.pk}) for who in (hana, asha)]
        assert [answer.status_code for answer in answers] == [422, 302]
        assert PayTerms.objects.get().person == asha.person
