"""The life of a statement: which step follows which, what is deducted, what is due, and how long one may ask."""

from datetime import timedelta
from decimal import Decimal

from incentives.rules.settling import sides
from incentives.rules.terms import LineKind, Status

#: Lines below zero that take nothing from earlier pay: what is not paid yet, or never was to be.
WITHHELD = frozenset({LineKind.HELD, LineKind.CAPPED})
#: What follows from the limit on deductions, and is no claim of its own.
_LIMITED = frozenset({LineKind.CARRIED, LineKind.DRAW_RECOVERY})
#: From which states a statement can be brought into a state.
COMES_FROM = {
    Status.APPROVED: frozenset({Status.DRAFT}),
    Status.CHECKED: frozenset({Status.APPROVED}),
    Status.PUBLISHED: frozenset({Status.CHECKED}),
    Status.DRAFT: frozenset({Status.DRAFT, Status.APPROVED, Status.CHECKED}),
}


def may_become(status, wanted):
    """Return whether a statement in a state can be brought into another one."""
    return status in COMES_FROM[wanted]


def deducted(lines):
    """
    Return what a statement takes from somebody's earlier pay, as a positive amount: without what is carried to the next month.

    Whoever is concerned is given notice of it and confirms it. The same claims as the limit holds for (`settling.deduct`).

    :param lines: (kind, amount, what it was earned for) of all its lines, as `settling.sides` takes them.
    """
    _given, taken = sides([line for line in lines if line[0] not in _LIMITED])
    return -sum(taken) - sum(amount for kind, amount, _of in lines if kind in _LIMITED)


def is_payable(amount, due):
    """Return whether an amount can be paid out of what is due: in its direction, and never more."""
    return amount != 0 and (0 < amount <= due or due <= amount < 0)


def last_day_to_ask(published_on, days):
    """Return the last day on which a line of a statement can be questioned."""
    return published_on + timedelta(days=days)


def change_percent(total, before):
    """Return by how much a total differs from that of the month before, in per cent; None without something to compare with."""
    return Decimal(total - before) * 100 / abs(before) if before else None
