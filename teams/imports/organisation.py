"""The organisation as it is, and as the rows read so far would make it; nothing here writes."""

from accounts.models import Company
from common.intake import Changes, Lookup, Unclear
from common.matching import fold
from common.tenancy import require_company_id
from teams import signals
from teams.imports.columns import PROFILE
from teams.models import Assignment, Person, Unit
from teams.queries import LEADING_ROLES


class Organisation:
    """Units, people and where they stand, with everything that is new or changed; rows are told apart by identity."""

    def __init__(self):
        self.units = list(Unit.objects.order_by("pk"))
        self.people = list(Person.objects.order_by("pk"))
        self.new_units, self.new_people = [], []
        self._changed, self._moved_from = {}, {}
        self._number = None
        self.by_number = Lookup((person.employee_number, person) for person in self.people)
        self.by_name = Lookup((person.name, person) for person in self.people)
        self._places = {id(person): [] for person in self.people}
        units = {unit.pk: unit for unit in self.units}
        people = {person.pk: person for person in self.people}
        for unit in self.units:
            unit.parent = units.get(unit.parent_id)
        for place in Assignment.objects.order_by("starts_on"):
            place.unit, place.person = units[place.unit_id], people[place.person_id]
            self._places[id(place.person)].append(place)
        self.root = next((unit for unit in self.units if unit.parent is None), None)
        if self.root is None:
            name = Company.objects.get(pk=require_company_id()).name[:80]
            self.root = Unit(name=name, kind=Unit.Kind.COMPANY)
            self._add_unit(self.root)

    def someone(self, text):
        """
        Return the person of a number or name, or None.

        :raises Unclear: if several people are called so.
        """
        person, is_exact = self.by_number.find(text)
        return person if person is not None and is_exact else self.by_name.find(text)[0]

    def add_person(self, person):
        person.employee_number = person.employee_number or self._next_number()
        self.new_people.append(person)
        self._places[id(person)] = []
        self.by_number.add(person.employee_number, person)
        self.by_name.add(person.name, person)

    def places_of(self, person):
        """Return a person's assignments in the order of time."""
        return self._places.get(id(person), [])

    def descend(self, names):
        """Return the unit at the end of a path below the root, making what is missing; None for an empty path."""
        unit = self.root if names else None
        for name in names:
            unit = self.child(unit, name)
        return unit

    def child(self, parent, name):
        """Return the unit of a name directly below another one; a new one is a team, and makes a region of a team above it."""
        for unit in self.units:
            if unit.parent is parent and fold(unit.name) == fold(name):
                return unit
        if parent is not self.root and parent.kind == Unit.Kind.TEAM:
            parent.kind = Unit.Kind.REGION
            self._mark(parent)
        position = 1 + sum(1 for unit in self.units if unit.parent is parent)
        unit = Unit(name=name, kind=Unit.Kind.TEAM, parent=parent, position=position)
        self._add_unit(unit)
        return unit

    def called(self, name):
        """
        Return the unit of a name anywhere in the tree; a new one hangs below the root.

        :raises Unclear: if several are called so.
        """
        found = [unit for unit in self.units if fold(unit.name) == fold(name)]
        if len(found) > 1:
            raise Unclear(name)
        return found[0] if found else self.child(self.root, name)

    def team_of_manager(self, manager, region, *, pattern):
        """Return the unit within a region that somebody leads today, or one called after them."""
        try:
            places = self.places_of(self.someone(manager))
        except Unclear:
            places = []
        for place in reversed(places):
            if place.role in LEADING_ROLES and place.ends_before is None and is_within(place.unit, region):
                return place.unit
        return self.child(region, pattern.replace("{manager}", manager)[:80])

    def move(self, person, *, unit, role, since):
        """Put somebody in a unit from a day on: the place held on that day ends there, a later one stays."""
        places = self._places[id(person)]
        self._note_move(person, since)
        if same_day := next((place for place in places if place.starts_on == since), None):
            same_day.unit, same_day.role = unit, role
            self._mark(same_day)
            return
        held = next((place for place in reversed(places) if place.starts_on < since), None)
        later = next((place for place in places if place.starts_on > since), None)
        ends_before = later.starts_on if later else None
        if held and (held.ends_before is None or held.ends_before > since):
            ends_before, held.ends_before = held.ends_before, since
            self._mark(held)
        places.append(Assignment(person=person, unit=unit, role=role, starts_on=since, ends_before=ends_before))
        places.sort(key=lambda place: place.starts_on)

    def change_person(self, person, values):
        """Change somebody's profile; the first place begins with the job and moves with a corrected hiring day."""
        was_hired_on = person.hired_on
        for key, value in values.items():
            setattr(person, key, value)
        self._mark(person)
        first = next(iter(self.places_of(person)), None)
        if first is None or first.starts_on != was_hired_on or was_hired_on == person.hired_on:
            return
        if first.ends_before is None or first.ends_before > person.hired_on:
            first.starts_on = person.hired_on
            self._mark(first)
            self._note_move(person, min(was_hired_on, person.hired_on))

    def end_places(self, person):
        """Let every place of a leaver end with the job."""
        for place in self.places_of(person):
            if place.starts_on < person.left_on and (place.ends_before is None or place.ends_before > person.left_on):
                place.ends_before = person.left_on
                self._mark(place)
                self._note_move(person, person.left_on)

    def changes(self):
        """Return everything new and changed, to be written in an order that the references allow."""
        changes = Changes()
        by_depth = {}
        for unit in self.new_units:
            by_depth.setdefault(_depth(unit), []).append(unit)
        for depth in sorted(by_depth):
            changes.create(Unit, by_depth[depth])
        changed = list(self._changed.values())
        changes.update(Unit, [row for row in changed if isinstance(row, Unit)], ["kind"])
        changes.create(Person, self.new_people)
        changes.update(Person, [row for row in changed if isinstance(row, Person)], PROFILE)
        # Ends are written before beginnings, so that no two places of a person overlap in between.
        ended = [row for row in changed if isinstance(row, Assignment)]
        changes.update(Assignment, ended, ["unit", "role", "starts_on", "ends_before"])
        changes.create(Assignment, [place for places in self._places.values() for place in places if place.pk is None])
        if self.new_units or ended:
            changes.then(self._announce_units)
        if self._moved_from:
            changes.then(self._announce_places)
        return changes

    def _announce_units(self, by):
        for unit in self.new_units:
            signals.units_changed.send(sender=Unit, unit=unit, by=by)

    def _announce_places(self, by):
        person_ids = sorted(person.pk for person, _day in self._moved_from.values())
        from_day = min(day for _person, day in self._moved_from.values())
        signals.assignments_changed.send(sender=Person, person_ids=person_ids, from_day=from_day, by=by)

    def _note_move(self, person, day):
        _person, earliest = self._moved_from.get(id(person), (person, day))
        self._moved_from[id(person)] = (person, min(earliest, day))

    def _add_unit(self, unit):
        self.units.append(unit)
        self.new_units.append(unit)

    def _mark(self, row):
        if row.pk is not None:
            self._changed[id(row)] = row

    def _next_number(self):
        """Return a free employee number for somebody whose file gives none: P0001, P0002, …"""
        if self._number is None:
            known = [person.employee_number for person in self.people]
            own = (number[1:] for number in known if number[:1] == "P" and number[1:].isascii() and number[1:].isdigit())
            self._number = max((int(digits) for digits in own if len(digits) < 9), default=0)
        while True:
            self._number += 1
            number = f"P{self._number:04d}"
            if self.by_number.find(number) == (None, False):
                return number


def is_within(unit, region):
    """Say whether a unit is another one or stands somewhere below it."""
    while unit is not None and unit is not region:
        unit = unit.parent
    return unit is not None


def _depth(unit):
    depth = 0
    while unit.parent is not None:
        unit, depth = unit.parent, depth + 1
    return depth
