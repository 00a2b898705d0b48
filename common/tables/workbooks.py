"""
Opening .xlsx files that strangers send.

A workbook is a zip of XML. Before the reader sees it, every part is unpacked once in small pieces and thrown away: the sizes that a
zip states about itself may lie, and one cell in the last corner of a sheet would make the reader reserve
seventeen billion cells.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

import python_calamine

from common.tables.unreadable import Limits, UnreadableTable

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MOST_PARTS = 5_000
_PIECE = 1 << 20
_LONGEST_REFERENCE = 200
# A row's or cell's position, unless the element is closed at once: an empty cell that only has a format.
_POSITION = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["'](?!(?:\s+[\w:]+="[^"<]*")*\s*/>)""")


@dataclass(frozen=True)
class OpenSheet:
    """One sheet of a workbook: rows of cells as canonical text, numbered as in Excel, and the ranges that are merged."""

    name: str
    sheet_names: tuple[str, ...]
    row_count: int
    first_column: int  # empty columns to the left of the table are not part of the rows
    cells: python_calamine.CalamineSheet

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        for number, row in enumerate(self.cells.iter_rows(), start=1):
            yield number, [as_text(cell) for cell in row]

    def merged_columns(self, row_number: int) -> Iterator[range]:
        """The column indexes of each range that is merged across in a row."""
        for (top, left), (bottom, right) in self.cells.merged_cell_ranges or ():
            if top <= row_number - 1 <= bottom and right > left:
                yield range(max(left - self.first_column, 0), right + 1 - self.first_column)


def open_workbook(content: bytes, sheet: str | None, limits: Limits) -> OpenSheet:
    """
    Open a sheet of a workbook: the named one, else the first that is visible and not empty.

    :raises UnreadableTable: see its sentences.
    """
    if content.startswith(_OLE):
        raise UnreadableTable("encrypted" if _ENCRYPTED_PACKAGE in content else "old_excel")
    if not content.startswith(b"PK"):
        raise UnreadableTable("web_page" if looks_like_web_page(content) else "not_a_workbook")
    _check_parts(content, limits)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(BytesIO(content))
        if sheet is not None and sheet not in workbook.sheet_names:
            raise UnreadableTable("no_sheet", sheet=sheet)
        return _choose(workbook, sheet, limits)
    except UnreadableTable:
        raise
    except python_calamine.PasswordError as error:
        raise UnreadableTable("encrypted") from error
    except Exception as error:
        raise UnreadableTable("broken") from error
    except BaseException as error:
        # A panic inside the reader comes as a BaseException of its own; an interrupt is not ours to swallow.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableTable("broken") from error


def looks_like_web_page(content: bytes) -> bool:
    start = content[:500].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head"))


def as_text(cell) -> str:
    """
    Return a cell as text that no program's habit has changed.

    Whole numbers without ".0", others with at most the 15 digits that Excel keeps and never in scientific notation; dates
    as 2026-02-03, moments as 2026-02-03 14:30:00, durations as hours:minutes:seconds, truth as TRUE and FALSE.
    """
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int():
            return str(cell)
        case float():
            text = format(Decimal(format(cell, ".15g")), "f")
            return "0" if text == "-0" else text
        case datetime():
            return cell.strftime("%Y-%m-%d %H:%M:%S") if cell.time() != time() else cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case timedelta():
            seconds = round(cell.total_seconds())
            sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
            return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "" if cell is None else str(cell)


def _choose(workbook, sheet: str | None, limits: Limits) -> OpenSheet:
    visible = [
        about.name
        for about in workbook.sheets_metadata
        if about.visible == python_calamine.SheetVisibleEnum.Visible and about.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    for name in [sheet] if sheet is not None else visible:
        cells = workbook.get_sheet_by_name(name)
        rows, columns = (cells.end[0] + 1, cells.end[1] + 1) if cells.end else (0, 0)
        first_column = cells.start[1] if cells.start else 0
        if not rows and sheet is None:
            continue
        if columns > limits.columns:
            raise UnreadableTable("too_many_columns", limit=limits.columns)
        return OpenSheet(name, tuple(visible), rows, first_column, cells)
    raise UnreadableTable("empty")


def _check_parts(content: bytes, limits: Limits) -> None:
    try:
        parts = zipfile.ZipFile(BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise UnreadableTable("broken") from error
    if not any(part.filename.replace("\\", "/").lower() == "xl/workbook.xml" for part in parts):
        raise UnreadableTable("not_a_workbook")
    if len(parts) > _MOST_PARTS:
        raise UnreadableTable("broken")
    budget = limits.unpacked_bytes
    for part in parts:
        if part.flag_bits & 1:
            raise UnreadableTable("encrypted")
        if part.file_size > limits.unpacked_bytes:
            raise UnreadableTable("unpacks_too_big", limit=limits.unpacked_megabytes)
        last_row, last_column, tail = 0, 0, b""
        for piece in _unpack(content, part):
            budget -= len(piece)
            if budget < 0:
                raise UnreadableTable("unpacks_too_big", limit=limits.unpacked_megabytes)
            for letters, digits in set(_POSITION.findall(tail + piece)):
                last_row, last_column = max(last_row, int(digits)), max(last_column, _column_number(letters))
            tail = piece[-_LONGEST_REFERENCE:]
        if last_row > limits.rows + 100:  # some rows above the table may be titles
            raise UnreadableTable("too_many_rows", limit=limits.rows)
        if last_column > limits.columns:
            raise UnreadableTable("too_many_columns", limit=limits.columns)
        if last_row * last_column > limits.cells:
            raise UnreadableTable("too_many_cells", limit=limits.cells)


def _unpack(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's true contents in pieces, whatever the zip states about its size."""
    header = content[part.header_offset : part.header_offset + 30]
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise UnreadableTable("broken")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = part.header_offset + 30 + name_length + extra_length
    packed = memoryview(content)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE))
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise UnreadableTable("broken")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), _PIECE):
            rest = bytes(packed[at : at + _PIECE])
            while rest:
                yield unpacker.decompress(rest, _PIECE)
                rest = unpacker.unconsumed_tail
    except zlib.error as error:
        raise UnreadableTable("broken") from error


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
