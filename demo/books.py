"""The demo's books: months closed one after another, and a running month in which everything happens that makes books hard."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Sum

from accounts.models import Membership
from accounts.rules import Role
from common.periods import PeriodKind, fiscal_year_of, month_of, months_in, previous, quarter_of, quarters_in
from credits import services as ledger
from customers.models import Customer
from deals.models import Deal, DealShare, Product
from deals.rules import Line
from deals.services import log_deal, record_payment, return_lines, set_shares
from demo import names
from targets.models import QuotaPeriod
from targets.services.periods import add_quota_period
from teams.models import Unit
from teams.queries import calendar_of
from teams.services import hire, transfer

#: Of the deals that were won, one in so many was won by two.
SHARED_ONE_IN = 30
#: On which day of the month the one before is closed.
CLOSING_DAY = 5


def share_some(deals, *, mates):
    """
    Return shares for some won deals, not stored yet: 70 % for the owner and 30 % for a team mate who was there.

    :param mates: from an owner's id and a day to the people of the same team on that day.
    """
    shares = []
    for deal in [deal for deal in deals if deal.status == Deal.Status.WON][::SHARED_ONE_IN]:
        others = mates(deal.owner_id, deal.closed_on)
        if others:
            other = others[deal.closed_on.toordinal() % len(others)]
            for person, percent in ((deal.owner, 70), (other, 30)):
                shares.append(DealShare(company_id=deal.company_id, deal=deal, person=person, percent=percent))
    return shares


def close_months(*, company, until):
    """
    Close what was over on a closing day, each by the admin on that day: the last year, this year's quarters, then months.

    :returns: the first open day, None if nothing is closed.
    """
    zone = ZoneInfo(company.time_zone)
    by = Membership.objects.filter(role=Role.ADMIN).earliest("pk").user
    year = fiscal_year_of(until, company.fiscal_year_starts_in)
    quarters = [quarter.starts_on for quarter in quarters_in(year)]
    months = [month.starts_on for month in months_in(quarter_of(until, company.fiscal_year_starts_in))]
    boundary = None
    for ends_before in sorted({*quarters, *months}):
        closed_on = ends_before.replace(day=CLOSING_DAY)
        if closed_on <= until:
            closed_at = datetime.combine(closed_on, time(17), tzinfo=zone)
            ledger.close_period(ends_before=ends_before, today=until, closed_at=closed_at, by=by)
            boundary = ends_before
    return boundary


def live_on(*, reps, company, boundary, until):
    """
    Let happen what comes after a closing: a hire, a late transfer, a shared deal, a late deal, a return, a late payment.

    All in the team of the rep who signs in, so that whoever looks at the demo finds it.

    :param boundary: the first open day.
    """
    first, *mates = [rep for rep in reps if rep.team == reps[0].team and rep.hired_on < boundary and rep.works_on(until)]
    if len(mates) < 2:
        return
    is_working = calendar_of(company).is_working
    closed = previous(month_of(boundary), PeriodKind.MONTH)
    late_on = next(day for back in range(1, 28) if is_working(day := boundary - timedelta(days=back)))
    opened_on = next(day for ahead in range(27) if is_working(day := boundary + timedelta(days=ahead)))
    by = Membership.objects.filter(role=Role.MANAGER, person_rows__assignments__unit=first.team).earliest("pk").user
    won = Deal.objects.won().filter(owner=first.person).order_by("-closed_on", "pk")
    _hire(first.team, min(opened_on, until), by)
    _transfer_late(mates[-1], closed.starts_on.replace(day=16), by)
    if running := won.filter(closed_on__gte=boundary, shares=None).first():
        shares = ((first.person, Decimal(60)), (mates[0].person, Decimal(40)))
        set_shares(deal=running, shares=shares, overlays=((mates[1].person, Decimal(20)),), by=by)
    _log_late(mates[0].person, late_on)
    if sold := won.filter(closed_on__lt=boundary, returns=None).first():
        line = sold.lines.order_by("-quantity", "pk").first()
        half = [(line, max(1, line.quantity // 2))]
        return_lines(deal=sold, returned_on=until, reason=names.RETURN_REASONS[0], items=half, by=by)
    _pay_late(first.person, late_on, by)


def plan_campaign(*, until):
    """Give the company a campaign with stages in the running month, and quota periods that are no calendar quarters."""
    year, month = until.year, month_of(until)
    campaign = None
    for name, kind, first, days in (
        (names.CAMPAIGN, QuotaPeriod.Kind.CAMPAIGN, 1, 18),
        *((stage, QuotaPeriod.Kind.STAGE, first, days) for stage, first, days in names.CAMPAIGN_STAGES),
    ):
        starts_on = month.starts_on + timedelta(days=first - 1)
        row = add_quota_period(
            name=name,
            kind=kind,
            campaign=campaign if kind == QuotaPeriod.Kind.STAGE else None,
            starts_on=starts_on,
            ends_before=starts_on + timedelta(days=days),
            by=None,
        )
        campaign = campaign or row
    for name, (first_month, first_day), (last_month, last_day) in names.SEASONS:
        add_quota_period(
            name=f"{year} {name}",
            kind=QuotaPeriod.Kind.QUOTA,
            starts_on=date(year, first_month, first_day),
            ends_before=date(year, last_month, last_day) + timedelta(days=1),
            by=None,
        )


def _hire(team, hired_on, by):
    """A newcomer without a sign-in yet, which HR can then give."""
    name, number = names.NEWCOMER
    hire(name=name, employee_number=number, unit=team, role=Role.REP, hired_on=hired_on, by=by)


def _transfer_late(rep, from_day, by):
    """Move a rep to another team, from a day that is closed already."""
    others = Unit.objects.filter(kind=Unit.Kind.TEAM).exclude(pk=rep.team.pk).order_by("pk")
    if (team := others.first()) and rep.hired_on < from_day and not rep.moves:
        transfer(person=rep.person, unit=team, role=Role.REP, from_day=from_day, by=by)


def _log_late(person, closed_on):
    """Log a deal that was won before the closing and is told only now."""
    product = Product.objects.get(code=names.LATE_PRODUCT)
    customer = Customer.objects.filter(owner=person).earliest("pk")
    lines = [Line(product, 60, product.list_price, product.cost)]
    log_deal(customer=customer, owner=person, lines=lines, closed_on=closed_on, by=person.membership.user)


def _pay_late(person, received_on, by):
    """Book a payment that arrived before the closing, for a deal of which something is still due."""
    won = Deal.objects.won().filter(owner=person, closed_on__lt=received_on, returns=None).order_by("-closed_on", "pk")
    for deal in won.annotate(paid=Sum("payments__amount"))[:40]:
        if due := deal.amount - (deal.paid or 0):
            record_payment(deal=deal, amount=due, received_on=received_on, by=by)
            return
