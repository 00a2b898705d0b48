"""Signed numbers that an adjustment changes: everybody reads what, by whom and why, and the person is asked to take note."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from accounts.models import AuditEntry, User
from common.periods import Period
from common.tenancy import company_scope
from targets.models import Metric, NegotiationMove, NegotiationRound
from targets.queries import negotiation as queries
from targets.queries.adjusting import propose_change
from targets.queries.plans import person_key
from targets.queries.signed import changes_since_signing
from targets.rules import Balance
from targets.services import adjustments, negotiation, plans, splits
from targets.services.metrics import add_builtin_metrics
from targets.services.negotiation import TalkRefused
from teams.queries import calendar_of
from tests.targets.published import table

YEAR = Period(date(2027, 1, 1), date(2028, 1, 1))
TODAY, NOW = date(2026, 11, 20), datetime(2026, 11, 20, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
MARCH = date(2027, 3, 1)


@pytest.fixture
def signed(cast):
    """Next year's revenue, signed by Asha and published."""
    User.objects.update(language="en")
    with company_scope(cast.lantern), translation.override("en"), time_machine.travel(NOW, tick=False):
        add_builtin_metrics()
        by = cast.amir.user
        plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=100, by=by)
        splits.set_year(plan=plan, tiers=1_200_000_00, method="EQUAL", on=TODAY, by=by)
        splits.split_down(plan=plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=TODAY, by=by)
        negotiation.propose(plan=plan, unit=cast.root, answer_by=TODAY, now=NOW, today=TODAY, by=by)
        cast.plan, cast.round = plan, NegotiationRound.objects.get(person=cast.asha.person)
        cast.pledge = negotiation.accept(round=cast.round, signed_name="Asha", wording="I pledge", now=NOW, by=cast.asha.user)
        cast.round.refresh_from_db()
        plan.refresh_from_db()
        cast.plan = plans.publish(plan=plan, now=NOW, by=by)
        yield cast


def adjust(cast, member, *, less=1_000_00, now=LATER):
    sheet, key = table(cast.plan), person_key(member.person.pk, cast.one.pk)
    wanted = {2: sheet.sheet.of(key)[2].commit - less}
    proposed = propose_change(
        sheet,
        key,
        wanted=wanted,
        from_on=MARCH,
        balance=Balance.DIFFERENCE,
        with_below=False,
        calendar=calendar_of(cast.lantern),
    )
    about = {"balance": Balance.DIFFERENCE, "from_on": MARCH, "reason": "Her shop closes", "about": "Asha"}
    made = adjustments.request_adjustment(plan=cast.plan, proposed=proposed, now=now, today=TODAY, by=cast.bela.user, **about)
    return adjustments.approve(adjustment=made, now=now, today=TODAY, by=cast.amir.user)


def changes(cast):
    return changes_since_signing([cast.round]).get(cast.round.pk, [])


def asked(cast):
    return queries.waiting_for(cast.asha.person, on=TODAY)


def note(cast, *, change, now):
    seen = getattr(change, "pk", change)
    return negotiation.note_change(round=cast.round, seen=seen, now=now, by=cast.asha.user)


def talk(cast):
    return queries.talks_of(table(cast.plan), on=TODAY)[person_key(cast.asha.person.pk, cast.one.pk)]


class TestSignedNumbersThatAreAdjusted:
    def test_are_shown_with_who_why_and_by_how_much(self, signed):
        assert changes(signed) == [] and asked(signed) == []
        made = adjust(signed, signed.asha)
        [change] = changes(signed)
        assert (change.adjustment, change.was, change.becomes) == (made, signed.round.commit, signed.round.commit - 1_000_00)
        assert (str(change.adjustment.made_by), str(change.adjustment.decided_by)) == ("Bela", "Amir")
        assert talk(signed).state == "ADJUSTED"
        assert talk(signed).changes == (change,)

    def test_wait_for_the_person_until_they_take_note(self, signed):
        made = adjust(signed, signed.asha)
        [waiting] = asked(signed)
        assert waiting.changes[-1].becomes == signed.round.commit - 1_000_00
        note(signed, change=made, now=LATER + timedelta(hours=1))
        assert asked(signed) == []
        assert changes(signed)[0].noted_at == LATER + timedelta(hours=1)
        with pytest.raises(TalkRefused):
            note(signed, change=made, now=LATER + timedelta(hours=2))
        assert NegotiationMove.objects.filter(kind=NegotiationMove.Kind.SEEN).count() == 1
        entry = AuditEntry.objects.filter(action="targets.negotiationround.acknowledged").get()
        assert entry.by == signed.asha.user

    def test_wait_again_when_they_are_changed_again(self, signed):
        note(signed, change=adjust(signed, signed.asha), now=LATER + timedelta(hours=1))
        adjust(signed, signed.asha, less=500_00, now=LATER + timedelta(days=1))
        [waiting] = asked(signed)
        assert [(each.was, each.becomes) for each in waiting.changes] == [
            (signed.round.commit - 1_000_00, signed.round.commit - 1_500_00)
        ]

    def test_are_not_noted_by_a_screen_that_did_not_show_the_latest(self, signed):
        shown = adjust(signed, signed.asha)
        latest = adjust(signed, signed.asha, less=500_00, now=LATER + timedelta(hours=1))
        for seen in (shown.pk, None):
            with pytest.raises(TalkRefused) as refused:
                note(signed, change=seen, now=LATER + timedelta(hours=2))
            assert refused.value.code == "changed_again"
        assert [each.noted_at for each in changes(signed)] == [None, None]
        note(signed, change=latest, now=LATER + timedelta(hours=2))
        assert asked(signed) == []

    def test_of_others_leave_them_alone(self, signed):
        adjust(signed, signed.ada)
        assert changes(signed) == [] and asked(signed) == []
        assert talk(signed).state == "ACCEPTED"


class TestPages:
    def page(self, client, member, path):
        client.force_login(member.user)
        answer = client.get(f"/lantern/{path}")
        assert answer.status_code == 200
        return answer.content.decode()

    def test_the_pledge_and_the_talks_say_it_and_only_the_person_takes_note(self, signed, client):
        made = adjust(signed, signed.asha)
        talk_page, pledge = f"targets/talks/{signed.round.pk}/", f"targets/pledges/{signed.pledge.pk}/"
        for member, path in (
            (signed.asha, talk_page),
            (signed.asha, pledge),
            (signed.bela, f"targets/{signed.plan.pk}/talks/"),
        ):
            page = self.page(client, member, path)
            assert "Her shop closes" in page and "Bela" in page and "not taken note of yet" in page
        noted = f"/lantern/{talk_page}noted/"
        assert noted not in self.page(client, signed.bela, talk_page)
        assert client.post(noted).status_code == 403
        assert noted in self.page(client, signed.asha, talk_page)
        assert f'name="seen" value="{made.pk}"' in self.page(client, signed.asha, talk_page)
        with time_machine.travel(LATER + timedelta(hours=1)):
            for hostile in ({}, {"seen": "x"}, {"seen": "9" * 40}, {"seen": made.pk - 1}):
                assert client.post(noted, hostile).status_code == 302
                assert noted in self.page(client, signed.asha, talk_page)
            assert client.post(noted, {"seen": made.pk}).status_code == 302
        assert noted not in self.page(client, signed.asha, talk_page)
