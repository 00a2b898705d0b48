"""The life of a month's statement: approved, checked, published and from then on sealed; acknowledged by whom it is for."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Min, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.locks import LockSpace, hold
from common.refusals import Refusal
from common.tenancy import require_company_id
from incentives.models import Statement, StatementEvent, StatementLine
from incentives.models.sealing import unsealing
from incentives.queries.figures_seen import Seen
from incentives.rules import statements as rules
from incentives.rules.terms import Status

Kind = StatementEvent.Kind
_STEPS = {
    Status.APPROVED: (Kind.APPROVED, "incentives.statement.approved", {"approved_at"}),
    Status.CHECKED: (Kind.CHECKED, "incentives.statement.checked", {"checked_at"}),
    Status.PUBLISHED: (Kind.PUBLISHED, "incentives.statement.published", {"published_at"}),
}
_POST = """
INSERT INTO incentives_payentry (company_id, statement_id, line_id, person_id, kind, source, source_id, component_key,
    earned_from, earned_before, amount, posted_at)
SELECT line.company_id, line.statement_id, line.id, statement.person_id, line.kind, line.source, line.source_id,
    line.component_key, line.earned_from, line.earned_before, line.amount, %(now)s
FROM incentives_statementline line
JOIN incentives_statement statement ON statement.company_id = line.company_id AND statement.id = line.statement_id
WHERE line.company_id = %(company)s AND line.statement_id = ANY(%(statements)s) AND line.amount <> 0
ORDER BY line.statement_id, line.position
"""


class StatementRefused(Refusal):
    """A statement cannot be brought further so."""

    sentences = {
        "own": _("Nobody decides about a statement of their own; the next level does."),
        "step": _("The statement has gone another way meanwhile. Look at it as it is now."),
        "sealed": _("A published statement does not change any more. A correction becomes a line of the next one."),
        "changed": _("The figures have changed since you looked at them. Look at them as they are now, and decide again."),
        "stale": _("The figures have changed since it was calculated. Send it back, and have it calculated again."),
        "earlier": _("A statement of an earlier month is still open; that one comes first."),
        "sum": _("The lines do not add up to the total. Have it calculated again."),
        "no_reason": _("Say why."),
        "not_published": _("The statement is not published yet."),
        "not_over": _("The month is not over yet."),
    }


@dataclass(frozen=True)
class Outcome:
    """
    What became of many statements: how many were brought further, and of how many not, by reason.

    :ivar changed: those that stand otherwise than whoever decides has seen them.
    """

    done: int
    left: dict[str, int]
    changed: tuple = ()

    @property
    def reasons(self):
        """The sentences about those that were left, with their number."""
        return [(str(StatementRefused.sentences[code]), count) for code, count in self.left.items()]


@transaction.atomic
def approve(*, statements, decider, seen=None, now, by) -> Outcome:
    """
    Approve drafts of whom one leads; what cannot be approved is left as it is.

    :param statements: ids; that they may be approved by this member is for the door to say.
    :param decider: the person who decides, None for one outside of the organisation.
    :param seen: {id: `Seen`}, the figures that were looked at; whatever stands otherwise is left. None where nobody looks.
    """
    return _bring(Status.APPROVED, statements, decider, seen, now, by)


@transaction.atomic
def check(*, statements, decider, seen=None, now, by) -> Outcome:
    """Check what managers have approved; what cannot be checked is left as it is. Otherwise as `approve`."""
    return _bring(Status.CHECKED, statements, decider, seen, now, by)


@transaction.atomic
def publish(*, statements, seen=None, now, by) -> Outcome:
    """
    Publish what was checked: it is posted to the ledger of pay and sealed, and the person sees it.

    A month is published once it is over. Whoever has something deducted is given notice. Safe to repeat: what is published stays as it is.
    `seen` as of `approve`.
    """
    hold(LockSpace.PAY, require_company_id())  # nothing is calculated meanwhile from what is not posted yet
    locked = _lock(statements)
    kept, left, changed = _sort(locked, Status.PUBLISHED, None, seen, on=timezone.localdate(now))
    if not kept:
        return Outcome(0, left, changed)
    ids = [statement.pk for statement in kept]
    with connection.cursor() as cursor:
        cursor.execute(_POST, {"now": now, "company": require_company_id(), "statements": ids})
    _write(kept, Status.PUBLISHED, now, by)
    _give_notice(kept, now, by)
    # What was drafted without knowing of these entries is to be calculated again.
    later = Statement.objects.exclude(status=Status.PUBLISHED).filter(person__in=[statement.person_id for statement in kept])
    later.filter(starts_on__gt=min(statement.starts_on for statement in kept)).update(is_stale=True)
    return Outcome(len(kept), left, changed)


@transaction.atomic
def send_back(*, statement, reason, decider, now, by) -> Statement:
    """
    Send a statement back with a reason: it is a draft again, and can be calculated anew.

    :raises StatementRefused: `own`, `sealed`, `no_reason`.
    """
    if not reason.strip():
        raise StatementRefused("no_reason")
    (statement,) = _lock([statement.pk])
    if decider is not None and statement.person_id == decider.pk:
        raise StatementRefused("own")
    if not rules.may_become(statement.status, Status.DRAFT):
        raise StatementRefused("sealed")
    before = {"status": statement.status}
    statement.status, statement.approved_at, statement.checked_at = Status.DRAFT, None, None
    statement.save(update_fields=["status", "approved_at", "checked_at"])
    _note([statement], Kind.SENT_BACK, now, by, note=reason.strip())
    record("incentives.statement.sent_back", about=statement, by=by, before=before, after={"reason": reason.strip()})
    return statement


@transaction.atomic
def acknowledge(*, statement, now, by) -> Statement:
    """
    Confirm to have seen one's published statement with what it deducts; pressed twice, the first time counts.

    :raises StatementRefused: `not_published`.
    """
    (statement,) = _lock([statement.pk])
    if statement.status != Status.PUBLISHED:
        raise StatementRefused("not_published")
    if statement.acknowledged_at is None:
        statement.acknowledged_at = now
        with unsealing():
            statement.save(update_fields=["acknowledged_at"])
        _note([statement], Kind.ACKNOWLEDGED, now, by)
        record("incentives.statement.acknowledged", about=statement, by=by)
    return statement


def _bring(wanted, ids, decider, seen, now, by):  # noqa: PLR0917 - what every step is told
    kept, left, changed = _sort(_lock(ids), wanted, decider, seen)
    _write(kept, wanted, now, by)
    return Outcome(len(kept), left, changed)


def _lock(ids):
    """Return statements under a lock, in one order for everybody, so that nobody waits for each other in a ring."""
    return list(
        Statement.objects.filter(pk__in=list(ids)).select_related("person").order_by("pk").select_for_update(of=("self",))
    )


def _sort(statements, wanted, decider, seen, *, on=None):
    """
    Return the statements that can be brought into a state, of the others how many by reason, and those that were seen otherwise.

    :param on: today, to publish.
    """
    sums = _sums(statements) if wanted == Status.PUBLISHED else {}
    open_before = [statement for statement in statements if statement.status != Status.PUBLISHED]
    earlier = _with_earlier_open(open_before) if wanted == Status.PUBLISHED else set()
    kept, left, changed = [], {}, []
    for statement in statements:
        if statement.status == wanted:
            continue  # somebody was faster, with the same
        fault = _fault(statement, wanted, decider)
        if fault is None and seen is not None and seen.get(statement.pk) != Seen.of(statement):
            fault = "changed"
            changed.append(statement)
        if fault is None and statement.pk in earlier:
            fault = "earlier"
        if fault is None and wanted == Status.PUBLISHED and statement.ends_before > on:
            fault = "not_over"
        if fault is None and wanted == Status.PUBLISHED and sums.get(statement.pk, 0) != statement.total:
            fault = "sum"
        if fault is None:
            kept.append(statement)
        else:
            left[fault] = left.get(fault, 0) + 1
    return kept, left, tuple(changed)


def _fault(statement, wanted, decider):
    if statement.status == Status.PUBLISHED:
        return "sealed"
    if not rules.may_become(statement.status, wanted):
        return "step"
    if decider is not None and statement.person_id == decider.pk:
        return "own"
    return "stale" if statement.is_stale else None


def _sums(statements):
    lines = StatementLine.objects.filter(statement__in=[statement.pk for statement in statements])
    return dict(lines.order_by().values_list("statement").annotate(Sum("amount")))


def _with_earlier_open(statements):
    """Return the ids of statements whose person has one of an earlier month that is not published."""
    first_open = dict(
        Statement.objects.exclude(status=Status.PUBLISHED)
        .filter(person__in={statement.person_id for statement in statements})
        .order_by()
        .values_list("person")
        .annotate(Min("starts_on"))
    )
    return {statement.pk for statement in statements if statement.starts_on > first_open[statement.person_id]}


def _write(statements, wanted, now, by):
    """Bring statements into a state, with a step in the history of each and one entry in the audit trail."""
    if not statements:
        return
    kind, action, stamps = _STEPS[wanted]
    ids = [statement.pk for statement in statements]
    Statement.objects.filter(pk__in=ids).update(status=wanted, **dict.fromkeys(stamps, now))
    _note(statements, kind, now, by)
    first = statements[0]
    months = sorted({statement.starts_on.isoformat()[:7] for statement in statements})
    record(action, about=first, by=by, after={"people": len(statements), "month": ", ".join(months)})


def _note(statements, kind, now, by, note=""):
    StatementEvent.objects.bulk_create(
        [StatementEvent(statement=statement, kind=kind, note=note[:300], made_by=by, made_at=now) for statement in statements]
    )


def _give_notice(statements, now, by):
    """Note a notice in the history of those from whose earlier pay something is taken."""
    lines = StatementLine.objects.filter(statement__in=[statement.pk for statement in statements])
    taking = lines.filter(amount__lt=0).exclude(kind__in=rules.WITHHELD).order_by().values("statement")
    found = defaultdict(list)
    rows = lines.filter(statement__in=taking).values_list("statement_id", "kind", "amount", "component_key", "earned_from")
    for statement_id, kind, amount, *earned_for in rows:
        found[statement_id].append((kind, amount, tuple(earned_for)))
    concerned = {statement_id for statement_id, taken in found.items() if rules.deducted(taken)}
    _note([statement for statement in statements if statement.pk in concerned], Kind.NOTICE, now, by)
