from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common.tables import read_table
from common.tenancy import company_scope
from deals.models import Product
from exchange import reading
from exchange.models import Import
from jobs import services as jobs
from tests.exchange.importing import take, upload
from tests.signing_in import BACKEND

PRODUCTS = "product,list price,cost\nPump,400,300\n=cmd(),60,20\nBad,abc,1"


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.amir.user, backend=BACKEND)
    return client


@pytest.fixture
def received(cast):
    with company_scope(cast.lantern):
        return upload("PRODUCTS", PRODUCTS, by=cast.amir.user, name="prices.csv")


def text_of(response):
    return " ".join(response.content.decode().split())


def send(client, content, *, kind="PRODUCTS", name="prices.csv", **more):
    return client.post("/lantern/exchange/new/", {"kind": kind, "file": SimpleUploadedFile(name, content), **more})


class TestWhoMayImport:
    @pytest.mark.parametrize("role", ["asha", "bela", "dora", "hana"])
    def test_only_the_admin(self, client, cast, received, role):
        client.force_login(getattr(cast, role).user, backend=BACKEND)
        for path in (
            "",
            "new/",
            "templates/deals.xlsx",
            f"{received.pk}/",
            f"{received.pk}/columns/",
            f"{received.pk}/rejected/",
        ):
            # HR comes in for base pay, and sees nothing of what else is imported.
            expected = 200 if role == "hana" and path in {"", "new/"} else 403
            answer = client.get(f"/lantern/exchange/{path}")
            assert answer.status_code == expected, path
            assert "prices.csv" not in text_of(answer)
        assert client.post(f"/lantern/exchange/{received.pk}/start/").status_code == 403

    def test_nobody_of_another_company(self, client, cast, received):
        client.force_login(cast.rex.user, backend=BACKEND)
        assert client.get(f"/lantern/exchange/{received.pk}/").status_code == 404
        assert client.get(f"/rival/exchange/{received.pk}/").status_code == 404
        assert "prices.csv" not in text_of(client.get("/rival/exchange/"))


class TestTheWholeWay:
    def test_from_the_file_to_the_result(self, admin, cast, django_capture_on_commit_callbacks):
        answer = send(admin, PRODUCTS.encode())
        assert answer.status_code == 302
        columns = admin.get(answer.url)
        assert "Pump" in text_of(columns)
        names = ("name", "list_price", "cost")
        answer = admin.post(answer.url, {f"column_{name}": str(index) for index, name in enumerate(names)})
        preview = admin.get(answer.url)
        assert "Import 2 rows" in text_of(preview)
        assert "“abc” is not an amount." in text_of(preview)
        with company_scope(cast.lantern):
            assert not Product.objects.exists()
            pk = Import.objects.get().pk
        admin.post(f"/lantern/exchange/{pk}/start/")
        assert "Waiting for its turn" in text_of(admin.get(f"/lantern/exchange/{pk}/"))
        assert "import-job" in text_of(admin.get(f"/lantern/exchange/{pk}/progress/"))
        with company_scope(cast.lantern):
            job_id = Import.objects.get().job_id
        jobs.run(company_id=cast.lantern.pk, job_id=job_id)
        assert admin.get(f"/lantern/exchange/{pk}/progress/").headers["HX-Refresh"] == "true"
        result = text_of(admin.get(f"/lantern/exchange/{pk}/"))
        assert "Rows that were not taken" in result
        assert "=cmd()" in result
        with company_scope(cast.lantern):
            assert Product.objects.filter(name="=cmd()").exists()
        assert "prices.csv" in text_of(admin.get("/lantern/exchange/"))

    def test_pressing_import_twice_makes_one_job(self, admin, cast, received):
        with company_scope(cast.lantern):
            take("PRODUCTS", "product,list price\nOld,1", by=cast.amir.user)
        admin.post(f"/lantern/exchange/{received.pk}/columns/", {"column_name": "0", "column_list_price": "1"})
        for _press in range(2):
            assert admin.post(f"/lantern/exchange/{received.pk}/start/").status_code == 302
        with company_scope(cast.lantern):
            from jobs.models import Job

            assert Job.objects.of_kind("exchange.import").count() == 1

    def test_sending_the_same_form_twice_keeps_one_file(self, admin, cast):
        ref = "5b1d5c1e-7d0f-4b0e-9f5e-0c8f5a2f8a10"
        first, second = (send(admin, PRODUCTS.encode(), client_ref=ref) for _press in range(2))
        assert first.url == second.url
        with company_scope(cast.lantern):
            assert Import.objects.count() == 1

    def test_the_preview_says_when_the_same_file_was_imported_before(self, admin, cast):
        with company_scope(cast.lantern):
            done = take("PRODUCTS", PRODUCTS, by=cast.amir.user)
            again = upload("PRODUCTS", PRODUCTS, by=cast.amir.user)
        admin.post(f"/lantern/exchange/{again.pk}/columns/", {"column_name": "0", "column_list_price": "1", "column_cost": "2"})
        page = text_of(admin.get(f"/lantern/exchange/{again.pk}/"))
        assert f"/lantern/exchange/{done.pk}/" in page
        assert "There is nothing to import" in page


class TestTheFileForm:
    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.xlsx", b"PK\x03\x04 broken", "damaged"),
            ("a.csv", b"", "holds no table"),
            ("a.csv", b"\xe9" * 30 + b",\xff\xfe\xfd", "neither UTF-8 nor GBK"),
            ("a.pdf", b"%PDF-1.7", "Only .xlsx and .csv"),
            ("a.csv", b"<html><table></table></html>", "web page"),
        ],
    )
    def test_says_at_the_file_what_is_wrong_with_it(self, admin, cast, name, content, message):
        answer = send(admin, content, name=name)
        assert answer.status_code == 422
        assert message in text_of(answer)
        with company_scope(cast.lantern):
            assert not Import.objects.exists()

    def test_refuses_a_file_beyond_the_limit_before_reading_it(self, admin, monkeypatch):
        monkeypatch.setattr(type(reading.LIMITS), "file_bytes", property(lambda limits: 10))
        answer = send(admin, PRODUCTS.encode())
        assert answer.status_code == 422
        assert "larger than 20 MB" in text_of(answer)

    @pytest.mark.parametrize("kind", ["", "SHIPS", "PRODUCTS\x00"])
    def test_refuses_a_kind_that_does_not_exist(self, admin, kind):
        assert send(admin, PRODUCTS.encode(), kind=kind).status_code == 422

    def test_needs_a_file(self, admin):
        assert admin.post("/lantern/exchange/new/", {"kind": "PRODUCTS"}).status_code == 422


class TestTheColumnsForm:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ({"column_name": "0"}, "Choose the column, or give one value for every row."),
            ({"column_name": "0", "column_list_price": "99"}, "99"),
            ({"column_name": "0", "column_list_price": "same"}, "Give the value for every row."),
            ({"column_name": "0", "column_list_price": "same", "value_list_price": "NaN"}, "“NaN” is not an amount."),
            ({"column_name": "0", "column_list_price": "same", "value_list_price": "9" * 41}, "too large"),
            ({"column_name": "0\x00", "column_list_price": "1"}, "Select a valid choice"),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, admin, received, data, message):
        answer = admin.post(f"/lantern/exchange/{received.pk}/columns/", data)
        assert answer.status_code == 422
        assert message in text_of(answer)

    def test_takes_one_value_for_every_row(self, admin, cast, received):
        data = {"column_name": "0", "column_list_price": "same", "value_list_price": "7"}
        admin.post(f"/lantern/exchange/{received.pk}/columns/", data)
        with company_scope(cast.lantern):
            shown = Import.objects.get()
        assert shown.mapping["list_price"] == {"value": "7"}
        assert shown.counts["created"] == 3
        assert "“7” is taken for every row" in text_of(admin.get(f"/lantern/exchange/{received.pk}/"))

    def test_keeps_what_a_mapping_file_said_beyond_the_page(self, admin, cast, received):
        replaced = {"column": "product", "replace": {"Pump": "Pumps"}, "because": "a misspelling"}
        with company_scope(cast.lantern):
            Import.objects.update(
                mapping={"name": replaced, "list_price": {"column": "list price"}}, options={"team_name": "x"}
            )
        admin.post(f"/lantern/exchange/{received.pk}/columns/", {"column_name": "0", "column_list_price": "1"})
        with company_scope(cast.lantern):
            shown = Import.objects.get()
        assert shown.mapping["name"] == replaced
        assert shown.options == {"team_name": "x"}

    def test_is_closed_once_the_file_is_imported(self, admin, cast):
        with company_scope(cast.lantern):
            done = take("PRODUCTS", PRODUCTS, by=cast.amir.user)
        assert admin.get(f"/lantern/exchange/{done.pk}/columns/").status_code == 302


class TestFilesToTakeAway:
    def test_rejected_rows_come_back_with_their_reason_and_can_be_imported_when_corrected(self, admin, cast):
        with company_scope(cast.lantern):
            done = take("PRODUCTS", PRODUCTS + "\n=evil(),xyz,1", by=cast.amir.user)
        answer = admin.get(f"/lantern/exchange/{done.pk}/rejected/")
        assert "attachment" in answer["Content-Disposition"]
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert lines[0] == "Row,Why it was not taken,product,list price,cost"
        assert lines[1] == "4,List price: “abc” is not an amount.,Bad,abc,1"
        assert lines[2].startswith("5,") and "'=evil()" in lines[2]
        corrected = answer.content.replace(b"Bad,abc", b"Bad,5").replace(b",xyz,", b",6,")
        with company_scope(cast.lantern):
            take("PRODUCTS", corrected, by=cast.amir.user)
            assert Product.objects.filter(name="=evil()", list_price=6).exists()

    def test_rejected_rows_are_gone_with_the_file(self, admin, cast):
        with company_scope(cast.lantern):
            done = take("PRODUCTS", PRODUCTS, by=cast.amir.user)
            Import.objects.update(content=b"", file_removed_at="2026-05-01T02:00:00Z")
        page = text_of(admin.get(f"/lantern/exchange/{done.pk}/"))
        assert "removed on 2026-05-01" in page
        assert "“abc” is not an amount" in page
        assert f"/{done.pk}/rejected/" not in page
        assert admin.get(f"/lantern/exchange/{done.pk}/rejected/").status_code == 404

    def test_rejected_rows_of_a_workbook_come_back_as_a_workbook(self, admin, cast):
        template = admin.get("/lantern/exchange/templates/products.xlsx").content
        with company_scope(cast.lantern):
            done = take(
                "PRODUCTS", template, by=cast.amir.user, name="t.xlsx", columns={"name": "Cost", "list_price": "Product *"}
            )
        answer = admin.get(f"/lantern/exchange/{done.pk}/rejected/")
        table = read_table(answer.content, "r.xlsx")
        assert list(table.header[:2]) == ["Row", "Why it was not taken"]
        assert [row.values[0] for row in table] == ["2"]

    def test_guesses_come_row_by_row(self, admin, cast):
        with company_scope(cast.lantern):
            done = take("PRODUCTS", "product,list price\nA,1\nB,2", by=cast.amir.user)
        table = read_table(admin.get(f"/lantern/exchange/{done.pk}/guesses/").content, "g.xlsx")
        assert [row.values[:2] for row in table] == [("2", "Cost"), ("3", "Cost")]

    def test_there_are_none_where_nothing_was_refused_or_guessed(self, admin, cast):
        with company_scope(cast.lantern):
            done = take("PRODUCTS", "product,list price,cost\nA,1,1", by=cast.amir.user)
        assert admin.get(f"/lantern/exchange/{done.pk}/rejected/").status_code == 404
        assert admin.get(f"/lantern/exchange/{done.pk}/guesses/").status_code == 404

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    @pytest.mark.parametrize("kind", ["people", "customers", "products", "deals", "targets"])
    def test_a_template_matches_itself_in_each_language(self, admin, cast, language, kind):
        cast.amir.user.language = language
        cast.amir.user.save()
        answer = admin.get(f"/lantern/exchange/templates/{kind}.xlsx")
        assert answer.status_code == 200
        from exchange.kinds import KINDS

        table = read_table(BytesIO(answer.content), "t.xlsx")
        fields = KINDS[kind.upper()].fields
        guessed = reading.guess_mapping(table.header, KINDS[kind.upper()])
        assert {key: source["column"] for key, source in guessed.items()} == dict(
            zip([field.key for field in fields], table.header, strict=True)
        )

    def test_there_is_no_template_of_ships(self, admin):
        assert admin.get("/lantern/exchange/templates/ships.xlsx").status_code == 404


class TestTheList:
    def test_can_be_narrowed_to_a_kind(self, admin, received):
        assert "prices.csv" in text_of(admin.get("/lantern/exchange/?kind=PRODUCTS"))
        assert "prices.csv" not in text_of(admin.get("/lantern/exchange/?kind=DEALS"))
        assert admin.get("/lantern/exchange/?kind=SHIPS").status_code == 200

    def test_costs_the_same_for_one_import_and_for_many(self, admin, cast, received, django_assert_max_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def cost():
            with CaptureQueriesContext(connection) as captured:
                admin.get("/lantern/exchange/")
            return len(captured)

        one = cost()
        with company_scope(cast.lantern):
            for number in range(10):
                upload("PRODUCTS", PRODUCTS + f"\nN{number},1,1", by=cast.amir.user)
        assert cost() == one

    def test_an_empty_one_says_where_to_start(self, admin):
        assert "Nothing has been imported yet" in text_of(admin.get("/lantern/exchange/"))

    def test_does_not_read_the_files_themselves(self, admin, received):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            admin.get("/lantern/exchange/")
        assert not any('"exchange_import"."content",' in query["sql"] for query in captured)
