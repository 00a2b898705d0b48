"""A statement to take along: as PDF on A4, and as a workbook whose sums and products can be recomputed."""

from io import BytesIO

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from common.figures import currency_sign
from common.figures import money as written
from common.money import from_minor
from common.pdf import RIGHT, Column, Paper
from common.period_names import name_of
from common.periods import month_of
from common.tables import free_sheet_name, storable_text
from incentives.rules.terms import Status

A4, SHADE, ACCENT = 9, "#E9EEF6", "#0B5563"
#: Points of a row: not every program fits them to their text by itself.
LINE_HIGH, TITLE_HIGH = 15, 24
WHAT, HOW, BASE, RATE, PART, AMOUNT = range(6)
WIDTHS = (26, 44, 15, 9, 15, 15)


def file_name_of(statement, ending):
    """Return what a statement's file is called: month and person."""
    return f"{_('Pay statement')} {statement.starts_on:%Y-%m} {statement.person.name}.{ending}"


def balances_of(statement):
    """Return what stands below the lines, as (name, minor units); what is nothing is left out but for what is paid and due."""
    always = [(_("Paid out"), statement.paid), (_("Still to be paid"), statement.due)]
    further = [
        (_("Held back to date"), statement.held),
        (_("Guarantee to be worked off"), statement.draw_balance),
        (_("Carried to the next month"), statement.carried),
    ]
    return always + [(name, amount) for name, amount in further if amount]


def write_paper(statement, lines, *, company, made_at):
    """
    Return a statement as PDF, in the active language.

    :param lines: as `incentives.queries.payslips.lines_of` gives them.
    :param made_at: the moment, in the company's time zone, that the file says it was made at.
    """
    month = name_of(month_of(statement.starts_on))
    title = _("Pay statement")
    paper = Paper(
        title=f"{title} {month} {statement.person.name}",
        company=company.name,
        made_at=made_at,
        foot=f"{title} · {statement.person.name} · {month}",
    )
    paper.heading(title, beside=f"{company.name} · {month}")
    paper.facts(_facts(statement))

    def money(amount):
        return written(amount, currency=company.currency)

    rows = []
    for line in lines:
        earned_in = f"\n{line.earned_in}" if line.earned_in else ""
        rows.append([f"{line.what}{earned_in}", "\n".join(line.sentences), money(line.amount)])
    columns = [Column(_("What it is for"), 5), Column(_("How it was worked out"), 8), Column(_("Amount"), 3.4, RIGHT)]
    paper.table(columns, rows, totals=[_("Total"), "", money(statement.total)])
    paper.facts([(name, money(amount)) for name, amount in balances_of(statement)])
    known = timezone.localtime(statement.known_at)
    paper.write(_("Calculated from what was known %(at)s.") % {"at": f"{known:%Y-%m-%d %H:%M}"}, size=8.5)
    paper.signatures([_("Person, date"), _("Manager, date"), _("HR, date")])
    return paper.content()


def _facts(statement):
    return [
        (pgettext("person", "Name"), statement.person.name),
        (_("Employee number"), statement.person.employee_number),
        (pgettext("organisation", "Unit"), statement.unit.name),
        (_("Status"), _status_of(statement)),
    ]


def _status_of(statement):
    """Say where a statement stands, as its page does."""
    if statement.status != Status.PUBLISHED:
        return statement.get_status_display()
    if statement.paid == statement.total:
        return _("Paid")
    return _("Paid in part") if statement.paid else statement.get_status_display()


def write_workbook(statement, lines, *, company, made_at):
    """
    Return a statement as a workbook, in the active language: products and the total are formulas with their values.

    :param lines: as `incentives.queries.payslips.lines_of` gives them.
    """
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": storable_text(_("Pay statement")), "created": made_at.replace(tzinfo=None)})
    sheet = book.add_worksheet(free_sheet_name(storable_text(f"{statement.starts_on:%Y-%m} {statement.person.name}"), set()))
    style = _styles(book, company)
    row = _write_head(sheet, statement, company, style)
    amounts = []
    for line in lines:
        amounts.append(cell(row, AMOUNT))
        row = _write_line(sheet, line, row, style)
    sheet.write_string(row, WHAT, storable_text(_("Total")), style["strong"])
    for column in (HOW, BASE, RATE, PART):
        sheet.write_blank(row, column, None, style["strong"])
    formula = f"={'+'.join(amounts)}" if amounts else "=0"
    sheet.write_formula(row, AMOUNT, formula, style["sum"], _float(statement.total))
    for name, amount in balances_of(statement):
        row += 1
        sheet.write_string(row, HOW, storable_text(name), style["quiet"])
        sheet.write_number(row, AMOUNT, _float(amount), style["money"])
    book.close()
    return buffer.getvalue()


def _styles(book, company):
    sign = currency_sign(company.currency).replace('"', "")
    money = f'"{sign}"#,##0.00;-"{sign}"#,##0.00'
    plain = {"font_size": 10.5, "valign": "top"}
    return {
        "title": book.add_format(plain | {"bold": True, "font_size": 16, "font_color": ACCENT}),
        "head": book.add_format(plain | {"bold": True, "bg_color": SHADE, "border": 1, "text_wrap": True}),
        "text": book.add_format(plain | {"text_wrap": True, "top": 4}),
        "name": book.add_format(plain | {"text_wrap": True, "top": 4, "bold": True}),
        "quiet": book.add_format(plain | {"font_color": "#555555"}),
        "money": book.add_format(plain | {"num_format": money}),
        "amount": book.add_format(plain | {"num_format": money, "top": 4, "bold": True}),
        "rate": book.add_format(plain | {"num_format": "0.####%"}),
        "number": book.add_format(plain | {"num_format": "#,##0.####"}),
        "strong": book.add_format(plain | {"bold": True, "top": 2}),
        "sum": book.add_format(plain | {"bold": True, "top": 2, "num_format": money}),
    }


def _write_head(sheet, statement, company, style):
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_footer("&C&P / &N")
    title = f"{_('Pay statement')} · {name_of(month_of(statement.starts_on))} · {company.name}"
    sheet.set_row(0, TITLE_HIGH)
    sheet.write_string(0, WHAT, storable_text(title), style["title"])
    for at, (name, value) in enumerate(_facts(statement), start=1):
        sheet.write_string(at, WHAT, storable_text(name), style["quiet"])
        sheet.write_string(at, HOW, storable_text(value), style["quiet"])
    titles = (_("What it is for"), _("How it was worked out"), _("Base"), _("Rate"), _("Base × rate"), _("Amount"))
    for column, text in enumerate(titles):
        sheet.write_string(6, column, storable_text(text), style["head"])
    sheet.repeat_rows(6)
    return 7


def _write_line(sheet, line, row, style):
    """Write a line, and below it every base with its rate and their product; return the row after them."""
    name = f"{line.what} ({line.earned_in})" if line.earned_in else line.what
    sheet.set_row(row, LINE_HIGH * max(_lines_in(name, WIDTHS[WHAT]), _lines_in("\n".join(line.sentences), WIDTHS[HOW])))
    sheet.write_string(row, WHAT, storable_text(name), style["name"])
    sheet.write_string(row, HOW, storable_text("\n".join(line.sentences)), style["text"])
    for column in (BASE, RATE, PART):
        sheet.write_blank(row, column, None, style["text"])
    sheet.write_number(row, AMOUNT, _float(line.amount), style["amount"])
    for part, rate, is_money in line.products:
        row += 1
        value = float(part) / 100 if is_money else float(part)
        scale = 100 if is_money else 1
        sheet.write_number(row, BASE, value, style["money" if is_money else "number"])
        sheet.write_number(row, RATE, float(rate) / scale, style["rate" if is_money else "money"])
        formula = f"={cell(row, BASE)}*{cell(row, RATE)}"
        sheet.write_formula(row, PART, formula, style["money"], value * float(rate) / scale)
    return row + 1


def _lines_in(text, width):
    """Return how many lines a text takes in a column of so many characters, of which a Chinese one takes two."""
    return sum(-(-max(len(part) + sum(not char.isascii() for char in part), 1) // width) for part in text.split("\n"))


def _float(minor):
    # Excel knows only binary floats; every amount within the limits of common.money survives as the 15 digits it keeps.
    return float(from_minor(minor))
