"""Paper: what is written is in the file with its font, looks the same for the same input, and nothing typed breaks it."""

import re
import zlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from fontTools.ttLib import TTFont

from common.pdf import MISSING, RIGHT, Column, Paper, font_file, printable

MADE_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def paper(**changes):
    return Paper(title="提成单", company="锦程建材", made_at=MADE_AT, foot="提成单 · 李娜", **changes)


def streams(content):
    """The parts of a file, unpacked where they are packed."""
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            yield zlib.decompress(part)
        except zlib.error:
            yield part


def readable_characters(content):
    """The characters that a reader can select and search, by the tables that map the font's glyphs to them."""
    tables = b"".join(part for part in streams(content) if b"beginbfchar" in part)
    return {chr(int(code, 16)) for code in re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]{4})>", tables)}


def number_of_pages(content):
    return len(re.findall(rb"/Type /Page\b", content))


def test_the_font_of_what_is_written_is_in_the_file():
    sheet = paper()
    sheet.heading("荣誉证书")
    content = sheet.content()
    assert content.startswith(b"%PDF-")
    assert set("荣誉证书") <= readable_characters(content)
    assert content.count(b"/FontFile3") >= 1
    assert len(content) < 40_000  # only the characters that are used


def test_the_same_input_gives_the_same_file():
    def made():
        sheet = paper()
        sheet.table([Column("项目", 3), Column("金额", 1, RIGHT)], [["提成", "¥1.00"]], totals=["合计", "¥1.00"])
        return sheet.content()

    assert made() == made()


def test_a_long_table_goes_on_on_further_pages():
    sheet = paper()
    sheet.table([Column("项目"), Column("金额", 1, RIGHT)], [[f"第 {n} 行", "¥1.00"] for n in range(50)])
    sheet.signatures(["本人", "主管"])
    assert number_of_pages(sheet.content()) == 2


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("喆堃㛃 — ¥", "喆堃㛃 — ¥"),
        ("好😀", f"好{MISSING}"),
        ("a\x00b\u200fc", "abc"),
        ("上\r\n下\t右", "上\n下 右"),
        (1234, "1234"),
    ],
)
def test_what_the_font_lacks_is_shown_as_a_box_and_what_cannot_be_seen_goes(typed, seen):
    assert printable(typed) == seen


def test_words_are_never_taken_for_markup():
    sheet = paper()
    sheet.facts([("姓名", "<b>李</b> **娜** --x--"), ("", "")])
    sheet.write("<script>&amp;")
    assert set("<b>*/&-") <= readable_characters(sheet.content())


def test_a_missing_font_is_said_with_its_place(settings, tmp_path):
    settings.PAPER_FONTS = str(tmp_path)
    with pytest.raises(ImproperlyConfigured, match="npm ci"):
        font_file()


def test_the_font_has_what_names_and_amounts_need():
    with TTFont(BytesIO(font_file().read_bytes())) as font:
        known = font.getBestCmap()
    assert {ord(c) for c in "喆堃玥珺〇¥€£×—·%0123456789"} <= known.keys()
