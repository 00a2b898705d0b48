"""
A data set that nobody here made, brought in by the commands alone and counted again by other means.

It lies beside the project, not in it: see docs/importing.md for where it comes from.
"""

import os
import re
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Sum

from accounts.services import found_company
from common.tenancy import company_scope
from credits.models import Credit
from credits.rules import Measure
from customers.models import Customer
from deals.models import Deal, DealLine, Instalment, Product
from deals.rules import Line
from deals.services import log_deal
from exchange.models import Import
from targets import rollups
from targets.models import Attainment
from teams.models import Assignment, Person, Unit

FOLDER = Path(os.environ.get("CRM_SALES_OPPORTUNITIES") or settings.BASE_DIR.parent / "shared/data/crm-sales-opportunities")
MAPPING = settings.BASE_DIR / "exchange/mappings/crm_sales_opportunities.json"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the data set is not at hand: {FOLDER}")


@pytest.fixture
def company(db):
    return found_company(name="Hardware", slug="hardware", admin_name="Mia", admin_email="mia@example.com", by=None)


def import_all():
    out = StringIO()
    call_command("import_folder", FOLDER, company="hardware", mapping=MAPPING, stdout=out)
    return out.getvalue()


@pytest.fixture
def opportunities():
    """The opportunities as pandas reads them, with the manager and region of their agent."""
    deals = pd.read_csv(FOLDER / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    deals = deals.merge(pd.read_csv(FOLDER / "sales_teams.csv"), on="sales_agent", how="left", validate="many_to_one")
    assert len(deals) == 8800
    deals["quarter"] = deals.close_date.dt.to_period("Q").dt.start_time.dt.date
    deals["days"] = (deals.close_date - deals.engage_date).dt.days
    return deals


def expected(opportunities, by):
    """Return {(key, first day of the quarter, metric): (numerator, denominator)}."""
    found = {}
    for (key, quarter), rows in opportunities[opportunities.close_date.notna()].groupby([by, "quarter"]):
        won = rows[rows.deal_stage == "Won"]
        value = int(won.close_value.sum() * 100)
        figures = {
            "revenue": (value, None),
            "deals_won": (len(won), None),
            "win_rate": (len(won), len(rows)),
            "average_order": (value, len(won)),
            "days_to_close": (int(won.days.sum()), len(won)),
        }
        found |= {(key, quarter, metric): figure for metric, figure in figures.items()}
    return found


def shown(**about):
    """Return what the product shows, in the shape of `expected`."""
    name = "person__name" if about.pop("of") == "person" else "unit__name"
    rows = Attainment.objects.filter(span=Attainment.Span.QUARTER, **about).exclude(**{name: None})
    codes = ["revenue", "deals_won", "win_rate", "average_order", "days_to_close"]
    values = rows.filter(metric__code__in=codes).values_list(name, "starts_on", "metric__code", "numerator", "denominator")
    return {(key, quarter, code): (numerator, below) for key, quarter, code, numerator, below in values if numerator or below}


def test_every_row_is_accounted_for_and_every_figure_is_what_pandas_says(company, opportunities):
    told = import_all()
    with company_scope(company):
        accounts = {done.file_name: done.counts for done in Import.objects.all()}
        assert {name: (c["rows"], c["created"], c["rejected"], c["guessed"]) for name, c in accounts.items()} == {
            "sales_teams.csv": (35, 35, 0, 35),
            "products.csv": (7, 7, 0, 7),
            "accounts.csv": (85, 85, 0, 13),
            "sales_pipeline.csv": (8800, 8800, 0, 3236),
        }
        assert "1,480 × Product: The product “GTXPro” is taken as GTX Pro." in told
        assert "1,425 × Customer: No customer is named: taken without one." in told
        assert "12 × Industry: “technolgy” is taken as “technology”" in told
        assert "7 × Cost: The cost is not known: 0 is taken" in told

        # What the file says of each deal is what is stored.
        assert Deal.objects.filter(customer=None).count() == opportunities.account.isna().sum() == 1425
        assert Deal.objects.filter(opened_on=None).count() == 500
        assert DealLine.objects.filter(product__name="GTX Pro").count() == (opportunities["product"] == "GTXPro").sum() == 1480
        assert dict(Deal.objects.values_list("number", "amount").filter(status="WON")) == {
            row.opportunity_id: row.close_value for row in opportunities[opportunities.deal_stage == "Won"].itertuples()
        }
        assert Customer.objects.exclude(parent=None).count() == 15
        assert not Instalment.objects.exists()

        # The ledger adds up to the file.
        won = opportunities[opportunities.deal_stage == "Won"]
        revenue = Credit.objects.filter(measure=Measure.REVENUE)
        assert revenue.count() == len(won) == 4238
        assert revenue.aggregate(total=Sum("amount"))["total"] == won.close_value.sum() * 100 == 1_000_553_400

        rollups.refresh_everything()
        by_agent, by_region = expected(opportunities, "sales_agent"), expected(opportunities, "regional_office")
        by_manager = {(f"Team {key}", *rest): figure for (key, *rest), figure in expected(opportunities, "manager").items()}
        opportunities["everybody"] = "Hardware"
        assert shown(of="person", person__isnull=False) == by_agent
        assert shown(of="unit", unit__kind=Unit.Kind.TEAM) == by_manager
        assert shown(of="unit", unit__kind=Unit.Kind.REGION) == by_region
        assert shown(of="unit", unit__kind=Unit.Kind.COMPANY) == expected(opportunities, "everybody")


def test_a_quarter_is_closed_and_a_deal_that_comes_late_counts_in_the_next(company, opportunities):
    import_all()
    close, told = (StringIO() for _number in range(2))
    call_command("close_period", company="hardware", until="2017-03-31", stdout=close)
    first = opportunities[opportunities.close_date < "2017-04-01"]
    with company_scope(company):
        before = shown(of="person", starts_on=date(2017, 1, 1), person__isnull=False)
        assert before == {key: figure for key, figure in expected(first, "sales_agent").items() if any(figure)}
        agent = first[first.deal_stage == "Won"].sales_agent.iloc[0]
        person = Person.objects.get(name=agent)
        product = Product.objects.get(name="GTX Basic")
        log_deal(customer=None, owner=person, lines=[Line(product, 1, Decimal("0.01"))], closed_on=date(2017, 3, 30), by=None)
        rollups.refresh_dirty()

        after = shown(of="person", starts_on=date(2017, 1, 1), person__isnull=False)
        assert after == before
        by_agent = expected(opportunities, "sales_agent")
        second = date(2017, 4, 1)
        won = {"revenue": (1, 0), "deals_won": (1, 0), "win_rate": (1, 1), "average_order": (1, 1), "days_to_close": (0, 1)}
        for code, (more, below) in won.items():
            numerator, denominator = by_agent[agent, second, code]
            by_agent[agent, second, code] = numerator + more, None if denominator is None else denominator + below
        assert shown(of="person", person__isnull=False) == by_agent
        assert Credit.objects.filter(measure=Measure.REVENUE).restated().get().amount == 1

    call_command("reconcile", company="hardware", stdout=told)
    assert re.search(r"2017-03-01 to 2017-03-31\s+unchanged since closing", told.getvalue())


def test_the_organisation_follows_the_teams_file_and_a_second_import_changes_nothing(company):
    import_all()
    teams = pd.read_csv(FOLDER / "sales_teams.csv")
    with company_scope(company):
        placed = Assignment.objects.filter(role="REP").values_list("person__name", "unit__name", "unit__parent__name")
        assert sorted(placed) == sorted((r.sales_agent, f"Team {r.manager}", r.regional_office) for r in teams.itertuples())
        led = Assignment.objects.filter(role="MANAGER").values_list("unit__name", "person__name")
        assert dict(led) == {f"Team {manager}": manager for manager in teams.manager.unique()}
        posted = Credit.objects.count()
    told = import_all()
    assert told.count("  0 added + 0 changed + ") == 4
    assert "0 added + 0 changed + 8,800 unchanged + 0 not taken = 8,800" in told
    with company_scope(company):
        assert Credit.objects.count() == posted
