"""Several people on one plan at once: each waits for the other, nothing is lost, and the plan stays whole."""

from datetime import date

import pytest

from common.periods import Period
from common.tenancy import company_scope
from targets.models import Metric, PlanStep
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.services import plans, splits
from targets.services.metrics import add_builtin_metrics
from tests.cast import make_cast
from tests.together import at_once

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
def stage(committed):
    cast = make_cast()
    with company_scope(cast.lantern):
        add_builtin_metrics()
        plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=1, by=cast.amir.user)
        splits.set_year(plan=plan, tiers=1_000_003, method="EQUAL", on=YEAR.starts_on, by=cast.amir.user)
        splits.split_down(plan=plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=YEAR.starts_on, by=cast.amir.user)
    return cast, plan


def test_twenty_splits_of_one_unit_leave_it_whole(stage):
    cast, plan = stage
    asha, ada = person_key(cast.asha.person.pk, cast.one.pk), person_key(cast.ada.person.pk, cast.one.pk)

    def split(weight):
        return lambda: splits.split_down(
            plan=plan,
            unit=cast.one,
            method="WEIGHTS",
            weights={asha: weight, ada: 7},
            on=YEAR.starts_on,
            by=cast.bela.user,
        )

    done = at_once(cast.lantern, *[split(weight) for weight in range(1, 21)], then_rests=0)
    assert all(isinstance(step, PlanStep) for step in done)
    with company_scope(cast.lantern):
        assert sheet_of(plan, company=cast.lantern).sheet.gaps(unit_key(cast.root.pk)) == []
        plan.refresh_from_db()
        assert plan.version == 1 + 2 + 20


def test_of_two_who_saw_the_same_cell_one_is_told(stage):
    cast, plan = stage
    key = person_key(cast.asha.person.pk, cast.one.pk)
    with company_scope(cast.lantern):
        seen = sheet_of(plan, company=cast.lantern).sheet.of(key)[2].commit

    def set_to(amount, member):
        return lambda: splits.set_cell(
            plan=plan, key=key, period=MARCH, tier="commit", amount=amount, seen=seen, by=member.user
        )

    done = at_once(cast.lantern, set_to(11, cast.bela), set_to(22, cast.dora))
    assert sorted(type(outcome).__name__ for outcome in done) == ["PlanStep", "str"]
    assert "changed" in done
    with company_scope(cast.lantern):
        kept = sheet_of(plan, company=cast.lantern).sheet.of(key)[2].commit
    assert kept == (11 if done[1] == "changed" else 22)
