"""A rep's day: what is planned, what is overdue, where they stand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers.models import Customer
from incentives.services.recognition import praise
from reports.queries.today import place_of, today_of
from targets.models import Metric
from teams.queries import calendar_of
from teams.services import assign_task
from tests.credits.stories import make_customer, make_visit
from visits.models import VisitPlan

TODAY = date(2026, 3, 20)


def day_of(cast, member):
    return today_of(person=member.person, on=TODAY, calendar=calendar_of(cast.lantern))


@pytest.fixture
def overdue(quarter_story):
    """Three customers of Ada's, added long ago and never seen; one that was seen yesterday."""
    made = [make_customer(owner=quarter_story.ada.person, grade=grade) for grade in ("B", "A", "C")]
    Customer.objects.filter(pk__in=[c.pk for c in made]).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_visit(quarter_story.ada.person, make_customer(owner=quarter_story.ada.person, grade="A"), TODAY - timedelta(days=1))
    return made


class TestTodayOf:
    def test_puts_what_is_still_to_do_before_what_is_done(self, quarter_story):
        ada, customer = quarter_story.ada.person, make_customer(owner=quarter_story.ada.person)
        visit = make_visit(ada, customer, TODAY)
        VisitPlan.objects.create(person=ada, customer=customer, planned_on=TODAY, visit=visit)
        VisitPlan.objects.create(person=ada, customer=make_customer(), planned_on=TODAY)
        VisitPlan.objects.create(person=ada, customer=make_customer(), planned_on=TODAY + timedelta(days=1))
        found = day_of(quarter_story, quarter_story.ada)
        assert [plan.visit_id for plan in found["plans"]] == [None, visit.pk]
        assert found["plans_open"] == 1

    def test_names_overdue_customers_the_best_grade_first_and_none_twice(self, quarter_story, overdue):
        found = day_of(quarter_story, quarter_story.ada)
        assert [late.customer.grade for late in found["overdue"]] == ["A", "B", "C"]
        VisitPlan.objects.create(person=quarter_story.ada.person, customer=overdue[1], planned_on=TODAY)
        found = day_of(quarter_story, quarter_story.ada)
        assert ([late.customer.grade for late in found["overdue"]], found["overdue_count"]) == (["B", "C"], 2)

    def test_counts_valid_visits_of_the_week_by_day(self, quarter_story):
        customer = make_customer()
        for day, is_valid in ((16, True), (18, True), (18, True), (19, False), (13, True)):
            reason = {} if is_valid else {"invalid_reason": "TOO_SHORT"}
            make_visit(quarter_story.ada.person, customer, date(2026, 3, day), is_valid=is_valid, **reason)
        found = day_of(quarter_story, quarter_story.ada)
        assert [made for _day, made, _today, _works in found["week"]] == [1, 0, 2, 0, 0, 0, 0]
        assert [works for _day, _made, _today, works in found["week"]] == [True] * 5 + [False] * 2
        assert found["week_visits"] == 3

    def test_shows_tasks_of_the_coming_week_and_late_ones_of_ones_own(self, quarter_story):
        for title, owner, days in (("late", "ada", -3), ("soon", "ada", 7), ("far", "ada", 8), ("other", "asha", 0)):
            assign_task(
                title=title,
                owner=getattr(quarter_story, owner).person,
                due_on=TODAY + timedelta(days=days),
                by=quarter_story.bela.user,
            )
        assert [task.title for task in day_of(quarter_story, quarter_story.ada)["tasks"]] == ["late", "soon"]

    def test_shows_the_latest_praise_of_a_fortnight(self, quarter_story):
        given = {"to": quarter_story.ada.person, "giver": quarter_story.asha.person, "by": quarter_story.asha.user}
        praise(text="long ago", given_on=TODAY - timedelta(days=14), **given)
        assert day_of(quarter_story, quarter_story.ada)["praise"] is None
        praise(text="helped", given_on=TODAY - timedelta(days=13), **given)
        assert day_of(quarter_story, quarter_story.ada)["praise"].text == "helped"


class TestPlaceOf:
    def test_is_the_place_of_the_month_and_the_way_to_the_next(self, quarter_story):
        found = place_of(quarter_story.ada.person, TODAY)
        assert (found.place, found.of, found.gap, found.moved) == (3, 3, 550_00, None)
        assert place_of(quarter_story.asha.person, TODAY).gap is None

    def test_there_is_none_for_who_is_not_ranked_or_without_the_metric(self, quarter_story):
        assert place_of(quarter_story.bela.person, TODAY) is None
        Metric.objects.update(is_active=False)
        assert place_of(quarter_story.ada.person, TODAY) is None
