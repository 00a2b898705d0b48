"""From rows to people and their places."""

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext

from accounts.rules import Role
from common.intake import Account, Changes, Row, Unclear, differences
from common.matching import fold
from teams.imports.columns import PROFILE
from teams.imports.organisation import Organisation, is_within
from teams.imports.sayings import BadPersonRow, TakenPerson
from teams.models import Person
from teams.queries import LEADING_ROLES

#: Roles that lead or serve a whole region; the others stand in one of its teams.
_OF_A_REGION = {Role.DIRECTOR, Role.HR, Role.ADMIN}


@dataclass
class _Reading:
    """What is at hand while the rows are gone through."""

    organisation: Organisation
    account: Account
    today: date
    options: dict
    seen: dict = field(default_factory=dict)  # person → the row that spoke of them
    led: list = field(default_factory=list)  # (row number, manager's name, unit, person led)


def plan(rows: list[Row], *, account: Account, today: date, options: dict) -> Changes:
    """
    Say what the rows would change about people, their places and the units.

    :param options: `team_name`, how a team without a name of its own is called, with `{manager}` in it.
    """
    reading = _Reading(Organisation(), account, today, options)
    # Histories are written in the order of their days, whatever the order of the rows.
    for row in sorted(rows, key=lambda r: (r.get("assigned_from") or date.min, r.number)):
        try:
            _take(row, reading)
        except BadPersonRow as said:
            account.reject(row.number, said)
    _seat_managers(reading)
    account.also["units"] += len(reading.organisation.new_units)
    return reading.organisation.changes()


def _take(row, reading):
    organisation, account = reading.organisation, reading.account
    person = _person_of(row, organisation)
    if person is not None and id(person) in reading.seen and not row.get("assigned_from"):
        raise BadPersonRow("again", row=reading.seen[id(person)])
    is_new = person is None
    values = {key: row.values[key] for key in PROFILE if key in row.values}
    if is_new:
        values.setdefault("hired_on", row.get("assigned_from") or reading.today)
        person = Person(employee_number=row.get("employee_number") or "", **values)
    _check_days(row, person, values)
    unit = _unit_of(row, reading)
    place = _place_of(row, person, unit, reading, is_new)
    # Everything that can be refused has been: from here on the row is taken.
    before, after = ({}, {}) if is_new else differences(person, values)
    if is_new:
        organisation.add_person(person)
        if not {"hired_on", "assigned_from"} & row.values.keys():
            day = person.hired_on.isoformat()
            account.guess(row.number, TakenPerson("hired_unknown", day=day), field_key="hired_on")
    elif after:
        organisation.change_person(person, values)
    if place:
        before["place"] = _told(organisation, person, place["since"])
        organisation.move(person, **place)
        after["place"] = _told(organisation, person, place["since"])
    if person.left_on:
        organisation.end_places(person)
    reading.seen[id(person)] = row.number
    if row.get("manager") and unit is not None:
        reading.led.append((row.number, row.values["manager"], unit, person))
    if is_new:
        account.create(row.number, person.name, unit.name if unit else "")
    elif after:
        account.change(row.number, person, before, after)
    else:
        account.keep(row.number)


def _person_of(row, organisation):
    try:
        if number := row.get("employee_number"):
            person, is_exact = organisation.by_number.find(number)
        else:
            person, is_exact = organisation.by_name.find(row.values["name"])
    except Unclear:
        raise BadPersonRow("two_of_this_name", name=row.values["name"]) from None
    return person if is_exact else None


def _check_days(row, person, values):
    hired_on, left_on = values.get("hired_on", person.hired_on), values.get("left_on", person.left_on)
    if left_on and left_on <= hired_on:
        raise BadPersonRow("leaves_before_hired", day=left_on.isoformat(), hired=hired_on.isoformat())
    since = row.get("assigned_from")
    if since and since < hired_on:
        raise BadPersonRow("before_hired", day=since.isoformat(), hired=hired_on.isoformat())
    if since and left_on and since >= left_on:
        raise BadPersonRow("leaves_before_place", day=since.isoformat())


def _unit_of(row, reading):
    """Return the unit that a row names, making what is missing on the way down; None if it names none."""
    organisation = reading.organisation
    if path := row.get("unit"):
        names = [
            part.strip() for part in path.replace("＞", ">").replace("／", "/").replace(">", "/").split("/") if part.strip()
        ]
    else:
        names = [row.values[key] for key in ("region", "team") if row.get(key)]
    if any(len(name) > 80 for name in names):
        raise BadPersonRow("path_too_long")
    if row.get("team") and len(names) == 1:
        try:
            return organisation.called(row.values["team"])
        except Unclear:
            raise BadPersonRow("team_unclear", name=row.values["team"]) from None
    if names and fold(names[0]) == fold(organisation.root.name):
        unit = organisation.descend(names[1:]) or organisation.root
    else:
        unit = organisation.descend(names)
    if row.get("manager") and not row.get("unit") and not row.get("team") and row.get("role") not in _OF_A_REGION:
        said = TakenPerson("team_by_manager", name=row.values["manager"])
        reading.account.guess(row.number, said, field_key="team")
        pattern = reading.options.get("team_name") or gettext("{manager}'s team")
        return organisation.team_of_manager(row.values["manager"], unit or organisation.root, pattern=pattern)
    return unit


def _place_of(row, person, unit, reading, is_new):
    """Return the place to be taken (`unit`, `role`, `since`), or None when the person stands there already."""
    places = [] if is_new else reading.organisation.places_of(person)
    current = places[-1] if places else None
    if unit is None and (current is None or not row.get("role")):
        return None
    unit = unit or current.unit
    role = row.get("role") or (current.role if current else Role.REP)
    since = row.get("assigned_from")
    if since is None and current is not None:
        if (current.unit, current.role) == (unit, role):
            return None
        if current.starts_on > reading.today:
            raise BadPersonRow("later_place", day=current.starts_on.isoformat())
    since = since or (reading.today if current else person.hired_on)
    if any((place.starts_on, place.unit, place.role) == (since, unit, role) for place in places):
        return None
    if person.left_on and since >= person.left_on:
        raise BadPersonRow("leaves_before_place", day=since.isoformat())
    return {"unit": unit, "role": role, "since": since}


def _told(organisation, person, day):
    place = next((p for p in reversed(organisation.places_of(person)) if p.starts_on <= day), None)
    return f"{place.unit.name} · {Role(place.role).label} · {place.starts_on}" if place else ""


def _seat_managers(reading):
    """Whoever is named as leading a unit leads it, unless they are known to stand somewhere else."""
    organisation, account, done = reading.organisation, reading.account, set()
    for number, name, unit, person in reading.led:
        if (key := (fold(name), id(unit))) in done:
            continue
        done.add(key)
        try:
            manager = organisation.someone(name)
        except Unclear:
            account.guess(number, TakenPerson("manager_unclear", name=name, unit=unit.name), field_key="manager")
            continue
        if manager is None:
            # As far as the file knows, the team was led since its first member came.
            hired_on = min(led.hired_on for _number, other, place, led in reading.led if place is unit and other == name)
            manager = Person(name=name, hired_on=hired_on)
            organisation.add_person(manager)
            account.also["managers"] += 1
            said = TakenPerson("manager_made", name=name, unit=unit.name, day=hired_on.isoformat())
            account.guess(number, said, field_key="manager")
        places = organisation.places_of(manager)
        if not places:
            organisation.move(manager, unit=unit, role=Role.MANAGER, since=manager.hired_on)
        elif manager is not person and not any(p.role in LEADING_ROLES and is_within(unit, p.unit) for p in places):
            account.guess(number, TakenPerson("manager_elsewhere", name=manager.name, unit=unit.name), field_key="manager")
