"""Victory reports: written once when a large deal is won or a target reached, off the wall when it no longer is so."""

from django.db import transaction

from accounts.services import record
from common.money import from_minor, to_minor
from common.periods import PeriodKind, period_of, previous
from deals.models import Deal
from incentives.models import VictoryReport
from incentives.queries.awards import honour_settings
from incentives.rules.honours import NEWS_DAYS, Withdrawal, lead_of, news_since, why_withdrawn
from targets.models import Ranking
from targets.queries.metrics import headline_metric
from targets.queries.rankings import live_ranking
from targets.queries.windows import Window

SUBJECTS = (Ranking.Subject.PERSON, Ranking.Subject.TEAM, Ranking.Subject.REGION)
SPANS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)


@transaction.atomic
def follow_deals(deal_ids, *, on):
    """
    Write the reports of deals that were just won and are large enough, and judge again those that have one.

    :param on: today; what was won earlier than a few days ago makes no report (`rules.honours.NEWS_DAYS`).
    """
    settings = honour_settings()
    reported = {report.deal_id: report for report in VictoryReport.objects.filter(deal_id__in=deal_ids)}
    if reported:
        _judge_again(reported, on=on)
    if settings.deal_limit is None:
        return []
    rows = Deal.objects.filter(pk__in=deal_ids, status=Deal.Status.WON, owner__isnull=False).exclude(pk__in=reported)
    rows = rows.filter(closed_on__range=(news_since(on), on), amount__gte=from_minor(settings.deal_limit))
    made = []
    for deal in rows.order_by("pk").prefetch_related("shares", "returns"):
        amount, returned = _minor(deal)
        if amount - returned >= settings.deal_limit:
            made.append(_report(deal, amount - returned, settings.deal_limit))
    VictoryReport.objects.bulk_create(made, ignore_conflicts=True)
    return made


def _report(deal, amount, limit):
    shares = [(share.person_id, share.percent) for share in deal.shares.all() if not share.is_overlay]
    lead_id = lead_of(deal.owner_id, shares)
    return VictoryReport(deal=deal, person_id=lead_id, amount=amount, limit=limit, happened_on=deal.closed_on)


def _judge_again(reported, *, on):
    """Take reports off the wall, or put them on it again, by what has become of their deals."""
    for deal in Deal.objects.filter(pk__in=reported).order_by("pk").prefetch_related("returns"):
        report = reported[deal.pk]
        amount, returned = _minor(deal)
        is_won = deal.status == Deal.Status.WON
        reason = why_withdrawn(is_won=is_won, amount=amount, returned=returned, limit=report.limit)
        _settle(report, reason, amount=amount - returned if is_won else report.amount, on=on)


def _settle(report, reason, *, amount, on):
    withdrawn_on = (report.withdrawn_on or on) if reason else None
    now = {"amount": amount, "withdrawn_on": withdrawn_on, "withdrawn_reason": reason}
    before = {name: getattr(report, name) for name in now}
    if before == now:
        return
    for name, value in now.items():
        setattr(report, name, value)
    report.save(update_fields=list(now))
    if before["withdrawn_reason"] != reason:
        action = "incentives.victory.withdrawn" if reason else "incentives.victory.reopened"
        record(action, about=report, by=None, before={"reason": before["withdrawn_reason"]}, after={"reason": str(reason)})


def _minor(deal):
    return to_minor(deal.amount), sum(to_minor(back.amount) for back in deal.returns.all())


@transaction.atomic
def follow_targets(*, on, first_month):
    """
    Write the reports of targets reached in the running month, quarter and year or the ones just over, and judge them again.

    It goes by what is added up; the same twice changes nothing. Returns (written, taken off the wall).
    """
    metric = headline_metric()
    if metric is None or not honour_settings().reports_targets:
        return 0, 0
    written = taken = 0
    for kind in SPANS:
        running = period_of(on, kind, first_month)
        for period in (previous(running, kind), running):
            new, gone = _follow_period(metric, period, kind, on=on)
            written, taken = written + new, taken + gone
    return written, taken


def _follow_period(metric, period, kind, *, on):
    reported = {
        (report.person_id, report.unit_id): report
        for report in VictoryReport.objects.filter(metric=metric, starts_on=period.starts_on, ends_before=period.ends_before)
    }
    # A period that is over is news for a few days; later only what is on the wall is looked at.
    is_writing = (on - period.last_day).days < NEWS_DAYS
    if not is_writing and not reported:
        return 0, 0
    made, taken = [], 0
    for subject in SUBJECTS:
        for row in live_ranking(metric=metric, window=Window(period, kind), on=min(on, period.last_day), subject=subject):
            who = (row.subject_id, None) if subject == Ranking.Subject.PERSON else (None, row.subject_id)
            is_reached = bool(row.commit) and row.numerator >= row.commit
            if report := reported.get(who):
                taken += report.withdrawn_on is None and not is_reached
                _settle(report, "" if is_reached else Withdrawal.BELOW, amount=row.numerator, on=on)
            elif is_reached and is_writing:
                made.append(_reached(metric, period, who, row, on=on))
    VictoryReport.objects.bulk_create(made, ignore_conflicts=True)
    return len(made), taken


def _reached(metric, period, who, row, *, on):
    person_id, unit_id = who
    return VictoryReport(
        metric=metric,
        starts_on=period.starts_on,
        ends_before=period.ends_before,
        person_id=person_id,
        unit_id=unit_id,
        amount=row.numerator,
        limit=row.commit,
        happened_on=min(row.reached_on or on, on),
    )
