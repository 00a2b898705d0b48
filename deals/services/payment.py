"""Money received for deals."""

from django.db import transaction
from django.db.models import Sum

from accounts.services import record
from common.cleaning import clean_values
from common.money import from_minor, to_minor
from common.repeats import made_before
from deals import rules, signals
from deals.models import Deal, Payment
from deals.services.deal import locked, paid_for
from deals.services.refusals import DealRefused


@transaction.atomic
def record_payment(*, deal, amount, received_on, note="", external_ref="", client_ref=None, by) -> Payment:
    """
    Record money received for an open (a deposit) or won deal; a repeated `client_ref` returns the payment it made.

    :raises DealRefused: `not_payable`, `not_positive`, `more_than_due`; nothing is written.
    :raises BadAmount, ValidationError: for values that cannot be kept.
    """
    deal = locked(deal)
    if made := made_before(Payment.objects, client_ref):
        return made
    if deal.status not in {Deal.Status.OPEN, Deal.Status.WON}:
        raise DealRefused("not_payable")
    amount = from_minor(to_minor(amount))
    if amount <= 0:
        raise DealRefused("not_positive")
    returned = deal.returns.aggregate(total=Sum("amount"))["total"] or rules.ZERO
    due = rules.outstanding(amount=deal.amount, returned=returned, paid=paid_for(deal))
    if amount > due:
        raise DealRefused("more_than_due", due=f"{max(due, rules.ZERO):,.2f}")
    payment = Payment(
        deal=deal, amount=amount, received_on=received_on, note=note, external_ref=external_ref, client_ref=client_ref
    )
    clean_values(payment)
    payment.save()
    record(
        "deals.payment.recorded",
        about=deal,
        by=by,
        after={"amount": str(amount), "received_on": str(received_on), "note": note},
    )
    signals.payment_changed.send(sender=Payment, payment_ids=[payment.pk])
    return payment


@transaction.atomic
def cancel_payment(*, payment, reason, by) -> Payment:
    """
    Take back a payment that did not arrive after all, or was mistyped; it stays visible, crossed out.

    :raises DealRefused: `no_reason`.
    """
    if not reason.strip():
        raise DealRefused("no_reason")
    payment = Payment.objects.select_for_update(of=("self",)).select_related("deal").get(pk=payment.pk)
    if payment.is_cancelled:
        return payment
    payment.is_cancelled = True
    payment.save(update_fields=["is_cancelled"])
    record(
        "deals.payment.cancelled",
        about=payment.deal,
        by=by,
        before={"amount": str(payment.amount), "received_on": str(payment.received_on)},
        after={"reason": reason.strip()},
    )
    signals.payment_changed.send(sender=Payment, payment_ids=[payment.pk])
    return payment
