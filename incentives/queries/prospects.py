"""What deals that are still open would bring to somebody: as posting would credit them if they were won today."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db import connection
from django.db.models import F, Q, Sum

from common.money import apportion, to_minor
from common.tenancy import require_company_id
from credits.queries.own import RETURNED_IN_FULL_ON
from deals.models import Deal, DealLine, DealShare, Payment
from incentives.queries.foretell import Part, Sale

_BOUGHT = f"""
SELECT DISTINCT deal.customer_id FROM deals_deal deal
WHERE deal.company_id = %(company)s AND deal.customer_id = ANY(%(customers)s::bigint[]) AND deal.status = 'WON'
    AND COALESCE({RETURNED_IN_FULL_ON}, 'infinity'::date) > %(on)s
"""
_NOTHING = (0, 0, 0)


@dataclass(frozen=True)
class Prospect:
    """
    An open deal with what it would bring.

    :ivar won: closed today, nothing paid yet beyond what is paid. :ivar collected: closed and paid in full today.
    """

    deal: Deal
    won: Sale
    collected: Sale


def open_deals_of(person_id):
    """Return the open deals that somebody owns or has a share of, the nearest to their end first; credit on top is no share."""
    shared = DealShare.objects.filter(is_overlay=False)
    rows = Deal.objects.filter(status=Deal.Status.OPEN).select_related("customer")
    mine = Q(pk__in=shared.filter(person=person_id).values("deal")) | (Q(owner=person_id) & ~Q(pk__in=shared.values("deal")))
    return rows.filter(mine).order_by(F("expected_on").asc(nulls_last=True), "-amount", "pk")


def prospects_of(deals, *, person_id, on: date) -> list[Prospect]:
    """Return what open deals would bring to a person; four queries whatever their number."""
    deals = list(deals)
    ids = [deal.pk for deal in deals]
    lines, shares = _lines_of(ids), _shares_of(ids)
    paid = dict(Payment.objects.filter(deal__in=ids, is_cancelled=False).order_by().values_list("deal").annotate(Sum("amount")))
    bought = _bought([deal.customer_id for deal in deals if deal.customer_id], on)
    return [
        Prospect(deal, *_sales_of(deal, lines[deal.pk], shares[deal.pk], paid.get(deal.pk) or 0, bought, person_id))
        for deal in deals
    ]


def _sales_of(deal, lines, shares, paid, bought, person_id):  # noqa: PLR0917 - what was read of one deal
    people = [share_person for share_person, _percent in shares]
    at = people.index(person_id) if person_id in people else None
    weights = [percent for _person, percent in shares]

    def of(amount):
        return amount if at is None else apportion(amount, weights)[at]

    whole = {line_id: sums[:3] for line_id, sums in lines.items()} or {
        None: (to_minor(deal.amount), to_minor(deal.amount) - to_minor(deal.cost), 0)
    }
    listed, price = (sum(sums[place] for sums in lines.values()) for place in (3, 0))
    about = {
        "parts": tuple(Part(line_id, *map(of, sums)) for line_id, sums in whole.items() if sums != _NOTHING),
        "channel_id": deal.channel_id or (deal.customer.channel_id if deal.customer_id else None),
        "is_new": deal.customer_id not in bought if deal.customer_id else None,
        "discount": Fraction((listed - price) * 100, listed) if listed else 0,
        "is_lead": at is None or max(range(len(shares)), key=lambda place: (weights[place], -place)) == at,
    }
    return Sale(**about), Sale(**about, collected=of(max(to_minor(deal.amount) - to_minor(paid), 0)))


def _lines_of(deal_ids):
    """Return {deal id: {product line id: (amount, gross profit, pieces, list amount)}} in minor units."""
    found = defaultdict(dict)
    sums = (
        DealLine.objects.filter(deal__in=deal_ids)
        .order_by()
        .values_list("deal", "product__line")
        .annotate(
            amounts=Sum("amount"), costs=Sum("cost_amount"), pieces=Sum("quantity"),
            listed=Sum(F("quantity") * F("list_price")),
        )
    )  # fmt: skip
    for deal_id, line_id, amount, cost, pieces, listed in sums:
        found[deal_id][line_id] = (to_minor(amount), to_minor(amount - cost), pieces, to_minor(listed))
    return found


def _shares_of(deal_ids):
    found = defaultdict(list)
    rows = DealShare.objects.filter(deal__in=deal_ids, is_overlay=False).order_by("pk")
    for deal_id, person_id, percent in rows.values_list("deal", "person", "percent"):
        found[deal_id].append((person_id, percent))
    return found


def _bought(customer_ids, on):
    """Return those of some customers of whom a won deal stands on a day."""
    if not customer_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_BOUGHT, {"company": require_company_id(), "customers": customer_ids, "on": on})
        return {customer_id for (customer_id,) in cursor.fetchall()}
