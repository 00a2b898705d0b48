"""Decoding and cutting up text tables: UTF-8, UTF-16, GBK; comma, semicolon, tab."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from itertools import islice

from common.tables.unreadable import Limits, UnreadableTable
from common.tables.workbooks import looks_like_web_page

DELIMITERS = (",", ";", "\t")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_ROWS = 20
_EXCEL_HINT = re.compile(r"sep=(.)\r?\n?")
# What write_csv put before a text that a spreadsheet would take for a formula (common.tables.writing).
_GUARDED = re.compile(r"'[=+\-@\t\r]")


@dataclass(frozen=True)
class OpenText:
    """A text table, checked from end to end: reading it again cannot fail half-way."""

    text: str
    encoding: str
    delimiter: str
    row_count: int
    is_strict: bool

    def numbered_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield records with the numbers that a spreadsheet shows beside them."""
        for number, row in enumerate(_records(self.text, self.delimiter, is_strict=self.is_strict), start=1):
            yield number, [cell[1:] if _GUARDED.match(cell) else cell for cell in row]


def open_text(content: bytes, encoding: str | None, limits: Limits) -> OpenText:
    """
    Decode and check a text table.

    :param encoding: when it is known; else UTF-8 and UTF-16 by their marks, UTF-8, then GB18030 (which holds GBK).
    :raises UnreadableTable: see its sentences.
    """
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableTable("not_a_csv")
    if looks_like_web_page(content):
        raise UnreadableTable("web_page")
    text, encoding = decode(content, encoding)
    for line, length in enumerate(map(len, StringIO(text, newline="")), start=1):
        if length > limits.line_characters:
            raise UnreadableTable("line_too_long", line=line, limit=limits.line_characters)
    hint = _EXCEL_HINT.match(text)
    delimiter = hint[1] if hint else sniff_delimiter(text)
    is_strict, row_count = True, 0
    while True:
        try:
            row_count = 0
            for row in _records(text, delimiter, is_strict=is_strict):
                row_count += 1
                if len(row) > limits.columns:
                    raise UnreadableTable("too_many_columns", limit=limits.columns)
                if row_count > limits.rows + 100:
                    raise UnreadableTable("too_many_rows", limit=limits.rows)
            return OpenText(text, encoding, delimiter, row_count, is_strict)
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise UnreadableTable("open_quote", row=row_count) from error
            if not is_strict or "field larger" in str(error):
                raise UnreadableTable("cell_too_long", row=row_count) from error
            is_strict = False  # text behind a closing quotation mark: sloppy, but its meaning is plain


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """
    Return the text and the encoding it was in.

    :raises UnreadableTable: if it is no text in an encoding that is known here.
    """
    if encoding is None:
        encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    is_wide = encoding is not None and encoding.startswith("utf-16")
    if not is_wide and content.count(0) * 100 > len(content):  # a stray NUL is for its row to answer for
        raise UnreadableTable("binary")
    for candidate in [encoding] if encoding else ["utf-8", "gb18030"]:
        try:
            text = content.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
        if candidate != "gb18030" or encoding or _reads_like_chinese(text):
            return text, candidate
    raise UnreadableTable("encoding")


def sniff_delimiter(text: str) -> str:
    """Return the delimiter that cuts the first rows into the same number of cells most often; the comma in doubt."""
    best, best_score = DELIMITERS[0], (0.0, 0)
    for delimiter in DELIMITERS:
        rows = []
        with suppress(csv.Error):
            rows = [row for row in islice(_records(text, delimiter, is_strict=False), _SAMPLE_ROWS) if any(row)]
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, times = widths.most_common(1)[0]
            score = (times / len(rows), width)
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _records(text: str, delimiter: str, *, is_strict: bool) -> Iterator[list[str]]:
    stream = StringIO(text, newline="")
    if hint := _EXCEL_HINT.match(text):
        stream.seek(hint.end())
        yield []  # keeps the row numbers as a spreadsheet counts them
    yield from csv.reader(stream, delimiter=delimiter, strict=is_strict)


def _reads_like_chinese(text: str) -> bool:
    """
    Tell GBK from other encodings that happen to decode: real text keeps to the characters of GB 2312.

    Latin, Big5 or Japanese bytes read as GB18030 give mostly rare characters from outside that set.
    """
    beyond_ascii = [mark for mark in text if mark > "\x7f"]
    common = 0
    for mark in beyond_ascii:
        with suppress(UnicodeEncodeError):
            mark.encode("gb2312")
            common += 1
    return common * 5 >= len(beyond_ascii) * 4
