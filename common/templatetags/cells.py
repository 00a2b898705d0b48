"""
The small parts that stand in every row of a table, as tags: several times cheaper than an include per cell.

``{% load cells %}``, then ``{% bullet row.attainment mark row.status %}``, ``{% verdict row.status %}``, ``{% moved row.moved %}``,
``{% person row.name row.url row.note %}``, ``{% spark row.trend label %}``. The components of the same looks call these.
"""

from functools import lru_cache

from django import template
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from common import figures
from common.templatetags.figures import STATUS_ICONS, STATUS_WORDS, bar_width, movement_word
from common.templatetags.pages import colour_of, initials

register = template.Library()


@register.simple_tag
def bullet(percent, mark=None, status="neutral", size="", bare=False):
    """
    Draw attainment as a bar against the pace mark.

    The bar ends at 100 and shows that it runs over; the figure beside it is never capped.

    :param percent: Decimal 0–100 and more, or None.
    :param mark: share of the time gone, 0–100, or None for no mark.
    """
    return _bullet(percent, mark, status, size, bare, get_language())


# What is kept below is told apart by its type as well: a text that is safe equals one that is not.
@lru_cache(maxsize=5000, typed=True)
def _bullet(percent, mark, status, size, bare, _language):
    done = figures.percent(percent)
    label = _("%(done)s of the target") % {"done": done}
    tick = ""
    if mark is not None:
        gone = _("%(gone)s of the time gone") % {"gone": figures.percent(mark)}
        label = f"{label} – {gone}"
        tick = format_html('<span class="bullet-mark" style="left:{}%" title="{}"></span>', bar_width(mark), gone)
    classes = f"bullet is-{status or figures.NEUTRAL}"
    classes += f" is-{size}" if size else ""
    classes += " is-over" if percent is not None and percent > 100 else ""
    figure = "" if bare else format_html('<span class="bullet-figure">{}</span>', done)
    return format_html(
        '<div class="{}"><div class="bullet-track" role="img" aria-label="{}">'
        '<span class="bullet-bar" style="width:{}%"></span>{}</div>{}</div>',
        classes,
        label,
        bar_width(percent),
        tick,
        figure,
    )


@register.simple_tag
def verdict(status, word=None, reason=None):
    """Write on_pace, at_risk, behind or neutral with its colour, sign and word; the reason shows on hover."""
    return _verdict(status, word, reason, get_language())


@lru_cache(maxsize=1000, typed=True)
def _verdict(status, word, reason, _language):
    title = format_html(' title="{}"', reason) if reason else ""
    return format_html(
        '<span class="status is-{}"{}><i class="ti ti-{}" aria-hidden="true"></i>{}</span>',
        status,
        title,
        STATUS_ICONS[status],
        word or STATUS_WORDS[status],
    )


@register.simple_tag
def moved(places):
    """Write a change of rank: ▲3, ▼2, –, or "new" for None; a screen reader hears it in words."""
    return _moved(places, get_language())


@lru_cache(maxsize=1024)  # the same few steps in every row of every ranking
def _moved(places, _language):
    move = figures.movement(places)
    words = movement_word(places)
    return format_html(
        '<span class="movement is-{}" title="{}"><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></span>',
        move.direction if move else "new",
        words,
        move.text if move else pgettext("ranking", "new"),
        words,
    )


@register.simple_tag
@lru_cache(maxsize=5000)  # the same people on every page
def face(name, photo_url=None, size=""):
    """Show a person's picture or initials, in a colour that is always the same; the name must stand beside it."""
    more = f" is-{size}" if size else ""
    if photo_url:
        return format_html('<img class="face{}" src="{}" alt="" loading="lazy">', more, photo_url)
    signs = escape(initials(name))
    return mark_safe(f'<span class="face{more} face-{colour_of(name)}" aria-hidden="true">{signs}</span>')  # noqa: S308 - escaped


@register.simple_tag
def person(name, url=None, note=None, photo_url=None, size=""):
    """Show a face, the name (a link when there is a url) and a second line."""
    return _person(name, url, note, photo_url, size, get_language())


@lru_cache(maxsize=5000, typed=True)  # as `face`
def _person(name, url, note, photo_url, size, _language):
    shown = (
        format_html('<a class="person-name" href="{}">{}</a>', url, name)
        if url
        else format_html('<span class="person-name">{}</span>', name)
    )
    below = format_html('<span class="person-note">{}</span>', note) if note else ""
    return mark_safe(  # noqa: S308 - every part is escaped above
        f'<span class="person">{conditional_escape(face(name, photo_url, size))}<span class="person-text">{shown}{below}</span></span>'
    )


@register.simple_tag
def tabs_of(links):
    """Write tabs (`common.links.Link`); stands in a `nav` of the class `tabs`."""
    return _links(links, "tab", "page")


@register.simple_tag
def segments(links):
    """Write the parts of a switch (`common.links.Link`); stands in a group of the class `segmented`."""
    return _links(links, "segment", "true")


def _links(links, css, current):
    return mark_safe(  # noqa: S308 - what is not ours is escaped
        "".join(
            f'<a class="{css}" href="{escape(link.url)}"{on}>{escape(link.label)}</a>'
            for link in links
            for on in (f' aria-current="{current}"' if link.active else "",)
        )
    )


@register.simple_tag
def spark(values, label):
    """Draw a small line of values, oldest first; the label says what they are. Fewer than two values are no line."""
    return _spark(tuple(values), label, get_language())


@lru_cache(maxsize=5000, typed=True)
def _spark(values, label, _language):
    if len(values) < 2:
        return figures.NO_VALUE
    return format_html(
        '<svg class="sparkline" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label="{}"><polyline points="{}"/></svg>',
        label,
        figures.spark_points(values),
    )
