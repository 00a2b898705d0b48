"""What of pay waits for somebody on their first page."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from accounts.rules import Permission
from common.period_names import name_of
from common.periods import format_code, month_of
from incentives.queries import statements as queries
from incentives.rules.terms import Status


@dataclass(frozen=True)
class Waiting:
    """What waits in a month for one member; zero where it is not theirs to do."""

    month: date | None
    approve: int
    check: int
    publish: int
    stale: int
    questions: int
    overdue: int

    @property
    def is_any(self):
        return any((self.approve, self.check, self.publish, self.stale, self.questions))

    @property
    def name(self):
        return name_of(month_of(self.month)) if self.month else ""

    @property
    def code(self):
        return format_code(month_of(self.month)) if self.month else ""


def pay_waiting_for(*, membership, sight, on):
    """Return what of the earliest month that is still open, and of the questions, waits for a member; two queries."""
    releases = membership.may(Permission.PAY_RELEASE)
    months = (
        queries.statements_led(sight)
        .exclude(status=Status.PUBLISHED)
        .order_by("starts_on")
        .values("starts_on")
        .annotate(
            draft=Count("pk", filter=Q(status=Status.DRAFT)),
            approved=Count("pk", filter=Q(status=Status.APPROVED)),
            checked=Count("pk", filter=Q(status=Status.CHECKED)),
            stale=Count("pk", filter=Q(is_stale=True)),
        )
    )
    first = months.first() or dict.fromkeys(("starts_on", "draft", "approved", "checked", "stale"), 0)
    asked = queries.open_disputes(sight).aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=on)))
    return Waiting(
        month=first["starts_on"] or None,
        approve=first["draft"] if membership.may(Permission.PAY_APPROVE) else 0,
        check=first["approved"] if releases else 0,
        publish=first["checked"] if releases else 0,
        stale=first["stale"] if releases else 0,
        questions=asked["all"],
        overdue=asked["late"],
    )
