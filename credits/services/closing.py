"""Closing a period: from then on its figures never change."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.locks import LockSpace, hold, share
from common.periods import Period
from common.refusals import Refusal
from common.tenancy import require_company_id
from credits.closing_checks import findings_in
from credits.models import Closing
from credits.queries.closings import closed_before, next_start, sums_of
from credits.signals import period_closed


class ClosingRefused(Refusal):
    """The period cannot be closed."""

    sentences = {
        "not_over": _("The period is not over: the last day to be closed must be before today."),
        "closed_already": _("The books are closed until %(day)s already. Choose a later day."),
        "blocked": _("Something has to be settled first: %(findings)s"),
    }


def hold_closing_off():
    """
    Let nobody close a period until this transaction ends.

    For whoever writes something that depends on it. Must come before any row is locked that closing writes about, and after
    the figures are held (`credits.rollups.hold_company`) by whoever needs both.
    """
    share(LockSpace.LEDGER, require_company_id())


def keep_books_open():
    """Hold closing off, and return the first open day, None while nothing is closed."""
    hold_closing_off()
    return closed_before()


def closable_period(*, ends_before, today):
    """
    Return the period that closing until a day would close: it begins where the last one ended.

    :raises ClosingRefused: ``not_over``, ``closed_already``.
    """
    if ends_before > today:
        raise ClosingRefused("not_over")
    boundary = closed_before()
    if boundary is not None and ends_before <= boundary:
        raise ClosingRefused("closed_already", day=(boundary - timedelta(days=1)).isoformat())
    return Period(next_start(ends_before), ends_before)


@transaction.atomic
def close_period(*, ends_before, today, closed_at=None, by):
    """
    Close everything before a day that is not closed yet; there is no way back.

    What is posted for it later counts on the first open day. Figures of the period are brought up to date first, by who
    hears of it (`credits.signals.period_closed`).

    :param ends_before: the first day that stays open.
    :param today: the company's day.
    :param closed_at: now, unless history is being made.
    :returns: the closing.
    :raises ClosingRefused: ``not_over``, ``closed_already``, ``blocked`` with what has to be settled.
    """
    # Whoever is posting finishes first; whoever comes now waits, and then finds the period closed.
    hold(LockSpace.LEDGER, require_company_id())
    period = closable_period(ends_before=ends_before, today=today)
    if blocking := [finding for finding in findings_in(period) if finding.is_blocking]:
        raise ClosingRefused("blocked", findings="; ".join(str(finding.text) for finding in blocking))
    closing = Closing.objects.create(
        starts_on=period.starts_on,
        ends_before=period.ends_before,
        closed_by=by,
        sums=sums_of(period),
        **({"closed_at": closed_at} if closed_at else {}),
    )
    record(
        "credits.closing.closed",
        about=closing,
        by=by,
        after={"starts_on": period.starts_on.isoformat(), "last_day": period.last_day.isoformat()},
    )
    period_closed.send(sender=Closing, closing=closing, by=by)
    return closing
