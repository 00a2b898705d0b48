"""A year's plan, published in January and looked at in May: where stories about its life begin."""

from datetime import UTC, date, datetime

import time_machine

from common.periods import Period
from targets.models import Metric, Plan
from targets.queries.plans import person_key, sheet_of
from targets.rules import MonthMethod, SplitMethod
from targets.services import plans, splits

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
#: A Monday; May 2026 has 18 working days, 10 of them from the 18th on.
TODAY = date(2026, 5, 18)
NOW = datetime(2026, 5, 18, 2, tzinfo=UTC)
MAY, JUNE = 4, 5
MILLION = 1_000_000_00


def publish_2026(cast):
    """Publish revenue of 2026 on 5 January, the same for everybody."""
    with time_machine.travel(datetime(2026, 1, 5, 1, tzinfo=UTC)):
        by, on = cast.amir.user, date(2026, 1, 5)
        made = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=1, by=by)
        splits.set_year(plan=made, tiers=12 * MILLION, method=MonthMethod.EQUAL, on=on, by=by)
        splits.split_down(plan=made, unit=cast.root, method=SplitMethod.EQUAL, whole_subtree=True, on=on, by=by)
        return plans.publish(plan=made, now=datetime(2026, 1, 5, 1, tzinfo=UTC), by=by)


def table(plan):
    return sheet_of(Plan.objects.select_related("metric", "company").get(pk=plan.pk), company=plan.company, with_leaders=True)


def key_of(member, unit):
    return person_key(member.person.pk, unit.pk)


def commits(plan, key):
    return [cell.commit for cell in table(plan).sheet.of(key)]
