"""Goods of a won deal that come back, on their own day."""

from django.db import transaction

from accounts.services import record
from common.cleaning import clean_values
from common.money import from_minor, to_minor
from deals import signals
from deals.models import Deal, DealReturn
from deals.queries import returned_pieces
from deals.services.deal import locked
from deals.services.refusals import DealRefused


@transaction.atomic
def return_lines(*, deal, returned_on, reason, items=None, client_ref=None, by) -> list[DealReturn]:
    """
    Take goods back; a repeated `client_ref` returns what it wrote before.

    :param items: (line, quantity[, amount]) each; the amount taken off is quantity × price unless less is given.
        None returns everything that is left.
    :raises DealRefused: `not_won`, `no_reason`, `returned_before_won`, `nothing_to_return`, `foreign_line`,
        `more_than_sold`, `more_than_returned`; nothing is written.
    """
    deal = locked(deal)
    if client_ref and (made := list(deal.returns.filter(client_ref=client_ref))):
        return made
    if deal.status != Deal.Status.WON:
        raise DealRefused("not_won")
    if not reason.strip():
        raise DealRefused("no_reason")
    if returned_on < deal.closed_on:
        raise DealRefused("returned_before_won")
    lines = {line.pk: line for line in deal.lines.select_related("product")}
    left = _left_of(deal, lines.values())
    if items is None:
        items = [(line, left[line.pk]) for line in lines.values() if left[line.pk]]
    if not items:
        raise DealRefused("nothing_to_return")
    rows = []
    for line, quantity, *amount in items:
        row = _row(lines=lines, left=left, line=line, quantity=quantity, amount=amount[0] if amount else None)
        row.deal, row.returned_on, row.reason, row.client_ref = deal, returned_on, reason.strip(), client_ref
        clean_values(row)
        rows.append(row)
    for row in rows:
        row.save()
        record(
            "deals.return.recorded",
            about=deal,
            by=by,
            after={
                "product": str(row.line.product),
                "quantity": row.quantity,
                "amount": str(row.amount),
                "returned_on": str(returned_on),
                "reason": reason,
            },
        )
    signals.return_recorded.send(sender=DealReturn, return_ids=[row.pk for row in rows])
    return rows


def _left_of(deal, lines):
    """Return how many pieces of each line can still come back, by line id."""
    back = returned_pieces(deal)
    return {line.pk: line.quantity - back.get(line.pk, 0) for line in lines}


def _row(*, lines, left, line, quantity, amount):
    if line.pk not in lines:
        raise DealRefused("foreign_line")
    line = lines[line.pk]
    if not isinstance(quantity, int) or not 1 <= quantity <= left[line.pk]:
        raise DealRefused("more_than_sold", product=str(line.product), left=left[line.pk])
    left[line.pk] -= quantity  # so that a line named twice cannot come back twice
    most = line.price * quantity
    amount = most if amount is None else from_minor(to_minor(amount))
    if not 0 <= amount <= most:
        raise DealRefused("more_than_returned", most=str(most))
    return DealReturn(line=line, quantity=quantity, amount=amount, cost_amount=line.cost * quantity)
