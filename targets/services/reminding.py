"""Deadlines of talks: moved, reminded of, and passed."""

from django.db import transaction

from accounts.services import record
from jobs import services as jobs
from targets.models import NegotiationMove, NegotiationRound, Plan
from targets.services.negotiation import require_day

Kind = NegotiationMove.Kind


@transaction.atomic
def remind(*, plan, unit, unit_ids, now, today, by):
    """
    Remind everybody in units who has not answered yet, at most once a day; returns how many.

    They read it on their first page at once; the letters leave by a job.

    :param unit: for whom it is recorded; `unit_ids` are it and the units below it.
    """
    fresh = _note(_waiting(plan, unit_ids), Kind.REMIND, day=today, now=now, by=by)
    if fresh:
        record("targets.plan.reminded", about=plan, by=by, after={"unit": str(unit), "people": len(fresh)})
        jobs.enqueue("targets.remind", arguments={"rounds": [found.pk for found in fresh]}, by=by)
    return len(fresh)


@transaction.atomic
def move_deadline(*, plan, unit, unit_ids, answer_by, now, today, by):
    """
    Give everybody in units who has not answered yet another last day; returns how many.

    :raises TalkRefused: ``past``, ``too_far``.
    """
    require_day(answer_by, today)
    waiting = [found for found in _waiting(plan, unit_ids) if found.answer_by != answer_by]
    NegotiationRound.objects.filter(pk__in=[found.pk for found in waiting]).update(answer_by=answer_by)
    _note(waiting, Kind.DEADLINE, day=answer_by, now=now, by=by)
    if waiting:
        after = {"unit": str(unit), "people": len(waiting), "answer_by": answer_by}
        record("targets.plan.deadline_moved", about=plan, by=by, after=after)
    return len(waiting)


@transaction.atomic
def mark_overdue(*, today, now, by):
    """Note once for each round and deadline that it passed without an answer; returns how many were noted."""
    late = NegotiationRound.objects.filter(status=NegotiationRound.Status.PROPOSED, answer_by__lt=today)
    made = 0
    for plan in Plan.objects.filter(rounds__in=late).distinct():
        noted = len(_note(list(late.filter(plan=plan).order_by("pk")), Kind.OVERDUE, day=None, now=now, by=by))
        if noted:
            record("targets.plan.overdue", about=plan, by=by, after={"people": noted})
        made += noted
    return made


def _waiting(plan, unit_ids):
    Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    rounds = NegotiationRound.objects.filter(plan=plan, status=NegotiationRound.Status.PROPOSED, unit__in=unit_ids)
    return list(rounds.order_by("pk"))


def _note(rounds, kind, *, day, now, by):
    """Note a move in rounds, each with the day or else its own deadline, unless it stands there; returns those in which it was new."""
    known = set(NegotiationMove.objects.filter(round__in=rounds, kind=kind).values_list("round_id", "day"))
    days = {found: day or found.answer_by for found in rounds}
    fresh = {found: about for found, about in days.items() if (found.pk, about) not in known or kind == Kind.DEADLINE}
    NegotiationMove.objects.bulk_create(
        NegotiationMove(round=found, kind=kind, day=about, made_by=by, made_at=now) for found, about in fresh.items()
    )
    return list(fresh)
