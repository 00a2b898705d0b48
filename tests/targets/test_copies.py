"""Next year's plan as a copy of this one: grown, in today's structure."""

from fractions import Fraction

import pytest
import time_machine
from django.utils import translation

from accounts.rules import Role
from common.tenancy import company_scope
from targets.models import Plan, PlanStep
from targets.queries.plans import person_key, unit_key
from targets.services import plans
from targets.services.copies import copy_plan
from targets.services.metrics import add_builtin_metrics
from teams import services as teams
from tests.targets.published import NOW, TODAY, commits, key_of, publish_2026, table


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern), translation.override("en"), time_machine.travel(NOW):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(lantern):
    return publish_2026(lantern)


def copied(cast, plan, growth="0"):
    return copy_plan(source=plan, growth=Fraction(growth), by=cast.amir.user)


class TestCopyPlan:
    def test_grows_everybody_and_adds_up(self, lantern, plan):
        made, copy = copied(lantern, plan, "8/100")
        assert (made.status, made.year_starts_on.year, copy.not_taken) == (Plan.Status.DRAFT, 2027, [])
        for key in (unit_key(lantern.root.pk), unit_key(lantern.one.pk), key_of(lantern.asha, lantern.one)):
            assert commits(made, key) == [round(amount * Fraction(108, 100)) for amount in commits(plan, key)]
        assert not table(made).sheet.gaps(unit_key(lantern.root.pk))
        assert PlanStep.objects.filter(plan=made).get().verb == PlanStep.Verb.COPY

    def test_leaves_what_a_leaver_had_at_the_unit(self, lantern, plan):
        teams.end_employment(person=lantern.asha.person, left_on=TODAY, reason="moved", by=lantern.amir.user)
        made, copy = copied(lantern, plan)
        [gone] = copy.not_taken
        assert (gone.name, gone.unit.name, gone.commit) == (
            "Asha",
            "Team One",
            sum(commits(plan, key_of(lantern.asha, lantern.one))),
        )
        assert commits(made, unit_key(lantern.one.pk)) == commits(plan, unit_key(lantern.one.pk))
        left = [missing[1] for missing in table(made).sheet.left_over(unit_key(lantern.one.pk))]
        assert left == commits(plan, key_of(lantern.asha, lantern.one))

    def test_takes_whoever_moved_to_where_they_are(self, lantern, plan):
        teams.transfer(person=lantern.asha.person, unit=lantern.two, role=Role.REP, from_day=TODAY, by=lantern.amir.user)
        made, _copy = copied(lantern, plan)
        was = commits(plan, key_of(lantern.asha, lantern.one))
        assert commits(made, person_key(lantern.asha.person.pk, lantern.two.pk)) == was
        assert commits(made, unit_key(lantern.root.pk)) == commits(plan, unit_key(lantern.root.pk))
        assert not table(made).sheet.gaps(unit_key(lantern.root.pk))

    def test_leaves_a_plan_alone_that_asks_for_something_already(self, lantern, plan):
        made, _copy = copied(lantern, plan)
        with pytest.raises(plans.PlanRefused, match="already"):
            copied(lantern, plan, "1/10")
        assert Plan.objects.count() == 2
        assert commits(made, unit_key(lantern.root.pk)) == commits(plan, unit_key(lantern.root.pk))

    def test_rounds_the_whole_once(self, lantern, plan):
        Plan.objects.filter(pk=plan.pk).update(rounding_unit=1000_00)
        plan.refresh_from_db()
        made, _copy = copied(lantern, plan, "1/7")
        assert all(amount % 1000_00 == 0 for amount in commits(made, unit_key(lantern.root.pk)))
        assert not table(made).sheet.gaps(unit_key(lantern.root.pk))
