"""Questions about lines of published statements: asked in time, talked over, and settled with an amount or without."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.refusals import Refusal
from common.repeats import made_before
from incentives.models import Dispute, DisputeMessage, Statement
from incentives.queries.pay_settings import pay_settings
from incentives.rules.statements import last_day_to_ask
from incentives.rules.terms import Status
from incentives.services.corrections import correct, next_open_month


class DisputeRefused(Refusal):
    """A question cannot be asked or settled so."""

    sentences = {
        "not_own": _("Only the person whom a statement is for can question it."),
        "not_published": _("The statement is not published yet."),
        "too_late": _("This statement could be questioned until %(day)s."),
        "asked": _("There is a question about this line already."),
        "empty": _("Say what it is about."),
        "own": _("Nobody settles a question of their own; the next level does."),
        "settled": _("The question is settled already."),
        "not_positive": _("What is granted is more than nothing."),
    }


@transaction.atomic
def ask(*, line, person, text, now, today, client_ref=None, by) -> Dispute:
    """
    Question a line of one's published statement; the same `client_ref` again gives the same question.

    :raises DisputeRefused: `not_own`, `not_published`, `too_late`, `asked`, `empty`.
    """
    if made := made_before(Dispute.objects, client_ref):
        return made
    statement = Statement.objects.select_for_update(of=("self",)).get(pk=line.statement_id)
    if person is None or statement.person_id != person.pk:
        raise DisputeRefused("not_own")
    if statement.status != Status.PUBLISHED:
        raise DisputeRefused("not_published")
    settings = pay_settings()
    last_day = last_day_to_ask(timezone.localdate(statement.published_at), settings.dispute_days)
    if today > last_day:
        raise DisputeRefused("too_late", day=last_day.isoformat())
    if not text.strip():
        raise DisputeRefused("empty")
    try:
        with transaction.atomic():
            made = Dispute.objects.create(
                line=line, due_on=today + timedelta(days=settings.answer_days), opened_at=now, client_ref=client_ref
            )
    except IntegrityError as error:
        raise DisputeRefused("asked") from error
    _say(made, text, now, by)
    record("incentives.dispute.asked", about=made, by=by, after={"line": line.name})
    return made


@transaction.atomic
def answer(*, dispute, text, now, client_ref=None, by) -> DisputeMessage:
    """
    Say something in the talk about a line; the same `client_ref` again says it once.

    :raises DisputeRefused: `settled`, `empty`.
    """
    if made := made_before(DisputeMessage.objects, client_ref):
        return made
    dispute = _open(dispute)
    if not text.strip():
        raise DisputeRefused("empty")
    made = _say(dispute, text, now, by, client_ref=client_ref)
    record("incentives.dispute.answered", about=dispute, by=by)
    return made


@transaction.atomic
def settle(*, dispute, grants, text, decider, now, today, by) -> Dispute:
    """
    Settle a question: grant an amount, which becomes a line of the person's next open statement, or decline with the reason.

    :param grants: minor units above zero; None declines.
    :param decider: the person who decides, None for one outside of the organisation.
    :raises DisputeRefused: `settled`, `own`, `empty`, `not_positive`.
    :raises CorrectionRefused: `too_large`.
    """
    dispute = _open(dispute)
    person = dispute.line.statement.person
    if decider is not None and decider.pk == person.pk:
        raise DisputeRefused("own")
    if not text.strip():
        raise DisputeRefused("empty")
    if grants is not None and grants <= 0:
        raise DisputeRefused("not_positive")
    if grants is not None:
        correct(
            person=person,
            month=next_open_month(person, after=dispute.line.statement.ends_before),
            amount=grants,
            reason=f"{dispute.line.name}: {text.strip()}",
            dispute=dispute,
            decider=decider,
            by=by,
        )
    _say(dispute, text, now, by)
    status, action = (
        (Dispute.Status.DECLINED, "incentives.dispute.declined")
        if grants is None
        else (Dispute.Status.GRANTED, "incentives.dispute.accepted")
    )
    return _close(dispute, status, action, now, by)


@transaction.atomic
def withdraw(*, dispute, person, now, by) -> Dispute:
    """
    Take one's own question back; pressed twice, it stays withdrawn.

    :raises DisputeRefused: `not_own`, `settled`.
    """
    if person is None or dispute.line.statement.person_id != person.pk:
        raise DisputeRefused("not_own")
    if dispute.status == Dispute.Status.WITHDRAWN:
        return dispute
    return _close(_open(dispute), Dispute.Status.WITHDRAWN, "incentives.dispute.withdrawn", now, by)


@transaction.atomic
def mark_overdue(*, today, by) -> int:
    """Note once for each question and deadline that it passed without being settled; returns how many were noted."""
    late = Dispute.objects.filter(status=Dispute.Status.OPEN, due_on__lt=today, overdue_on=None)
    noted = list(late.select_related("line").order_by("pk").select_for_update(of=("self",)))
    for dispute in noted:
        dispute.overdue_on = dispute.due_on
        record("incentives.dispute.overdue", about=dispute, by=by, after={"answer_by": dispute.due_on})
    Dispute.objects.bulk_update(noted, ["overdue_on"])
    return len(noted)


def _open(dispute):
    rows = Dispute.objects.select_related("line__statement__person").select_for_update(of=("self",))
    found = rows.get(pk=dispute.pk)
    if found.status != Dispute.Status.OPEN:
        raise DisputeRefused("settled")
    return found


def _say(dispute, text, now, by, client_ref=None):
    text = text.strip()[:1000]
    return DisputeMessage.objects.create(dispute=dispute, text=text, made_by=by, made_at=now, client_ref=client_ref)


def _close(dispute, status, action, now, by):
    dispute.status, dispute.settled_at, dispute.settled_by = status, now, by
    dispute.save(update_fields=["status", "settled_at", "settled_by"])
    record(action, about=dispute, by=by, after={"line": dispute.line.name})
    return dispute
