from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from common.tenancy import company_scope
from credits.models import Credit
from credits.rules import Measure
from customers.models import Customer
from deals.models import Deal, Instalment, Product
from exchange.models import Import
from teams.models import Assignment, Person
from tests.exchange.importing import DATA

SMALL = DATA / "small_crm"


def run(command, *arguments, **options):
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def import_small(**options):
    return run("import_folder", SMALL, company="lantern", mapping=SMALL / "mapping.json", **options)


class TestImportFolder:
    def test_accounts_for_every_row(self, cast):
        told = import_small()
        assert "Company settings changed: country, currency, time_zone" in told
        assert "staff.csv → People: 4 rows" in told
        assert "  also added: 2 managers, 4 units" in told
        assert "  6 added + 0 changed + 0 unchanged + 3 not taken = 9; 3 of them with a guess" in told
        assert "Product: The product “PumpXL Pro” is taken as Pump XL Pro. [3]" in told
        assert "2 × Customer: No customer is named: taken without one. [5, 6]" in told
        assert "Industry: “enrgy” is taken as “energy”: a misspelling [2]" in told
        assert "4 × Hired on: The file does not say; “2025-01-01” is taken for every row: the file names no hiring day" in told
        assert "not taken · row 8 · The product “Pump M” is not known." in told
        assert "not taken · row 9 · Person “Nobody Known” is not known." in told
        assert "not taken · row 10 · Closed on: There is no 2025-02-30 in the calendar." in told

    def test_stores_what_the_files_say(self, cast):
        import_small()
        with company_scope(cast.lantern):
            assert Customer.objects.get(name="Harbour Works").parent.name == "Northwind Holding"
            assert Customer.objects.get(name="Blue Tap").note == "Since 2010, 12 employees"
            assert Customer.objects.get(name="Aqua Nord").address == "Norway"
            states = Deal.objects.order_by("number").values_list("number", "status", "stage")
            assert list(states) == [
                ("A1", "WON", "CONTRACT"),
                ("A2", "WON", "CONTRACT"),
                ("A3", "LOST", "LEAD"),
                ("A4", "OPEN", "NEED"),
                ("A5", "OPEN", "LEAD"),
                ("A6", "WON", "CONTRACT"),
            ]
            line = Deal.objects.get(number="A2").lines.get()
            assert (line.list_price, line.price, line.cost) == (2500, 2600, 0)
            assert not Instalment.objects.exists()
            omar = Assignment.objects.get(person__name="Omar Fayed")
            assert (omar.unit.name, omar.unit.parent.name, omar.role) == ("Team Omar Fayed", "North", "MANAGER")
            won = Credit.objects.filter(measure=Measure.REVENUE).values_list("person__name", "amount")
            assert sorted(won) == [("Ines Vidal", 38000), ("Jonas Brandt", 260000), ("Kira Novak", 42050)]

    def test_changes_nothing_the_second_time(self, cast):
        import_small()
        with company_scope(cast.lantern):
            credits_posted = Credit.objects.count()
        told = import_small()
        assert "Company settings changed" not in told
        assert told.count("  0 added + 0 changed + ") == 4
        with company_scope(cast.lantern):
            assert Credit.objects.count() == credits_posted

    def test_stores_nothing_when_it_is_only_asked(self, cast):
        assert "6 added" in import_small(dry_run=True)
        with company_scope(cast.lantern):
            assert not Import.objects.exists()
            assert not Deal.objects.exists()
            assert not Person.objects.filter(name="Ines Vidal").exists()
        cast.lantern.refresh_from_db()
        assert cast.lantern.currency == "CNY"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{", "mapping.json"),
            ("[]", "has “files”"),
            ('{"files": [{"kind": "DEALS"}]}', "has “files”"),
            ('{"files": [{"kind": "SHIPS", "file": "a.csv"}]}', "SHIPS"),
            ('{"files": [{"kind": "DEALS", "file": "missing.csv"}]}', "missing.csv"),
            ('{"files": [], "company": []}', "company"),
        ],
    )
    def test_says_what_is_wrong_with_a_mapping(self, cast, tmp_path, content, message):
        mapping = tmp_path / "mapping.json"
        mapping.write_text(content)
        with pytest.raises(CommandError, match=message):
            run("import_folder", tmp_path, company="lantern", mapping=mapping)


class TestImportFile:
    def test_guesses_the_columns_and_works_as_the_named_admin(self, cast, tmp_path):
        path = tmp_path / "prices.csv"
        path.write_bytes("产品名称,标价,成本\n橡木门板,1980,1120".encode("gbk"))
        told = run("import_file", "products", path, company="lantern", as_email="amir@example.com")
        assert "1 added + 0 changed + 0 unchanged + 0 not taken = 1" in told
        with company_scope(cast.lantern):
            assert Product.objects.get().name == "橡木门板"
            assert Import.objects.get().created_by == cast.amir.user

    def test_stores_nothing_when_it_is_only_asked(self, cast, tmp_path):
        path = tmp_path / "prices.csv"
        path.write_text("product,list price\nPump,5")
        assert "Dry run: nothing was stored." in run("import_file", "products", path, company="lantern", dry_run=True)
        with company_scope(cast.lantern):
            assert not Product.objects.exists()

    def test_takes_a_mapping_for_one_file(self, cast, tmp_path):
        (tmp_path / "prices.csv").write_text("was,wieviel\nPump,5")
        (tmp_path / "mapping.json").write_text('{"name": "was", "list_price": "wieviel"}')
        run("import_file", "products", tmp_path / "prices.csv", company="lantern", mapping=tmp_path / "mapping.json")
        with company_scope(cast.lantern):
            assert Product.objects.get().list_price == 5

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"company": "nowhere"}, "no company nowhere"),
            ({"company": "lantern", "as_email": "asha@example.com"}, "asha@example.com may import into lantern"),
            ({"company": "lantern", "as_email": "rex@example.com"}, "rex@example.com may import into lantern"),
        ],
    )
    def test_refuses_who_may_not(self, cast, tmp_path, options, message):
        path = tmp_path / "prices.csv"
        path.write_text("product,list price\nPump,5")
        with pytest.raises(CommandError, match=message):
            run("import_file", "products", path, **options)
        with company_scope(cast.lantern):
            assert not Product.objects.exists()

    def test_says_what_is_wrong_with_a_file(self, cast, tmp_path):
        path = tmp_path / "prices.xlsx"
        path.write_bytes(b"nothing")
        with pytest.raises(CommandError, match="named like an Excel workbook but is none"):
            run("import_file", "products", path, company="lantern")
