"""Reads about the organisation: who is where, and who sees whom."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.rules import Permission, Role
from common.db.postgres.prepared import prepared
from common.rows import columns_of, instances_of
from common.tenancy import require_company_id
from teams.models import Assignment, Person, Unit
from teams.queries.placements import subtree_ids_on
from teams.rules import branches

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
    own_unit_id: int | None = None  # the unit in which the member is on that day

    @property
    def sees_others(self):
        """Whether there is anybody to see but the member."""
        return self.sees_everybody or bool(self.unit_ids)


_MEMBER = f"""member AS (
    SELECT {columns_of(Person, "teams_person")} FROM teams_person WHERE company_id = %(company)s AND membership_id = %(membership)s
),
place AS (
    SELECT unit_id, role FROM teams_assignment
    WHERE company_id = %(company)s AND person_id = (SELECT id FROM member)
        AND starts_on <= %(on)s AND (ends_before IS NULL OR ends_before > %(on)s)
)"""
_GIVEN = {"company": "bigint", "membership": "bigint", "on": "date"}
#: The person behind a membership and the unit they are in on a day.
_PERSON = prepared(
    f"""WITH {_MEMBER} SELECT (SELECT unit_id FROM place), NULL, NULL AS "|", {columns_of(Person, "member")} FROM member""",
    **_GIVEN,
)
#: The same with every unit that they lead then, and what is below it.
_PERSON_WITH_LED = prepared(
    f"""WITH RECURSIVE {_MEMBER},
below AS (
    SELECT unit_id AS id FROM place WHERE role = ANY(%(leading)s)
    UNION
    SELECT child.id FROM teams_unit child JOIN below ON child.parent_id = below.id WHERE child.company_id = %(company)s
)
SELECT (SELECT unit_id FROM place), ARRAY(SELECT id FROM below), NULL AS "|", {columns_of(Person, "member")} FROM member
""",
    **_GIVEN,
    leading="text[]",
)


def person_and_sight(*, membership, on):
    """Return the person behind a membership, or None, and what the member sees on a day; one query."""
    sees_everybody = membership.may(Permission.SEE_EVERYBODY)
    person = own_unit_id = led = None
    with connection.cursor() as cursor:
        cursor.execute(
            _PERSON if sees_everybody else _PERSON_WITH_LED,
            {"company": membership.company_id, "membership": membership.pk, "on": on, "leading": list(LEADING_ROLES)},
        )
        if row := cursor.fetchone():
            own_unit_id, led, *_about = row
            (person,) = instances_of(cursor, row, Person)
    return person, Sight(sees_everybody, frozenset(led or ()), person and person.pk, on, own_unit_id)


def sight_of(*, membership, on):
    """Return what a member sees on a day."""
    return person_and_sight(membership=membership, on=on)[1]


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


_PEOPLES_NAMES = """
(SELECT json_agg(json_build_array(person.id, person.name, person.is_here) ORDER BY person.name, person.id) FROM (
    SELECT id, name, hired_on <= %(on)s AND (left_on IS NULL OR left_on > %(on)s) AS is_here
    FROM teams_person WHERE company_id = %(company)s
"""
_UNITS_NAMES = (
    "(SELECT json_agg(json_build_array(id, name, parent_id) ORDER BY position, name, id)"
    " FROM teams_unit WHERE company_id = %(company)s"
)
#: Where each person stands on a day, as `with_place` has it: the last assignment that had begun, else the first.
_SEEN = """
    AND (id = %(person)s OR (
        SELECT unit_id FROM teams_assignment
        WHERE company_id = %(company)s AND person_id = teams_person.id
        ORDER BY starts_on <= %(on)s DESC, CASE WHEN starts_on <= %(on)s THEN starts_on END DESC, starts_on LIMIT 1
    ) = ANY(%(units)s))
"""
_ALL_NAMES = prepared(f"SELECT {_PEOPLES_NAMES}) person), {_UNITS_NAMES})", company="bigint", on="date")
_NAMES = prepared(
    f"SELECT {_PEOPLES_NAMES} {_SEEN}) person), {_UNITS_NAMES} AND id = ANY(%(units)s))",
    **dict.fromkeys(("company", "person"), "bigint"),
    on="date",
    units="bigint[]",
)


@dataclass(frozen=True)
class Names:
    """
    People and units to choose from, as (id, name) pairs: people by name, units each below the one above it.

    :ivar here: the people employed on the day.
    """

    people: tuple[tuple[int, str], ...]
    here: tuple[tuple[int, str], ...]
    units: tuple[tuple[int, str], ...]


def names_in_sight(sight):
    """Return whom and which units a member sees by name, in one query: for lists to choose from."""
    asked = {
        "company": require_company_id(),
        "on": sight.on,
        "person": sight.person_id,
        "units": list(sight.unit_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ALL_NAMES if sight.sees_everybody else _NAMES, asked)
        people, units = cursor.fetchone()
    people = people or ()
    return Names(
        tuple((pk, name) for pk, name, _is_here in people),
        tuple((pk, name) for pk, name, is_here in people if is_here),
        tuple((pk, name) for pk, name, _depth in branches(units or ())),
    )


def people_employed_in(unit_ids, *, on):
    """Return the people employed on a day whose place is in one of the units, annotated with that place."""
    return with_place(Person.objects.employed_on(on), on=on).filter(unit_id__in=list(unit_ids)).order_by("name", "pk")
