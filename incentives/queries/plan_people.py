"""Whom the versions of pay plans are for on a day, and in which words that is said."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.rules import Role
from common.periods import Period
from incentives.models import PayPlanVersion
from incentives.queries.contracts import contracts_of
from incentives.queries.members import staff_during
from teams.models import Person, Unit
from teams.queries import parents_on, with_place
from teams.rules import TenureStage, tenure_stage

_DAY = timedelta(days=1)


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
class Stay:
    """Days on which somebody is in a version: from the first to the last, which is None while it goes on."""

    first: date
    last: date | None


@dataclass(frozen=True)
class MemberRow:
    """Somebody who is or was in a version: where they stand now; `is_named` if only by name."""

    person: Person
    unit: str
    role: str
    stage: str
    is_named: bool
    is_here: bool
    stays: tuple[Stay, ...]


def member_rows(terms, *, on):
    """
    Return everybody who is or was in a version until a day, who is in it now first.

    The days are those by which pay is calculated (`queries.members`).
    """
    version = terms.version
    period = Period(version.starts_on, max(on, version.starts_on) + _DAY)
    if version.ends_before is not None and version.ends_before < period.ends_before:
        period = Period(version.starts_on, version.ends_before)
    (contract,) = contracts_of(PayPlanVersion.objects.filter(pk=version.pk))
    stays = staff_during(period).stays(contract, period)
    people = with_place(Person.objects.filter(pk__in=list(stays)), on=period.last_day).order_by("name", "pk")
    named = {person.pk for person in terms.included}
    units = dict(Unit.objects.values_list("pk", "name"))
    rows = [_member_row(person, stays[person.pk], period, named, units) for person in people]
    return sorted(rows, key=lambda row: not row.is_here)


def _member_row(person, spans, period, named, units):
    stage = tenure_stage(person.hired_on, period.last_day)
    return MemberRow(
        person,
        units.get(person.unit_id, ""),
        str(Role(person.unit_role).label) if person.unit_role else "",
        str(TenureStage(stage).label) if stage else "",
        person.pk in named,
        spans[-1].ends_before == period.ends_before,
        tuple(Stay(span.starts_on, None if span.ends_before == period.ends_before else span.last_day) for span in spans),
    )
