"""Reads about visits: who sees which, and what a person has planned."""

from customers.queries import seen_person_ids
from visits.models import Visit, VisitPlan


def visits_in_sight(sight):
    """Return the visits of the people a member sees."""
    ids = seen_person_ids(sight)
    return Visit.objects.all() if ids is None else Visit.objects.filter(person_id__in=ids)


def plans_of(person, day):
    """Return what a person means to visit on a day, with customer and the visit that answered it."""
    return VisitPlan.objects.filter(person=person, planned_on=day).select_related("customer", "visit").order_by("pk")
