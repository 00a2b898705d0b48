"""The plan's sheet as a workbook: what the page shows, wide, a column a month."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.tables import Column, ColumnKind, Sheet, write_sheets
from targets.models import Metric
from targets.queries.plans import Node
from targets.rules import Tier
from teams.models import Person, Unit


@dataclass(frozen=True)
class ExportRow:
    node: Node
    unit: str
    employee_number: str
    months: tuple
    last_year: int | None

    @property
    def kind(self):
        return _("Person") if self.node.is_person else Unit.Kind(self.node.kind).label


def plan_workbook(sheet, tops, *, last_year):
    """Return an .xlsx with a sheet for each tier, the commit target first."""
    numbers = dict(
        Person.objects.filter(pk__in=[node.person_id for node in sheet.nodes.values() if node.is_person]).values_list(
            "pk", "employee_number"
        )
    )
    keys = [key for top in tops for key in sheet.sheet.below(top.key)]

    def rows(tier):
        for key in keys:
            node = sheet.nodes[key]
            yield ExportRow(
                node=node,
                unit=sheet.nodes[node.parent].name if node.is_person else node.name,
                employee_number=numbers.get(node.person_id, ""),
                months=tuple(getattr(cell, tier) for cell in sheet.sheet.of(key)),
                last_year=last_year.get(key),
            )

    columns = _columns(sheet)
    order = (Tier.COMMIT, Tier.FLOOR, Tier.STRETCH)
    return write_sheets([Sheet(str(tier.label), columns, rows(tier.value)) for tier in order])


def _columns(sheet):
    is_money = sheet.plan.metric.kind == Metric.Kind.MONEY
    number = {"kind": ColumnKind.MONEY if is_money else ColumnKind.COUNT, "scale": sheet.plan.metric.scale}
    return [
        Column(gettext_lazy("Unit"), "unit"),
        Column(pgettext_lazy("unit or person", "Kind"), "kind", width=10),
        Column(gettext_lazy("Employee number"), "employee_number"),
        Column(gettext_lazy("Person"), lambda row: row.node.name if row.node.is_person else ""),
        Column(gettext_lazy("Last year"), "last_year", **number),
        Column(gettext_lazy("Year"), lambda row: sum(row.months), **number),
        *(
            Column(f"{month:%Y-%m}", lambda row, position=position: row.months[position], **number)
            for position, month in enumerate(sheet.months)
        ),
    ]
