"""Deals on their pages: logged in under a minute, closed, paid, returned and shared by whom it may be."""

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from common import figures
from common.tenancy import company_scope
from customers.models import Channel, Customer
from customers.services import add_customer
from deals import services
from deals.models import Deal, DealLine, DealReturn, Payment, Product, ProductLine

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def shop(cast, today):
    """Asha has an open and a won deal with Blue House, Ben a won one; the rival has a product and a deal."""
    with company_scope(cast.lantern):
        cast.blue = add_customer(name="Blue House", owner=cast.asha.person, by=None)
        cast.red = add_customer(name="Red House", owner=cast.ben.person, by=None)
        cast.board = services.add_product(code="B1", name="Board", list_price=100, cost=Decimal("61.37"), by=None)
        given = {"customer": cast.blue, "owner": cast.asha.person, "by": None}
        cast.open = services.open_deal(lines=[(cast.board, 2, 95)], opened_on=today, **given)
        cast.won = services.log_deal(lines=[(cast.board, 10, 90)], closed_on=today, **given)
        cast.bens = services.log_deal(
            customer=cast.red, owner=cast.ben.person, lines=[(cast.board, 1, 77)], closed_on=today, by=None
        )
    with company_scope(cast.rival):
        cast.theirs = services.add_product(code="C1", name="Canaryboard", list_price=1, by=None)
    return cast


@pytest.fixture
def enter(client):
    def as_member(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return as_member


@pytest.fixture
def lantern(cast):
    """Return a function that asks the database for Lantern."""

    def ask(question):
        with company_scope(cast.lantern):
            return question()

    return ask


def filled(shop, *lines, **given):
    """What the page's form posts: by default two boards at 90, won today."""
    rows = lines or ((shop.board.pk, "2", "90.00"),)
    fields = {
        "client_ref": str(uuid4()),
        "customer": str(shop.blue.pk),
        "status": "WON",
        "closed_on": timezone.localdate().isoformat(),
        "lines-TOTAL_FORMS": str(len(rows)),
        "lines-INITIAL_FORMS": "0",
    }
    for at, (product, quantity, price) in enumerate(rows):
        fields |= {f"lines-{at}-product": str(product), f"lines-{at}-quantity": quantity, f"lines-{at}-price": price}
    return fields | given


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


class TestDeal:
    def act(self, client, deal, verb, today, **given):
        return client.post(f"/lantern/deals/{deal.pk}/{verb}/", {"on": today.isoformat()} | given)

    def test_out_of_sight_is_not_there(self, shop, enter, today):
        client = enter(shop.asha)
        for verb in ("", "change/", "lines/", "win/", "lose/", "cancel/", "pay/", "return/", "shares/"):
            assert client.get(f"/lantern/deals/{shop.bens.pk}/{verb}").status_code == 404
        assert enter(shop.chandra).get(f"/lantern/deals/{shop.won.pk}/").status_code == 404

    @pytest.mark.parametrize(
        ("who", "verb", "deal", "status"),
        [
            ("asha", "win", "open", 302),
            ("asha", "cancel", "won", 403),
            ("asha", "return", "won", 403),
            ("asha", "reopen", "won", 403),
            ("asha", "change", "won", 403),
            ("asha", "lines", "won", 403),
            ("asha", "shares", "won", 403),
            ("hana", "win", "open", 403),
            ("hana", "pay", "won", 403),
            ("hana", "stage", "open", 403),
            ("bela", "cancel", "won", 302),
            ("bela", "reopen", "won", 302),
        ],
    )
    def test_who_may_do_what(self, shop, enter, *, lantern, today, who, verb, deal, status):
        before = lantern(lambda: list(Deal.objects.order_by("pk").values()))
        answer = self.act(enter(getattr(shop, who)), getattr(shop, deal), verb, today, reason="because")
        assert answer.status_code == status
        assert (lantern(lambda: list(Deal.objects.order_by("pk").values())) == before) is (status == 403)

    def test_is_lost_with_a_reason(self, shop, enter, lantern, today):
        client = enter(shop.asha)
        assert self.act(client, shop.open, "lose", today, reason=" ").status_code == 422
        assert self.act(client, shop.open, "lose", today, reason="Too expensive").status_code == 302
        deal = lantern(lambda: Deal.objects.get(pk=shop.open.pk))
        assert (deal.status, deal.lost_reason) == (Deal.Status.LOST, "Too expensive")
        page = client.get(f"/lantern/deals/{shop.open.pk}/").content.decode()
        assert "Too expensive" in page

    def test_moves_between_stages(self, shop, enter, lantern):
        client = enter(shop.asha)
        client.post(f"/lantern/deals/{shop.open.pk}/stage/", {"stage": "PROPOSAL"})
        client.post(f"/lantern/deals/{shop.open.pk}/stage/", {"stage": "a\x00"})
        assert lantern(lambda: Deal.objects.get(pk=shop.open.pk).stage) == "PROPOSAL"

    @pytest.mark.parametrize("amount", ["", "0", "-5", "NaN", "1e99", "900.01", "0.001", "1\x00"])
    def test_no_payment_that_cannot_be(self, shop, enter, lantern, today, amount):
        answer = self.act(enter(shop.asha), shop.won, "pay", today, amount=amount, client_ref=str(uuid4()))
        assert answer.status_code == 422
        assert lantern(Payment.objects.count) == 0

    def test_is_paid_once_however_often_it_is_pressed(self, shop, enter, lantern, today):
        client, given = enter(shop.asha), {"amount": "400", "client_ref": str(uuid4())}
        assert {self.act(client, shop.won, "pay", today, **given).status_code for _ in range(2)} == {302}
        payment = lantern(Payment.objects.get)
        assert "¥500.00" in client.get(f"/lantern/deals/{shop.won.pk}/").content.decode()
        assert client.post(f"/lantern/deals/{shop.won.pk}/payments/{payment.pk}/cancel/", {"reason": "x"}).status_code == 302
        assert lantern(Payment.objects.get).is_cancelled

    def test_goods_come_back_up_to_what_was_sold(self, shop, enter, lantern, today):
        client, line = enter(shop.bela), lantern(shop.won.lines.get)
        given = {"reason": "Damaged", "client_ref": str(uuid4())}
        for quantity in ("11", "-1", "NaN", "0", "1e3", str(10**40)):
            answer = self.act(client, shop.won, "return", today, **given, **{f"line_{line.pk}": quantity})
            assert answer.status_code == 422
        assert lantern(DealReturn.objects.count) == 0
        for _press in range(2):
            self.act(client, shop.won, "return", today, **given, **{f"line_{line.pk}": "4"})
        assert [row.quantity for row in lantern(lambda: list(DealReturn.objects.all()))] == [4]

    def test_credit_is_shared_to_exactly_a_hundred(self, shop, enter, lantern):
        client = enter(shop.bela)

        def share(*rows):
            fields = {"shares-TOTAL_FORMS": len(rows), "shares-INITIAL_FORMS": 0}
            for at, (person, percent) in enumerate(rows):
                fields |= {f"shares-{at}-person": person.pk, f"shares-{at}-percent": percent}
            return client.post(f"/lantern/deals/{shop.won.pk}/shares/", fields).status_code

        asha, ada, ben = shop.asha.person, shop.ada.person, shop.ben.person
        assert share((asha, "50"), (ada, "49.99")) == 422
        assert share((asha, "50"), (asha, "50")) == 422
        assert share((asha, "50"), (ben, "50")) == 422  # Ben is out of Bela's sight
        assert share((asha, "NaN"), (ada, "50")) == 422
        assert lantern(shop.won.shares.count) == 0
        assert share((asha, "66.67"), (ada, "33.33")) == 302
        assert lantern(shop.won.shares.count) == 2

    def test_products_of_a_won_deal_are_corrected_by_who_leads(self, shop, enter, lantern):
        given = filled(shop, (shop.board.pk, "1", "55.00"))
        assert enter(shop.bela).post(f"/lantern/deals/{shop.won.pk}/lines/", given).status_code == 302
        assert lantern(lambda: Deal.objects.get(pk=shop.won.pk).amount) == 55
        bad = filled(shop, (shop.board.pk, "0", "55.00"))
        assert enter(shop.bela).post(f"/lantern/deals/{shop.won.pk}/lines/", bad).status_code == 422
        assert lantern(lambda: Deal.objects.get(pk=shop.won.pk).amount) == 55

    @pytest.mark.parametrize("verb", ["win", "lose"])
    def test_a_won_deal_has_no_form_to_be_closed_again(self, shop, enter, lantern, verb):
        client = enter(shop.bela)
        answer = client.get(f"/lantern/deals/{shop.won.pk}/{verb}/", follow=True)
        assert answer.redirect_chain == [(f"/lantern/deals/{shop.won.pk}/", 302)]
        assert "The deal is not open any more." in answer.content.decode()
        client.post(f"/lantern/deals/{shop.won.pk}/{verb}/", {"reason": "price", "on": "2026-03-01"})
        assert lantern(lambda: Deal.objects.get(pk=shop.won.pk).status) == Deal.Status.WON

    def test_goods_of_an_open_deal_have_no_form_to_come_back(self, shop, enter):
        answer = enter(shop.bela).get(f"/lantern/deals/{shop.open.pk}/return/", follow=True)
        assert "Only a won deal can do this." in answer.content.decode()

    def test_a_deal_with_money_received_has_no_form_to_be_cancelled(self, shop, enter, lantern, today):
        lantern(lambda: services.record_payment(deal=shop.won, amount=5, received_on=today, by=None))
        answer = enter(shop.bela).get(f"/lantern/deals/{shop.won.pk}/cancel/", follow=True)
        assert "cancel the payments first" in answer.content.decode()

    def test_the_history_of_an_imported_deal_begins_before_its_first_change(self, shop, enter, lantern, today):
        def imported():
            deal = Deal.objects.create(
                number="X-1",
                customer=shop.blue,
                owner=shop.asha.person,
                status="WON",
                opened_on=today,
                closed_on=today,
                amount=90,
            )
            line = DealLine.objects.create(
                deal=deal, product=shop.board, quantity=1, list_price=100, price=90, cost=1, amount=90, cost_amount=1
            )
            Payment.objects.create(deal=deal, amount=10, received_on=today)
            services.return_lines(deal=deal, items=[(line, 1)], returned_on=today, reason="broken", by=shop.bela.user)
            return deal

        deal = lantern(imported)
        page = enter(shop.bela).get(f"/lantern/deals/{deal.pk}/")
        titles = sorted(str(event.title) for event in page.context["trail"])
        assert titles == ["Goods came back", "Opened", "Payment received", "Won"]
        assert "Returned in full" in page.content.decode()

    def test_the_history_writes_amounts_and_days_as_the_page_does(self, shop, enter, lantern, today):
        client = enter(shop.bela)
        given = filled(shop, (shop.board.pk, "40", "55.00"))
        client.post(f"/lantern/deals/{shop.won.pk}/lines/", given)
        client.post(
            f"/lantern/deals/{shop.won.pk}/pay/", {"client_ref": str(uuid4()), "amount": "1234.5", "on": today.isoformat()}
        )
        page = client.get(f"/lantern/deals/{shop.won.pk}/").content.decode()
        assert f"{shop.board.name} × 40 · ¥55.00" in page
        assert "→ ¥2,200.00" in page
        assert "Amount: ¥1,234.50" in page
        assert f"Received on: {figures.day(today, today=today, language='en')}" in page

    def test_facts_are_corrected_with_a_trail(self, shop, enter, lantern, today):
        client = enter(shop.asha)
        given = {"customer": shop.blue.pk, "stage": "NEED", "opened_on": today.isoformat(), "title": "Kitchen"}
        assert client.post(f"/lantern/deals/{shop.open.pk}/change/", given).status_code == 302
        assert "Title: Kitchen" in client.get(f"/lantern/deals/{shop.open.pk}/").content.decode()
        for bad in ({"opened_on": "2026-02-30"}, {"opened_on": "0001-01-01"}, {"customer": shop.red.pk}, {"title": "\x00"}):
            assert client.post(f"/lantern/deals/{shop.open.pk}/change/", given | bad).status_code == 422


class TestProducts:
    def test_only_who_sets_the_company_up_changes_them(self, shop, enter, lantern):
        given = {"code": "N1", "name": "New", "list_price": "12.50", "cost": "1", "is_active": "on"}
        for who in (shop.asha, shop.dora, shop.hana):
            client = enter(who)
            assert client.get("/lantern/deals/products/").status_code == 200
            assert client.post("/lantern/deals/products/add/", given).status_code == 403
            assert client.post(f"/lantern/deals/products/{shop.board.pk}/", given).status_code == 403
        client = enter(shop.amir)
        assert client.post("/lantern/deals/products/add/", given).status_code == 302
        assert client.post("/lantern/deals/products/add/", given).status_code == 422  # the code is taken
        assert lantern(lambda: Product.objects.filter(code="N1").count()) == 1
        assert client.post(f"/lantern/deals/products/{shop.theirs.pk}/", given).status_code == 404

    @pytest.mark.parametrize("price", ["-1", "NaN", "1e40", "1.005", ""])
    def test_hostile_prices_are_refused(self, shop, enter, lantern, price):
        given = {"code": "N1", "name": "New", "list_price": price, "cost": "0"}
        assert enter(shop.amir).post("/lantern/deals/products/add/", given).status_code == 422
        assert lantern(Product.objects.count) == 1

    def test_lines_and_channels_are_kept_too(self, shop, enter, lantern):
        client = enter(shop.amir)
        client.post("/lantern/deals/products/lines/add/", {"name": "Boards"})
        client.post("/lantern/deals/products/channels/add/", {"name": "Walk-in", "code": "w", "position": "1"})
        line, channel = lantern(ProductLine.objects.get), lantern(Channel.objects.get)
        client.post(f"/lantern/deals/products/lines/{line.pk}/", {"name": "Planks"})
        client.post(f"/lantern/deals/products/channels/{channel.pk}/", {"name": "Passers-by", "code": "w", "position": "1"})
        assert (lantern(ProductLine.objects.get).name, lantern(Channel.objects.get).name) == ("Planks", "Passers-by")
        assert "Planks" in client.get("/lantern/deals/products/lines/").content.decode()
        assert "Passers-by" in client.get("/lantern/deals/products/channels/").content.decode()
