"""Which period a page shows, and through which lens, as its address says."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from common.links import Link
from common.period_names import name_of
from common.periods import (
    FIRST_YEAR,
    LAST_YEAR,
    Period,
    PeriodKind,
    fiscal_year_of,
    following,
    format_code,
    kind_of,
    parse_code,
    period_of,
    previous,
)
from common.templatetags.pages import query_string
from credits.queries.lens import PLAIN
from targets.forms import FreeDatesForm, LensForm
from targets.period_jump import JumpRow, jump_rows
from targets.queries.periods import own_name_of
from targets.queries.windows import Window

BOARD_KINDS = (PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)
#: For pages that rest on what is stored.
STORED_KINDS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)
#: Longer spans are mistyped, and would be drawn day by day.
LONGEST_DAYS = 1100
#: What an address may say about period and lens.
PERIOD_PARAMETERS = ("period", "first", "last")
LENS_PARAMETERS = ("as_of", "known", "basis", "line", "channel", "until")
LOOKING = PERIOD_PARAMETERS + LENS_PARAMETERS
#: Belongs to what was shown before: a page number, and the week of a published ranking.
_PASSING = {"page": None, "week": None}


@dataclass(frozen=True)
class LensView:
    """
    What the page shows of its lens: the chips that are on, and the line that says it in words.

    The form to choose one is drawn when it is asked for (`targets.views.looking`), with `query` to know what to keep.
    """

    query: str
    chips: tuple
    clear_url: str
    sentence: str

    @property
    def is_on(self):
        return bool(self.chips)


@dataclass(frozen=True)
class PeriodSwitch:
    """What `_components/period_switch.html` shows."""

    label: str
    previous_url: str
    next_url: str | None
    current_url: str | None
    kinds: tuple[Link, ...]
    rows: tuple[JumpRow, ...]
    more_query: str = ""  # with it, the periods are asked for when the switch unfolds, also the company's own and free dates
    view: LensView | None = None


@dataclass(frozen=True)
class PeriodChoice(Window):
    """
    The chosen window: also the period's name, its code for addresses, and the switch to other ones.

    :ivar on: the day on which one stands: today, or the day looked back to.
    """

    on: date | None = None
    name: str = ""
    code: str = ""
    switch: PeriodSwitch | None = None

    @property
    def is_current(self):
        return self.on in self.period

    @property
    def is_live(self):
        """Whether this is the running period as it is now, so that what is not a figure of the period may stand beside it."""
        return self.is_current and self.lens.is_plain

    @property
    def query(self):
        """What an address says to show the same period through the same lens."""
        return urlencode({"period": self.code} | self.lens.parameters())

    @property
    def lens_query(self):
        """The same without the period, to go after another one: empty or beginning with `&`."""
        return "".join(f"&{urlencode({name: value})}" for name, value in self.lens.parameters().items())

    @property
    def view(self):
        return self.switch.view


def period_choice(request, *, on, default=PeriodKind.MONTH, kinds=BOARD_KINDS, with_lens=True):
    """
    Return the window that the address names: `?period=2026-Q4` or `?first=…&last=…`, else the default kind around the day.

    :param on: today.
    :param kinds: the kinds that are offered; a page that knows only stored ones takes no free dates.
    :param with_lens: whether the page can be looked at through a lens (`LENS_PARAMETERS`).
    :raises Http404: for what is no period, lies wholly in the future, or is longer than three years; for a lens that is none.
    """
    first_month = request.company.fiscal_year_starts_in
    form = LensForm(request.GET) if with_lens and any(map(request.GET.get, LENS_PARAMETERS)) else None
    if form is not None and not form.is_valid():
        raise Http404(_("There is no such view."))
    lens = form.lens if form is not None else PLAIN
    is_free = kinds == BOARD_KINDS
    there = lens.on(on)
    period = _period(request, there, default, first_month)
    kind = kind_of(period, first_month)
    if period.starts_on > on or period.days > LONGEST_DAYS or (kind not in kinds and not is_free):
        raise Http404(_("There is no such period."))

    name = (kind is None and own_name_of(period)) or name_of(period, first_month)
    asked = _Asked(period, kind, there, on, name, default, kinds, with_lens, first_month)
    # The rows of one that takes no free dates are the years for which there are figures.
    if form is not None or not is_free:
        switch = _switch(request.GET, asked, form)
    else:
        switch = _plain_switch(request.GET.urlencode(), asked, get_language())
    return PeriodChoice(period, kind, lens, there, name, format_code(period, first_month), switch)


class _Asked(NamedTuple):
    """What the switch of a page follows from, besides its address and its lens."""

    period: Period
    kind: PeriodKind | None
    there: date
    on: date
    name: str
    default: PeriodKind
    kinds: tuple[PeriodKind, ...]
    with_lens: bool
    first_month: int


@lru_cache(maxsize=500)  # the same for everybody who looks at the same address
def _plain_switch(query, asked, _language):
    return _switch(QueryDict(query), asked, None)


def _switch(given, asked, form):
    """Return the switch to other periods for an address; the form is that of its lens, None without one."""
    period, kind, there, on, name, default, kinds, with_lens, first_month = asked
    is_free, url = kinds == BOARD_KINDS, _url_of(given, first_month)
    after = _beside(period, kind, following, 1)
    before = _beside(period, kind, previous, -1)
    inside = there if there in period else period.last_day
    words = {
        PeriodKind.WEEK: pgettext("length of a period", "Week"),
        PeriodKind.MONTH: _("Month"),
        PeriodKind.QUARTER: _("Quarter"),
        PeriodKind.YEAR: _("Year"),
    }
    return PeriodSwitch(
        label=name,
        previous_url=url(before),
        next_url=url(after) if after.starts_on <= on else None,
        current_url=None if there in period else url(period_of(there, kind if kind in kinds else default, first_month)),
        kinds=tuple(Link(words[k], url(period_of(min(inside, on), k, first_month)), k == kind) for k in kinds),
        # Dozens of links that few unfold: a page that offers any days asks for them when one does.
        rows=() if is_free else tuple(jump_rows(shown=period, kind=kind, on=on, first_month=first_month, url=url)),
        more_query=url(period) if is_free else "",
        view=_view(given, form) if with_lens else None,
    )


def asked_year(request):
    """Return the fiscal year that `?year=` names, None without one; 404 for what names none."""
    text, first_month = request.GET.get("year", ""), request.company.fiscal_year_starts_in
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:5]) <= LAST_YEAR):
        raise Http404
    return fiscal_year_of(date(int(text), first_month, 1), first_month)


def without_kinds(choice):
    """Return a choice whose switch offers no other kind of period."""
    return replace(choice, switch=replace(choice.switch, kinds=()))


def _period(request, there, default, first_month):
    first, last, code = (request.GET.get(name) for name in ("first", "last", "period"))
    if first or last:
        form = FreeDatesForm(request.GET)
        if not form.is_valid() or form.cleaned_data["first"] > form.cleaned_data["last"]:
            raise Http404(_("There is no such period."))
        return Period(form.cleaned_data["first"], form.cleaned_data["last"] + timedelta(days=1))
    if code is None:
        return period_of(there, default, first_month)
    try:
        return parse_code(code, first_month)
    except ValueError as error:
        raise Http404(_("There is no such period.")) from error


def _beside(period, kind, step, direction):
    """Return the period before or after; one with free dates is moved by its own length."""
    if kind is not None:
        return step(period, kind)
    length = timedelta(days=direction * period.days)
    return Period(period.starts_on + length, period.ends_before + length)


def period_url(request):
    """Return a function period → the same address for that period."""
    return _url_of(request.GET, request.company.fiscal_year_starts_in)


def _url_of(given, first_month):
    def url(period):
        named = dict.fromkeys(PERIOD_PARAMETERS) | {"period": format_code(period, first_month)} | _PASSING
        return query_string(given, **named)

    return url


def kept(request, dropped):
    """Return what the address says besides the parameters that a form brings itself."""
    gone = {*dropped, *_PASSING}
    return tuple((name, value) for name in request.GET if name not in gone for value in request.GET.getlist(name) if value)


def _view(asked, form):
    query, clear_url = query_string(asked), query_string(asked, **dict.fromkeys(LENS_PARAMETERS))
    if form is None:
        return LensView(query, (), clear_url, "")
    given = form.cleaned_data
    words = {
        "as_of": given["as_of"] and _("as of %(day)s") % {"day": _day(given["as_of"])},
        "known": given["known"] and _("as known on %(day)s") % {"day": _day(given["known"])},
        "basis": given["basis"] and _("units by the order’s territory, not by who sold it"),
        "line": given["line"] and _("only the product line %(line)s") % {"line": given["line"]},
        "channel": given["channel"] and _("only the channel %(channel)s") % {"channel": given["channel"]},
        "until": given["until"] and _("as known on %(day)s") % {"day": _moment(given["until"])},
    }
    chips = tuple(
        {
            "label": form.fields[name].label,
            "value": _chip(form, name, value),
            "remove_url": query_string(asked, **{name: None}),
        }
        for name, value in given.items()
        if value
    )
    said = [text for text in words.values() if text]
    return LensView(
        query, chips, clear_url, _("Shown %(how)s.") % {"how": pgettext("between parts of a sentence", ", ").join(said)}
    )


def _chip(form, name, value):
    match name:
        case "as_of" | "known":
            return _day(value)
        case "until":
            return _moment(value)
        case "basis":
            return form.fields[name].choices[1][1]
    return str(value)


def _day(day):
    return date_format(day, "Y-m-d")


def _moment(moment):
    return date_format(timezone.localtime(moment), "Y-m-d H:i")


def lineage_url(metric, query, *, unit_id=None, person_id=None):
    """
    Return the address of what a figure is made of.

    :param query: period and lens as `PeriodChoice.query` says them.
    """
    subject = f"unit={unit_id}" if unit_id else f"person={person_id}"
    return f"{reverse('figures:figure')}?metric={metric.code}&{subject}&{query}"


def rest_url(metric, query, *, unit_id, rows):
    """Return the address of what the rows of a unit's board, "units" or "people", leave over; otherwise as `lineage_url`."""
    return f"{reverse('figures:rest')}?metric={metric.code}&unit={unit_id}&rows={rows}&{query}"
