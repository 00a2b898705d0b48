"""What a board is about, as its address says: which period, which metric, which unit."""

from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.http import Http404
from django.utils.translation import gettext as _

from common.period_names import name_of
from common.periods import Period, PeriodKind, following, format_code, kind_of, parse_code, period_of, previous
from common.templatetags.pages import query_string
from targets.models import Metric
from targets.period_jump import JumpRow, jump_rows

BOARD_KINDS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)


@dataclass(frozen=True)
class Link:
    """A choice that is a link: its words, address, and whether it is the one that is on."""

    label: str
    url: str
    active: bool
    code: str = ""


@dataclass(frozen=True)
class PeriodSwitch:
    """What `_components/period_switch.html` shows."""

    label: str
    previous_url: str
    next_url: str | None
    current_url: str | None
    kinds: tuple[Link, ...]
    rows: list[JumpRow]
    as_of: str = ""


@dataclass(frozen=True)
class PeriodChoice:
    """The chosen period: its kind (MONTH, QUARTER, YEAR), its name, and the switch to other ones."""

    period: Period
    kind: PeriodKind
    name: str
    code: str
    is_current: bool
    switch: PeriodSwitch


def period_choice(request, *, on, default=PeriodKind.MONTH):
    """
    Return the period named by `?period=2026-Q4`, else the one of the default kind around `on`.

    :raises Http404: for a code that is no month, quarter or year, or one that lies wholly in the future.
    """
    first_month = request.company.fiscal_year_starts_in
    code = request.GET.get("period")
    if code is None:
        period, kind = period_of(on, default, first_month), default
    else:
        try:
            period = parse_code(code, first_month)
        except ValueError as error:
            raise Http404(_("There is no such period.")) from error
        kind = kind_of(period, first_month)
        if kind not in BOARD_KINDS or period.starts_on > on:
            raise Http404(_("There is no such period."))

    def url(of):
        return query_string(request.GET, period=format_code(of, first_month), page=None)

    following_period = following(period, kind)
    is_current = on in period
    words = {PeriodKind.MONTH: _("Month"), PeriodKind.QUARTER: _("Quarter"), PeriodKind.YEAR: _("Year")}
    inside = on if is_current else period.last_day
    switch = PeriodSwitch(
        label=name_of(period, first_month),
        previous_url=url(previous(period, kind)),
        next_url=url(following_period) if following_period.starts_on <= on else None,
        current_url=None if is_current else url(period_of(on, kind, first_month)),
        kinds=tuple(Link(words[k], url(period_of(inside, k, first_month)), k == kind) for k in BOARD_KINDS),
        rows=jump_rows(shown=period, kind=kind, on=on, first_month=first_month, url=url),
    )
    return PeriodChoice(period, kind, switch.label, format_code(period, first_month), is_current, switch)


def metric_choice(request, *, default="revenue"):
    """
    Return (metric, links to every metric in use) for `?metric=<code>`; without one the default, or the first in use.

    :raises Http404: for a code the company does not use, or while it uses none.
    """
    metrics = list(Metric.objects.filter(is_active=True).order_by("position", "code"))
    by_code = {metric.code: metric for metric in metrics}
    code = request.GET.get("metric")
    chosen = by_code.get(default, next(iter(metrics), None)) if code is None else by_code.get(code)
    if chosen is None:
        raise Http404(_("There is no such metric."))
    return chosen, [Link(m.label, query_string(request.GET, metric=m.code, page=None), m == chosen, m.code) for m in metrics]


def one_of(request, name, allowed):
    """
    Return the value of a parameter, the first of the allowed ones when it is not given.

    :raises Http404: for a value that is not allowed.
    """
    value = request.GET.get(name, allowed[0])
    if value not in allowed:
        raise Http404(_("There is no such choice."))
    return value


def refuse_unknown(request, *known):
    """
    Refuse parameters that the page does not know, rather than show something else than was asked for.

    :raises BadRequest: for any of them.
    """
    if unknown := request.GET.keys() - set(known):
        raise BadRequest(f"Unknown parameters: {sorted(unknown)}")
