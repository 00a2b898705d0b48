"""Visits are kept whatever they are worth, and count when the rules say so."""

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from common.tenancy import company_scope
from customers.models import Customer
from visits import queries, services, signals
from visits.models import Visit, VisitPlan
from visits.rules import InvalidReason, invalid_reason

TODAY = date(2026, 3, 10)
NINE = datetime(2026, 3, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def field(cast):
    with company_scope(cast.lantern):
        cast.customer = Customer.objects.create(name="Blue House", owner=cast.asha.person)
        yield cast


def log(field, **given):
    given = {"person": field.asha.person, "customer": field.customer, "visited_on": TODAY, "today": TODAY} | given
    return services.log_visit(**given, by=field.asha.user)


@pytest.mark.parametrize(
    ("visited_on", "stay", "is_repeated", "reason"),
    [
        (TODAY, None, False, ""),
        (TODAY, 300, False, ""),
        (TODAY, 299, False, "TOO_SHORT"),
        (TODAY, 0, True, "DUPLICATE"),
        (TODAY + timedelta(days=1), 0, True, "IN_FUTURE"),
        (TODAY - timedelta(days=400), None, False, ""),
    ],
)
def test_a_visit_counts_by_its_day_its_stay_and_its_neighbours(visited_on, stay, is_repeated, reason):
    left_at = None if stay is None else NINE + timedelta(seconds=stay)
    assert (
        invalid_reason(
            visited_on=visited_on,
            today=TODAY,
            arrived_at=NINE,
            left_at=left_at,
            minimum_minutes=5,
            is_repeated=is_repeated,
        )
        == reason
    )


class TestLogVisit:
    def test_a_repeated_reference_is_the_same_visit_and_announced_once(self, field):
        told = []

        def hear(*, visit_ids, **_):
            told.append(visit_ids)

        signals.visit_changed.connect(hear)
        ref = uuid4()
        first = log(field, client_ref=ref)
        assert log(field, client_ref=ref, outcome="other") == first
        signals.visit_changed.disconnect(hear)
        assert Visit.objects.get().outcome == ""
        assert told == [[first.pk]]
        assert AuditEntry.objects.filter(action="visits.visit.logged").count() == 1

    def test_what_does_not_count_is_kept_with_the_reason(self, field):
        log(field)
        assert log(field).invalid_reason == InvalidReason.DUPLICATE
        assert log(field, person=field.ada.person).is_valid
        assert log(field, visited_on=TODAY + timedelta(days=1)).invalid_reason == InvalidReason.IN_FUTURE
        short = log(field, visited_on=TODAY - timedelta(days=1), checked_in_at=NINE, checked_out_at=NINE + timedelta(minutes=4))
        assert short.invalid_reason == InvalidReason.TOO_SHORT
        assert (Visit.objects.count(), Visit.objects.valid().count()) == (5, 2)

    def test_a_dated_next_step_becomes_a_plan_and_the_visit_answers_it(self, field):
        friday = TODAY + timedelta(days=3)
        log(field, next_step="Bring samples", next_on=friday)
        plan = queries.plans_of(field.asha.person, friday).get()
        assert (plan.purpose, plan.visit) == ("Bring samples", None)
        done = log(field, visited_on=friday, today=friday)
        plan.refresh_from_db()
        assert plan.visit == done

    def test_a_visit_that_does_not_count_answers_no_plan(self, field):
        plan = services.plan_visit(person=field.asha.person, customer=field.customer, planned_on=TODAY, by=None)
        log(field, checked_in_at=NINE, checked_out_at=NINE)
        plan.refresh_from_db()
        assert plan.visit is None

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"next_on": TODAY - timedelta(days=1)}, "next_before_visit"),
            ({"checked_out_at": NINE}, "arrival_missing"),
            ({"checked_in_at": NINE, "checked_out_at": NINE - timedelta(minutes=1)}, "left_before_arrived"),
        ],
    )
    def test_refuses_an_impossible_order_and_writes_nothing(self, field, given, code):
        with pytest.raises(services.VisitRefused) as caught:
            log(field, **given)
        assert caught.value.code == code
        assert not Visit.objects.exists()
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        "given", [{"outcome": "a\x00b"}, {"outcome": "x" * 2001}, {"next_step": "x" * 201}, {"kind": "TEA"}]
    )
    def test_refuses_text_that_does_not_fit(self, field, given):
        with pytest.raises(ValidationError):
            log(field, **given)
        assert not Visit.objects.exists()

    def test_refuses_a_day_that_lies_in_no_known_period(self, field):
        with pytest.raises(ValidationError) as caught:
            log(field, visited_on=date(1989, 12, 31))
        assert caught.value.message_dict["visited_on"] == ["The year must lie between 1990 and 2100."]
        assert not Visit.objects.exists()


class TestChangeVisit:
    def test_a_duplicate_counts_once_the_first_one_moves_away(self, field):
        first, second = log(field), log(field)
        services.change_visit(visit=first, visited_on=TODAY - timedelta(days=1), today=TODAY, by=field.asha.user)
        second.refresh_from_db()
        assert second.is_valid

    def test_a_short_stay_is_found_at_check_out(self, field):
        begun = services.check_in(
            person=field.asha.person, customer=field.customer, at=NINE, visited_on=TODAY, today=TODAY, by=field.asha.user
        )
        assert begun.is_valid
        ended = services.check_out(visit=begun, at=NINE + timedelta(minutes=2), today=TODAY, outcome="Out", by=field.asha.user)
        assert (ended.invalid_reason, ended.outcome) == (InvalidReason.TOO_SHORT, "Out")
        with pytest.raises(services.VisitRefused):
            services.check_out(visit=ended, at=NINE + timedelta(minutes=9), today=TODAY, by=field.asha.user)
        with pytest.raises(services.VisitRefused):
            services.check_out(visit=log(field, person=field.ada.person), at=NINE, today=TODAY, by=field.ada.user)

    def test_another_day_for_the_next_step_moves_the_plan(self, field):
        visit = log(field, next_step="Call", next_on=TODAY + timedelta(days=3))
        services.change_visit(visit=visit, next_on=TODAY + timedelta(days=7), today=TODAY, by=field.asha.user)
        assert [plan.planned_on for plan in VisitPlan.objects.all()] == [TODAY + timedelta(days=7)]


class TestPlans:
    def test_the_same_customer_and_day_is_one_plan(self, field):
        given = {"person": field.asha.person, "customer": field.customer, "planned_on": TODAY, "by": field.asha.user}
        first = services.plan_visit(**given, purpose="Measure")
        assert services.plan_visit(**given) == first
        assert services.plan_visit(**given, purpose="Quote").purpose == "Quote"
        assert VisitPlan.objects.count() == 1

    def test_is_dropped_unless_done(self, field):
        plan = services.plan_visit(person=field.asha.person, customer=field.customer, planned_on=TODAY, by=None)
        log(field)
        with pytest.raises(services.VisitRefused):
            services.drop_plan(plan=plan, by=field.asha.user)
        later = services.plan_visit(person=field.asha.person, customer=field.customer, planned_on=date(2026, 4, 1), by=None)
        services.drop_plan(plan=later, by=field.asha.user)
        assert list(VisitPlan.objects.all()) == [plan]
