"""Days worked: who was a rep on which working day, posted as the days go by."""

from datetime import date

import pytest
from django.db.models import Sum

from accounts.services import change_company
from common.tenancy import company_scope
from credits import services
from credits.models import Credit
from credits.queries.reconciliation import reconcile
from teams.models import Assignment
from teams.services import (
    CalendarRefused,
    end_employment,
    hire,
    remove_calendar_exception,
    set_calendar_exception,
    transfer,
)
from tests.credits.stories import make_customer, make_visit

MARCH_8, MARCH_9 = date(2026, 3, 8), date(2026, 3, 9)  # Sunday, Monday
REPS = 3


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        # Asha, Ada and Ben sell; a visit says from which month on days are counted.
        services.post_visits([make_visit(cast.asha.person, make_customer(), date(2026, 3, 4)).pk])
        yield cast


def days_of(**where):
    return Credit.objects.filter(measure="DAYS_WORKED", **where).aggregate(sum=Sum("amount"))["sum"] or 0


def is_exact():
    return [(row.facts, row.ledger) for row in reconcile() if row.measure == "DAYS_WORKED" and not row.is_exact] == []


class TestPostDaysWorked:
    def test_counts_working_days_of_reps_and_of_nobody_else(self, lantern):
        assert services.post_days_worked(through=MARCH_8) == 5 * REPS
        assert days_of(person=lantern.asha.person) == 5
        assert days_of(person=lantern.bela.person) == 0
        assert is_exact()

    def test_goes_on_where_it_ended_and_adds_nothing_twice(self, lantern):
        services.post_days_worked(through=MARCH_8)
        assert services.post_days_worked(through=MARCH_8) == 0
        assert services.post_days_worked(through=MARCH_9) == REPS
        assert services.post_all() == 0

    def test_waits_for_the_first_visit(self, cast):
        with company_scope(cast.lantern):
            assert services.post_days_worked(through=MARCH_9) == 0

    def test_goes_back_when_visits_of_an_earlier_month_come_in(self, lantern):
        services.post_days_worked(through=MARCH_8)
        services.post_visits([make_visit(lantern.asha.person, make_customer(), date(2026, 2, 24)).pk])
        services.post_days_worked(through=MARCH_8)
        assert Credit.objects.filter(measure="DAYS_WORKED").earliest("day").day == date(2026, 2, 2)
        assert is_exact()


class TestWhatBecomesKnownLater:
    def test_a_transfer_moves_the_days_since(self, lantern):
        services.post_days_worked(through=MARCH_8)
        transfer(person=lantern.asha.person, unit=lantern.two, role="REP", from_day=date(2026, 3, 5), by=lantern.hana.user)
        units = {unit.pk: days_of(person=lantern.asha.person, unit=unit) for unit in (lantern.one, lantern.two)}
        assert units == {lantern.one.pk: 3, lantern.two.pk: 2}

    def test_who_becomes_a_manager_counts_no_more(self, lantern):
        services.post_days_worked(through=MARCH_8)
        transfer(person=lantern.asha.person, unit=lantern.one, role="MANAGER", from_day=date(2026, 3, 5), by=lantern.hana.user)
        assert days_of(person=lantern.asha.person) == 3
        assert is_exact()

    def test_an_exception_of_the_calendar_counts_at_once_and_so_does_its_end(self, lantern):
        services.post_days_worked(through=MARCH_8)
        free = set_calendar_exception(day=date(2026, 3, 4), is_working=False, name="Fair", by=lantern.amir.user)
        assert days_of() == 4 * REPS
        remove_calendar_exception(exception=free, by=lantern.amir.user)
        assert days_of() == 5 * REPS

    def test_an_assignment_that_goes_is_found_by_posting_everything(self, lantern):
        services.post_days_worked(through=MARCH_8)
        Assignment.objects.filter(person=lantern.ben.person).delete()
        services.post_all()
        assert days_of(person=lantern.ben.person) == 0
        assert is_exact()


class TestClosedPeriods:
    """Closed until Friday 6 March: Wednesday, Thursday and Friday of the reps stay; what comes later counts from Saturday on."""

    OPEN = date(2026, 3, 7)

    @pytest.fixture
    def closed(self, lantern):
        services.post_days_worked(through=MARCH_9)
        services.close_period(ends_before=self.OPEN, today=date(2026, 3, 10), by=None)
        return lantern

    def counted(self, person):
        days = Credit.objects.filter(measure="DAYS_WORKED", person=person, day__lt=self.OPEN)
        return list(days.order_by("day").values_list("day__day", "amount", "counts_on__day"))

    def test_who_was_hired_in_them_and_is_entered_late_counts_their_days_in_the_open_one(self, closed):
        late = {"hired_on": date(2026, 3, 5), "unit": closed.one, "role": "REP", "by": closed.hana.user}
        nina = hire(name="Nina", employee_number="n-1", **late)
        assert self.counted(nina) == [(5, 1, 7), (6, 1, 7)]
        assert days_of(person=nina) == 3
        assert is_exact()
        services.close_period(ends_before=date(2026, 3, 9), today=date(2026, 3, 10), by=None)

    def test_who_led_or_was_gone_by_then_gives_them_back_in_the_open_one(self, closed):
        transfer(person=closed.asha.person, unit=closed.one, role="MANAGER", from_day=date(2026, 3, 6), by=closed.hana.user)
        end_employment(person=closed.ben.person, left_on=date(2026, 3, 6), reason="", by=closed.hana.user)
        for person in (closed.asha.person, closed.ben.person):
            assert self.counted(person)[-1] == (6, -1, 7)
        assert is_exact()

    def test_a_transfer_within_the_role_leaves_them_with_the_unit(self, closed):
        transfer(person=closed.asha.person, unit=closed.two, role="REP", from_day=date(2026, 3, 5), by=closed.hana.user)
        units = {unit.pk: days_of(person=closed.asha.person, unit=unit) for unit in (closed.one, closed.two)}
        assert units == {closed.one.pk: 5, closed.two.pk: 1}
        assert is_exact()

    def test_their_calendar_stays_as_it_was(self, closed):
        by = closed.amir.user
        with pytest.raises(CalendarRefused) as refused:
            set_calendar_exception(day=date(2026, 3, 6), is_working=False, name="Fair", by=by)
        assert refused.value.code == "period_closed"
        free = set_calendar_exception(day=self.OPEN, is_working=True, name="Fair", by=by)
        assert days_of(day=self.OPEN) == REPS
        services.close_period(ends_before=MARCH_9, today=date(2026, 3, 10), by=None)
        with pytest.raises(CalendarRefused):
            remove_calendar_exception(exception=free, by=by)

    def test_a_day_that_was_free_after_all_stays_free(self, closed):
        set_calendar_exception(day=MARCH_9, is_working=False, name="Fair", by=closed.amir.user)
        services.close_period(ends_before=date(2026, 3, 10), today=date(2026, 3, 10), by=None)
        assert is_exact()

    def test_those_that_were_not_posted_yet_are_posted_for_the_open_one(self, lantern):
        services.post_days_worked(through=date(2026, 3, 5))
        services.close_period(ends_before=self.OPEN, today=date(2026, 3, 7), by=None)
        services.post_days_worked(through=date(2026, 3, 6))
        assert days_of(day=date(2026, 3, 6), counts_on=self.OPEN) == REPS
        assert is_exact()

    def test_other_working_weekdays_change_the_open_days_alone(self, closed):
        change_company(company=closed.lantern, working_weekdays=[1, 2, 3, 4, 6], by=closed.amir.user)
        services.post_all()
        assert days_of(day=date(2026, 3, 6)) == REPS
        assert days_of(day=self.OPEN) == REPS
        assert is_exact()
