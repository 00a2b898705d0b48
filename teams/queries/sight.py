"""Reads about the organisation: who is where, and who sees whom."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.rules import Permission, Role
from common.tenancy import require_company_id
from teams.models import Assignment, Person, Unit
from teams.queries.placements import subtree_ids_on

LEADING_ROLES = (Role.MANAGER, Role.DIRECTOR)


@dataclass(frozen=True)
class Sight:
    """
    What a member sees: everybody, or the subtree of the units they lead; always themselves.

    Made once per request (`request.sight`); every list and every object of a page is narrowed by it.
    """

    sees_everybody: bool
    unit_ids: frozenset[int]
    person_id: int | None
    on: object  # the day, a date, on which it holds


def person_of(*, membership):
    """Return the person behind a membership, or None."""
    return Person.objects.filter(membership=membership).first()


def sight_of(*, membership, person, on):
    """Return what a member sees on a day."""
    if membership.may(Permission.SEE_EVERYBODY):
        return Sight(True, frozenset(), person and person.pk, on)
    led = []
    if person is not None:
        led = Assignment.objects.on(on).filter(person=person, role__in=LEADING_ROLES).values_list("unit_id", flat=True)
    return Sight(False, frozenset(subtree_ids(led)), person and person.pk, on)


def subtree_ids(unit_ids, *, on=None):
    """
    Return the ids of the units and of everything below them.

    :param on: as the tree was on that day; as it is today if None.
    """
    unit_ids = list(unit_ids)
    if not unit_ids:
        return []
    if on is not None:
        return subtree_ids_on(on, unit_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below AS (
                SELECT id FROM teams_unit WHERE company_id = %(company)s AND id = ANY(%(ids)s)
                UNION
                SELECT child.id FROM teams_unit child JOIN below ON child.parent_id = below.id WHERE child.company_id = %(company)s
            )
            SELECT id FROM below
            """,
            {"company": require_company_id(), "ids": unit_ids},
        )
        return [unit_id for (unit_id,) in cursor.fetchall()]


def units_in_sight(sight):
    """Return the units a member sees: all of them, or those they lead and what is below."""
    return Unit.objects.all() if sight.sees_everybody else Unit.objects.filter(pk__in=sight.unit_ids)


def territories(on):
    """Return the regions and teams that are open on a day, for choosing where something lies; their names are no secret."""
    open_units = Unit.objects.exclude(closed_on__lte=on).exclude(parent=None)
    return open_units.order_by("kind", "parent__position", "position", "name")


def with_place(people, *, on):
    """
    Annotate people with where they stand on a day: `unit_id` and `unit_role`.

    It is the last assignment that had begun by then; for somebody still to come the first one, for a leaver the last.
    """
    rows = Assignment.objects.filter(person=OuterRef("pk"))
    begun = rows.filter(starts_on__lte=on).order_by("-starts_on")
    first = rows.order_by("starts_on")
    return people.annotate(
        unit_id=Coalesce(Subquery(begun.values("unit_id")[:1]), Subquery(first.values("unit_id")[:1])),
        unit_role=Coalesce(Subquery(begun.values("role")[:1]), Subquery(first.values("role")[:1])),
    )


def people_in_sight(sight):
    """
    Return the people a member sees, annotated with their place (`unit_id`, `unit_role`) on the day of the sight.

    Leavers stay in sight of the unit they left from.
    """
    people = with_place(Person.objects.all(), on=sight.on)
    if sight.sees_everybody:
        return people
    return people.filter(Q(unit_id__in=sight.unit_ids) | Q(pk=sight.person_id or 0))


def people_employed_in(unit_ids, *, on):
    """Return the people employed on a day whose place is in one of the units, annotated with that place."""
    return with_place(Person.objects.employed_on(on), on=on).filter(unit_id__in=list(unit_ids)).order_by("name", "pk")
