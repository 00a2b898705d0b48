"""The door to the sales analysis: the page, or the same rows as a file."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.rules import Permission
from common import figures
from common.again import shown_again
from common.links import Link
from common.period_names import name_of
from common.periods import FIRST_YEAR, PeriodKind, fiscal_year_of, format_code, quarters_in
from common.tables.answers import table_response
from common.templatetags.keeping import drawn_of
from common.templatetags.pages import query_string
from deals.access import may_see_cost
from reports.choices import one_of
from reports.exports.boards import looking_columns
from reports.exports.sales import ExportLine, columns_for
from reports.queries.sales import NOTHING, SEVERAL_ROWS, Dimension, sales
from reports.queries.sales_names import Label, around_of, labels_of
from targets.choices import period_choice
from teams import access

PAGE_SIZE = 50
CHARTED = 15
MOST_YEARS = 12
#: As `key` in the address of a figure: the row of what belongs to nobody, and the sum row.
NOBODY, TOTAL = "none", "all"


@dataclass(frozen=True)
class FigureOf:
    """A column: its key in addresses, its words, how it is written, what it is of a row's parts."""

    key: str
    label: object
    kind: str
    places: int = 0
    tells_cost: bool = False

    def of(self, parts):
        return getattr(parts, self.key)

    def write(self, parts, currency):
        value = self.of(parts)
        if value is None:
            return figures.NO_VALUE
        if self.kind == figures.MONEY:
            return figures.money(value, currency=currency)
        if self.kind == figures.PERCENT:
            return figures.percent(value)
        return figures.number(value if self.places == 0 else figures.as_decimal(value, scale=0), places=self.places)


FIGURES = (
    FigureOf("revenue", gettext_lazy("Revenue"), figures.MONEY),
    FigureOf("won", gettext_lazy("Deals won"), figures.COUNT),
    FigureOf("lost", gettext_lazy("Deals lost"), figures.COUNT),
    FigureOf("win_rate", gettext_lazy("Win rate"), figures.PERCENT),
    FigureOf("average_order", gettext_lazy("Average order"), figures.MONEY),
    FigureOf("days_to_close", gettext_lazy("Days to close"), figures.COUNT, places=1),
    FigureOf("profit", gettext_lazy("Gross profit"), figures.MONEY, tells_cost=True),
    FigureOf("margin", gettext_lazy("Margin"), figures.PERCENT, tells_cost=True),
    FigureOf("returned", gettext_lazy("Returns"), figures.MONEY),
)
#: What stands under each quarter when all figures are asked for.
OF_A_QUARTER = ("revenue", "won", "win_rate", "average_order", "days_to_close")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the page shows it; cells are (what they are, text, where the figure comes from)."""

    label: Label
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class _Asked:
    """What the address asks for, read and checked."""

    choice: object
    dimension: Dimension
    unit: object
    is_side_by_side: bool
    periods: tuple
    names: tuple
    figures: tuple
    columns: tuple  # (number of the period or None for the whole, figure)
    sort: str
    result: object
    labels: dict

    @cached_property
    def keys(self):
        """The keys of the rows as the address sorts them."""
        return _ordered(self)

    @property
    def follows_from(self):
        """What the rows follow from besides the address."""
        return self.choice.period, self.choice.name, self.periods, self.figures, self.result.found, tuple(self.labels.items())

    @cached_property
    def column_names(self):
        """What each column says, for a card on a phone."""
        return [str(f.label) if n is None else f"{self.names[n]} {f.label}" for n, f in self.columns]

    def parts_of(self, parts, number):
        if number is None:
            return parts[0] if len(parts) == 1 else sum(parts, NOTHING)
        return parts[number]


@require_GET
@shown_again
def sales_analysis(request):
    """Show sales by person, team, region, product, line, channel or customer; as a file with `?as=xlsx` or `csv`."""
    asked = _read(request)
    if request.GET.get("as"):
        return _as_file(request, asked)
    around = around_of(request.sight)
    content = drawn_of(
        "reports/_partials/sales.html",
        request=request,
        key=(asked.follows_from, around, request.company.fiscal_year_starts_in),
        context=lambda: _shown(request, asked, around),
    )
    if request.htmx:
        return HttpResponse(content)
    context = {
        "choice": asked.choice,
        "unit": asked.unit,
        "may_export": request.membership.may(Permission.EXPORT),
        "content": content,
    }
    return render(request, "reports/sales.html", context)


def _shown(request, asked, around):
    """Return what the body of the page shows."""
    currency = request.company.currency
    origin_of = _origins(request, asked)
    page = Paginator(asked.keys, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [
        Row(asked.labels[key], _cells(asked, asked.result.rows[key], currency, origin_of(key))) for key in page.object_list
    ]
    return {
        "choice": asked.choice,
        "dimension": asked.dimension,
        "dimension_links": [
            Link(d.label, query_string(request.GET, by=d.value, sort=None, page=None), d == asked.dimension) for d in Dimension
        ],
        "unit": asked.unit,
        "units": around.units,
        "is_side_by_side": asked.is_side_by_side,
        "side_links": _side_links(request, asked),
        "groups": _groups(asked) if asked.is_side_by_side else (),
        "heads": [(f.label, _sort_key(n, f)) for n, f in asked.columns],
        "page": page,
        "totals": _cells(asked, asked.result.totals, currency, origin_of(TOTAL)),
        "chart": _chart(asked),
        "chart_label": _chart_label(asked),
        "figures": asked.figures,
        "figure": request.GET.get("figure", "all"),
        "counts_repeat": asked.dimension in SEVERAL_ROWS,
        "has_overlay": asked.result.has_overlay,
        "years": _years(request, around.first, around.last),
    }


def _as_file(request, asked):
    """Return the page's rows, all of them, with every figure of every period."""
    access.require(request, Permission.EXPORT)
    origin_of, rows = _origins(request, asked), asked.result.rows
    lines = [
        ExportLine(label.name, label.note, name, asked.parts_of(parts, number), origin_of(key)(number, FIGURES[0]))
        for key, label, parts in (
            *((key, asked.labels[key], rows[key]) for key in asked.keys),
            (TOTAL, Label(_("Total")), asked.result.totals),
        )
        for number, name in enumerate(asked.names)
    ]
    columns = columns_for(with_cost=may_see_cost(request.membership)) + looking_columns(request, asked.choice, "lineage_url")
    return table_response(request, columns, lines, name=f"{_('Sales analysis')} {asked.dimension.label} {asked.choice.code}")


def _read(request):
    first_month = request.company.fiscal_year_starts_in
    choice = period_choice(request, on=timezone.localdate())
    on = choice.on
    dimension = Dimension(one_of(request, "by", tuple(d.value for d in Dimension)))
    is_side = one_of(request, "side", ("", "quarters")) == "quarters" and choice.kind == PeriodKind.YEAR
    unit = chosen_unit(request)
    offered = tuple(f for f in FIGURES if not f.tells_cost or may_see_cost(request.membership))
    wanted = one_of(request, "figure", ("all", *(f.key for f in offered)))
    shown = tuple(f for f in offered if f.key == wanted) or (
        tuple(f for f in offered if f.key in OF_A_QUARTER) if is_side else offered
    )  # fmt: skip
    periods = tuple(p for p in quarters_in(choice.period) if p.starts_on <= on) if is_side else (choice.period,)
    columns = tuple((n, f) for n in ((*range(len(periods)), None) if is_side else (None,)) for f in shown)
    sort = one_of(
        request, "sort", ("", "name", "-name", *(s for n, f in columns for s in (_sort_key(n, f), "-" + _sort_key(n, f))))
    )
    result = sales(dimension=dimension, periods=periods, sight=request.sight, unit=unit, lens=choice.lens)
    labels = labels_of(dimension, result.keys, sight=request.sight, on=min(on, choice.period.last_day))
    names = tuple(name_of(p, first_month) for p in periods)
    return _Asked(choice, dimension, unit, is_side, periods, names, offered, columns, sort, result, labels)


def _origins(request, asked):
    """Return a function key → (number of the period, column) → address of what the figure is made of; `TOTAL` is the key of the sums."""
    first_month = request.company.fiscal_year_starts_in
    codes = {number: format_code(period, first_month) for number, period in enumerate(asked.periods)} | {
        None: asked.choice.code
    }
    about = {"by": asked.dimension.value} | ({"unit": asked.unit.pk} if asked.unit else {}) | asked.choice.lens.parameters()
    begin = f"{reverse('reports:sales_figure')}?{urlencode(about)}&key="

    def origin_of(key):
        subject = f"{begin}{NOBODY if key is None else key}&figure="
        return lambda number, column: f"{subject}{column.key}&period={codes[number]}"

    return origin_of


def _cells(asked, parts, currency, origin):
    by_period = {n: asked.parts_of(parts, n) for n in {n for n, _figure in asked.columns}}
    return tuple(
        (name, f.write(by_period[n], currency), origin(n, f))
        for name, (n, f) in zip(asked.column_names, asked.columns, strict=True)
    )


def _ordered(asked):
    """Return the keys as the address sorts them, the best first by default; what has no value comes last either way."""
    by = asked.sort.removeprefix("-")
    falls = asked.sort.startswith("-") or not by
    by_name = sorted(asked.result.rows, key=lambda key: (asked.labels[key].name, key or 0))
    if by == "name":
        return by_name[::-1] if falls else by_name
    number, figure = next(((n, f) for n, f in asked.columns if _sort_key(n, f) == by), (None, asked.columns[0][1]))
    values = {key: figure.of(asked.parts_of(parts, number)) for key, parts in asked.result.rows.items()}
    with_value = sorted((key for key in by_name if values[key] is not None), key=lambda key: values[key], reverse=falls)
    return with_value + [key for key in by_name if values[key] is None]


def _sort_key(number, figure):
    return figure.key if number is None else f"q{number + 1}.{figure.key}"


def chosen_unit(request):
    value = request.GET.get("unit", "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise Http404(_("There is no such unit."))
    return access.unit_for(request, int(value))


def _side_links(request, asked):
    first_month = request.company.fiscal_year_starts_in
    year = fiscal_year_of(asked.choice.period.starts_on, first_month)
    side = query_string(request.GET, period=format_code(year, first_month), side="quarters", sort=None, page=None)
    return [
        Link(_("One period"), query_string(request.GET, side=None, sort=None, page=None), not asked.is_side_by_side),
        Link(_("Quarters side by side"), side, asked.is_side_by_side),
    ]


def _groups(asked):
    """Return the heads above the heads: every quarter, then the year, and over how many columns each stands."""
    shown = len({f.key for _n, f in asked.columns})
    return [(name, shown) for name in (*asked.names, asked.choice.name)]


def _chart(asked):
    number, figure = asked.columns[0] if not asked.is_side_by_side else (None, asked.columns[0][1])
    values = [(key, figure.of(asked.parts_of(asked.result.rows[key], number))) for key in asked.result.rows]
    best = sorted((pair for pair in values if pair[1] is not None and pair[1] > 0), key=lambda p: p[1], reverse=True)[:CHARTED]
    if len(best) < 2:
        return None
    return {
        "unit": figure.kind,
        "rows": [
            {"name": asked.labels[key].name, "value": _plotted(value, figure), "url": asked.labels[key].url or None}
            for key, value in best
        ],
    }


def _plotted(value, figure):
    if isinstance(value, int):
        return value
    # Charts take money in minor units, percentages and counts as they read.
    return round(float(value) * 100) if figure.kind == figures.MONEY else round(float(value), 1)


def _chart_label(asked):
    return _("%(figure)s by %(dimension)s, %(period)s") % {
        "figure": asked.columns[0][1].label,
        "dimension": asked.dimension.label,
        "period": asked.choice.name,
    }


def _years(request, first, last):
    """Return links to the years that have figures, latest first; none where the only one is shown already."""
    if first is None:
        return []
    first_month = request.company.fiscal_year_starts_in
    # A deal with a mistyped date must not lead out of the years that have names.
    first, years, on = max(first, date(FIRST_YEAR + 1, 1, 1)), [], min(last, timezone.localdate())
    while on >= first and len(years) < MOST_YEARS:
        year = fiscal_year_of(on, first_month)
        years.append(year)
        on = year.starts_on - timedelta(days=1)
    current = request.GET.get("period")
    links = [
        Link(
            name_of(y, first_month),
            query_string(request.GET, period=format_code(y, first_month), page=None),
            format_code(y, first_month) == current,
        )
        for y in years
    ]
    return [] if all(link.active for link in links) else links
