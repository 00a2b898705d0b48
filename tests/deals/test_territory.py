"""A territory's sales, seen both ways: by who sold it, and by where the order lies."""

from datetime import date

import pytest

from accounts.models import AuditEntry
from common.tenancy import company_scope
from credits.models import Credit
from customers import services as customers
from deals import services as deals
from deals.rules import Line
from teams import services as teams
from tests.credits.stories import ledger, make_customer, make_product
from visits import services as visits

MARCH_3 = date(2026, 3, 3)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        yield cast


def win(cast, customer, owner, on=MARCH_3):
    return deals.log_deal(customer=customer, owner=owner, closed_on=on, lines=[Line(make_product(), 1, 100)], by=cast.bela.user)


class TestStampTerritories:
    def test_is_the_customers_and_else_where_the_owner_belongs_on_that_day(self, lantern):
        asha = lantern.asha.person
        far = win(lantern, make_customer(territory=lantern.two), asha)
        near = win(lantern, make_customer(), asha)
        assert (far.territory, near.territory) == (lantern.two, lantern.one)

    def test_stays_when_the_owner_moves_or_somebody_takes_over(self, lantern):
        asha = lantern.asha.person
        deal = win(lantern, make_customer(), asha)
        teams.transfer(person=asha, unit=lantern.west, role="REP", from_day=date(2026, 4, 1), by=None)
        deal = deals.change_deal(deal=deal, owner=lantern.ben.person, by=lantern.amir.user)
        assert deal.territory == lantern.one
        assert ledger("unit", "territory")[lantern.two.pk, lantern.one.pk] != 0

    def test_without_anybody_there_is_none(self, lantern):
        assert win(lantern, make_customer(), None).territory is None


class TestPostings:
    def test_hold_both_units(self, lantern):
        win(lantern, make_customer(territory=lantern.two), lantern.asha.person)
        found = Credit.objects.filter(measure="REVENUE").values_list("unit__name", "territory__name", "amount")
        assert list(found) == [("Team One", "Team Two", 100_00)]

    def test_a_corrected_territory_is_posted_as_the_difference_and_told(self, lantern):
        deal = win(lantern, make_customer(), lantern.asha.person)
        deals.change_deal(deal=deal, territory=lantern.two, by=lantern.amir.user)
        assert ledger("measure", "territory")["REVENUE", lantern.two.pk] == 100_00
        assert ("REVENUE", lantern.one.pk) not in ledger("measure", "territory")
        assert ledger("measure", "unit")["REVENUE", lantern.one.pk] == 100_00
        assert AuditEntry.objects.filter(action="deals.deal.changed").latest("pk").after == {"territory": "Team Two"}

    def test_visits_follow_their_customer(self, lantern):
        customer = make_customer()
        visits.log_visit(
            person=lantern.asha.person, customer=customer, visited_on=MARCH_3, today=MARCH_3, outcome="x", by=lantern.asha.user
        )
        assert ledger("measure", "territory") == {("VISITS", None): 1}
        customers.change_customer(customer=customer, territory=lantern.two, by=lantern.asha.user)
        assert ledger("measure", "territory") == {("VISITS", lantern.two.pk): 1}


class TestForms:
    def test_the_deals_page_names_it_and_who_may_edit_changes_it(self, cast, client):
        with company_scope(cast.lantern):
            deal = win(cast, make_customer(owner=cast.asha.person), cast.asha.person)
            customer_id = deal.customer_id
        client.force_login(cast.bela.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        given = {"customer": customer_id, "owner": cast.asha.person.pk, "opened_on": "2026-03-03", "territory": cast.two.pk}
        assert client.post(f"/lantern/deals/{deal.pk}/change/", given).status_code == 302
        assert "Team Two" in client.get(f"/lantern/deals/{deal.pk}/").content.decode()
        bad = client.post(f"/lantern/deals/{deal.pk}/change/", given | {"territory": cast.root.pk})
        assert bad.status_code == 422
