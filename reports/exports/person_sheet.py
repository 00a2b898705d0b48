"""One person's sheet of the assessment workbook: live formulas over weight, target and actual, and lines to sign on."""

from decimal import Decimal
from urllib.parse import urlencode

from django.conf import settings
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from xlsxwriter.utility import xl_rowcol_to_cell as cell

from common.figures import NO_VALUE
from common.money import from_minor
from common.periods import format_code
from common.tables import storable_text
from reports.exports.paper import ACCENT, INPUT, SHADE, write_merged
from targets.models import Metric

NAME, WEIGHT, TARGET, ACTUAL, ATTAINMENT, LOWEST, HIGHEST, SCORE, POINTS = range(9)
WIDTHS = (19, 7.5, 14, 14, 10, 7.5, 7.5, 8.5, 8.5)
FIRST_LINE = 8  # row of the first indicator, counted from 0


def write_person(book, person, number, grade_formula):
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
    write_merged(
        sheet, 1, (NAME, POINTS), f"{book.company.name} · {book.period_name}", style(align="center", font_color="#555555")
    )
    facts = (
        (
            (pgettext("person", "Name"), person.name),
            (_("Employee number"), person.employee_number),
            (_("Role"), person.role_label),
        ),
        (
            (pgettext("organisation", "Unit"), person.unit_name),
            (_("Tenure stage"), person.stage),
            (_("Hired on"), person.hired_on.isoformat()),
        ),
    )
    for row, line in enumerate(facts, start=3):
        sheet.set_row(row, 20)
        for (label, value), (at, last) in zip(line, ((NAME, TARGET), (ACTUAL, LOWEST), (HIGHEST, POINTS)), strict=True):
            text = _("%(label)s: %(value)s") % {"label": label, "value": value}
            write_merged(sheet, row, (at, last), text, style(border=1, border_color="#999999", shrink=True))
    whose = _("Figures of the unit %(unit)s") % {"unit": person.figures_of} if person.figures_of else _("Own figures")
    write_merged(sheet, 5, (NAME, POINTS), whose, style(italic=True, font_color="#555555"))
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
        _write_line(book, sheet, row, line, scored_weight, person=person)
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
    write_merged(sheet, foot + 1, (NAME, HIGHEST), _("Assessment grade"), style(**bold))
    sheet.merge_range(foot + 1, SCORE, foot + 1, POINTS, "", style(**bold, align="center", font_size=14))
    sheet.write_formula(foot + 1, SCORE, grade_formula, style(**bold, align="center", font_size=14), person.grade or NO_VALUE)
    _write_foot(book, sheet, foot + 3, person)
    sheet.print_area(0, 0, foot + 14, POINTS)
    return name, [cell(row, SCORE, True, True) for row in range(FIRST_LINE, last_line + 1)], cell(foot, SCORE, True, True)


def _origin(book, person, indicator):
    """Return the full address of what a figure is made of; a job that makes the file knows no request."""
    subject = {"unit": person.unit_id} if person.figures_of else {"person": person.person_id}
    period = format_code(book.assessment.quarter, book.company.fiscal_year_starts_in)
    page = reverse("figures:figure", urlconf=settings.COMPANY_URLCONF).removeprefix(get_script_prefix())
    query = urlencode({"metric": indicator.metric} | subject | {"period": period})
    return f"{settings.BASE_URL}/{book.company.slug}/{page}?{query}"


def _write_line(book, sheet, row, line, scored_weight, *, person):
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
        if line.actual is not None:
            # Written first: the figure itself takes its place, and keeps the link.
            sheet.write_url(row, ACTUAL, _origin(book, person, indicator), amounts, "", _("Where it comes from"))
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
        write_merged(sheet, row, (NAME, POINTS), label, style(bold=True))
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
        write_merged(sheet, row + 1, (at, last), label, line)
    note = _("Lines without a score drop out; the weights of the others grow accordingly.")
    write_merged(sheet, row + 3, (NAME, POINTS), note, style(font_size=8.5, font_color="#555555"))


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
