"""Files that are made to hurt: a clear answer at the file or at the row, and nothing half stored."""

from io import BytesIO
from itertools import pairwise

import pytest
import xlsxwriter

from common.tables import UnreadableTable
from customers.models import Customer
from exchange import reading
from exchange.models import Import
from tests.exchange.importing import counts, refusals, take


def workbook(rows):
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, (kind, value) in enumerate(row):
                getattr(sheet, f"write_{kind}")(number, column, value)
    return stream.getvalue()


def text(*values):
    return [("string", value) for value in values]


class TestARow:
    @pytest.mark.parametrize(
        "name",
        [
            "=cmd|' /C calc'!A0",
            "+1+1",
            "@SUM(A1)",
            "<script>alert(1)</script>",
            "'; DROP TABLE customers; --",
            "${7*7}",
            "{{ 7 }}",
            "%s%n",
        ],
    )
    def test_whose_text_is_code_is_kept_as_text(self, lantern, client, name):
        done = take(
            "CUSTOMERS", workbook([text("name", "grade"), text(name, "Z"), text(name, "")]), by=lantern.amir.user, name="a.xlsx"
        )
        assert counts(done) == (1, 0, 0, 1)
        assert Customer.objects.get().name == name
        client.force_login(lantern.amir.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get(f"/lantern/exchange/{done.pk}/")
        assert page.status_code == 200
        assert b"<script>alert" not in page.content

    @pytest.mark.parametrize(
        ("days", "reason"),
        [
            ("1e40", "“1e40” is not a whole number."),
            ("-1", "“-1” is negative; it must be zero or more."),
            ("NaN", "“NaN” is not a whole number."),
            ("9" * 60, "The amount is too large: the limit is 1,000,000,000,000,000."),
            ("4000", "“4000” is not between 0 and 3,650."),
        ],
    )
    def test_with_an_impossible_number_is_handed_back(self, lantern, days, reason):
        done = take("CUSTOMERS", f"name,days of credit\nBad,{days}\nGood,30", by=lantern.amir.user)
        assert refusals(done) == {2: [reason]}
        assert list(Customer.objects.values_list("name", flat=True)) == ["Good"]

    @pytest.mark.parametrize("latitude", ["91", "NaN", "Infinity", "1e400", "north", "-0.0000001e-999999"])
    def test_with_an_impossible_place_is_handed_back_or_rounded(self, lantern, latitude):
        done = take("CUSTOMERS", f"name,latitude\nBad,{latitude}\nGood,31.2", by=lantern.amir.user)
        assert Customer.objects.filter(name="Good", latitude="31.2").exists()
        assert counts(done)[0] + counts(done)[3] == 2

    def test_that_is_very_long_is_handed_back(self, lantern):
        done = take("CUSTOMERS", f"name,note\nA,{'x' * 100_000}\nB,{'y' * 2000}", by=lantern.amir.user)
        assert refusals(done) == {2: ["The text has 100000 characters; at most 2000 are kept."]}

    def test_with_an_error_of_the_workbook_is_taken_for_its_text(self, lantern):
        content = workbook(
            [text("name", "days of credit"), [("string", "A"), ("formula", "=1/0")], [("string", "B"), ("number", 30)]]
        )
        done = take("CUSTOMERS", content, by=lantern.amir.user, name="a.xlsx")
        assert counts(done)[0] + counts(done)[3] == 2
        assert Customer.objects.get(name="B").credit_days == 30

    def test_in_another_alphabet_is_kept(self, lantern):
        names = ["Ünïcödé GmbH", "株式会社テスト", "شركة", "🚀 Rockets", "\u202eevil"]
        done = take("CUSTOMERS", "name\n" + "\n".join(names), by=lantern.amir.user)
        assert counts(done)[0] == len(names)


class TestAFile:
    def test_with_more_rows_than_allowed_is_refused_as_a_whole(self, lantern, monkeypatch):
        from common.tables.unreadable import Limits

        monkeypatch.setattr(reading, "LIMITS", Limits(rows=10, file_megabytes=20))
        with pytest.raises(UnreadableTable, match="more than 10 rows"):
            take("CUSTOMERS", "name\n" + "\n".join("abcdefghijk"), by=lantern.amir.user)
        assert not Import.objects.exists()

    def test_with_headings_that_are_all_alike_can_still_be_matched(self, lantern):
        columns = {"name": "x (2)", "industry": "x"}
        done = take("CUSTOMERS", "x,x,\nwater,Harbour,\n", by=lantern.amir.user, columns=columns)
        assert counts(done) == (1, 0, 0, 0)
        assert Customer.objects.get().industry == "water"

    def test_of_blank_rows_only_does_nothing(self, lantern):
        done = take("CUSTOMERS", "name,grade\n,\n,\n", by=lantern.amir.user)
        assert counts(done) == (0, 0, 0, 0)

    def test_counts_every_row_once_whatever_is_in_it(self, lantern):
        names = ["A", "A", "", "B", "a", " A ", "=A", "B\x00" + "x" * 200, "C"]
        done = take(
            "CUSTOMERS",
            "name,grade\n" + "\n".join(f"{name},{'Q' if name == 'C' else ''}" for name in names),
            by=lantern.amir.user,
        )
        created, changed, unchanged, rejected = counts(done)
        assert created + changed + unchanged + rejected == done.counts["rows"] == 8
        rows = [entry["row"] for entry in done.rejected]
        assert all(one < other for one, other in pairwise(rows))
