"""A workbook to print on A4 and sign: its formats, its sheets, and the cells that are written alike everywhere."""

from io import BytesIO

import xlsxwriter

from common.figures import currency_sign
from common.period_names import name_of
from common.tables import free_sheet_name, storable_text
from targets.models import Metric

A4 = 9
ACCENT, SHADE, INPUT = "#0B5563", "#E9EEF6", "#FFF8E1"


class Book:
    """A workbook being written, its formats, and the names its sheets have."""

    def __init__(self, assessment, *, company, made_at, title):
        self.buffer = BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(self.buffer, options)
        self.book.set_properties(
            {"title": storable_text(title), "company": storable_text(company.name), "created": made_at.replace(tzinfo=None)}
        )
        self.book.set_calc_mode("auto")
        self.assessment, self.company, self.title = assessment, company, title
        self.period_name = name_of(assessment.quarter, company.fiscal_year_starts_in)
        self.taken: set[str] = set()
        sign = currency_sign(company.currency).replace('"', "")
        self.number_formats = {
            Metric.Kind.MONEY: f'"{sign}"#,##0.00;-"{sign}"#,##0.00',
            Metric.Kind.MONEY_RATIO: f'"{sign}"#,##0.00;-"{sign}"#,##0.00',
            Metric.Kind.COUNT: "#,##0",
            Metric.Kind.LEVEL: "#,##0",
            Metric.Kind.COUNT_RATIO: "#,##0.0",
            Metric.Kind.PERCENT: "0.0%",
        }
        self._formats = {}

    def style(self, **wanted):
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_size": 10.5, "valign": "vcenter"} | wanted)
        return self._formats[key]

    @property
    def head(self):
        return self.style(bold=True, bg_color=SHADE, border=1, text_wrap=True, align="center")

    def sheet(self, name):
        name = free_sheet_name(storable_text(name), self.taken)
        return self.book.add_worksheet(name), name

    def lay_out(self, sheet, *, is_landscape):
        if is_landscape:
            sheet.set_landscape()
        else:
            sheet.set_portrait()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.75)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.hide_gridlines(2)
        # No size of type (&9): the digits of "2026" that follow it would be read as part of the size.
        sheet.set_header(f"&L{in_margin(self.company.name)}&R{in_margin(self.period_name)}")
        sheet.set_footer(f"&L{in_margin(self.title)}&C&P / &N")


def in_margin(text):
    """Return a text for header or footer: & begins a code there, and Excel takes 255 characters in all."""
    return storable_text(text)[:60].replace("&", "&&")


def write_merged(sheet, row, span, text, style):
    """Write a text over the columns of a span, both ends in."""
    first, last = span
    if first == last:
        sheet.write_string(row, first, storable_text(text), style)
        return
    # Merged empty and then written as text: merge_range would guess the type.
    sheet.merge_range(row, first, row, last, "", style)
    sheet.write_string(row, first, storable_text(text), style)


def as_text(value):
    """Return a value as a text inside a formula."""
    return '"' + storable_text(value).replace('"', '""') + '"'


def quoted(name):
    """Return the name of a sheet as a formula names it."""
    return "'" + name.replace("'", "''") + "'"
