"""Chances and findings of the judgement in words."""

from decimal import Decimal
from fractions import Fraction

from django import template
from django.utils.translation import get_language

from common.figures import NO_VALUE, amount, percent
from targets.rules.judgement import SENTENCES

register = template.Library()


@register.filter
def likely(chance):
    """``{{ row.chances.commit|likely }}`` – a chance of 0–1 in whole per cent; never 0 or 100, for nothing is certain; ``—`` for None."""
    if chance is None:
        return NO_VALUE
    cases = round(Fraction(chance) * 100)
    return "<1%" if cases < 1 else ">99%" if cases > 99 else f"{cases}%"


@register.simple_tag(takes_context=True)
def said(context, finding, metric):
    """``{% said finding plan.metric %}`` – a finding of the judgement in words, its amounts as the metric is written."""
    facts = {name: _fact(context, name, value, metric) for name, value in finding.facts.items()}
    return str(SENTENCES[finding.code]) % facts


def _fact(context, name, value, metric):
    if name.endswith("_amount"):
        written = {
            "kind": metric.kind,
            "scale": metric.scale,
            "language": get_language(),
            "currency": context["company"].currency,
        }
        return amount(value, is_short=True, **written)
    if name == "chance_percent":
        return likely(Fraction(value) / 100)
    return f"{round(Fraction(value))}%" if name.endswith("_percent") else value


@register.filter
def as_percent(share):
    """``{{ capacity.deals_per_visit|as_percent }}`` – a part of 0–1 as a percentage."""
    return percent(Decimal(round(Fraction(share) * 1000)) / 10)


@register.filter
def whole(value):
    """``{% amount order|whole metric %}`` – an exact fraction of minor units as whole ones."""
    return round(value)
