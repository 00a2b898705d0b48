"""Customers with a won deal in the twelve months before: a level, which every period ends with."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck

from accounts.models import Company
from common.periods import Period, fiscal_year_of, kind_of, month_of, quarter_of
from common.tenancy import company_scope
from credits import services
from credits.models import Credit, DayReached
from credits.queries.lens import PLAIN, Lens
from credits.queries.reconciliation import reconcile
from deals.models import Deal, DealLine
from targets import rollups
from targets.models import Metric
from targets.queries.attainment import pace_of
from targets.queries.figures import figure_of
from targets.queries.windows import Window, figures_in
from targets.services.metrics import add_builtin_metrics
from targets.services.plans import PlanRefused, start_plan
from targets.services.splits import set_year
from teams.models import Assignment
from teams.queries import calendar_of
from teams.services import move_unit
from tests.credits.stories import make_customer, make_deal, make_instalment, make_product, make_return
from tests.credits.test_properties import figures
from tests.properties import given, settings, st
from tests.signing_in import BACKEND

JAN_10 = date(2025, 1, 10)
TODAY = date(2026, 6, 15)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def won(owner, customer, day, **fields):
    return make_deal(owner.person, lines=[(make_product(), 2, 50, 0)], customer=customer, closed_on=day, **fields)


def post(through=TODAY):
    services.post_all()
    services.post_lapsed(through=through)
    rollups.refresh_dirty(today=through)


def active(period, *, person=None, unit=None, lens=PLAIN):
    """Return how many there are at a period's end, as stored and as worked out, down to the credits."""
    metric = Metric.objects.get(code="active_customers")
    subject = {"person_ids": [person.person.pk]} if person else {"unit_ids": [unit.pk]}
    key = (metric.pk, person.person.pk if person else unit.pk)
    stored, live = (
        getattr(figures_in(metrics=[metric], window=Window(period, kind, lens), **subject).get(key), "numerator", 0)
        for kind in (kind_of(period, 1), None)
    )
    assert stored == live
    figure = figure_of(
        metric=metric,
        window=Window(period, None, lens),
        calendar=calendar_of(Company.objects.get(slug="lantern")),
        **{"person_id": person.person.pk} if person else {"unit_id": unit.pk},
    )
    assert figure.parts[0].added_up == live
    return live


def month(year, number):
    return month_of(date(year, number, 1))


class TestLevel:
    def test_counts_a_customer_for_a_year_from_the_day_of_the_deal(self, lantern):
        won(lantern.asha, make_customer(), JAN_10)
        post()
        assert [active(month(2025, 1), person=lantern.asha), active(month(2025, 12), person=lantern.asha)] == [1, 1]
        assert active(month(2026, 1), person=lantern.asha) == 0
        assert active(Period(date(2026, 1, 1), JAN_10.replace(year=2026)), person=lantern.asha) == 1, "the last day"
        assert active(fiscal_year_of(JAN_10, 1), unit=lantern.root) == 1
        assert active(quarter_of(JAN_10, 1), unit=lantern.east) == 1

    @pytest.mark.parametrize(
        ("bought_on", "lapses_on"),
        [(date(2024, 2, 29), date(2025, 2, 28)), (date(2023, 2, 28), date(2024, 2, 28)), (date(2023, 3, 1), date(2024, 3, 1))],
    )
    def test_knows_leap_years(self, lantern, bought_on, lapses_on):
        won(lantern.asha, make_customer(), bought_on)
        post()
        assert active(Period(bought_on, lapses_on), person=lantern.asha) == 1
        assert active(Period(bought_on, lapses_on + timedelta(days=1)), person=lantern.asha) == 0

    def test_a_running_year_shows_who_is_active_now(self, lantern):
        won(lantern.asha, make_customer(), date(2025, 9, 1))
        post(date(2026, 2, 10))
        assert active(fiscal_year_of(date(2026, 2, 10), 1), unit=lantern.root) == 1, "not who would be left in December"
        post(date(2026, 9, 1))
        assert active(fiscal_year_of(date(2026, 2, 10), 1), unit=lantern.root) == 0

    def test_belongs_to_the_lead_of_the_latest_deal_and_counts_once(self, lantern):
        customer = make_customer()
        won(lantern.asha, customer, JAN_10)
        won(lantern.ben, customer, date(2025, 3, 5))
        post()
        february, march = month(2025, 2), month(2025, 3)
        assert [active(february, person=who) for who in (lantern.asha, lantern.ben)] == [1, 0]
        assert [active(march, person=who) for who in (lantern.asha, lantern.ben)] == [0, 1]
        assert [active(march, unit=unit) for unit in (lantern.one, lantern.two, lantern.root)] == [0, 1, 1]

    def test_goes_back_to_the_deal_before_when_the_latest_comes_back(self, lantern):
        customer = make_customer()
        won(lantern.asha, customer, JAN_10)
        later = won(lantern.ben, customer, date(2025, 3, 5))
        make_return(later.lines.get(), 2, date(2025, 5, 20))
        post()
        assert [active(month(2025, 4), person=who) for who in (lantern.asha, lantern.ben)] == [0, 1]
        assert [active(month(2025, 5), person=who) for who in (lantern.asha, lantern.ben)] == [1, 0]
        assert active(month(2026, 1), unit=lantern.root) == 0

    def test_a_later_deal_takes_the_lapse_back(self, lantern):
        customer = make_customer()
        won(lantern.asha, customer, JAN_10)
        post(date(2026, 1, 12))
        assert active(month(2026, 1), unit=lantern.root) == 0
        won(lantern.asha, customer, date(2025, 12, 1))
        post(date(2026, 1, 12))
        assert active(month(2026, 1), unit=lantern.root) == 1

    def test_a_lapse_of_a_closed_day_counts_on_the_first_open_one(self, lantern):
        won(lantern.asha, make_customer(), JAN_10)
        services.post_all()
        rollups.refresh_dirty(today=date(2026, 2, 1))
        services.close_period(ends_before=date(2026, 2, 1), today=date(2026, 2, 3), by=lantern.amir.user)
        post(date(2026, 2, 3))
        assert active(month(2026, 1), unit=lantern.root) == 1
        assert active(month(2026, 2), unit=lantern.root) == 0

    def test_a_team_takes_its_customers_along(self, lantern):
        won(lantern.asha, make_customer(), JAN_10)
        services.post_all()
        move_unit(
            unit=lantern.one, parent=lantern.west, from_day=date(2025, 3, 15), today=date(2025, 3, 1), by=lantern.amir.user
        )
        rollups.refresh_everything(today=TODAY)
        assert [active(month(2025, 2), unit=unit) for unit in (lantern.east, lantern.west)] == [1, 0]
        assert [active(month(2025, 3), unit=unit) for unit in (lantern.east, lantern.west)] == [0, 1]

    def test_as_of_and_as_known(self, lantern):
        won(lantern.asha, make_customer(), JAN_10)
        services.post_all(recorded_at="2025-01-20T10:00+08:00")
        post()
        assert active(month(2026, 1), unit=lantern.root, lens=Lens(as_of=date(2026, 1, 9))) == 1
        assert active(month(2025, 1), unit=lantern.root, lens=Lens(known_at=date(2025, 1, 19))) == 0
        assert active(month(2025, 1), unit=lantern.root, lens=Lens(known_at=date(2025, 1, 20))) == 1


class TestLapsing:
    def test_a_second_night_adds_nothing_and_a_missed_one_is_made_up_for(self, lantern):
        for day in (JAN_10, date(2025, 2, 10)):
            won(lantern.asha, make_customer(), day)
        services.post_all()
        services.post_lapsed(through=date(2026, 1, 1))
        assert services.post_lapsed(through=date(2026, 1, 10)) == 1
        assert services.post_lapsed(through=date(2026, 1, 10)) == 0
        assert services.post_lapsed(through=date(2026, 5, 1)) == 1
        assert DayReached.objects.get().day == date(2026, 5, 1)
        assert Credit.objects.filter(measure="ACTIVE_CUSTOMERS", amount=-1).count() == 2


class TestWhatALevelIsNot:
    def test_it_has_no_pace_and_is_not_split(self, lantern):
        metric = Metric.objects.get(code="active_customers")
        plan = start_plan(metric=metric, year=fiscal_year_of(JAN_10, 1), rounding_unit=1, by=lantern.amir.user)
        with pytest.raises(PlanRefused):
            set_year(plan=plan, tiers=120, on=JAN_10, by=lantern.amir.user)
        won(lantern.asha, make_customer(), JAN_10)
        post()
        window = Window(month(2025, 1), None)
        row = figures_in(metrics=[metric], window=window, unit_ids=[lantern.root.pk])[metric.pk, lantern.root.pk]
        pace = pace_of(row, period=window.period, on=JAN_10, calendar=calendar_of(lantern.lantern))
        assert (pace.status, pace.expected) == ("NEUTRAL", None)


days = st.integers(0, 900).map(lambda n: date(2024, 1, 15) + timedelta(days=n))
histories = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 2), days, st.none() | st.integers(0, 500), st.booleans()),
    min_size=1,
    max_size=7,
)


def lapses_on(day):
    return date(day.year + 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def counted_plainly(on, reached):
    """Return {person id: customers} on a day in the plainest way."""
    found = {}
    for customer_id in set(Deal.objects.values_list("customer_id", flat=True)):
        stands = []
        for deal in Deal.objects.filter(customer_id=customer_id, status=Deal.Status.WON):
            back = deal.returns.order_by("-returned_on").first()
            is_back = back is not None and back.returned_on <= on
            has_lapsed = lapses_on(deal.closed_on) <= min(on, reached)
            if deal.closed_on <= on and not is_back and not has_lapsed:
                stands.append((deal.closed_on, deal.pk, deal.owner_id))
        if stands:
            owner_id = max(stands)[2]
            found[owner_id] = found.get(owner_id, 0) + 1
    return found


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(histories=histories, reached=days)
def test_any_history_gives_what_is_counted_plainly_on_every_day(lantern, histories, reached):
    with transaction.atomic():
        people, customers = [lantern.asha, lantern.ada, lantern.ben], [make_customer(), make_customer()]
        Assignment.objects.filter(person=lantern.ada.person).update(ends_before=date(2025, 2, 10))
        Assignment.objects.create(person=lantern.ada.person, unit=lantern.two, role="REP", starts_on=date(2025, 2, 10))
        for customer, owner, day, back_after, is_posted in histories:
            deal = make_deal(
                people[owner].person, lines=[(make_product(), 1, Decimal(9), 0)], customer=customers[customer], closed_on=day
            )
            if is_posted:
                services.post_deals([deal.pk])
                services.post_lapsed(through=min(day, reached))
                rollups.refresh_dirty(today=reached)
            if back_after is not None:
                make_return(DealLine.objects.get(deal=deal), 1, day + timedelta(days=back_after))
        services.post_deals(Deal.objects.values_list("pk", flat=True))
        services.post_lapsed(through=reached)
        assert services.post_all() == 0
        rollups.refresh_dirty(today=reached)
        incremental = figures()
        rollups.rebuild(today=reached)
        assert figures() == incremental
        assert [row.measure for row in reconcile() if not (row.is_exact and row.is_rolled_up)] == []
        begun = [month_of(reached), quarter_of(reached, 1), fiscal_year_of(reached, 1), month(2025, 2)]
        for period in [*begun, Period(date(2024, 3, 1), max(reached, date(2024, 3, 2)))]:
            plainly = counted_plainly(period.last_day, reached)
            if period.starts_on > reached:
                continue
            assert active(period, unit=lantern.root) == sum(plainly.values()), period
            for person in people:
                assert active(period, person=person) == plainly.get(person.person.pk, 0), (period, person)
        transaction.set_rollback(True)


@pytest.mark.parametrize("code", ["active_customers", "collection_rate"])
def test_boards_rankings_and_figures_show_stocks(client, lantern, code):
    deal = won(lantern.asha, make_customer(), JAN_10)
    make_instalment(deal, 100, JAN_10)
    post()
    client.force_login(lantern.dora.user, backend=BACKEND)
    for url in ("units/%(unit)s/?", "figures-of/%(person)s/?", "leaderboard/?", "figures/?person=%(person)s&"):
        address = url % {"unit": lantern.one.pk, "person": lantern.asha.person.pk}
        response = client.get(f"/lantern/{address}metric={code}&period=2025-Q1")
        assert response.status_code in {200, 302}, url
