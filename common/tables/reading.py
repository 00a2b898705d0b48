"""Reading a table from a file that somebody sent: one header, numbered rows of text, or one clear reason why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from common.tables.texts import OpenText, open_text
from common.tables.unreadable import USUAL_LIMITS, Limits, UnreadableTable
from common.tables.workbooks import OpenSheet, open_workbook

_WORKBOOKS = {".xlsx", ".xlsm"}
_TEXTS = {".csv", ".txt", ".tsv"}
_TITLE_ROWS = 10  # how many rows above the header are looked at


@dataclass(frozen=True)
class TableRow:
    """A row: as many cells as the header has, trimmed. ``has_surplus`` when the file had filled cells beyond the header."""

    number: int  # as the spreadsheet shows it; the header may be row 1
    values: tuple[str, ...]
    has_surplus: bool = False


class Table:
    """
    A table in a file. Iterate it as often as needed for the rows that are not blank; iterating does not fail.

    ``header`` has no empty and no repeated name: a column without one is called by its letter, "(C)", a repeated one "Name (2)".
    ``row_count`` is the number of rows below the header, blank ones included: the length of a progress bar.
    """

    def __init__(self, source: OpenSheet | OpenText):
        self._source = source
        self.header_row_number, cells = _find_header(source)
        first_column = source.first_column if isinstance(source, OpenSheet) else 0
        self.header = _name_columns(_spread_merged(source, self.header_row_number, cells), first_column)
        self.row_count = max(0, source.row_count - self.header_row_number)
        self.sheet = source.name if isinstance(source, OpenSheet) else None
        self.sheet_names = source.sheet_names if isinstance(source, OpenSheet) else ()
        self.encoding = source.encoding if isinstance(source, OpenText) else None
        self.delimiter = source.delimiter if isinstance(source, OpenText) else None

    def __iter__(self) -> Iterator[TableRow]:
        width = len(self.header)
        for number, cells in self._source.numbered_rows():
            if number <= self.header_row_number:
                continue
            values = [cell.strip() for cell in cells]
            if any(values):
                padded = (values + [""] * width)[:width]
                yield TableRow(number, tuple(padded), has_surplus=any(values[width:]))


def read_table(
    file: bytes | BinaryIO, name: str, *, sheet: str | None = None, encoding: str | None = None, limits: Limits = USUAL_LIMITS
) -> Table:
    """
    Open a table by the kind that its name and its contents agree on.

    :param file: the contents, or a file open for reading bytes.
    :param name: the file's name; only its extension is used.
    :param sheet: of a workbook; else the first that is visible and not empty.
    :param encoding: of a text table, when the sender said so; else it is found out.
    :raises UnreadableTable: wrong kind, damaged, encrypted, too large in any way, undecodable, or without a table.
    """
    content = file if isinstance(file, bytes) else file.read(limits.file_bytes + 1)
    if len(content) > limits.file_bytes:
        raise UnreadableTable("too_big", limit=limits.file_megabytes)
    if not content.strip():
        raise UnreadableTable("empty")
    extension = PurePath(name).suffix.lower()
    if extension in _WORKBOOKS or extension == ".xls":
        table = Table(open_workbook(content, sheet, limits))
    elif extension in _TEXTS:
        table = Table(open_text(content, encoding, limits))
    else:
        raise UnreadableTable("unknown_kind")
    if table.row_count > limits.rows:
        raise UnreadableTable("too_many_rows", limit=limits.rows)
    return table


def _find_header(source: OpenSheet | OpenText) -> tuple[int, list[str]]:
    """
    Return the header's row number and cells: the first row that is not blank, below titles.

    A title is a row with a single filled cell above one with several: "Sales 2026" across the whole sheet.
    """
    first = None
    for number, cells in source.numbered_rows():
        filled = sum(bool(cell.strip()) for cell in cells)
        if filled > 1:
            return number, cells
        if filled and first is None:
            first = number, cells
        if first is not None and number >= first[0] + _TITLE_ROWS:
            break
    if first is None:
        raise UnreadableTable("empty")
    return first


def _spread_merged(source: OpenSheet | OpenText, row_number: int, cells: list[str]) -> list[str]:
    """Give the text of a header cell that is merged across columns to each of them."""
    if not isinstance(source, OpenSheet):
        return cells
    spread = list(cells)
    for columns in source.merged_columns(row_number):
        for column in columns:
            if column < len(spread) and columns.start < len(cells):
                spread[column] = cells[columns.start]
    return spread


def _name_columns(cells: list[str], first_column: int) -> list[str]:
    names = [" ".join(cell.replace("\x00", "").split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    taken: set[str] = set()
    for index, plain in enumerate(names):
        base = plain or f"({_letters(first_column + index)})"
        name, times = base, 1
        while name in taken:
            times += 1
            name = f"{base} ({times})"
        taken.add(name)
        names[index] = name
    return names


def _letters(index: int) -> str:
    """Return a column's letters as a spreadsheet shows them: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
