from datetime import date

import pytest
from django.core.management import CommandError, call_command

from credits import rollups, services
from credits.models import Credit
from credits.queries.reconciliation import reconcile
from deals.models import Deal
from tests.credits.stories import MARCH_3, make_customer, make_deal, make_payment, make_product, make_return, make_visit

MAY_1 = date(2026, 5, 1)


@pytest.fixture
def facts(lantern):
    """A little of everything."""
    asha, ada, product = lantern.asha.person, lantern.ada.person, make_product()
    shared = [(asha, "33.33", False), (ada, "66.67", False), (lantern.dora.person, 10, True)]
    full = make_deal(
        asha, lines=[(product, 3, "9.99", "3.33")], shares=shared, customer=make_customer(), opened_on=date(2026, 1, 1)
    )
    make_return(full.lines.get(), 3, MAY_1)
    partly = make_deal(
        asha, lines=[(product, 3, "9.99", "3.33")], shares=shared, customer=make_customer(), opened_on=date(2026, 1, 9)
    )
    make_return(partly.lines.get(), 1, MAY_1, amount="5.00")
    make_payment(partly, "7.77", MAY_1)
    make_payment(partly, "1.11", MAY_1, is_cancelled=True)
    make_deal(None, amount=40, cost=50)
    make_deal(ada, status=Deal.Status.LOST)
    make_deal(ada, amount=70, status=Deal.Status.CANCELLED)
    make_visit(asha, make_customer())
    make_visit(asha, make_customer(), is_valid=False, invalid_reason="TOO_SHORT")


class TestReconcile:
    def test_finds_the_same_in_facts_ledger_and_totals(self, facts):
        services.post_all()
        rollups.refresh_daily_totals()
        rows = {row.measure: row for row in reconcile()}
        assert all(row.is_exact and row.is_rolled_up for row in rows.values()), rows
        assert {measure: row.facts for measure, row in rows.items() if row.facts} == {
            "REVENUE": 2997 - 500 + 4000,
            "GROSS_PROFIT": 2997 - 500 - (999 - 333) - 1000,
            "CASH_COLLECTED": 777,
            "DEALS_WON": 2,
            "DEALS_CLOSED": 3,
            "DAYS_TO_CLOSE": (MARCH_3 - date(2026, 1, 9)).days,
            "UNITS_SOLD": 2,
            "NEW_CUSTOMERS": 1,
            "VISITS": 1,
            "ACTIVE_CUSTOMERS": 1,
        }
        assert rows["REVENUE"].uncredited == 4000

    def test_names_what_was_not_posted(self, facts):
        assert {row.measure: row.difference for row in reconcile()}["REVENUE"] == -(2997 - 500 + 4000)

    def test_names_what_was_posted_twice(self, facts, lantern):
        services.post_all()
        again = {"day": MARCH_3, "counts_on": MARCH_3, "measure": "VISITS", "source": "VISIT", "source_id": 1}
        Credit.objects.create(person=lantern.asha.person, unit=lantern.one, amount=1, **again)
        assert [row.measure for row in reconcile() if not row.is_exact] == ["VISITS"]


class TestTheCommand:
    def test_says_that_all_is_well(self, facts, lantern, capsys):
        services.post_all()
        call_command("reconcile", company="lantern")
        assert "REVENUE" in capsys.readouterr().out

    def test_fails_on_a_difference(self, facts):
        with pytest.raises(CommandError, match="lantern"):
            call_command("reconcile")

    def test_refuses_a_company_that_does_not_exist(self, facts):
        with pytest.raises(CommandError, match="nowhere"):
            call_command("reconcile", company="nowhere")
