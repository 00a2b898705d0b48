"""The products of a deal in a file: what each row sells, and at which price."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from common.cells import MOST
from common.intake import BadRow, Note, Unclear
from common.money import from_minor, to_minor
from deals.models import DealLine


class BadLineRow(BadRow):
    sentences = {
        "no_such_product": _("The product “%(name)s” is not known."),
        "no_such_product_near": _("The product “%(name)s” is not known. Did you mean: %(near)s?"),
        "product_unclear": _("Several products are called “%(name)s”: give the code."),
        "several_without_product": _("Several rows of one deal, but not every one names a product."),
        "amount_differs": _("The amount %(amount)s is not %(quantity)s × %(price)s."),
        "too_large": _("The deal is too large: the limit is %(limit)s."),
    }


class TakenLine(Note):
    sentences = {
        "product_loosely": _("The product “%(given)s” is taken as %(taken)s."),
        "price_unknown": _("No amount is given: the list price of %(product)s is taken (%(price)s)."),
        "amount_divided": _("%(amount)s cannot be divided by %(quantity)s: two lines whose prices differ by 0.01."),
        "no_product": _("No product is named: the amount counts, but for no product line."),
    }


def lines_of(group, *, old_lines, products, notes):
    """
    Return the lines that the rows of one deal describe, not yet of any deal; empty when no row names a product.

    Prices that the rows do not give stay what they were; for a new line they are the product's own.

    :param notes: (field, note) of everything that is guessed is added to it.
    """
    named = [row for row in group if row.get("product")]
    if len(group) > 1 and len(named) < len(group):
        raise BadLineRow("several_without_product")
    lines, unmatched = [], list(old_lines)
    for row in named:
        product = _product_of(row.values["product"], products, notes)
        lines += _lines_of_row(row, product, unmatched, notes)
    return lines


def sums_of(group, *, lines, old):
    """
    Return (amount, cost) of a deal; the amount is None if neither the rows nor the deal as it is say one.

    :param old: the deal as it is, or None.
    """
    if lines:
        amount = sum((line.amount for line in lines), Decimal(0))
        cost = sum((line.cost_amount for line in lines), Decimal(0))
    else:
        row = group[0]
        amount = row.get("amount")
        if amount is None and "price" in row.values:
            amount = row.values["price"] * row.get("quantity", 1)
        cost = row.values["cost"] * row.get("quantity", 1) if "cost" in row.values else None
        amount = amount if amount is not None else old.amount if old else None
        cost = cost if cost is not None else old.cost if old else Decimal(0)
    if max(amount or 0, cost) > MOST:
        raise BadLineRow("too_large", limit=f"{MOST:,}")
    return amount, cost


def key_of(line):
    """Return what tells one line from another; two lists of equal keys are the same lines."""
    return line.product, line.quantity, line.list_price, line.price, line.cost


def told(lines):
    """Return lines in a few words, for the preview and the audit trail."""
    return ", ".join(f"{line.product.name} {line.quantity} × {line.price}" for line in lines)


def _product_of(name, products, notes):
    try:
        product, is_exact = products.find(name)
    except Unclear:
        raise BadLineRow("product_unclear", name=name) from None
    if product is None:
        if near := products.near(name):
            raise BadLineRow("no_such_product_near", name=name, near=near)
        raise BadLineRow("no_such_product", name=name)
    if not is_exact:
        notes.append(("product", TakenLine("product_loosely", given=name, taken=product.name)))
    return product


def _lines_of_row(row, product, unmatched, notes):
    old = next((line for line in unmatched if line.product == product), None)
    if old is not None:
        unmatched.remove(old)
    quantity = row.get("quantity") or (old.quantity if old else 1)
    price, amount = row.get("price"), row.get("amount")
    if price is not None and amount is not None and price * quantity != amount:
        raise BadLineRow("amount_differs", amount=amount, quantity=quantity, price=price)
    base = {
        "product": product,
        "list_price": row.get("list_price", old.list_price if old else product.list_price),
        "cost": row.get("cost", old.cost if old else product.cost),
    }
    if price is None and amount is None:
        price = old.price if old else base["list_price"]
        if old is None:
            notes.append(("amount", TakenLine("price_unknown", product=product.name, price=price)))
    if price is not None:
        return [_line(quantity, price, **base)]
    prices = _prices_of(to_minor(amount), quantity)
    if len(prices) > 1:
        notes.append(("amount", TakenLine("amount_divided", amount=amount, quantity=quantity)))
        # The second of the two has to be recognised as well when the file comes again.
        twin = next((line for line in unmatched if line.product == product), None)
        if twin is not None:
            unmatched.remove(twin)
    return [_line(pieces, from_minor(price), **base) for price, pieces in prices]


def _prices_of(amount, quantity):
    """Return (price, pieces) that add up to an amount exactly, in minor units; two of them when it cannot be divided."""
    low, left_over = divmod(amount, quantity)
    return [(low, quantity - left_over), (low + 1, left_over)] if left_over else [(low, quantity)]


def _line(quantity, price, *, product, list_price, cost):
    line = DealLine(product=product, quantity=quantity, list_price=list_price, price=price, cost=cost)
    line.amount, line.cost_amount = quantity * price, quantity * cost
    if max(line.amount, line.cost_amount, quantity * list_price) > MOST:
        raise BadLineRow("too_large", limit=f"{MOST:,}")
    return line
