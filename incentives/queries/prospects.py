"""What deals that are still open would bring to somebody: as posting would credit them if they were won today."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.db import connection
from django.db.models import F, Q, Sum

from common.money import apportion, to_minor
from common.periods import month_of
from common.tenancy import require_company_id
from credits.queries.own import RETURNED_IN_FULL_ON
from deals.models import Deal, DealLine, DealShare, Payment
from incentives.queries.foretell import Part, Sale
from incentives.rules.numbers import round_half_up
from teams.rules import months_of_service

_BOUGHT = f"""
SELECT deal.customer_id, MIN(deal.closed_on) FROM deals_deal deal
WHERE deal.company_id = %(company)s AND deal.customer_id = ANY(%(customers)s::bigint[]) AND deal.status = 'WON'
    AND COALESCE({RETURNED_IN_FULL_ON}, 'infinity'::date) > %(on)s
GROUP BY 1
"""


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
    """Return the open deals that somebody owns, has a share of or is credited on top for, the nearest to their end first."""
    shared = DealShare.objects.filter(is_overlay=False)
    rows = Deal.objects.filter(status=Deal.Status.OPEN).select_related("customer")
    with_them = DealShare.objects.filter(person=person_id).values("deal")
    mine = Q(pk__in=with_them) | (Q(owner=person_id) & ~Q(pk__in=shared.values("deal")))
    return rows.filter(mine).order_by(F("expected_on").asc(nulls_last=True), "-amount", "pk")


def prospects_of(deals, *, person_id, on: date) -> list[Prospect]:
    """Return what open deals would bring to a person; four queries whatever their number."""
    deals = list(deals)
    ids = [deal.pk for deal in deals]
    lines, (shares, on_top) = _lines_of(ids), _shares_of(ids, person_id)
    paid = dict(Payment.objects.filter(deal__in=ids, is_cancelled=False).order_by().values_list("deal").annotate(Sum("amount")))
    bought = _bought([deal.customer_id for deal in deals if deal.customer_id], on)
    found = []
    for deal in deals:
        whole = _Whole(deal, lines[deal.pk], paid.get(deal.pk) or 0, bought, on)
        own, more = _own_part(deal, shares[deal.pk], person_id), _on_top(on_top.get(deal.pk))
        won, collected = (_sale(whole, own, more, is_collected=is_collected) for is_collected in (False, True))
        found.append(Prospect(deal, won, collected))
    return found


class _Whole:
    """A deal as everybody together would be credited for it."""

    def __init__(self, deal, lines, paid, bought, on):
        self.sums = {line_id: sums[:3] for line_id, sums in lines.items()} or {
            None: (to_minor(deal.amount), to_minor(deal.amount) - to_minor(deal.cost), 0)
        }
        self.discounts = {line_id: _discount(sums[3], sums[0]) for line_id, sums in lines.items()}
        self.margins = {line_id: margin_of(sums[1], sums[0]) for line_id, sums in self.sums.items()}
        amount, profit = (sum(sums[place] for sums in self.sums.values()) for place in (0, 1))
        listed, price = (sum(sums[place] for sums in lines.values()) for place in (3, 0))
        self.about = {
            "channel_id": deal.channel_id or (deal.customer.channel_id if deal.customer_id else None),
            "is_new": deal.customer_id not in bought if deal.customer_id else None,
            "age": months_of_service(bought.get(deal.customer_id, on), on) if deal.customer_id else None,
            "discount": _discount(listed, price),
            "margin": margin_of(profit, amount),
        }
        self.amount = to_minor(deal.amount)
        self.open = max(self.amount - to_minor(paid), 0)
        credit = timedelta(days=deal.customer.credit_days if deal.customer_id else 0)
        self.due = self.amount if on + credit < month_of(on).ends_before else 0
        self.paid = min(Fraction(to_minor(paid) * 100, to_minor(deal.amount)), 100) if deal.amount else 100

    def parts(self, of):
        """Return its product lines with what `of` gives of each amount."""
        return tuple(
            Part(line_id, *map(of, sums), self.discounts.get(line_id, 0), self.margins[line_id])
            for line_id, sums in self.sums.items() if any(map(of, sums))
        )  # fmt: skip


def _discount(listed, price):
    return Fraction((listed - price) * 100, listed) if listed else 0


def margin_of(profit, amount):
    """Return the gross margin in per cent, 0 of nothing."""
    return Fraction(profit * 100, amount) if amount else Fraction(0)


def _own_part(deal, shares, person_id):
    """Return (what of an amount is somebody's, whether the deal as a whole is): by shares, else the owner's."""
    people, weights = [person for person, _percent in shares], [percent for _person, percent in shares]
    if person_id in people:
        at = people.index(person_id)
        is_lead = max(range(len(shares)), key=lambda place: (weights[place], -place)) == at
        return (lambda amount: apportion(amount, weights)[at]), is_lead
    is_own = not shares and deal.owner_id == person_id
    return (lambda amount: amount if is_own else 0), is_own


def _on_top(percent):
    """Return the same of what is credited on top, each amount rounded by itself; None without."""
    if percent is None:
        return None
    return (lambda amount: round_half_up(Fraction(amount) * Fraction(percent) / 100)), bool(
        round_half_up(Fraction(percent) / 100)
    )


def _sale(whole, own, more, *, is_collected):
    of, is_lead = own
    return Sale(
        parts=whole.parts(of), **whole.about, collected=of(whole.open) if is_collected else 0, is_lead=is_lead,
        paid=100 if is_collected else whole.paid,
        due=of(whole.due), due_collected=of(whole.due if is_collected else min(whole.due, whole.amount - whole.open)),
        whole=whole.parts(int), collected_whole=whole.open if is_collected else 0,
        on_top=None if more is None else _sale(whole, more, None, is_collected=is_collected),
    )  # fmt: skip


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


def _shares_of(deal_ids, person_id):
    """Return {deal id: [(person id, per cent)]} of shares, and {deal id: per cent} of what a person is credited on top."""
    found, on_top = defaultdict(list), {}
    rows = DealShare.objects.filter(deal__in=deal_ids).order_by("pk")
    for deal_id, share_person_id, percent, is_overlay in rows.values_list("deal", "person", "percent", "is_overlay"):
        if not is_overlay:
            found[deal_id].append((share_person_id, percent))
        elif share_person_id == person_id:
            on_top[deal_id] = percent
    return found, on_top


def _bought(customer_ids, on):
    """Return {customer id: the first day of their won deals that stand on a day} of some customers, those without any left out."""
    if not customer_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BOUGHT, {"company": require_company_id(), "customers": customer_ids, "on": on})
        return dict(cursor.fetchall())
