"""Facts for the stories about credits, written straight into the tables: posting must not care who wrote them."""

import itertools
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from credits.models import Credit
from customers.models import Customer
from deals.models import Deal, DealLine, DealReturn, DealShare, Instalment, Payment, Product
from visits.models import Visit

_numbers = itertools.count(1)
MARCH_3 = date(2026, 3, 3)


def make_customer(**fields):
    return Customer.objects.create(name=f"Customer {next(_numbers)}", **fields)


def make_product(line=None, **fields):
    number = next(_numbers)
    return Product.objects.create(code=f"P{number}", name=f"Product {number}", line=line, list_price=100, **fields)


def make_deal(owner, *, lines=(), status=Deal.Status.WON, closed_on=MARCH_3, amount=0, cost=0, shares=(), **fields):
    """Make a deal; `lines` are (product, quantity, price, cost), `shares` are (person, percent, is_overlay)."""
    amount = sum(quantity * Decimal(price) for _p, quantity, price, _c in lines) if lines else amount
    cost = sum(quantity * Decimal(price) for _p, quantity, _x, price in lines) if lines else cost
    deal = Deal.objects.create(
        number=f"D{next(_numbers)}",
        owner=owner,
        status=status,
        closed_on=None if status == Deal.Status.OPEN else closed_on,
        amount=amount,
        cost=cost,
        **fields,
    )
    for product, quantity, price, each_cost in lines:
        DealLine.objects.create(
            deal=deal,
            product=product,
            quantity=quantity,
            list_price=price,
            price=price,
            cost=each_cost,
            amount=quantity * Decimal(price),
            cost_amount=quantity * Decimal(each_cost),
        )
    for person, percent, is_overlay in shares:
        DealShare.objects.create(deal=deal, person=person, percent=percent, is_overlay=is_overlay)
    return deal


def make_return(line, quantity, on, **fields):
    given = {"amount": quantity * line.price, "cost_amount": quantity * line.cost, "reason": "broken"} | fields
    return DealReturn.objects.create(deal_id=line.deal_id, line=line, quantity=quantity, returned_on=on, **given)


def make_payment(deal, amount, on, **fields):
    return Payment.objects.create(deal=deal, amount=amount, received_on=on, **fields)


def make_instalment(deal, amount, on):
    return Instalment.objects.create(deal=deal, amount=amount, due_on=on)


def make_visit(person, customer, on=MARCH_3, **fields):
    return Visit.objects.create(person=person, customer=customer, visited_on=on, **fields)


def ledger(*keys):
    """Return what the ledger adds up to by the given fields, without what adds up to nothing."""
    rows = Credit.objects.order_by().values_list(*keys).annotate(total=Sum("amount"))
    return {row[:-1] if len(keys) > 1 else row[0]: row[-1] for row in rows if row[-1]}
