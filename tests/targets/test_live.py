"""Figures worked out while one looks: the same as the stored ones where those exist, and right where they do not."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from accounts.models import Company
from common.periods import Period, fiscal_year_of, iso_week_of, month_of, quarter_of
from common.tenancy import company_scope
from credits import services as credits
from credits.queries.lens import PLAIN, Basis, Lens
from credits.services import posting
from deals import services as deals
from deals.models import Deal, ProductLine
from targets import rollups
from targets.models import Metric, Plan, PlanStep, Target
from targets.queries.attainment import attainments_of
from targets.queries.live import live_rows
from targets.queries.windows import Window, daily_in, figures_in, months_of
from targets.services import plans
from targets.services.metrics import add_builtin_metrics
from teams import services as teams
from teams.models import Person, Unit
from tests.credits.stories import make_customer, make_deal, make_payment, make_product, make_return, make_visit
from tests.credits.test_random_walk import TODAY, Walk
from tests.targets.test_rollups import ask

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
TO_THE_END = Lens(known_at=date(2100, 1, 1))


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def value(code, period, lens=PLAIN, *, person=None, unit=None):
    """Return what a metric shows of one person or unit, None for no row."""
    subject = {"person_ids": [person.pk]} if person else {"unit_ids": [unit.pk]}
    metric = Metric.objects.get(code=code)
    rows = figures_in(metrics=[metric], window=Window(period, None, lens), **subject)
    row = rows.get((metric.pk, (person or unit).pk))
    return row.value if row else None


def target(period, *, person):
    metric = Metric.objects.get(code="revenue")
    rows = figures_in(metrics=[metric], window=Window(period, None), person_ids=[person.pk])
    return rows[metric.pk, person.pk].commit


def everything(periods, lens):
    """Return the rows of every metric, person and unit in several periods."""
    people, units = (list(model.objects.values_list("pk", flat=True)) for model in (Person, Unit))
    return sorted(
        live_rows(metrics=list(Metric.objects.all()), periods=periods, lens=lens, person_ids=people, unit_ids=units), key=str
    )


def a_busy_quarter(cast):
    """A bit of everything: returns, payments, shares, overlay, nobody, visits, targets."""
    asha, ben = cast.asha.person, cast.ben.person
    customer = make_customer(owner=asha)
    deal = make_deal(asha, lines=[(make_product(), 3, 100, 40)], customer=customer, opened_on=date(2026, 2, 1))
    make_return(deal.lines.get(), 1, date(2026, 3, 20))
    make_payment(deal, 70, date(2026, 4, 2))
    make_deal(asha, amount=99, shares=[(asha, 60, False), (ben, 40, False), (cast.ada.person, 10, True)])
    make_deal(None, amount=11, closed_on=date(2026, 2, 28))
    make_deal(ben, amount=5, status=Deal.Status.LOST, closed_on=date(2026, 3, 31))
    make_visit(asha, customer)
    ask("revenue", MARCH.starts_on, commit=500_01, person=asha, within=cast.one)
    ask("revenue", date(2026, 4, 1), commit=300_00, person=asha, within=cast.one)
    ask("revenue", MARCH.starts_on, commit=700_00, unit=cast.one)
    credits.post_all()
    rollups.refresh_everything()


class TestSameAsStored:
    @pytest.mark.parametrize("lens", [PLAIN, TO_THE_END, Lens(as_of=date(2099, 12, 31))])
    @pytest.mark.parametrize("fiscal_start", [1, 4])
    def test_every_figure_of_months_quarters_and_years(self, lantern, lens, fiscal_start):
        Company.objects.filter(pk=lantern.lantern.pk).update(fiscal_year_starts_in=fiscal_start)
        a_busy_quarter(lantern)
        people, units = (list(model.objects.values_list("pk", flat=True)) for model in (Person, Unit))
        metrics = list(Metric.objects.all())
        day = MARCH.starts_on
        for span, period in (
            ("MONTH", month_of(day)),
            ("QUARTER", quarter_of(day, fiscal_start)),
            ("YEAR", fiscal_year_of(day, fiscal_start)),
        ):
            stored = attainments_of(metrics=metrics, span=span, starts_on=period.starts_on, person_ids=people)
            stored |= attainments_of(metrics=metrics, span=span, starts_on=period.starts_on, unit_ids=units)
            people_rows = live_rows(metrics=metrics, periods=[period], lens=lens, person_ids=people)
            unit_rows = live_rows(metrics=metrics, periods=[period], lens=lens, unit_ids=units)
            live = {(row.metric_id, row.person_id or row.unit_id): row for row in (*people_rows, *unit_rows)}
            assert live == stored
            assert stored


class TestFreePeriods:
    def test_ends_are_half_open(self, lantern):
        asha = lantern.asha.person
        make_deal(asha, amount=1, closed_on=date(2026, 5, 30))
        make_deal(asha, amount=10, closed_on=date(2026, 5, 31))
        make_deal(asha, amount=100, closed_on=date(2026, 8, 30))
        make_deal(asha, amount=1000, closed_on=date(2026, 8, 31))
        credits.post_all()
        rollups.refresh_everything()
        summer = Period(date(2026, 5, 31), date(2026, 8, 31))
        assert value("revenue", summer, person=asha) == 110_00
        assert value("revenue", summer, TO_THE_END, unit=lantern.root) == 110_00
        assert daily_in(metric=Metric.objects.get(code="revenue"), window=Window(summer, None), unit_ids=[lantern.one.pk]) == {
            date(2026, 5, 31): 10_00,
            date(2026, 8, 30): 100_00,
        }

    def test_a_leap_day_is_a_day_and_weeks_cross_years(self, lantern):
        asha = lantern.asha.person
        make_deal(asha, amount=7, closed_on=date(2024, 2, 29))
        make_deal(asha, amount=5, closed_on=date(2026, 12, 31))
        make_deal(asha, amount=3, closed_on=date(2027, 1, 1))
        credits.post_all()
        rollups.refresh_everything()
        assert value("revenue", Period(date(2024, 2, 29), date(2024, 3, 1)), person=asha) == 7_00
        week = iso_week_of(date(2027, 1, 1))
        assert (week.label, value("revenue", week, person=asha)) == ("2026-W53", 8_00)

    def test_a_target_is_prorated_by_working_days_and_rounded_once(self, lantern):
        asha = lantern.asha.person
        # June 2026 has 21 working days, the Dragon Boat Festival off; July 23.
        ask("revenue", date(2026, 6, 1), commit=2100_00, person=asha, within=lantern.one)
        ask("revenue", date(2026, 7, 1), commit=1000_00, person=asha, within=lantern.one)
        assert target(Period(date(2026, 6, 29), date(2026, 7, 4)), person=asha) == 200_00 + round(1000_00 * 3 / 23)
        assert target(Period(date(2026, 6, 1), date(2026, 8, 1)), person=asha) == 3100_00

    def test_a_weekend_asks_for_nothing(self, lantern):
        asha = lantern.asha.person
        ask("revenue", date(2026, 6, 1), commit=2100_00, person=asha, within=lantern.one)
        make_deal(asha, amount=1, closed_on=date(2026, 6, 6))
        credits.post_all()
        rollups.refresh_everything()
        assert target(Period(date(2026, 6, 6), date(2026, 6, 8)), person=asha) is None

    def test_parts_of_months_add_up_to_the_whole(self, lantern):
        asha = lantern.asha.person
        ask("revenue", date(2026, 6, 1), commit=2100_00, person=asha, within=lantern.one)
        ask("revenue", date(2026, 7, 1), commit=2300_00, person=asha, within=lantern.one)
        metric = Metric.objects.get(code="revenue")
        period = Period(date(2026, 6, 29), date(2026, 7, 4))
        parts = months_of(metrics=[metric], period=period, person_ids=[asha.pk])[metric.pk, asha.pk]
        assert [(part.starts_on, part.commit) for part in parts] == [(date(2026, 6, 29), 200_00), (date(2026, 7, 1), 300_00)]


class TestLens:
    def test_as_of_leaves_out_what_counts_later(self, lantern):
        asha = lantern.asha.person
        make_deal(asha, amount=1, closed_on=date(2026, 3, 15))
        make_deal(asha, amount=10, closed_on=date(2026, 3, 16))
        credits.post_all()
        rollups.refresh_everything()
        for known in (None, date(2100, 1, 1)):
            assert value("revenue", MARCH, Lens(as_of=date(2026, 3, 15), known_at=known), person=asha) == 1_00

    def test_known_at_ends_with_the_companys_day(self, lantern):
        asha = lantern.asha.person
        before, after = (make_deal(asha, amount=amount) for amount in (1, 10))
        # Midnight in Shanghai is 16:00 UTC.
        credits.post_deals([before.pk], recorded_at=datetime(2026, 3, 20, 15, 59, 59, tzinfo=UTC))
        credits.post_deals([after.pk], recorded_at=datetime(2026, 3, 20, 16, 0, tzinfo=UTC))
        assert value("revenue", MARCH, Lens(known_at=date(2026, 3, 20)), unit=lantern.east) == 1_00
        assert value("revenue", MARCH, Lens(known_at=date(2026, 3, 21)), unit=lantern.east) == 11_00

    def test_a_line_or_channel_has_its_own_figures_and_no_targets(self, lantern):
        asha = lantern.asha.person
        a_busy_quarter(lantern)
        floors = ProductLine.objects.create(name="Floors")
        make_deal(asha, lines=[(make_product(floors), 1, 30, 10), (make_product(), 1, 70, 10)])
        credits.post_all()
        assert value("revenue", MARCH, Lens(product_line_id=floors.pk), person=asha) == 30_00
        metric = Metric.objects.get(code="revenue")
        rows = figures_in(metrics=[metric], window=Window(MARCH, None, Lens(product_line_id=floors.pk)), person_ids=[asha.pk])
        assert rows[metric.pk, asha.pk].commit is None

    def test_by_territory_a_unit_has_what_lies_in_it(self, lantern):
        asha = lantern.asha.person
        make_deal(asha, amount=100, territory=lantern.two)
        make_deal(asha, amount=7)
        credits.post_all()
        rollups.refresh_everything()
        by_territory = Lens(basis=Basis.TERRITORY)
        assert [value("revenue", MARCH, lens, unit=lantern.two) for lens in (PLAIN, by_territory)] == [None, 100_00]
        assert [value("revenue", MARCH, lens, unit=lantern.one) for lens in (PLAIN, by_territory)] == [107_00, 7_00]
        assert [value("revenue", MARCH, lens, unit=lantern.root) for lens in (PLAIN, by_territory)] == [107_00, 107_00]
        assert value("revenue", MARCH, by_territory, person=asha) == 107_00


class TestTargetsAsKnown:
    MARCH_20 = Lens(known_at=date(2026, 3, 20))

    def asked(self, person, lens):
        metric = Metric.objects.get(code="revenue")
        rows = figures_in(metrics=[metric], window=Window(MARCH, None, lens), person_ids=[person.pk])
        row = rows.get((metric.pk, person.pk))
        return row.commit if row else None

    def test_a_step_made_later_is_taken_back(self, lantern):
        asha = lantern.asha.person
        cell = ask("revenue", MARCH.starts_on, commit=900_00, person=asha, within=lantern.one)
        key = f"p{asha.pk}-{lantern.one.pk}"
        was = [[0, 0, 0, 0]] * 2 + [[100_00, 400_00, 500_00, 0]] + [[0, 0, 0, 0]] * 9
        for made_at, before in (("2026-03-20T16:00Z", was), ("2026-03-25T16:00Z", [[1, 2, 3, 0]] * 12)):
            with time_machine.travel(made_at, tick=False):
                PlanStep.objects.create(plan=cell.plan, unit=lantern.one, verb="CELL", before={key: before}, after={})
        assert self.asked(asha, self.MARCH_20) == 400_00
        assert self.asked(asha, Lens(known_at=date(2026, 3, 21))) == 2
        assert self.asked(asha, Lens(known_at=date(2026, 3, 26))) == 900_00

    def test_a_plan_published_later_does_not_count(self, lantern):
        asha = lantern.asha.person
        cell = ask("revenue", MARCH.starts_on, commit=900_00, person=asha, within=lantern.one)
        Plan.objects.filter(pk=cell.plan_id).update(published_at="2026-03-20T16:00Z")
        assert self.asked(asha, self.MARCH_20) is None
        assert self.asked(asha, Lens(known_at=date(2026, 3, 21))) == 900_00

    def test_a_plan_withdrawn_since_still_counted_then(self, lantern):
        asha = lantern.asha.person
        cell = ask("revenue", MARCH.starts_on, commit=900_00, person=asha, within=lantern.one)
        plans.withdraw(plan=cell.plan, reason="wrong", by=lantern.amir.user)
        assert Target.objects.exists()
        assert self.asked(asha, self.MARCH_20) == 900_00
        assert self.asked(asha, Lens(known_at=date(2100, 1, 1))) is None


class Wanderer(Walk):
    """Also corrects territories."""

    def do_change_territory(self):
        deals.change_deal(deal=self.deal(), territory=self.dice.choice([None, *self.units]), by=None)

    def do_move_unit(self):
        unit, parent = self.dice.sample([unit for unit in self.units if unit.parent_id or self.dice.random() < 0.5], 2)
        if unit.parent_id:
            teams.move_unit(unit=Unit.objects.get(pk=unit.pk), parent=parent, from_day=self.day(), today=TODAY, by=None)


class TestWhatWasKnown:
    """Whatever is entered later, what was known on a day is shown for ever after as it was."""

    PERIODS = (Period(date(2025, 12, 1), date(2026, 4, 1)), Period(date(2026, 1, 31), date(2026, 3, 1)), MARCH)
    LENSES = (
        Lens(known_at=TODAY),
        Lens(known_at=TODAY, as_of=date(2026, 3, 10)),
        Lens(known_at=TODAY, basis=Basis.TERRITORY),
    )

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_stays_through_a_random_walk(self, lantern, monkeypatch, seed):
        post = posting._post

        def posting_at(at):
            monkeypatch.setattr(posting, "_post", lambda statement, recorded_at, **ids: post(statement, at, **ids))

        walk = Wanderer(seed)
        posting_at(datetime(2026, 3, 31, 10, tzinfo=UTC))
        walk.take(40)
        then = [everything(self.PERIODS, lens) for lens in self.LENSES]
        posting_at(datetime(2026, 4, 1, 10, tzinfo=UTC))
        for _ in range(4):
            walk.take(10)
            assert [everything(self.PERIODS, lens) for lens in self.LENSES] == then
        # What is known today did change, or this would be no test of anything.
        assert everything(self.PERIODS, TO_THE_END) != then[0]

    def test_a_transfer_entered_late_moves_the_open_figures_only(self, lantern, monkeypatch):
        asha = lantern.asha.person
        deal = make_deal(asha, amount=100)
        credits.post_deals([deal.pk], recorded_at=datetime(2026, 3, 10, tzinfo=UTC))
        teams.transfer(person=asha, unit=lantern.two, role="REP", from_day=date(2026, 3, 1), by=None)
        rollups.refresh_everything()
        then = Lens(known_at=date(2026, 3, 10))
        assert [value("revenue", MARCH, lens, unit=lantern.one) for lens in (PLAIN, then)] == [None, 100_00]
        assert [value("revenue", MARCH, lens, unit=lantern.two) for lens in (PLAIN, then)] == [100_00, None]
