"""Opening, changing and closing deals."""

from dataclasses import replace
from datetime import timedelta

from django.db import IntegrityError, transaction

from accounts.services import record
from common.cleaning import clean_values
from common.money import from_minor, to_minor
from common.repeats import made_before
from customers.models import Customer
from customers.signals import customer_changed
from deals import rules, signals
from deals.models import Deal, DealLine, DealShare, Instalment
from deals.rules import Line
from deals.services.number import next_number
from deals.services.refusals import DealRefused
from deals.services.territory import stamp_territories

CHANGEABLE = frozenset(
    [
        *("title", "customer", "owner", "channel", "territory", "stage", "note", "amount"),
        *("opened_on", "expected_on", "signed_on", "invoiced_on"),
    ]
)


def open_deal(
    *,
    customer,
    owner,
    opened_on,
    lines=(),
    amount=None,
    stage=Deal.Stage.LEAD,
    expected_on=None,
    channel=None,
    number="",
    title="",
    note="",
    client_ref=None,
    by,
) -> Deal:
    """
    Open an opportunity; a repeated `client_ref` returns the deal that it made before.

    :param lines: (product, quantity, price[, cost, list_price]) each; see `deals.rules.Line`.
    :param amount: an estimate, for a deal without lines yet.
    :param channel: the customer's if not given.
    :param number: made by the company's counter if not given.
    :raises DealRefused, BadLine, BadAmount, ValidationError: nothing is written.
    """
    deal = Deal(
        customer=customer,
        owner=owner,
        opened_on=opened_on,
        expected_on=expected_on,
        stage=stage,
        channel=channel,
        number=number,
        title=title,
        note=note,
        client_ref=client_ref,
    )
    return _make(deal, lines=lines, estimate=amount, by=by)


def log_deal(
    *,
    customer,
    owner,
    lines,
    closed_on,
    opened_on=None,
    channel=None,
    number="",
    title="",
    note="",
    client_ref=None,
    by,
) -> Deal:
    """
    Log a deal that is already won; a repeated `client_ref` returns the deal that it made before.

    :param lines: at least one (product, quantity, price[, cost, list_price]).
    :param opened_on: the closing day if not given.
    :raises DealRefused, BadLine, BadAmount, ValidationError: nothing is written.
    """
    deal = Deal(
        customer=customer,
        owner=owner,
        opened_on=opened_on or closed_on,
        closed_on=closed_on,
        status=Deal.Status.WON,
        stage=Deal.Stage.CONTRACT,
        channel=channel,
        number=number,
        title=title,
        note=note,
        client_ref=client_ref,
    )
    return _make(deal, lines=lines, estimate=None, by=by)


@transaction.atomic
def change_deal(*, deal, by, **changes) -> Deal:
    """
    Change some facts of a deal (any of `CHANGEABLE`); its state changes by the verbs for that.

    :raises DealRefused: `amount_has_lines` for an estimate beside lines, `closed_before_opened`.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise TypeError(f"Not changeable: {sorted(unknown)}")
    deal = locked(deal)
    before, customer_id = _facts_of(deal), deal.customer_id
    for field, value in changes.items():
        setattr(deal, field, value)
    if "amount" in changes:
        if deal.lines.exists():
            raise DealRefused("amount_has_lines")
        deal.amount = _checked_estimate(changes["amount"])
    _check(deal)
    deal.save()
    deal = _announce("deals.deal.changed", deal, before, by)
    if deal.customer_id != customer_id:
        moved = [pk for pk in (customer_id, deal.customer_id) if pk]
        customer_changed.send(sender=Customer, customer_ids=moved)
    return deal


@transaction.atomic
def set_lines(*, deal, lines, by) -> Deal:
    """
    Replace the products of an open or won deal; what a won deal is credited with follows.

    :raises DealRefused: `has_returns`; `no_lines` for a won deal; `not_open` if it was lost or cancelled.
    """
    deal = locked(deal)
    if deal.status not in {Deal.Status.OPEN, Deal.Status.WON}:
        raise DealRefused("not_open")
    if deal.returns.exists():
        raise DealRefused("has_returns")
    if deal.status == Deal.Status.WON and not lines:
        raise DealRefused("no_lines")
    before = _facts_of(deal) | {"lines": _told(deal.lines.select_related("product"))}
    rows, sums = _rows_of(lines)
    deal.amount, deal.cost = sums.amount, sums.cost
    if paid_for(deal) > deal.amount:
        raise DealRefused("has_payments")
    deal.lines.all().delete()
    deal.save(update_fields=["amount", "cost"])
    _write_lines(deal, rows)
    if deal.status == Deal.Status.WON:
        _fall_due(deal)
    return _announce("deals.deal.lines_set", deal, before, by, lines=_told(rows))


@transaction.atomic
def win_deal(*, deal, closed_on, by) -> Deal:
    """:raises DealRefused: `not_open`, `no_lines`, `closed_before_opened`."""
    deal = locked(deal)
    _require_open(deal)
    if not deal.lines.exists():
        raise DealRefused("no_lines")
    deal.stage = Deal.Stage.CONTRACT
    return _close(deal, Deal.Status.WON, closed_on, "deals.deal.won", by)


@transaction.atomic
def lose_deal(*, deal, reason, closed_on, by) -> Deal:
    """:raises DealRefused: `not_open`, `no_reason`, `has_payments`."""
    deal = locked(deal)
    _require_open(deal)
    _refuse_payments(deal)
    deal.lost_reason = _reason(reason)
    return _close(deal, Deal.Status.LOST, closed_on, "deals.deal.lost", by)


@transaction.atomic
def cancel_deal(*, deal, reason, closed_on, by) -> Deal:
    """
    Cancel an open or a won deal; a won one stops counting.

    :raises DealRefused: `not_open` if it was lost or cancelled, `no_reason`, `has_payments`, `has_returns`.
    """
    deal = locked(deal)
    if deal.status not in {Deal.Status.OPEN, Deal.Status.WON}:
        raise DealRefused("not_open")
    refuse_if_followed(deal)
    deal.cancelled_reason = _reason(reason)
    deal.instalments.all().delete()
    return _close(deal, Deal.Status.CANCELLED, closed_on, "deals.deal.cancelled", by)


@transaction.atomic
def reopen(*, deal, by) -> Deal:
    """
    Take back that a deal was won, lost or cancelled.

    :raises DealRefused: `is_open`; `has_payments` or `has_returns` for a won deal that went on.
    """
    deal = locked(deal)
    if deal.status == Deal.Status.OPEN:
        raise DealRefused("is_open")
    if deal.status == Deal.Status.WON:
        refuse_if_followed(deal)
    before = _facts_of(deal)
    deal.status, deal.closed_on, deal.lost_reason, deal.cancelled_reason = Deal.Status.OPEN, None, "", ""
    deal.save(update_fields=["status", "closed_on", "lost_reason", "cancelled_reason"])
    deal.instalments.all().delete()
    return _announce("deals.deal.reopened", deal, before, by)


@transaction.atomic
def set_shares(*, deal, shares, overlays=(), by) -> Deal:
    """
    Say who gets which part of a deal; no shares means that the owner has all of it.

    :param shares: (person, percent) each, together exactly 100.
    :param overlays: (person, percent) each, on top: they count for the person, never for a unit.
    :raises BadShares: nothing is written.
    """
    deal = locked(deal)
    before = {"shares": _told_shares(deal)}
    rows = []
    for given, is_overlay in ((shares, False), (overlays, True)):
        rules.check_shares([(person.pk, percent) for person, percent in given], is_overlay=is_overlay)
        rows += [DealShare(deal=deal, person=person, percent=percent, is_overlay=is_overlay) for person, percent in given]
    deal.shares.all().delete()
    DealShare.objects.bulk_create(rows)
    record("deals.deal.shared", about=deal, by=by, before=before, after={"shares": _told_shares(deal)})
    signals.deal_changed.send(sender=Deal, deal_ids=[deal.pk])
    return deal


def locked(deal):
    """Return the deal as it is now, held until the transaction ends."""
    return Deal.objects.select_for_update(of=("self",)).get(pk=deal.pk)


def paid_for(deal):
    """Return what has been received for a deal, less what was cancelled."""
    return sum((p.amount for p in deal.payments.all() if not p.is_cancelled), rules.ZERO)


@transaction.atomic
def _make(deal, *, lines, estimate, by):
    if made := made_before(Deal.objects, deal.client_ref):
        return made
    if deal.channel is None and deal.customer is not None:
        deal.channel_id = deal.customer.channel_id
    stamp_territories([deal])
    rows, sums = _rows_of(lines)
    if deal.status == Deal.Status.WON and not rows:
        raise DealRefused("no_lines")
    if estimate is not None and rows:
        raise DealRefused("amount_has_lines")
    deal.amount, deal.cost = sums.amount if estimate is None else _checked_estimate(estimate), sums.cost
    is_numbered_here = not deal.number
    if is_numbered_here:
        deal.number = "-"  # stands in until everything else is known to be right: the counter is shared
    _check(deal)
    if is_numbered_here:
        deal.number = next_number(year=(deal.opened_on or deal.closed_on).year)
    elif Deal.objects.filter(number=deal.number).exists():
        raise DealRefused("number_taken")
    try:
        with transaction.atomic():
            deal.save()
    except IntegrityError:
        # Another request with the same number was faster.
        raise DealRefused("number_taken") from None
    _write_lines(deal, rows)
    if deal.status == Deal.Status.WON:
        _fall_due(deal)
    action = "deals.deal.won" if deal.status == Deal.Status.WON else "deals.deal.opened"
    record(action, about=deal, by=by, after=_facts_of(deal) | {"lines": _told(rows)})
    signals.deal_changed.send(sender=Deal, deal_ids=[deal.pk])
    return deal


def _rows_of(lines):
    """Return unsaved rows for the lines asked for, and their sums."""
    checked = []
    for given in lines:
        line = given if isinstance(given, Line) else Line(*given)
        checked.append(
            rules.check_line(
                replace(
                    line,
                    cost=line.product.cost if line.cost is None else line.cost,
                    list_price=line.product.list_price if line.list_price is None else line.list_price,
                )
            )
        )
    sums = rules.sums_of(checked)
    rows = [
        DealLine(
            product=line.product,
            quantity=line.quantity,
            list_price=line.list_price,
            price=line.price,
            cost=line.cost,
            amount=line.quantity * line.price,
            cost_amount=line.quantity * line.cost,
        )
        for line in checked
    ]
    return rows, sums


def _write_lines(deal, rows):
    for row in rows:
        row.deal = deal
    DealLine.objects.bulk_create(rows)


def _fall_due(deal):
    """What was won falls due after the customer's days of credit."""
    deal.instalments.all().delete()
    if deal.amount:
        days = deal.customer.credit_days if deal.customer else 0
        Instalment.objects.create(deal=deal, due_on=deal.closed_on + timedelta(days=days), amount=deal.amount)


def _checked_estimate(amount):
    amount = from_minor(to_minor(amount))
    if amount < 0:
        raise rules.BadLine("negative")
    return amount


def _check(deal):
    clean_values(deal)
    if deal.closed_on and deal.opened_on and deal.closed_on < deal.opened_on:
        raise DealRefused("closed_before_opened")


def _require_open(deal):
    if deal.status != Deal.Status.OPEN:
        raise DealRefused("not_open")


def refuse_if_followed(deal):
    """:raises DealRefused: `has_payments`, `has_returns`: what followed from the deal comes first."""
    _refuse_payments(deal)
    if deal.returns.exists():
        raise DealRefused("has_returns")


def _refuse_payments(deal):
    if deal.payments.filter(is_cancelled=False).exists():
        raise DealRefused("has_payments")


def _reason(text):
    if not (text := text.strip()):
        raise DealRefused("no_reason")
    return text


def _close(deal, status, closed_on, action, by):
    before = _facts_of(deal)
    deal.status, deal.closed_on = status, closed_on
    _check(deal)
    deal.save()
    if status == Deal.Status.WON:
        _fall_due(deal)
    return _announce(action, deal, before, by)


def _announce(action, deal, before, by, **also):
    after = _facts_of(deal) | also
    changed = [name for name in after if after[name] != before.get(name)]
    record(action, about=deal, by=by, before={n: before.get(n) for n in changed}, after={n: after[n] for n in changed})
    signals.deal_changed.send(sender=Deal, deal_ids=[deal.pk])
    return deal


def _facts_of(deal):
    names = sorted(CHANGEABLE | {"status", "closed_on", "number", "lost_reason", "cancelled_reason", "cost"})
    return {name: None if (value := getattr(deal, name)) in (None, "") else str(value) for name in names}


def _told(rows):
    return [f"{row.product} × {row.quantity} @ {row.price}" for row in rows]


def _told_shares(deal):
    return [
        f"{share.person} {share.percent} %" + (" +" if share.is_overlay else "")
        for share in deal.shares.select_related("person").order_by("is_overlay", "pk")
    ]
