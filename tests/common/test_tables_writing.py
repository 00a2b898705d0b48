"""Tables that people take away: exact figures, and no text that runs."""

import html
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from common.tables import Column, ColumnKind, Sheet, read_table, write_csv, write_sheets, write_workbook
from tests.properties import given, settings, st


@dataclass(frozen=True)
class Line:
    name: str | None
    revenue: int | Decimal | None = None
    percent: Decimal | None = None
    deals: int | None = None
    on: date | None = None


COLUMNS = (
    Column("Name", "name"),
    Column("Revenue", "revenue", ColumnKind.MONEY),
    Column("%", "percent", ColumnKind.PERCENT),
    Column("Deals", "deals", ColumnKind.COUNT),
    Column("Day", "on", ColumnKind.DAY),
)

ASHA = Line("Asha", 123450, Decimal("85.5"), 3, date(2026, 2, 3))
NOBODY = Line(None)
FORMULAS = ["=cmd()", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "{=1}", "=HYPERLINK(\"http://x\")", "http://example.com"]  # fmt: skip


def read_back(content, name="a.xlsx"):
    return [row.values for row in read_table(content, name)]


def sheet_xml(content, number=1):
    return zipfile.ZipFile(io.BytesIO(content)).read(f"xl/worksheets/sheet{number}.xml").decode()


class TestWorkbook:
    def test_figures_come_back_exactly(self):
        content = write_workbook(COLUMNS, [ASHA, NOBODY, Line("Bela", Decimal("0.10"), Decimal(0), 0)], name="Sales")
        table = read_table(content, "a.xlsx")
        assert table.header == ["Name", "Revenue", "%", "Deals", "Day"]
        assert [row.values for row in table] == [
            ("Asha", "1234.5", "0.855", "3", "2026-02-03"),
            ("Bela", "0.1", "0", "0", ""),
        ]
        assert table.sheet == "Sales"

    def test_an_address_opens_and_reads_as_it_is(self):
        where = "https://sales.example/jincheng/figures/?metric=revenue&person=3"
        content = write_workbook([Column("Origin", "name", ColumnKind.LINK)], [Line(where), NOBODY], name="Sales")
        links = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/_rels/sheet1.xml.rels").decode()
        assert links.count("Target=") == 1
        assert html.unescape(re.search('Target="([^"]+)"', links)[1]) == where
        assert read_back(content) == [(where,)]

    @pytest.mark.parametrize("text", FORMULAS)
    def test_text_never_becomes_a_formula_or_a_link(self, text):
        content = write_workbook([Column(text, "name"), Column("x", "name")], [Line(text)], name=text)
        assert "<f>" not in sheet_xml(content)
        assert "<hyperlink" not in sheet_xml(content)
        assert read_back(content) == [(text.strip(), text.strip())]

    def test_missing_values_are_empty_cells_not_words(self):
        content = write_workbook(COLUMNS, [NOBODY, ASHA], name="x")
        assert not re.search(r"nan|None|NaT", sheet_xml(content))
        assert "nan" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml").decode().casefold()

    def test_an_empty_table_still_has_its_header(self):
        assert read_table(write_workbook(COLUMNS, [], name="x"), "a.xlsx").header == ["Name", "Revenue", "%", "Deals", "Day"]

    def test_hostile_text_is_cut_or_cleaned_not_lost(self):
        content = write_workbook(
            [Column("a", "name"), Column("b", "name")], [Line("x" * 40_000), Line("Be\x00la\ud800")], name="x"
        )
        long, cleaned = read_back(content)
        assert (len(long[0]), long[0][-2:]) == (32_767, "x…")
        assert cleaned == ("Bela", "Bela")

    def test_sheet_names_are_made_to_fit(self):
        names = ["华东/一队", "华东:一队", "x" * 40, "X" * 40, "", "History", "'q'", "a]b"]
        sheets = [Sheet(name, [Column("a", "name")], [Line("1")]) for name in names]
        content = write_sheets(sheets)
        given_names = read_table(content, "a.xlsx").sheet_names
        assert len(given_names) == len(names)
        assert len({name.casefold() for name in given_names}) == len(names)
        assert all(0 < len(name) <= 31 for name in given_names)
        assert given_names[:3] == ("华东 一队", "华东 一队 (2)", "x" * 31)

    def test_is_set_up_for_paper(self):
        xml = sheet_xml(write_workbook(COLUMNS, [ASHA], name="x"))
        assert 'paperSize="9"' in xml
        assert 'orientation="landscape"' in xml
        assert "frozen" in xml

    def test_refuses_a_workbook_without_sheets(self):
        with pytest.raises(ValueError, match="needs a sheet"):
            write_sheets([])

    @settings(max_examples=40)
    @given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20))
    def test_every_amount_survives_the_journey(self, amounts):
        content = write_workbook(
            [Column("a", "revenue", ColumnKind.MONEY), Column("b", "name")], [Line("x", a) for a in amounts], name="x"
        )
        assert [Decimal(values[0]) for values in read_back(content)] == [Decimal(a).scaleb(-2) for a in amounts]


class TestColumn:
    def test_follows_a_path_through_objects_and_mappings(self):
        row = {"line": Line("Asha", 5)}
        assert Column("a", "line.name").of(row) == "Asha"
        assert Column("a", "line.revenue", ColumnKind.MONEY).of(row) == Decimal("0.05")
        assert Column("a", "line.name").of({"line": None}) is None
        assert Column("a", lambda given: given["line"].deals).of(row) is None

    def test_scale_says_what_an_integer_means(self):
        assert str(Column("a", "revenue", ColumnKind.MONEY, scale=0).of(Line("x", 5))) == "5"
        assert Column("a", "revenue", ColumnKind.MONEY).of(Line("x", Decimal("5.5"))) == Decimal("5.5")

    def test_a_moment_is_written_in_the_time_zone_of_the_reader(self):
        columns = [Column("a", "at", ColumnKind.INSTANT), Column("b", "on", ColumnKind.DAY)]
        rows = [{"at": datetime(2026, 1, 31, 20, 5, 59, tzinfo=UTC), "on": date(2026, 1, 31)}]
        with timezone.override("Asia/Shanghai"):
            assert read_back(write_workbook(columns, rows, name="x")) == [("2026-02-01 04:05:00", "2026-01-31")]
            assert write_csv(columns, rows).decode("utf-8-sig").endswith("2026-02-01 04:05,2026-01-31\r\n")

    def test_refuses_floats(self):
        with pytest.raises(TypeError, match="floats"):
            Column("a", "revenue", ColumnKind.MONEY).of(Line("x", 0.1))


class TestCsv:
    def test_is_utf_8_with_a_mark_and_plain_figures(self):
        content = write_csv(COLUMNS, [ASHA, NOBODY])
        assert content.decode("utf-8-sig") == "Name,Revenue,%,Deals,Day\r\nAsha,1234.50,85.5,3,2026-02-03\r\n,,,,\r\n"
        assert content.startswith(b"\xef\xbb\xbf")

    @pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_a_text_that_would_run_is_guarded_and_read_back_whole(self, text):
        content = write_csv([Column("a", "name"), Column("b", "name")], [Line(text)])
        assert f"'{text}" in content.decode("utf-8-sig")
        assert read_back(content, "a.csv") == [(text.strip(), text.strip())]

    def test_negative_figures_are_figures(self):
        assert "\r\n-1.00\r\n" in write_csv([Column("a", "revenue", ColumnKind.MONEY)], [Line("x", -100)]).decode("utf-8-sig")

    @given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
    def test_no_text_breaks_the_table(self, names):
        content = write_csv([Column("a", "name"), Column("b", lambda _line: "end")], [Line(name) for name in names])
        assert [values[1] for values in read_back(content, "a.csv")] == ["end"] * len(names)
