"""What a month's records hold about people, as rows of evidence: a fixed number of queries whatever their number."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from deals.models import Deal, DealReturn, Instalment, Payment
from deals.rules import outstanding
from incentives.rules.penalties import CHASED_AFTER_DAYS, Trigger
from teams.models import Task
from visits.models import Visit


@dataclass(frozen=True, order=True)
class Evidence:
    """A row: the day, how many it stands for, and the deal, customer or task it is about (ids)."""

    on: date
    count: int = 1
    deal_id: int | None = None
    customer_id: int | None = None
    task_id: int | None = None


def evidence_of(trigger, *, month, known_from, people, calendar):
    """
    Return the evidence in a month by person id; who has none is missing.

    :param known_from: the day from which the rule counts, by person id; nothing before it is looked at.
    :param people: the `Person`s by id.
    :param calendar: says which days are worked.
    """
    read = {
        Trigger.IDLE_DAYS: _idle_days,
        Trigger.LATE_TASKS: _late_tasks,
        Trigger.UNCHASED: _unchased,
        Trigger.VISITS: _visits,
    }[Trigger(trigger)]
    found = read(month=month, known_from=known_from, people=people, calendar=calendar)
    return {person_id: sorted(rows, key=_order) for person_id, rows in found.items() if rows}


def _order(row):
    return (row.on, row.deal_id or 0, row.task_id or 0)


def _days_with_visits(month, people):
    rows = Visit.objects.valid().within(month).filter(person__in=people).order_by()
    found = {}
    for person_id, day, count in rows.values_list("person_id", "visited_on").annotate(Count("pk")):
        found.setdefault(person_id, {})[day] = count
    return found


def _idle_days(*, month, known_from, people, calendar):
    """Working days on which somebody was employed and made no valid visit."""
    visited = _days_with_visits(month, known_from)
    working = [day for day in month.each_day() if calendar.is_working(day)]

    def is_idle(person, day):
        is_employed = person.hired_on <= day and (person.left_on is None or day < person.left_on)
        return is_employed and day >= known_from[person.pk] and day not in visited.get(person.pk, {})

    return {pk: [Evidence(day) for day in working if is_idle(people[pk], day)] for pk in known_from}


def _visits(*, month, known_from, people, calendar):
    visited = _days_with_visits(month, known_from)
    return {pk: [Evidence(day, count) for day, count in days.items() if day >= known_from[pk]] for pk, days in visited.items()}


def _late_tasks(*, month, known_from, people, calendar):
    """Tasks that fell due and were done later than their day, or not at all."""
    rows = Task.objects.filter(owner__in=known_from, due_on__gte=month.starts_on, due_on__lt=month.ends_before)
    found = {}
    for task in rows.exclude(status=Task.Status.CANCELLED):
        is_late = task.done_at is None or timezone.localdate(task.done_at) > task.due_on
        if is_late and task.due_on >= known_from[task.owner_id]:
            found.setdefault(task.owner_id, []).append(Evidence(task.due_on, task_id=task.pk))
    return found


def _unchased(*, month, known_from, people, calendar):
    """Deals with money long overdue at the month's end whose customer nobody visited for it; for who knew all month."""
    whole = [pk for pk, day in known_from.items() if day <= month.starts_on]
    zero = Decimal(0)

    def total(model, **days):
        rows = model.objects.filter(deal=OuterRef("pk"), **days).order_by().values("deal").annotate(total=Sum("amount"))
        return Coalesce(Subquery(rows.values("total")), zero)

    last_due = Instalment.objects.filter(deal=OuterRef("pk")).order_by("-due_on").values("due_on")[:1]
    chased = Visit.objects.valid().within(month).filter(customer=OuterRef("customer"), kind=Visit.Kind.COLLECTION)
    rows = (
        Deal.objects.won()
        .filter(owner__in=whole, customer__isnull=False)
        .annotate(
            last_due=Subquery(last_due),
            paid=total(Payment, is_cancelled=False, received_on__lt=month.ends_before),
            returned=total(DealReturn, returned_on__lt=month.ends_before),
        )
        .filter(~Exists(chased), last_due__lte=month.last_day - timedelta(days=CHASED_AFTER_DAYS))
    )
    found = {}
    for deal in rows:
        if outstanding(amount=deal.amount, returned=deal.returned, paid=deal.paid) > 0:
            row = Evidence(deal.last_due, deal_id=deal.pk, customer_id=deal.customer_id)
            found.setdefault(deal.owner_id, []).append(row)
    return found
