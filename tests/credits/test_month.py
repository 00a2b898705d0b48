"""One month from its first deal to what is corrected after the books were closed, every figure worked out by hand (see tests/month.py)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from common.money import from_minor
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Credit, DailyTotal, DirtyDay
from credits.queries import closings
from credits.queries.lens import Lens
from credits.queries.lineage import credits_behind, sum_of
from credits.queries.reconciliation import reconcile
from deals import services as deals
from exchange.models import Import
from targets import rollups
from targets.models import Attainment, Metric
from targets.queries.attainment import attainments
from targets.queries.live import live_rows
from teams import services as teams
from tests.month import (
    DAY_BEFORE,
    FEBRUARY,
    MARCH,
    MARCH_AS_KNOWN_BEFORE,
    METRICS,
    THE_FEBRUARY,
    THE_MARCH,
    TODAY,
    figures_of,
    line_of,
    make_month,
)

BEGINNING = date(2026, 3, 1)


@pytest.fixture
def month(db, time_machine):
    time_machine.move_to("2026-03-18T10:00:00+08:00")
    made = make_month()
    with company_scope(made.company):
        yield made


def close(ends_before=BEGINNING, *, by=None):
    return credits.close_period(ends_before=ends_before, today=TODAY, by=by)


def live_through(month):
    """Let everything happen that follows the closing, as people enter it."""
    people, units, sold = month.people, month.units, month.deals
    ding = people["ding"] = teams.hire(
        name="丁一", employee_number="E-ding", unit=units["one"], role="REP", hired_on=date(2026, 3, 2), by=None
    )
    teams.transfer(person=people["bo"], unit=units["two"], role="REP", from_day=date(2026, 2, 1), by=None)
    teams.transfer(person=people["cai"], unit=units["one"], role="REP", from_day=TODAY, by=None)
    shares = [(people["an"], Decimal(60)), (people["cai"], Decimal(40))]
    deals.set_shares(deal=sold["cabinet"], shares=shares, overlays=[(ding, Decimal(30))], by=None)
    customer = sold["worktop-cai"].customer
    for owner, product, day in (
        (people["cai"], "slab", date(2026, 2, 27)),
        (people["cai"], "door", TODAY),
        (ding, "window", DAY_BEFORE),
    ):
        deals.log_deal(customer=customer, owner=owner, lines=[line_of(month, product)], closed_on=day, by=None)
    worktop = sold["worktop-an"]
    deals.return_lines(deal=worktop, returned_on=date(2026, 3, 12), reason="坏了", items=[(worktop.lines.get(), 1)], by=None)
    deals.record_payment(deal=sold["cabinet"], amount=200, received_on=date(2026, 3, 15), by=None)
    deals.record_payment(deal=sold["worktop-cai"], amount=500, received_on=date(2026, 2, 26), by=None)
    rollups.refresh_dirty()


def subject(month, who):
    """Return how queries name a person or unit."""
    return {"person_id": month.people[who].pk} if who in month.people else {"unit_id": month.units[who].pk}


def shown(month, period, table):
    """Return the stored figures of everybody in a table, each compared with the credits behind it."""
    found = {}
    for code in METRICS:
        metric = Metric.objects.get(code=code)
        for who in table:
            ((name, pk),) = subject(month, who).items()
            row = attainments(metric=metric, span="MONTH", starts_on=period.starts_on, **{f"{name}s": [pk]}).get(pk)
            behind = sum_of(credits_behind(measure=metric.numerator, period=period, **{name: pk}))
            assert behind == (row.numerator if row else 0), (who, code)
            found[who, code] = from_minor(behind, metric.scale)
    return found


def looked_at(month, period, table, lens):
    """Return the figures of everybody in a table through a lens, worked out now."""
    metrics = {metric.pk: metric for metric in Metric.objects.filter(code__in=METRICS)}
    found = {}
    for who in table:
        ((name, pk),) = subject(month, who).items()
        rows = live_rows(metrics=metrics.values(), periods=[period], lens=lens, **{f"{name}s": [pk]})
        amounts = {row.metric_id: row.numerator for row in rows}
        for metric in metrics.values():
            found[who, metric.code] = from_minor(amounts.get(metric.pk, 0), metric.scale)
    return found


def books():
    """Return everything that is kept about February, down to the single credit."""
    until = {"counts_on__lt": BEGINNING}
    return (
        list(Credit.objects.filter(**until).order_by("pk").values_list()),
        sorted(DailyTotal.objects.filter(day__lt=BEGINNING).values_list(), key=str),
        sorted(Attainment.objects.filter(span="MONTH", starts_on=FEBRUARY.starts_on).values_list(), key=str),
    )


def attained():
    """Return what is stored of everybody, whichever row holds it."""
    names = [field.attname for field in Attainment._meta.concrete_fields if not field.primary_key]
    return sorted(Attainment.objects.values_list(*names), key=str)


def test_every_figure_is_what_the_month_adds_up_to(month):
    assert shown(month, FEBRUARY, THE_FEBRUARY) == figures_of(THE_FEBRUARY)
    assert shown(month, MARCH, MARCH_AS_KNOWN_BEFORE) == figures_of(MARCH_AS_KNOWN_BEFORE)
    closing = close(by=month.members["fang"].user)
    before = books()

    live_through(month)

    assert shown(month, MARCH, THE_MARCH) == figures_of(THE_MARCH)
    assert shown(month, FEBRUARY, THE_FEBRUARY) == figures_of(THE_FEBRUARY)
    assert books() == before
    assert closings.sums_of(FEBRUARY) == closing.sums
    assert not DirtyDay.objects.exists()
    assert all(row.is_exact and row.is_rolled_up for row in reconcile())
    stored = attained()
    rollups.rebuild()
    assert attained() == stored


def test_what_arrives_late_is_listed_and_counts_on_the_first_open_day(month):
    close()
    live_through(month)
    late = closings.restatements().filter(measure__in=["REVENUE", "DEALS_WON", "CASH_COLLECTED"])
    assert set(late.values_list("person__name", "unit__name", "measure", "day", "counts_on", "amount")) == {
        ("蔡琳", "二组", "REVENUE", date(2026, 2, 27), BEGINNING, 300_00),
        ("蔡琳", "二组", "DEALS_WON", date(2026, 2, 27), BEGINNING, 1),
        ("蔡琳", "二组", "CASH_COLLECTED", date(2026, 2, 26), BEGINNING, 500_00),
    }
    (row,) = closings.closing_rows()
    assert row.is_unchanged
    assert row.restatements == closings.restatements().count()


def test_the_month_as_it_was_known_the_evening_before_never_changes(month):
    close()
    live_through(month)
    before, after = Lens(known_at=DAY_BEFORE), Lens(known_at=date(2100, 1, 1))
    assert looked_at(month, MARCH, MARCH_AS_KNOWN_BEFORE, before) == figures_of(MARCH_AS_KNOWN_BEFORE)
    assert looked_at(month, MARCH, THE_MARCH, after) == figures_of(THE_MARCH)
    for lens in (before, after):
        assert looked_at(month, FEBRUARY, THE_FEBRUARY, lens) == figures_of(THE_FEBRUARY)


def test_closing_refuses_what_is_not_over_not_settled_or_done(month):
    def refused(ends_before):
        with pytest.raises(credits.ClosingRefused) as refusal, transaction.atomic():
            close(ends_before)
        return refusal.value.code

    assert refused(date(2026, 4, 1)) == "not_over"
    running = Import.objects.create(kind="DEALS", file_name="二月.xlsx", content=b"", status=Import.Status.RUNNING)
    assert refused(BEGINNING) == "blocked"
    Import.objects.filter(pk=running.pk).update(status=Import.Status.DONE)
    close()
    assert refused(BEGINNING) == "closed_already"
    with pytest.raises(teams.UnitRefused, match="2026-03-01"), transaction.atomic():
        teams.move_unit(unit=month.units["one"], parent=month.units["west"], from_day=date(2026, 2, 15), today=TODAY, by=None)
