"""The sales analysis: rows that add up to the ledger, by every dimension; sight; files; hostile addresses."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from common.periods import Period, quarters_in
from customers.models import Channel
from deals.models import Deal, ProductLine
from reports.queries.sales import Dimension, Parts, sales
from targets.models import Attainment, Metric
from targets.queries.attainment import attainments
from teams.queries import sight_of
from tests.credits.stories import make_customer, make_deal, make_product, make_return
from tests.reports.conftest import roll_up

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
URL = "/lantern/sales/"


def sight(member):
    return sight_of(membership=member.membership, on=date(2026, 3, 20))


def rows(story, dimension, *, who="hana", periods=(QUARTER,), **about):
    return sales(dimension=dimension, periods=periods, sight=sight(getattr(story, who)), **about)


def company_row(story, code):
    metric, root = Metric.objects.get(code=code), story.root.pk
    return attainments(metric=metric, span="QUARTER", starts_on=QUARTER.starts_on, unit_ids=[root])[root]


@pytest.fixture
def trade(lantern):
    """
    January: Asha sells a lamp (100) and a shade (50) to Customer A, half of it Ben's; the shade comes back in March.

    March: Ada sells three lamps (300) through the fair, loses one deal; Ben wins one without lines (80).
    """
    asha, ada, ben = (getattr(lantern, name).person for name in ("asha", "ada", "ben"))
    lamps, shades = ProductLine.objects.create(name="Lamps"), ProductLine.objects.create(name="Shades")
    lamp, shade = make_product(lamps), make_product(shades)
    fair = Channel.objects.create(code="fair", name="Fair")
    customer = make_customer(owner=asha)
    shared = make_deal(
        asha,
        lines=[(lamp, 1, 100, 60), (shade, 1, 50, 20)],
        shares=[(asha, 60, False), (ben, 40, False), (ada, 10, True)],
        customer=customer,
        opened_on=date(2026, 1, 5),
        closed_on=date(2026, 1, 15),
    )
    make_return(shared.lines.get(product=shade), 1, date(2026, 3, 2))
    make_deal(ada, lines=[(lamp, 3, 100, 60)], channel=fair, opened_on=date(2026, 3, 1))
    make_deal(ada, status=Deal.Status.LOST, lines=[(lamp, 1, 100, 60)], channel=fair)
    make_deal(ben, amount=80, cost=30)
    roll_up()
    lantern.lamp, lantern.shade, lantern.lamps, lantern.shades, lantern.fair, lantern.customer = (
        lamp,
        shade,
        lamps,
        shades,
        fair,
        customer,
    )
    return lantern


class TestParts:
    def test_forms_ratios_from_sums_and_gives_none_without_a_denominator(self):
        both = Parts(100_00, 40_00, 1, 2, 10, 0) + Parts(300_00, 60_00, 3, 3, 2, 5_00)
        assert (both.win_rate, both.average_order, both.days_to_close, both.margin) == (80, 100, 3, 25)
        assert (both.lost, both.returned) == (1, 5_00)
        nothing = Parts()
        assert (nothing.win_rate, nothing.average_order, nothing.days_to_close, nothing.margin) == (None,) * 4


class TestSales:
    def test_by_person_as_the_leaderboard_has_it(self, trade):
        found = rows(trade, Dimension.PERSON)
        stored = attainments(
            metric=Metric.objects.get(code="revenue"),
            span=Attainment.Span.QUARTER,
            starts_on=QUARTER.starts_on,
            person_ids=[p.person.pk for p in (trade.asha, trade.ada, trade.ben)],
        )
        assert {key: parts.revenue for key, (parts,) in found.rows.items()} == {
            key: row.numerator for key, row in stored.items()
        }
        assert found.has_overlay
        [total] = found.totals
        assert company_row(trade, "revenue").numerator == total.revenue

    @pytest.mark.parametrize("code", ["revenue", "gross_profit", "deals_won", "average_order", "win_rate", "days_to_close"])
    def test_totals_are_the_companys_figures(self, trade, code):
        [total] = rows(trade, Dimension.TEAM).totals
        row = company_row(trade, code)
        key = {"gross_profit": "profit", "deals_won": "won"}.get(code, code)
        assert getattr(total, key) == row.value

    @pytest.mark.parametrize("dimension", [d for d in Dimension if d != Dimension.PERSON])
    def test_money_of_every_dimension_adds_up_to_the_total(self, trade, dimension):
        found = rows(trade, dimension, periods=tuple(quarters_in(YEAR)))
        for at in range(4):
            for part in ("revenue", "profit", "returned"):
                assert sum(getattr(parts[at], part) for parts in found.rows.values()) == getattr(found.totals[at], part)

    def test_by_team_takes_the_unit_of_the_day_and_leaves_overlay_out(self, trade):
        found = rows(trade, Dimension.TEAM).rows
        assert found[trade.one.pk][0].revenue == 300_00 + 60_00  # Ada's fair, Asha's 60 % of what did not come back
        assert found[trade.two.pk][0].revenue == 80_00 + 40_00

    def test_by_region_puts_teams_together(self, trade):
        found = rows(trade, Dimension.REGION)
        assert found.rows == {trade.east.pk: found.totals}

    def test_by_product_takes_a_return_off_its_own_product(self, trade):
        found = rows(trade, Dimension.PRODUCT).rows
        assert found[trade.lamp.pk][0] == Parts(400_00, 160_00, 2, 3, 12, 0)
        assert (found[trade.shade.pk][0].revenue, found[trade.shade.pk][0].returned) == (0, 50_00)
        assert found[None][0].revenue == 80_00

    def test_by_line_counts_a_deal_in_each_of_its_lines_but_once_in_the_total(self, trade):
        found = rows(trade, Dimension.LINE)
        assert (found.rows[trade.lamps.pk][0].won, found.rows[trade.shades.pk][0].won) == (2, 1)
        assert found.totals[0].won == 3

    def test_by_channel_and_customer(self, trade):
        assert rows(trade, Dimension.CHANNEL).rows[trade.fair.pk][0] == Parts(300_00, 120_00, 1, 2, 2, 0)
        assert rows(trade, Dimension.CUSTOMER).rows[trade.customer.pk][0].revenue == 100_00

    def test_puts_periods_side_by_side(self, trade):
        more = Period(date(2026, 2, 1), date(2026, 3, 1)), Period(date(2026, 1, 1), date(2026, 2, 1))
        found = rows(trade, Dimension.CUSTOMER, periods=more)
        assert [parts.revenue for parts in found.rows[trade.customer.pk]] == [0, 150_00]

    @pytest.mark.parametrize(
        ("who", "revenue"), [("asha", 60_00), ("bela", 360_00), ("boris", 120_00), ("dora", 480_00), ("amir", 480_00)]
    )
    def test_shows_a_member_what_was_credited_in_sight(self, trade, who, revenue):
        assert rows(trade, Dimension.CHANNEL, who=who).totals[0].revenue == revenue

    def test_narrows_to_a_unit(self, trade):
        found = rows(trade, Dimension.PERSON, unit=trade.two)
        assert set(found.rows) == {trade.ben.person.pk}

    def test_costs_one_statement(self, trade, django_assert_num_queries):
        of_hana = sight(trade.hana)
        with django_assert_num_queries(1):
            sales(dimension=Dimension.PRODUCT, periods=[QUARTER], sight=of_hana)


class TestPage:
    @pytest.mark.parametrize("by", list(Dimension.values))
    @pytest.mark.parametrize("more", ["", "&side=quarters", "&figure=revenue&side=quarters", "&figure=win_rate"])
    def test_every_choice_has_a_page(self, trade, as_, by, more):
        response = as_(trade.dora).get(f"{URL}?by={by}&period=2026{more}")
        assert response.status_code == 200
        assert response.context["page"].paginator.count >= 1

    def test_the_sum_row_is_formed_from_summed_parts(self, trade, as_):
        context = as_(trade.hana).get(URL, {"by": "team", "period": "2026-Q1"}).context
        totals = {name: text for name, text, _origin in context["totals"]}
        assert totals["Revenue"] == "¥480.00"
        assert totals["Win rate"] == "75.0%"
        assert totals["Average order"] == "¥160.00"
        assert totals["Days to close"] == "4.0"

    def test_sorts_by_any_figure_with_no_value_last(self, trade, as_):
        make_deal(trade.boris.person, status=Deal.Status.LOST)
        roll_up()
        client = as_(trade.hana)

        def names(sort):
            page = client.get(URL, {"by": "person", "period": "2026-Q1", "sort": sort}).context["page"]
            return [row.label.name for row in page]

        assert names("")[0] == "Ada"
        assert names("name") == ["Ada", "Asha", "Ben", "Boris"]
        assert names("-average_order")[-1] == names("average_order")[-1] == "Boris"

    def test_side_by_side_sorts_by_a_quarter(self, trade, as_):
        response = as_(trade.hana).get(URL, {"by": "person", "period": "2026", "side": "quarters", "sort": "-q1.revenue"})
        assert response.context["groups"] == [("Q1 2026", 5), ("Year 2026", 5)]

    def test_links_people_in_sight_only(self, trade, as_):
        page = as_(trade.asha).get(URL, {"by": "person", "period": "2026"}).context["page"]
        assert [(row.label.name, bool(row.label.url)) for row in page] == [("Asha", True)]

    def test_profit_is_for_those_who_see_cost(self, trade, as_):
        labels = [str(label) for label, _key in as_(trade.asha).get(URL).context["heads"]]
        assert "Gross profit" not in labels
        assert "Margin" not in labels
        assert as_(trade.asha).get(URL, {"figure": "margin"}).status_code == 404

    def test_offers_the_years_that_have_figures(self, trade, as_):
        make_deal(trade.asha.person, amount=5, closed_on=date(2024, 5, 5))
        make_deal(trade.asha.person, amount=5, closed_on=date(1990, 1, 1))
        roll_up()
        years = as_(trade.hana).get(URL).context["years"]
        assert [link.label for link in years][:3] == ["Year 2026", "Year 2025", "Year 2024"]

    def test_an_empty_period_says_so(self, trade, as_):
        assert "Nothing was closed" in as_(trade.hana).get(URL, {"period": "2025"}).content.decode()

    @pytest.mark.parametrize(
        "query",
        [
            "by=x",
            "by=%00",
            "period=2026-02-30",
            "period=2026-W54",
            "period=9999",
            "figure=x",
            "sort=x",
            "side=x",
            "unit=x",
            "unit=" + "9" * 40,
        ],
    )
    def test_hostile_parameters_are_not_found(self, trade, as_, query):
        client = as_(trade.dora)
        assert client.get(f"{URL}?{query}").status_code == 404
        assert client.get(f"{URL}?{query}&as=csv").status_code == 404

    def test_a_manager_cannot_narrow_to_another_team(self, trade, as_):
        assert as_(trade.bela).get(URL, {"unit": trade.two.pk}).status_code == 404

    def test_shows_nothing_of_a_rival(self, trade, as_):
        response = as_(trade.rex).get("/rival/sales/?period=2026")
        assert response.status_code == 200
        assert response.context["page"].paginator.count == 0

    def test_costs_the_same_for_more_rows(self, trade, as_, django_assert_max_num_queries):
        client = as_(trade.hana)
        query = {"by": "customer", "period": "2026"}
        client.get(URL, query)
        with django_assert_max_num_queries(30) as before:
            client.get(URL, query)
        for _n in range(5):
            make_deal(trade.ada.person, amount=10, customer=make_customer())
        roll_up()
        with django_assert_max_num_queries(len(before)):
            client.get(URL, query)


class TestExport:
    def test_has_the_pages_rows_and_total_with_every_figure(self, trade, as_):
        response = as_(trade.hana).get(URL, {"by": "team", "period": "2026", "side": "quarters", "as": "xlsx"})
        table = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()
        assert table[0][:4] == ["Name", "Note", "Period", "Revenue"]
        assert [row[:4] for row in table[1:]] == [
            ["Team One", "Bela", "Q1 2026", 360.0],
            ["Team Two", "Boris", "Q1 2026", 120.0],
            ["Total", "", "Q1 2026", 480.0],
        ]
        assert table[0][-3:] == ["Gross profit", "Margin", "Where it comes from"]

    def test_as_text_guards_names_that_begin_like_a_formula(self, trade, as_):
        Channel.objects.filter(pk=trade.fair.pk).update(name="=cmd()")
        response = as_(trade.hana).get(URL, {"by": "channel", "period": "2026", "as": "csv"})
        assert "'=cmd()" in response.content.decode("utf-8-sig")
        assert Decimal("300.00") in [_amount(line) for line in response.content.decode("utf-8-sig").splitlines()[1:]]

    def test_is_for_those_who_may_export(self, trade, as_):
        assert as_(trade.asha).get(URL, {"as": "csv"}).status_code == 403
        assert as_(trade.bela).get(URL, {"as": "csv"}).status_code == 200
        assert as_(trade.bela).get(URL, {"as": "pdf"}).status_code == 404


def _amount(line):
    return Decimal(line.split(",")[3])
