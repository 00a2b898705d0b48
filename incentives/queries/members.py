"""For whom a version of a pay plan is, day by day: spans of people, in a fixed number of queries whatever their number."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from common.periods import Period, add_months
from teams.models import Assignment, Person
from teams.queries import tree_during
from teams.queries.sight import LEADING_ROLES
from teams.rules import TenureStage

#: As `teams.rules.tenure_stage` has them.
SURVIVAL_MONTHS, GROWTH_MONTHS = 6, 18


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place: a unit and a role for a span of days."""

    person_id: int
    unit_id: int
    role: str
    period: Period


@dataclass(frozen=True)
class Staff:
    """Who was where in a period, and how the tree stood: everything that decides for whom a version is."""

    period: Period
    tree: object  # TreeDuring
    places: dict[int, list[Place]]  # by person
    people: dict[int, tuple[str, date, date | None]]  # name, hired on, left on

    def stays(self, contract, period):
        """Return {person id: the spans of days in a period on which a contract is for them}, in order and apart."""
        found = {}
        if (held := contract.during(period)) is None:
            return found
        version = contract.version
        below = self._below(contract.unit_ids, held) if contract.unit_ids else None
        if version.roles or contract.unit_ids or version.stages:
            for person_id, places in self.places.items():
                if person_id in contract.left_out:
                    continue
                spans = [
                    common for place in places if not version.roles or place.role in version.roles
                    for common in _inside(place, held, below)
                ]  # fmt: skip
                if version.stages:
                    spans = [part for span in spans for part in self._in_stages(person_id, span, version.stages)]
                if spans:
                    found[person_id] = merged(spans)
        for person_id in contract.named:
            if person_id in self.people and (span := self._employed(person_id, held)):
                found[person_id] = [span]
        return found

    def led(self, person_id, period):
        """Return what somebody led in a span of days: (unit id, Period) of each unit with everything below it."""
        found = []
        for place in self.places.get(person_id, ()):
            if place.role in LEADING_ROLES and (common := place.period.overlap(period)):
                for part, _parents in self.tree.during(common).parts:
                    found += [(unit_id, part) for unit_id in self.tree.below(place.unit_id, on=part.starts_on)]
        return found

    def leads(self, person_id, period):
        """Return the units that somebody led themselves at any time in a span, the latest first."""
        places = [place for place in self.places.get(person_id, ()) if place.period.overlaps(period)]
        return list(dict.fromkeys(place.unit_id for place in reversed(places) if place.role in LEADING_ROLES))

    def unit_of(self, person_id, period):
        """Return where somebody belonged on their last day in a period; None where they never did."""
        places = [place for place in self.places.get(person_id, ()) if place.period.starts_on < period.ends_before]
        return places[-1].unit_id if places else None

    def _below(self, unit_ids, period):
        """Return the parts of a period with the units that stood in or below some."""
        return [
            (part, {below for unit_id in unit_ids for below in self.tree.below(unit_id, on=part.starts_on)})
            for part, _parents in self.tree.during(period).parts
        ]

    def _in_stages(self, person_id, span, stages):
        _name, hired_on, _left_on = self.people[person_id]
        grows_on, matures_on = add_months(hired_on, SURVIVAL_MONTHS), add_months(hired_on, GROWTH_MONTHS)
        bounds = {
            TenureStage.SURVIVAL: (date.min, grows_on),
            # The last day of growth is the day itself (`teams.rules.tenure_stage`).
            TenureStage.GROWTH: (grows_on, date.fromordinal(matures_on.toordinal() + 1)),
            TenureStage.MATURE: (date.fromordinal(matures_on.toordinal() + 1), date.max),
        }
        for stage in stages:
            since, until = bounds[stage]
            if (starts := max(since, span.starts_on)) < (ends := min(until, span.ends_before)):
                yield Period(starts, ends)

    def _employed(self, person_id, period):
        _name, hired_on, left_on = self.people[person_id]
        starts, ends = max(hired_on, period.starts_on), min(left_on or period.ends_before, period.ends_before)
        return Period(starts, ends) if starts < ends else None


def staff_during(period, *, known_at=None):
    """
    Return who was where in a period; three queries.

    :param known_at: how units hung together as was known then; of people's places there is no record but the days themselves.
    """
    people = {
        pk: (name, hired_on, left_on)
        for pk, name, hired_on, left_on in Person.objects.filter(hired_on__lt=period.ends_before).values_list(
            "pk", "name", "hired_on", "left_on"
        )
    }
    places = defaultdict(list)
    rows = (
        Assignment.objects.filter(starts_on__lt=period.ends_before)
        .filter(Q(ends_before=None) | Q(ends_before__gt=period.starts_on))
        .order_by("person_id", "starts_on")
        .values_list("person_id", "unit_id", "role", "starts_on", "ends_before")
    )
    for person_id, unit_id, role, starts_on, ends_before in rows:
        if person_id not in people:
            continue
        left_on = people[person_id][2]
        ends = min(day for day in (ends_before, left_on, period.ends_before) if day is not None)
        if (starts := max(starts_on, period.starts_on)) < ends:
            places[person_id].append(Place(person_id, unit_id, role, Period(starts, ends)))
    return Staff(period, tree_during(period, known_at=known_at), dict(places), people)


def merged(spans):
    """Return spans of days in order, those that touch or overlap made one."""
    found = []
    for span in sorted(spans):
        if found and span.starts_on <= found[-1].ends_before:
            found[-1] = Period(found[-1].starts_on, max(found[-1].ends_before, span.ends_before))
        else:
            found.append(span)
    return found


def _inside(place, held, below):
    """Yield the days of a place on which a version holds and the place lies in one of its units."""
    if (common := place.period.overlap(held)) is None:
        return
    if below is None:
        yield common
        return
    for part, ids in below:
        if place.unit_id in ids and (inside := common.overlap(part)):
            yield inside
