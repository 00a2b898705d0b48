"""
The rows of the leaderboard as one tag. A template of a hundred cells a row was four fifths of the page's time; written in
one go a row costs a few microseconds. The parts look like the cells of `common.templatetags.cells`.
"""

from django import template
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import figures
from common.templatetags.cells import face, moved

register = template.Library()


@register.simple_tag(takes_context=True)
def leader_rows(context, lines, metric):
    """Write the rows of a board: place, who, the figure with its bar, attainment, movement."""
    language, currency = get_language(), context["company"].currency

    def amount(value, is_short):
        return figures.amount(
            value, kind=metric.kind, scale=metric.scale, language=language, currency=currency, is_short=is_short
        )

    written, apart, has_movement = [], "", context["board"].has_movement
    for line in lines:
        row = line.row
        if line.apart != apart:
            apart = line.apart
            written.append(f'<tr class="leader-apart"><th scope="rowgroup" colspan="5">{escape(apart)}</th></tr>\n')
        name = escape(row.name)
        if line.url:
            name = f'<a href="{escape(line.url)}">{name}</a>'
        own = ' class="is-mine" id="my-row"' if line.is_mine else ""
        medal = f" is-{row.place}" if row.place in {1, 2, 3} else ""
        streak = _streak(line.streak) if line.streak else ""
        value = row.value
        exact = amount(value, False)
        place = figures.NO_VALUE if row.place is None else row.place
        written.append(
            f'<tr{own}><td class="num leader-place{medal}">{place}</td>'
            f'<th scope="row" class="leader-who"><span class="person">{face(row.name, None, "sm")}<span class="person-text">'
            f'<span>{name}{streak}</span><span class="leader-home">{escape(line.home)}{_shortfall(row)}{_reached(line)}</span>'
            f"</span></span></th>"
            f'<td class="leader-figure"><span class="leader-bar"><span style="width:{line.width}%"></span></span>'
            f'{_opening(line.lineage_url)}<span class="leader-value" title="{exact}"><span aria-hidden="true">{amount(value, True)}</span>'
            f'<span class="visually-hidden">{exact}</span></span>{"</a>" if line.lineage_url else ""}</td>'
            f'<td class="num leader-share">{figures.percent(row.attainment)}</td>'
            f'<td class="num leader-moved">{moved(row.movement) if has_movement and row.place else ""}</td></tr>\n'
        )
    return mark_safe("".join(written))  # noqa: S308 - names are escaped above, the rest are figures


def _shortfall(row):
    """Say why somebody with a figure has no place: too few cases."""
    if not row.is_short:
        return ""
    return escape(" · " + _("%(has)s of %(needed)s cases") % {"has": row.denominator, "needed": row.needed})


def _reached(line):
    """Say the day that decides between equals."""
    if line.reached_on is None:
        return ""
    return escape(" · " + _("reached on %(day)s") % {"day": line.reached_on.isoformat()})


def _opening(url):
    return f'<a class="figure-link" href="{escape(url)}">' if url else ""


def _streak(weeks):
    words = ngettext("%(n)s week running among the first three", "%(n)s weeks running among the first three", weeks)
    said = escape(words % {"n": weeks})
    return (
        f'<span class="leader-streak" title="{said}"><i class="ti ti-flame" aria-hidden="true"></i>'
        f'<span aria-hidden="true">{weeks}</span><span class="visually-hidden">{said}</span></span>'
    )
