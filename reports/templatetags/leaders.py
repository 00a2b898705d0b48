"""
The rows of the leaderboard as one tag. A template of a hundred cells a row was four fifths of the page's time; written in
one go a row costs a few microseconds. The parts look like the cells of `common.templatetags.cells`.
"""

from functools import lru_cache
from html import escape  # of plain text; Django's own also looks for what is safe, at thrice the cost
from typing import NamedTuple

from django import template
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import figures
from common.templatetags.cells import face, moved

register = template.Library()
_OWN = ' class="is-mine" id="my-row"'
_MEDALS = {place: f" is-{place}" for place in (1, 2, 3)}


class _Look(NamedTuple):
    """How the figures of a board are written."""

    kind: str
    scale: int
    language: str
    currency: str


@register.simple_tag(takes_context=True)
def leader_rows(context, lines, metric):
    """Write the rows of a board: place, who, the figure with its bar, attainment, movement."""
    written, apart = [], ""
    look = _Look(metric.kind, metric.scale, get_language(), context["company"].currency)
    has_movement = context["board"].has_movement
    for line in lines:
        if line.apart != apart:
            apart = line.apart
            written.append(f'<tr class="leader-apart"><th scope="rowgroup" colspan="5">{escape(apart)}</th></tr>\n')
        written.append(_row(line, look, has_movement))
    return mark_safe("".join(written))  # noqa: S308 - names are escaped below, the rest are figures


@lru_cache(maxsize=5000)  # everybody looks at the same board; a line is a tuple of plain values, down to its figures
def _row(line, look, has_movement):
    row, value = line.row, line.row.value
    name = escape(row.name)
    if line.url:
        name = f'<a href="{escape(line.url)}">{name}</a>'
    opening, closing = (f'<a class="figure-link" href="{escape(line.lineage_url)}">', "</a>") if line.lineage_url else ("", "")
    exact, short = (figures.amount(value, **look._asdict(), is_short=is_short) for is_short in (False, True))
    return (
        f'<tr{_OWN if line.is_mine else ""}><td class="num leader-place{_MEDALS.get(row.place, "")}">'
        f"{figures.NO_VALUE if row.place is None else row.place}</td>"
        f'<th scope="row" class="leader-who"><span class="person">{face(row.name, None, "sm")}<span class="person-text">'
        f"<span>{name}{_streak(line.streak) if line.streak else ''}</span>"
        f'<span class="leader-home">{escape(line.home)}{_shortfall(row) if row.is_short else ""}'
        f"{_reached(line.reached_on) if line.reached_on else ''}</span></span></span></th>"
        f'<td class="leader-figure"><span class="leader-bar"><span style="width:{line.width}%"></span></span>'
        f'{opening}<span class="leader-value" title="{exact}"><span aria-hidden="true">'
        f'{short}</span><span class="visually-hidden">{exact}</span></span>{closing}</td>'
        f'<td class="num leader-share">{figures.percent(row.attainment)}</td>'
        f'<td class="num leader-moved">{moved(row.movement) if has_movement and row.place else ""}</td></tr>\n'
    )


def _shortfall(row):
    """Say why somebody with a figure has no place: too few cases."""
    return escape(" · " + _("%(has)s of %(needed)s cases") % {"has": row.denominator, "needed": row.needed})


def _reached(day):
    """Say the day that decides between equals."""
    return escape(" · " + _("reached on %(day)s") % {"day": day.isoformat()})


def _streak(weeks):
    words = ngettext("%(n)s week running among the first three", "%(n)s weeks running among the first three", weeks)
    said = escape(words % {"n": weeks})
    return (
        f'<span class="leader-streak" title="{said}"><i class="ti ti-flame" aria-hidden="true"></i>'
        f'<span aria-hidden="true">{weeks}</span><span class="visually-hidden">{said}</span></span>'
    )
