"""A month's payroll as a table: a row a person, a column for every kind of line that there is."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.tables import Column, ColumnKind, write_csv, write_workbook
from incentives.models import Statement, StatementLine
from incentives.rules.terms import LineKind, Status


@dataclass
class PayrollRow:
    """What one person gets for a month, by kind of line; minor units."""

    number: str
    name: str
    unit: str
    total: int
    paid: int
    by_kind: dict = field(default_factory=lambda: defaultdict(int))

    @property
    def due(self):
        return self.total - self.paid


def rows_of(period):
    """Return a row for everybody whose statement of a month is published, by unit and name; two queries."""
    statements = Statement.objects.filter(starts_on=period.starts_on, status=Status.PUBLISHED)
    rows = {
        s.pk: PayrollRow(s.person.employee_number, s.person.name, s.unit.name, s.total, s.paid)
        for s in statements.select_related("person", "unit").order_by("unit__name", "person__name", "pk")
    }
    lines = StatementLine.objects.filter(statement__in=statements.order_by().values("pk"))
    for statement_id, kind, amount in lines.order_by().values_list("statement_id", "kind", "amount"):
        rows[statement_id].by_kind[kind] += amount
    return list(rows.values())


def columns_of(rows):
    """Return the columns of a payroll: who, every kind of line that somebody has, and what it comes to."""
    kinds = [kind for kind in LineKind if any(kind in row.by_kind for row in rows)]
    money = {"kind": ColumnKind.MONEY}
    titles = tuple(str(kind.label) for kind in kinds)
    return [
        Column(gettext_lazy("Employee number"), "number"),
        Column(pgettext_lazy("person", "Name"), "name"),
        Column(pgettext_lazy("organisation", "Unit"), "unit"),
        *(Column(str(kind.label), lambda row, kind=kind: row.by_kind.get(kind, 0), **money) for kind in kinds),
        Column(gettext_lazy("Total"), "total", adds=titles, **money),
        Column(gettext_lazy("Paid out"), "paid", **money),
        Column(gettext_lazy("Still to be paid"), "due", **money),
    ]


def write_payroll(rows, *, period, ending):
    """Return a month's payroll as a file: `xlsx` with the totals as formulas, or `csv`."""
    name = f"{_('Payroll')} {period.starts_on:%Y-%m}"
    columns = columns_of(rows)
    return write_workbook(columns, rows, name=name) if ending == "xlsx" else write_csv(columns, rows)


def file_name_of(period, ending):
    """Return what a month's payroll is called."""
    return f"{_('Payroll')} {period.starts_on:%Y-%m}.{ending}"
