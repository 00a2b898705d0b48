"""What has fallen due and what was collected of it: a stock, which every period begins with."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck

from accounts.models import Company
from common.periods import Period, fiscal_year_of, kind_of, month_of, months_in, quarter_of
from common.tenancy import company_scope
from credits import services
from credits.queries import lineage
from credits.queries.lens import PLAIN, Basis, Lens
from credits.queries.measures import STOCKED_IN_SQL
from credits.queries.reconciliation import reconcile
from credits.rules import BROUGHT_FORWARD, STOCKED
from customers.models import Channel
from deals.models import Deal, DealLine, Payment
from deals.services import log_deal, open_deal, win_deal
from targets import rollups
from targets.models import Attainment, Metric
from targets.queries.brought import STOCK
from targets.queries.figures import figure_of
from targets.queries.windows import Window, figures_in
from targets.services.metrics import add_builtin_metrics
from teams.models import Assignment
from teams.queries import calendar_of, sight_of
from teams.services import move_unit
from tests.credits.stories import ledger, make_customer, make_deal, make_instalment, make_payment, make_product, make_return
from tests.credits.test_properties import figures
from tests.properties import given, settings, st

TODAY = date(2026, 8, 1)
JANUARY, FEBRUARY, MARCH, APRIL = (month_of(date(2026, month, 1)) for month in (1, 2, 3, 4))


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def owed(owner, amount, due_on, *, closed_on=JANUARY.starts_on, **fields):
    """A won deal of one product whose amount falls due in one piece."""
    deal = make_deal(owner.person if owner else None, lines=[(make_product(), 1, amount, 0)], closed_on=closed_on, **fields)
    make_instalment(deal, amount, due_on)
    return deal


def rate(period, *, person=None, unit=None, lens=PLAIN):
    """Return (collected, due) of a period in yuan, None where there is no figure; its credits must add up to it."""
    metric = Metric.objects.get(code="collection_rate")
    subject = {"person_ids": [person.person.pk]} if person else {"unit_ids": [unit.pk]}
    key = (metric.pk, person.person.pk if person else unit.pk)
    # As it is stored, if it is, and as it is worked out while one looks.
    rows = [
        figures_in(metrics=[metric], window=Window(period, kind, lens), **subject).get(key)
        for kind in (kind_of(period, 1), None)
    ]
    stored, live = ((row.numerator, row.denominator) if row else None for row in rows)
    assert stored == live
    figure = figure_of(
        metric=metric,
        window=Window(period, None, lens),
        calendar=calendar_of(Company.objects.get(slug="lantern")),
        **{"person_id": person.person.pk} if person else {"unit_id": unit.pk},
    )
    assert [part.added_up for part in figure.parts] == list(live or (0, 0))
    return live and tuple(Decimal(amount) / 100 for amount in live)


def post():
    services.post_all()
    rollups.refresh_dirty(today=TODAY)


class TestWhatIsDue:
    def test_what_is_unpaid_at_the_end_of_a_month_is_due_again_in_the_next(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 1, 31))
        make_payment(deal, 30, date(2026, 2, 10))
        make_payment(deal, 70, date(2026, 4, 1))
        post()
        assert rate(JANUARY, person=lantern.asha) == (0, 100)
        assert rate(FEBRUARY, person=lantern.asha) == (30, 100)
        assert rate(MARCH, person=lantern.asha) == (0, 70)
        assert rate(APRIL, person=lantern.asha) == (70, 70)

    def test_a_quarter_and_a_year_hold_what_is_brought_forward_once(self, lantern):
        deal = owed(lantern.asha, 100, date(2025, 12, 20), closed_on=date(2025, 12, 1))
        make_payment(deal, 40, date(2026, 2, 10))
        owed(lantern.asha, 60, date(2026, 3, 5))
        post()
        assert rate(quarter_of(MARCH.starts_on, 1), person=lantern.asha) == (40, 160)
        assert rate(fiscal_year_of(MARCH.starts_on, 1), unit=lantern.root) == (40, 160)
        assert rate(MARCH, unit=lantern.east) == (0, 120)

    def test_what_came_early_is_collected_on_the_day_it_falls_due(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 3, 10))
        make_payment(deal, 80, date(2026, 1, 5))
        post()
        assert rate(JANUARY, person=lantern.asha) is None
        assert rate(MARCH, person=lantern.asha) == (80, 100)

    def test_a_payment_settles_what_fell_due_first(self, lantern):
        deal = make_deal(lantern.asha.person, amount=300, closed_on=JANUARY.starts_on)
        for month in (1, 2, 3):
            make_instalment(deal, 100, date(2026, month, 15))
        make_payment(deal, 150, date(2026, 1, 20))
        post()
        assert [rate(month, person=lantern.asha) for month in (JANUARY, FEBRUARY, MARCH)] == [(100, 100), (50, 100), (0, 150)]

    def test_a_return_takes_off_what_falls_due_last_and_what_is_overdue(self, lantern):
        deal = make_deal(lantern.asha.person, lines=[(make_product(), 4, 50, 0)], closed_on=JANUARY.starts_on)
        make_instalment(deal, 100, date(2026, 1, 15))
        make_instalment(deal, 100, date(2026, 3, 15))
        make_return(deal.lines.get(), 1, date(2026, 2, 1))
        post()
        assert [rate(month, person=lantern.asha) for month in (JANUARY, FEBRUARY, MARCH)] == [(0, 100), (0, 100), (0, 150)]
        make_return(deal.lines.get(), 3, date(2026, 4, 2))
        post()
        assert rate(MARCH, person=lantern.asha) == (0, 150)
        assert rate(APRIL, person=lantern.asha) == (0, 0), "nothing is left to collect: no rate"
        assert rate(month_of(date(2026, 5, 1)), person=lantern.asha) is None

    def test_a_payment_that_is_taken_back_is_due_again_in_every_month_since(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 1, 15))
        payment = make_payment(deal, 100, date(2026, 1, 15))
        post()
        assert rate(MARCH, person=lantern.asha) is None
        Payment.objects.filter(pk=payment.pk).update(is_cancelled=True)
        services.post_payments([payment.pk])
        rollups.refresh_dirty(today=TODAY)
        assert rate(JANUARY, person=lantern.asha) == (0, 100)
        assert rate(MARCH, person=lantern.asha) == (0, 100)

    def test_counts_for_the_team_that_made_the_sale_wherever_its_people_went(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 3, 10))
        Assignment.objects.filter(person=lantern.asha.person).update(ends_before=date(2026, 2, 1))
        Assignment.objects.create(person=lantern.asha.person, unit=lantern.two, role="REP", starts_on=date(2026, 2, 1))
        make_payment(deal, 10, date(2026, 4, 1))
        post()
        assert rate(APRIL, unit=lantern.one) == (10, 100)
        assert rate(APRIL, unit=lantern.two) is None

    def test_a_team_takes_what_is_overdue_along_when_it_moves(self, lantern):
        owed(lantern.asha, 100, date(2026, 1, 10))
        deal = owed(lantern.asha, 50, date(2026, 2, 5))
        make_payment(deal, 50, date(2026, 2, 20))
        services.post_all()
        move_unit(
            unit=lantern.one, parent=lantern.west, from_day=date(2026, 2, 15), today=date(2026, 2, 14), by=lantern.amir.user
        )
        rollups.refresh_everything(today=TODAY)
        assert rate(JANUARY, unit=lantern.east) == (0, 100)
        # It had not collected anything of its own by the day it left.
        assert rate(FEBRUARY, unit=lantern.east) == (0, 0)
        assert rate(FEBRUARY, unit=lantern.west) == (50, 150)
        assert rate(MARCH, unit=lantern.west) == (0, 100)
        assert rate(MARCH, unit=lantern.east) is None
        quarter = quarter_of(MARCH.starts_on, 1)
        assert (rate(quarter, unit=lantern.east), rate(quarter, unit=lantern.west)) == ((0, 0), (50, 150))
        assert rate(quarter, unit=lantern.root) == (50, 150)

    def test_a_team_that_moves_on_the_first_of_a_month_takes_it_along_in_the_year_too(self, lantern):
        owed(lantern.asha, 100, date(2026, 1, 10))
        services.post_all()
        move_unit(
            unit=lantern.one, parent=lantern.west, from_day=APRIL.starts_on, today=date(2026, 3, 14), by=lantern.amir.user
        )
        rollups.refresh_everything(today=TODAY)
        assert rate(MARCH, unit=lantern.east) == (0, 100)
        assert rate(APRIL, unit=lantern.east) == (0, 0)
        assert rate(APRIL, unit=lantern.west) == (0, 100)
        year = fiscal_year_of(MARCH.starts_on, 1)
        assert (rate(year, unit=lantern.east), rate(year, unit=lantern.west)) == ((0, 0), (0, 100))


class TestThroughALens:
    def test_as_of_a_day_leaves_out_what_was_collected_later(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 1, 15))
        make_payment(deal, 40, date(2026, 2, 10))
        post()
        assert rate(FEBRUARY, person=lantern.asha, lens=Lens(as_of=date(2026, 2, 9))) == (0, 100)

    def test_as_known_on_a_day_a_payment_entered_later_has_not_come(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 1, 15))
        services.post_all(recorded_at="2026-01-16T10:00+08:00")
        make_payment(deal, 40, date(2026, 1, 20))
        services.post_all(recorded_at="2026-03-01T10:00+08:00")
        rollups.refresh_dirty(today=TODAY)
        then = Lens(known_at=date(2026, 2, 27))
        assert rate(JANUARY, person=lantern.asha, lens=then) == (0, 100)
        assert rate(FEBRUARY, unit=lantern.one, lens=then) == (0, 100)
        assert rate(FEBRUARY, unit=lantern.one) == (0, 60)

    def test_by_territory_and_by_channel(self, lantern):
        channel = Channel.objects.create(name="Fairs")
        owed(lantern.asha, 100, date(2026, 1, 15), territory=lantern.two, channel=channel)
        owed(lantern.asha, 7, date(2026, 1, 15))
        post()
        assert rate(FEBRUARY, unit=lantern.two, lens=Lens(basis=Basis.TERRITORY)) == (0, 100)
        assert rate(FEBRUARY, unit=lantern.one, lens=Lens(channel_id=channel.pk)) == (0, 100)

    def test_knows_no_product_lines(self, lantern):
        assert not Lens(product_line_id=1).carries(Metric.objects.get(code="collection_rate").measures)


class TestMonthsToCome:
    def test_nothing_is_brought_into_a_month_that_has_not_begun(self, lantern):
        owed(lantern.asha, 100, date(2026, 1, 15))
        owed(lantern.asha, 7, date(2026, 9, 15))
        services.post_all()
        for _again in range(2):
            rollups.refresh_everything(today=date(2026, 3, 20))
            rows = Attainment.objects.filter(metric__code="collection_rate", span="MONTH", person=lantern.asha.person)
            assert dict(rows.values_list("starts_on__month", "denominator")) == {1: 100_00, 2: 100_00, 3: 100_00, 9: 7_00}

    def test_a_month_begins_with_what_was_left_though_nothing_was_posted_in_it_yet(self, lantern):
        owed(lantern.asha, 100, date(2026, 1, 15))
        services.post_all()
        rollups.refresh_open(today=date(2026, 2, 28))
        assert rollups.refresh_open(today=date(2026, 2, 28))["attainments"] == 0
        assert rollups.refresh_open(today=date(2026, 3, 1))["attainments"] > 0
        assert rate(MARCH, unit=lantern.one) == (0, 100)
        assert rollups.refresh_open(today=date(2026, 3, 1))["attainments"] == 0

    def test_a_night_sees_that_an_earlier_month_left_something_else(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 1, 15))
        services.post_all()
        rollups.refresh_open(today=date(2026, 4, 1))
        make_payment(deal, 30, date(2026, 2, 1))
        services.post_deals([deal.pk])
        rollups.refresh_open(today=date(2026, 4, 1))
        assert rate(MARCH, person=lantern.asha) == (0, 70)


class TestClosedPeriods:
    def test_a_payment_entered_after_the_closing_counts_on_the_first_open_day(self, lantern):
        deal = owed(lantern.asha, 100, date(2026, 1, 15))
        post()
        services.close_period(ends_before=FEBRUARY.starts_on, today=date(2026, 2, 3), by=lantern.amir.user)
        make_payment(deal, 100, date(2026, 1, 20))
        services.post_deals([deal.pk])
        rollups.refresh_dirty(today=TODAY)
        assert rate(JANUARY, person=lantern.asha) == (0, 100)
        assert rate(FEBRUARY, person=lantern.asha) == (100, 100)
        assert rate(MARCH, person=lantern.asha) is None


def test_the_database_is_told_of_the_same_stocks(lantern):
    with connection.cursor() as cursor:
        cursor.execute("WITH" + STOCK.rstrip(",\n") + " SELECT measure, part, factor FROM stock")
        assert sorted(cursor.fetchall()) == sorted(
            (measure, part, factor) for measure, parts in BROUGHT_FORWARD.items() for part, factor in parts.items()
        )
    assert str(STOCKED) == STOCKED_IN_SQL


class TestLineage:
    def test_opens_to_what_is_still_owed_and_leaves_out_what_was_settled_before(self, lantern):
        settled = owed(lantern.asha, 20, date(2026, 1, 5))
        make_payment(settled, 20, date(2026, 1, 20))
        partly = owed(lantern.asha, 100, date(2026, 1, 15))
        make_payment(partly, 40, date(2026, 1, 20))
        falling = owed(lantern.asha, 7, date(2026, 2, 5))
        post()
        window = Window(FEBRUARY, None)
        calendar = calendar_of(Company.objects.get(slug="lantern"))
        metric = Metric.objects.get(code="collection_rate")
        figure = figure_of(metric=metric, window=window, calendar=calendar, person_id=lantern.asha.person.pk)
        due = figure.parts[1]
        assert (due.brought, due.inside, due.is_exact) == (60_00, 7_00, True)
        sight = sight_of(membership=lantern.hana.membership, on=FEBRUARY.last_day)
        rows = lineage.rows_of(due.credits.order_by("day"), sight=sight)
        assert [(row.route_id, row.measure, row.amount) for row in rows] == [
            (partly.pk, "AMOUNT_DUE", 100_00),
            (partly.pk, "COLLECTED_DUE", -40_00),
            (falling.pk, "AMOUNT_DUE", 7_00),
        ]


class TestServices:
    def test_what_is_won_falls_due_at_once(self, lantern):
        customer = make_customer(credit_days=30)
        given = {"customer": customer, "owner": lantern.asha.person, "by": lantern.asha.user}
        lines = [(make_product(), 2, Decimal(50))]
        log_deal(**given, lines=lines, closed_on=date(2026, 1, 5))
        win_deal(
            deal=open_deal(**given, lines=lines, opened_on=date(2026, 1, 4)), closed_on=date(2026, 1, 6), by=lantern.asha.user
        )
        assert ledger("measure", "day")["AMOUNT_DUE", date(2026, 2, 4)] == 100_00
        assert ledger("measure", "day")["AMOUNT_DUE", date(2026, 2, 5)] == 100_00
        assert services.post_all() == 0


FIRST = date(2025, 11, 20)
days = st.integers(0, 200).map(lambda n: FIRST + timedelta(days=n))
amounts = st.integers(1, 20000).map(lambda n: Decimal(n).scaleb(-2))
histories = st.lists(
    st.tuples(
        st.integers(0, 3),  # whose; 3 is shared by two of one team
        st.lists(st.tuples(amounts, days), min_size=1, max_size=3),  # instalments
        st.lists(st.tuples(amounts, days), max_size=4),  # payments
        st.lists(st.tuples(st.integers(1, 5), days), max_size=2),  # returns
        st.sampled_from([Deal.Status.WON, Deal.Status.WON, Deal.Status.CANCELLED]),
    ),
    min_size=1,
    max_size=4,
)


def counted_plainly(period):
    """Return (collected, due) of a period over everybody in the plainest way, from instalments, payments and returns."""
    collected = due = 0
    for deal in Deal.objects.filter(status=Deal.Status.WON):

        def by(day, deal=deal):
            fallen = sum(row.amount for row in deal.instalments.all() if row.due_on <= day)
            back = sum(row.amount for row in deal.returns.all() if row.returned_on <= day)
            paid = sum(row.amount for row in deal.payments.all() if row.received_on <= day and not row.is_cancelled)
            owed = min(fallen, deal.amount - back)
            return owed, min(paid, owed)

        _owed_before, collected_before = by(period.starts_on - timedelta(days=1))
        owed_then, collected_then = by(period.last_day)
        collected += collected_then - collected_before
        due += owed_then - collected_before
    return collected, due


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(histories=histories, batches=st.lists(st.booleans(), min_size=4, max_size=4), cut=st.tuples(days, st.integers(1, 90)))
def test_any_history_gives_what_is_counted_plainly_in_every_period(lantern, histories, batches, cut):
    with transaction.atomic():
        people = [lantern.asha, lantern.ada, lantern.ben]
        for (whose, due, paid, back, status), is_posted in zip(histories, batches, strict=False):
            shares = [
                (lantern.asha.person, "33.33", False),
                (lantern.ada.person, "66.67", False),
                (lantern.ben.person, 9, True),
            ]
            deal = make_deal(
                people[whose % 3].person,
                lines=[(make_product(), 5, Decimal("33.33"), 0)],
                closed_on=FIRST,
                status=status,
                shares=shares if whose == 3 else (),
            )
            for amount, day in due:
                make_instalment(deal, amount, day)
            if is_posted:
                services.post_deals([deal.pk])
                rollups.refresh_dirty(today=TODAY)
            for amount, day in paid:
                make_payment(deal, amount, day)
            left = 5
            for quantity, day in back:
                if min(quantity, left):
                    make_return(DealLine.objects.get(deal=deal), min(quantity, left), day)
                left -= min(quantity, left)
        services.post_deals(Deal.objects.values_list("pk", flat=True))
        assert services.post_all() == 0
        rollups.refresh_dirty(today=TODAY)
        incremental = figures()
        rollups.rebuild(today=TODAY)
        assert figures() == incremental
        assert [row.measure for row in reconcile() if not (row.is_exact and row.is_rolled_up)] == []
        span = Period(FIRST, date(2026, 6, 30))
        periods = [*months_in(span), *{quarter_of(month.starts_on, 1) for month in months_in(span)}]
        periods += [fiscal_year_of(FIRST, 1), fiscal_year_of(span.last_day, 1), Period(cut[0], cut[0] + timedelta(days=cut[1]))]
        for period in periods:
            assert (rate(period, unit=lantern.root) or (0, 0)) == counted_plainly(period), period
            by_person = [rate(period, person=person) or (0, 0) for person in (lantern.asha, lantern.ada)]
            assert tuple(map(sum, zip(*by_person, strict=True))) == (rate(period, unit=lantern.one) or (0, 0))
        transaction.set_rollback(True)
