"""What is new about somebody's own pay, for their first page."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from common.period_names import name_of
from common.periods import month_of
from incentives.models import Dispute
from incentives.queries import statements as queries

#: How long something is new.
DAYS = 7


@dataclass(frozen=True)
class PayNews:
    """
    What somebody has not seen yet, perhaps.

    :ivar published: the statement published last, if that is new. :ivar to_confirm: the earliest one with a deduction that was not
        confirmed. :ivar settled: questions of theirs that were settled.
    """

    published: object | None
    to_confirm: object | None
    settled: list

    @property
    def is_any(self):
        return bool(self.published or self.to_confirm or self.settled)

    @property
    def published_name(self):
        return name_of(month_of(self.published.starts_on))

    @property
    def to_confirm_name(self):
        return name_of(month_of(self.to_confirm.starts_on))


def pay_news_of(*, person, on):
    """Return what is new about somebody's pay on a day; three queries."""
    since = datetime.combine(on - timedelta(days=DAYS), time(), tzinfo=UTC)
    statements = queries.own_statements(person)
    unconfirmed = queries.with_marks(statements.filter(acknowledged_at=None)).filter(has_notice=True)
    settled = Dispute.objects.filter(line__statement__person=person, settled_at__gte=since)
    settled = settled.exclude(status=Dispute.Status.WITHDRAWN).select_related("line").order_by("-settled_at")
    return PayNews(
        statements.filter(published_at__gte=since).first(), unconfirmed.order_by("starts_on").first(), list(settled[:3])
    )
