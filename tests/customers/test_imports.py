from common.tenancy import company_scope
from customers.models import Channel, Customer
from tests.exchange.importing import counts, guesses, refusals, take


def take_customers(cast, content, **asked):
    return take("CUSTOMERS", content, by=cast.amir.user, **asked)


class TestCustomersOfAFile:
    def test_come_with_owner_channel_and_a_parent_further_down(self, lantern):
        done = take_customers(
            lantern,
            """客户名称,负责人,渠道,客户分级,母公司,账期
            Blue Tap,E-asha,小区,A级,Northwind,45
            Northwind,Ada,小区,,,""",
        )
        assert counts(done) == (2, 0, 0, 0)
        tap = Customer.objects.get(name="Blue Tap")
        assert (tap.parent.name, tap.owner, tap.grade, tap.credit_days) == ("Northwind", lantern.asha.person, "A", 45)
        assert tap.name_key == "bluetap"
        assert Channel.objects.get().name == "小区"

    def test_stay_as_they_are_when_the_file_comes_again(self, lantern):
        file = "name,subsidiary of,phone number\nBlue Tap,Northwind,13800138000\nNorthwind,,"
        assert counts(take_customers(lantern, file)) == (2, 0, 0, 0)
        assert counts(take_customers(lantern, file)) == (0, 0, 2, 0)

    def test_are_known_by_their_reference_even_under_another_name(self, lantern):
        take_customers(lantern, "customer number,name\nC1,Blue Tap")
        assert counts(take_customers(lantern, "customer number,name\nC1,Blue Tap Ltd.")) == (0, 1, 0, 0)
        assert Customer.objects.get().name == "Blue Tap Ltd."

    def test_of_one_name_under_two_references_are_two(self, lantern):
        assert counts(take_customers(lantern, "customer number,name\nC1,Blue Tap\nC2,Blue Tap")) == (2, 0, 0, 0)

    def test_a_chain_of_new_parents_is_written_from_the_top(self, lantern):
        take_customers(lantern, "name,subsidiary of\nC,B\nB,A\nA,")
        assert Customer.objects.get(name="C").parent.parent.name == "A"

    def test_parents_in_a_ring_are_left_out_where_the_ring_closes(self, lantern):
        done = take_customers(lantern, "name,subsidiary of\nA,B\nB,C\nC,A\nD,D")
        assert counts(done) == (4, 0, 0, 0)
        assert [row for row, _said in guesses(done)] == [4, 5]
        assert Customer.objects.filter(parent=None).count() == 2

    def test_an_unknown_parent_is_left_out_and_said(self, lantern):
        done = take_customers(lantern, "name,subsidiary of\nA,Nobody Inc.")
        assert guesses(done) == [(2, "The parent Nobody Inc. is neither in the file nor a customer: left out.")]

    def test_an_unknown_owner_refuses_the_row_and_hints(self, lantern):
        done = take_customers(lantern, "name,owner\nA,Chandracanary\nB,E-ashaa")
        assert counts(done) == (0, 0, 0, 2)
        assert refusals(done)[2] == ["Nobody is called Chandracanary."]
        assert refusals(done)[3] == ["Nobody is called E-ashaa. Did you mean: E-asha?"]

    def test_a_formula_in_a_name_stays_text(self, lantern):
        take_customers(lantern, "name\n\"=cmd|' /C calc'!A0\"")
        assert Customer.objects.get().name == "=cmd|' /C calc'!A0"

    def test_of_another_company_are_not_found(self, lantern, cast):
        with company_scope(cast.rival):
            Customer.objects.create(name="Blue Tap")
        assert counts(take_customers(lantern, "name\nBlue Tap")) == (1, 0, 0, 0)
