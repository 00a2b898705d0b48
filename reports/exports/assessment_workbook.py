"""
The assessment of a quarter as a workbook: a sheet of all and a sheet a person, with live formulas, to print on A4 and sign.

Every formula carries the value that the rules gave, so a viewer that does not calculate shows the same figures.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from common.figures import NO_VALUE
from common.periods import format_code
from common.tables import storable_text
from reports.exports.paper import ACCENT, Book, as_text, quoted, write_merged
from reports.exports.person_sheet import write_person

# Columns of the sheet of all; the scores begin at SCORES, then follow total, place and grade.
NUMBER, WHO, EMPLOYEE, UNIT, ROLE, STAGE, SCORES = range(7)
_EPSILON = "1E-9"  # two sums of the same points may differ in the last bit


def file_name_of(unit, quarter, company):
    """Return a file name that every system takes: quarter and unit."""
    name = re.sub(r"[^\w.-]+", " ", unit.name).strip()[:60]
    code = format_code(quarter, company.fiscal_year_starts_in)
    return "{} {} {}.xlsx".format(_("Assessment"), code, name)


def write_assessment_workbook(assessment, *, company, unit_name, made_at, progress=None):
    """
    Return the workbook of an assessment as bytes, in the active language.

    :param assessment: a `reports.queries.assessments.Assessment`, already narrowed to who belongs in it.
    :param unit_name: the company's, region's or team's name.
    :param made_at: the moment, in the company's time zone, that the file says it was made.
    :param progress: told (sheets done, sheets in all) after each person.
    """
    title = _("Quarterly assessment · %(unit)s") % {"unit": unit_name}
    book = Book(assessment, company=company, made_at=made_at, title=title)
    overview, overview_name = book.sheet(_("Overview"))
    first, people = _overview_rows(assessment)
    places = []
    for at, sheet in enumerate(assessment.sheets):
        grade_cell = cell(first + at, SCORES + len(assessment.indicators) + 2, row_abs=True, col_abs=True)
        places.append(write_person(book, sheet, at + 1, f"={quoted(overview_name)}!{grade_cell}"))
        if progress:
            progress(at + 1, people)
    _write_overview(book, overview, places)
    book.book.close()
    return book.buffer.getvalue()


def _overview_rows(assessment):
    """Return the row of the first person on the sheet of all and how many there are; above stand two rows a role."""
    return 6 + 2 * len(assessment.bands), len(assessment.sheets)


def _write_overview(book, sheet, places):
    assessment, style = book.assessment, book.style
    book.lay_out(sheet, is_landscape=True)
    total_at = SCORES + len(assessment.indicators)
    place_at, grade_at = total_at + 1, total_at + 2
    for column, width in ((NUMBER, 5), (WHO, 16), (EMPLOYEE, 12), (UNIT, 16), (ROLE, 11), (STAGE, 11)):
        sheet.set_column(column, column, width)
    sheet.set_column(SCORES, grade_at, 10.5)
    sheet.set_row(0, 28)
    write_merged(
        sheet, 0, (NUMBER, grade_at), f"{book.title} · {book.period_name}", style(bold=True, font_size=16, font_color=ACCENT)
    )
    about = _("%(people)s people. Totals come from each person's sheet.") % {"people": len(assessment.sheets)}
    write_merged(sheet, 1, (NUMBER, grade_at), about, style(font_color="#555555"))
    lowest = _write_bands(book, sheet)
    first, count = _overview_rows(assessment)
    last = first + max(count, 1) - 1
    titles = [
        _("No."),
        pgettext("person", "Name"),
        _("Employee number"),
        pgettext("organisation", "Unit"),
        _("Role"),
        _("Tenure stage"),
    ]
    titles += [f"{indicator.label} {indicator.weight}%" for indicator in assessment.indicators]
    titles += [_("Total"), _("Place among the same role"), _("Assessment grade")]
    sheet.set_row(first - 1, 46)
    for column, text in enumerate(titles):
        sheet.write_string(first - 1, column, storable_text(text), book.head)
    box, figure = style(border=1, shrink=True), style(border=1, num_format="0.0", align="right")
    rank = style(border=1, num_format="0", align="right")
    roles = f"{cell(first, ROLE, True, True)}:{cell(last, ROLE, True, True)}"
    totals = f"{cell(first, total_at, True, True)}:{cell(last, total_at, True, True)}"
    for at, (person, (name, scores, total)) in enumerate(zip(assessment.sheets, places, strict=True)):
        row = first + at
        sheet.write_number(row, NUMBER, at + 1, box)
        link_style = style(border=1, font_color=ACCENT, underline=1)
        sheet.write_url(row, WHO, f"internal:{quoted(name)}!A1", link_style, storable_text(person.name))
        for column, text in (
            (EMPLOYEE, person.employee_number),
            (UNIT, person.unit_name),
            (ROLE, person.role_label),
            (STAGE, person.stage),
        ):
            sheet.write_string(row, column, storable_text(text), box)
        for column, (line, source) in enumerate(zip(person.lines, scores, strict=True), start=SCORES):
            link = f'=IF(ISNUMBER({quoted(name)}!{source}),{quoted(name)}!{source},"{NO_VALUE}")'
            sheet.write_formula(row, column, link, figure, NO_VALUE if line.score is None else float(line.score))
        value = NO_VALUE if person.total is None else float(person.total)
        sheet.write_formula(
            row, total_at, f"={quoted(name)}!{total}", style(border=1, num_format="0.0", bold=True, align="right"), value
        )
        own_role, own_total = cell(row, ROLE, col_abs=True), cell(row, total_at, col_abs=True)
        better = f"SUMPRODUCT(--({roles}={own_role}),--ISNUMBER({totals}),--({totals}>{own_total}+{_EPSILON}))"
        place = _place_of(person, assessment.sheets)
        sheet.write_formula(row, place_at, f'=IF(ISNUMBER({own_total}),{better}+1,"{NO_VALUE}")', rank, place or NO_VALUE)
        formula = _grade_formula(assessment.grades, own_total, lowest[person.role])
        sheet.write_formula(row, grade_at, formula, style(border=1, bold=True, align="center"), person.grade or NO_VALUE)
    sheet.autofilter(first - 1, 0, last, grade_at)
    sheet.freeze_panes(first, WHO + 1)
    sheet.repeat_rows(first - 1)
    sheet.print_area(0, 0, last, grade_at)


def _write_bands(book, sheet):
    """Write how each role's grades fall in the company; return per role the cells of the lowest totals, from the best grade on."""
    assessment, style = book.assessment, book.style
    found = {}
    labels = {person.role: person.role_label for person in assessment.sheets}
    write_merged(sheet, 3, (NUMBER, EMPLOYEE), _("Grades in the whole company"), book.head)
    for at, share in enumerate(assessment.grades):
        sheet.write_string(3, UNIT + at, storable_text(f"{share.grade} {share.percent}%"), book.head)
    shown = [(role, bands) for role, bands in assessment.bands.items() if role in labels]
    for row, (role, bands) in zip(range(4, 4 + 2 * len(shown), 2), shown, strict=True):
        write_merged(sheet, row, (NUMBER, EMPLOYEE), _("%(role)s: people") % {"role": labels[role]}, style(border=1))
        write_merged(sheet, row + 1, (NUMBER, EMPLOYEE), _("%(role)s: from points") % {"role": labels[role]}, style(border=1))
        for at, band in enumerate(bands):
            sheet.write_number(row, UNIT + at, band.seats, style(border=1, align="center"))
            lowest = style(border=1, align="center", num_format="0.0")
            if band.lowest is None:
                sheet.write_string(row + 1, UNIT + at, NO_VALUE, lowest)
            else:
                sheet.write_number(row + 1, UNIT + at, float(band.lowest), lowest)
        found[role] = [cell(row + 1, UNIT + at, True, True) for at in range(len(bands))]
    return found


def _grade_formula(grades, total, lowest):
    """Return the formula of a grade: the best one whose lowest total is reached."""
    formula = as_text(grades[-1].grade)
    for share, bound in reversed(list(zip(grades[:-1], lowest, strict=False))):
        formula = f"IF(AND(ISNUMBER({bound}),{total}+{_EPSILON}>=N({bound})),{as_text(share.grade)},{formula})"
    return f'=IF(ISNUMBER({total}),{formula},"{NO_VALUE}")'


def _place_of(person, sheets):
    if person.total is None:
        return None
    return 1 + sum(1 for s in sheets if s.role == person.role and s.total is not None and s.total > person.total)
