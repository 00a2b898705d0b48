"""What HR looks at first: who is here, who came and left, whose first half-year ends."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from reports.queries.staffing import staffing
from teams.models import Person
from teams.queries import sight_of

TODAY = date(2026, 3, 20)


def seen_by(cast, who="hana", on=TODAY):
    member = getattr(cast, who)
    return staffing(sight=sight_of(membership=member.membership, on=on), on=on, fiscal_start_month=1)


def change(member, **values):
    Person.objects.filter(pk=member.person.pk).update(**values)


class TestStaffing:
    def test_counts_who_is_here_today(self, lantern):
        change(lantern.ada, left_on=TODAY)
        change(lantern.ben, left_on=TODAY + timedelta(days=1))
        change(lantern.asha, hired_on=TODAY + timedelta(days=1))
        assert seen_by(lantern).headcount == 5

    def test_who_worked_the_last_day_of_a_quarter_left_in_it(self, lantern):
        change(lantern.ada, left_on=date(2026, 1, 1), leaving_reason="moved")
        change(lantern.ben, left_on=date(2026, 1, 2), leaving_reason="pay")
        found = seen_by(lantern)
        assert found.left == 1
        assert found.recent_leavers == ((lantern.ben.person.pk, "Ben", "Team Two", date(2026, 1, 1), "pay"),)

    def test_who_leaves_with_the_end_of_a_quarter_is_gone_in_that_quarter_and_not_in_the_next(self, lantern):
        change(lantern.ben, left_on=date(2026, 4, 1))
        assert [seen_by(lantern, on=day).left for day in (date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1))] == [0, 1, 0]

    def test_turnover_is_leavers_against_the_mean_headcount(self, lantern):
        change(lantern.ben, left_on=date(2026, 2, 1))
        found = seen_by(lantern)
        assert round(found.turnover, 2) == Decimal("15.38")  # 1 ÷ ((7 + 6) ÷ 2)

    def test_who_joins_on_the_first_day_of_the_quarter_joined_in_it(self, lantern):
        change(lantern.ada, hired_on=date(2026, 1, 1))
        change(lantern.ben, hired_on=date(2025, 12, 31))
        change(lantern.asha, hired_on=TODAY + timedelta(days=1))
        assert seen_by(lantern).joined == 1

    def test_a_company_without_anybody_has_no_turnover(self, lantern):
        Person.objects.update(hired_on=TODAY + timedelta(days=30))
        found = seen_by(lantern)
        assert (found.headcount, found.turnover, found.stages) == (0, None, ())

    def test_announces_the_end_of_the_survival_stage(self, lantern):
        change(lantern.ada, hired_on=date(2025, 10, 1))
        change(lantern.ben, hired_on=date(2025, 11, 30))
        assert [(d.name, d.due_before) for d in seen_by(lantern).decisions] == [("Ada", date(2026, 4, 1))]

    def test_names_birthdays_of_the_coming_week_over_the_turn_of_the_year(self, lantern):
        change(lantern.ada, birthday=date(1990, 1, 2))
        change(lantern.ben, birthday=date(1985, 12, 29))
        change(lantern.asha, birthday=date(1992, 1, 5))
        found = seen_by(lantern, on=date(2026, 12, 29))
        assert found.birthdays == (("Ben", date(2026, 12, 29)), ("Ada", date(2027, 1, 2)))

    @pytest.mark.parametrize(("year", "shown_on"), [(2027, date(2027, 2, 28)), (2028, date(2028, 2, 29))])
    def test_forgets_nobody_born_on_29_february(self, lantern, year, shown_on):
        change(lantern.ada, birthday=date(1992, 2, 29))
        assert seen_by(lantern, on=date(year, 2, 26)).birthdays == (("Ada", shown_on),)

    def test_counts_stages_by_region(self, lantern):
        change(lantern.ada, hired_on=date(2026, 1, 5))
        change(lantern.ben, hired_on=date(2025, 6, 1))
        assert seen_by(lantern).stages == (("East", (1, 1, 4)),)

    def test_a_leader_sees_their_own_people(self, lantern):
        assert seen_by(lantern, "bela").headcount == 3

    def test_costs_the_same_for_everybody(self, lantern, django_assert_num_queries):
        with django_assert_num_queries(4):  # one of them finds out whom HR sees
            seen_by(lantern, "hana")
