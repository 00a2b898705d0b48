"""Figures of a plan's tables: without the currency's sign, and with cents only where there are any."""

from decimal import Decimal
from fractions import Fraction

from django import template

from common.figures import NO_VALUE, as_decimal, number

register = template.Library()


@register.filter
def plain(value, metric):
    """``{{ row.commit|plain:metric }}`` – `1,234,000`, or `1,234.50` where it is not whole; ``—`` for None."""
    amount = as_decimal(value, scale=metric.scale)
    if amount is None:
        return NO_VALUE
    return number(amount, places=0 if amount == amount.to_integral_value() else metric.scale)


@register.filter
def readable(value):
    """``{{ value.value|readable }}`` – an exact fraction as a decimal with two places, for the filters that write figures."""
    if value is None:
        return None
    exact = Fraction(value)
    return round(Decimal(exact.numerator) / Decimal(exact.denominator), 2)
