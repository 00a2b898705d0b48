"""What deals tell on a customer's page."""

from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from common import figures
from customers.timeline import Event, Told, tells_of_customers
from deals import queries
from deals.models import Deal, DealReturn, Payment

_SAID = {
    Deal.Status.OPEN: ("folder-open", ""),
    Deal.Status.WON: ("trophy", "on_pace"),
    Deal.Status.LOST: ("mood-sad", "behind"),
    Deal.Status.CANCELLED: ("ban", "behind"),
}


@tells_of_customers
def tell_deals(*, customer, sight, today, limit):
    """Tell deals, returns and payments, whoever made them; deals out of sight are told without a link."""
    deals = {deal.pk: deal for deal in Deal.objects.filter(customer=customer).select_related("owner")[:limit]}
    seen = set(queries.deals_in_sight(sight).filter(customer=customer).values_list("pk", flat=True))
    currency = customer.company.currency
    events = [_deal(deal, seen, currency) for deal in deals.values()]
    payments = Payment.objects.filter(deal__customer=customer, is_cancelled=False).select_related("deal")[:limit]
    payments = Payment.objects.filter(deal__customer=customer, is_cancelled=False).select_related("deal")[:limit]
    events += [
        Event(
            _at(row.received_on),
            _("Payment received"),
            _money(row, currency),
            "",
            "cash",
            "accent",
            _address(row.deal_id, seen),
        )
        for row in payments
    ]
    returns = DealReturn.objects.filter(deal__customer=customer).select_related("deal").order_by("-returned_on")[:limit]
    events += [
        Event(
            _at(row.returned_on),
            _("Goods came back"),
            _money(row, currency),
            icon="package-import",
            tone="at_risk",
            url=_address(row.deal_id, seen),
        )
        for row in returns
    ]
    won = f"{reverse('deals:list')}?{urlencode({'q': customer.name, 'status': Deal.Status.WON})}"
    facts = [
        (_("Outstanding"), queries.outstanding_of_customer(customer), "MONEY", won),
        (_("Bought in 12 months"), queries.bought_by(customer, until=today), "MONEY", won),
    ]
    return Told(events, facts)


def _deal(deal, seen, currency):
    icon, tone = _SAID[deal.status]
    day = deal.closed_on or deal.opened_on or deal.created_at.date()
    money = figures.money(deal.amount, currency=currency)
    text = f"{deal.number} · {money}"
    if reason := deal.lost_reason or deal.cancelled_reason:
        text = f"{text}\n{reason}"
    by = deal.owner.name if deal.owner else ""
    return Event(_at(day), deal.get_status_display(), text, by, icon, tone, _address(deal.pk, seen))


def _money(row, currency):
    return f"{row.deal.number} · {figures.money(row.amount, currency=currency)}"


def _at(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def _address(deal_id, seen):
    return reverse("deals:deal", args=[deal_id]) if deal_id in seen else ""
