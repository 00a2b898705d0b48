"""People as lists and pages show them: their unit, their stage, their story, their tasks."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import OuterRef, Subquery

from accounts.rules import Role
from common.db.postgres.prepared import prepared
from common.lists import in_words
from common.periods import add_months
from common.tenancy import require_company_id
from teams import rules
from teams.models import Person, Task, Unit

#: How long before the end of the survival stage its decision is announced.
DECISION_NOTICE = timedelta(days=45)


def with_unit_name(people):
    """Annotate people, annotated by `with_place` before, with the name of their unit as `unit_name`."""
    return people.annotate(unit_name=Subquery(Unit.objects.filter(pk=OuterRef("unit_id")).values("name")[:1]))


def in_stage(people, stage, *, on):
    """Narrow people to a tenure stage on a day; the bounds are those of `rules.tenure_stage`."""
    # The rule decides; ends of months make its bounds differ from the database's arithmetic.
    candidates = people.filter(hired_on__lte=on).values_list("pk", "hired_on")
    wanted = [pk for pk, hired_on in candidates if rules.tenure_stage(hired_on, on) == stage]
    return people.filter(pk__in=wanted)


@dataclass(frozen=True)
class Decision:
    """Somebody's survival stage ends soon: keep them or not, by that day."""

    person_id: int
    name: str
    unit_name: str
    hired_on: date
    due_before: date
    days_left: int


#: Who is in their first half-year as a rep, of whom a member sees; the place is that of the day, as `teams.queries.with_place` has it.
_RECENT = prepared(
    """
SELECT person.id, person.name, unit.name, person.hired_on
FROM teams_person person
JOIN LATERAL (
    SELECT unit_id, role FROM teams_assignment WHERE company_id = %(company)s AND person_id = person.id
    ORDER BY starts_on <= %(on)s DESC, CASE WHEN starts_on <= %(on)s THEN starts_on END DESC, starts_on LIMIT 1
) place ON true
LEFT JOIN teams_unit unit ON unit.company_id = %(company)s AND unit.id = place.unit_id
WHERE person.company_id = %(company)s AND person.hired_on > %(since)s AND person.hired_on <= %(on)s
    AND (person.left_on IS NULL OR person.left_on > %(on)s) AND place.role = 'REP'
    AND (%(sees_everybody)s OR place.unit_id = ANY(%(units)s::bigint[]) OR person.id = %(own)s)
    AND (%(only)s::bigint IS NULL OR person.id = %(only)s)
""",
    **dict.fromkeys(("company", "own", "only"), "bigint"),
    **dict.fromkeys(("on", "since"), "date"),
    sees_everybody="boolean",
    units="bigint[]",
)


def survival_decisions(*, sight, person_id=None):
    """
    Return, soonest first, whose survival stage ends within `DECISION_NOTICE`: for their manager and HR.

    :param sight: whom the member sees, and the day.
    :param person_id: of this person alone; None for all.
    """
    on = sight.on
    asked = {
        "company": require_company_id(),
        "on": on,
        "since": add_months(on, -7),
        "sees_everybody": sight.sees_everybody,
        "units": list(sight.unit_ids),
        "own": sight.person_id,
        "only": person_id,
    }
    decisions = []
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, asked)
        for pk, name, unit_name, hired_on in cursor.fetchall():
            due = rules.survival_ends_before(hired_on)
            if on < due <= on + DECISION_NOTICE:
                decisions.append(Decision(pk, name, unit_name or "", hired_on, due, (due - on).days))
    return sorted(decisions, key=lambda decision: (decision.due_before, decision.name))


@dataclass(frozen=True)
class Station:
    """An assignment as a step of somebody's story. `last_day` is in; None while it runs."""

    assignment_id: int
    unit_id: int
    unit_name: str
    role: str
    starts_on: date
    last_day: date | None
    is_running: bool
    is_planned: bool


def story_of(person, *, on):
    """Return somebody's assignments, newest first."""
    rows = person.assignments.select_related("unit").order_by("-starts_on")
    return [
        Station(
            assignment_id=row.pk,
            unit_id=row.unit_id,
            unit_name=row.unit.name,
            role=row.get_role_display(),
            starts_on=row.starts_on,
            last_day=row.ends_before - timedelta(days=1) if row.ends_before else None,
            is_running=row.starts_on <= on and (row.ends_before is None or row.ends_before > on),
            is_planned=row.starts_on > on,
        )
        for row in rows
    ]


def tasks_of(people_ids, *, status=None):
    """Return tasks of people with their owners, soonest due first."""
    tasks = Task.objects.filter(owner__in=people_ids).select_related("owner").order_by("due_on", "-is_urgent", "pk")
    return tasks.filter(status=status) if status else tasks


def people_without_sign_in(*, on):
    """Return who works here and cannot sign in yet, by name."""
    return Person.objects.employed_on(on).filter(membership=None).order_by("name", "pk")


class Row(NamedTuple):
    """A person in a list, as they stand on the day of the sight."""

    person_id: int
    name: str
    employee_number: str
    unit_id: int | None
    unit_name: str
    role: str
    stage: str
    hired_on: date
    last_day: date | None
    phone: str
    email: str


def values_of(people):
    """Return what `rows_of` takes of people annotated by `with_place` and `with_unit_name`; one query."""
    return people.values_list(
        *("pk", "name", "employee_number", "unit_id", "unit_name", "unit_role", "hired_on", "left_on", "phone", "email")
    )


def rows_of(values, *, on):
    """Return list rows of `values_of` people, as they stand on a day."""
    roles, stages = in_words(dict(Role.choices)), in_words(dict(rules.TenureStage.choices))
    return [
        Row(
            person_id=pk,
            name=name,
            employee_number=number,
            unit_id=unit_id,
            unit_name=unit_name or "",
            role=roles.get(role, ""),
            stage="" if left_on and left_on <= on else stages.get(rules.tenure_stage(hired_on, on), ""),
            hired_on=hired_on,
            last_day=left_on and left_on - timedelta(days=1),
            phone=phone,
            email=email,
        )
        for pk, name, number, unit_id, unit_name, role, hired_on, left_on, phone, email in values
    ]
