"""The door to one figure of the sales analysis: formula, parts, and the credits that add up to it."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.templatetags.pages import query_string
from deals.access import may_see_cost
from reports.choices import one_of
from reports.queries.sales import SEVERAL_ROWS, Dimension
from reports.queries.sales_figure import SalesFigure
from reports.queries.sales_names import Label, labels_of
from reports.views.sales import FIGURES, NOBODY, TOTAL, chosen_unit
from targets.choices import Link, period_choice

PAGE_SIZE = 25


@dataclass(frozen=True)
class _Pages:
    """The credits of a part as a paginator takes them: read page by page."""

    figure: SalesFigure
    part: object

    def __len__(self):
        return self.part.count

    def __getitem__(self, asked):
        return self.figure.rows(self.part, limit=asked.stop - asked.start, offset=asked.start)


@require_GET
def show_figure(request):
    """
    One figure of the analysis: `?by=customer&key=7&figure=revenue&period=2026-Q4`.

    `key=none` is the row of what belongs to nobody, `key=all` the sum; `of=` names the part whose credits are listed.
    """
    choice = period_choice(request, on=timezone.localdate())
    dimension = Dimension(one_of(request, "by", tuple(d.value for d in Dimension)))
    offered = {f.key: f for f in FIGURES if not f.tells_cost or may_see_cost(request.membership)}
    column = offered[one_of(request, "figure", tuple(offered))]
    unit, key = chosen_unit(request), request.GET.get("key", TOTAL)
    row_id = None if key in (NOBODY, TOTAL) else _id(key)
    about = {"dimension": dimension, "key": row_id, "is_total": key == TOTAL, "period": choice.period}
    figure = SalesFigure(column=column.key, sight=request.sight, unit=unit, lens=choice.lens, **about)
    label = Label(_("Total")) if key == TOTAL else _label(request, dimension, row_id, figure, choice)
    part = next((p for p in figure.parts if p.key == request.GET.get("of")), figure.parts[0])
    page = Paginator(_Pages(figure, part), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "choice": choice,
        "switch": choice.switch,
        "dimension": dimension,
        "unit": unit,
        "label": label,
        "column": column,
        "value": column.write(figure.as_parts, request.company.currency),
        "figure": figure,
        "part": part,
        "part_tabs": [
            Link(p.label, query_string(request.GET, of=p.key, page=None), p is part)
            for p in figure.parts
            if len(figure.parts) > 1
        ],
        "column_tabs": [
            Link(f.label, query_string(request.GET, figure=f.key, of=None, page=None), f is column) for f in offered.values()
        ],
        "page": page,
        "rows": page.object_list,
        "is_divided": dimension == Dimension.PRODUCT and key not in (TOTAL, NOBODY),
        "counts_repeat": dimension in SEVERAL_ROWS and key != TOTAL,
        "back_url": f"{reverse('reports:sales')}{query_string(request.GET, key=None, of=None, page=None, figure=None)}",
    }
    return render(request, "reports/sales_figure.html", context)


def _label(request, dimension, row_id, figure, choice):
    """Return the name of the row; a customer's is told by a deal in sight, not by a number in the address."""
    labels = labels_of(dimension, [row_id], sight=request.sight, on=min(choice.on, choice.period.last_day))
    if row_id not in labels:
        raise Http404(_("There is no such row."))
    label = labels[row_id]
    is_secret = dimension == Dimension.CUSTOMER and row_id and not label.url and figure.is_empty
    return Label(_("out of your sight")) if is_secret else label


def _id(value):
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise Http404(_("There is no such row."))
    return int(value)
