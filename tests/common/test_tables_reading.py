"""Files that people send: workbooks and text tables, honest and hostile."""

import io
import struct
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
import xlsxwriter

from common.tables import UnreadableTable, read_table
from common.tables.unreadable import Limits
from common.tables.workbooks import as_text
from tests.properties import given, settings, st


def workbook(fill, **options):
    """Return an .xlsx that ``fill(book)`` has written: the same bytes at any time of day."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, **options})
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - Excel knows no time zones
    fill(book)
    book.close()
    return buffer.getvalue()


def sheet_of(*rows, name="Sheet1"):
    def fill(book):
        sheet = book.add_worksheet(name)
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)

    return workbook(fill)


def rows_of(table):
    return [(row.number, list(row.values)) for row in table]


def refusal(content, name, **options):
    with pytest.raises(UnreadableTable) as refused:
        read_table(content, name, **options)
    return refused.value.code


def repacked(content, replace):
    """Return a workbook with some of its parts replaced: {path: bytes}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, replace.get(part.filename, old.read(part)))
    return buffer.getvalue()


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
    def test_is_read_in_the_encodings_that_people_send(self, encoding):
        table = read_table("客户名称,金额\n北京华信科技有限公司,100\n上海明远,200\n".encode(encoding), "客户.csv")
        assert table.header == ["客户名称", "金额"]
        assert rows_of(table) == [(2, ["北京华信科技有限公司", "100"]), (3, ["上海明远", "200"])]
        assert table.row_count == 2

    @pytest.mark.parametrize("text", ["Größe,Straße\nä,ö\n", "Café,naïve\nrésumé,garçon\n"])
    def test_latin_bytes_are_not_taken_for_chinese(self, text):
        assert refusal(text.encode("latin-1"), "a.csv") == "encoding"
        assert read_table(text.encode("latin-1"), "a.csv", encoding="latin-1").header == text.splitlines()[0].split(",")

    def test_big5_is_not_taken_for_gbk(self):
        assert refusal("客戶名稱,產品數量\n臺灣電腦股份有限公司,說明書與發票\n".encode("big5"), "a.csv") == "encoding"

    @pytest.mark.parametrize("encoding", ["utf-8", "klingon", "ascii"])
    def test_a_wrong_encoding_that_was_named_is_refused(self, encoding):
        assert refusal("客户\n张三\n".encode("gbk"), "a.csv", encoding=encoding) == "encoding"

    @pytest.mark.parametrize(
        ("text", "delimiter"),
        [
            ("a,b,c\n1,2,3\n", ","),
            ("a;b;c\n1,5;2,5;3\n4;5;6\n", ";"),
            ("a\tb\n1,2\t3\n", "\t"),
            ("sep=;\na;b\n1;2\n", ";"),
            ("name\nAsha\n", ","),
            ('name,note\nAsha,"x;y;z"\nBela,"p;q;r"\n', ","),
        ],
    )
    def test_the_delimiter_is_found_out(self, text, delimiter):
        table = read_table(text.encode(), "a.csv")
        assert table.delimiter == delimiter
        assert all(not row.has_surplus for row in table)

    def test_row_numbers_are_those_of_the_spreadsheet(self):
        table = read_table(b'sep=,\n\nname,note\n\nAsha,"two\nlines"\n,\nBela,x\n', "a.csv")
        assert table.header_row_number == 3
        assert rows_of(table) == [(5, ["Asha", "two\nlines"]), (7, ["Bela", "x"])]

    def test_short_rows_are_padded_and_long_ones_marked(self):
        table = read_table(b"a,b\n1\n1,2,3\n1,2,,\n", "a.csv")
        assert [(row.values, row.has_surplus) for row in table] == [(("1", ""), False), (("1", "2"), True), (("1", "2"), False)]

    def test_sloppy_quotation_is_understood(self):
        assert rows_of(read_table(b'a,b\n"x" y,2\n', "a.csv")) == [(2, ["x y", "2"])]

    def test_a_guarded_formula_comes_back_without_its_apostrophe(self):
        assert rows_of(read_table(b"a,b,c\n'=1+1,'+86,'quoted\n", "a.csv")) == [(2, ["=1+1", "+86", "'quoted"])]

    def test_a_stray_nul_is_left_to_its_row(self):
        table = read_table(b"name,note\n" + b"Asha,fine and well\n" * 20 + b"Be\x00la,x\n", "a.csv")
        assert rows_of(table)[-1] == (22, ["Be\x00la", "x"])

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty"),
            (b" \n\n ", "empty"),
            (b",,,\n,,\n", "empty"),
            (b"\x00\x01\x02" * 100, "binary"),
            (b"a,b\n" + b"," * 600, "too_many_columns"),
            (b"x," * 1_000_001, "line_too_long"),
            (b'a,b\n1,2\n3,"open\n' + b"more\n" * 100, "open_quote"),
            (b'a,b\n1,"' + b"y" * 200_000 + b'"\n', "cell_too_long"),
            (b"<html><table><tr><td>1</td></tr></table>", "web_page"),
            (b"\x89PNG\r\n\x1a\n" + bytes(range(128, 255)) * 9, "encoding"),
        ],
    )
    def test_refuses_with_a_reason(self, content, code):
        assert refusal(content, "a.csv") == code

    def test_refuses_more_rows_than_agreed(self):
        assert refusal(b"a,b\n" + b"1,2\n" * 11, "a.csv", limits=Limits(rows=10)) == "too_many_rows"
        assert read_table(b"a,b\n" + b"1,2\n" * 10, "a.csv", limits=Limits(rows=10)).row_count == 10

    def test_refuses_large_files_before_reading_them(self):
        class Endless:
            def read(self, size):
                assert size == 2**20 + 1
                return b"x" * size

        assert refusal(Endless(), "a.csv", limits=Limits(file_megabytes=1)) == "too_big"

    @settings(max_examples=200)
    @given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx", "a.xls", "a", "a.pdf"]))
    def test_any_bytes_give_a_table_or_a_reason(self, content, name):
        try:
            table = read_table(content, name)
        except UnreadableTable as refused:
            assert refused.code in UnreadableTable.sentences
        else:
            assert len(set(table.header)) == len(table.header)
            assert all(len(row.values) == len(table.header) for row in table)


class TestHeaders:
    def test_empty_and_repeated_names_are_told_apart(self):
        table = read_table("名称,,名称, 金 额 \n1,2,3,4\n".encode(), "a.csv")
        assert table.header == ["名称", "(B)", "名称 (2)", "金 额"]

    def test_a_made_name_does_not_collide_with_a_real_one(self):
        assert read_table(b"a,a,a (2)\n1,2,3\n", "a.csv").header == ["a", "a (2)", "a (2) (2)"]

    def test_titles_above_the_header_are_passed_over(self):
        table = read_table("2026年销售明细表\n\n姓名,金额\n张三,5\n".encode(), "a.csv")
        assert (table.header, table.header_row_number, rows_of(table)) == (["姓名", "金额"], 3, [(4, ["张三", "5"])])

    def test_a_table_of_one_column_has_no_title(self):
        table = read_table(b"name\nAsha\nBela\n", "a.csv")
        assert (table.header, len(rows_of(table))) == (["name"], 2)


class TestWorkbook:
    def test_cells_become_text_that_no_habit_has_changed(self):
        def fill(book):
            sheet = book.add_worksheet()
            sheet.write_row(
                0, 0, ["text", "whole", "part", "noise", "day", "moment", "time", "phone", "yes", "formula", "code"]
            )
            sheet.write_string(1, 0, "=cmd()")
            sheet.write_number(1, 1, 12)
            sheet.write_number(1, 2, 1234.5)
            sheet.write_number(1, 3, 0.1 + 0.2)
            sheet.write_datetime(1, 4, datetime(2026, 2, 3), book.add_format({"num_format": "yyyy/m/d"}))  # noqa: DTZ001
            sheet.write_datetime(1, 5, datetime(2026, 2, 3, 14, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))  # noqa: DTZ001
            sheet.write_datetime(1, 6, time(9, 5), book.add_format({"num_format": "hh:mm"}))
            sheet.write_number(1, 7, 13800138000)
            sheet.write_boolean(1, 8, True)
            sheet.write_formula(1, 9, "=B2*2", None, 24)
            sheet.write_string(1, 10, "007")

        (row,) = read_table(workbook(fill), "a.xlsx")
        assert row.values == (
            "=cmd()", "12", "1234.5", "0.3", "2026-02-03", "2026-02-03 14:30:00", "09:05:00", "13800138000", "TRUE", "24", "007",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            (1e22, "10000000000000000000000"),
            (1e-7, "0.0000001"),
            (-0.0, "0"),
            (-12.0, "-12"),
            (123456789012345.0, "123456789012345"),
            (5, "5"),
            (False, "FALSE"),
            (timedelta(hours=30, minutes=5), "30:05:00"),
            (-timedelta(minutes=5), "-0:05:00"),
            (date(2026, 2, 3), "2026-02-03"),
            (None, ""),
        ],
    )
    def test_canonical_text(self, cell, text):
        assert as_text(cell) == text

    def test_the_first_visible_sheet_with_cells_is_taken_or_the_one_that_is_named(self):
        def fill(book):
            for name, cell in (("hidden", "secret"), ("leer", None), ("客户", "customer"), ("产品", "product")):
                sheet = book.add_worksheet(name)
                if cell:
                    sheet.write_column(0, 0, [cell, "x"])
                if name == "hidden":
                    sheet.hide()
                if name == "leer":
                    sheet.activate()

        content = workbook(fill)
        assert read_table(content, "a.xlsx").header == ["customer"]
        assert read_table(content, "a.xlsx").sheet_names == ("leer", "客户", "产品")
        assert read_table(content, "a.xlsx", sheet="产品").header == ["product"]
        assert refusal(content, "a.xlsx", sheet="没有") == "no_sheet"
        assert refusal(content, "a.xlsx", sheet="leer") == "empty"

    def test_a_table_away_from_the_corner_keeps_its_row_numbers_and_letters(self):
        def fill(book):
            sheet = book.add_worksheet()
            sheet.write_row(3, 2, ["name", "", "amount"])
            sheet.write_row(4, 2, ["Asha", 1, 2])

        table = read_table(workbook(fill), "a.xlsx")
        assert table.header == ["name", "(D)", "amount"]
        assert rows_of(table) == [(5, ["Asha", "1", "2"])]
        assert table.row_count == 1

    def test_a_merged_header_names_each_of_its_columns(self):
        def fill(book):
            sheet = book.add_worksheet()
            sheet.merge_range("A1:D1", "一季度销售")
            sheet.write("A2", "姓名")
            sheet.merge_range("B2:C2", "金额")
            sheet.write("D2", "备注")
            sheet.write_row("A3", ["张三", 1, 2, "x"])

        table = read_table(workbook(fill), "a.xlsx")
        assert table.header == ["姓名", "金额", "金额 (2)", "备注"]
        assert rows_of(table) == [(3, ["张三", "1", "2", "x"])]

    def test_columns_formatted_to_the_last_row_do_no_harm(self):
        def fill(book):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["a", "b"])
            sheet.write_row(1, 0, [1, 2])
            sheet.write_blank(9, 400, None, book.add_format({"bold": True}))
            sheet.write_blank(9, 16_000, None, book.add_format({"bold": True}))

        assert len(rows_of(read_table(workbook(fill), "a.xlsx"))) == 1


class TestHostileWorkbook:
    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (b"name,amount\n1,2\n", "a.xlsx", "not_a_workbook"),
            (b"<html><body><table>", "a.xls", "web_page"),
            (b"PK\x03\x04 but not really", "a.xlsx", "broken"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.xls", "old_excel"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "encrypted"),
            (b"%PDF-1.7", "a.pdf", "unknown_kind"),
            (b"name\nAsha\n", "a", "unknown_kind"),
        ],
    )
    def test_refuses_the_wrong_kind(self, content, name, code):
        assert refusal(content, name) == code

    def test_refuses_a_workbook_named_as_text_and_a_zip_that_is_none(self):
        assert refusal(sheet_of(["a"], [1]), "a.csv") == "not_a_csv"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("hello.txt", "hello")
        assert refusal(buffer.getvalue(), "a.xlsx") == "not_a_workbook"

    def test_refuses_a_bomb_that_states_its_size(self):
        content = sheet_of(["a"], [1])
        bomb = repacked(content, {"xl/sharedStrings.xml": b"\x20" * (40 * 2**20)})
        assert len(bomb) < 100_000
        assert refusal(bomb, "a.xlsx", limits=Limits(unpacked_megabytes=20)) == "unpacks_too_big"

    def test_refuses_a_bomb_that_lies_about_its_size(self):
        bomb = bytearray(repacked(sheet_of(["a"], [1]), {"xl/sharedStrings.xml": b"\x20" * (40 * 2**20)}))
        true_size = struct.pack("<I", 40 * 2**20)
        assert bomb.count(true_size) == 2  # local header and central directory
        lying = bytes(bomb).replace(true_size, struct.pack("<I", 1000))
        assert refusal(lying, "a.xlsx", limits=Limits(unpacked_megabytes=20)) == "unpacks_too_big"

    @pytest.mark.parametrize(
        ("position", "code"),
        [
            ("XFD1048576", "too_many_rows"),
            ("A1048576", "too_many_rows"),
            ("XFD2", "too_many_columns"),
            ("xfd2", "too_many_columns"),
            ("SF199999", "too_many_cells"),
        ],
    )
    @pytest.mark.parametrize("quote", ['"', "'"])
    def test_refuses_one_cell_in_the_last_corner(self, position, code, quote):
        content = sheet_of(["a", "b"], [1, 2])
        sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
        planted = sheet.replace('<c r="B2">', f"<c r = {quote}{position}{quote}>")
        assert planted != sheet
        assert refusal(repacked(content, {"xl/worksheets/sheet1.xml": planted.encode()}), "a.xlsx") == code

    def test_refuses_a_part_that_is_encrypted_or_damaged(self):
        content = sheet_of(["a", "b"], [1, 2])
        directory = content.index(b"PK\x01\x02")
        encrypted = content[: directory + 8] + bytes([content[directory + 8] | 1]) + content[directory + 9 :]
        assert refusal(encrypted, "a.xlsx") == "encrypted"
        assert refusal(repacked(content, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}), "a.xlsx") in (
            "broken",
            "empty",
        )
        assert refusal(repacked(content, {"xl/workbook.xml": b"not xml"}), "a.xlsx") in ("broken", "empty")
        assert refusal(content[: len(content) // 2], "a.xlsx") == "broken"

    @settings(max_examples=150)
    @given(st.data())
    def test_a_damaged_workbook_gives_a_table_or_a_reason(self, data):
        content = bytearray(sheet_of(["name", "amount"], ["Asha", 1], ["Bela", 2]))
        for _damage in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        try:
            table = read_table(bytes(content), "a.xlsx")
            assert all(len(row.values) == len(table.header) for row in table)
        except UnreadableTable as refused:
            assert refused.code in UnreadableTable.sentences
