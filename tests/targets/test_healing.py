"""A night finds whatever is not as a rebuild would leave it, in every column of what is stored, and mends it."""

import re
from datetime import date, timedelta
from functools import partial

import pytest
from django.db.models import F

from accounts.models import Company
from common.tenancy import company_scope
from common.walls import tenant_models
from credits import services as credits
from credits.models import Closing, DailyTotal, DirtyDay
from deals.models import Deal
from jobs.models import Job
from targets import rollups
from targets.models import Attainment, Metric, Plan, Target
from targets.queries import proofs
from targets.services.metrics import add_builtin_metrics
from targets.services.rates import hand_down_rates
from targets.tasks import roll_up
from teams.models import Unit, UnitPlacement
from tests.credits.stories import make_customer, make_deal
from tests.targets.test_rollups import ask, cell, everything

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
TABLES = {model._meta.db_table for model in tenant_models()}
#: Up to here periods have begun, and begin with what is brought forward.
TODAY = date(2026, 8, 15)
night, look_at_everything, rebuild = (
    partial(work, today=TODAY) for work in (rollups.refresh_open, rollups.refresh_everything, rollups.rebuild)
)
MENDERS = {"night": night, "everything": look_at_everything}
#: What becomes of a value; the first row whose value it changes is spoilt.
SPOILT = {
    DailyTotal: {
        "day": lambda day: day + timedelta(days=1),
        "person_id": lambda person_id: person_id and person_id + 1,
        "unit_id": lambda unit_id: unit_id and unit_id + 1,
        "measure": lambda _measure: "UNITS_SOLD",
        "is_overlay": lambda is_overlay: not is_overlay,
        "amount": lambda amount: amount + 1,
    },
    Attainment: {
        "metric_id": lambda metric_id: metric_id + 1000,
        "span": lambda span: "YEAR" if span == "MONTH" else span,
        "starts_on": lambda day: day + timedelta(days=16),
        "ends_before": lambda day: day + timedelta(days=1),
        "unit_id": lambda unit_id: unit_id and unit_id + 1000,
        "person_id": lambda person_id: person_id and person_id + 1000,
        "numerator": lambda numerator: numerator + 1,
        "denominator": lambda denominator: None if denominator else 1,
        "brought": lambda brought: brought + 1,
        "floor": lambda floor: None if floor else 1,
        "commit": lambda commit: commit and commit + 1,
        "stretch": lambda stretch: stretch and stretch - 1,
        "reached_on": lambda day: day and day - timedelta(days=1),
    },
}
EVERY_COLUMN = [(model, column) for model, columns in SPOILT.items() for column in columns]


@pytest.fixture
def lantern(cast):
    """Deals of three months in a fiscal year from April on, one with an overlay and one lost, with targets, all rolled up."""
    with company_scope(cast.lantern):
        Company.objects.filter(pk=cast.lantern.pk).update(fiscal_year_starts_in=4)
        add_builtin_metrics()
        asha, ben, dora = cast.asha.person, cast.ben.person, cast.dora.person
        make_deal(asha, amount=100, closed_on=date(2026, 3, 9), customer=make_customer())
        make_deal(ben, amount=70, closed_on=date(2026, 4, 10), shares=[(dora, 50, True)])
        make_deal(ben, amount=30, closed_on=date(2026, 4, 11), status=Deal.Status.LOST)
        make_deal(None, amount=5, closed_on=date(2026, 5, 11))
        for month in (MARCH, MAY):
            ask("revenue", month, commit=9_000, person=asha, within=cast.one)
            ask("win_rate", month, commit=5_000, unit=cast.one)
        hand_down_rates(today=TODAY)
        credits.post_all()
        look_at_everything()
        # A night that proves every month, so that the next one leaves alone what it does not find changed.
        night()
        yield cast


@pytest.fixture(params=MENDERS)
def mend(request):
    return MENDERS[request.param]


def test_every_column_is_spoilt():
    for model, columns in SPOILT.items():
        assert {field.attname for field in model._meta.local_fields} == {"id", "company_id", *columns}


@pytest.mark.parametrize(("model", "column"), EVERY_COLUMN)
def test_a_value_that_is_wrong_is_mended(lantern, mend, model, column):
    right = everything()
    spoil = SPOILT[model][column]
    row = next(row for row in model.objects.order_by("-pk") if spoil(getattr(row, column)) != getattr(row, column))
    model.objects.filter(pk=row.pk).update(**{column: spoil(getattr(row, column))})
    assert everything() != right
    mend()
    assert everything() == right


@pytest.mark.parametrize("model", SPOILT)
def test_rows_that_are_gone_come_back(lantern, mend, model):
    right = everything()
    model.objects.filter(pk__in=list(model.objects.values_list("pk", flat=True))[::3]).delete()
    mend()
    assert everything() == right


@pytest.mark.parametrize("amount", [0, 7])
def test_a_total_of_nothing_is_taken_away(lantern, mend, amount):
    right = everything()
    DailyTotal.objects.create(
        day=date(2026, 7, 7), person=lantern.ada.person, unit=lantern.one, measure="REVENUE", amount=amount
    )
    DailyTotal.objects.create(day=date(2026, 4, 10), measure="REVENUE", amount=amount)
    mend()
    assert everything() == right


@pytest.mark.parametrize("span", Attainment.Span)
@pytest.mark.parametrize("starts_on", [APRIL, date(2026, 4, 17), MAY, date(2027, 4, 1)])
def test_a_figure_of_nothing_is_taken_away(lantern, mend, span, starts_on):
    right = everything()
    metric = Metric.objects.get(code="visits")
    Attainment.objects.create(metric=metric, span=span, starts_on=starts_on, ends_before=date(2027, 5, 1), unit=lantern.two)
    mend()
    assert everything() == right


def test_a_day_whose_mark_was_lost_is_found(lantern, mend):
    make_deal(lantern.ada.person, amount=40, closed_on=date(2026, 4, 20))
    make_deal(lantern.ada.person, amount=50, closed_on=date(2026, 8, 1))
    credits.post_all()
    DirtyDay.objects.all().delete()
    mend()
    mended = everything()
    rebuild()
    assert everything() == mended
    assert cell("revenue", "MONTH", date(2026, 8, 1), unit=lantern.root).numerator == 5000


def test_an_amount_on_the_wrong_day_is_found_though_the_sums_are_right(lantern, mend):
    right = everything()
    total = DailyTotal.objects.filter(day=date(2026, 4, 10), measure="REVENUE", is_overlay=False).get()
    DailyTotal.objects.filter(pk=total.pk).update(person=lantern.ada.person)
    mend()
    assert everything() == right


class TestClosedPeriods:
    @pytest.fixture(autouse=True)
    def _closed(self, lantern):
        Closing.objects.create(starts_on=MARCH, ends_before=MAY)
        look_at_everything()
        night()
        self.right = everything()

    def test_a_night_leaves_them_as_they_are_and_the_quarter_that_reaches_into_them_right(self, lantern):
        make_deal(lantern.ada.person, amount=40, closed_on=date(2026, 5, 20))
        credits.post_all()
        night()
        after = everything()
        assert cell("revenue", "QUARTER", APRIL, unit=lantern.root).numerator == 115_00
        rebuild()
        assert everything() == after

    def test_a_night_that_finds_nothing_in_the_open_months_keeps_the_quarter(self, lantern):
        Deal.objects.filter(closed_on__gte=MAY).update(status=Deal.Status.CANCELLED)
        Target.objects.filter(month__gte=MAY).delete()
        credits.post_all()
        night()
        after = everything()
        assert cell("revenue", "QUARTER", APRIL, unit=lantern.root).numerator == 70_00
        rebuild()
        assert everything() == after

    @pytest.mark.parametrize(
        ("arguments", "is_mended"),
        [({"slot": "2026-06-06"}, False), ({"slot": "2026-06-07"}, True), ({}, True), ({"rebuild": True}, True)],
    )
    def test_the_night_to_sunday_and_whoever_asks_mend_them(self, lantern, arguments, is_mended, time_machine):
        time_machine.move_to(f"{TODAY}T12:00:00+08:00")
        Attainment.objects.filter(starts_on=MARCH).update(numerator=1)
        roll_up(job=Job(arguments=arguments), progress=None)
        assert (everything() == self.right) == is_mended

    def test_what_is_spoilt_in_them_is_mended_when_everything_is_looked_at(self, lantern):
        Attainment.objects.filter(starts_on=MARCH).update(numerator=1)
        DailyTotal.objects.filter(day__lt=APRIL).delete()
        night()
        assert everything() != self.right
        look_at_everything()
        assert everything() == self.right


class TestQuietMonths:
    """What was brought in line is left alone until it, or something that it follows from, is another."""

    def test_a_night_without_news_forms_nothing_and_writes_nothing(self, lantern, monkeypatch):
        monkeypatch.setattr(rollups, "_refresh_attainment", None)
        assert night() == {"days": 0, "totals": 0, "attainments": 0}

    def test_only_the_months_with_news_are_formed(self, lantern, monkeypatch):
        formed, form = [], rollups._refresh_attainment
        monkeypatch.setattr(
            rollups, "_refresh_attainment", lambda around, *given: formed.append(around) or form(around, *given)
        )
        make_deal(lantern.ada.person, amount=40, closed_on=date(2026, 4, 20))
        credits.post_all()
        night()
        assert [[month.starts_on for month in around.months] for around in formed] == [[APRIL]]
        night()
        assert len(formed) == 1

    def test_what_was_refreshed_by_day_is_proved_by_the_next_night(self, lantern, monkeypatch):
        make_deal(lantern.ada.person, amount=40, closed_on=date(2026, 4, 20))
        credits.post_all()
        rollups.refresh_dirty(today=TODAY)
        assert night() == {"days": 0, "totals": 0, "attainments": 0}
        monkeypatch.setattr(rollups, "_refresh_attainment", None)
        night()

    def test_every_table_that_figures_are_formed_of_is_proved(self):
        formed_of = set(re.findall(r"[a-z]+_[a-z]+", rollups._STORE_MONTHS + rollups._STORE_LONGER)) & TABLES
        assert len(formed_of) >= 9
        assert formed_of - {"credits_dailytotal"} <= set(re.findall(r"[a-z]+_[a-z]+", proofs._MONTHS)), (
            "the days prove the totals"
        )

    @pytest.mark.parametrize(
        "change",
        [
            lambda cast: Company.objects.filter(pk=cast.lantern.pk).update(fiscal_year_starts_in=2),
            lambda cast: Metric.objects.filter(code="revenue").update(is_active=False),
            lambda cast: Metric.objects.filter(code="win_rate").update(denominator="DEALS_WON"),
            lambda cast: Plan.objects.filter(metric__code="revenue").update(status=Plan.Status.DRAFT, published_at=None),
            lambda cast: Target.objects.filter(month=MARCH).update(stretch=F("stretch") + 1),
            lambda cast: Target.objects.filter(month=MARCH).delete(),
            lambda cast: Unit.objects.filter(pk=cast.two.pk).update(parent=cast.west),
            lambda cast: UnitPlacement.objects.create(unit=cast.two, parent=cast.west, from_day=date(2026, 4, 5)),
        ],
    )
    def test_a_change_without_a_mark_is_found(self, lantern, change):
        before = everything()
        change(lantern)
        night()
        after = everything()
        assert after != before
        rebuild()
        assert everything() == after

    def test_other_statements_form_everything_anew(self, lantern, monkeypatch):
        formed, form = [], rollups._refresh_attainment
        monkeypatch.setattr(
            rollups, "_refresh_attainment", lambda around, *given: formed.append(around) or form(around, *given)
        )
        monkeypatch.setattr(rollups, "_STORE_LONGER", rollups._STORE_LONGER + "-- other")
        night()
        assert {MARCH, APRIL, MAY} <= {month.starts_on for month in formed[0].months}
