"""
A reader of .xlsx files and a small calculator for the formulas that our workbooks use.

It knows nothing of what a viewer cached: a formula's value comes from the cells it names, so that a test can compare the
two. What it does not know (another function, another sign) it refuses instead of guessing.
"""

import operator
import re
from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

_N = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:E[+-]?\d+)?)|(?P<text>"(?:[^"]|"")*")"""
    r"""|(?P<ref>(?:'(?:[^']|'')+'!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)"""
    r"""|(?P<name>[A-Z]+(?=\())|(?P<sign><=|>=|<>|[-+*/=<>(),]))"""
)
_COMPARE = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


class Book:
    """
    A workbook: `sheets` in order, `cells[sheet][(column, row)]` = value as stored, `formulas[sheet][(column, row)]` = text.

    Columns and rows count from 1.
    """

    def __init__(self, content):
        self.archive = ZipFile(BytesIO(content))
        self.texts = []
        if "xl/sharedStrings.xml" in self.archive.namelist():
            for item in self._xml("xl/sharedStrings.xml").findall("m:si", _N):
                self.texts.append("".join(t.text or "" for t in item.iter(f"{{{_N['m']}}}t")))
        targets = {r.get("Id"): r.get("Target") for r in self._xml("xl/_rels/workbook.xml.rels")}
        self.parts = {
            s.get("name"): "xl/" + targets[s.get(_R)] for s in self._xml("xl/workbook.xml").find("m:sheets", _N)
        }  # fmt: skip
        self.sheets = list(self.parts)
        self.cells, self.formulas = {}, {}
        for name, part in self.parts.items():
            self.cells[name], self.formulas[name] = {}, {}
            for cell in self._xml(part).iter(f"{{{_N['m']}}}c"):
                self._read(name, cell)

    def _xml(self, part):
        return ET.fromstring(self.archive.read(part))  # noqa: S314 - written by ourselves a moment ago

    def _read(self, name, cell):
        at = _place(cell.get("r"))
        formula, value = cell.find("m:f", _N), cell.find("m:v", _N)
        if formula is not None:
            self.formulas[name][at] = formula.text
        if value is None:
            return
        kind = cell.get("t")
        if kind == "s":
            self.cells[name][at] = self.texts[int(value.text)]
        elif kind == "str":
            self.cells[name][at] = value.text
        else:
            self.cells[name][at] = float(value.text)

    def calculated(self, sheet, at, seen=()):
        """Return the value of a cell, worked out from the cells that are no formulas."""
        if (sheet, at) in seen:
            raise AssertionError(f"circle through {sheet} {at}")
        if at not in self.formulas[sheet]:
            return self.cells[sheet].get(at)
        return _Parser(self, sheet, self.formulas[sheet][at], (*seen, (sheet, at))).value()

    def links(self, sheet):
        """Return the addresses that cells lead to: {(column, row): address}."""
        folder, name = self.parts[sheet].rsplit("/", 1)
        addresses = {r.get("Id"): r.get("Target") for r in self._xml(f"{folder}/_rels/{name}.rels")}
        found = self._xml(self.parts[sheet]).iter(f"{{{_N['m']}}}hyperlink")
        return {_place(link.get("ref")): addresses[link.get(_R)] for link in found}

    def setup(self, sheet):
        """Return the raw xml of a sheet: page setup, freeze, filters."""
        return self.archive.read(self.parts[sheet]).decode()


class _Parser:
    """Works one formula out: comparison over sums over products over unary signs over atoms; ranges are lists."""

    def __init__(self, book, sheet, text, seen):
        self.book, self.sheet, self.seen = book, sheet, seen
        self.tokens, at = [], 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            assert match, f"not understood: {text[at:]!r} in {text!r}"
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.at = 0

    def value(self):
        result = self.compare()
        assert self.at == len(self.tokens), f"left over: {self.tokens[self.at :]}"
        return result

    def peek(self, *signs):
        return self.at < len(self.tokens) and self.tokens[self.at][0] == "sign" and self.tokens[self.at][1] in signs

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def compare(self):
        left = self.sum()
        while self.peek(*_COMPARE):
            compare = _COMPARE[self.take()[1]]
            left = _each(lambda a, b, c=compare: c(_rank(a), _rank(b)), left, self.sum())
        return left

    def sum(self):
        left = self.product()
        while self.peek("+", "-"):
            add = operator.add if self.take()[1] == "+" else operator.sub
            left = _each(lambda a, b, f=add: f(_number(a), _number(b)), left, self.product())
        return left

    def product(self):
        left = self.unary()
        while self.peek("*", "/"):
            multiply = operator.mul if self.take()[1] == "*" else operator.truediv
            left = _each(lambda a, b, f=multiply: f(_number(a), _number(b)), left, self.unary())
        return left

    def unary(self):
        if self.peek("-"):
            self.take()
            return _each(lambda a, _b: -_number(a), self.unary(), 0)
        return self.atom()

    def atom(self):
        kind, text = self.take()
        if kind == "number":
            return float(text)
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "ref":
            return self.reference(text)
        if kind == "name":
            return self.call(text)
        assert (kind, text) == ("sign", "("), f"unexpected {text}"
        inner = self.compare()
        assert self.take()[1] == ")"
        return inner

    def reference(self, text):
        sheet, _mark, place = text.rpartition("!")
        sheet = sheet[1:-1].replace("''", "'") if sheet else self.sheet
        first, _colon, last = place.replace("$", "").partition(":")
        if not last:
            return self.book.calculated(sheet, _place(first), self.seen)
        (left, top), (right, bottom) = _place(first), _place(last)
        places = [(column, row) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        return [self.book.calculated(sheet, at, self.seen) for at in places]

    def call(self, name):
        assert self.take()[1] == "("
        start, arguments = self.at, []
        if name == "IF":
            return self.branch()
        arguments.append(self.compare())
        while self.peek(","):
            self.take()
            arguments.append(self.compare())
        assert self.take()[1] == ")", f"{name} from {start}"
        return _FUNCTIONS[name](*arguments)

    def branch(self):
        """Work out only the branch taken, as a spreadsheet does: the other one may divide by zero."""
        condition = self.compare()
        assert self.take()[1] == ","
        result = None
        for wanted in (bool(condition), not condition):
            if wanted:
                result = self.compare()
            else:
                self.skip()
            if self.peek(","):
                self.take()
        assert self.take()[1] == ")"
        return result

    def skip(self):
        depth = 0
        while depth or not self.peek(",", ")"):
            depth += self.peek("(") - self.peek(")")
            self.take()


def _is_number(value):
    return isinstance(value, float | int) and not isinstance(value, bool)


def _sumproduct(*columns):
    # As a spreadsheet does: what is no number counts as zero, truth values too.
    rows = zip(*(column if isinstance(column, list) else [column] for column in columns), strict=True)
    total = 0
    for row in rows:
        part = 1
        for value in row:
            part *= value if _is_number(value) else 0
        total += part
    return total


_FUNCTIONS = {
    "AND": lambda *values: all(values),
    "OR": lambda *values: any(values),
    "NOT": lambda value: not value,
    "N": lambda value: value if _is_number(value) else 0,
    "ISNUMBER": lambda value: [_is_number(v) for v in value] if isinstance(value, list) else _is_number(value),
    "MIN": lambda *values: min(_number(v) for v in values),
    "MAX": lambda *values: max(_number(v) for v in values),
    "SUM": lambda values: sum(v for v in values if _is_number(v)),
    "SUMPRODUCT": _sumproduct,
}


def _each(function, left, right):
    if isinstance(left, list) or isinstance(right, list):
        size = len(left) if isinstance(left, list) else len(right)
        lefts = left if isinstance(left, list) else [left] * size
        rights = right if isinstance(right, list) else [right] * size
        return [function(a, b) for a, b in zip(lefts, rights, strict=True)]
    return function(left, right)


def _number(value):
    if value is None:
        return 0
    assert not isinstance(value, str), f"#VALUE!: arithmetic with {value!r}"
    return value + 0


def _rank(value):
    """Numbers sort before texts, texts before truth values."""
    if isinstance(value, bool):
        return (2, value, "")
    return (0, value or 0, "") if not isinstance(value, str) else (1, 0, value.casefold())


def _place(reference):
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", reference).groups()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column, int(digits)
