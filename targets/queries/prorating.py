"""
Joiners, leavers, transfers and moved units inside a published plan: who they are, and the rows that would do them justice.

A target for part of a month is month target × active working days ÷ working days of the month, as everywhere, and so it is for
the stages of campaigns with targets of their own. Writes nothing.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.rules import Role
from common.periods import Period, month_of
from credits.queries.closings import closed_before
from targets import rules
from targets.models import Adjustment, Exemption, Plan
from targets.queries.adjusting import Proposed, settle
from targets.queries.plans import person_key, unit_key
from targets.queries.stages import StageSheet, published_stage_sheets
from targets.rules import NO_TARGET, Balance, Tiers
from teams.models import Assignment, UnitPlacement

Kind = Adjustment.Kind
#: For how many days ahead what is already known is shown.
AHEAD = timedelta(days=92)


@dataclass(frozen=True)
class Case:
    """
    Somebody whose place changed inside a plan's open months while their target stayed as it was.

    :ivar key: the row that it is about: the seat that was left, the seat of a joiner, or the moved unit.
    :ivar to_key: the new seat, or the unit above it now.
    :ivar from_key: of a moved unit, the unit that was above it.
    :ivar on: the first day on which their target can be otherwise.
    :ivar happened_on: the day on which their place changed, if that lies in months that are closed.
    :ivar is_in_months: whether the months are still to be settled; not where only a campaign is left.
    :ivar campaigns: the campaigns with targets of their own that are to be settled with it.
    """

    kind: str
    key: str
    name: str
    on: date
    to_key: str = ""
    from_key: str = ""
    happened_on: date | None = None
    is_in_months: bool = True
    campaigns: tuple[StageSheet, ...] = ()

    @property
    def code(self):
        """What the case is called in addresses."""
        return f"{self.key}.{self.on:%Y%m%d}"

    @property
    def label(self):
        return Kind(self.kind).label


def open_cases(sheet, *, today):
    """Return the cases of a published plan in the months that are not closed, up to some weeks ahead."""
    if sheet.plan.status != Plan.Status.PUBLISHED or sheet.root is None or not sheet.plan.metric.adds_up:
        return []
    return cases_in(sheet, since=closed_before() or sheet.year.starts_on, until=today + AHEAD)


def cases_in(sheet, *, since, until):
    """
    Return the cases of a plan in the order of their days, in a fixed number of statements.

    Those that an adjustment in force, or one that waits, is about already are left out. Whose place changed on a day that was
    closed before anybody knew is there from the first open month on.

    :param since: the first day that is not closed.
    :param until: the first day that is not looked at any more.
    """
    since, until = max(since, sheet.year.starts_on), min(until, sheet.year.ends_before)
    if since >= until:
        return []
    span = Period(since, until)
    tables = _Tables(sheet, published_stage_sheets(sheet, since=since))
    found = [*_cases_of_people(sheet, span, tables), *_cases_of_units(sheet, span, tables)]
    return sorted(_without_settled(sheet.plan, found), key=lambda case: (case.on, case.name))


def _without_settled(plan, cases):
    """Yield cases, each as far as no adjustment in force, nor one that waits, is about it already."""
    settled = Adjustment.objects.filter(plan=plan, status__in=["WAITING", "APPLIED"]).exclude(kind=Kind.CHANGE)
    handled = {}
    for subject, from_on, stages in settled.values_list("subject", "from_on", "stages"):
        handled.setdefault((subject, from_on), set()).update(stages)
    for case in cases:
        if (case.key, case.on) not in handled:
            yield case
            continue
        seen = handled[case.key, case.on]
        if left := tuple(each for each in case.campaigns if str(each.stage_plan.pk) not in seen):
            yield replace(case, is_in_months=False, campaigns=left)


class _Tables:
    """A plan's months and its campaigns: where a row asks for something after a day."""

    def __init__(self, sheet, campaigns):
        self.sheet, self.campaigns = sheet, campaigns

    def still_asking(self, key, day):
        """
        Return the campaigns in which a row asks for days from a day on that nobody could know of: those after it, and those of the
        stage it lies in if it came after these targets were published.
        """
        return tuple(each for each in self.campaigns if self._asks_in(each, key, day))

    def not_asking(self, key, day):
        """Return the campaigns that had been published by a day and have days from it on, of which a row is asked for none."""
        return tuple(
            each
            for each in self.campaigns
            if _published_on(each) < day and any(each.parts_from(day)) and not self._asks_in(each, key, day)
        )

    @staticmethod
    def _asks_in(campaign, key, day):
        parts, is_known = campaign.parts_from(day), day <= _published_on(campaign)
        return any(
            cell.stretch and part and (part == 1 or not is_known)
            for cell, part in zip(campaign.sheet.of(key), parts, strict=True)
        )

    def are_left(self, key, day):
        """Return whether months or campaigns still ask a row for something after a day, and which campaigns do."""
        campaigns = self.still_asking(key, day)
        return bool(campaigns) or _asks_after(self.sheet, key, day), campaigns


def _published_on(campaign):
    return timezone.localdate(campaign.stage_plan.published_at)


def _cases_of_people(sheet, span, tables):
    exempt = set(Exemption.objects.filter(plan=sheet.plan).values_list("person_id", flat=True))
    by_person = defaultdict(list)
    rows = (
        Assignment.objects.filter(starts_on__lt=span.ends_before, role__in=[Role.REP, Role.MANAGER, Role.DIRECTOR])
        .filter(Q(ends_before=None) | Q(ends_before__gte=sheet.year.starts_on))
        .annotate(until=Coalesce("ends_before", "person__left_on"))
        .order_by("person_id", "starts_on")
        .values_list("person_id", "person__name", "unit_id", "role", "starts_on", "until")
    )
    for person_id, name, unit_id, role, starts_on, until in rows:
        by_person[person_id].append((name, unit_id, role, starts_on, until))
    for person_id, places in by_person.items():
        cases = _cases_of_person(sheet, span, tables, person_id, places)
        yield from (case for case in cases if not (case.kind == Kind.JOINED and person_id in exempt))


def _cases_of_person(sheet, span, tables, person_id, places):
    year = Period(sheet.year.starts_on, span.ends_before)
    name, unit_id, role, starts_on, until = places[0]
    first, days = person_key(person_id, unit_id), _days_of(starts_on, span)
    is_there = starts_on in year and role == Role.REP and first in sheet.nodes and not (until and until <= days["on"])
    if is_there:
        has_none, campaigns = not _asks_after(sheet, first, days["on"]), tables.not_asking(first, days["on"])
        if has_none or campaigns:
            yield Case(Kind.JOINED, first, name, is_in_months=has_none, campaigns=campaigns, **days)
    for (_name, was_in, _role, _since, until), (_n, now_in, _r, since, _u) in pairwise(places):
        days = _days_of(since, span)
        # Once months are closed a target goes to where somebody is by now, whatever lay between.
        now_in = _unit_on(places, days["on"]) if "happened_on" in days else now_in
        old, new = person_key(person_id, was_in), person_key(person_id, now_in)
        if was_in != now_in and until == since and since in year and new in sheet.nodes:
            is_left, campaigns = tables.are_left(old, days["on"])
            if is_left:
                yield Case(Kind.MOVED, old, name, to_key=new, campaigns=campaigns, **days)
    _name, unit_id, _role, _since, until = places[-1]
    last = person_key(person_id, unit_id)
    if until and until in year:
        days = _days_of(until, span)
        is_left, campaigns = tables.are_left(last, days["on"])
        if is_left:
            yield Case(Kind.LEFT, last, name, campaigns=campaigns, **days)


def _unit_on(places, day):
    """Return the unit in which somebody is on a day; None once they have left."""
    return next(
        (unit_id for _n, unit_id, _r, starts_on, until in places if starts_on <= day and not (until and until <= day)), None
    )


def _days_of(day, span):
    """Return from when on a target can follow what happened on a day: that day, or the first one of the first open month."""
    first = month_of(span.starts_on)
    opened = first.starts_on if first.starts_on == span.starts_on else first.ends_before
    return {"on": day} if day >= opened else {"on": opened, "happened_on": day}


def _asks_after(sheet, key, day):
    """Return whether a row asks for something in the months after a day's; in the last month of the plan, in that one."""
    if key not in sheet.nodes:
        return False
    position = _position(sheet, day)
    return any(cell.stretch for cell in sheet.sheet.of(key)[min(position + (day.day > 1), 11) :])


def _cases_of_units(sheet, span, tables):
    """Yield the units that hang under another one since a day inside the span, with a target of their own."""
    placements = defaultdict(list)
    for row in UnitPlacement.objects.filter(from_day__lt=span.ends_before).order_by("from_day", "recorded_at", "pk"):
        placements[row.unit_id].append(row)
    for unit_id, rows in placements.items():
        node = sheet.nodes.get(unit_key(unit_id))
        for was, now in pairwise(rows):
            if node is None or now.from_day not in span or was.parent_id == now.parent_id:
                continue
            old, new = unit_key(was.parent_id), unit_key(now.parent_id)
            if {old, new} <= sheet.nodes.keys():
                is_left, campaigns = tables.are_left(node.key, now.from_day)
                if is_left:
                    yield Case(
                        Kind.UNIT_MOVED, node.key, node.name, now.from_day, to_key=new, from_key=old, campaigns=campaigns
                    )


def propose_case(sheet, case, *, balance, share="RAMP"):
    """
    Return the rows that do a case justice from its day on, in the months and in campaigns with targets of their own.

    :param balance: what becomes of what is freed or asked anew, as a ``Balance``; a moved unit takes its part along.
    :param share: of a joiner: what part of a usual target in the unit, ``RAMP`` by the company's ramp, ``WHOLE``, or ``NOTHING``.
    :raises CannotShare: see ``rules.share_change``.
    """
    campaigns = {each.stage_plan.pk: _proposed(each, case, balance, share) for each in case.campaigns}
    months = _proposed(sheet, case, balance, share) if case.is_in_months else Proposed({})
    return replace(months, stages=campaigns)


def _proposed(sheet, case, balance, share):
    """Return the rows of one table, a plan's months or a campaign's stages, that do a case justice."""
    parts = sheet.parts_from(case.on)
    if case.kind == Kind.UNIT_MOVED:
        return _with_unit(sheet, case, parts)
    asked = {}
    if case.kind == Kind.JOINED:
        asked[case.key] = _onto(sheet.sheet.of(case.key), _tail(sheet, _usual(sheet, case, share), parts))
    else:
        own = sheet.sheet.of(case.key)
        asked[case.key] = _less(own, _tail(sheet, own, parts))
    if case.kind == Kind.MOVED:
        freed = _less(sheet.sheet.of(case.key), asked[case.key])
        asked[case.to_key] = _onto(sheet.sheet.of(case.to_key), freed)
    return settle(sheet, asked, balance=balance, with_below=False)


def balances_of(case):
    """Return the ways in which what a case frees or asks anew can be settled, the usual one first."""
    match case.kind:
        case Kind.MOVED:
            return [Balance.PARENTS, Balance.SIBLINGS, Balance.DIFFERENCE]
        case Kind.UNIT_MOVED:
            return [Balance.PARENTS]
    return [Balance.SIBLINGS, Balance.DIFFERENCE, Balance.PARENTS]


def _with_unit(sheet, case, parts):
    """Move a unit's part of the months from a day on from the units that were above it to those that are."""
    moved = _tail(sheet, sheet.sheet.of(case.key), parts)
    old, new = _up_from(sheet, case.from_key), _up_from(sheet, case.to_key)
    changes = {}
    for key in old:
        if key not in new:
            changes[key] = rules.moved_by(sheet.sheet, key, _steps(moved), sign=-1)
    for key in new:
        if key not in old:
            changes[key] = rules.moved_by(sheet.sheet, key, _steps(moved))
    return Proposed(changes, typed=frozenset({case.from_key, case.to_key}))


def _up_from(sheet, key):
    path = []
    while key is not None:
        path.append(key)
        key = sheet.nodes[key].parent
    return path


def _usual(sheet, case, share):
    """Return what a month of a usual target is in the unit of a joiner: the mean of those who are there, by the ramp if asked."""
    node = sheet.nodes[case.key]
    others = [
        other
        for other in sheet.children_of(node.parent)
        if other.is_person and other.key != case.key and not (other.is_leader and other.key not in sheet.sheet.cells)
    ]
    percents = [Fraction(100)] * len(sheet.months)
    if share == "RAMP":
        served = [rules.months_of_service(node.hired_on or case.on, month) for month in sheet.months]
        percents = [each * 100 for each in rules.ramp_weights(served, sheet.ramp_percents)]
    elif share == "NOTHING":
        percents = [Fraction(0)] * len(sheet.months)
    cells = []
    for i, percent in enumerate(percents):
        there = [other for other in others if sheet.is_there_all_the_time(other, i) and sheet.sheet.of(other.key)[i].stretch]
        steps = [sheet.sheet.of(other.key)[i].steps for other in there]
        mean = [Fraction(sum(column), len(steps)) for column in zip(*steps, strict=True)] if steps else [Fraction(0)] * 3
        cells.append(Tiers.from_steps(*(_rounded(each * percent / 100, sheet.plan.rounding_unit) for each in mean)))
    return tuple(cells)


def _rounded(exact, unit):
    return int((exact / unit + Fraction(1, 2)) // 1) * unit


def _position(sheet, day):
    return sheet.months.index(month_of(day).starts_on)


def _tail(sheet, cells, parts):
    """Return the part of months that falls from a day on; taken off, the two add up to the whole."""
    return rules.portion(cells, parts, sheet.plan.rounding_unit)


def _less(cells, taken):
    return tuple(
        Tiers.from_steps(*(a - b for a, b in zip(own.steps, off.steps, strict=True)))
        for own, off in zip(cells, taken, strict=True)
    )


def _onto(cells, more):
    return tuple(own + add for own, add in zip(cells, more, strict=True))


def _steps(cells):
    return {i: cell.steps for i, cell in enumerate(cells) if cell != NO_TARGET}
