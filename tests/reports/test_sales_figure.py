"""Every figure of the sales analysis opens to the credits that it adds up, by every dimension and for whoever looks."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from common.periods import Period
from credits.queries.lens import PLAIN
from deals.models import DealShare
from reports.queries.sales import Dimension, sales
from reports.queries.sales_figure import MADE_OF, SalesFigure
from reports.views.sales import FIGURES
from teams.services import move_unit
from tests.credits.stories import make_customer, make_deal, make_product
from tests.reports.conftest import roll_up
from tests.reports.test_sales import QUARTER, URL, sight, trade  # noqa: F401 (a fixture)

MARCH_16 = date(2026, 3, 16)


@pytest.fixture
def story(trade):  # noqa: F811
    """The trade; besides two products of one line in thirds of a cent, a deal of nobody, and Team One moving to West on 16 March."""
    lamp = make_product(trade.lamps)
    lines = [(trade.lamp, 1, Decimal("0.01"), 0), (lamp, 2, Decimal("0.01"), 0)]
    shared = [(trade.asha.person, 50, False), (trade.ben.person, 50, False)]
    make_deal(trade.asha.person, lines=lines, shares=shared, closed_on=MARCH_16, customer=make_customer(owner=trade.ben.person))
    make_deal(None, amount=5, closed_on=MARCH_16)
    move_unit(unit=trade.one, parent=trade.west, from_day=MARCH_16, today=date(2026, 3, 20), by=None)
    roll_up()
    return trade


def figure_of(story, column, *, who="hana", dimension=Dimension.CHANNEL, key=None, is_total=False, period=QUARTER, **about):
    given = {"unit": None, "lens": PLAIN} | about
    return SalesFigure(
        column=column,
        dimension=dimension,
        key=key,
        is_total=is_total,
        period=period,
        sight=sight(getattr(story, who)),
        **given,
    )


class TestSalesFigure:
    @pytest.mark.parametrize("who", ["bela", "hana"])
    @pytest.mark.parametrize("dimension", list(Dimension))
    def test_is_the_cell_and_its_leaves_add_up_to_it(self, story, who, dimension):
        for period in (QUARTER, Period(date(2026, 3, 10), date(2026, 3, 20))):
            found = sales(dimension=dimension, periods=[period], sight=sight(getattr(story, who)))
            cells = [(key, False, parts) for key, (parts,) in found.rows.items()] + [(None, True, found.totals[0])]
            for key, is_total, parts in cells:
                for column in FIGURES:
                    figure = figure_of(
                        story, column.key, who=who, dimension=dimension, key=key, is_total=is_total, period=period
                    )
                    assert column.of(figure.as_parts) == column.of(parts), (key, column.key)
                    for part in figure.parts:
                        leaves = figure.rows(part, limit=1000, offset=0)
                        assert len(leaves) == part.count
                        assert round(sum(_minor(row, part) for row in leaves)) == part.amount

    def test_every_column_says_what_it_is_made_of(self):
        assert MADE_OF.keys() == {figure.key for figure in FIGURES}

    def test_lists_page_by_page_the_latest_first(self, story):
        figure = figure_of(story, "revenue", is_total=True)
        (part,) = figure.parts
        pages = [figure.rows(part, limit=2, offset=offset) for offset in range(0, part.count, 2)]
        days = [row.counts_on for rows in pages for row in rows]
        assert len(days) == part.count > 4
        assert days == sorted(days, reverse=True)

    def test_regions_are_those_of_the_day(self, story):
        found = sales(dimension=Dimension.REGION, periods=[QUARTER], sight=sight(story.hana))
        revenue = {key: parts.revenue for key, (parts,) in found.rows.items()}
        assert revenue == {story.east.pk: 480_01, story.west.pk: 2, None: 5_00}

    def test_a_unit_is_narrowed_to_as_the_tree_was(self, story):
        for unit, revenue in ((story.root, 485_03), (story.east, 480_01), (story.west, 2), (story.one, 360_02)):
            found = sales(dimension=Dimension.CHANNEL, periods=[QUARTER], sight=sight(story.hana), unit=unit)
            assert found.totals[0].revenue == revenue, unit
            (part,) = figure_of(story, "revenue", is_total=True, unit=unit).parts
            assert part.amount == revenue


class TestPage:
    def test_every_cell_opens_for_whoever_sees_it(self, story, as_):
        for who, by, side in (
            ("asha", "product", ""),
            ("bela", "customer", "quarters"),
            ("hana", "person", ""),
            ("dora", "region", ""),
        ):
            client = as_(getattr(story, who))
            context = client.get(URL, {"by": by, "period": "2026", "side": side}).context
            cells = [cell for row in context["page"] for cell in row.cells] + list(context["totals"])
            for _label, text, origin in cells:
                response = client.get(origin)
                assert (response.status_code, str(response.context["value"])) == (200, text), origin

    def test_links_only_what_the_member_may_open(self, story, as_):
        """Ben's customer bought from Asha and Ben: Bela sees Asha's part; Boris the whole deal, the customer and his part."""
        for who in (story.bela, story.boris, story.hana, story.asha):
            client = as_(who)
            html = client.get("/lantern/sales/figure/?by=channel&key=all&period=2026").content.decode()
            links = {word.split('"')[0] for word in html.split('href="')[1:]}
            for link in links:
                if "/deals/" in link or "/customers/" in link:
                    assert client.get(link).status_code == 200, link

    def test_says_of_what_is_out_of_sight_the_sum_and_no_name(self, story, as_):
        """Asha's team had the deal, which is now of somebody whom Bela does not see."""
        deal = make_deal(story.asha.person, amount=33, customer=make_customer(owner=story.ben.person))
        roll_up()
        type(deal).objects.filter(pk=deal.pk).update(owner=story.ben.person)
        DealShare.objects.filter(deal=deal).delete()
        response = as_(story.bela).get("/lantern/sales/figure/?by=channel&key=all&period=2026-03")
        html = response.content.decode()
        assert f"/lantern/deals/{deal.pk}/" not in html
        assert (deal.customer.name in html, "¥33.00" in html, "out of your sight" in html) == (False, True, True)

    def test_a_customer_is_not_named_by_a_number_in_the_address(self, story, as_):
        stranger = make_customer(owner=story.ben.person)
        response = as_(story.asha).get("/lantern/sales/figure/", {"by": "customer", "key": stranger.pk, "period": "2026"})
        assert response.status_code == 200
        assert stranger.name not in response.content.decode()

    def test_keeps_what_the_analysis_was_narrowed_by(self, story, as_):
        query = {"by": "channel", "period": "2026-Q1", "unit": story.east.pk, "as_of": "2026-03-10"}
        context = as_(story.hana).get(URL, query).context
        (origin,) = {origin for name, _text, origin in context["totals"] if name == "Revenue"}
        asked = parse_qs(urlsplit(origin).query)
        assert {key: asked[key] for key in query} == {key: [str(value)] for key, value in query.items()}

    @pytest.mark.parametrize(
        "query", ["key=x", "key=" + "9" * 30, "by=x", "figure=x", "unit=x", "key=1%00", "by=team&key=99999999"]
    )
    def test_hostile_parameters_are_not_found(self, story, as_, query):
        assert as_(story.hana).get(f"/lantern/sales/figure/?{query}").status_code == 404

    def test_cost_is_for_those_who_see_it(self, story, as_):
        for column in ("profit", "margin"):
            assert as_(story.asha).get(f"/lantern/sales/figure/?figure={column}").status_code == 404
            assert as_(story.bela).get(f"/lantern/sales/figure/?figure={column}").status_code == 200


def _minor(row, part):
    return row.amount * 10**part.scale if isinstance(row.amount, Decimal) else row.amount
