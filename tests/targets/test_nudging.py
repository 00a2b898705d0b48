"""Reminders that leave by themselves: to whoever owes an answer about a target, once on a working day, never twice."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import Membership, User
from common.periods import Period
from common.tenancy import company_scope
from jobs.models import Job
from targets import tasks
from targets.models import Metric, NegotiationMove
from targets.queries.negotiation import live_rounds
from targets.services import negotiation, plans, reminding, splits
from targets.services.metrics import add_builtin_metrics
from targets.services.nudging import remind_by_itself
from teams import services as teams

YEAR = Period(date(2027, 1, 1), date(2028, 1, 1))
#: A Tuesday; the last day for an answer is the Friday.
TODAY, DUE = date(2026, 11, 17), date(2026, 11, 20)
REASON = "Two of my shops close in spring"


def at(day):
    return timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=7)


@pytest.fixture
def world(cast):
    """Everybody was asked on Tuesday for next year's revenue, to answer by Friday."""
    User.objects.update(language="en")
    with company_scope(cast.lantern):
        add_builtin_metrics()
        by, metric = cast.amir.user, Metric.objects.get(code="revenue")
        cast.plan = plans.start_plan(metric=metric, year=YEAR, rounding_unit=100, by=by)
        splits.set_year(plan=cast.plan, tiers=1_200_000_00, method="EQUAL", on=TODAY, by=by)
        splits.split_down(plan=cast.plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=TODAY, by=by)
        negotiation.propose(plan=cast.plan, unit=cast.root, answer_by=DUE, now=at(TODAY), today=TODAY, by=by)
        yield cast


@pytest.fixture
def morning(django_capture_on_commit_callbacks):
    """Run what runs each morning; return the addresses that were written to, and what it counts."""

    def run(day):
        mail.outbox.clear()
        with time_machine.travel(at(day), tick=False), django_capture_on_commit_callbacks(execute=True):
            counted = remind_by_itself(today=day, now=at(day), by=None)
        return sorted(letter.to[0] for letter in mail.outbox), counted

    return run


def addresses(*members):
    return sorted(member.user.email for member in members)


def counter(world, member, day):
    found = live_rounds(world.plan)[member.person.pk]
    negotiation.counter(round=found, year=1_000_00, reason=REASON, now=at(day), by=member.user)


def accept(world, member):
    found = live_rounds(world.plan)[member.person.pk]
    negotiation.accept(round=found, signed_name=member.person.name, wording="I will", now=at(TODAY), by=member.user)


class TestWhoHasNotAnswered:
    def test_is_left_in_peace_until_the_last_day(self, world, morning):
        assert morning(DUE - timedelta(days=1)) == ([], {"people": 0, "managers": 0})

    def test_is_written_to_on_it_and_each_working_day_after_it_once_a_day(self, world, morning):
        accept(world, world.ada)
        asked = addresses(world.asha, world.ben)
        assert [morning(DUE)[0] for _run in range(2)] == [asked, []]
        assert morning(DUE + timedelta(days=1))[0] == [], "a Saturday"
        assert morning(DUE + timedelta(days=3))[0] == asked

    def test_is_not_written_to_where_somebody_reminded_them_by_hand_that_day(self, world, morning):
        given = {"plan": world.plan, "unit": world.one, "unit_ids": [world.one.pk], "now": at(DUE), "today": DUE}
        reminding.remind(**given, by=world.bela.user)
        assert morning(DUE)[0] == addresses(world.ben)

    def test_gets_the_same_letter_when_somebody_reminds_them_by_hand(self, world, django_capture_on_commit_callbacks):
        given = {"plan": world.plan, "unit": world.one, "unit_ids": [world.one.pk], "now": at(TODAY), "today": TODAY}
        assert reminding.remind(**given, by=world.bela.user) == 2
        accept(world, world.ada)
        job = Job.objects.get(kind="targets.remind")
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            assert tasks.remind(job=job, progress=None) == {"letters": 1}
        [letter] = mail.outbox
        assert letter.to == [world.asha.user.email]
        assert f"/targets/talks/{live_rounds(world.plan)[world.asha.person.pk].pk}/" in letter.body
        assert reminding.remind(**given, by=world.bela.user) == 0
        assert Job.objects.filter(kind="targets.remind").count() == 1

    def test_gets_one_letter_with_a_link_to_each_target(self, world, morning, settings):
        settings.BASE_URL = "https://sales.example"
        morning(DUE)
        letter = next(letter for letter in mail.outbox if letter.to == [world.asha.user.email])
        found = live_rounds(world.plan)[world.asha.person.pk]
        assert f"https://sales.example/{world.lantern.slug}/targets/talks/{found.pk}/\n" in letter.body
        assert "2026-11-20" in letter.body

    def test_in_their_own_language(self, world, morning):
        User.objects.filter(pk=world.asha.user.pk).update(language="zh-hans")
        morning(DUE)
        letter = next(letter for letter in mail.outbox if letter.to == [world.asha.user.email])
        assert "目标" in letter.subject
        assert "Hello" not in letter.body

    def test_gets_nothing_once_they_may_not_sign_in_any_more(self, world, morning):
        Membership.objects.filter(user=world.asha.user).update(is_active=False)
        assert world.asha.user.email not in morning(DUE)[0]

    def test_nor_when_the_plan_is_published_anyway(self, world, morning):
        plans.publish(plan=world.plan, now=at(TODAY), by=world.amir.user)
        assert morning(DUE) == ([], {"people": 0, "managers": 0})


class TestWhoOwesAnAnswerToACounter:
    def test_is_written_to_from_the_day_after_it_until_they_answer(self, world, morning):
        counter(world, world.asha, TODAY)
        assert morning(TODAY)[0] == []
        tomorrow = TODAY + timedelta(days=1)
        assert morning(tomorrow) == (addresses(world.bela), {"people": 0, "managers": 1})
        assert morning(tomorrow)[0] == []
        assert NegotiationMove.objects.filter(kind="NUDGE").count() == 1

    def test_is_whoever_leads_the_unit_above_where_nobody_leads_it(self, world, morning):
        teams.end_employment(person=world.bela.person, left_on=TODAY, reason="moved", by=world.amir.user)
        counter(world, world.asha, TODAY)
        written, _counted = morning(TODAY + timedelta(days=1))
        assert world.bela.user.email not in written
        assert len(written) == 1


def test_the_job_says_what_it_did_and_does_it_once(world, django_capture_on_commit_callbacks):
    late = DUE + timedelta(days=3)
    results = []
    for _run in range(2):
        with time_machine.travel(at(late), tick=False), django_capture_on_commit_callbacks(execute=True):
            results.append(tasks.note_overdue(job=Job(arguments={}), progress=None))
    assert results == [{"overdue": 3, "people": 3, "managers": 0}, {"overdue": 0, "people": 0, "managers": 0}]
    assert len(mail.outbox) == 3
