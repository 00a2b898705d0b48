"""Printed examples typed into the forms of a plan, published, calculated, and read on the statement."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from common.tenancy import company_scope
from credits import services as credits
from customers.models import Customer
from deals.models import ProductLine
from incentives.models import Component, PayPlanVersion, Statement, StatementLine
from incentives.queries.metric_names import metric_names
from incentives.rules import telling
from incentives.rules.terms import Status
from incentives.services import plans
from incentives.services.components import draft_of
from targets.models import Attainment, Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_payment, make_product
from tests.incentives.paying import APRIL, MARCH, pay, sell
from tests.signing_in import BACKEND

MARCH_4 = date(2026, 3, 4)
ASKED = {"base": "PERIOD", "span": "MONTH", "chosen_by": "AMOUNT", "steps_read": "FLAT", "pays": "RATE", "whose": "OWN"}


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(client, lantern, time_machine):
    """Type a plan of the reps: components as (kind, fields, {table: rows}); publish it."""
    time_machine.move_to(datetime(2026, 2, 20, 2, tzinfo=UTC), tick=False)
    client.force_login(lantern.hana.user, backend=BACKEND)

    def typed(*components, units=()):
        version = plans.start_plan(name="Printed", starts_on=MARCH.starts_on, by=lantern.hana.user).versions.get()
        plans.set_people(version=version, starts_on=MARCH.starts_on, roles=["REP"], units=units, by=lantern.hana.user)
        for kind, fields, tables in components:
            answer = client.post(f"/lantern/pay/plans/drafts/{version.pk}/add/{kind}/", ASKED | fields | rows_of(tables))
            assert answer.status_code == 302, answer.content.decode()
        assert client.post(f"/lantern/pay/plans/drafts/{version.pk}/publish/", {}).status_code == 302
        assert PayPlanVersion.objects.get(pk=version.pk).status == "PUBLISHED"
        time_machine.move_to(datetime(2026, 4, 2, 2, tzinfo=UTC), tick=False)

    return typed


def rows_of(tables):
    """Return tables of (from, value) rows as the form sends them."""
    body = {}
    for use in ("RATE", "CURVE", "GATE", "DECAY"):
        rows = tables.get(use, ())
        body |= {f"{use}-TOTAL_FORMS": len(rows) or 1, f"{use}-INITIAL_FORMS": 0}
        for at, (start, value) in enumerate(rows):
            body |= {f"{use}-{at}-start": start, f"{use}-{at}-value": value}
    return body


def metric(code):
    return Metric.objects.get(code=code)


def paid(lantern, member, month=MARCH, now=None):
    """Return somebody's pay of a month in whole currency, and the arithmetic of the first line."""
    refresh_everything()
    given = {"now": now} if now else {}
    found = pay(month, by=lantern.hana.user, **given)[member.person.pk]
    first = StatementLine.objects.filter(statement=found).order_by("position").first()
    return Decimal(found.total) / 100, telling.tell(first.facts, metric_names([first.facts]))


def test_hosts_of_live_sales(lantern, plan):
    # 5 % of 10,000, 8 % of 40,000, 12 % of 30,000: 500 + 3,200 + 3,600 = 7,300.
    table = {"RATE": [("0", "5"), ("1万", "8"), ("5万", "12%")]}
    plan(("commission", {"measure": "REVENUE", "steps_read": "MARGINAL"}, table))
    sell(lantern.asha.person, 80_000)
    total, told = paid(lantern, lantern.asha)
    assert (total, told[0]) == (7_300, "10,000 × 5 % + 40,000 × 8 % + 30,000 × 12 % = 7,300")


@pytest.mark.parametrize(
    ("cost", "times", "total"), [(60, 125, 112_500), (75, 115, 103_500), (92, 75, 67_500), (97, 50, 45_000)]
)
def test_a_commission_with_a_modifier_by_gross_margin(lantern, plan, cost, times, total):
    # A consultant's conference talk: 2 % up to 3 million, 3 % above, times 125, 115, 100, 75 or 50 % by the margin.
    margin = Metric.objects.create(
        code="margin", name="Gross margin", name_en="Gross margin", kind="PERCENT", numerator="GROSS_PROFIT",
        denominator="REVENUE", position=90,
    )  # fmt: skip
    modifier = [("0", "50"), ("5", "75"), ("10", "100"), ("20", "115"), ("30", "125")]
    rates = {"RATE": [("0", "2"), ("3000000", "3")], "GATE": modifier}
    plan(("commission", {"measure": "REVENUE", "steps_read": "MARGINAL", "gate_metric": margin.pk}, rates))
    sell(lantern.asha.person, 0, lines=[(make_product(), 1, Decimal(4_000_000), Decimal(40_000) * cost)])
    found, told = paid(lantern, lantern.asha)
    assert found == total
    assert told[1].startswith(f"Multiplier Gross margin at {100 - cost} %: × {times} %")


@pytest.mark.parametrize(("signed", "rate"), [(400_000, 2), (800_000, 3), (1_200_000, 4)])
def test_cash_is_paid_at_the_rate_that_what_was_signed_has_reached(lantern, plan, signed, rate):
    # A Chinese scheme: paid on what comes in, 2, 3 or 4 % by what was signed in the month: below 500,000, below a million, above.
    rates = {"RATE": [("0", "2"), ("50万", "3"), ("100万", "4")]}
    fields = {"measure": "CASH_COLLECTED", "chosen_by": "VALUE", "metric": metric("revenue").pk}
    plan(("commission", fields, rates))
    deal = sell(lantern.asha.person, signed)
    payment = make_payment(deal, 300_000, MARCH_4)
    credits.post_payments([payment.pk])
    total, told = paid(lantern, lantern.asha)
    assert total == 3_000 * rate
    assert told == [f"Revenue: {signed:,}", f"300,000 × {rate} % = {3_000 * rate:,}"]


def test_the_base_rate_goes_back_to_the_first_deal_and_the_accelerator_does_not(lantern, plan):
    # A library of plans: quota 33,000; 10 % of everything from half of it, 20 % of what is above all of it: 3,300 + 1,400.
    revenue = {"measure": "REVENUE", "chosen_by": "ATTAINMENT", "metric": metric("revenue").pk}
    plan(
        ("commission", revenue, {"RATE": [("0", "5"), ("50", "10")]}),
        ("commission", revenue | {"steps_read": "MARGINAL", "name": "Above"}, {"RATE": [("0", "0"), ("100", "10")]}),
    )
    sell(lantern.asha.person, 40_000)
    refresh_everything()
    about = {"metric": metric("revenue"), "person": lantern.asha.person, "span": "MONTH", "starts_on": MARCH.starts_on}
    Attainment.objects.update_or_create(**about, defaults={"numerator": 40_000_00, "commit": 33_000_00})
    found = pay(by=lantern.hana.user)[lantern.asha.person.pk]
    assert list(found.lines.order_by("position").values_list("amount", flat=True)) == [4_000_00, 700_00]


@pytest.mark.parametrize("base", ["DEAL", "LINE"])
def test_each_deal_is_paid_by_its_own_margin(lantern, plan, base):
    # A distributor: 5 % of the gross profit below a margin of 20 %, 8 % from there, 10 % from 30 %; on the bound the higher one.
    rates = {"RATE": [("0", "5"), ("20", "8"), ("30", "10")]}
    plan(("commission", {"measure": "GROSS_PROFIT", "base": base, "chosen_by": "MARGIN"}, rates))
    for price, cost in ((100_000, 85_000), (50_000, 40_000), (50_000, "35000.50"), (20_000, 25_000)):
        sell(lantern.asha.person, 0, lines=[(make_product(), 1, Decimal(price), Decimal(cost))])
    # One without lines has its margin as a whole: 40 %.
    sell(lantern.asha.person, 43_750)
    total, told = paid(lantern, lantern.asha)
    # 5 % of 15,000 less the 5,000 that were lost; 8 % of 10,000 and of 14,999.50; 10 % of 17,500.
    assert (total, told) == (
        Decimal("4249.96"),
        ["2 each by itself: 10,000 × 5 % + 2 each by itself: 24,999.50 × 8 % + 1 by itself: 17,500 × 10 % = 4,249.96"],
    )


def test_a_pool_by_points_of_contribution(lantern, plan):
    # 10,000 for a team of two by 5 and 3 points: 6,250 and 3,750.
    points = metric("deals_won").pk
    fields = {"measure": "REVENUE", "sharing": "VALUE", "metric": points, "steps_read": "FLAT"}
    plan(("pool", fields, {"RATE": [("0", "10")]}), units=[lantern.one])
    for member, count, amount in ((lantern.asha, 5, 10_000), (lantern.ada, 3, Decimal(50_000) / 3)):
        for _deal in range(count):
            sell(member.person, round(Decimal(amount), 2))
    refresh_everything()
    found = pay(by=lantern.hana.user)
    shares = [found[member.person.pk].total for member in (lantern.asha, lantern.ada)]
    assert shares == [6_250_00, 3_750_00]


def test_a_recoverable_guarantee_of_two_months(lantern, plan):
    # A vendor's blog: guarantee 1,500; 500 earned, then 3,000, of which 1,000 are repaid.
    rate = ("commission", {"measure": "REVENUE"}, {"RATE": [("0", "10")]})
    plan(rate, ("draw", {"amount": "1500", "draw": "REC", "draw_months": ""}, {}))
    sell(lantern.asha.person, 5_000)
    sell(lantern.asha.person, 30_000, on=date(2026, 4, 7))
    assert paid(lantern, lantern.asha)[0] == 1_500
    Statement.objects.update(status=Status.PUBLISHED)
    # What may be deducted in a month has its limit; without a base pay a fifth of 3,000 goes now, the rest stays owed.
    assert paid(lantern, lantern.asha, APRIL, now=datetime(2026, 5, 2, tzinfo=UTC))[0] == 3_000 - 600
    assert Statement.objects.get(person=lantern.asha.person, starts_on=APRIL.starts_on).draw_balance == 400_00


@pytest.mark.parametrize(("reads", "expected"), [("FLAT", 6_600), ("MARGINAL", 4_100)])
def test_a_matrix_of_tier_by_all_that_was_sold_and_line(lantern, plan, reads, expected):
    # 120,000 in all: hardware 2 %, from 100,000 on 4 %; service 6 and 10 %. Marginal, a sixth of each lies above 100,000.
    lines = {name: ProductLine.objects.create(name=name) for name in ("Hardware", "Service")}
    cells = (("Hardware", "0", "2"), ("Hardware", "10万", "4"), ("Service", "0", "6"), ("Service", "10万", "10"))
    of_lines = {f"RATE-{at}-line": lines[name].pk for at, (name, _start, _value) in enumerate(cells)}
    fields = {"measure": "REVENUE", "chosen_by": "TOTAL", "steps_read": reads} | of_lines
    plan(("commission", fields, {"RATE": [(start, value) for _name, start, value in cells]}))
    sold = [(make_product(lines["Hardware"]), 1, 90_000, 1), (make_product(lines["Service"]), 1, 30_000, 1)]
    sell(lantern.asha.person, 0, lines=sold)
    total, told = paid(lantern, lantern.asha)
    assert (total, told[0]) == (expected, "Everything together: 120,000")
    if reads == "FLAT":
        assert told[1:3] == ["Hardware: 90,000 × 4 % = 3,600", "Service: 30,000 × 10 % = 3,000"]
    else:
        assert told[1:] == [
            "Hardware: 75,000 × 2 % + 15,000 × 4 % = 2,100", "Service: 25,000 × 6 % + 5,000 × 10 % = 2,000", "2,100 + 2,000 = 4,100",
        ]  # fmt: skip


@pytest.mark.parametrize(("sold", "total"), [(45, 0), (Decimal("45.90"), Decimal("4.68")), (100, Decimal("16.50"))])
def test_more_than_half_of_the_budget_pays_by_slices_from_the_beginning(lantern, plan, sold, total):
    # A forum, budget 90: up to 50 % nothing; beyond it 10 % of the first half, 20 % of the second, 30 % above: 4.5 + 9 + 3.
    revenue = metric("revenue")
    fields = {"measure": "REVENUE", "chosen_by": "ATTAINMENT", "metric": revenue.pk, "steps_read": "MARGINAL"}
    fields |= {"gate_metric": revenue.pk, "gate_by_attainment": "on"}
    plan(("commission", fields, {"RATE": [("0", "10"), ("50", "20"), ("100", "30")], "GATE": [("50.01", "100")]}))
    sell(lantern.asha.person, sold)
    refresh_everything()
    about = {"metric": revenue, "person": lantern.asha.person, "span": "MONTH", "starts_on": MARCH.starts_on}
    Attainment.objects.update_or_create(**about, defaults={"numerator": int(sold * 100), "commit": 90_00})
    assert Decimal(pay(by=lantern.hana.user)[lantern.asha.person.pk].total) / 100 == total


def test_a_team_shares_equally_a_rate_on_what_it_sold_above_its_quota(lantern, plan):
    # An exercise for programmers: 10 % of what 12,000 are more than 11,000, in equal parts.
    fields = {"measure": "REVENUE", "sharing": "EQUAL", "steps_read": "MARGINAL"}
    plan(("pool", fields, {"RATE": [("0", "0"), ("11000", "10")]}), units=[lantern.one])
    sell(lantern.asha.person, 7_500)
    sell(lantern.ada.person, 4_500)
    refresh_everything()
    found = pay(by=lantern.hana.user)
    assert [found[member.person.pk].total for member in (lantern.asha, lantern.ada)] == [50_00, 50_00]


@pytest.mark.parametrize(("amount", "total"), [(20_000, 1_600), (Decimal("20000.01"), 2_000)])
def test_a_bound_that_still_belongs_below_it_is_typed_a_cent_higher(lantern, plan, amount, total):
    # A course of programming: "more than 20,000 10 %, more than 10,000 8 %, else 5 %", of everything.
    plan(("commission", {"measure": "REVENUE"}, {"RATE": [("0", "5"), ("10000.01", "8"), ("20000.01", "10")]}))
    sell(lantern.asha.person, amount)
    assert paid(lantern, lantern.asha)[0] == total


def test_a_commission_that_two_share(lantern, plan):
    # A how-to: 15 % of 100,000, of which who led has 60 and who helped 40 parts: 9,000 and 6,000.
    plan(("commission", {"measure": "REVENUE"}, {"RATE": [("0", "15")]}))
    asha, ada = lantern.asha.person, lantern.ada.person
    sell(asha, 100_000, shares=[(asha, 60, False), (ada, 40, False)])
    refresh_everything()
    found = pay(by=lantern.hana.user)
    assert (found[asha.pk].total, found[ada.pk].total) == (9_000_00, 6_000_00)


@pytest.mark.parametrize(("cost", "deals", "rate"), [(85, 1, 4), (85, 3, 6), (60, 1, 7), (60, 3, 9)])
def test_a_table_of_two_dimensions_is_a_component_for_each_row_paid_inside_its_band(lantern, plan, cost, deals, rate):
    # Manuals have a rate by two measures; figures of our own: by the number of deals, and by a margin below or from 20 %.
    margin = Metric.objects.create(
        code="margin", name="Gross margin", name_en="Gross margin", kind="PERCENT", numerator="GROSS_PROFIT",
        denominator="REVENUE", position=90,
    )  # fmt: skip
    fields = {"measure": "REVENUE", "chosen_by": "VALUE", "metric": metric("deals_won").pk, "gate_metric": margin.pk}
    plan(
        ("commission", fields, {"RATE": [("0", "4"), ("2", "6")], "GATE": [("0", "100"), ("20", "0")]}),
        ("commission", fields | {"name": "Above"}, {"RATE": [("0", "7"), ("2", "9")], "GATE": [("20", "100")]}),
    )
    product = make_product()
    for _deal in range(deals):
        sell(lantern.asha.person, 0, lines=[(product, 1, Decimal(10_000), Decimal(100) * cost)])
    assert paid(lantern, lantern.asha)[0] == 100 * deals * rate


def test_a_customers_second_year(lantern, plan):
    # 10 % in the first year, 5 % in the second, 2 % after it.
    plan(("commission", {"measure": "REVENUE", "chosen_by": "AGE"}, {"RATE": [("0", "10"), ("12", "5"), ("24", "2")]}))
    customer = Customer.objects.create(name="Since last year")
    sell(lantern.ada.person, 100, on=date(2025, 1, 5), customer=customer)
    sell(lantern.asha.person, 30_000, customer=customer)
    total, told = paid(lantern, lantern.asha)
    assert (total, told) == (1_500, ["Customers from 1 year to below 2 years: 30,000 × 5 % = 1,500"])


def test_a_bonus_of_metrics_with_their_own_curves(lantern, plan):
    # Nothing below 80 %, in a line to 100 %, at most 120 %, weighs 60; won deals in steps of their number weigh 40.
    revenue, deals = metric("revenue"), metric("deals_won")
    parts = [(revenue, "60", "INTERPOLATED"), (deals, "40", "FLAT-VALUE")]
    scores = [
        (revenue, "80", "0"),
        (revenue, "100", "100"),
        (revenue, "120", "120"),
        (deals, "0", "0"),
        (deals, "1", "50"),
        (deals, "3", "100"),
    ]
    body = {
        "PART-TOTAL_FORMS": 2,
        "PART-INITIAL_FORMS": 0,
        "SCORE-TOTAL_FORMS": len(scores),
        "SCORE-INITIAL_FORMS": 0,
        "amount": "10000",
    }
    for at, (of, weight, counts) in enumerate(parts):
        body |= {f"PART-{at}-metric": of.pk, f"PART-{at}-weight": weight, f"PART-{at}-counts": counts}
    for at, (of, start, value) in enumerate(scores):
        body |= {f"SCORE-{at}-metric": of.pk, f"SCORE-{at}-start": start, f"SCORE-{at}-value": value}
    plan(("kpi", body, {}))
    sell(lantern.asha.person, 45_000)
    sell(lantern.asha.person, 45_000)
    refresh_everything()
    about = {"metric": revenue, "person": lantern.asha.person, "span": "MONTH", "starts_on": MARCH.starts_on}
    Attainment.objects.update_or_create(**about, defaults={"numerator": 90_000_00, "commit": 100_000_00})
    found = pay(by=lantern.hana.user)[lantern.asha.person.pk]
    # 90 % score 50, two deals 50.
    assert found.total == 5_000_00
    # Written anew it is still the same: nothing typed is lost between the form and the plan.
    component = Component.objects.get(kind="KPI")
    assert draft_of(component).parts_by_id == [(revenue.pk, 60, "INTERPOLATED", False), (deals.pk, 40, "FLAT", True)]
