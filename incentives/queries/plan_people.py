"""Whom the versions of pay plans are for on a day, and in which words that is said."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.rules import Role
from teams.models import Person, Unit
from teams.queries import parents_on, with_place
from teams.rules import TenureStage, tenure_stage


@dataclass(frozen=True)
class Placed:
    """Somebody who works on a day: where, with every unit above it, in which role and stage."""

    person: Person
    unit_id: int
    above: frozenset
    role: str
    stage: str


def everybody_on(day):
    """Return everybody who works on a day, as `Placed`; two queries."""
    parents = parents_on(day)
    above = {}

    def chain(unit_id):
        if unit_id not in above:
            higher = parents.get(unit_id)
            above[unit_id] = frozenset({unit_id}) | (chain(higher) if higher else frozenset())
        return above[unit_id]

    found = []
    for person in with_place(Person.objects.employed_on(day), on=day).order_by("name", "pk"):
        if person.unit_id is None:
            continue
        stage = tenure_stage(person.hired_on, day)
        found.append(Placed(person, person.unit_id, chain(person.unit_id), person.unit_role, stage))
    return found


def is_for(terms, placed):
    """Return whether a version is for somebody as they stand."""
    named = {row.person_id: row.is_left_out for row in terms.people}
    if placed.person.pk in named:
        return not named[placed.person.pk]
    version = terms.version
    if not (version.roles or version.stages or terms.unit_ids):
        return False
    return (
        (not version.roles or placed.role in version.roles)
        and (not version.stages or placed.stage in version.stages)
        and (not terms.unit_ids or bool(placed.above & terms.unit_ids))
    )


def members_of(terms, everybody):
    """Return who of everybody is in a version."""
    return [placed.person for placed in everybody if is_for(terms, placed)]


def whom_in_words(terms):
    """Return whom a version is for: "Rep, Manager · East · growth stage; also Li Lei; without Han Mei"."""
    version = terms.version
    comma = pgettext("between names", ", ")
    parts = [
        comma.join(str(Role(role).label) for role in version.roles),
        comma.join(terms.units),
        comma.join(str(TenureStage(stage).label) for stage in version.stages),
    ]
    said = [" · ".join(filter(None, parts))] if any(parts) else []
    if terms.included:
        names = comma.join(person.name for person in terms.included)
        said.append((_("also %(names)s") if said else "%(names)s") % {"names": names})
    if terms.left_out:
        said.append(_("without %(names)s") % {"names": comma.join(person.name for person in terms.left_out)})
    return pgettext("between steps", "; ").join(said) or _("nobody yet")


@dataclass(frozen=True)
class MemberRow:
    """Somebody in a plan, as its page shows them; `is_named` if only by name."""

    person: Person
    unit: str
    role: str
    stage: str
    is_named: bool


def member_rows(members, terms):
    """Return members of a version (`Placed`) with where they stand, in words."""
    names = dict(Unit.objects.filter(pk__in={placed.unit_id for placed in members}).values_list("pk", "name"))
    named = {person.pk for person in terms.included}
    return [
        MemberRow(
            placed.person,
            names.get(placed.unit_id, ""),
            str(Role(placed.role).label),
            str(TenureStage(placed.stage).label) if placed.stage else "",
            placed.person.pk in named,
        )
        for placed in members
    ]
