"""Up to which day the books are closed, what stands in the way of closing more, and whether closed periods are as they were."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.periods import Period, month_of
from common.tenancy import require_company_id
from credits.closing_checks import Finding
from credits.models import Closing, Credit, DirtyDay
from credits.queries.lens import lies_in
from credits.queries.posted import closed_before
from credits.queries.reconciliation import reconcile
from credits.queries.recounting import is_anything_recounted
from deals.models import Deal

_EVER = Period(date(1990, 1, 1), date(2101, 1, 1))
#: The ledger of the given spans, by span and measure. The digest changes with any row that comes, goes or differs.
_SUMS = """
SELECT span.number, credit.measure, COALESCE(SUM(credit.amount) FILTER (WHERE NOT credit.is_overlay), 0)::bigint,
    COALESCE(SUM(credit.amount) FILTER (WHERE credit.is_overlay), 0)::bigint, COUNT(*),
    SUM(('x' || left(md5(concat_ws('|', credit.id, credit.person_id, credit.unit_id, credit.day, credit.counts_on,
        credit.product_line_id, credit.channel_id, credit.territory_id, credit.amount, credit.is_overlay)), 15))::bit(60)::bigint)::text
FROM unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS span(starts_on, ends_before, number)
JOIN credits_credit credit ON credit.company_id = %(company)s
    AND credit.counts_on >= span.starts_on AND credit.counts_on < span.ends_before
GROUP BY span.number, credit.measure
"""


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """A closing, whether its period still adds up to what it did then, and what has arrived for it since."""

    pk: int
    period: Period
    closed_at: datetime
    closed_by: str
    credits: int
    is_unchanged: bool
    restatements: int

    @property
    def first_day(self):
        return self.period.starts_on

    @property
    def last_day(self):
        return self.period.last_day


def next_start(ends_before):
    """Return the first day of a closing that would end before the given one: where the last one ended, else the ledger's first."""
    if (boundary := closed_before()) is not None:
        return boundary
    last_day = ends_before - timedelta(days=1)
    earliest = Credit.objects.aggregate(first=Min("counts_on"))["first"]
    return min(earliest or last_day, month_of(last_day).starts_on)


def sums_of(period):
    """Return what the ledger of a period adds up to, by measure, as a closing keeps it."""
    return _sums_of([period])[0]


def closing_rows():
    """Return every closing, the latest first, compared with the ledger as it is now; three queries."""
    closings = list(Closing.objects.select_related("closed_by"))
    periods = [Period(closing.starts_on, closing.ends_before) for closing in closings]
    now = _sums_of(periods)
    late = _restatements_by_closing(periods)
    return [
        ClosingRow(
            closing.pk,
            period,
            closing.closed_at,
            closing.closed_by.name if closing.closed_by else "",
            sum(kept["credits"] for kept in closing.sums.values()),
            closing.sums == sums,
            arrived,
        )
        for closing, period, sums, arrived in zip(closings, periods, now, late, strict=True)
    ]


def restatements(*, closing=None, person=None, unit=None):
    """Return the credits that arrived after their period was closed, narrowed as asked."""
    found = Credit.objects.restated()
    if closing is not None:
        is_first = not Closing.objects.filter(starts_on__lt=closing.starts_on).exists()
        found = found.filter(_late_for(Period(closing.starts_on, closing.ends_before), is_first=is_first))
    if person is not None:
        found = found.filter(person=person)
    if unit is not None:
        found = found.annotate(place_id=F("unit_id")).filter(lies_in([unit.pk], _EVER))
    return found


def find_before_closing(period):
    """Return what this floor finds in a period that is about to be closed."""
    found = []
    if differing := [row.label for row in reconcile() if not row.is_exact]:
        text = _("The ledger differs from its facts in: %(measures)s.") % {
            "measures": pgettext("between names", ", ").join(map(str, differing))
        }
        found.append(Finding(text, "credits:reconciliation", is_blocking=True))
    if is_anything_recounted():
        text = _("A metric is being counted anew by another rule.")
        found.append(Finding(text, "targets:metrics", is_blocking=True))
    nobody = Credit.objects.counting_in(period).filter(Q(person=None) | Q(unit=None)).values("source", "source_id").distinct()
    if count := nobody.count():
        text = ngettext("%(n)s fact credits nobody.", "%(n)s facts credit nobody.", count) % {"n": count}
        found.append(Finding(text, "credits:uncredited"))
    overdue = Deal.objects.filter(
        status=Deal.Status.OPEN, expected_on__gte=period.starts_on, expected_on__lt=period.ends_before
    )
    if count := overdue.count():
        text = ngettext(
            "%(n)s open deal was expected to close in the period. If it was won then, it will count later.",
            "%(n)s open deals were expected to close in the period. Those won then will count later.",
            count,
        )
        expected = {"expected_since": period.starts_on.isoformat(), "expected_until": period.last_day.isoformat()}
        found.append(Finding(text % {"n": count}, "deals:list", query={"status": Deal.Status.OPEN} | expected))
    waiting = DirtyDay.objects.filter(day__gte=period.starts_on, day__lt=period.ends_before).values("day").distinct().count()
    if waiting:
        text = ngettext(
            "%(n)s day is waiting to be added up; that is done while closing.",
            "%(n)s days are waiting to be added up; that is done while closing.",
            waiting,
        )
        found.append(Finding(text % {"n": waiting}, "credits:reconciliation"))
    return found


def suggested_last_day(today) -> date | None:
    """Return the last day of the latest month that is over and not closed, None if there is none."""
    last_day = month_of(today).starts_on - timedelta(days=1)
    boundary = closed_before()
    return None if boundary is not None and last_day < boundary else last_day


def _sums_of(periods):
    sums = [{} for _period in periods]
    with connection.cursor() as cursor:
        starts, ends = [period.starts_on for period in periods], [period.ends_before for period in periods]
        cursor.execute(_SUMS, {"company": require_company_id(), "starts": starts, "ends": ends})
        for number, measure, amount, overlay, count, digest in cursor.fetchall():
            sums[number - 1][measure] = {"amount": amount, "overlay": overlay, "credits": count, "digest": digest}
    return sums


def _restatements_by_closing(periods):
    """Return how many credits arrived late for each of the periods, which are in order, the latest first."""
    if not periods:
        return []
    last = len(periods) - 1
    counts = {
        f"n{number}": Count("pk", filter=_late_for(period, is_first=number == last)) for number, period in enumerate(periods)
    }
    found = Credit.objects.restated().aggregate(**counts)
    return [found[name] for name in counts]


def _late_for(period, *, is_first):
    """Return the condition that a restatement's day lay in a closing; the first one has everything before it as well."""
    condition = Q(day__lt=period.ends_before)
    return condition if is_first else condition & Q(day__gte=period.starts_on)
