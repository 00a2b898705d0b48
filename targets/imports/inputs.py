"""
What methods go by, in a file: a row for each unit and person below a unit, and one for each dealer of theirs.

Empty cells leave what is known; a dealer that the file does not name stays. The same file again changes nothing.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.matching import suggest_mapping
from common.refusals import BadValue, Refusal
from common.tables import parse_amount, read_table
from common.tables.unreadable import Limits
from common.tables.writing import Column, ColumnKind
from targets import rules
from targets.queries.inputs import about_key
from targets.rules import InputKind

LIMITS = Limits(rows=5_000, file_megabytes=2)
LONGEST_DEALER, LONGEST_NOTE = 120, 200
#: The numbers of a row, in the order of the grid.
NUMBERS = (InputKind.POTENTIAL, InputKind.FIXED_COST, InputKind.MARGIN, InputKind.HEADS, InputKind.WEIGHT)
NAME, UNIT, DEALER, NOTE = "name", "unit", "dealer", "note"
HEADINGS = {
    NAME: (_("Unit or person"), ("Unit or person", "Name", "姓名", "名称", "单元或人员", "业务员", "工号")),
    UNIT: (_("Stands in"), ("Stands in", "Unit", "所属", "所在单元", "团队", "部门")),
    InputKind.POTENTIAL: (InputKind.POTENTIAL.label, ("Market potential", "Potential", "市场潜力", "潜力")),
    InputKind.FIXED_COST: (InputKind.FIXED_COST.label, ("Fixed cost", "固定成本", "固定费用")),
    InputKind.MARGIN: (InputKind.MARGIN.label, ("Gross margin", "Margin", "毛利率")),
    InputKind.HEADS: (InputKind.HEADS.label, ("Planned heads", "Heads", "Headcount", "编制", "人头", "人数")),
    InputKind.WEIGHT: (InputKind.WEIGHT.label, ("Free weight", "Weight", "权重")),
    DEALER: (_("Dealer"), ("Dealer", "经销商", "客户")),
    InputKind.INTENTION: (InputKind.INTENTION.label, ("Dealers' intentions", "Intention", "意图", "购买意图", "意向")),
    NOTE: (pgettext_lazy("of a number", "Source"), ("Source", "Note", "来源", "备注")),
}


class BadInputRow(BadValue):
    """Why a row of the file is not taken."""

    sentences = {
        "no_name": _("The row does not say whom it is about."),
        "nobody": _("Nobody and no unit here is called “%(name)s”."),
        "several": _("“%(name)s” stands for several rows here; say where in the column “Stands in”."),
        "twice": _("%(name)s stands in the file twice with different numbers (row %(row)s)."),
        "no_dealer": _("Say whose intention this is."),
        "no_amount": _("%(dealer)s: say how much they want to buy."),
        "long": _("The text is too long."),
        "number": _("%(column)s: %(reason)s"),
    }


class UnusableFile(Refusal):
    sentences = {
        "no_names": _("No column says whom the rows are about. Fill in the template, or call the column “Unit or person”."),
        "no_numbers": _("No column holds any of these numbers. Fill in the template."),
    }


@dataclass(frozen=True)
class Change:
    """A number that a row of the file would change; ``dealer`` for an intention."""

    row: int
    node: object
    kind: str
    old: Decimal | None
    new: Decimal
    source: str
    dealer: str = ""

    @property
    def label(self):
        return InputKind(self.kind).label


@dataclass
class Read:
    """What a file says: what would change, what is wrong by row, and how many numbers are as they were."""

    changes: list[Change] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    unchanged: int = 0
    rows: int = 0


def read_inputs(content, file_name, *, nodes, given, sheet, currency):
    """
    Return what a file would change about the rows below a unit.

    :param nodes: these rows, each person once.
    :param given: what was entered before (``queries.inputs.Given``).
    :raises UnreadableTable, UnusableFile:
    """
    table = read_table(content, file_name, limits=LIMITS)
    labels = {key: [str(label), *aliases] for key, (label, aliases) in HEADINGS.items()}
    column_of = {key: table.header.index(guess.header) for key, guess in suggest_mapping(table.header, labels).items()}
    if NAME not in column_of:
        raise UnusableFile("no_names")
    if not column_of.keys() & {*NUMBERS, InputKind.INTENTION}:
        raise UnusableFile("no_numbers")
    read, said, index = Read(), {}, _Names(nodes, sheet)
    for line in table:
        read.rows += 1
        cells = {key: line.values[position] for key, position in column_of.items()}
        try:
            found = _understand(cells, index, currency)
            for key, value in found:
                if key in said and said[key][0] != value:
                    raise BadInputRow("twice", name=cells[NAME], row=said[key][1])
        except Refusal as refusal:
            read.faults.append((line.number, refusal.reason))
            continue
        for key, value in found:
            if key not in said:
                said[key] = (value, line.number)
                _compare(read, given, key, value, row=line.number, source=cells.get(NOTE, ""))
    return read


class _Names:
    """Rows by how they are called, and several of one name by the unit they stand in."""

    def __init__(self, nodes, sheet):
        self.by_name, self.above = defaultdict(list), {}
        for node in nodes:
            self.by_name[node.name.strip().casefold()].append(node)
            parent = sheet.nodes.get(node.parent)
            self.above[node.key] = parent.name.strip().casefold() if parent else ""

    def find(self, name, unit):
        if not name:
            raise BadInputRow("no_name")
        found = self.by_name.get(name.casefold(), [])
        if len(found) > 1 and unit:
            found = [node for node in found if self.above[node.key] == unit.casefold()]
        if len(found) != 1:
            raise BadInputRow("several" if found else "nobody", name=name[:80])
        return found[0]


def _understand(cells, index, currency):
    """Return what one row says: [((node, kind, dealer), value)]."""
    node = index.find(cells[NAME], cells.get(UNIT, ""))
    found = []
    for kind in NUMBERS:
        if cells.get(kind) and (value := _number(cells[kind], kind, currency)) is not None:
            found.append(((node, kind, ""), value))
    dealer, amount = cells.get(DEALER, ""), cells.get(InputKind.INTENTION, "")
    if max(len(dealer) - LONGEST_DEALER, len(cells.get(NOTE, "")) - LONGEST_NOTE) > 0:
        raise BadInputRow("long")
    if amount and not dealer:
        raise BadInputRow("no_dealer")
    if dealer:
        if (value := _number(amount, InputKind.INTENTION, currency)) is None:
            raise BadInputRow("no_amount", dealer=dealer)
        found.append(((node, InputKind.INTENTION, dealer), value))
    return found


def _number(text, kind, currency):
    try:
        plain = text.rstrip("%％").strip() if kind == InputKind.MARGIN else text
        value = parse_amount(plain, scale=2, currency=currency)
        if value is not None:
            rules.check_input(kind, value)
    except Refusal as refusal:
        raise BadInputRow("number", column=str(kind.label), reason=refusal.reason) from refusal
    return value


def _compare(read, given, key, value, *, row, source):
    node, kind, dealer = key
    known = given.rows.get((kind, about_key(node)))
    if kind == InputKind.INTENTION:
        known = next((one for one in known or () if one.dealer == dealer), None)
    if known is not None and known.value == value:
        read.unchanged += 1
    else:
        read.changes.append(Change(row, node, kind, known and known.value, value, source, dealer))


@dataclass(frozen=True)
class TemplateRow:
    name: str
    unit: str
    values: dict
    dealer: str = ""
    note: str = ""


def template_rows(nodes, *, given, sheet):
    """Return the rows of the template: what is known by now, a row for each unit and person, then one for each of their dealers."""
    rows = []
    for node in nodes:
        parent = sheet.nodes.get(node.parent)
        about = {"name": node.name, "unit": parent.name if parent else ""}
        rows.append(TemplateRow(**about, values={kind: given.entered(kind, node) for kind in NUMBERS}))
        for row in given.rows.get((InputKind.INTENTION, about_key(node)), ()):
            rows.append(TemplateRow(**about, values={InputKind.INTENTION: row.value}, dealer=row.dealer, note=row.source))
    return rows


def template_columns():
    number = {"kind": ColumnKind.MONEY, "scale": 2}
    titles = {key: label for key, (label, _aliases) in HEADINGS.items()}
    return [
        Column(titles[NAME], "name"),
        Column(titles[UNIT], "unit"),
        *(Column(titles[kind], lambda row, kind=kind: row.values.get(kind), **number) for kind in NUMBERS),
        Column(titles[DEALER], "dealer"),
        Column(titles[InputKind.INTENTION], lambda row: row.values.get(InputKind.INTENTION), **number),
        Column(titles[NOTE], "note"),
    ]
