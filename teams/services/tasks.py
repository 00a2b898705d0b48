"""Tasks: somebody promises to do something by a day."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.refusals import Refusal
from common.repeats import made_before
from teams import signals
from teams.models import Task


class TaskRefused(Refusal):
    """A task cannot be given or changed so."""

    sentences = {
        "has_left": _("They have left by then."),
        "not_open": _("This task is not open any more."),
    }


@transaction.atomic
def assign_task(*, title, owner, due_on, is_urgent=False, note="", client_ref=None, by):
    """
    Give somebody a task; the same `client_ref` again gives the same task.

    :raises TaskRefused: if they have left by the day it is due.
    """
    if owner.left_on and owner.left_on <= due_on:
        raise TaskRefused("has_left")
    if made := made_before(Task.objects, client_ref):
        return made
    task = Task.objects.create(
        title=title.strip(),
        owner=owner,
        due_on=due_on,
        is_urgent=is_urgent,
        note=note,
        client_ref=client_ref,
        created_by=by,
    )
    record("teams.task.assigned", about=task, by=by, after={"owner": str(owner), "due_on": due_on, "is_urgent": is_urgent})
    signals.task_changed.send(sender=Task, task=task, by=by)
    return task


@transaction.atomic
def complete_task(*, task, now, by):
    """
    Tick a task off.

    :raises TaskRefused: if it is done or cancelled already.
    """
    task = _open(task)
    return _set(task, "teams.task.completed", by, status=Task.Status.DONE, done_at=now)


@transaction.atomic
def cancel_task(*, task, by):
    """
    Drop a task that need not be done any more.

    :raises TaskRefused: if it is done or cancelled already.
    """
    return _set(_open(task), "teams.task.cancelled", by, status=Task.Status.CANCELLED)


@transaction.atomic
def reopen_task(*, task, by):
    """Open a task again that was done or cancelled; harmless on an open one."""
    return _set(_locked(task), "teams.task.reopened", by, status=Task.Status.OPEN, done_at=None)


def _set(task, action, by, **values):
    if change(task, action=action, by=by, **values):
        signals.task_changed.send(sender=Task, task=task, by=by)
    return task


def _locked(task):
    return Task.objects.select_for_update(of=("self",)).get(pk=task.pk)


def _open(task):
    task = _locked(task)
    if task.status != Task.Status.OPEN:
        raise TaskRefused("not_open")
    return task
