"""Reads of plans: the sheet of a plan with everybody who can carry a target, and who may be shown which part."""

from collections import defaultdict, namedtuple
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from hashlib import blake2s

from django.db import connection

from accounts.rules import Role
from common.db.postgres.prepared import prepared
from common.periods import Period, add_months, months_in
from common.rows import columns_of, instances_of
from common.tenancy import require_company_id
from targets import rules
from targets.models import Metric, Plan, PlanStep
from targets.queries.closings import final_months_of
from targets.queries.seating import above_in_spans
from teams.models import Person
from teams.queries import calendar_of

#: Somebody's part of a month's working days, from the first to the last, and of a month they are away.
_ALL, _NONE = Fraction(1), Fraction(0)


def unit_key(unit_id):
    """Return the key of a unit's row in a sheet."""
    return f"u{unit_id}"


def person_key(person_id, within_id):
    """Return the key of a person's row within the unit in whose split it stands."""
    return f"p{person_id}-{within_id}"


@dataclass(frozen=True)
class Node:
    """A row of a plan: a unit, or a person within a unit."""

    key: str
    name: str
    kind: str  # a Unit.Kind, or PERSON
    depth: int
    unit_id: int  # the unit itself, or the one within which a person stands
    person_id: int | None = None
    parent: str | None = None
    is_leader: bool = False
    hired_on: date | None = None  # of a person
    # Per month of the plan: which part of the working days somebody is there, 0 to 1.
    presence: tuple[Fraction, ...] = ()

    @property
    def is_person(self):
        return self.person_id is not None


class _Days:
    """The working days of a plan's year; the calendar is read when the first of them is asked for."""

    def __init__(self, company, year):
        self.company, self.year = company, year

    @cached_property
    def calendar(self):
        return calendar_of(self.company)

    @cached_property
    def by_month(self):
        return self.calendar.working_days_by_month(self.year)


@dataclass
class PlanSheet:
    """A plan as a table, with its nodes in the shown order (parents before children)."""

    plan: Plan
    year: Period
    months: tuple[date, ...]
    days: _Days
    nodes: dict[str, Node]
    sheet: rules.Sheet
    by_hand: dict[str, frozenset[int]] = field(default_factory=dict)
    ramp_percents: tuple[int, ...] = ()

    @cached_property
    def root(self):
        """The company's node; None before there is an organisation."""
        return next(iter(self.nodes.values()), None)

    @property
    def working_days(self):
        """How many working days each month has, by its first day."""
        return self.days.by_month

    @cached_property
    def final_months(self):
        """The months whose targets can no longer change."""
        return final_months_of(self.plan)

    @property
    def column_names(self):
        """What each month is called beside a change of it."""
        return [f"{month:%Y-%m}" for month in self.months]

    def parts_from(self, day):
        """Return which part of each month's working days lies from a day of the plan's year on."""
        position = self.months.index(day.replace(day=1))
        return [*[_NONE] * position, rules.part_from(day, self.days.calendar), *[_ALL] * (11 - position)]

    def is_there_all_the_time(self, node, position):
        return node.presence[position] == 1

    def children_of(self, key):
        return [self.nodes[child] for child in self.sheet.children.get(key, ())]

    def locked_of(self, key):
        """Return the positions of a row's locked months."""
        return self.sheet.locked.get(key, frozenset())

    def stamp(self, key):
        """
        Return a short text that changes when a target or lock of a node or of anything below it does.

        A form carries it back: whoever saw other numbers than there are now is told, instead of overwriting them.
        """
        # Only rows that hold a target: who else is listed depends on the question, as leaders who could carry one.
        shown = sorted(
            (below, *self.sheet.of(below), sorted(self.locked_of(below)))
            for below in self.sheet.below(key)
            if below in self.sheet.cells
        )
        return blake2s(repr(shown).encode(), digest_size=8).hexdigest()


def plan_by_key(plan_id, *, is_held=False):
    """
    Return a plan of the active company with its metric; None if there is none.

    :param is_held: nobody else changes its row until the transaction ends.
    """
    if not 0 < plan_id < 2**63:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_PLAN_HELD if is_held else _PLAN_AS_IT_IS, {"company": require_company_id(), "plan": plan_id})
        if (row := cursor.fetchone()) is None:
            return None
        plan, plan.metric = instances_of(cursor, row, Plan, Metric)
    return plan


def year_of(plan):
    """Return the twelve months of a plan."""
    return Period(plan.year_starts_on, add_months(plan.year_starts_on, 12))


def sheet_of(plan, *, company, with_leaders=False, only=None, known_before=None):
    """
    Return a plan's sheet, in a fixed number of statements whatever the number of people.

    :param with_leaders: also list those who lead a unit that has only people below it, as somebody who could carry a target.
    :param only: keys of the rows to read, for who changes a few: nobody else is listed but the units above them, without targets.
    :param known_before: the targets as they stood before this instant, in the tree of today.
    """
    year = year_of(plan)
    months = tuple(month.starts_on for month in months_in(year))
    days = _Days(company, year)
    person_ids = None if only is None else sorted({int(key[1:].split("-")[0]) for key in only if key[0] == "p"})
    cells, by_hand, locked, seated = _cells_of(plan, months, only=only, person_ids=person_ids)
    if known_before is not None:
        _put_back(plan, cells, by_hand, locked, seated, known_before=known_before)
    with_units = {key for key in cells if key[0] == "u"}
    people_in = _people(year, days, seated, person_ids)
    nodes, children, is_moved = _tree(
        year, people_in, with_units=with_units, seated=seated, with_leaders=with_leaders, only=only
    )
    cells = {key: tuple(row) for key, row in cells.items() if key in nodes}
    by_hand, locked = ({key: frozenset(positions) for key, positions in found.items()} for found in (by_hand, locked))
    above = above_in_spans(plan, parents_of(nodes), [[month] for month in months_in(year)]) if is_moved else {}
    sheet = rules.Sheet(months, plan.rounding_unit, children, cells, locked, buffers_of(plan, nodes), above)
    return PlanSheet(plan, year, months, days, nodes, sheet, by_hand, tuple(company.ramp_percents))


def parents_of(nodes):
    """Return the keys of units with that of the one above each."""
    return {key: node.parent for key, node in nodes.items() if not node.is_person}


def buffers_of(plan, nodes):
    """Return what each unit of a plan hands out beyond its own target: key → a part of one; who does not is missing."""
    parts = {kind: Fraction(percent) / 100 for kind, percent in plan.buffers.items() if percent}
    return {key: parts[node.kind] for key, node in nodes.items() if node.kind in parts} if parts else {}


# Written out and prepared, as every change of a cell asks for them: putting them together and planning them took longer than answering.
_CELLS = """
SELECT target.unit_id, target.person_id, target.within_id, person.name, target.month,
    target.floor, target.commit, target.stretch, target.is_by_hand, target.is_locked
FROM targets_target target
LEFT JOIN teams_person person ON person.company_id = target.company_id AND person.id = target.person_id
WHERE target.company_id = %(company)s AND target.plan_id = %(plan)s
"""
# Two parts rather than an OR, so that both are found by the index of the cells whatever the server thinks of the plan's size.
_CELLS_OF_SOME = prepared(
    f"""{_CELLS} AND target.unit_id IS NULL AND target.person_id = ANY(%(people)s)
    UNION ALL {_CELLS} AND target.unit_id = ANY(%(units)s)""",
    company="bigint",
    plan="bigint",
    people="bigint[]",
    units="bigint[]",
)
#: Every unit that is open in a year, or is kept because it holds a target.
_UNITS = prepared(
    """
    SELECT id, parent_id, name, kind, EXISTS (SELECT 1 FROM teams_unitplacement moved WHERE moved.company_id = %(company)s
        AND moved.unit_id = teams_unit.id AND moved.from_day > %(starts_on)s AND moved.from_day < %(ends_before)s)
    FROM teams_unit
    WHERE company_id = %(company)s AND (closed_on IS NULL OR closed_on > %(starts_on)s OR id = ANY(%(kept)s))
    ORDER BY position, name, id
    """,
    company="bigint",
    starts_on="date",
    ends_before="date",
    kept="bigint[]",
)
#: Who is where in a year.
_PLACES = """
SELECT place.person_id, place.unit_id, person.name, place.role, place.starts_on, place.ends_before, person.left_on, person.hired_on
FROM teams_assignment place
JOIN teams_person person ON person.company_id = place.company_id AND person.id = place.person_id
WHERE place.company_id = %(company)s AND place.role = ANY(%(roles)s)
    AND place.starts_on < %(ends_before)s AND (place.ends_before IS NULL OR place.ends_before > %(starts_on)s)
"""
_PEOPLE = f"{_PLACES} ORDER BY place.starts_on, place.id"
_PEOPLE_OF_SOME = prepared(
    f"{_PLACES} AND place.person_id = ANY(%(people)s) ORDER BY place.starts_on, place.id",
    company="bigint",
    starts_on="date",
    ends_before="date",
    roles="text[]",
    people="bigint[]",
)
_PLAN = f"""SELECT NULL AS "|", {columns_of(Plan, "plan")}, NULL AS "|", {columns_of(Metric, "metric")}
FROM targets_plan plan JOIN targets_metric metric ON metric.company_id = plan.company_id AND metric.id = plan.metric_id
WHERE plan.company_id = %(company)s AND plan.id = %(plan)s"""
_PLAN_AS_IT_IS = prepared(_PLAN, company="bigint", plan="bigint")
_PLAN_HELD = prepared(f"{_PLAN} FOR UPDATE OF plan", company="bigint", plan="bigint")
_UnitRow = namedtuple("_UnitRow", "pk parent_id name kind has_moved")


def _rows(statement, about):
    with connection.cursor() as cursor:
        cursor.execute(statement, about)
        return cursor.fetchall()


def _cells_of(plan, months, *, only, person_ids):
    """Return the targets as they are: cells, positions set by hand and positions locked by key, and who is seated where by key."""
    position_of = {month: i for i, month in enumerate(months)}
    cells, by_hand, locked, seated = defaultdict(lambda: [rules.NO_TARGET] * 12), defaultdict(set), defaultdict(set), {}
    unit_ids = None if only is None else [int(key[1:]) for key in only if key[0] == "u"]
    about = {"company": require_company_id(), "plan": plan.pk, "people": person_ids, "units": unit_ids}
    rows = _rows(_CELLS if only is None else _CELLS_OF_SOME, about)
    for unit_id, person_id, within_id, name, month, floor, commit, stretch, is_by_hand, is_locked in rows:
        key = unit_key(unit_id) if unit_id else person_key(person_id, within_id)
        cells[key][position_of[month]] = rules.Tiers(floor, commit, stretch)
        if is_by_hand:
            by_hand[key].add(position_of[month])
        if is_locked:
            locked[key].add(position_of[month])
        if person_id:
            seated[key] = (person_id, within_id, name)
    return cells, by_hand, locked, seated


def _put_back(plan, cells, by_hand, locked, seated, *, known_before):
    """Take the steps since an instant back: every row that one of them changed becomes what the first of them found."""
    found = {}
    steps = PlanStep.objects.filter(plan=plan, made_at__gte=known_before).order_by("pk")
    for before in steps.values_list("before", flat=True).iterator():
        found = before | found
    for key, image in found.items():
        for kept in (cells, by_hand, locked, seated):
            kept.pop(key, None)
        if any(cell[2] or cell[3] for cell in image):
            cells[key] = [rules.Tiers(*cell[:3]) for cell in image]
            by_hand[key] = rules.marked(image, rules.BY_HAND)
            locked[key] = rules.marked(image, rules.LOCKED)
    people = {key: tuple(map(int, key[1:].split("-"))) for key in found if key[0] == "p" and key in cells}
    names = dict(Person.objects.filter(pk__in=[person for person, _within in people.values()]).values_list("pk", "name"))
    for key, (person_id, within_id) in people.items():
        seated[key] = (person_id, within_id, names[person_id])


def _tree(year, people_in, *, with_units, seated, with_leaders, only):
    """
    Return the nodes in preorder, the children of every unit – those who work there in the year, or have a target – and whether a
    unit moved in the year.
    """
    kept = [int(key[1:]) for key in with_units]
    about = {"company": require_company_id(), "starts_on": year.starts_on, "ends_before": year.ends_before, "kept": kept}
    units = [_UnitRow(*row) for row in _rows(_UNITS, about)]
    if only is not None:
        units = _upwards(units, {int(key[1:].split("-")[-1]) for key in only})
    open_ids = {unit.pk for unit in units}
    units_below = defaultdict(list)
    for unit in units:
        units_below[unit.parent_id if unit.parent_id in open_ids else None].append(unit)
    nodes, children = {}, {}

    def visit(unit, depth, parent):
        key = unit_key(unit.pk)
        nodes[key] = None  # keeps its place before its children
        below = [visit(child, depth + 1, key) for child in units_below[unit.pk]]
        for person_id, name, is_leader, hired_on, presence in people_in.get(unit.pk, ()):
            own_key = person_key(person_id, unit.pk)
            if is_leader and own_key not in seated and (units_below[unit.pk] or not with_leaders):
                continue
            person = Node(
                key=own_key,
                name=name,
                kind="PERSON",
                depth=depth + 1,
                unit_id=unit.pk,
                person_id=person_id,
                parent=key,
                is_leader=is_leader,
                hired_on=hired_on,
                presence=presence,
            )
            nodes[person.key] = person
            below.append(person)
        children[key] = tuple(node.key for node in below)
        there = tuple(_ALL if any(months) else _NONE for months in zip(*(node.presence for node in below), strict=True))
        nodes[key] = Node(key, unit.name, unit.kind, depth, unit.pk, parent=parent, presence=there or (_NONE,) * 12)
        return nodes[key]

    for top in units_below[None][:1]:
        visit(top, 0, None)
    return nodes, children, any(unit.has_moved for unit in units)


def _upwards(units, wanted):
    """Return of units those that are wanted and whatever is above them, in the same order."""
    by_id, kept = {unit.pk: unit for unit in units}, set()
    for unit in units:
        if unit.parent_id not in by_id:
            kept.add(unit.pk)  # the tops, as which of them is the company's is told by all of them
    for pk in wanted & by_id.keys():
        while pk not in kept:
            kept.add(pk)
            pk = by_id[pk].parent_id
    return [unit for unit in units if unit.pk in kept]


def _people(year, days, seated, person_ids):
    """Return per unit who sells there in the year, by name: (id, name, whether they lead it, hiring day, presence per month)."""
    about = {"company": require_company_id(), "starts_on": year.starts_on, "ends_before": year.ends_before}
    about |= {"roles": [Role.REP, Role.MANAGER, Role.DIRECTOR], "people": person_ids}
    found = {}
    for person_id, unit_id, name, role, starts_on, ends_before, left_on, hired_on in _rows(
        _PEOPLE if person_ids is None else _PEOPLE_OF_SOME, about
    ):
        is_leader = role != Role.REP
        ends = [day for day in (ends_before, left_on, year.ends_before) if day]
        span = (max(starts_on, year.starts_on), min(ends))
        if span[0] >= span[1]:
            continue
        is_all_year = span == (year.starts_on, year.ends_before)
        presence = (_ALL,) * 12 if is_all_year else _presence(Period(*span), days.calendar, days.by_month)
        _name, leads, _day, earlier = found.get((unit_id, person_id), (name, True, hired_on, (_NONE,) * 12))
        # Somebody may leave a unit and come back to it, or be promoted in it, in one year: they sell there if they ever did.
        found[unit_id, person_id] = (
            name,
            leads and is_leader,
            hired_on,
            tuple(a + b for a, b in zip(earlier, presence, strict=True)),
        )
    for person_id, unit_id, name in seated.values():
        found.setdefault((unit_id, person_id), (name, False, None, (_NONE,) * 12))
    people_in = defaultdict(list)
    for (unit_id, person_id), (name, *rest) in sorted(found.items(), key=lambda row: (row[1][0], row[0][1])):
        people_in[unit_id].append((person_id, name, *rest))
    return people_in


def _presence(span, calendar, whole):
    """Return the part of each month's working days that lie in a span; of its calendar days where there are none."""
    inside = calendar.working_days_by_month(span)
    shares = []
    for month in months_in(Period(min(whole), add_months(max(whole), 1))):
        there = span.overlap(month)
        if there is None:
            shares.append(Fraction(0))
        elif whole[month.starts_on]:
            shares.append(Fraction(inside[month.starts_on], whole[month.starts_on]))
        else:
            shares.append(Fraction(there.days, month.days))
    return tuple(shares)
