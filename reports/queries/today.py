"""A rep's day: what to do now, and where they stand."""

from datetime import timedelta

from django.db.models import Count

from common.periods import iso_week_of, month_of
from customers.queries import overdue_customers
from incentives.models import Praise
from targets.models import Attainment, Metric
from targets.queries.rankings import live_ranking
from teams.models import Task
from visits.models import Visit
from visits.queries import plans_of

OVERDUE_SHOWN = 5


def today_of(*, person, on, calendar):
    """Return what the rep's home shows beside their figures."""
    plans = list(plans_of(person, on))
    overdue = overdue_customers(person, on)
    week = iso_week_of(on)
    visits = dict(
        Visit.objects.valid().within(week).filter(person=person).order_by().values_list("visited_on").annotate(Count("pk"))
    )
    return {
        "plans": plans,
        "plans_open": sum(1 for plan in plans if plan.visit_id is None),
        "overdue": overdue[:OVERDUE_SHOWN],
        "overdue_count": len(overdue),
        "tasks": list(Task.objects.open().filter(owner=person, due_on__lte=on + timedelta(days=7))[:5]),
        "week": [(day, visits.get(day, 0), day == on, calendar.is_working(day)) for day in week.each_day()],
        "week_visits": sum(visits.values()),
        "praise": Praise.objects.filter(to=person, given_on__gt=on - timedelta(days=14)).select_related("by").first(),
        "standing": _standing(person, on),
    }


def _standing(person, on):
    """Return (place, of how many, distance to the next one up in minor units) in this month's revenue, or None."""
    metric = Metric.objects.filter(code="revenue", is_active=True).first()
    if metric is None:
        return None
    rows = live_ranking(metric=metric, period=month_of(on), span=Attainment.Span.MONTH, on=on)
    mine = next((r for r in rows if r.subject_id == person.pk), None)
    if mine is None or mine.place is None:
        return None
    better = [r for r in rows if r.place is not None and r.place < mine.place]
    return {
        "place": mine.place,
        "of": len(rows),
        "movement": mine.movement,
        "gap": better[-1].numerator - mine.numerator if better else None,
        "metric": metric,
    }
