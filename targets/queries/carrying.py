"""What earlier quarters left undone, and carrying it over into what is left of the year. Writes nothing."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from common.money import apportion
from common.periods import Period, quarters_in
from targets import rules
from targets.models import Attainment
from targets.queries.adjusting import settle
from targets.queries.attainment import series
from targets.queries.plans import Node


@dataclass(frozen=True)
class Undone:
    """What a row was asked for and did in the quarters that are over, in minor units by quarter."""

    node: Node
    quarters: tuple[tuple[int, int], ...]  # (commit, actual)

    @property
    def asked(self):
        return sum(commit for commit, _actual in self.quarters)

    @property
    def done(self):
        return sum(actual for _commit, actual in self.quarters)

    @property
    def missing(self):
        """What is left undone over all of them together; 0 where more was done than asked."""
        return max(0, self.asked - self.done)

    @property
    def over(self):
        return max(0, self.done - self.asked)


def quarters_over(sheet, *, on):
    """Return the quarters of a plan's year that are over on a day."""
    return [quarter for quarter in quarters_in(sheet.year) if quarter.ends_before <= on]


def undone_below(sheet, key, *, on):
    """Return the row of a unit and of everybody directly below it, there on a day, who was asked for something in the quarters over."""
    quarters, position = quarters_over(sheet, on=on), _position(sheet, on)
    there = [node for node in sheet.children_of(key) if not node.is_person or node.presence[position]]
    nodes = [sheet.nodes[key], *there]
    done = _done(sheet, nodes, quarters)
    seats = defaultdict(list)
    for node in sheet.nodes.values():
        if node.is_person:
            seats[node.person_id].append(node.key)
    rows = []
    for node in nodes:
        # What somebody did is theirs wherever they were, so is what they were asked for.
        keys = seats[node.person_id] if node.is_person else [node.key]
        pairs = tuple(
            (
                sum(sheet.sheet.of(own)[i].commit for own in keys for i, month in enumerate(sheet.months) if month in quarter),
                done.get((node.key, quarter), 0),
            )
            for quarter in quarters
        )
        if any(commit for commit, _actual in pairs):
            rows.append(Undone(node, pairs))
    return rows


def _position(sheet, day):
    """Return the position of a day's month, of the last one after the year."""
    return max((i for i, month in enumerate(sheet.months) if month <= day), default=0)


def _done(sheet, nodes, quarters):
    """Return (key, quarter) → what was credited, from what is stored, in two statements."""
    if not quarters:
        return {}
    span = Period(quarters[0].starts_on, quarters[-1].ends_before)
    by_start = {quarter.starts_on: quarter for quarter in quarters}
    people = {node.person_id: node.key for node in nodes if node.is_person}
    units = {node.unit_id: node.key for node in nodes if not node.is_person}
    done = {}
    for keys, subject in ((people, {"person_ids": list(people)}), (units, {"unit_ids": list(units)})):
        found = series(metric=sheet.plan.metric, period=span, span=Attainment.Span.QUARTER, **subject) if keys else {}
        for subject_id, rows in found.items():
            done |= {(keys[subject_id], by_start[row.starts_on]): row.numerator for row in rows if row.starts_on in by_start}
    return done


def propose_carrying(sheet, amounts, *, way, from_on, balance, calendar):
    """
    Add what was left undone to the months from a day on, in proportion to their own targets.

    :param amounts: key → minor units of the commit target; floor and stretch go along.
    :param way: ``REST`` for the rest of the year, ``NEXT`` for the rest of the day's quarter.
    :raises CannotShare, BadTiers:
    """
    plan, first = sheet.plan, sheet.months.index(from_on.replace(day=1))
    quarter = next(quarter for quarter in quarters_in(sheet.year) if from_on in quarter)
    open_to = sheet.year.ends_before if way == "REST" else quarter.ends_before
    positions = [i for i, month in enumerate(sheet.months) if i >= first and month < open_to]
    parts = {i: rules.part_from(from_on, calendar) if i == first else Fraction(1) for i in positions}
    rule = rules.TierRule(plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
    asked = {}
    for key, amount in amounts.items():
        cells = list(sheet.sheet.of(key))
        weights = [cells[i].commit * parts[i] for i in positions]
        if not any(weights):
            there = sheet.nodes[key].presence
            weights = [there[i] * parts[i] * (sheet.working_days[sheet.months[i]] or 1) for i in positions]
        if not any(weights):
            # Somebody who is not there any more carries nothing over.
            continue
        for i, more in zip(positions, apportion(amount, weights, plan.rounding_unit), strict=True):
            cells[i] = rules.set_tier(cells[i], rules.Tier.COMMIT, cells[i].commit + more, rule)
        asked[key] = tuple(cells)
    return settle(sheet, asked, balance=balance, with_below=True)
