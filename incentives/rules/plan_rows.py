"""What is known of the rows a pay plan is typed in: for what a row of a table holds, what is counted, how a metric weighs."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from incentives.rules.terms import Customers


class Part(NamedTuple):
    """
    A metric of a KPI bonus: `metric` is one, or its id.

    `reads` says how a table of its own is read, of ``Steps``, by its value or its attainment; "" counts the attainment itself.
    """

    metric: object
    weight: Decimal
    reads: str = ""
    by_value: bool = False


@dataclass(frozen=True)
class Counted:
    """What can be known of a measure of the ledger: whether it is money, and what it tells apart."""

    code: str
    label: str
    is_money: bool
    has_lines: bool
    has_channels: bool
    has_deals: bool
    is_whole: bool = False  # it speaks of deals as a whole
    is_cash: bool = False


def group_of(step):
    """Return for what a row of a rate table holds: product line, channel and customers."""
    return (step.product_line_id, step.channel_id, step.customers)


def table_of(step):
    """Return which of the tables of its use a row belongs to: what it holds for, or whose score it is."""
    return (*group_of(step), step.metric_id)


def rank_of(step):
    """Return how specific a row is: the more of line, channel and customers it names, the earlier it is looked at."""
    return (step.product_line_id is not None) + (step.channel_id is not None) + (step.customers != Customers.ALL)
