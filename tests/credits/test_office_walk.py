"""
A random walk on which the office has its say too: people join, leave, come back and change roles, days and years are closed.

Whatever is entered late, the ledger adds up to the facts, what is closed stays as it was, and the next period can be closed.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.rules import Role
from common.tenancy import company_scope
from credits import services as credits
from credits.queries.closings import closed_before, closing_rows
from credits.queries.reconciliation import reconcile
from deals import services as deals
from teams import services as teams
from teams.models import CalendarException, Person, Task
from tests.credits.test_random_walk import TODAY, Walk

STEPS, LOOK_EVERY = 120, 15


class OfficeWalk(Walk):
    def somebody(self):
        return Person.objects.get(pk=super().somebody().pk)

    def do_hire(self):
        number = f"late-{len(self.people)}"
        unit, role = self.dice.choice(self.units), self.dice.choice([Role.REP, Role.REP, Role.MANAGER])
        made = teams.hire(name=number, employee_number=number, unit=unit, role=role, hired_on=self.day(), by=None)
        self.people.append(made)

    def do_leave(self):
        teams.end_employment(person=self.somebody(), left_on=self.day(), reason="", by=None)

    def do_come_back(self):
        unit = self.dice.choice(self.units)
        teams.rehire(person=self.somebody(), unit=unit, role=Role.REP, from_day=self.day(), by=None)

    def do_change_role(self):
        role = self.dice.choice([Role.REP, Role.MANAGER])
        teams.transfer(person=self.somebody(), unit=self.dice.choice(self.units), role=role, from_day=self.day(), by=None)

    def do_let_days_go_by(self):
        credits.post_days_worked(through=self.day())
        credits.post_lapsed(through=self.day())

    def do_except_a_day(self):
        teams.set_calendar_exception(day=self.day(), is_working=self.dice.random() < 0.5, name="Fair", by=None)

    def do_let_it_be_usual(self):
        if exception := self.one_of(CalendarException.objects.all()):
            teams.remove_calendar_exception(exception=exception, by=None)

    def do_assign_task(self):
        teams.assign_task(title="Call", owner=self.somebody(), due_on=self.day(), by=None)

    def do_complete_task(self):
        if task := self.one_of(Task.objects.all()):
            teams.complete_task(task=task, now=datetime.combine(self.day(), time(20), UTC), by=None)

    def do_change_territory(self):
        deals.change_deal(deal=self.deal(), territory=self.dice.choice([None, *self.units]), by=None)

    def do_close(self):
        days = self.dice.randint(3, 25)
        boundary = (closed_before() or date(2025, 12, 10)) + timedelta(days=days)
        credits.close_period(ends_before=min(boundary, date(2026, 3, 15)), today=TODAY, by=None)


@pytest.mark.parametrize("seed", [1, 9, 10])
def test_the_ledger_adds_up_and_closed_periods_stay(cast, seed):
    with company_scope(cast.lantern):
        walk = OfficeWalk(seed)
        for _look in range(STEPS // LOOK_EVERY):
            walk.take(LOOK_EVERY)
            assert [(row.measure, row.facts, row.ledger) for row in reconcile() if not row.is_exact] == []
            assert all(closing.is_unchanged for closing in closing_rows())
            assert credits.post_all() == 0
        assert closed_before() and walk.done["do_hire"] and walk.done["do_close"] and walk.done["do_change_role"]
