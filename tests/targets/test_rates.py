"""Targets that do not add up: rates handed down, numbers to stand at the end."""

import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.periods import Period, PeriodKind, month_of
from common.tables import write_workbook
from credits import services as credits
from credits.queries.lens import Lens
from reports.exports.boards import figure_column
from targets import rollups
from targets.models import Attainment, Metric, PlanStep, Target
from targets.queries.live import live_rows
from targets.queries.plan_list import PlanList
from targets.queries.plans import unit_key
from targets.queries.windows import Window, figures_in
from targets.rules import NO_TARGET, BadTiers, Sheet, Tiers
from targets.rules.rates import hand_down, year_of_rate
from targets.services import plans, rates, splits
from teams.models import Assignment, Person
from tests.credits.stories import make_deal
from tests.targets.test_plans import NOW, TODAY, YEAR, key_of, lantern, sheet  # noqa: F401 - one is a fixture

MONTHS = tuple(date(2026, number, 1) for number in range(1, 13))
MARCH = MONTHS[2]


def metric(code):
    return Metric.objects.get(code=code)


@pytest.fixture
def collection(lantern):  # noqa: F811
    return plans.start_plan(
        metric=metric("collection_rate"),
        year=YEAR,
        rounding_unit=1,
        floor_percent=90,
        stretch_percent=110,
        by=lantern.amir.user,
    )


def set_all(plan, key, amount, by, **given):
    return rates.set_rate(plan=plan, key=key, tier="commit", amounts=dict.fromkeys(MONTHS, amount), by=by.user, **given)


def commits(plan, key):
    return [cell.commit for cell in sheet(plan).sheet.of(key)]


class TestHandDown:
    TREE = Sheet(MONTHS, 1, {"c": ("r", "p3"), "r": ("p1", "p2")}, {})

    @given(
        own=st.dictionaries(
            st.sampled_from(["c", "r", "p1", "p2", "p3"]), st.dictionaries(st.integers(0, 11), st.integers(0, 999), max_size=12)
        )
    )
    def test_every_cell_is_its_own_or_the_one_above(self, own):
        own = {key: {i: Tiers(amount, amount, amount) for i, amount in cells.items()} for key, cells in own.items()}
        handed = hand_down(self.TREE, "c", own, {})
        above = {"r": "c", "p3": "c", "p1": "r", "p2": "r"}
        for key, cells in handed.items():
            for i, cell in enumerate(cells):
                expected = handed[above[key]][i] if key in above else NO_TARGET
                assert cell == own.get(key, {}).get(i, expected)

    def test_nobody_takes_what_is_above_while_away(self):
        whole = {"c": dict.fromkeys(range(12), Tiers(9, 9, 9))}
        handed = hand_down(self.TREE, "c", whole, {"p1": frozenset({0, 1})})
        assert [bool(cell.commit) for cell in handed["p1"]] == [True, True] + [False] * 10

    def test_the_year_is_the_mean_of_what_asks_and_of_a_level_the_last(self):
        cells = (Tiers(1, 2, 3), NO_TARGET, Tiers(2, 5, 6), *[NO_TARGET] * 9)
        assert year_of_rate(cells, is_level=False) == Tiers(2, 4, 5)
        assert year_of_rate(cells, is_level=True) is None
        assert year_of_rate(cells[3:] + cells[:3], is_level=True) == Tiers(2, 5, 6)
        assert year_of_rate((NO_TARGET,) * 12, is_level=False) is None

    def test_the_year_is_the_mean_of_its_quarters_as_stored(self):
        one, two = Tiers(1, 1, 1), Tiers(2, 2, 2)
        # 1.33 → 1, three times; 2 in the last: 1.25, not the 1.5 of the months.
        assert year_of_rate((one, one, two) * 3 + (two,) * 3, is_level=False) == one


class TestSetRate:
    def test_holds_for_everybody_below_and_is_split_among_nobody(self, lantern, collection):  # noqa: F811
        set_all(collection, unit_key(lantern.root.pk), 950, lantern.amir)
        assert commits(collection, key_of(lantern.asha, lantern.one)) == [950] * 12
        root = sheet(collection).sheet.of(unit_key(lantern.root.pk))[0]
        assert root == Tiers(855, 950, 1000), "a percentage stretches to the whole at most"

    def test_one_of_their_own_stays_when_the_unit_changes(self, lantern, collection):  # noqa: F811
        set_all(collection, unit_key(lantern.root.pk), 950, lantern.amir)
        own = key_of(lantern.asha, lantern.one)
        rates.set_rate(plan=collection, key=own, tier="commit", amounts={MARCH: 900}, by=lantern.amir.user)
        set_all(collection, unit_key(lantern.root.pk), 970, lantern.amir)
        assert commits(collection, own)[:4] == [970, 970, 900, 970]
        rates.set_rate(plan=collection, key=own, tier="commit", amounts={MARCH: None}, by=lantern.amir.user)
        assert commits(collection, own) == [970] * 12

    def test_takes_floor_along_and_refuses_tiers_out_of_order(self, lantern, collection):  # noqa: F811
        key = unit_key(lantern.root.pk)
        set_all(collection, key, 800, lantern.amir)
        with pytest.raises(BadTiers):
            rates.set_rate(plan=collection, key=key, tier="floor", amounts={MARCH: 801}, by=lantern.amir.user)
        rates.set_rate(plan=collection, key=key, tier="floor", amounts={MARCH: 700}, by=lantern.amir.user)
        assert sheet(collection).sheet.of(key)[2] == Tiers(700, 800, 880)

    def test_tells_whoever_saw_other_figures(self, lantern, collection):  # noqa: F811
        key = unit_key(lantern.root.pk)
        seen = sheet(collection).stamp(key)
        set_all(collection, key, 800, lantern.amir)
        with pytest.raises(plans.PlanRefused) as refused:
            set_all(collection, key, 900, lantern.amir, seen=seen)
        assert refused.value.code == "changed"

    def test_changes_nothing_twice(self, lantern, collection):  # noqa: F811
        set_all(collection, unit_key(lantern.root.pk), 950, lantern.amir)
        assert set_all(collection, unit_key(lantern.root.pk), 950, lantern.amir) is None
        assert PlanStep.objects.count() == 1

    def test_can_be_taken_back(self, lantern, collection):  # noqa: F811
        set_all(collection, unit_key(lantern.root.pk), 950, lantern.amir)
        splits.undo(plan=collection, by=lantern.amir.user)
        assert not Target.objects.exists()

    def test_sums_are_not_rates_nor_rates_sums(self, lantern, collection):  # noqa: F811
        revenue = plans.start_plan(metric=metric("revenue"), year=YEAR, rounding_unit=1, by=lantern.amir.user)
        with pytest.raises(plans.PlanRefused) as refused:
            set_all(revenue, unit_key(lantern.root.pk), 950, lantern.amir)
        assert refused.value.code == "adds_up"
        with pytest.raises(plans.PlanRefused) as refused:
            splits.set_year(plan=collection, tiers=950, on=TODAY, by=lantern.amir.user)
        assert refused.value.code == "ratio"


class TestPublished:
    def test_is_asked_of_everybody_in_month_quarter_and_year(self, lantern):  # noqa: F811
        plan = plans.start_plan(metric=metric("win_rate"), year=YEAR, rounding_unit=1, by=lantern.amir.user)
        set_all(plan, unit_key(lantern.root.pk), 900, lantern.amir)
        own = key_of(lantern.asha, lantern.one)
        rates.set_rate(plan=plan, key=own, tier="commit", amounts={MARCH: 600}, by=lantern.amir.user)
        plans.publish(plan=plan, now=NOW, by=lantern.amir.user)
        make_deal(lantern.asha.person, closed_on=date(2026, 3, 4))
        credits.post_all()
        rollups.refresh_everything(today=date(2026, 3, 31))
        asha = lantern.asha.person.pk
        asked = {(row.span, row.starts_on): row.commit for row in Attainment.objects.filter(metric=plan.metric, person=asha)}
        assert asked["MONTH", MARCH] == 600
        assert asked["QUARTER", date(2026, 1, 1)] == 800
        row = figures_in(metrics=[plan.metric], window=Window(month_of(MARCH), PeriodKind.MONTH), person_ids=[asha])
        assert row[plan.metric_id, asha].attainment.quantize(Decimal("0.1")) == Decimal("166.7")
        (listed,) = PlanList().rows()
        assert (listed.commit, listed.split_percent, listed.growth) == (900, None, None)
        assert listed.attainment.quantize(Decimal("0.1")) == Decimal("111.1")

    def test_reaches_whoever_comes_later_once(self, lantern, collection):  # noqa: F811
        set_all(collection, unit_key(lantern.root.pk), 900, lantern.amir)
        plans.publish(plan=collection, now=NOW, by=lantern.amir.user)
        new = Person.objects.create(name="New", hired_on=date(2026, 6, 1))
        Assignment.objects.create(person=new, unit=lantern.one, role="REP", starts_on=date(2026, 6, 1))
        assert rates.hand_down_rates(today=TODAY) == 1
        assert rates.hand_down_rates(today=TODAY) == 0
        asked = Target.objects.filter(person=new).order_by("month").values_list("month", "commit")
        assert list(asked) == [(month, 900) for month in MONTHS[5:]]


class TestLevels:
    @pytest.fixture
    def customers(self, lantern):  # noqa: F811
        plan = plans.start_plan(metric=metric("active_customers"), year=YEAR, rounding_unit=1, by=lantern.amir.user)
        key = unit_key(lantern.root.pk)
        amounts = {month: 10 * number for number, month in enumerate(MONTHS, start=1)}
        rates.set_rate(plan=plan, key=key, tier="commit", amounts=amounts, by=lantern.amir.user)
        plans.publish(plan=plan, now=NOW, by=lantern.amir.user)
        return plan

    def test_ask_for_what_is_to_stand_at_the_end(self, lantern, customers):  # noqa: F811
        rollups.refresh_everything(today=date(2026, 12, 31))
        asked = Attainment.objects.filter(metric=customers.metric, unit=lantern.root)
        assert asked.get(span="QUARTER", starts_on=date(2026, 4, 1)).commit == 60
        assert asked.get(span="YEAR").commit == 120

    def test_are_handed_to_nobody(self, lantern, customers):  # noqa: F811
        assert commits(customers, key_of(lantern.asha, lantern.one)) == [0] * 12

    def test_ask_in_free_dates_for_the_last_month_they_touch(self, lantern, customers):  # noqa: F811
        free = Period(date(2026, 2, 10), date(2026, 4, 3))
        (row,) = live_rows(metrics=[customers.metric], periods=[free], unit_ids=[lantern.root.pk], lens=Lens())
        assert row.commit == 40


class TestPages:
    def test_a_rate_is_set_and_read(self, client, lantern, collection):  # noqa: F811
        client.force_login(lantern.amir.user)
        page = client.get(f"/{lantern.lantern.slug}/targets/{collection.pk}/", follow=True)
        assert "Begin with the company" in page.content.decode()
        key = unit_key(lantern.root.pk)
        address = f"/{lantern.lantern.slug}/targets/{collection.pk}/rates/{key}/"
        answer = client.post(address, {"tier": "commit", "every": "95.5", "m2": "90"})
        assert answer.status_code == 302
        assert commits(collection, key)[:4] == [955, 955, 900, 955]
        page = client.get(f"/{lantern.lantern.slug}/targets/{collection.pk}/rates/")
        assert page.content.decode().count("95.5%") > 20

    @pytest.mark.parametrize("text", ["abc", "NaN", "-5", "1e999", "9" * 30, "95.55"])
    def test_what_is_no_amount_is_said_at_its_field(self, client, lantern, collection, text):  # noqa: F811
        client.force_login(lantern.amir.user)
        address = f"/{lantern.lantern.slug}/targets/{collection.pk}/rates/{unit_key(lantern.root.pk)}/"
        answer = client.post(address, {"tier": "commit", "every": "95", "m2": text})
        assert answer.status_code == 422
        assert answer.context["form"].errors["m2"]
        assert not Target.objects.exists()

    def test_a_boards_file_reads_target_and_actual_as_the_page_does(self, lantern):  # noqa: F811
        by_head, share = metric("visits_per_day"), metric("win_rate")
        line = {"row": {"value": Decimal("6.5"), "share": Decimal("61.25"), "commit": 925}}
        assert figure_column("Actual", "row.value", by_head).of(line) == Decimal("6.5")
        assert "0.0" in sheet_format(figure_column("Actual", "row.value", by_head), line)
        assert figure_column("Actual", "row.share", share).of(line) == Decimal("61.25")
        assert figure_column("Target", "row.commit", share).of(line) == Decimal("92.5")


def sheet_format(column, row):
    content = write_workbook([column], [row], name="Board")
    return zipfile.ZipFile(BytesIO(content)).read("xl/styles.xml").decode()
