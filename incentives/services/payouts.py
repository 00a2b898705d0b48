"""What was paid out for statements: in parts, many at once, taken back."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.refusals import Refusal
from common.repeats import made_before
from incentives.models import PayExport, Payout, Statement
from incentives.models.sealing import unsealing
from incentives.rules.numbers import write_money
from incentives.rules.statements import is_payable
from incentives.rules.terms import Status


class PayoutRefused(Refusal):
    """Money cannot be recorded as paid so."""

    sentences = {
        "not_published": _("Only what is published is paid out."),
        "too_much": _("That is more than what is still due."),
        "in_future": _("Record a payout on its day or afterwards."),
        "too_early": _("A payout cannot lie before the month it is for."),
        "sent_before": _(
            "This form was sent before: %(before)s, paid out on %(day)s, is recorded. If this was paid as well, send it again."
        ),
        "taken_back": _(
            "This form was sent before, and that payout was taken back since. If it is paid by now, send it again."
        ),
        "is_taking_back": _("This takes a payout back; record the payout again instead."),
    }


@transaction.atomic
def pay_out(*, statement, amount, paid_on, reference="", client_ref=None, today, by) -> Payout:
    """
    Record what was paid for a statement, whole or in part; the same `client_ref` again gives the same payout.

    :param amount: minor units, in the direction of what is due.
    :raises PayoutRefused: `not_published`, `too_much`, `in_future`, `too_early`; `sent_before` if the same `client_ref` has
        recorded something else, as when somebody goes back to a form, changes it and sends it again; `taken_back` if what it
        recorded was taken back since.
    """
    statement = _locked(statement)
    if made := made_before(Payout.objects.filter(statement=statement), client_ref):
        if (made.amount, made.paid_on) != (amount, paid_on):
            before = write_money(made.amount)
            raise PayoutRefused("sent_before", before=before, day=made.paid_on.isoformat())
        if Payout.objects.filter(takes_back=made).exists():
            raise PayoutRefused("taken_back")
        return made
    _require_day(statement, paid_on, today)
    if statement.status != Status.PUBLISHED:
        raise PayoutRefused("not_published")
    if not is_payable(amount, statement.due):
        raise PayoutRefused("too_much")
    made = _pay(statement, amount, paid_on=paid_on, reference=reference, client_ref=client_ref, by=by)
    record("incentives.payout.recorded", about=made, by=by, after={"person": str(statement.person), "paid_on": paid_on})
    return made


@transaction.atomic
def pay_all(*, statements, paid_on, reference="", client_ref=None, today, by) -> int:
    """
    Record that everything due on statements was paid on a day, the payroll's; returns for how many people.

    What is not published or paid already is passed over; the same `client_ref` again pays nothing twice.

    :param statements: ids.
    :raises PayoutRefused: `in_future`, `too_early`.
    """
    rows = Statement.objects.filter(pk__in=list(statements), status=Status.PUBLISHED).select_related("person")
    locked = list(rows.order_by("pk").select_for_update(of=("self",)))
    known = set(Payout.objects.filter(client_ref=client_ref).values_list("statement_id", flat=True)) if client_ref else set()
    due = [statement for statement in locked if statement.due and statement.pk not in known]
    for statement in due:
        _require_day(statement, paid_on, today)
    made = Payout.objects.bulk_create(
        [
            Payout(
                statement=statement,
                amount=statement.due,
                paid_on=paid_on,
                reference=reference.strip(),
                client_ref=client_ref,
                made_by=by,
            )
            for statement in due
        ]
    )
    for statement in due:
        statement.paid = statement.total
    with unsealing():
        Statement.objects.bulk_update(due, ["paid"], batch_size=500)
    if made:
        record("incentives.payout.recorded", about=made[0], by=by, after={"people": len(made), "paid_on": paid_on})
    return len(made)


@transaction.atomic
def take_back(*, payout, paid_on, today, by) -> Payout:
    """
    Take a payout back that was recorded by mistake; pressed twice, it is taken back once.

    :raises PayoutRefused: `is_taking_back`, `in_future`, `too_early`.
    """
    statement = _locked(payout.statement)
    if payout.takes_back_id:
        raise PayoutRefused("is_taking_back")
    if made := Payout.objects.filter(takes_back=payout).first():
        return made
    _require_day(statement, paid_on, today)
    made = _pay(statement, -payout.amount, paid_on=paid_on, reference=payout.reference, takes_back=payout, by=by)
    record("incentives.payout.withdrawn", about=made, by=by, after={"person": str(statement.person), "paid_on": payout.paid_on})
    return made


@transaction.atomic
def keep_payroll(*, period, file_name, content, people, total, client_ref=None, by) -> PayExport:
    """Keep a month's payroll file as it is handed out; the same `client_ref` again gives the one that was kept."""
    if made := made_before(PayExport.objects, client_ref):
        return made
    made = PayExport.objects.create(
        starts_on=period.starts_on,
        file_name=file_name,
        content=content,
        people=people,
        total=total,
        client_ref=client_ref,
        made_by=by,
    )
    record("incentives.payexport.made", about=made, by=by, after={"people": people, "month": period.starts_on.isoformat()[:7]})
    return made


def _locked(statement):
    return Statement.objects.select_related("person").select_for_update(of=("self",)).get(pk=statement.pk)


def _require_day(statement, paid_on, today):
    if paid_on > today:
        raise PayoutRefused("in_future")
    if paid_on < statement.starts_on:
        raise PayoutRefused("too_early")


def _pay(statement, amount, *, by, client_ref=None, **about):
    made = Payout.objects.create(statement=statement, amount=amount, client_ref=client_ref, made_by=by, **about)
    statement.paid += amount
    with unsealing():
        statement.save(update_fields=["paid"])
    return made
