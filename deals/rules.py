"""What a deal adds up to, and what may still come back or be paid: exact decimals in, exact decimals out."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from common.money import LIMIT, from_minor, to_minor
from common.refusals import Refusal

MOST_PIECES = 1_000_000
MOST_AMOUNT = from_minor(LIMIT - 1)
HUNDRED = Decimal(100)
ZERO = Decimal(0)


class BadLine(Refusal):
    """A quantity or price that no deal can have."""

    sentences = {
        "quantity": _("The quantity must be a whole number from 1 to %(most)s."),
        "negative": _("A price cannot be negative."),
        "too_large": _("The deal is too large: the limit is %(limit)s."),
    }


class BadShares(Refusal):
    """Shares of a deal that do not divide it."""

    sentences = {
        "not_hundred": _("The shares add up to %(total)s %%; they must be exactly 100 %%."),
        "out_of_range": _("A share must be more than 0 % and at most 100 %, with two decimal places."),
        "twice": _("The same person has two shares."),
    }


@dataclass(frozen=True)
class Line:
    """A line as asked for; without cost or list price the product's own are taken."""

    product: Any
    quantity: int
    price: Decimal
    cost: Decimal | None = None
    list_price: Decimal | None = None


class Sums(NamedTuple):
    """What the lines of a deal add up to."""

    amount: Decimal
    cost: Decimal
    list_amount: Decimal

    @property
    def realisation(self):
        """What was paid of the list price, 0–100 and more; None without a list price."""
        return self.amount * HUNDRED / self.list_amount if self.list_amount else None

    @property
    def gross_profit(self):
        return self.amount - self.cost


def check_line(line):
    """
    Return the line with exact amounts.

    :raises BadLine, common.money.BadAmount: for a quantity or price that no deal can have.
    """
    if isinstance(line.quantity, bool) or not isinstance(line.quantity, int) or not 1 <= line.quantity <= MOST_PIECES:
        raise BadLine("quantity", most=f"{MOST_PIECES:,}")
    prices = [from_minor(to_minor(price)) for price in (line.price, line.cost, line.list_price)]
    if any(price < 0 for price in prices):
        raise BadLine("negative")
    if any(price * line.quantity > MOST_AMOUNT for price in prices):
        raise BadLine("too_large", limit=f"{MOST_AMOUNT:,}")
    return replace(line, price=prices[0], cost=prices[1], list_price=prices[2])


def sums_of(lines) -> Sums:
    """
    Add up checked lines.

    :raises BadLine: `too_large` when together they pass the limit.
    """
    sums = Sums(
        sum((line.price * line.quantity for line in lines), ZERO),
        sum((line.cost * line.quantity for line in lines), ZERO),
        sum((line.list_price * line.quantity for line in lines), ZERO),
    )
    if max(sums) > MOST_AMOUNT:
        raise BadLine("too_large", limit=f"{MOST_AMOUNT:,}")
    return sums


def check_shares(shares, *, is_overlay):
    """
    Refuse shares, given as (person id, percent), that do not divide a deal.

    :raises BadShares: revenue shares that are not exactly 100 %, a share out of range, a person named twice.
    """
    if len({person_id for person_id, _percent in shares}) != len(shares):
        raise BadShares("twice")
    for _person, percent in shares:
        if not percent.is_finite() or not 0 < percent <= HUNDRED or percent != percent.quantize(Decimal("0.01")):
            raise BadShares("out_of_range")
    total = sum((percent for _person, percent in shares), ZERO)
    if shares and not is_overlay and total != HUNDRED:
        raise BadShares("not_hundred", total=f"{total.normalize():f}")


def outstanding(*, amount, returned, paid):
    """Return what is still to be paid; negative when more was paid than remained after returns."""
    return amount - returned - paid
