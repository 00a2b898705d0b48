"""Complaints: raised, answered, closed; judged again, or taken back because they were entered by mistake."""

from copy import copy

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.services import change, record
from common.cleaning import clean_values
from common.refusals import Refusal
from common.repeats import made_before
from common.tenancy import require_company_id
from customers import signals
from customers.models import Complaint, Customer

Status, Severity = Complaint.Status, Complaint.Severity


class ComplaintRefused(Refusal):
    """A complaint cannot be so. `field` is where to mend it."""

    sentences = {
        "in_future": _("A complaint cannot be raised after today."),
        "answered_before": _("It cannot have been answered before it was raised on %(day)s, nor after today."),
        "raised_after": _("It was answered on %(day)s already, so it was raised by then."),
        "not_waiting": _("This complaint is closed; open it again first."),
        "not_open": _("This complaint was entered by mistake; put it back first."),
        "not_answered": _("Say first what was done."),
    }

    def __init__(self, code, *, field=None, **params):
        super().__init__(code, **params)
        self.field = field


@transaction.atomic
def raise_complaint(*, customer, raised_on, severity, what, handler=None, today, client_ref=None, by) -> Complaint:
    """
    Enter a complaint of a customer; it counts for whoever looks after the customer now, who also deals with it unless told otherwise.

    A repeated `client_ref` returns the complaint that it made before.

    :param today: the company's day.
    :raises ComplaintRefused: `in_future`.
    :raises ValidationError: for values that do not fit.
    """
    if made := made_before(Complaint.objects, client_ref):
        return made
    if raised_on > today:
        raise ComplaintRefused("in_future", field="raised_on")
    # Not from the caller's copy: the customer may have been handed over since it was read.
    customer = Customer.objects.select_related("owner").get(pk=customer.pk)
    complaint = Complaint(
        customer=customer,
        person=customer.owner,
        handler=handler or customer.owner,
        raised_on=raised_on,
        severity=severity,
        weight=_weight_of(severity),
        what=what.strip(),
        client_ref=client_ref,
        created_by=by,
    )
    clean_values(complaint)
    complaint.save()
    after = {"raised_on": raised_on, "severity": severity, "person": str(customer.owner or "")}
    record("customers.complaint.raised", about=complaint, by=by, after=after)
    _announce(complaint)
    return complaint


@transaction.atomic
def judge_complaint(*, complaint, raised_on, severity, handler, today, by) -> Complaint:
    """
    Correct the day and the severity of a complaint, and give it to somebody to deal with.

    Another severity brings the weight that it has now; the same one keeps the weight that it was counted with.

    :raises ComplaintRefused: `in_future`, `raised_after`, `not_open`.
    """
    complaint = _standing(complaint)
    if raised_on > today:
        raise ComplaintRefused("in_future", field="raised_on")
    ended_on = min(filter(None, (complaint.answered_on, complaint.closed_on)), default=None)
    if ended_on and raised_on > ended_on:
        raise ComplaintRefused("raised_after", field="raised_on", day=ended_on.isoformat())
    weight = complaint.weight if severity == complaint.severity else _weight_of(severity)
    values = {"raised_on": raised_on, "severity": severity, "weight": weight, "handler": handler}
    _check(complaint, values)
    if change(complaint, action="customers.complaint.changed", by=by, **values):
        _announce(complaint)
    return complaint


@transaction.atomic
def answer_complaint(*, complaint, answer, answered_on, today, by) -> Complaint:
    """
    Say what was done about a complaint, and when; said again, it replaces what was said.

    :raises ComplaintRefused: `not_waiting`, `answered_before`.
    :raises ValidationError: for values that do not fit.
    """
    complaint = _waiting(complaint)
    if not complaint.raised_on <= answered_on <= today:
        raise ComplaintRefused("answered_before", field="answered_on", day=complaint.raised_on.isoformat())
    values = {"answer": answer.strip(), "answered_on": answered_on, "status": Status.ANSWERED}
    if not values["answer"]:
        raise ComplaintRefused("not_answered", field="answer")
    _check(complaint, values)
    change(complaint, action="customers.complaint.answered", by=by, **values)
    return complaint


@transaction.atomic
def close_complaint(*, complaint, today, by) -> Complaint:
    """
    Close a complaint that was answered; pressed twice, it stays closed.

    :raises ComplaintRefused: `not_answered`, `not_open`.
    """
    complaint = _standing(complaint)
    if complaint.status == Status.OPEN:
        raise ComplaintRefused("not_answered")
    if complaint.status == Status.ANSWERED:
        change(complaint, action="customers.complaint.closed", by=by, status=Status.CLOSED, closed_on=today)
    return complaint


@transaction.atomic
def reopen_complaint(*, complaint, by) -> Complaint:
    """Let a complaint that was closed, or entered by mistake, stand again; harmless on one that does."""
    complaint = _locked(complaint)
    if complaint.status in (Status.CLOSED, Status.CANCELLED):
        was_cancelled = complaint.status == Status.CANCELLED
        status = Status.ANSWERED if complaint.answered_on else Status.OPEN
        change(complaint, action="customers.complaint.reopened", by=by, status=status, closed_on=None)
        if was_cancelled:
            _announce(complaint)
    return complaint


@transaction.atomic
def cancel_complaint(*, complaint, by) -> Complaint:
    """Take back a complaint that was entered by mistake: it is kept, and counts no more."""
    complaint = _locked(complaint)
    if change(complaint, action="customers.complaint.cancelled", by=by, status=Status.CANCELLED, closed_on=None):
        _announce(complaint)
    return complaint


def _weight_of(severity):
    weights = Company.objects.values_list("complaint_weights", flat=True).get(pk=require_company_id())
    return weights[Severity.values.index(severity)]


def _check(complaint, values):
    changed = copy(complaint)
    for name, value in values.items():
        setattr(changed, name, value)
    clean_values(changed)


def _announce(complaint):
    signals.complaint_changed.send(sender=Complaint, complaint_ids=[complaint.pk])


def _locked(complaint):
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def _standing(complaint):
    complaint = _locked(complaint)
    if complaint.status == Status.CANCELLED:
        raise ComplaintRefused("not_open")
    return complaint


def _waiting(complaint):
    complaint = _standing(complaint)
    if complaint.status == Status.CLOSED:
        raise ComplaintRefused("not_waiting")
    return complaint
