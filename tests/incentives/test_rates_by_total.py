"""A total that finds the step, and rates of each product line in it."""

from datetime import date
from fractions import Fraction

import pytest

from credits import services as credits
from deals.models import ProductLine
from incentives.models import StatementLine
from incentives.queries.foretell import Foretelling, Part, Sale
from incentives.rules import earning, telling
from incentives.rules.earning import Table
from incentives.rules.tables import slices_of
from incentives.rules.terms import ChosenBy, Kind, LineKind, Sharing, Steps, Whose
from tests.credits.stories import make_product, make_return
from tests.incentives.paying import make_component, make_version, pay, sell
from tests.incentives.reckoning import rows
from tests.incentives.test_pay_rules import steps
from tests.properties import given, st

MONEY = st.integers(-(10**7), 10**9)


class TestLaws:
    @given(steps(), st.lists(MONEY, min_size=1, max_size=6))
    def test_the_parts_of_all_lines_make_each_slice(self, table, bases):
        total = sum(bases)
        parts = {}
        for base in bases:
            told = earning.rate_whole(Table(table, Steps.MARGINAL, ChosenBy.TOTAL), base, chosen=total)
            for row, part in earning.sliced_as(table, base, total):
                parts[row] = parts.get(row, 0) + part
            assert told.facts["base"] == base
        assert {row: part for row, part in parts.items() if part} == dict(slices_of(table, total))

    @given(steps(), st.sampled_from(Steps), st.lists(MONEY, min_size=1, max_size=6))
    def test_lines_with_the_same_rates_earn_what_the_total_earns(self, table, reads, bases):
        together = earning.rate_whole(Table(table, reads), sum(bases)).amount
        lines = [earning.rate_whole(Table(table, reads, ChosenBy.TOTAL), base, chosen=sum(bases)).amount for base in bases]
        assert sum(lines) == together

    @given(steps(), st.sampled_from(Steps), st.integers(1, 10**9), MONEY)
    def test_a_line_that_came_back_whole_earns_nothing(self, table, reads, base, others):
        assert earning.rate_whole(Table(table, reads, ChosenBy.TOTAL), base - base, chosen=others).amount == 0

    @given(steps(), steps(), MONEY)
    def test_lines_that_cancel_out_have_the_first_rates(self, one, other, base):
        # On both sides of a total of nothing the first step holds, so it holds there too.
        both = ((one, base), (other, -base))
        earned = [
            earning.rate_whole(Table(table, Steps.MARGINAL, ChosenBy.TOTAL), each, chosen=0).amount for table, each in both
        ]
        assert sum(earned) == Fraction(base * (one[0].value - other[0].value), 100)

    def test_marginal_in_numbers(self):
        # 120,000 in all: 80,000 at the first rates, 40,000 at the second; pumps are a quarter of it, tiles the rest.
        pumps, tiles = rows((0, 3), (80_000, 5), scale=100), rows((0, 1), (80_000, 2), scale=100)
        earned = [
            earning.rate_whole(Table(table, Steps.MARGINAL, ChosenBy.TOTAL), base * 100, chosen=120_000_00).amount / 100
            for table, base in ((pumps, 30_000), (tiles, 90_000))
        ]
        assert earned == [20_000 * 3 // 100 + 10_000 * 5 // 100, 60_000 // 100 + 30_000 * 2 // 100]


@pytest.fixture
def matrix(lantern):
    """Make a matrix of tier and product line: below 100,000 in all 3 % on pumps and 1 % on all else, from there 5 % and 2 %."""
    pumps, tiles = (make_product(ProductLine.objects.create(name=name)) for name in ("Pumps", "Tiles"))

    def made(*, version=None, **terms):
        tiers = [(0, 100_000, 3, 1), (100_000, None, 5, 2)]
        steps = []
        for starts_at, ends_before, *values in tiers:
            for line, value in zip((pumps.line, None), values, strict=True):
                steps.append({"starts_at": starts_at, "ends_before": ends_before, "value": value, "product_line": line})
        return make_component(version or make_version(), *steps, chosen_by=ChosenBy.TOTAL, **terms)

    made.pumps, made.tiles = pumps, tiles
    return made


def _sold(person, *lines):
    return sell(person, 0, lines=[(product, 1, price, 1) for product, price in lines])


class TestAMatrix:
    @pytest.mark.parametrize(
        ("reads", "pumps", "tiles", "earned"),
        [
            (Steps.FLAT, 30_000, 60_000, 900 + 600),
            (Steps.FLAT, 30_000, 70_000, 1_500 + 1_400),  # on the bound the higher one
            (Steps.MARGINAL, 30_000, 90_000, 25_000 * 3 // 100 + 5_000 * 5 // 100 + 75_000 // 100 + 15_000 * 2 // 100),
        ],
    )
    def test_is_read_by_the_total_of_all_lines(self, lantern, matrix, reads, pumps, tiles, earned):  # noqa: PLR0917 - a table
        matrix(steps_read=reads)
        _sold(lantern.asha.person, (matrix.pumps, pumps), (matrix.tiles, tiles))
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == earned * 100

    def test_says_the_total_and_every_line(self, lantern, matrix):
        matrix()
        _sold(lantern.asha.person, (matrix.pumps, 40_000), (matrix.tiles, 80_000))
        pay(by=lantern.hana.user)
        line = StatementLine.objects.get(statement__person=lantern.asha.person, kind=LineKind.EARNED)
        assert telling.tell(line.facts) == [
            "Everything together: 120,000",
            "Pumps: 40,000 × 5 % = 2,000",
            "80,000 × 2 % = 1,600",
            "2,000 + 1,600 = 3,600",
        ]

    def test_what_comes_back_lowers_the_total_and_with_it_the_tier(self, lantern, matrix):
        matrix()
        deal = _sold(lantern.asha.person, (matrix.pumps, 40_000), (matrix.tiles, 80_000))
        make_return(deal.lines.get(product=matrix.tiles), 1, date(2026, 3, 9))
        credits.post_deals([deal.pk])
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 1_200_00

    def test_of_a_pool(self, lantern, matrix):
        version = make_version()
        matrix(version=version, kind=Kind.POOL, sharing=Sharing.EQUAL)
        _sold(lantern.asha.person, (matrix.pumps, 40_000))
        _sold(lantern.ada.person, (matrix.tiles, 80_000))
        assert sum(statement.total for statement in pay(by=lantern.hana.user).values()) == 3_600_00

    def test_of_a_leader_is_read_by_the_total_of_all_their_people(self, lantern, matrix):
        matrix(version=make_version(roles=("MANAGER",)), whose=Whose.TEAM)
        _sold(lantern.asha.person, (matrix.pumps, 30_000))
        _sold(lantern.ada.person, (matrix.tiles, 70_000))
        assert pay(by=lantern.hana.user)[lantern.bela.person.pk].total == 1_500_00 + 1_400_00

    def test_tells_the_way_to_the_next_tier_of_all_together(self, lantern, matrix):
        matrix()
        _sold(lantern.asha.person, (matrix.pumps, 30_000), (matrix.tiles, 60_000))
        foretelling = Foretelling(person_id=lantern.asha.person.pk, on=date(2026, 3, 5), company=lantern.lantern)
        ways = {way.label.get("line_name", ""): way for way in foretelling.distances()}
        assert {name: (way.missing, way.rate, way.next_rate) for name, way in ways.items()} == {
            "Pumps": (10_000_00, 3, 5),
            "": (10_000_00, 1, 2),
        }
        part = Part(matrix.tiles.line_id, 10_000_00)
        assert foretelling.with_sales([Sale((part,))]).gained == (1_500 + 1_400 - 900 - 600) * 100
