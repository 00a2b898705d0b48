"""A rep's day: what to do now, and where they stand."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from common.periods import PeriodKind, iso_week_of, month_of
from customers.queries import overdue_customers
from incentives.models import Praise
from incentives.queries.contest_list import running_for
from incentives.queries.penalties import open_to_appeal, unread_by
from targets.models import Metric
from targets.queries.metrics import headline_metric
from targets.queries.negotiation import waiting_for
from targets.queries.rankings import live_ranking
from targets.queries.windows import Window
from teams.models import Task
from visits.models import Visit
from visits.queries import plans_of

OVERDUE_SHOWN = 4
TASKS_SHOWN = 5
PRAISE_DAYS = 14


@dataclass(frozen=True)
class Place:
    """Where somebody stands this month: place, of how many, places gained, minor units to the next place up (None at the top)."""

    place: int
    of: int
    moved: int | None
    gap: int | None
    metric: Metric


def today_of(*, person, on, calendar, own_unit_id=None):
    """Return what the rep's home shows beside their figures."""
    plans = sorted(plans_of(person, on), key=lambda plan: plan.visit_id is not None)
    planned = {plan.customer_id for plan in plans}
    overdue = [late for late in overdue_customers(person, on) if late.customer.pk not in planned]
    week = iso_week_of(on)
    visits = dict(
        Visit.objects.valid().within(week).filter(person=person).order_by().values_list("visited_on").annotate(Count("pk"))
    )
    return {
        "plans": plans,
        "plans_open": sum(1 for plan in plans if plan.visit_id is None),
        "overdue": overdue[:OVERDUE_SHOWN],
        "overdue_count": len(overdue),
        "tasks": list(Task.objects.open().filter(owner=person, due_on__lte=on + timedelta(days=7))[:TASKS_SHOWN]),
        "week": [(day, visits.get(day, 0), day == on, calendar.is_working(day)) for day in week.each_day()],
        "week_visits": sum(visits.values()),
        "praise": Praise.objects.filter(to=person, given_on__gt=on - timedelta(days=PRAISE_DAYS)).select_related("by").first(),
        "place": place_of(person, on),
        "contests": running_for(person, own_unit_id=own_unit_id, on=on),
        "asked": waiting_for(person, on=on),
        "rules_unread": len(unread_by(person, on=on)),
        "cases_open": open_to_appeal(person, on=on),
    }


def place_of(person, on):
    """Return a person's place in this month's revenue, or None while they have none."""
    metric = headline_metric()
    if metric is None:
        return None
    rows = live_ranking(metric=metric, window=Window(month_of(on), PeriodKind.MONTH), on=on)
    mine = next((row for row in rows if row.subject_id == person.pk), None)
    if mine is None or mine.place is None:
        return None
    better = [row for row in rows if row.place is not None and row.place < mine.place]
    gap = better[-1].numerator - mine.numerator if better else None
    return Place(mine.place, len(rows), mine.movement, gap, metric)
