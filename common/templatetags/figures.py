"""
Figures in templates: thin doors to ``common.figures`` that add the page's language and the company's currency.

Tags read the currency from the page (``company`` in the context); filters have no context and are told.
"""

import re
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy, ngettext

from common import figures

register = template.Library()

#: The space between a number and its per cent sign.
_PERCENT = re.compile(r"(?<=\d) %")

STATUS_WORDS = {
    figures.ON_PACE: gettext_lazy("On pace"),
    figures.AT_RISK: gettext_lazy("At risk"),
    figures.BEHIND: gettext_lazy("Behind"),
    figures.NEUTRAL: gettext_lazy("No verdict yet"),
}
#: Colour is never alone: every status has its own icon, readable without colour and in print.
STATUS_ICONS = {
    figures.ON_PACE: "circle-check",
    figures.AT_RISK: "alert-triangle",
    figures.BEHIND: "circle-arrow-down",
    figures.NEUTRAL: "circle-minus",
}


@register.simple_tag(takes_context=True, name="money")
def money_tag(context, value, scale=2):
    """``{% money row.amount %}`` – in full, in the company's currency."""
    return figures.money(value, currency=_currency(context), scale=scale)


@register.filter
def money(value, currency):
    """``{{ row.amount|money:company.currency }}`` – in full."""
    return figures.money(value, currency=currency)


@register.filter(is_safe=True)
def unbroken(text):
    """``{{ told.headline|unbroken }}`` – a sentence whose lines never begin with the % of the number before."""
    return _PERCENT.sub("\u00a0%", str(text))


@register.filter
def currency_sign(currency):
    """``{{ company.currency|currency_sign }}`` – beside a field in which an amount is typed."""
    return figures.currency_sign(currency).strip()


@register.simple_tag(takes_context=True, name="money_short")
def money_short_tag(context, value, scale=2):
    """``{% money_short total %}`` – a headline; the exact amount on hover and for screen readers."""
    exact = figures.money(value, currency=_currency(context), scale=scale)
    return _headline(figures.money_short(value, language=get_language(), scale=scale), exact)


@register.filter
def money_short(value):
    """``{{ total|money_short }}`` – a headline as plain text."""
    return figures.money_short(value, language=get_language())


@register.simple_tag(takes_context=True, name="amount")
def amount_tag(context, value, metric, short=False):
    """``{% amount row.actual metric %}`` – a value of a metric (``.kind``, ``.scale``); ``short=True`` for a headline."""
    common = {"kind": metric.kind, "scale": metric.scale, "language": get_language(), "currency": _currency(context)}
    exact = figures.amount(value, **common)
    return _headline(figures.amount(value, is_short=True, **common), exact) if short else exact


@register.simple_tag(takes_context=True)
def headline(context, value, kind=None, scale=None):
    """``{% headline value kind scale %}`` – a headline of any kind (MONEY when none is given), exact on hover."""
    kind = kind or figures.MONEY
    if kind == figures.PERCENT:
        return figures.percent(value)
    scale = (2 if kind == figures.MONEY else 0) if scale in (None, "") else int(scale)
    common = {"kind": kind, "scale": scale, "language": get_language(), "currency": _currency(context)}
    return _headline(figures.amount(value, is_short=True, **common), figures.amount(value, **common))


@register.filter
def count(value, scale=0):
    """``{{ visits|count }}`` – thousands separators; ``—`` for None."""
    return figures.amount(value, kind=figures.COUNT, scale=scale, language=get_language())


@register.filter
def percent(value, places=1):
    """``{{ attainment|percent }}`` – given as 0–100; ``—`` for None."""
    return figures.percent(value, places=places)


@register.filter
def phone(value, country="CN"):
    """``{{ customer.phone|phone:company.country }}`` – in groups, without the country code at home."""
    return figures.phone(value, country=country)


@register.filter
def day(value, today=None):
    """``{{ visit.visited_on|day }}`` or ``|day:today`` – near as people say it, far as ``2026-11-21``."""
    if hasattr(value, "tzinfo") and value.tzinfo:
        value = timezone.localtime(value)
    return figures.day(value, today=today or timezone.localdate(), language=get_language())


@register.filter
def moment(value, today=None):
    """``{{ entry.recorded_at|moment }}`` – the day and the time in the active time zone."""
    local = timezone.localtime(value) if value is not None else None
    return figures.moment(local, today=today or timezone.localdate(), language=get_language())


@register.filter
def movement(places):
    """``{% with move=row.moved|movement %}`` – ``.direction``, ``.sign``, ``.text``; None without an earlier ranking."""
    return figures.movement(places)


@register.filter
def movement_word(places):
    """Say a movement in words for screen readers: "up 3 places"."""
    if places is None:
        return gettext_lazy("New in the ranking")
    if places == 0:
        return gettext_lazy("Same place as before")
    steps = abs(places)
    if places > 0:
        return ngettext("Up %(steps)d place", "Up %(steps)d places", steps) % {"steps": steps}
    return ngettext("Down %(steps)d place", "Down %(steps)d places", steps) % {"steps": steps}


@register.filter
def status_word(status):
    """``{{ row.pace_status|status_word }}`` – on_pace, at_risk, behind or neutral in the reader's words."""
    return STATUS_WORDS[status]


@register.filter
def status_icon(status):
    """The name of the icon that goes with a status."""
    return STATUS_ICONS[status]


@register.filter
def bar_width(value, most=100):
    """Cap a percentage for a bar's length (0 to ``most``); the figure beside the bar is never capped."""
    return 0 if value is None else min(max(round(value), 0), most)


@register.simple_tag
def spark_points(values):
    """The points of a sparkline in a box of 100 × 28, scaled to its own lowest and highest value."""
    return figures.spark_points(values)


@register.simple_tag
def share_width(done, total):
    """The length of a job's bar in whole per cent; 0 while the total is unknown, 100 when there was nothing to do."""
    if total is None:
        return 0
    return min(100, done * 100 // total) if total else 100


def _currency(context):
    # A kept part is told the currency. An `{% include … only %}` has no `company`, but still the request: money must never
    # fall back to another currency.
    if "currency" in context:
        return context["currency"]
    company = context.get("company") or getattr(getattr(context, "request", None), "company", None)
    return getattr(company, "currency", None) or "CNY"


@lru_cache(maxsize=5000)
def _headline(text, exact):
    if text == exact:
        return text
    return format_html(
        '<span class="headline-value" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        exact,
        text,
        exact,
    )
