"""Why a file cannot be read, and how large a file may be."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal


class UnreadableTable(Refusal):
    """A file that is refused as a whole; nothing of it has been taken."""

    sentences = {
        "empty": _("The file holds no table."),
        "too_big": _("The file is larger than %(limit)s MB. Please split it."),
        "unpacks_too_big": _("The workbook unpacks to more than %(limit)s MB and was not opened."),
        "too_many_rows": _("The table has more than %(limit)s rows (formatted empty rows count too). Please split it."),
        "too_many_columns": _("The table has more than %(limit)s columns."),
        "too_many_cells": _("The table has more than %(limit)s cells. Please split it."),
        "line_too_long": _("Line %(line)s is longer than %(limit)s characters. Is this a table?"),
        "cell_too_long": _("A cell after row %(row)s is too long. Perhaps a quotation mark is not closed."),
        "open_quote": _("A quotation mark after row %(row)s is not closed."),
        "encoding": _("The text is neither UTF-8 nor GBK. Please save it as “CSV UTF-8” and try again."),
        "binary": _("The file is not a text table. Please save it as .xlsx or .csv."),
        "broken": _("The workbook is damaged and cannot be opened."),
        "encrypted": _("The workbook is protected by a password. Please remove the password and try again."),
        "old_excel": _("The file is in the old Excel format. Please save it as .xlsx and try again."),
        "web_page": _("The file is a web page, not a workbook. Please open it in Excel and save it as .xlsx."),
        "not_a_workbook": _("The file is named like an Excel workbook but is none."),
        "not_a_csv": _("The file is named like a text table but is an Excel workbook. Please rename it to .xlsx."),
        "unknown_kind": _("Only .xlsx and .csv files can be read."),
        "no_sheet": _("The workbook has no sheet “%(sheet)s”."),
    }


@dataclass(frozen=True)
class Limits:
    """How much a file may hold; beyond it is refused before memory is taken for it."""

    rows: int = 200_000
    columns: int = 500
    cells: int = 10_000_000
    file_megabytes: int = 50
    unpacked_megabytes: int = 400
    line_characters: int = 1_000_000

    @property
    def file_bytes(self) -> int:
        return self.file_megabytes * 2**20

    @property
    def unpacked_bytes(self) -> int:
        return self.unpacked_megabytes * 2**20


USUAL_LIMITS = Limits()
