"""
The assessment of a quarter as a workbook: a sheet of all and a sheet a person, with live formulas, to print on A4 and sign.

Every formula carries the value that the rules gave, so a viewer that does not calculate shows the same figures.
"""

import re
from decimal import Decimal
from io import BytesIO

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from common.figures import NO_VALUE, currency_sign
from common.money import from_minor
from common.period_names import name_of
from common.periods import format_code
from common.tables import free_sheet_name, storable_text
from targets.models import Metric

A4 = 9
ACCENT, SHADE, INPUT = "#0B5563", "#E9EEF6", "#FFF8E1"
# Columns of a person's sheet.
NAME, WEIGHT, TARGET, ACTUAL, ATTAINMENT, LOWEST, HIGHEST, SCORE, POINTS = range(9)
WIDTHS = (19, 7.5, 14, 14, 10, 7.5, 7.5, 8.5, 8.5)
FIRST_LINE = 8  # row of the first indicator, counted from 0
# Columns of the sheet of all; the scores begin at SCORES, then follow total, place and grade.
NUMBER, WHO, EMPLOYEE, UNIT, ROLE, STAGE, SCORES = range(7)
_EPSILON = "1E-9"  # two sums of the same points may differ in the last bit


def file_name_of(unit, quarter, company):
    """Return a file name that every system takes: quarter and unit."""
    name = re.sub(r"[^\w.-]+", " ", unit.name).strip()[:60]
    code = format_code(quarter, company.fiscal_year_starts_in)
    return "{} {} {}.xlsx".format(_("Assessment"), code, name)


class _Book:
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
        sheet.set_header(f"&L&9{_in_margin(self.company.name)}&R&9{_in_margin(self.period_name)}")
        sheet.set_footer(f"&L&9{_in_margin(self.title)}&C&9&P / &N")


def write_assessment_workbook(assessment, *, company, unit_name, made_at, progress=None):
    """
    Return the workbook of an assessment as bytes, in the active language.

    :param assessment: a `reports.queries.assessments.Assessment`, already narrowed to who belongs in it.
    :param unit_name: the company's, region's or team's name.
    :param made_at: the moment, in the company's time zone, that the file says it was made.
    :param progress: told (sheets done, sheets in all) after each person.
    """
    title = _("Quarterly assessment · %(unit)s") % {"unit": unit_name}
    book = _Book(assessment, company=company, made_at=made_at, title=title)
    overview, overview_name = book.sheet(_("Overview"))
    first, people = _overview_rows(assessment)
    places = []
    for at, sheet in enumerate(assessment.sheets):
        grade_cell = cell(first + at, SCORES + len(assessment.indicators) + 2, row_abs=True, col_abs=True)
        places.append(_write_person(book, sheet, at + 1, f"={_quoted(overview_name)}!{grade_cell}"))
        if progress:
            progress(at + 1, people)
    _write_overview(book, overview, places)
    book.book.close()
    return book.buffer.getvalue()


def _overview_rows(assessment):
    """Return the row of the first person on the sheet of all and how many there are; above stand two rows a role."""
    return 6 + 2 * len(assessment.bands), len(assessment.sheets)


def _write_person(book, person, number, grade_formula):
    """Write a person's sheet; return its name and the cells of its scores and its total."""
    sheet, name = book.sheet(f"{number:03d} {person.name}")
    book.lay_out(sheet, is_landscape=False)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    style = book.style
    sheet.set_row(0, 30)
    sheet.merge_range(0, NAME, 0, POINTS, "", style(bold=True, font_size=18, align="center", font_color=ACCENT))
    sheet.write_string(
        0,
        NAME,
        storable_text(_("Quarterly assessment sheet")),
        style(bold=True, font_size=18, align="center", font_color=ACCENT),
    )
    _merged(sheet, 1, (NAME, POINTS), f"{book.company.name} · {book.period_name}", style(align="center", font_color="#555555"))
    facts = (
        (
            (pgettext("person", "Name"), person.name),
            (_("Employee number"), person.employee_number),
            (_("Role"), person.role_label),
        ),
        ((_("Unit"), person.unit_name), (_("Tenure stage"), person.stage), (_("Hired on"), person.hired_on.isoformat())),
    )
    for row, line in enumerate(facts, start=3):
        sheet.set_row(row, 20)
        for (label, value), (at, last) in zip(line, ((NAME, TARGET), (ACTUAL, LOWEST), (HIGHEST, POINTS)), strict=True):
            text = _("%(label)s: %(value)s") % {"label": label, "value": value}
            _merged(sheet, row, (at, last), text, style(border=1, border_color="#999999", shrink=True))
    whose = _("Figures of the unit %(unit)s") % {"unit": person.figures_of} if person.figures_of else _("Own figures")
    _merged(sheet, 5, (NAME, POINTS), whose, style(italic=True, font_color="#555555"))
    titles = (
        _("Indicator"),
        _("Weight"),
        _("Target"),
        _("Actual"),
        _("Attainment"),
        _("Lowest score"),
        _("Highest score"),
        _("Score"),
        _("Weighted"),
    )
    sheet.set_row(FIRST_LINE - 1, 32)
    for column, text in enumerate(titles):
        sheet.write_string(FIRST_LINE - 1, column, text, book.head)
    last_line = FIRST_LINE + len(person.lines) - 1
    weights = f"{cell(FIRST_LINE, WEIGHT, True, True)}:{cell(last_line, WEIGHT, True, True)}"
    scores = f"{cell(FIRST_LINE, SCORE, True, True)}:{cell(last_line, SCORE, True, True)}"
    scored_weight = f"SUMPRODUCT(--ISNUMBER({scores}),{weights})"
    for row, line in enumerate(person.lines, start=FIRST_LINE):
        _write_line(book, sheet, row, line, scored_weight)
    foot = last_line + 1
    bold = {"bold": True, "bg_color": SHADE, "border": 1}
    sheet.set_row(foot, 24)
    sheet.write_string(foot, NAME, _("Total"), style(**bold))
    weight_sum = sum(line.indicator.weight for line in person.lines)
    total = None if person.total is None else float(person.total)
    if person.lines:
        sheet.write_formula(foot, WEIGHT, f"=SUM({weights})", style(**bold, num_format='0"%"'), weight_sum)
    for column in range(TARGET, SCORE):
        sheet.write_blank(foot, column, None, style(**bold))
    formula = (
        f'=IF({scored_weight}=0,"{NO_VALUE}",SUMPRODUCT({weights},{scores})/{scored_weight})'
        if person.lines
        else f'="{NO_VALUE}"'
    )
    sheet.write_formula(
        foot, SCORE, formula, style(**bold, num_format="0.0", align="right"), NO_VALUE if total is None else total
    )
    points = f"{cell(FIRST_LINE, POINTS)}:{cell(max(last_line, FIRST_LINE), POINTS)}"
    sheet.write_formula(foot, POINTS, f"=SUM({points})", style(**bold, num_format="0.0"), total or 0)
    sheet.set_row(foot + 1, 24)
    _merged(sheet, foot + 1, (NAME, HIGHEST), _("Assessment grade"), style(**bold))
    sheet.merge_range(foot + 1, SCORE, foot + 1, POINTS, "", style(**bold, align="center", font_size=14))
    sheet.write_formula(foot + 1, SCORE, grade_formula, style(**bold, align="center", font_size=14), person.grade or NO_VALUE)
    _write_foot(book, sheet, foot + 3, person)
    sheet.print_area(0, 0, foot + 14, POINTS)
    return name, [cell(row, SCORE, True, True) for row in range(FIRST_LINE, last_line + 1)], cell(foot, SCORE, True, True)


def _write_line(book, sheet, row, line, scored_weight):
    indicator, style = line.indicator, book.style
    sheet.set_row(row, 22)
    box = {"border": 1}
    sheet.write_string(row, NAME, storable_text(indicator.label), style(**box, text_wrap=True))
    sheet.write_number(row, WEIGHT, indicator.weight, style(**box, num_format='0"%"'))
    score_cell = cell(row, SCORE)
    if indicator.is_by_hand:
        for column in range(TARGET, SCORE):
            sheet.write_blank(row, column, None, style(**box, bg_color="#F4F4F4"))
        entry = style(**box, num_format="0.0", bg_color=INPUT)
        if line.score is None:
            sheet.write_blank(row, SCORE, None, entry)
        else:
            sheet.write_number(row, SCORE, float(line.score), entry)
        sheet.data_validation(
            row,
            SCORE,
            row,
            SCORE,
            {
                "validate": "decimal",
                "criteria": "between",
                "minimum": 0,
                "maximum": 100,
                "error_message": _("A score by hand is between 0 and 100."),
            },
        )
    else:
        amounts = style(**box, num_format=book.number_formats[indicator.kind], shrink=True)
        _number(sheet, row, TARGET, _readable(line.target, indicator), amounts)
        _number(sheet, row, ACTUAL, _readable(line.actual, indicator), amounts)
        target, actual = cell(row, TARGET), cell(row, ACTUAL)
        attained = None if line.attainment is None else float(line.attainment / 100)
        formula = f'=IF(OR(N({target})<=0,NOT(ISNUMBER({actual}))),"{NO_VALUE}",{actual}/{target})'
        right = style(**box, num_format="0.0%", align="right")
        sheet.write_formula(row, ATTAINMENT, formula, right, NO_VALUE if attained is None else attained)
        sheet.write_number(row, LOWEST, indicator.floor, style(**box))
        sheet.write_number(row, HIGHEST, indicator.cap, style(**box))
        share = cell(row, ATTAINMENT)
        raw = f"200-{share}*100" if indicator.is_lower_better else f"{share}*100"
        formula = f'=IF(ISNUMBER({share}),MIN({cell(row, HIGHEST)},MAX({cell(row, LOWEST)},{raw})),"{NO_VALUE}")'
        value = NO_VALUE if line.score is None else float(line.score)
        sheet.write_formula(row, SCORE, formula, style(**box, num_format="0.0", align="right"), value)
    formula = f'=IF(ISNUMBER({score_cell}),{cell(row, WEIGHT)}*{score_cell}/{scored_weight},"{NO_VALUE}")'
    value = NO_VALUE if line.points is None else float(line.points)
    sheet.write_formula(row, POINTS, formula, style(**box, num_format="0.0", align="right"), value)


def _write_foot(book, sheet, row, person):
    """Write the remark, room for the person's own words, and the lines to sign on."""
    style = book.style
    for label, text in ((_("Manager's remark"), person.remark), (_("What the person says"), "")):
        _merged(sheet, row, (NAME, POINTS), label, style(bold=True))
        for blank in range(1, 3):
            sheet.set_row(row + blank, 22)
        sheet.merge_range(row + 1, NAME, row + 2, POINTS, "", style(border=1, text_wrap=True, valign="top"))
        sheet.write_string(row + 1, NAME, storable_text(text), style(border=1, text_wrap=True, valign="top"))
        row += 4
    sheet.set_row(row, 34)
    line = style(top=1)
    for (at, last), label in zip(
        ((NAME, WEIGHT), (ACTUAL, ATTAINMENT), (HIGHEST, POINTS)),
        (_("Person, date"), _("Manager, date"), _("HR, date")),
        strict=True,
    ):
        _merged(sheet, row + 1, (at, last), label, line)
    note = _("Lines without a score drop out; the weights of the others grow accordingly.")
    _merged(sheet, row + 3, (NAME, POINTS), note, style(font_size=8.5, font_color="#555555"))


def _write_overview(book, sheet, places):
    assessment, style = book.assessment, book.style
    book.lay_out(sheet, is_landscape=True)
    total_at = SCORES + len(assessment.indicators)
    place_at, grade_at = total_at + 1, total_at + 2
    for column, width in ((NUMBER, 5), (WHO, 16), (EMPLOYEE, 12), (UNIT, 16), (ROLE, 11), (STAGE, 11)):
        sheet.set_column(column, column, width)
    sheet.set_column(SCORES, grade_at, 10.5)
    sheet.set_row(0, 28)
    _merged(
        sheet, 0, (NUMBER, grade_at), f"{book.title} · {book.period_name}", style(bold=True, font_size=16, font_color=ACCENT)
    )
    about = _("%(people)s people. Totals come from each person's sheet.") % {"people": len(assessment.sheets)}
    _merged(sheet, 1, (NUMBER, grade_at), about, style(font_color="#555555"))
    lowest = _write_bands(book, sheet)
    first, count = _overview_rows(assessment)
    last = first + max(count, 1) - 1
    titles = [_("No."), pgettext("person", "Name"), _("Employee number"), _("Unit"), _("Role"), _("Tenure stage")]
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
        sheet.write_url(row, WHO, f"internal:{_quoted(name)}!A1", link_style, storable_text(person.name))
        for column, text in (
            (EMPLOYEE, person.employee_number),
            (UNIT, person.unit_name),
            (ROLE, person.role_label),
            (STAGE, person.stage),
        ):
            sheet.write_string(row, column, storable_text(text), box)
        for column, (line, source) in enumerate(zip(person.lines, scores, strict=True), start=SCORES):
            link = f'=IF(ISNUMBER({_quoted(name)}!{source}),{_quoted(name)}!{source},"{NO_VALUE}")'
            sheet.write_formula(row, column, link, figure, NO_VALUE if line.score is None else float(line.score))
        value = NO_VALUE if person.total is None else float(person.total)
        sheet.write_formula(
            row, total_at, f"={_quoted(name)}!{total}", style(border=1, num_format="0.0", bold=True, align="right"), value
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
    _merged(sheet, 3, (NUMBER, EMPLOYEE), _("Grades in the whole company"), book.head)
    for at, share in enumerate(assessment.grades):
        sheet.write_string(3, UNIT + at, storable_text(f"{share.grade} {share.percent}%"), book.head)
    shown = [(role, bands) for role, bands in assessment.bands.items() if role in labels]
    for row, (role, bands) in zip(range(4, 4 + 2 * len(shown), 2), shown, strict=True):
        _merged(sheet, row, (NUMBER, EMPLOYEE), _("%(role)s: people") % {"role": labels[role]}, style(border=1))
        _merged(sheet, row + 1, (NUMBER, EMPLOYEE), _("%(role)s: from points") % {"role": labels[role]}, style(border=1))
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
    formula = _text(grades[-1].grade)
    for share, bound in reversed(list(zip(grades[:-1], lowest, strict=False))):
        formula = f"IF(AND(ISNUMBER({bound}),{total}+{_EPSILON}>=N({bound})),{_text(share.grade)},{formula})"
    return f'=IF(ISNUMBER({total}),{formula},"{NO_VALUE}")'


def _place_of(person, sheets):
    if person.total is None:
        return None
    return 1 + sum(1 for s in sheets if s.role == person.role and s.total is not None and s.total > person.total)


def _text(value):
    return '"' + storable_text(value).replace('"', '""') + '"'


def _quoted(name):
    return "'" + name.replace("'", "''") + "'"


def _in_margin(text):
    """Return a text for header or footer: & begins a code there, and Excel takes 255 characters in all."""
    return storable_text(text)[:60].replace("&", "&&")


def _merged(sheet, row, span, text, style):
    first, last = span
    if first == last:
        sheet.write_string(row, first, storable_text(text), style)
        return
    # Merged empty and then written as text: merge_range would guess the type.
    sheet.merge_range(row, first, row, last, "", style)
    sheet.write_string(row, first, storable_text(text), style)


def _readable(value, indicator):
    """Return a target or an actual figure as a cell holds it: in the unit people read, a percentage as its share."""
    if value is None:
        return None
    amount = from_minor(value, indicator.scale) if isinstance(value, int) else value
    return float(amount / 100 if indicator.kind == Metric.Kind.PERCENT else Decimal(amount))


def _number(sheet, row, column, value, style):
    if value is None:
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, value, style)
