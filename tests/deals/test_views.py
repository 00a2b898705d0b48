"""Deals on their pages: logged in under a minute, and listed for whom they concern."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from customers.models import Customer
from deals import services
from deals.models import Deal, DealLine
from tests.deals.posting import filled


class TestAdd:
    def test_logs_a_won_deal(self, shop, enter, lantern):
        answer = enter(shop.asha).post("/lantern/deals/add/", filled(shop, total="180.00"))
        assert answer.status_code == 302
        deal = lantern(lambda: Deal.objects.latest("pk"))
        assert (deal.status, deal.amount, deal.owner_id) == (Deal.Status.WON, 180, shop.asha.person.pk)
        assert answer["Location"].endswith(f"/deals/{deal.pk}/")

    def test_opens_a_deal_with_a_new_customer(self, shop, enter, lantern):
        given = filled(shop, status="OPEN", stage="NEED", customer="", new_customer="Green House", new_phone="13800138000")
        enter(shop.asha).post("/lantern/deals/add/", given)
        deal = lantern(lambda: Deal.objects.select_related("customer").latest("pk"))
        assert (deal.status, deal.stage, deal.closed_on) == (Deal.Status.OPEN, "NEED", None)
        assert (deal.customer.name, deal.customer.owner_id) == ("Green House", shop.asha.person.pk)

    def test_a_duplicate_customer_refuses_the_whole_deal(self, shop, enter, lantern):
        answer = enter(shop.asha).post("/lantern/deals/add/", filled(shop, customer="", new_customer="RED house"))
        assert answer.status_code == 422
        assert "Red House (Ben)" in answer.content.decode()
        assert lantern(lambda: (Deal.objects.count(), Customer.objects.count())) == (3, 2)

    def test_a_double_press_makes_one_row(self, shop, enter, lantern):
        client, given = enter(shop.asha), filled(shop, customer="", new_customer="Green House")
        assert {client.post("/lantern/deals/add/", given).status_code for _ in range(2)} == {302}
        assert lantern(lambda: (Deal.objects.count(), Customer.objects.count())) == (4, 3)

    def test_refuses_an_amount_that_is_not_what_was_shown(self, shop, enter, lantern):
        answer = enter(shop.asha).post("/lantern/deals/add/", filled(shop, total="179.99"))
        assert answer.status_code == 422
        assert "180.00" in answer.content.decode()
        assert lantern(Deal.objects.count) == 3

    @pytest.mark.parametrize(
        ("quantity", "price"),
        [
            ("0", "90"),
            ("-1", "90"),
            ("1.5", "90"),
            ("1e3", "90"),
            (str(10**40), "90"),
            ("NaN", "90"),
            ("", "90"),
            ("1", ""),
            ("1", "NaN"),
            ("1", "-1"),
            ("1", "Infinity"),
            ("1", "1.005"),
            ("1", str(10**40)),
            ("1000000", "9999999999.99"),
            ("1\x00", "90"),
            ("1", "=cmd()"),
        ],
    )
    def test_hostile_lines_are_refused_and_nothing_is_kept(self, shop, enter, lantern, quantity, price):
        answer = enter(shop.asha).post("/lantern/deals/add/", filled(shop, (shop.board.pk, quantity, price)))
        assert answer.status_code == 422
        assert lantern(lambda: (Deal.objects.count(), DealLine.objects.count())) == (3, 3)

    @pytest.mark.parametrize(
        "given",
        [
            {"customer": ""},
            {"customer": "9" * 40},
            {"customer": "a\x00"},
            {"closed_on": ""},
            {"closed_on": "2026-02-30"},
            {"closed_on": "0001-01-01"},
            {"closed_on": "2999-01-01"},
            {"status": "LOST"},
            {"status": "OPEN", "stage": "NOWHERE"},
            {"status": "OPEN", "expected_on": "9999-12-31"},
            {"status": "OPEN", "lines-TOTAL_FORMS": "0", "estimate": "NaN"},
            {"title": "x" * 121},
            {"title": "a\x00b"},
            {"note": "x" * 2001},
            {"client_ref": "not-a-uuid"},
            {"lines-TOTAL_FORMS": "0"},
            {"lines-TOTAL_FORMS": "x"},
            {"lines-TOTAL_FORMS": "1000"},
        ],
    )
    def test_hostile_values_are_refused_and_nothing_is_kept(self, shop, enter, lantern, given):
        assert enter(shop.asha).post("/lantern/deals/add/", filled(shop, **given)).status_code == 422
        assert lantern(Deal.objects.count) == 3

    def test_foreign_customers_and_products_are_no_choice(self, shop, enter, lantern):
        client = enter(shop.asha)
        assert client.post("/lantern/deals/add/", filled(shop, customer=str(shop.red.pk))).status_code == 422
        assert client.post("/lantern/deals/add/", filled(shop, (shop.theirs.pk, "1", "1"))).status_code == 422
        assert lantern(Deal.objects.count) == 3

    def test_a_manager_says_whose_it_is_but_not_out_of_sight(self, shop, enter, lantern):
        enter(shop.bela).post("/lantern/deals/add/", filled(shop, owner=str(shop.ada.person.pk)))
        assert lantern(lambda: Deal.objects.latest("pk").owner_id) == shop.ada.person.pk
        assert enter(shop.bela).post("/lantern/deals/add/", filled(shop, owner=str(shop.ben.person.pk))).status_code == 422
        assert enter(shop.amir).post("/lantern/deals/add/", filled(shop)).status_code == 422  # nobody himself: he must say
        assert enter(shop.hana).get("/lantern/deals/add/").status_code == 403

    def test_opens_without_a_network(self, shop, enter):
        client = enter(shop.asha)
        assert client.get("/lantern/deals/add/")["Service-Worker-Keep"] == "yes"
        # An address that names a customer is not the page that is kept.
        assert "Service-Worker-Keep" not in client.get(f"/lantern/deals/add/?customer={shop.blue.pk}")

    def test_what_the_company_pays_is_told_only_to_who_may_know(self, shop, enter):
        for who, is_told in ((shop.asha, False), (shop.bela, True), (shop.amir, True)):
            client = enter(who)
            picked = client.get("/lantern/deals/products/pick/?q=boa").json()["results"]
            assert ("cost" in picked[0]) is is_told
            pages = ["/lantern/deals/", f"/lantern/deals/{shop.won.pk}/", "/lantern/deals/products/"]
            shown = "".join(client.get(page).content.decode() for page in pages)
            assert ("61.37" in shown) is is_told
            assert ("286.30" in shown) is is_told  # the gross profit
        assert "Canaryboard" not in shown


class TestList:
    @pytest.mark.parametrize(
        ("who", "count"), [("asha", 2), ("ada", 0), ("bela", 2), ("ben", 1), ("dora", 3), ("hana", 3), ("amir", 3)]
    )
    def test_shows_what_is_in_sight(self, shop, enter, who, count):
        page = enter(getattr(shop, who)).get("/lantern/deals/").content.decode()
        assert sum(f"/lantern/deals/{deal.pk}/" in page for deal in (shop.open, shop.won, shop.bens)) == count

    def test_a_share_lets_one_see_but_not_touch(self, shop, enter, lantern):
        shares = [(shop.asha.person, Decimal(60)), (shop.ben.person, Decimal(40))]
        lantern(lambda: services.set_shares(deal=shop.open, shares=shares, by=None))
        client = enter(shop.ben)
        assert shop.open.number in client.get("/lantern/deals/").content.decode()
        assert client.get(f"/lantern/deals/{shop.open.pk}/").status_code == 200
        assert client.post(f"/lantern/deals/{shop.open.pk}/win/", {"on": timezone.localdate()}).status_code == 403
        assert lantern(lambda: Deal.objects.get(pk=shop.open.pk).status) == Deal.Status.OPEN

    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ({"status": "WON"}, {"won", "bens"}),
            ({"q": "red"}, {"bens"}),
            ({"q": "zzz"}, set()),
            ({"stage": "LEAD", "status": "OPEN"}, {"open"}),
            ({"owner": "asha"}, {"open", "won"}),
            ({"unit": "two"}, {"bens"}),
            ({"unit": "east"}, {"open", "won", "bens"}),
            ({"product": "board"}, {"open", "won", "bens"}),
            ({"since": "2999-01-01"}, set()),
            ({"period": "1999"}, set()),
        ],
    )
    def test_narrows(self, shop, enter, given, found):
        places = {"asha": shop.asha.person.pk, "two": shop.two.pk, "east": shop.east.pk, "board": shop.board.pk}
        given = {name: places.get(value, value) for name, value in given.items()}
        page = enter(shop.amir).get("/lantern/deals/", given).content.decode()
        assert {name for name in ("open", "won", "bens") if f"/lantern/deals/{getattr(shop, name).pk}/" in page} == found

    def test_the_sum_row_is_the_sum_of_all_pages(self, shop, enter):
        page = enter(shop.amir).get("/lantern/deals/?status=WON").content.decode()
        assert "¥977.00" in page

    @pytest.mark.parametrize(
        "given",
        [{"q": "\x00"}, {"period": "2026-13"}, {"since": "2026-02-30"}, {"product": "9" * 40}, {"line": "x"}, {"sort": "cost"}],
    )
    def test_says_what_it_cannot_read(self, shop, enter, given):
        assert enter(shop.amir).get("/lantern/deals/", given).status_code == 200

    def test_costs_the_same_for_few_and_many(self, shop, enter, lantern, today):
        client = enter(shop.bela)
        for page in ("/lantern/deals/", "/lantern/deals/pipeline/"):
            client.get(page)
        counts = []
        for _round in range(2):
            with CaptureQueriesContext(connection) as asked:
                client.get("/lantern/deals/")
                client.get("/lantern/deals/pipeline/")
            counts.append(len(asked))
            given = {"customer": shop.blue, "owner": shop.ada.person, "opened_on": today, "lines": [(shop.board, 1, 1)]}
            lantern(lambda given=given: [services.open_deal(**given, by=None) for _ in range(15)])
        assert counts[0] == counts[1]

    def test_is_taken_away_with_cost_only_by_who_may_see_it(self, shop, enter):
        answer = enter(shop.bela).get("/lantern/deals/?as=xlsx&status=WON")
        [head, row] = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert dict(zip(head, row, strict=True)) | {"Number": shop.won.number, "Amount": 900, "Gross profit": 286.3} == dict(
            zip(head, row, strict=True)
        )
        assert enter(shop.asha).get("/lantern/deals/?as=xlsx").status_code == 403

    def test_the_pipeline_adds_up_by_stage(self, shop, enter):
        page = enter(shop.asha).get("/lantern/deals/pipeline/").content.decode()
        assert "1 open deal" in page
        assert "¥190.00" in page
        assert "Nothing in the pipeline" in enter(shop.ben).get("/lantern/deals/pipeline/").content.decode()
