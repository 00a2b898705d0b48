"""One deal on its page, and the products: won, closed, paid, returned and shared by whom it may be."""

from uuid import uuid4

import pytest

from common import figures
from customers.models import Channel
from deals import services
from deals.models import Deal, DealLine, DealReturn, Payment, Product, ProductLine
from tests.deals.posting import filled


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
            ("asha", "shares", "open", 403),
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

    def test_an_owner_reads_who_shares_the_credit(self, shop, enter):
        says = {
            who: "Tell your manager who gets which part" in enter(member).get(f"/lantern/deals/{shop.won.pk}/").content.decode()
            for who, member in (("asha", shop.asha), ("bela", shop.bela), ("hana", shop.hana))
        }
        assert says == {"asha": True, "bela": False, "hana": False}

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
