"""Reads about visits: who sees which, what a person has planned, and planned against done."""

from dataclasses import dataclass

from django.db.models import Count, Q

from customers.queries import seen_person_ids
from teams.models import Person
from teams.queries import people_in_sight
from visits.models import Expense, Visit, VisitPlan


def visits_in_sight(sight):
    """Return the visits of the people a member sees."""
    ids = seen_person_ids(sight)
    return Visit.objects.all() if ids is None else Visit.objects.filter(person_id__in=ids)


def expenses_in_sight(sight):
    """Return the expenses of the people a member sees."""
    ids = seen_person_ids(sight)
    return Expense.objects.all() if ids is None else Expense.objects.filter(person_id__in=ids)


def plans_of(person, day):
    """Return what a person means to visit on a day, with customer and the visit that answered it."""
    return VisitPlan.objects.filter(person=person, planned_on=day).select_related("customer", "visit").order_by("pk")


@dataclass(frozen=True)
class Day:
    """A person's day: plans with the visits that answered them, visits that nobody had planned, and the sums."""

    plans: list[VisitPlan]
    unplanned: list[Visit]
    visits: int
    valid: int

    @property
    def done(self):
        """How many of the plans were carried out, on that day or later."""
        return sum(plan.visit_id is not None for plan in self.plans)


def day_of(person, day) -> Day:
    """Return planned against done for a person and a day."""
    plans = list(plans_of(person, day))
    answered = {plan.visit_id for plan in plans}
    visits = list(
        Visit.objects.filter(person=person, visited_on=day).select_related("customer").order_by("checked_in_at", "pk")
    )
    return Day(
        plans=plans,
        unplanned=[visit for visit in visits if visit.pk not in answered],
        visits=len(visits),
        valid=sum(visit.is_valid for visit in visits),
    )


@dataclass(frozen=True)
class TeamRow:
    """One person's day in the manager's list."""

    person: Person
    planned: int = 0
    done: int = 0
    visits: int = 0
    valid: int = 0

    @property
    def unplanned(self):
        return max(self.visits - self.done, 0)

    @property
    def invalid(self):
        return self.visits - self.valid

    @property
    def missed(self):
        return self.planned - self.done


def team_day(sight, day) -> list[TeamRow]:
    """Return planned against done on a day for everybody in sight who was employed, in three queries."""
    people = list(people_in_sight(sight).employed_on(day).filter(unit_role="REP").order_by("name", "pk"))
    ids = [person.pk for person in people]
    plans = {
        person_id: (planned, done)
        for person_id, planned, done in VisitPlan.objects.filter(person_id__in=ids, planned_on=day)
        .order_by()
        .values_list("person_id")
        .annotate(planned=Count("pk"), done=Count("pk", filter=Q(visit__isnull=False)))
    }
    visits = {
        person_id: (count, valid)
        for person_id, count, valid in Visit.objects.filter(person_id__in=ids, visited_on=day)
        .order_by()
        .values_list("person_id")
        .annotate(count=Count("pk"), valid=Count("pk", filter=Q(is_valid=True)))
    }
    return [TeamRow(person, *plans.get(person.pk, (0, 0)), *visits.get(person.pk, (0, 0))) for person in people]
