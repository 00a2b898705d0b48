"""
Tables that people take away: one definition of columns for the page, the workbook and the text file.

Text is always written as text. A spreadsheet would run a name that begins with ``=``; in a workbook the cell is typed as
a string, in a text file, which has no types, an apostrophe goes before it (and is taken off again on reading).
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from io import BytesIO, StringIO

from django.utils import timezone
from django.utils.translation import gettext as _

from common.money import from_minor

_LONGEST_CELL = 32_767  # characters, Excel's limit
_MOST_ROWS = 1_048_575  # below the header, Excel's limit
_MOST_LINKS = 60_000  # of a sheet; Excel takes 65,530, further ones stay text
_STARTS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_CANNOT_STORE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class ColumnKind(StrEnum):
    TEXT = "TEXT"
    MONEY = "MONEY"  # an int is minor units of the column's scale, a Decimal is what it says
    PERCENT = "PERCENT"  # 0–100
    COUNT = "COUNT"
    DAY = "DAY"
    INSTANT = "INSTANT"  # aware; written to the minute in the time zone that is active
    LINK = "LINK"  # an address, which a workbook opens


@dataclass(frozen=True)
class Column:
    """
    One column over rows of any shape.

    :param title: shown in the header; may be lazy.
    :param attribute: dotted path into a row (attributes or mapping keys), or a function of the row.
    :param scale: decimal places of MONEY.
    :param adds: titles of columns of the same table that this one is the sum of: in a workbook it is written as a formula.
    """

    title: object
    attribute: str | Callable[[object], object]
    kind: ColumnKind = ColumnKind.TEXT
    width: int | None = None
    scale: int = 2
    adds: tuple[str, ...] = ()

    def of(self, row: object) -> str | int | Decimal | date | datetime | None:
        """Return the row's value in this column, ready to be shown: money as a decimal, moments local, None for no value."""
        value = self.attribute(row) if callable(self.attribute) else follow(row, self.attribute)
        if value is None or value == "":
            return None
        if isinstance(value, float):
            raise TypeError(f"{self.title}: floats are not exported; use Decimal")
        if self.kind in (ColumnKind.TEXT, ColumnKind.LINK):
            return str(value)
        if self.kind is ColumnKind.MONEY and isinstance(value, int):
            return from_minor(value, self.scale)
        if self.kind is ColumnKind.INSTANT:
            return timezone.localtime(value).replace(second=0, microsecond=0, tzinfo=None)
        return value


@dataclass(frozen=True)
class Sheet:
    """A table on a sheet of its own."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[object]


_NUMBER_FORMATS = {
    ColumnKind.TEXT: "@",
    ColumnKind.LINK: "@",
    ColumnKind.PERCENT: "0.0%",
    ColumnKind.COUNT: "#,##0",
    ColumnKind.DAY: "yyyy-mm-dd",
    ColumnKind.INSTANT: "yyyy-mm-dd hh:mm",
}
_WIDTHS = {
    ColumnKind.TEXT: 18,
    ColumnKind.LINK: 40,
    ColumnKind.MONEY: 15,
    ColumnKind.PERCENT: 10,
    ColumnKind.COUNT: 10,
    ColumnKind.DAY: 12,
    ColumnKind.INSTANT: 17,
}


def write_workbook(columns: Sequence[Column], rows: Iterable[object], *, name: str) -> bytes:
    """
    Return an .xlsx with one sheet.

    :raises ValueError: for more rows than a sheet can hold.
    """
    return write_sheets([Sheet(name, columns, rows)])


def write_sheets(sheets: Sequence[Sheet]) -> bytes:
    """
    Return an .xlsx with the sheets in order: header frozen, filters on, A4 landscape, the header repeated on every page.

    :raises ValueError: no sheet, or more rows than a sheet can hold.
    """
    import pandas as pd  # 40 MB that a process which writes no workbook need not hold

    if not sheets:
        raise ValueError("A workbook needs a sheet")
    buffer = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with pd.ExcelWriter(
        buffer,
        engine="xlsxwriter",
        date_format="yyyy-mm-dd",
        datetime_format="yyyy-mm-dd hh:mm",
        engine_kwargs={"options": options},
    ) as writer:
        taken: set[str] = set()
        for sheet in sheets:
            name = free_sheet_name(sheet.name, taken)
            body = [[_as_cell(column, row) for column in sheet.columns] for row in sheet.rows]
            if len(body) > _MOST_ROWS:
                raise ValueError(f"A sheet holds at most {_MOST_ROWS} rows")
            # dtype object: pandas must not turn whole numbers beside an empty cell into floats, nor None into "nan".
            frame = pd.DataFrame(body, columns=[str(column.title) for column in sheet.columns], dtype=object)
            frame.to_excel(writer, sheet_name=name, index=False)
            _lay_out(writer.book, writer.sheets[name], sheet.columns, len(body))
            _write_links(writer.sheets[name], sheet.columns, body)
            _write_sums(writer.sheets[name], sheet.columns, body)
    return buffer.getvalue()


def write_csv(columns: Sequence[Column], rows: Iterable[object]) -> bytes:
    """Return a text table in UTF-8 with the mark by which Excel knows it; percentages as 0–100."""
    stream = StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([_guard(str(column.title)) for column in columns])
    for row in rows:
        writer.writerow([_as_field(column, row) for column in columns])
    return stream.getvalue().encode("utf-8-sig")


def _as_cell(column: Column, row: object) -> str | int | float | date | None:
    value = column.of(row)
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        # Excel knows only binary floats; every amount within the limits of common.money survives as the 15 digits it keeps.
        return float(value / 100 if column.kind is ColumnKind.PERCENT else value)
    if isinstance(value, int) and column.kind is ColumnKind.PERCENT:
        return value / 100
    if isinstance(value, str):
        return storable_text(value)
    return value


def storable_text(value: object) -> str:
    """Return a text as a cell can hold it: without control signs, and not longer than Excel allows."""
    text = _CANNOT_STORE.sub("", str(value))
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def _as_field(column: Column, row: object) -> str:
    value = column.of(row)
    if value is None or (isinstance(value, Decimal) and not value.is_finite()):
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return _guard(_CANNOT_STORE.sub("", value)) if isinstance(value, str) else str(value)


def _guard(text: str) -> str:
    return f"'{text}" if text.startswith(_STARTS_LIKE_FORMULA) else text


def follow(row: object, path: str) -> object:
    """Return what a dotted path leads to in a row, by attributes or mapping keys; None as soon as one of them is None."""
    for name in path.split("."):
        if row is None:
            return None
        row = row[name] if isinstance(row, dict) else getattr(row, name)
    return row


def free_sheet_name(wanted: str, taken: set[str]) -> str:
    """
    Return a name that Excel takes: no forbidden signs, at most 31 characters, unlike the others.

    :param taken: the names so far, casefolded; the new one is added.
    """
    base = _NOT_IN_SHEET_NAME.sub(" ", str(wanted)).strip().strip("'").strip()[:31].strip() or _("Table")
    if base.casefold() == "history":  # Excel keeps this one for itself
        base = f"{base} 1"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        ending = f" ({number})"
        name = base[: 31 - len(ending)] + ending
    taken.add(name.casefold())
    return name


def _write_links(worksheet, columns, body) -> None:
    for index, column in enumerate(columns):
        if column.kind is ColumnKind.LINK:
            for number, cells in enumerate(body[:_MOST_LINKS], start=1):
                if cells[index]:
                    worksheet.write_url(number, index, cells[index], None, storable_text(cells[index]))


def _write_sums(worksheet, columns, body) -> None:
    """Write what is a sum of other columns as a formula, with the value for whoever does not calculate."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    place_of = {str(column.title): index for index, column in enumerate(columns)}
    for index, column in enumerate(columns):
        places = [place_of[title] for title in column.adds]
        for number, cells in enumerate(body, start=1) if places else ():
            parts = ",".join(xl_rowcol_to_cell(number, place) for place in places)
            worksheet.write_formula(number, index, f"=SUM({parts})", None, 0 if cells[index] is None else cells[index])


def _lay_out(book, worksheet, columns: Sequence[Column], row_count: int) -> None:
    head = book.add_format({"bold": True, "bg_color": "#E9EEF6", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    for index, column in enumerate(columns):
        places = f".{'0' * column.scale}" if column.scale else ""
        number_format = _NUMBER_FORMATS.get(column.kind, f"#,##0{places}")
        worksheet.set_column(index, index, column.width or _WIDTHS[column.kind], book.add_format({"num_format": number_format}))
        worksheet.write_string(0, index, storable_text(column.title), head)
    worksheet.freeze_panes(1, 0)
    if columns:
        worksheet.autofilter(0, 0, max(row_count, 1), len(columns) - 1)
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    worksheet.set_footer("&C&P / &N")
