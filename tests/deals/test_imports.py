from datetime import date
from decimal import Decimal

import pytest

from common.tenancy import company_scope
from credits.models import Credit
from credits.rules import Measure
from customers.models import Customer
from deals import services
from deals.models import Deal, DealLine, Instalment, Product, ProductLine
from tests.exchange.importing import counts, guesses, refusals, take


@pytest.fixture
def inside(cast):
    """Lantern sells a pump and a valve to Harbour."""
    with company_scope(cast.lantern):
        line = ProductLine.objects.create(name="Pumps")
        cast.pump = Product.objects.create(code="P1", name="Pump XL", line=line, list_price=500, cost=300)
        cast.valve = Product.objects.create(code="V1", name="Valve", list_price=60, cost=20)
        cast.harbour = Customer.objects.create(name="Harbour", credit_days=30)
        yield cast


def take_deals(cast, content, **asked):
    return take("DEALS", content, by=cast.amir.user, **asked)


def revenue():
    return {
        (credit.person.name, credit.unit.name, credit.day): credit.amount
        for credit in Credit.objects.filter(measure=Measure.REVENUE).select_related("person", "unit")
    }


HEAD = "deal number,customer,owner,product,quantity,amount,status,opened on,closed on"
WON = f"{HEAD}\nD1,Harbour,Asha,Pump XL,2,900,won,2026-01-05,2026-02-01"


class TestDealsOfAFile:
    def test_come_with_lines_credits_and_what_falls_due(self, inside):
        assert counts(take_deals(inside, WON)) == (1, 0, 0, 0)
        deal = Deal.objects.get()
        assert (deal.status, deal.amount, deal.cost) == (Deal.Status.WON, Decimal(900), Decimal(600))
        line = deal.lines.get()
        assert (line.quantity, line.price, line.list_price) == (2, Decimal(450), Decimal(500))
        assert Instalment.objects.get().due_on == date(2026, 3, 3)
        assert revenue() == {("Asha", "Team One", date(2026, 2, 1)): 90000}

    def test_stay_as_they_are_when_the_file_comes_again(self, inside):
        take_deals(inside, WON)
        posted = Credit.objects.count()
        assert counts(take_deals(inside, WON)) == (0, 0, 1, 0)
        assert Credit.objects.count() == posted

    def test_stay_as_they_are_although_the_price_list_has_changed(self, inside):
        file = "deal number,product,owner\nD1,Valve,Asha"
        take_deals(inside, file)
        Product.objects.filter(pk=inside.valve.pk).update(list_price=99, cost=50)
        assert counts(take_deals(inside, file)) == (0, 0, 1, 0)

    def test_of_several_rows_are_one_deal_of_several_products(self, inside):
        file = f"{HEAD}\nD1,Harbour,Asha,Pump XL,1,450,won,,2026-02-01\nD1,,,Valve,3,150,,,"
        assert counts(take_deals(inside, file)) == (2, 0, 0, 0)
        assert Deal.objects.get().amount == 600
        assert counts(take_deals(inside, file)) == (0, 0, 2, 0)

    def test_are_not_taken_in_part_when_one_of_their_rows_is_bad(self, inside):
        file = f"{HEAD}\nD1,Harbour,Asha,Pump XL,1,450,won,,2026-02-01\nD1,,,Valve,x,150,,,\nD2,,Asha,Valve,1,60,,,"
        done = take_deals(inside, file)
        assert refusals(done) == {
            2: ["Row 3 of the same deal could not be read, so none of its rows is taken."],
            3: ["“x” is not a whole number."],
        }
        assert list(Deal.objects.values_list("number", flat=True)) == ["D2"]

    @pytest.mark.parametrize("day", ["1989-12-31", "2101-01-01"])
    def test_are_not_taken_from_years_that_have_no_periods(self, inside, day):
        done = take_deals(inside, WON.replace("2026-01-05", "").replace("2026-02-01", day))
        assert refusals(done) == {2: [f"{day} is outside 1990-01-01 to 2100-12-31."]}
        assert not Deal.objects.exists()

    def test_a_changed_amount_corrects_the_ledger_by_the_difference(self, inside):
        take_deals(inside, WON)
        assert counts(take_deals(inside, WON.replace(",900,", ",950,"))) == (0, 1, 0, 0)
        assert sum(Credit.objects.filter(measure=Measure.REVENUE).values_list("amount", flat=True)) == 95000
        assert DealLine.objects.count() == 1
        assert Instalment.objects.get().amount == 950

    def test_an_amount_that_cannot_be_divided_becomes_two_prices_and_is_recognised_again(self, inside):
        file = WON.replace("Pump XL,2,900", "Pump XL,3,100")
        assert counts(take_deals(inside, file)) == (1, 0, 0, 0)
        assert sorted(DealLine.objects.values_list("quantity", "price")) == [(1, Decimal("33.34")), (2, Decimal("33.33"))]
        assert counts(take_deals(inside, file)) == (0, 0, 1, 0)

    def test_history_need_not_fall_due(self, inside):
        take_deals(inside, WON, options={"without_receivables": True})
        assert not Instalment.objects.exists()

    def test_one_column_may_say_stage_and_end(self, inside):
        rows = ["D1,Asha,Valve,Closed Won,2026-01-01", "D2,Asha,Valve,谈判,", "D3,Asha,Valve,输单,2026-01-02"]
        file = "\n".join(["deal number,owner,product,stage,closed on", *rows])
        take_deals(inside, file)
        states = Deal.objects.order_by("number").values_list("status", "stage")
        assert list(states) == [("WON", "CONTRACT"), ("OPEN", "NEGOTIATION"), ("LOST", "LEAD")]


class TestAGuess:
    def test_takes_a_product_written_a_little_differently(self, inside):
        done = take_deals(inside, WON.replace("Pump XL", "PumpXL"))
        assert guesses(done) == [(2, "The product “PumpXL” is taken as Pump XL.")]

    def test_takes_the_list_price_when_no_amount_is_given(self, inside):
        done = take_deals(inside, "deal number,customer,owner,product\nD1,Harbour,Asha,Valve")
        assert Deal.objects.get().amount == 60
        assert guesses(done) == [(2, "No amount is given: the list price of Valve is taken (60.00).")]

    def test_takes_an_open_deals_closing_day_as_the_expected_one(self, inside):
        done = take_deals(inside, f"{HEAD}\nD1,Harbour,Asha,Valve,1,60,open,2026-03-01,2026-06-01")
        deal = Deal.objects.get()
        assert (deal.closed_on, deal.expected_on) == (None, date(2026, 6, 1))
        assert guesses(done) == [(2, "The deal is open, so the closing day is taken as the expected one.")]

    def test_says_that_no_team_gets_the_credit(self, inside):
        done = take_deals(inside, WON.replace("2026-01-05,2026-02-01", "2023-01-05,2023-02-01"))
        assert guesses(done) == [(2, "Asha was in no unit on 2023-02-01: credited to the person, to no team.")]

    def test_adds_an_unknown_customer_only_when_asked(self, inside):
        file = WON.replace("Harbour", "Newtown")
        assert refusals(take_deals(inside, file)) == {2: ["Customer “Newtown” is not known."]}
        done = take_deals(inside, file, options={"add_customers": True})
        assert counts(done) == (1, 0, 0, 0)
        assert Deal.objects.get().customer.name == "Newtown"


class TestARowOfADeal:
    @pytest.mark.parametrize(
        ("given", "instead", "reason"),
        [
            (",900,", ",1e40,", "“1e40” is not an amount."),
            (",900,", f",1{'0' * 40},", "The amount is too large: the limit is 10,000,000,000,000."),
            (",900,", ",NaN,", "“NaN” is not an amount."),
            (",900,", ",-900,", "“-900” is negative; it must be zero or more."),
            (",900,", ",900.005,", "The amount has more than 2 decimal places."),
            (",2,", ",0,", "“0” is not between 1 and 1,000,000."),
            ("2026-02-01", "2026-02-30", "There is no 2026-02-30 in the calendar."),
            ("2026-02-01", "2026-01-01", "The closing day (2026-01-01) is before the opening day (2026-01-05)."),
            ("2026-02-01", "2026-12-01", "The closing day (2026-12-01) is still to come."),
            (",2026-02-01", ",", "A deal that is won, lost or cancelled needs the day on which it was."),
            ("Asha", "Chandracanary", "Person “Chandracanary” is not known."),
            ("Pump XL", "Pump XM", "The product “Pump XM” is not known."),
            ("D1", "", "A value is needed."),
        ],
    )
    def test_that_cannot_be_right_is_handed_back(self, inside, given, instead, reason):
        done = take_deals(inside, WON.replace(given, instead, 1))
        assert counts(done) == (0, 0, 0, 1)
        assert reason in refusals(done)[2]
        assert not Deal.objects.exists()

    def test_that_says_price_and_amount_differently_is_handed_back(self, inside):
        done = take_deals(inside, "deal number,owner,product,quantity,price,amount\nD1,Asha,Valve,2,50,110")
        assert refusals(done) == {2: ["The amount 110.00 is not 2 × 50.00."]}

    def test_does_not_touch_a_deal_that_was_paid_for(self, inside):
        take_deals(inside, WON)
        deal = Deal.objects.get()
        services.record_payment(deal=deal, amount=Decimal(500), received_on=date(2026, 2, 10), by=inside.amir.user)
        done = take_deals(inside, WON.replace("won", "lost"))
        assert refusals(done) == {2: ["Money was received for this deal (500.00); change it on its own page."]}
        deal.refresh_from_db()
        assert deal.status == Deal.Status.WON

    def test_does_not_touch_a_deal_whose_goods_came_back(self, inside):
        take_deals(inside, WON)
        deal = Deal.objects.get()
        back = [(deal.lines.get(), 1)]
        services.return_lines(deal=deal, items=back, returned_on=date(2026, 2, 10), reason="broken", by=inside.amir.user)
        done = take_deals(inside, WON.replace(",900,", ",1000,"))
        assert refusals(done) == {2: ["Goods of this deal have come back; change it on its own page."]}

    def test_that_repeats_another_one_is_taken_once(self, inside):
        done = take_deals(inside, WON + "\n" + WON.splitlines()[1])
        assert counts(done) == (1, 0, 0, 1)
        assert Deal.objects.get().amount == 900


class TestProductsOfAFile:
    def test_come_with_their_line_and_an_unknown_cost_is_said(self, inside):
        done = take("PRODUCTS", "product,series,sales_price\nTap,Taps,80", by=inside.amir.user)
        tap = Product.objects.get(name="Tap")
        assert (tap.code, tap.line.name, tap.list_price, tap.cost) == ("Tap", "Taps", Decimal(80), Decimal(0))
        assert [said for _row, said in guesses(done)] == [
            "The product line Taps is new.",
            "The cost is not known: 0 is taken, so the gross profit equals the revenue.",
        ]

    def test_change_by_code_and_stay_when_nothing_differs(self, inside):
        file = "product code,product,list price,cost\nV1,Valve,65,20"
        assert counts(take("PRODUCTS", file, by=inside.amir.user)) == (0, 1, 0, 0)
        assert counts(take("PRODUCTS", file, by=inside.amir.user)) == (0, 0, 1, 0)

    def test_another_line_moves_what_was_sold_to_it(self, inside):
        take_deals(inside, WON)
        take("PRODUCTS", "product code,product,line,list price\nP1,Pump XL,Large,500", by=inside.amir.user)
        large = ProductLine.objects.get(name="Large")
        moved = Credit.objects.filter(measure=Measure.REVENUE, product_line=large)
        assert sum(moved.values_list("amount", flat=True)) == 90000
