from datetime import date, timedelta
from fractions import Fraction

import pytest

from accounts.models import Company
from common.periods import month_of
from common.tenancy import company_scope
from credits import services as credits
from deals.models import Deal
from jobs import services as jobs
from targets import rollups
from targets.models import Forecast, Metric
from targets.queries.forecasts import accuracies, outlooks
from targets.queries.pipeline import experience, open_deals_of
from targets.services.forecasts import store_forecasts
from targets.services.metrics import add_builtin_metrics
from teams.models import Unit
from teams.queries import calendar_of
from tests.credits.stories import make_deal
from tests.targets.test_rollups import ask

MARCH = date(2026, 3, 1)
MIDDLE = date(2026, 3, 16)  # a Monday; ten working days are over
OPEN = Deal.Status.OPEN


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def outlook(*, on=MIDDLE, code="revenue", person=None, unit=None, today=None):
    metric = Metric.objects.get(code=code)
    found = outlooks(
        metrics=[metric],
        periods={"MONTH": month_of(on)},
        on=on,
        calendar=calendar_of(Company.objects.get(name="Lantern Ltd.")),
        known_from=experience(on=on),
        person_ids=[person.pk] if person else None,
        unit_ids=[unit.pk] if unit else None,
        today=today,
    )
    return found.get((metric.pk, "MONTH", person.pk if person else -unit.pk))


def make_history(person, *, won=20, lost=20, days=10, stage=Deal.Stage.LEAD):
    """Close deals in January, each expected and open for some days before."""
    closed_on = date(2026, 1, 20)
    about = {"opened_on": closed_on - timedelta(days=days), "closed_on": closed_on, "expected_on": closed_on, "amount": 10}
    for _n in range(won):
        make_deal(person, stage=Deal.Stage.CONTRACT, **about)
    for _n in range(lost):
        make_deal(person, status=Deal.Status.LOST, stage=stage, **about)


def sell_daily(person, amount=100):
    """Sell on each of the ten working days of March before the sixteenth."""
    for day in [date(2026, 3, d) for d in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)]:
        make_deal(person, amount=amount, closed_on=day)


def roll_up():
    credits.post_all()
    rollups.refresh_everything()


def open_deal(person, **given):
    about = {"amount": 500, "stage": Deal.Stage.LEAD, "expected_on": date(2026, 3, 25), "opened_on": date(2026, 3, 2)} | given
    return make_deal(person, status=OPEN, **about)


class TestOutlook:
    def test_carries_the_pace_on_by_working_days_where_there_is_no_target(self, lantern):
        sell_daily(lantern.asha.person)
        roll_up()
        found = outlook(person=lantern.asha.person)
        assert (found.record.days, found.remaining_days, found.commit) == (10, 12, None)
        assert (found.achieved, found.end.middle, found.end.low, found.end.high) == (1000_00, 2200_00, 2200_00, 2200_00)

    def test_weighs_open_deals_by_how_those_of_their_stage_ended(self, lantern):
        asha = lantern.asha.person
        make_history(asha)
        sell_daily(asha)
        open_deal(asha)
        open_deal(asha, stage=Deal.Stage.CONTRACT, amount=300)
        roll_up()
        found = outlook(person=asha)
        assert [(d.stage, d.deals, d.amount) for d in found.open_deals] == [("LEAD", 1, 500_00), ("CONTRACT", 1, 300_00)]
        # Half of all were won; of those that got to the contract all of them – twenty, just enough to say so.
        assert found.end.from_pipeline == 250_00 + 300_00
        # January's deals were open 10 of the 16 days that one looks ahead; March's were never expected.
        assert found.timing.in_time == 1
        assert found.timing.known == Fraction(20 * 10 * 10, (20 * 10 + 10 * 100) * 16)
        assert found.end.middle == round(1000_00 + 550_00 + (1 - found.timing.known) * 1200_00)

    def test_leaves_out_what_is_expected_later_or_was_expected_before(self, lantern):
        asha = lantern.asha.person
        make_history(asha)
        for expected_on in (date(2026, 3, 15), date(2026, 4, 1), None):
            open_deal(asha, expected_on=expected_on)
        open_deal(asha, expected_on=MIDDLE)
        roll_up()
        assert outlook(person=asha).open_count == 1

    def test_goes_by_the_pace_alone_where_too_few_deals_were_closed(self, lantern):
        asha = lantern.asha.person
        make_history(asha, won=10, lost=9)
        sell_daily(asha)
        open_deal(asha)
        roll_up()
        found = outlook(person=asha)
        assert (found.open_deals, found.end.from_pipeline, found.end.middle) == ((), 0, 2200_00)

    def test_does_not_learn_from_deals_that_were_never_open(self, lantern):
        make_history(lantern.asha.person, days=0)
        assert experience(on=MIDDLE).conversion == {}

    def test_counts_a_shared_deal_for_each_person_by_share_and_for_their_unit_once(self, lantern):
        asha, ada = lantern.asha.person, lantern.ada.person
        make_history(asha)
        open_deal(asha, shares=[(asha, 60, False), (ada, 40, False), (lantern.bela.person, 100, True)])
        sell_daily(asha)
        roll_up()
        assert outlook(person=ada).open_amount == 200_00
        assert outlook(person=lantern.bela.person).open_amount == 500_00
        for unit in (lantern.one, lantern.east, lantern.root):
            found = outlook(unit=unit)
            assert (found.open_count, found.open_amount) == (1, 500_00)
            assert found.open_deals[0].squares == 500_00**2
        assert outlook(unit=lantern.one, code="deals_won").open_amount == 1

    def test_counts_a_deal_without_an_owner_for_the_company_only(self, lantern):
        make_history(lantern.asha.person)
        open_deal(None)
        sell_daily(lantern.asha.person)
        roll_up()
        assert outlook(unit=lantern.root).open_amount == 500_00
        assert outlook(unit=lantern.one).open_amount == 0

    def test_knows_coverage_and_what_each_day_that_is_left_needs(self, lantern):
        asha = lantern.asha.person
        make_history(asha)
        sell_daily(asha)
        open_deal(asha)
        ask("revenue", MARCH, commit=3400_00, person=asha, within=lantern.one)
        roll_up()
        found = outlook(person=asha)
        assert (found.missing, found.needed_per_day) == (2400_00, 200_00)
        assert float(found.coverage) == pytest.approx(500 / 2400)

    def test_says_nothing_where_nothing_was_done_and_nothing_is_open(self, lantern):
        roll_up()
        assert outlook(person=lantern.asha.person) is None

    def test_lists_the_deals_behind_the_open_amount(self, lantern):
        asha = lantern.asha.person
        make_history(asha)
        open_deal(asha, amount=100)
        open_deal(asha, amount=900)
        roll_up()
        rows = open_deals_of(measure="REVENUE", on=MIDDLE, ends_before=date(2026, 4, 1), unit_id=lantern.one.pk)
        assert [row.amount for row in rows] == [900_00, 100_00]
        assert sum(row.amount for row in rows) == outlook(unit=lantern.one).open_amount


class TestStoreForecasts:
    def test_keeps_month_and_quarter_of_people_units_and_the_company(self, lantern):
        sell_daily(lantern.asha.person)
        roll_up()
        assert store_forecasts(on=MIDDLE, today=MIDDLE, by=None) > 0
        rows = Forecast.objects.filter(metric__code="revenue")
        assert set(rows.values_list("span", flat=True)) == {"MONTH", "QUARTER"}
        units = {lantern.one.pk, lantern.east.pk, lantern.root.pk}
        assert set(rows.filter(person=None).values_list("unit_id", flat=True)) == units
        assert set(rows.filter(unit=None).values_list("person_id", flat=True)) == {lantern.asha.person.pk}
        assert not Forecast.objects.filter(metric__code="win_rate").exists()

    def test_a_second_run_adds_nothing_and_changes_nothing(self, lantern):
        sell_daily(lantern.asha.person)
        roll_up()
        store_forecasts(on=MIDDLE, today=MIDDLE, by=None)
        before = set(Forecast.objects.values_list())
        sell_daily(lantern.asha.person, amount=900)
        roll_up()
        assert store_forecasts(on=MIDDLE, today=MIDDLE, by=None) == 0
        assert set(Forecast.objects.values_list()) == before

    def test_a_cut_off_made_afterwards_knows_neither_later_credits_nor_the_stages_of_then(self, lantern):
        asha = lantern.asha.person
        make_history(asha)
        sell_daily(asha)
        make_deal(asha, amount=700, opened_on=date(2026, 3, 5), expected_on=date(2026, 3, 18), closed_on=date(2026, 3, 18))
        make_deal(asha, amount=90, opened_on=MIDDLE, expected_on=date(2026, 3, 20), closed_on=date(2026, 3, 20))
        roll_up()
        store_forecasts(on=MIDDLE, today=date(2026, 4, 2), by=None)
        kept = Forecast.objects.get(person=asha, span="MONTH", metric__code="revenue")
        assert (kept.achieved, kept.open_amount, kept.from_pipeline) == (1000_00, 700_00, 350_00)
        assert kept.is_afterwards

    def test_leaves_out_who_left_and_units_that_are_closed(self, lantern):
        sell_daily(lantern.ben.person)
        roll_up()
        type(lantern.ben.person).objects.filter(pk=lantern.ben.person.pk).update(left_on=date(2026, 3, 15))
        Unit.objects.filter(pk=lantern.two.pk).update(closed_on=date(2026, 3, 15))
        store_forecasts(on=MIDDLE, today=MIDDLE, by=None)
        assert not Forecast.objects.filter(person=lantern.ben.person).exists()
        assert not Forecast.objects.filter(unit=lantern.two).exists()
        assert Forecast.objects.filter(unit=lantern.east).exists()

    def test_the_same_whoever_is_asked_for(self, lantern):
        make_history(lantern.asha.person)
        sell_daily(lantern.asha.person)
        open_deal(lantern.ben.person)
        roll_up()
        alone = outlook(unit=lantern.east, today=MIDDLE)
        store_forecasts(on=MIDDLE, today=MIDDLE, by=None)
        kept = Forecast.objects.get(unit=lantern.east, span="MONTH", metric__code="revenue")
        assert (kept.low, kept.middle, kept.high) == (alone.end.low, alone.end.middle, alone.end.high)


class TestJob:
    def test_keeps_the_latest_cut_off_also_when_its_night_was_missed(self, lantern, time_machine):
        sell_daily(lantern.asha.person)
        roll_up()
        time_machine.move_to("2026-03-17T22:00Z", tick=False)  # Wednesday the 18th in Shanghai
        job = jobs.enqueue("targets.forecast", by=lantern.dora.user)
        jobs.run(company_id=lantern.lantern.pk, job_id=job.pk)
        assert set(Forecast.objects.values_list("cut_on", "is_afterwards")) == {(MIDDLE, True)}
        assert type(job).objects.get(pk=job.pk).result["cut_off"] == "2026-03-16"


class TestAccuracies:
    def test_holds_each_cut_off_of_a_period_that_is_over_against_what_came(self, lantern):
        asha = lantern.asha.person
        sell_daily(asha)
        roll_up()
        for cut_on in (date(2026, 3, 9), MIDDLE):
            store_forecasts(on=cut_on, today=MIDDLE, by=None)
        make_deal(asha, amount=1000, closed_on=date(2026, 3, 30))
        roll_up()
        metric = Metric.objects.get(code="revenue")
        about = {"metric": metric, "span": "MONTH", "person_id": asha.pk}
        assert accuracies(on=date(2026, 3, 31), **about) == []
        rows = accuracies(on=date(2026, 4, 1), **about)
        assert [(r.cut_on.day, r.middle, r.actual) for r in rows] == [(16, 2200_00, 2000_00), (9, 2200_00, 2000_00)]
        assert [float(r.accuracy) for r in rows] == [0.9, 0.9]
        assert not rows[0].is_inside
