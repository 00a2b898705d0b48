"""Questions about lines of a statement, from asking to the amount that is granted."""

from datetime import date, timedelta

import pytest

from incentives.models import Dispute, DisputeMessage, PayAdjustment
from incentives.queries.statements import disputes_in_sight, open_disputes
from incentives.services import disputes as services
from incentives.services.corrections import CorrectionRefused
from teams.queries import sight_of
from tests.incentives.payslips import APRIL, NOW, TODAY, draft, published

REF = "6f2b1f5e-0000-4000-8000-000000000002"


@pytest.fixture
def line(lantern):
    return published(lantern.asha.person, lantern.one).lines.get()


def ask(cast, line, *, who="asha", text="Order 7 is missing", today=TODAY, **also):
    member = getattr(cast, who)
    return services.ask(line=line, person=member.person, text=text, now=NOW, today=today, by=member.user, **also)


def settle(cast, dispute, *, grants=None, text="Looked at it", who="bela"):
    member = getattr(cast, who)
    return services.settle(
        dispute=dispute, grants=grants, text=text, decider=member.person, now=NOW, today=TODAY, by=member.user
    )


class TestAsking:
    def test_is_to_be_answered_within_the_companys_days(self, lantern, line):
        dispute = ask(lantern, line, client_ref=REF)
        assert ask(lantern, line, client_ref=REF) == dispute
        assert dispute.due_on == date(2026, 4, 15)
        assert [message.text for message in dispute.messages.all()] == ["Order 7 is missing"]

    def test_is_possible_through_the_last_day(self, lantern, line):
        assert ask(lantern, line, today=TODAY + timedelta(days=7))

    @pytest.mark.parametrize(
        ("given", "code"),
        [({"who": "bela"}, "not_own"), ({"text": " "}, "empty"), ({"today": TODAY + timedelta(days=8)}, "too_late")],
    )
    def test_refuses_others_empty_words_and_late_ones(self, lantern, line, given, code):
        with pytest.raises(services.DisputeRefused) as refused:
            ask(lantern, line, **given)
        assert refused.value.code == code and not Dispute.objects.exists()

    def test_waits_for_publication(self, lantern):
        with pytest.raises(services.DisputeRefused, match="not published"):
            ask(lantern, draft(lantern.asha.person, lantern.one).lines.get())

    def test_of_one_line_is_one_at_a_time(self, lantern, line):
        ask(lantern, line)
        with pytest.raises(services.DisputeRefused, match="already"):
            ask(lantern, line)
        assert Dispute.objects.count() == DisputeMessage.objects.count() == 1


class TestSettling:
    def test_with_an_amount_makes_a_line_of_the_next_statement(self, lantern, line):
        dispute = settle(lantern, ask(lantern, line), grants=12_345)
        granted = PayAdjustment.objects.get()
        assert (dispute.status, dispute.settled_by) == (Dispute.Status.GRANTED, lantern.bela.user)
        assert (granted.person, granted.amount, granted.holds_from) == (lantern.asha.person, 12_345, APRIL)
        assert granted.dispute == dispute

    def test_in_the_negative_makes_none(self, lantern, line):
        assert settle(lantern, ask(lantern, line)).status == Dispute.Status.DECLINED
        assert not PayAdjustment.objects.exists()

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"who": "asha"}, services.DisputeRefused),
            ({"text": ""}, services.DisputeRefused),
            ({"grants": 0}, services.DisputeRefused),
            ({"grants": -5}, services.DisputeRefused),
            ({"grants": 10**16}, CorrectionRefused),
        ],
    )
    def test_refuses_ones_own_no_words_and_no_amount(self, lantern, line, given, error):
        dispute = ask(lantern, line)
        with pytest.raises(error):
            settle(lantern, dispute, **given)
        dispute.refresh_from_db()
        assert dispute.status == Dispute.Status.OPEN and not PayAdjustment.objects.exists()

    def test_happens_once(self, lantern, line):
        dispute = ask(lantern, line)
        settle(lantern, dispute, grants=5)
        with pytest.raises(services.DisputeRefused, match="settled"):
            settle(lantern, dispute, grants=5)
        assert PayAdjustment.objects.count() == 1


def test_talk_goes_on_until_it_is_settled(lantern, line):
    dispute = ask(lantern, line)
    for _press in range(2):
        services.answer(dispute=dispute, text="Which one?", now=NOW, client_ref=REF, by=lantern.bela.user)
    assert [message.text for message in dispute.messages.all()] == ["Order 7 is missing", "Which one?"]
    settle(lantern, dispute)
    with pytest.raises(services.DisputeRefused):
        services.answer(dispute=dispute, text="But…", now=NOW, by=lantern.asha.user)


def test_ones_own_question_can_be_taken_back_and_asked_again(lantern, line):
    dispute = ask(lantern, line)
    with pytest.raises(services.DisputeRefused):
        services.withdraw(dispute=dispute, person=lantern.bela.person, now=NOW, by=lantern.bela.user)
    assert services.withdraw(dispute=dispute, person=lantern.asha.person, now=NOW, by=lantern.asha.user).status == "WITHDRAWN"
    assert ask(lantern, line)


def test_a_deadline_that_passed_is_noted_once(lantern, line):
    dispute = ask(lantern, line)
    assert services.mark_overdue(today=dispute.due_on, by=None) == 0
    assert [services.mark_overdue(today=dispute.due_on + timedelta(1), by=None) for _night in range(2)] == [1, 0]


@pytest.mark.parametrize(
    ("who", "waits", "sees"), [("asha", 0, 1), ("ada", 0, 0), ("bela", 1, 1), ("boris", 0, 0), ("hana", 1, 1)]
)
def test_waits_for_the_chain_above_and_hr_and_is_nobody_elses(lantern, line, who, waits, sees):
    ask(lantern, line)
    sight = sight_of(membership=getattr(lantern, who).membership, on=TODAY)
    assert (open_disputes(sight).count(), disputes_in_sight(sight).count()) == (waits, sees)
