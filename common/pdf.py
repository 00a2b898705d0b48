"""
Paper: A4 documents as PDF, in Chinese and English, that look and print alike everywhere.

The font is inside the file, cut down to the characters that are used: a font that is only named prints as nothing where
the reader's machine lacks it. The caller brings finished words and figures; nothing here translates or reads a clock.

    paper = Paper(title="提成单 2026年10月", company="锦程建材", made_at=now, foot="提成单 · 李娜")
    paper.heading("提成单")
    paper.facts([("姓名", "李娜"), ("期间", "2026年10月")])
    paper.table(
        [Column("项目", 5), Column("计算", 6), Column("金额", 3, RIGHT)],
        [["提成", "62,000.00 × 3%", "¥1,860.00"]],
        totals=["合计", "", "¥1,860.00"],
    )
    paper.signatures(["本人", "主管", "人力"])
    return paper.content()  # bytes; the same input gives the same bytes
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, VAlign
from fpdf.fonts import FontFace

LEFT, CENTER, RIGHT = "L", "C", "R"
INK, QUIET, ACCENT, SHADE, RULE = (31, 41, 55), (107, 114, 128), (11, 85, 99), (233, 238, 246), (203, 213, 225)
MARGIN, LINE = 18, 6  # millimetres: round the page, and from line to line
#: Stands for a character that the font does not have.
MISSING = "□"
FONT = "Noto"


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, how wide it is beside the others, and to which side its cells keep."""

    title: str
    width: float = 1
    align: str = LEFT


def font_file(*, is_bold=False) -> Path:
    """
    Return the file of the font that documents and pictures are set in.

    :raises ImproperlyConfigured: if it was not installed.
    """
    path = Path(settings.PAPER_FONTS) / ("NotoSansHans-Bold.otf" if is_bold else "NotoSansHans-Regular.otf")
    if not path.is_file():
        raise ImproperlyConfigured(f"The font of documents is missing: {path}. Install the assets (npm ci) or set PAPER_FONTS.")
    return path


def printable(text) -> str:
    """Return text with a box for every character that the font does not have; a line break stays, other controls go."""
    known = _characters()
    seen = (char for char in str(text).replace("\r\n", "\n").replace("\t", " ") if char == "\n" or char.isprintable())
    return "".join(char if char == "\n" or ord(char) in known else MISSING for char in seen)


@lru_cache(maxsize=1)
def _characters():
    from fontTools.ttLib import TTFont  # only where documents are made

    with TTFont(font_file(), lazy=True) as font:
        return frozenset(font.getBestCmap())


class _Pages(FPDF):
    """Pages with a quiet line at their foot: what this is, and which page of how many."""

    foot = ""

    def footer(self):
        if not self.foot:
            return
        self.set_y(-14)
        self.set_font(FONT, size=8)
        self.set_text_color(*QUIET)
        self.cell(self.epw / 2, 5, self.foot, align=LEFT)
        self.cell(self.epw / 2, 5, f"{self.page_no()} / {{nb}}", align=RIGHT)


class Paper:
    """
    A document written from top to bottom; what does not fit goes on on the next page.

    Everything given as text is taken as it is, never as markup. `pdf` is the open document of the library (fpdf2), for
    what is drawn by hand; its unit is the millimetre.
    """

    def __init__(self, *, title, company, made_at, foot="", is_landscape=False):
        """
        :param title: what readers show as the document's name.
        :param made_at: the instant that the file says it was made at, with its time zone.
        :param foot: stands small at the foot of every page beside the page number; without it there is no foot.
        """
        self.pdf = pdf = _Pages(orientation="landscape" if is_landscape else "portrait", format="A4")
        pdf.foot = printable(foot)
        pdf.set_title(printable(title))
        pdf.set_author(printable(company))
        pdf.set_creator(printable(company))
        pdf.set_creation_date(made_at)
        pdf.set_lang("zh-CN")
        pdf.set_margins(MARGIN, MARGIN)
        pdf.set_auto_page_break(True, margin=MARGIN + 2)
        pdf.add_font(FONT, "", fname=font_file())
        pdf.add_font(FONT, "B", fname=font_file(is_bold=True))
        pdf.add_page()

    def write(self, text, *, size=10, is_bold=False, colour=INK, align=LEFT, after=0):
        """
        Write a paragraph; long lines are wrapped.

        :param size: points.
        :param after: space below it, millimetres.
        """
        self.pdf.set_font(FONT, "B" if is_bold else "", size)
        self.pdf.set_text_color(*colour)
        self.pdf.multi_cell(0, size * 0.55, printable(text), align=align, new_x="LMARGIN", new_y="NEXT")
        self.space(after)

    def heading(self, text, *, beside=""):
        """Write the document's heading, with a line of quiet words below it."""
        self.write(text, size=18, is_bold=True, colour=ACCENT, after=1)
        if beside:
            self.write(beside, size=9.5, colour=QUIET, after=1)
        self.space(3)

    def section(self, text):
        """Write the heading of a part."""
        self.space(3)
        self.write(text, size=12, is_bold=True, after=1.5)

    def space(self, millimetres):
        self.pdf.ln(millimetres)

    def facts(self, pairs, *, columns=2):
        """Write names with their values, so many pairs in a row."""
        pairs = list(pairs)
        rows = [pairs[start : start + columns] for start in range(0, len(pairs), columns)]
        with self._table([1, 2] * columns, [LEFT] * (2 * columns), has_head=False, lines=TableBordersLayout.NONE) as table:
            for row in rows:
                line = table.row()
                for name, value in row:
                    line.cell(printable(name), style=FontFace(color=QUIET))
                    line.cell(printable(value))
                for _empty in range(2 * (columns - len(row))):
                    line.cell("")
        self.space(2)

    def table(self, columns, rows, *, totals=None, strong=frozenset()):
        """
        Write a table; its head stands again on every page that it goes on on.

        :param columns: `Column`s.
        :param rows: lists of finished texts, one for each column.
        :param totals: a last row that stands out.
        :param strong: numbers of rows (from 0) that stand out, such as subtotals.
        """
        shaded = FontFace(emphasis="BOLD", color=INK, fill_color=SHADE)
        layout = TableBordersLayout.HORIZONTAL_LINES
        with self._table([c.width for c in columns], [c.align for c in columns], has_head=True, lines=layout) as table:
            table.row([printable(column.title) for column in columns])
            for number, row in enumerate(rows):
                table.row([printable(cell) for cell in row], style=shaded if number in strong else None)
            if totals is not None:
                table.row([printable(cell) for cell in totals], style=shaded)
        self.space(2)

    def signatures(self, names):
        """Leave lines to sign on, kept together on one page."""
        if self.pdf.will_page_break(24):
            self.pdf.add_page()
        self.space(12)
        width, top = self.pdf.epw / len(names), self.pdf.get_y()
        self.pdf.set_font(FONT, size=9)
        self.pdf.set_text_color(*QUIET)
        self.pdf.set_draw_color(*QUIET)
        for number, name in enumerate(names):
            left = self.pdf.l_margin + number * width
            self.pdf.line(left, top, left + width - 8, top)
            self.pdf.set_xy(left, top + 1)
            self.pdf.cell(width - 8, LINE, printable(name))
        self.pdf.ln(LINE + 2)

    def content(self) -> bytes:
        """Return the finished file; nothing can be written any more."""
        content = bytes(self.pdf.output())
        for font in self.pdf.fonts.values():
            font.ttfont.close()
        return content

    def _table(self, widths, aligns, *, has_head, lines):
        self.pdf.set_font(FONT, size=9.5)
        self.pdf.set_text_color(*INK)
        self.pdf.set_draw_color(*RULE)
        return self.pdf.table(
            col_widths=tuple(widths),
            text_align=tuple(aligns),
            line_height=LINE,
            padding=(0.6, 1.2),
            borders_layout=lines,
            first_row_as_headings=has_head,
            headings_style=FontFace(emphasis="BOLD", color=ACCENT, fill_color=SHADE),
            v_align=VAlign.T,
            width=self.pdf.epw,
        )
