"""Calling a meeting, writing its agenda, deciding, closing the minutes."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.refusals import Refusal
from common.repeats import made_before
from meetings import agenda
from meetings.models import AgendaItem, Decision, Meeting
from teams.services import assign_task

#: The points every agenda has, in order. Their titles and questions are worded when shown (`meetings.words`).
POINTS = (AgendaItem.Kind.RANKING, AgendaItem.Kind.BEHIND, AgendaItem.Kind.PRAISE, AgendaItem.Kind.TASKS)


class MeetingRefused(Refusal):
    """A meeting cannot be called or changed so."""

    sentences = {
        "not_monday": _("A week begins on a Monday."),
        "closed": _("The minutes of this meeting are closed."),
        "empty": _("A decision needs words."),
        "owner_without_day": _("A task needs an owner and a day."),
    }


class MinutesClosed(MeetingRefused):
    """Somebody was faster: the minutes are closed, and nothing more goes in."""


@transaction.atomic
def call_meeting(*, unit, week_starts_on, starts_at, place="", by):
    """
    Call the weekly review of a unit; the same unit and week again gives the same meeting.

    :param starts_at: an aware instant.
    :raises MeetingRefused: if the week does not begin on a Monday.
    """
    if week_starts_on.weekday() != 0:
        raise MeetingRefused("not_monday")
    try:
        with transaction.atomic():
            meeting = Meeting.objects.create(
                unit=unit, week_starts_on=week_starts_on, starts_at=starts_at, place=place.strip(), created_by=by
            )
    except IntegrityError:
        return Meeting.objects.get(unit=unit, week_starts_on=week_starts_on)
    record("meetings.meeting.called", about=meeting, by=by, after={"unit": str(unit), "starts_at": starts_at.isoformat()})
    return meeting


@transaction.atomic
def write_agenda(*, meeting, company, on, now, as_published=False, by):
    """
    Write the agenda from the figures as they stand, or write it anew; notes that were typed already stay.

    :param on: the day whose figures are looked at.
    :param as_published: take them from the last published ranking, for a day that is over.
    :raises MinutesClosed: once they are.
    """
    meeting = _open(meeting)
    written = agenda.write(meeting=meeting, company=company, on=on, now=now, as_published=as_published)
    standing = {item.kind: item for item in AgendaItem.objects.filter(meeting=meeting).exclude(kind=AgendaItem.Kind.OTHER)}
    for position, kind in enumerate(POINTS):
        item = standing.get(kind) or AgendaItem(meeting=meeting, kind=kind, title=kind.value)
        item.figures, item.position = written[kind], position
        item.save()
    change(meeting, action="meetings.meeting.agenda_written", by=by, written_at=now)
    return meeting


@transaction.atomic
def add_point(*, meeting, title, owner=None, question="", by):
    """Add a point of one's own at the end of the agenda."""
    meeting = _open(meeting)
    last = AgendaItem.objects.filter(meeting=meeting).order_by("-position").values_list("position", flat=True).first()
    item = AgendaItem.objects.create(
        meeting=meeting,
        kind=AgendaItem.Kind.OTHER,
        title=title.strip(),
        question=question.strip(),
        owner=owner,
        position=0 if last is None else last + 1,
    )
    record("meetings.item.added", about=item, by=by, after={"title": item.title})
    return item


@transaction.atomic
def remove_point(*, item, by):
    """Take a point of one's own off the agenda; those that write themselves stay."""
    _open(item.meeting)
    if item.kind == AgendaItem.Kind.OTHER:
        record("meetings.item.removed", about=item, by=by, before={"title": item.title, "notes": item.notes})
        item.delete()


@transaction.atomic
def note(*, item, notes, owner=None, by):
    """Write down what was said on a point, and who takes it further."""
    _open(item.meeting)
    change(item, action="meetings.item.noted", by=by, notes=notes.strip(), owner=owner)
    return item


@transaction.atomic
def decide(*, meeting, text, item=None, owner=None, due_on=None, client_ref=None, by):
    """
    Record a decision; with an owner and a day it becomes their task. The same `client_ref` again gives the same decision.

    :raises MeetingRefused: without words, with an owner but no day, or (`MinutesClosed`) once the minutes are closed.
    :raises TaskRefused: if the owner has left by then.
    """
    meeting = _open(meeting)
    if not text.strip():
        raise MeetingRefused("empty")
    if (owner is None) != (due_on is None):
        raise MeetingRefused("owner_without_day")
    if known := made_before(Decision.objects, client_ref):
        return known
    task = assign_task(title=text.strip()[:200], owner=owner, due_on=due_on, client_ref=client_ref, by=by) if owner else None
    decision = Decision.objects.create(meeting=meeting, item=item, text=text.strip(), task=task, client_ref=client_ref)
    if meeting.status == Meeting.Status.PLANNED:
        meeting.status = Meeting.Status.RUNNING
        meeting.save(update_fields=["status"])
    record("meetings.decision.made", about=decision, by=by, after={"text": decision.text, "owner": str(owner) if owner else ""})
    return decision


@transaction.atomic
def withdraw_decision(*, decision, by):
    """Strike a decision that was recorded by mistake; its task, if any, is for its owner to cancel."""
    _open(decision.meeting)
    record("meetings.decision.withdrawn", about=decision, by=by, before={"text": decision.text})
    decision.delete()


@transaction.atomic
def write_minutes(*, meeting, minutes, by):
    """Keep the minutes as typed so far."""
    meeting = _open(meeting)
    change(meeting, action="meetings.meeting.minuted", by=by, minutes=minutes.strip(), status=Meeting.Status.RUNNING)
    return meeting


@transaction.atomic
def close_minutes(*, meeting, now, by):
    """Close the minutes: nothing of the meeting changes any more."""
    meeting = _open(meeting)
    change(meeting, action="meetings.meeting.closed", by=by, status=Meeting.Status.MINUTED, closed_at=now, closed_by=by)
    return meeting


@transaction.atomic
def reopen_minutes(*, meeting, by):
    """Open closed minutes again; who did it stays in the audit trail. Those that are open stay as they are."""
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if meeting.status != Meeting.Status.MINUTED:
        return meeting
    change(meeting, action="meetings.meeting.reopened", by=by, status=Meeting.Status.RUNNING, closed_at=None, closed_by=None)
    return meeting


def _open(meeting):
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if meeting.status == Meeting.Status.MINUTED:
        raise MinutesClosed("closed")
    return meeting
