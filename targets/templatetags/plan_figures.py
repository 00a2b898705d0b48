"""Figures of a plan's tables: without the currency's sign, and with cents only where there are any."""

from decimal import Decimal
from fractions import Fraction

from django import template

from common.figures import NO_VALUE, as_decimal, number
from common.period_names import name_of
from common.periods import month_of

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


@register.filter
def at(values, position):
    """``{{ heads|at:forloop.counter0 }}`` – the value at a position."""
    return values[position]


@register.filter
def absolute(value):
    """``{% amount gap.missing|absolute metric %}`` – without its sign, where words say which way."""
    return abs(value)


@register.filter
def spans(months):
    """Return months as people say them: those that follow one another as a span."""
    found = []
    for month in map(month_of, months):
        if found and found[-1][1].ends_before == month.starts_on:
            found[-1] = (found[-1][0], month)
        else:
            found.append((month, month))
    return [name_of(first) if first == last else f"{name_of(first)} – {name_of(last)}" for first, last in found]


@register.filter
def grouped(value):
    """``{{ change.new|grouped }}`` – `1,234` or `1,234.50`, of what has no metric; ``—`` for None."""
    return NO_VALUE if value is None else number(value, places=0 if value == value.to_integral_value() else 2)
