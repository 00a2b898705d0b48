"""The life of a statement: which step follows which, what is deducted, what is due, and how long one may ask."""

from datetime import timedelta
from decimal import Decimal

from incentives.rules.terms import LineKind, Status

#: Lines that take money: whoever is concerned is told beforehand and confirms it.
DEDUCTIONS = frozenset({LineKind.CLAWBACK, LineKind.DRAW_RECOVERY, LineKind.DEDUCTION, LineKind.BROUGHT})
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
    Return what is taken from somebody, as a positive amount.

    :param lines: (kind, amount) pairs.
    """
    return -sum(amount for kind, amount in lines if kind in DEDUCTIONS and amount < 0)


def is_payable(amount, due):
    """Return whether an amount can be paid out of what is due: in its direction, and never more."""
    return amount != 0 and (0 < amount <= due or due <= amount < 0)


def last_day_to_ask(published_on, days):
    """Return the last day on which a line of a statement can be questioned."""
    return published_on + timedelta(days=days)


def change_percent(total, before):
    """Return by how much a total differs from that of the month before, in per cent; None without something to compare with."""
    return Decimal(total - before) * 100 / abs(before) if before else None
