"""Reads about deals: who sees which, and what is still open."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import RowNumber

from common.db.postgres.prepared import prepared
from common.tenancy import require_company_id
from customers.queries import seen_person_ids
from deals import rules
from deals.models import Deal, DealReturn, DealShare, Payment


def deals_in_sight(sight):
    """Return the deals that the people a member sees own or share; who sees everybody also sees those without an owner."""
    ids = seen_person_ids(sight)
    if ids is None:
        return Deal.objects.all()
    shared = list(DealShare.objects.filter(person_id__in=ids).values_list("deal_id", flat=True))
    return Deal.objects.filter(Q(owner_id__in=ids) | Q(pk__in=shared))


def open_pipeline(deals):
    """
    Return what is open per stage: dicts of `stage`, `deals` (count) and `amount`, in the order of the stages; all stages.

    :param deals: the deals to look at, as a `Question` of e.g. `deals_in_sight(sight)`.
    """
    asked = deals.then(
        "by stage", lambda rows: rows.open().order_by().values("stage").annotate(deals=Count("pk"), amount=Sum("amount"))
    )
    found = {row["stage"]: row for row in asked}
    return [found.get(stage, {"stage": stage, "deals": 0, "amount": 0}) for stage in Deal.Stage.values]


def largest_open(deals, *, per_stage):
    """Return the largest open deals of each stage, the largest first, as dicts by stage; of a `Question` of deals."""
    place = Window(RowNumber(), partition_by=F("stage"), order_by=[F("amount").desc(), F("pk").asc()])

    def largest(rows):
        placed = rows.open().annotate(place=place).filter(place__lte=per_stage).order_by("stage", "place")
        return placed.values(
            *("pk", "number", "title", "stage", "amount", "expected_on", "opened_on", "customer__name", "owner__name")
        )

    found = {}
    for row in deals.then(("largest", per_stage), largest):
        found.setdefault(row["stage"], []).append(row)
    return found


_SOLD = prepared(
    """
SELECT
    (SELECT json_agg(json_build_array(id, name) ORDER BY name, id) FROM deals_product WHERE company_id = %(company)s),
    (SELECT json_agg(json_build_array(id, name) ORDER BY name) FROM deals_productline WHERE company_id = %(company)s),
    (SELECT json_agg(json_build_array(id, name) ORDER BY position, name) FROM customers_channel WHERE company_id = %(company)s)
""",
    company="bigint",
)


@dataclass(frozen=True)
class Sold:
    """What is sold through which channels, as (id, name) pairs to choose from."""

    products: tuple[tuple[int, str], ...]
    lines: tuple[tuple[int, str], ...]
    channels: tuple[tuple[int, str], ...]


def names_of_what_is_sold():
    """Return products, product lines and channels by name; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, {"company": require_company_id()})
        return Sold(*(tuple(map(tuple, found or ())) for found in cursor.fetchone()))


@dataclass(frozen=True)
class Balance:
    """What of a deal was returned and paid, and what is still to come; `outstanding` is negative when money is owed back."""

    amount: Decimal
    returned: Decimal
    paid: Decimal
    due_on: date | None

    @property
    def outstanding(self):
        return rules.outstanding(amount=self.amount, returned=self.returned, paid=self.paid)

    def is_overdue(self, on):
        """Return whether money is still to come although its day has passed."""
        return self.outstanding > 0 and self.due_on is not None and self.due_on < on


def balance_of(deal) -> Balance:
    """Return what is returned, paid and due of a deal; of one that was not won nothing is due."""
    returned = deal.returns.aggregate(total=Sum("amount"))["total"] or rules.ZERO
    paid = deal.payments.filter(is_cancelled=False).aggregate(total=Sum("amount"))["total"] or rules.ZERO
    last = deal.instalments.order_by("-due_on").first()
    return Balance(deal.amount, returned, paid, last and last.due_on)


def returned_pieces(deal):
    """Return how many pieces of each line came back, by line id."""
    return dict(deal.returns.order_by().values_list("line_id").annotate(Sum("quantity")))


def outstanding_of_customer(customer) -> Decimal:
    """Return what a customer still has to pay for won deals: their amounts less returns and payments."""
    won = Deal.objects.won().filter(customer=customer)
    sums = (
        won.aggregate(total=Sum("amount"))["total"],
        DealReturn.objects.filter(deal__in=won).aggregate(total=Sum("amount"))["total"],
        Payment.objects.filter(deal__in=won, is_cancelled=False).aggregate(total=Sum("amount"))["total"],
    )
    amount, returned, paid = (total or rules.ZERO for total in sums)
    return rules.outstanding(amount=amount, returned=returned, paid=paid)


def bought_by(customer, *, until) -> Decimal:
    """Return what a customer bought in the twelve months up to a day, less what came back."""
    won = Deal.objects.won().filter(customer=customer, closed_on__gt=until - timedelta(days=365), closed_on__lte=until)
    amount = won.aggregate(total=Sum("amount"))["total"] or rules.ZERO
    returned = DealReturn.objects.filter(deal__in=won).aggregate(total=Sum("amount"))["total"] or rules.ZERO
    return amount - returned
