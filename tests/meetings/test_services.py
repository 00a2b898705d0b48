"""Calling a meeting, its agenda, decisions and minutes."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import AuditEntry
from meetings import services
from meetings.models import AgendaItem, Decision, Meeting
from meetings.pages import metric_of
from targets.models import Metric
from targets.services.metrics import add_builtin_metrics
from teams.models import Task

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)


@pytest.fixture
def meeting(lantern):
    return services.call_meeting(unit=lantern.one, week_starts_on=MONDAY, starts_at=NOW, by=lantern.bela.user)


class TestCallMeeting:
    def test_gives_the_same_meeting_for_the_same_week(self, lantern, meeting):
        again = services.call_meeting(unit=lantern.one, week_starts_on=MONDAY, starts_at=NOW, by=lantern.bela.user)
        assert again == meeting
        assert Meeting.objects.count() == 1

    def test_refuses_a_week_that_begins_on_another_day(self, lantern):
        with pytest.raises(services.MeetingRefused):
            services.call_meeting(unit=lantern.one, week_starts_on=date(2026, 11, 17), starts_at=NOW, by=lantern.bela.user)
        assert not Meeting.objects.exists()


class TestWriteAgenda:
    def test_writes_the_four_points_and_keeps_notes_when_written_again(self, lantern, meeting):
        services.write_agenda(meeting=meeting, company=lantern.lantern, on=MONDAY, now=NOW, by=lantern.bela.user)
        item = AgendaItem.objects.get(kind="BEHIND")
        services.note(item=item, notes="Ada needs leads", by=lantern.bela.user)
        services.write_agenda(meeting=meeting, company=lantern.lantern, on=MONDAY, now=NOW, by=lantern.bela.user)
        assert list(AgendaItem.objects.values_list("kind", flat=True)) == ["RANKING", "BEHIND", "PRAISE", "TASKS"]
        assert AgendaItem.objects.get(kind="BEHIND").notes == "Ada needs leads"

    def test_brings_back_what_was_decided_last_time(self, lantern, meeting):
        services.decide(
            meeting=meeting,
            text="Call the ten oldest leads",
            owner=lantern.asha.person,
            due_on=date(2026, 11, 20),
            by=lantern.bela.user,
        )
        later = services.call_meeting(unit=lantern.one, week_starts_on=date(2026, 11, 23), starts_at=NOW, by=lantern.bela.user)
        services.write_agenda(meeting=later, company=lantern.lantern, on=date(2026, 11, 23), now=NOW, by=lantern.bela.user)
        (row,) = AgendaItem.objects.get(meeting=later, kind="TASKS").figures
        assert (row["text"], row["owner"], row["status"], row["decided"]) == ("Call the ten oldest leads", "Asha", "OPEN", True)


class TestDecide:
    def test_makes_the_owners_task(self, lantern, meeting):
        services.decide(meeting=meeting, text="Visit Acorn", owner=lantern.asha.person, due_on=MONDAY, by=lantern.bela.user)
        task = Task.objects.get()
        assert (task.title, task.owner, task.due_on) == ("Visit Acorn", lantern.asha.person, MONDAY)
        assert AuditEntry.objects.filter(action="meetings.decision.made", by=lantern.bela.user).count() == 1

    def test_pressed_twice_makes_one(self, lantern, meeting):
        for _press in range(2):
            services.decide(
                meeting=meeting,
                text="Visit Acorn",
                owner=lantern.asha.person,
                due_on=MONDAY,
                client_ref="6f2b1f5e-0000-4000-8000-000000000001",
                by=lantern.bela.user,
            )
        assert (Decision.objects.count(), Task.objects.count()) == (1, 1)

    def test_refuses_an_owner_without_a_day_and_stores_nothing(self, lantern, meeting):
        with pytest.raises(services.MeetingRefused):
            services.decide(meeting=meeting, text="Visit Acorn", owner=lantern.asha.person, by=lantern.bela.user)
        assert not Decision.objects.exists()
        assert not Task.objects.exists()


class TestCloseMinutes:
    def test_nothing_changes_afterwards_until_they_are_opened_again(self, lantern, meeting):
        services.close_minutes(meeting=meeting, now=NOW, by=lantern.bela.user)
        with pytest.raises(services.MeetingRefused):
            services.decide(meeting=meeting, text="Too late", by=lantern.bela.user)
        with pytest.raises(services.MeetingRefused):
            services.write_minutes(meeting=meeting, minutes="Too late", by=lantern.bela.user)
        assert not Decision.objects.exists()
        services.reopen_minutes(meeting=meeting, by=lantern.bela.user)
        services.decide(meeting=meeting, text="In time", by=lantern.bela.user)
        assert Decision.objects.count() == 1


class TestHeadline:
    def test_an_agenda_keeps_the_metric_that_it_was_written_about(self, lantern, meeting):
        add_builtin_metrics()
        services.write_agenda(meeting=meeting, company=lantern.lantern, on=MONDAY, now=NOW, by=lantern.bela.user)
        items = list(AgendaItem.objects.filter(meeting=meeting))
        assert {row["metric"] for item in items if item.kind == "RANKING" for row in item.figures} == {"revenue"}
        Metric.objects.filter(code="revenue").update(is_active=False)
        assert metric_of(items).code == "revenue"
        assert metric_of([]).code == "gross_profit"
