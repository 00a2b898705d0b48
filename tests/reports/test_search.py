"""The one search: what a member may see, and no more."""

from datetime import date

import pytest
from django.urls import set_script_prefix, set_urlconf
from django.utils import translation

from common.tenancy import company_scope
from reports.search import PER_GROUP, find
from teams.queries import sight_of
from tests.credits.stories import make_customer, make_deal

TODAY = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def inside(settings):
    set_urlconf(settings.COMPANY_URLCONF)
    set_script_prefix("/lantern/")
    with translation.override("en"):
        yield
    set_script_prefix("/")
    set_urlconf(None)


def found(cast, who, text):
    member = getattr(cast, who)
    sight = sight_of(membership=member.membership, on=TODAY)
    return {title: [hit.label for hit in hits] for title, hits in find(text, membership=member.membership, sight=sight)}


class TestFind:
    @pytest.mark.parametrize(("who", "names"), [("asha", ["Asha"]), ("bela", ["Ada", "Asha", "Bela"]), ("boris", [])])
    def test_finds_people_in_sight_by_a_part_of_the_name(self, lantern, who, names):
        assert [name for name in found(lantern, who, "a").get("People", []) if name != "Boris"] == names

    def test_finds_nobody_out_of_sight(self, lantern):
        assert "People" not in found(lantern, "asha", "Ben")
        assert found(lantern, "boris", "Ben")["People"] == ["Ben"]

    def test_finds_by_employee_number(self, lantern):
        assert found(lantern, "hana", "E-ada")["People"] == ["Ada"]

    def test_finds_customers_and_deals_of_people_in_sight(self, lantern):
        customer = make_customer(owner=lantern.asha.person)
        customer.name = "Blue Harbour"
        customer.save()
        deal = make_deal(lantern.asha.person, customer=customer)
        assert found(lantern, "bela", "harbour")["Customers"] == ["Blue Harbour"]
        assert found(lantern, "bela", deal.number)["Deals"] == [deal.number]
        assert found(lantern, "boris", "harbour") == found(lantern, "boris", deal.number) == {}

    def test_a_rivals_people_are_not_found(self, lantern):
        assert "People" not in found(lantern, "hana", "canary")
        with company_scope(lantern.rival):
            sight = sight_of(membership=lantern.rex.membership, on=TODAY)
            groups = dict(find("canary", membership=lantern.rex.membership, sight=sight))
        assert [hit.label for hit in groups["People"]] == ["Chandracanary"]

    def test_offers_pages_and_actions_that_are_open_to_the_role(self, lantern):
        assert "Audit trail" in found(lantern, "amir", "audit")["Pages"]
        assert found(lantern, "asha", "audit") == {}
        assert found(lantern, "asha", "log a")["Pages"] == ["Log a visit", "Log a deal"]

    def test_shows_only_pages_before_anything_was_typed(self, lantern):
        assert list(found(lantern, "asha", "")) == ["Pages"]

    @pytest.mark.parametrize("text", ["\x00", "%", "_", "'", "a" * 5000, "𠮷", "\\", "  "])
    def test_hostile_text_is_only_text(self, lantern, text):
        assert "People" not in found(lantern, "hana", f"zz{text}")

    def test_stops_at_a_few_of_each(self, lantern):
        for _n in range(PER_GROUP + 3):
            make_customer(owner=lantern.asha.person)
        assert len(found(lantern, "asha", "customer")["Customers"]) == PER_GROUP
