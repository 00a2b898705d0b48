"""Tables in and out: files that people send, and files that people take away."""

from common.refusals import BadValue
from common.tables.reading import Table, TableRow, read_table
from common.tables.unreadable import UnreadableTable
from common.tables.values import (
    choice_labels,
    parse_amount,
    parse_choice,
    parse_count,
    parse_day,
    parse_percent,
    parse_phone,
    parse_text,
)
from common.tables.writing import (
    Column,
    ColumnKind,
    Sheet,
    follow,
    free_sheet_name,
    storable_text,
    write_csv,
    write_sheets,
    write_workbook,
)

__all__ = [
    "BadValue",
    "Column",
    "ColumnKind",
    "Sheet",
    "Table",
    "TableRow",
    "UnreadableTable",
    "choice_labels",
    "follow",
    "free_sheet_name",
    "parse_amount",
    "parse_choice",
    "parse_count",
    "parse_day",
    "parse_percent",
    "parse_phone",
    "parse_text",
    "read_table",
    "storable_text",
    "write_csv",
    "write_sheets",
    "write_workbook",
]
