"""An award as a certificate: one page to print and hand over."""

from common.pdf import FONT, INK, QUIET, Paper, printable

GOLD, DARK_GOLD, PAPER, RED = (201, 152, 47), (150, 108, 20), (255, 252, 243), (176, 26, 38)
WIDE, HIGH = 297, 210  # A4 lying, millimetres


def write_certificate(*, heading, name, sentence, reason, day, company, company_word, given_by, giver_word, made_at):
    """
    Return a certificate as PDF.

    :param sentence: what the award is, as it is read out below the name.
    :param company_word: what stands above the company's name, such as "Awarded by"; `giver_word` above who gave it.
    """
    paper = Paper(title=f"{heading} · {name}", company=company, made_at=made_at, is_landscape=True)
    pdf = paper.pdf
    pdf.set_auto_page_break(False)
    _frame(pdf)
    _line(pdf, heading, top=38, size=44, is_bold=True, colour=RED, spacing=4)
    _line(pdf, name, top=72, size=30, is_bold=True, colour=INK)
    pdf.set_draw_color(*GOLD)
    pdf.set_line_width(0.4)
    pdf.line(WIDE / 2 - 50, 90, WIDE / 2 + 50, 90)
    _line(pdf, sentence, top=98, size=17, is_bold=True, colour=DARK_GOLD)
    pdf.set_xy(50, 114)
    pdf.set_font(FONT, "", 13)
    pdf.set_text_color(*INK)
    pdf.multi_cell(WIDE - 100, 8, printable(reason), align="C", max_line_height=8)
    for left, label, words in ((50, giver_word if given_by else "", given_by), (WIDE - 130, company_word, company)):
        pdf.set_xy(left, 158)
        pdf.set_font(FONT, "", 10)
        pdf.set_text_color(*QUIET)
        pdf.cell(80, 6, printable(label), align="C")
        pdf.set_xy(left, 164)
        pdf.set_font(FONT, "B", 13)
        pdf.set_text_color(*INK)
        pdf.cell(80, 8, printable(words), align="C")
    _line(pdf, day, top=178, size=11, is_bold=False, colour=QUIET)
    return paper.content()


def _frame(pdf):
    pdf.set_fill_color(*PAPER)
    pdf.rect(0, 0, WIDE, HIGH, style="F")
    pdf.set_draw_color(*GOLD)
    for inset, thick in ((9, 1.6), (12.5, 0.4)):
        pdf.set_line_width(thick)
        pdf.rect(inset, inset, WIDE - 2 * inset, HIGH - 2 * inset)
    pdf.set_fill_color(*GOLD)
    for x in (12.5, WIDE - 12.5):
        for y in (12.5, HIGH - 12.5):
            pdf.rect(x - 2.6, y - 2.6, 5.2, 5.2, style="F")


def _line(pdf, text, *, top, size, is_bold, colour, spacing=0):
    """Write one line in the middle, smaller where it would not fit."""
    text = printable(text)
    pdf.set_char_spacing(spacing)
    pdf.set_font(FONT, "B" if is_bold else "", size)
    while size > 10 and pdf.get_string_width(text) > WIDE - 60:
        size -= 1
        pdf.set_font(FONT, "B" if is_bold else "", size)
    pdf.set_text_color(*colour)
    pdf.set_xy(30, top)
    pdf.cell(WIDE - 60, size * 0.5, text, align="C")
    pdf.set_char_spacing(0)
