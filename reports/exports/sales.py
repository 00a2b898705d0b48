"""The sales analysis as a table to take away: a line a row and period, every figure, the total last."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tables import Column, ColumnKind
from reports.queries.sales import Parts


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One row of the analysis in one period."""

    name: str
    note: str
    period: str
    parts: Parts
    lineage_url: str = ""


COLUMNS = (
    Column(pgettext_lazy("ranking", "Name"), "name", width=28),
    Column(_("Note"), "note"),
    Column(_("Period"), "period", width=14),
    Column(_("Revenue"), "parts.revenue", ColumnKind.MONEY),
    Column(_("Deals won"), "parts.won", ColumnKind.COUNT),
    Column(_("Deals lost"), "parts.lost", ColumnKind.COUNT),
    Column(_("Win rate"), "parts.win_rate", ColumnKind.PERCENT),
    Column(_("Average order"), "parts.average_order", ColumnKind.MONEY),
    Column(_("Days to close"), lambda line: _one_place(line.parts.days_to_close), ColumnKind.MONEY, scale=1),
    Column(_("Returns"), "parts.returned", ColumnKind.MONEY),
)
PROFIT = (
    Column(_("Gross profit"), "parts.profit", ColumnKind.MONEY),
    Column(_("Margin"), "parts.margin", ColumnKind.PERCENT),
)


def columns_for(*, with_cost):
    """Return the columns that somebody may take away; profit tells what the company pays."""
    return COLUMNS + (PROFIT if with_cost else ())


def _one_place(value):
    return None if value is None else round(value, 1)
