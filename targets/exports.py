"""The plan's sheet as a table: wide, a column a month; as it is it can be imported again."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext_lazy, pgettext_lazy

from common.tables import Column, ColumnKind
from targets.models import Metric
from targets.rules import Tier
from teams.models import Person


@dataclass(frozen=True)
class ExportRow:
    unit: str  # where it hangs, without the company on top
    person: str
    metric: str
    tier: str
    months: tuple  # None where somebody is not there and has no target
    last_year: int | None

    @property
    def total(self):
        return sum(month or 0 for month in self.months)


def rows_of(sheet, tops, *, last_year):
    """Return a row for each unit and person and tier, the commit targets first."""
    names = _names(sheet)
    return [
        row
        for tier in (Tier.COMMIT, Tier.FLOOR, Tier.STRETCH)
        for top in tops
        for row in _rows(sheet, top, tier, names=names, last_year=last_year)
    ]


def _rows(sheet, top, tier, *, names, last_year):
    for key in sheet.sheet.below(top.key):
        node, cells = sheet.nodes[key], sheet.sheet.of(key)
        yield ExportRow(
            unit=_path(sheet, node),
            person=names[node.person_id] if node.is_person else "",
            metric=sheet.plan.metric.label,
            tier=tier.label,
            months=tuple(
                None if node.is_person and not there and not cell.stretch else getattr(cell, tier)
                for there, cell in zip(node.presence, cells, strict=True)
            ),
            last_year=last_year.get(key),
        )


def _path(sheet, node):
    """Return a unit's names from below the company down, `East/Team One`; a person's is their unit's."""
    names, unit = [], sheet.nodes[node.parent] if node.is_person else node
    while unit.parent is not None:
        names.insert(0, unit.name)
        unit = sheet.nodes[unit.parent]
    return "/".join(names) or unit.name


def _names(sheet):
    """Return how each person is called: by name, or by employee number where the company has several of that name."""
    people = Person.objects.values_list("pk", "name", "employee_number")
    times = Counter(name for _pk, name, _number in people)
    return {pk: name if times[name] == 1 else number for pk, name, number in people}


def columns_of(sheet):
    """Return the columns of a plan: who, what, last year, the total, a column a month, and after three of them their quarter."""
    is_money = sheet.plan.metric.kind == Metric.Kind.MONEY
    number = {"kind": ColumnKind.MONEY if is_money else ColumnKind.COUNT, "scale": sheet.plan.metric.scale}
    titles = [f"{month:%Y-%m}" for month in sheet.months]
    adds_up = sheet.plan.metric.adds_up
    return [
        Column(pgettext_lazy("organisation", "Unit"), "unit"),
        Column(gettext_lazy("Person"), "person"),
        Column(gettext_lazy("Metric"), "metric"),
        Column(gettext_lazy("Tier"), "tier", width=8),
        Column(gettext_lazy("Last year"), "last_year", **number),
        Column(gettext_lazy("Total"), "total", adds=tuple(titles) if adds_up else (), **number),
        *(
            column
            for first in range(0, 12, 3)
            for column in _quarter_columns(sheet, first, titles[first : first + 3], number, with_sum=adds_up)
        ),
    ]


def _quarter_columns(sheet, first, titles, number, *, with_sum):
    """Return the columns of three months, and their sum where months add up; an import leaves the sum out."""
    months = [Column(title, lambda row, position=first + i: row.months[position], **number) for i, title in enumerate(titles)]
    if not with_sum:
        return months
    name = f"{sheet.plan.year_starts_on.year}-Q{first // 3 + 1}"
    return [
        *months,
        Column(name, lambda row: sum(row.months[i] or 0 for i in range(first, first + 3)), adds=tuple(titles), **number),
    ]


@dataclass(frozen=True)
class PartExportRow:
    unit: str
    person: str
    metric: str
    part: str
    tier: str
    months: tuple

    @property
    def total(self):
        return sum(self.months)


def part_rows_of(plan, tops):
    """Return a row for each unit and person, part and tier of a divided plan, the commit targets first."""
    sheet, names = plan.plan_sheet, _names(plan.plan_sheet)
    return [
        PartExportRow(
            unit=_path(sheet, node),
            person=names[node.person_id] if node.is_person else "",
            metric=sheet.plan.metric.label,
            part=str(part.name),
            tier=tier.label,
            months=tuple(getattr(cell, tier) for cell in plan.table.of(node.key, part.pk)),
        )
        for tier in (Tier.COMMIT, Tier.FLOOR, Tier.STRETCH)
        for top in tops
        for node in (sheet.nodes[key] for key in sheet.sheet.below(top.key))
        for part in plan.parts
    ]


def part_columns_of(plan):
    """Return the columns of a divided plan: as those of the plan, with the part."""
    columns = [column for column in columns_of(plan.plan_sheet) if column.attribute != "last_year"]
    return [*columns[:3], Column(gettext_lazy("Part"), "part"), *columns[3:]]
