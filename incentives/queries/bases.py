"""
Credits as what rates are worked out on: summed in the database, in a fixed number of statements whatever the people.

A *slot* is somebody's time under a contract within one span of a component; its *reaches* are the days on which credits count
for it: one's own, or of units that one leads. What came back in this span of something that was counted in an earlier one is
not part of the sums: it is taken back at the rate that was paid (`taken_back`). What came back of something counted in the slot
itself is, also where its person had left by then.
"""

import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from django.db import connection

from common.arrays import as_array
from common.meanwhile import at_once
from common.periods import Period
from common.tenancy import require_company_id
from credits.queries.recounting import is_anything_recounted
from incentives.queries.base_texts import (
    BACK_OF_LEADERS,
    BACK_OF_PEOPLE,
    BACK_OF_POOLS,
    COLLECTED_OF_PEOPLE,
    COLLECTED_OF_UNITS,
    EACH,
    EACH_OF_WINDOW,
    SUMS,
    SUMS_OF_WINDOW,
)
from incentives.queries.contracts import Clause
from incentives.rules.earning import add_bucket, bounds_of
from incentives.rules.numbers import plain
from incentives.rules.terms import Base, ChosenBy, Credited, Customers, Pays, Steps, Whose


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Days on which credits count for a slot: of `person_id`, or of `unit_id`, in which `person_id` is the one who leads.

    `span_starts_on`: the first day of the slot's span. `only`: nothing but this credit counts.
    """

    slot: int
    person_id: int | None
    unit_id: int | None
    period: Period
    span_starts_on: date
    only: int | None = None


class Cell(NamedTuple):
    """
    Why credits may be paid by different rates: what they are for, of whom, and after how many days money came.

    :ivar age: whole months since the customer's first order; None without a customer, and where nobody asks.
    """

    line_id: int | None = None
    channel_id: int | None = None
    is_new: bool | None = None
    days: int | None = None
    age: int | None = None


@dataclass
class Bases:
    """
    What was counted. What is told apart by customers or days was read with its deals, and stands beside what was not.

    :ivar unasked: what asks the database for sums (`sum_up`). :ivar awaited: what adds them, once the database has answered.
    """

    unasked: list = field(default_factory=list)
    awaited: list = field(default_factory=list)
    _sums: dict = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def ask(self, start=at_once):
        """Ask what is to be summed up; nobody waits for it before `sums`. `start` begins it (`common.meanwhile`)."""
        self.awaited += [asking(start) for asking in self.unasked]
        self.unasked = []

    @property
    def sums(self):
        """{(slot, measure, whose, is overlay, with deals): {cell: minor units or pieces}}, once the database has answered."""
        if self.unasked or self.awaited:
            self.ask()
            for add_to in self.awaited:
                add_to(self._sums)
            self.awaited = []
        return self._sums

    def add(self, slot, clause, amount, *, whose, cell, is_overlay=False):  # noqa: PLR0913 - what a credit is made of
        """Add something that was not credited, as if it had been."""
        self.sums[slot, clause.component.measure, whose, is_overlay, clause.with_deals][cell] += amount

    def of(self, slot, clause, *, whose=None):
        """
        Return {cell: amount} of what a clause counts in a slot.

        :param whose: instead of the clause's own; of units there is no overlay.
        """
        component, sums = clause.component, self.sums
        whose = whose or component.whose
        overlays = clause.overlays if whose == Whose.OWN else (False,)
        if len(overlays) == 1:
            return sums.get((slot, component.measure, whose, overlays[0], clause.with_deals), {})
        found = [sums.get((slot, component.measure, whose, is_overlay, clause.with_deals), {}) for is_overlay in overlays]
        together = defaultdict(int)
        for cells in found:
            for cell, amount in cells.items():
                together[cell] += amount
        return together


def sum_up(bases, *, reaches, clauses, whose, taken, among, known_at=None):
    """
    Let bases ask for what was credited in some reaches of what clauses count; one statement, or two.

    :param clauses: all told apart by the deals behind the credits, or none.
    :param taken: what came back in these reaches of what was not counted in the same slot: it is taken off what is read without
        its deals, and left out of the rest anyway.
    :param among: how many people there are.
    """
    if not reaches or not clauses:
        return
    with_deals, is_own = clauses[0].with_deals, whose == Whose.OWN
    asked = {
        "measures": sorted({clause.component.measure for clause in clauses}),
        "by_line": any(clause.by_line for clause in clauses),
        "by_channel": any(clause.by_channel for clause in clauses),
        "by_customers": any(clause.by_customers for clause in clauses),
        "by_days": any(clause.decay for clause in clauses),
        "by_age": any(clause.is_by_age for clause in clauses),
    }
    alike = _alike(reaches) if is_own and not with_deals else {}
    rest = [reach for reach in reaches if alike.get(reach.person_id) is not reach]
    asking = _AskedSums(
        _of_window(alike, known_at, among) | asked if alike else None,
        _parameters(rest, whose, known_at) | asked if rest else None,
        whose,
        with_deals,
        {person_id: reach.slot for person_id, reach in alike.items()},
        [] if with_deals else [back for back in taken if back.measure in asked["measures"]],
    )
    bases.unasked.append(asking.begin)


@dataclass(frozen=True, slots=True)
class _AskedSums:
    """
    What is asked of many people for the same days, and of the rest, each as the parameters of its statement or None.

    :ivar slot_of: {person id: slot} of the many. :ivar taken: what is taken off what the database answers.
    """

    window: dict | None
    rest: dict | None
    whose: str
    with_deals: bool
    slot_of: dict
    taken: list

    def begin(self, start):
        """Begin to ask; return what adds the answer to sums."""
        of_many = _rows_of(SUMS_OF_WINDOW, self.window, start)
        of_rest = _rows_of(SUMS[self.whose == Whose.OWN, self.with_deals], self.rest, start)
        return lambda sums: self._add(sums, of_many(), of_rest())

    def _add(self, sums, of_many, of_rest):
        for person_id, measure, line_id, channel_id, shares, on_top in of_many:
            if slot := self.slot_of.get(person_id):
                cell = Cell(line_id, channel_id)
                for is_overlay, amount in ((False, shares), (True, on_top)):
                    if amount is not None:
                        sums[slot, measure, self.whose, is_overlay, False][cell] = amount
        for slot, measure, is_overlay, line_id, channel_id, is_new, days, age, amount in of_rest:
            sums[slot, measure, self.whose, is_overlay, self.with_deals][Cell(line_id, channel_id, is_new, days, age)] += amount
        given = self.rest or self.window
        for back in self.taken:
            cell = Cell(back.line_id if given["by_line"] else None, back.channel_id if given["by_channel"] else None)
            sums[back.slot, back.measure, self.whose, back.is_overlay, False][cell] -= back.amount


def _rows_of(text, given, start):
    """Begin a statement; return what gives its rows, made into values only when they are needed; none where nothing is asked."""
    if not given:
        return list
    cursor = connection.cursor()
    asked = start(partial(cursor.execute, text, given))

    def rows():
        asked()
        with cursor:
            return cursor.fetchall()

    return rows


def _alike(reaches):
    """Return {person id: reach} of those with the most common days, one of each person, of slots that have no other."""
    by_days, single = defaultdict(dict), Counter(reach.slot for reach in reaches)
    for reach in reaches:
        if single[reach.slot] == 1:
            by_days[reach.period.starts_on, reach.period.ends_before][reach.person_id] = reach
    return max(by_days.values(), key=len, default={})


@dataclass(frozen=True, slots=True)
class Back:
    """
    What came back, negative, of something that was counted in an earlier span, or for another plan; a return that is none any more
    is above zero.

    :ivar counted_on: the day on which what was sold had counted first. :ivar counts_on: the day on which this does.
    :ivar age: whole months that the customer had been one when it was sold, or paid; None without a customer, and where nobody asks.
    """

    credit_id: int
    slot: int
    measure: str
    is_overlay: bool
    line_id: int | None
    channel_id: int | None
    is_new: bool | None
    deal_id: int | None
    deal: str
    sold_on: date | None
    back_on: date
    counted_on: date
    counts_on: date
    amount: int
    unit_id: int
    age: int | None = None


def taken_back(*, reaches, measures, whose, by_age=False, known_at=None):
    """
    Return everything that takes away in some reaches, of people or of units that somebody leads; one statement.

    :param by_age: whether anybody asks how long customers had been such.
    """
    return _came_back(BACK_OF_PEOPLE if whose == Whose.OWN else BACK_OF_LEADERS, reaches, measures, whose, known_at, by_age)


def taken_from_pools(*, reaches, measures, known_at=None):
    """Return what came back in the reaches of pools and was not counted first in the same one; one statement."""
    return _came_back(BACK_OF_POOLS, reaches, measures, Whose.TEAM, known_at)


def _came_back(text, reaches, measures, whose, known_at, by_age=False):  # noqa: PLR0917 - what is asked
    if not reaches or not measures:
        return []
    given = _parameters(reaches, whose, known_at) | {"measures": sorted(measures), "by_age": by_age}
    with connection.cursor() as cursor:
        cursor.execute(text, given)
        return [Back(*row) for row in cursor.fetchall()]


def collected_shares(*, reaches, measure, whose, until, known_at=None):
    """
    Return {slot: which part of the credits of a measure the customers have paid for, in per cent}; one statement.

    Each deal counts by what was credited for it, and no deal as more than paid; what is owed is its amount less what came back.
    :param until: payments received from this day on are left out.
    """
    if not reaches:
        return {}
    given = _parameters(reaches, whose, known_at) | {"measures": [measure], "by_customers": False, "paid_before": until}
    with connection.cursor() as cursor:
        cursor.execute(COLLECTED_OF_PEOPLE if whose == Whose.OWN else COLLECTED_OF_UNITS, given)
        rows = cursor.fetchall()
    return {slot: Fraction(paid) * 100 / Fraction(whole) if whole > 0 else Fraction(100) for slot, paid, whole in rows}


@dataclass(frozen=True, slots=True)
class AskedByStep:
    """
    What a clause's tables make of every deal or line by itself: of many people for the same days, and of the rest; each asked by
    the parameters of its statement, or None.

    :ivar which: of `EACH`. :ivar slot_of: {person id: slot} of the many.
    """

    clause: Clause
    window: dict | None
    rest: dict | None
    which: tuple
    slot_of: dict

    def begin(self, start=at_once):
        """
        Begin to ask (`common.meanwhile`).

        :returns: what gives {(slot, rate group): [Sums, …]} when it is called, once the database has answered; and {slot: {deal, or
            deal/product line: its discount in per cent}}, where that chooses the step.
        """
        of_many, of_rest = _rows_of(EACH_OF_WINDOW, self.window, start), _rows_of(EACH[self.which], self.rest, start)
        return lambda: _by_step(self.clause, [*self._of_slots(of_many()), *of_rest()])

    def _of_slots(self, rows):
        """Yield (slot, rate group, bucket, base, squares, count) of rows that begin with a person."""
        for person_id, *row in rows:
            if slot := self.slot_of.get(person_id):
                yield slot, *row


def sums_by_step(clause, *, reaches, taken, among, told=None, known_at=None):  # noqa: PLR0913 - what is asked
    """
    Return what is to be asked of a clause whose tables are applied to every deal or line by itself; one statement, or two.

    The base of a line is what was credited for one product line of one deal.
    :param taken: what came back in one's own reaches of what was not counted in the same slot: no part of these sums.
    :param among: how many people there are.
    :param told: discounts that are not to be worked out from the deals as they stand, by the names that are returned.
    """
    component, window = clause.component, None
    is_alike = len(clause.groups) == 1 and not clause.groups[0].named and not clause.is_by_deal
    given = _tables(clause) | {
        "measures": [component.measure],
        "by_customers": clause.by_customers,
        "each_line": component.base == Base.LINE,
        "by_deal": clause.is_by_deal,
        "by_margin": component.chosen_by == ChosenBy.MARGIN,
        "pays_amount": component.pays == Pays.AMOUNT,
        "is_curve": component.steps_read == Steps.INTERPOLATED,
        "bounds": [math.ceil(bound) for bound in bounds_of(clause.groups[0].table)] if is_alike else [],
        "overlay": {Credited.SHARES: False, Credited.OVERLAY: True}.get(component.credited),
        "told_names": list(told or ()),
        "told_discounts": list((told or {}).values()),
    }  # fmt: skip
    is_own = component.whose == Whose.OWN
    alike = _alike(reaches) if is_own and is_alike else {}
    slot_of = {person_id: reach.slot for person_id, reach in alike.items()}
    if alike:
        slots = set(slot_of.values())
        without = {"taken": [back.credit_id for back in taken if back.slot in slots]}
        window = given | _of_window(alike, known_at, among) | without
    rest = [reach for reach in reaches if alike.get(reach.person_id) is not reach]
    of_rest = given | _parameters(rest, component.whose, known_at) if rest else None
    return AskedByStep(clause, window, of_rest, (is_own, is_alike), slot_of)


def _by_step(clause, rows):
    """Return {(slot, rate group): [Sums, …]} and {slot: discounts} of what the database answered."""
    found, discounts = defaultdict(dict), defaultdict(dict)
    for slot, place, bucket, base, squares, count, *given in rows:
        add_bucket(found[slot, place], clause.groups[place].table, bucket, base, int(squares or 0), count)
        if clause.is_by_deal:
            discounts[slot] |= json.loads(given[0])
    # By step, whatever order the database found them in: the same facts always make the same line.
    steps = {
        key: sorted(steps.values(), key=lambda each: (each.row is None, each.row, each.base < 0))
        for key, steps in found.items()
    }
    return steps, {slot: dict(sorted(given.items())) for slot, given in discounts.items()}


def _of_window(alike, known_at, among):
    """Return the parameters for many people's common days; of most of those there are, everybody's credits are read."""
    days = next(iter(alike.values())).period
    people = None if 2 * len(alike) > among else as_array(alike)
    return {"people": people, "first": days.starts_on, "last": days.ends_before} | _known(known_at)


def _tables(clause):
    groups, steps = [], []
    for place, group in enumerate(clause.groups):
        customers = group.label.get("customers")
        groups.append((place, group.label.get("line"), group.label.get("channel"), customers and customers == Customers.NEW))
        steps += [(place, str(plain(bound))) for bound in bounds_of(group.table)]
    columns = list(zip(*groups, strict=True)) or [()] * 4
    given = dict(zip(("rate_groups", "rate_lines", "rate_channels", "rate_new"), map(list, columns), strict=True))
    return given | {"step_groups": [place for place, _bound in steps], "step_from": [bound for _place, bound in steps]}


def _parameters(reaches, whose, known_at):
    return _known(known_at) | {
        "slots": as_array(reach.slot for reach in reaches),
        "people": as_array(reach.person_id for reach in reaches),
        "units": as_array(reach.unit_id for reach in reaches),
        "since": as_array(reach.period.starts_on for reach in reaches),
        "until": as_array(reach.period.ends_before for reach in reaches),
        "spans": as_array(reach.span_starts_on for reach in reaches),
        "only": as_array(reach.only for reach in reaches),
        "first": min(reach.period.starts_on for reach in reaches),
        "last": max(reach.period.ends_before for reach in reaches),
        "with_self": whose == Whose.TEAM,
    }


def _known(known_at):
    return {"company": require_company_id(), "known_at": known_at, "is_recounting": is_anything_recounted()}
