"""What every page needs: links out of the company, links that keep the filters, sort links and icons."""

from functools import lru_cache
from urllib.parse import quote_plus

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils.html import format_html, json_script
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.spoken import constant

register = template.Library()


@register.simple_tag(name="outer_url")
def outer_url_tag(name, *args, **kwargs):
    """``{% outer_url 'account_logout' %}`` – the address of a page outside any company."""
    return outer_url(name, *args, **kwargs)


def outer_url(name, *args, **kwargs):
    """Reverse a route of the root urlconf, whatever company the current page is in."""
    company_prefix = get_script_prefix()
    set_script_prefix("/")
    try:
        return reverse(name, urlconf=settings.ROOT_URLCONF, args=args, kwargs=kwargs)
    finally:
        set_script_prefix(company_prefix)


@register.simple_tag(takes_context=True)
def query(context, **replacements):
    """
    ``<a href="{% query page=2 %}">`` – the page's own address with some parameters replaced.

    None or an empty string drops a parameter; everything else (filters, sort) stays. A changed filter goes back to
    the first page unless a page is asked for.
    """
    return query_string(_request(context).GET, **replacements)


def query_string(given, **replacements):
    """Return ``?a=1&b=2`` from a QueryDict with replacements; ``?`` when nothing is left, so that a link stays a link."""
    pairs = [
        f"{_quoted(key)}={_quoted(value)}"
        for key, values in given.lists()
        if key not in replacements and (key != "page" or not replacements)
        for value in values
    ]
    for key, value in replacements.items():
        if value not in (None, ""):
            values = value if isinstance(value, list | tuple) else (value,)
            pairs += [f"{_quoted(key)}={_quoted(str(each))}" for each in values]
    return "?" + "&".join(pairs)


_quoted = lru_cache(maxsize=5000)(quote_plus)  # a page of links says the same few words again and again


@register.simple_tag(takes_context=True)
def sort_link(context, key, label, first="asc"):
    """
    ``<th aria-sort=…>{% sort_link 'amount' _('Amount') first='desc' %}`` – a column head that sorts by ``?sort=``.

    The parameter is ``key`` or ``-key``; ``first`` is the direction of the first press.
    """
    given = _request(context).GET
    current = given.get("sort", "")
    direction = {key: "asc", f"-{key}": "desc"}.get(current, "")
    upcoming = {"asc": f"-{key}", "desc": key}.get(direction) or (key if first == "asc" else f"-{key}")
    return _sort_link(str(label), direction, query_string(given, sort=upcoming), get_language())


@lru_cache(maxsize=2000)
def _sort_link(label, direction, href, _language):
    return render_to_string("_components/sort_link.html", {"label": label, "direction": direction, "href": href})


@register.simple_tag
@constant
@lru_cache(maxsize=2000)
def icon(name, css="", label=""):
    """``{% icon "phone" %}`` – an icon that says nothing to a screen reader unless it has a label."""
    if label:
        return format_html('<i class="ti ti-{} {}" role="img" aria-label="{}" title="{}"></i>', name, css, label, label)
    return format_html('<i class="ti ti-{} {}" aria-hidden="true"></i>', name, css)


@register.simple_tag(takes_context=True)
def page_words(context):
    """The words that scripts say, in the page's language, as JSON that `static/js/words.js` reads."""
    return _page_words(get_language(), getattr(context.get("company"), "currency", None))


@lru_cache(maxsize=100)
def _page_words(language, currency):
    words = {
        "language": language,
        "currency": currency,
        "close": _("Close"),
        "loading": _("Loading…"),
        "failed": _("That did not work. Nothing was changed; please try again."),
        "offline": _("No network. Please try again once you are connected."),
        "forbidden": _("You may not do this."),
        "tooMany": _("Too many attempts. Please wait a moment."),
        "noResults": _("Nothing found"),
        "showTable": _("Show as table"),
        "showChart": _("Show as chart"),
        "actual": _("Actual"),
        "target": _("Target"),
        "forecast": _("Forecast"),
        "range": _("Forecast range"),
        "attainment": _("Attainment"),
        "name": _("Name"),
        "value": _("Value"),
    }
    return json_script(words, "words")


@register.filter
def page_numbers(page):
    """The numbers a pager shows, None for a gap: first, last and two either side of the present page."""
    last = page.paginator.num_pages
    shown = sorted({1, last, *range(max(1, page.number - 2), min(last, page.number + 2) + 1)})
    numbers = []
    for number in shown:
        if numbers and number - numbers[-1] > 1:
            numbers.append(None)
        numbers.append(number)
    return tuple(numbers)


@register.filter
def page_before(page):
    """The number of the page before, 0 on the first."""
    return page.previous_page_number() if page.has_previous() else 0


@register.filter
def page_after(page):
    """The number of the page after, 0 on the last."""
    return page.next_page_number() if page.has_next() else 0


@register.simple_tag(takes_context=True)
def address_of_pages(context):
    """The page's own address up to the number of a page of its list: ``?unit=3&page=``."""
    rest = query_string(_request(context).GET, page=None)
    return f"{rest}&page=" if len(rest) > 1 else "?page="


#: With what the names of units end in Chinese: their beginning tells them apart.
_ENDS_OF_UNITS = ("队", "区", "部", "组", "公司")


@register.filter
def initials(name):
    """Two signs that stand for a person or unit: a given name's or a unit's first characters in Chinese, first letters otherwise."""
    name = (name or "").strip()
    if not name:
        return "?"
    if name.endswith(_ENDS_OF_UNITS):
        return name[:2]
    if any("\u4e00" <= sign <= "\u9fff" for sign in name):
        return name[-2:]
    words = name.split()
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def colour_of(name):
    """One of eight avatar colours, the same for the same name everywhere and always."""
    return sum(ord(sign) * (position + 1) for position, sign in enumerate(name or "")) % 8 + 1


def _request(context):
    # `{% include … only %}` drops the variable, not the attribute.
    return context.get("request") or context.request
