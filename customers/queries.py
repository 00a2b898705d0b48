"""Reads about customers: who sees which, which are already there, and whose follow-up is late."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.apps import apps
from django.db.models import Case, OuterRef, Q, Subquery, When
from django.db.models.functions import TruncDate

from customers import rules
from customers.models import Complaint, Customer, Survey
from teams.queries import people_in_sight


def seen_person_ids(sight):
    """Return the ids of the people in sight, or None for everybody. Asked once a page; lists are narrowed by the ids."""
    return None if sight.sees_everybody else list(people_in_sight(sight).values_list("pk", flat=True))


def customers_in_sight(sight):
    """Return the customers of the people a member sees; who sees everybody also sees those without an owner."""
    ids = seen_person_ids(sight)
    return Customer.objects.all() if ids is None else Customer.objects.filter(owner_id__in=ids)


def duplicates_of(*, name, phone=""):
    """Return current customers that are the same by name or phone number, whoever looks after them."""
    name_key, phone_key = rules.name_key_of(name), rules.phone_key_of(phone)
    same = Q()
    if name_key:
        same |= Q(name_key=name_key)
    if phone_key:
        same |= Q(phone_key=phone_key)
    return Customer.objects.current().filter(same) if same else Customer.objects.none()


def found_by(customers, text):
    """Narrow customers to those whose name, contact or phone number contains what was typed."""
    text = text.strip()
    if not text:
        return customers
    match = Q(contact_name__icontains=text)
    if name_key := rules.name_key_of(text):
        match |= Q(name_key__contains=name_key)
    digits = "".join(sign for sign in text if sign.isdecimal())
    if len(digits) >= 3:
        match |= Q(phone_key__contains=digits)
    return customers.filter(match)


def has_open_deals(customer):
    """Return whether a deal with the customer is still open."""
    return customer.deals.filter(status="OPEN").exists()


def with_last_visit(customers, *, on):
    """Annotate customers with `seen_on`: the day of the last valid visit by anybody up to a day; None if there was none."""
    # Looked up by name: visits stand a floor above and cannot be imported here. A subquery, not a join with GROUP BY:
    # a page of fifty rows must not add up the visits of ten thousand.
    visits = apps.get_model("visits", "Visit").objects.filter(customer=OuterRef("pk"), is_valid=True, visited_on__lte=on)
    last = visits.order_by("-visited_on").values("visited_on")[:1]
    return customers.annotate(seen_on=Subquery(last), added_on=TruncDate("created_at"))


def only_overdue(customers, *, on):
    """Narrow customers to those that were due to be seen before a day; the same rule as `overdue_customers`."""
    late = Q()
    for grade, days in rules.FOLLOW_UP_DAYS.items():
        seen_before = on - timedelta(days=days)
        late |= Q(grade=grade, seen_on__lt=seen_before) | Q(grade=grade, seen_on=None, added_on__lt=seen_before)
    return with_last_visit(customers, on=on).filter(late)


@dataclass(frozen=True)
class FollowUp:
    """A customer whose follow-up is late: last validly visited (or added) on `seen_on`, late by `days`."""

    customer: Customer
    seen_on: date
    was_visited: bool
    days: int


def overdue_customers(person, on) -> list[FollowUp]:
    """
    Return a person's customers that were due to be seen before a day, the best grade and the longest wait first.

    The rhythm counts from the last valid visit by anybody; for a customer never visited from the day it was added.
    """
    rows = with_last_visit(Customer.objects.current().filter(owner=person), on=on)
    late = [
        FollowUp(row, row.seen_on or row.added_on, row.seen_on is not None, days)
        for row in rows
        if (days := rules.days_overdue(grade=row.grade, seen_on=row.seen_on or row.added_on, on=on))
    ]
    return sorted(late, key=lambda item: (item.customer.grade, -item.days, item.customer.name, item.customer.pk))


def complaints_in_sight(sight):
    """Return the complaints that count for somebody in sight, that they deal with, or whose customer they look after now."""
    ids = seen_person_ids(sight)
    if ids is None:
        return Complaint.objects.all()
    return Complaint.objects.filter(Q(person_id__in=ids) | Q(handler_id__in=ids) | Q(customer__owner_id__in=ids))


def complaints_of(customer):
    """Return a customer's complaints that count, those that wait first, then the latest."""
    is_waiting = Case(When(status__in=("OPEN", "ANSWERED"), then=0), default=1)
    return Complaint.objects.filter(customer=customer).standing().order_by(is_waiting, "-raised_on", "-pk")


def surveys_in_sight(sight):
    """Return the surveys that count for somebody in sight, or whose customer they look after now."""
    ids = seen_person_ids(sight)
    if ids is None:
        return Survey.objects.all()
    return Survey.objects.filter(Q(person_id__in=ids) | Q(customer__owner_id__in=ids))
