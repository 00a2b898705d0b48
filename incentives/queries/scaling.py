"""
What was read for a month, as if everybody had reached so many per cent of their targets.

Everything that somebody, or a unit, brought in over the months to date is multiplied by the same number, so that it comes to
these per cent of the targets of these months; each measure that has targets of its own by its own number, all others by that of
revenue. Ratios – a collection rate –, returns of what was sold earlier, and the mix of deals, lines and customers stay as they were.
Whoever has no target stays as they are. Conventions: docs/conventions.md, "Pay".
"""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

from common.periods import Period
from credits.rules import Measure, scale_of
from incentives.queries.bases import Cell
from incentives.queries.pools import units_of_pool
from incentives.queries.reading import kind_of
from incentives.rules.earning import Sums
from incentives.rules.numbers import round_half_up
from incentives.rules.terms import Kind, Whose
from targets.models import Metric
from targets.queries.attainment import series_of
from teams.models import Person, Unit

_PEOPLE, _UNITS = "person_ids", "unit_ids"


class Targets:
    """What people and units did and were asked for, month by month, in everything that adds up; read once."""

    def __init__(self, period, *, contracts):
        """:param contracts: what is not counted in any of them is not read."""
        wanted = {Measure.REVENUE.value} | {
            code for contract in contracts for clause in contract.clauses
            for code in (clause.component.measure, *(metric.numerator for metric in clause.metrics.values()))
        }  # fmt: skip
        metrics = list(Metric.objects.filter(kind__in=Metric.ADDING, is_lower_better=False, numerator__in=wanted))
        # Of several metrics that count the same measure the first of the catalogue speaks for it.
        self.by_measure = {metric.numerator: metric.pk for metric in reversed(metrics)}
        self._rows = defaultdict(dict)
        for name, ids in (
            (_PEOPLE, Person.objects.values_list("pk", flat=True)),
            (_UNITS, Unit.objects.values_list("pk", flat=True)),
        ):
            found = series_of(metrics=metrics, period=period, **{name: ids})
            for (metric_id, subject_id), rows in found.items():
                self._rows[name, subject_id, metric_id] = {row.starts_on: row for row in rows}

    def of(self, name, subject_ids, metric_id, period) -> tuple[int, int]:
        """Return what some people or units did and were asked for in the months of a period, added up."""
        done = asked = 0
        for subject_id in subject_ids:
            for starts_on, row in self._rows.get((name, subject_id, metric_id), {}).items():
                if starts_on in period:
                    done, asked = done + row.numerator, asked + (row.commit or 0)
        return done, asked

    def revenue_at(self, percent, period, person_ids):
        """Return the revenue of some people at so many per cent of their targets; without a target, what they did."""
        metric_id = self.by_measure.get(Measure.REVENUE)
        total = Fraction(0)
        for person_id in person_ids:
            for month_done, month_asked in self._months(person_id, metric_id, period):
                total += Fraction(month_asked * percent, 100) if month_asked > 0 else month_done
        return round_half_up(total)

    def without_any(self, person_ids, period):
        """Return those of some people who have no target at all in a period."""
        metric_ids = set(self.by_measure.values())
        return {
            person_id for person_id in person_ids
            if all(self.of(_PEOPLE, [person_id], metric_id, period)[1] <= 0 for metric_id in metric_ids)
        }  # fmt: skip

    def _months(self, person_id, metric_id, period):
        for starts_on, row in self._rows.get((_PEOPLE, person_id, metric_id), {}).items():
            if starts_on in period:
                yield row.numerator, row.commit or 0


class Scaling:
    """
    Brings what was read for a month to so many per cent of the targets.

    :param since: what was earned in spans that ended before this day stays as it is.
    """

    def __init__(self, percent, targets: Targets, *, since):
        self._percent, self._targets, self._since = percent, targets, since

    def __call__(self, reading):
        """Change a reading that may be added to (`Drafting.assuming`)."""
        subjects = self._subjects(reading)
        self._scale_bases(reading, subjects)
        self._scale_steps(reading, subjects)
        self._scale_degrees(reading)

    def _subjects(self, reading):
        """Return {id of a slot: (people or units, their ids, days to date)} of everything that is looked at."""
        found = {}
        for slot in reading.slots.values():
            if (days := self._days(slot.span, reading)) is not None:
                found[slot.id, Whose.OWN] = (_PEOPLE, (slot.person_id,), days)
                led = (_UNITS, tuple(reading.staff.leads(slot.person_id, slot.span)), days)
                found[slot.id, Whose.TEAM] = found[slot.id, Whose.OTHERS] = led
        for (contract_id, _key, span, _person_id), pool in reading.pools.items():
            if (days := self._days(span, reading)) is not None:
                contract = next(slot.contract for slot in reading.slots.values() if slot.contract.id == contract_id)
                found[pool.id, Whose.TEAM] = (_UNITS, units_of_pool(reading, contract, pool.unit_id, span), days)
        return found

    def _days(self, span, reading):
        if span.ends_before <= self._since:
            return None
        return Period(span.starts_on, min(span.ends_before, reading.until))

    def _factor(self, subject, measure):
        """Return by what a measure of somebody is multiplied, and what it then comes to where there was nothing of it."""
        name, ids, days = subject
        for counted in (measure, Measure.REVENUE):
            metric_id = self._targets.by_measure.get(counted)
            done, asked = self._targets.of(name, ids, metric_id, days) if metric_id else (0, 0)
            if asked <= 0:
                continue
            wanted = Fraction(asked * self._percent, 100)
            if done > 0:
                return wanted / done, None
            if counted == measure:
                return None, wanted
        return Fraction(1), None

    def _scale_bases(self, reading, subjects):
        sums = reading.bases.sums
        for (slot_id, measure, whose, *_rest), cells in list(sums.items()):
            if (subject := subjects.get((slot_id, whose))) is not None:
                factor, _whole = self._factor(subject, measure)
                if factor is not None:
                    for cell, amount in cells.items():
                        cells[cell] = _times(amount, factor, measure)
        # Where there was nothing to multiply, what is asked for stands by itself.
        for slot in reading.slots.values():
            for clause in slot.contract.clauses if slot.stays else ():
                if clause.counts_credits and kind_of(clause) == slot.kind and clause.component.kind != Kind.POOL:
                    self._fill(reading, slot, clause, subjects.get((slot.id, clause.component.whose)))

    def _fill(self, reading, slot, clause, subject):
        measure, whose = clause.component.measure, clause.component.whose
        if subject is None or clause.is_each:
            return
        factor, whole = self._factor(subject, measure)
        if factor is None:
            key = (slot.id, measure, whose, False, clause.with_deals)
            reading.bases.sums[key].clear()
            reading.bases.sums[key][Cell()] = round_half_up(whole)

    def _scale_steps(self, reading, subjects):
        for (contract_id, key), found in reading.steps.items():
            clause = _clause(reading, contract_id, key)
            for (slot_id, place), steps in list(found.items()):
                subject = subjects.get((slot_id, clause.component.whose))
                factor, _whole = self._factor(subject, clause.component.measure) if subject else (None, None)
                if factor is not None:
                    # As many times the deals, each as it was.
                    found[slot_id, place] = [
                        Sums(each.row, each.base * factor, each.squares * factor, each.count * factor) for each in steps
                    ]

    def _scale_degrees(self, reading):
        degrees = reading.degrees
        for (metric_id, span, name, subject_id), row in list(degrees.rows.items()):
            metric, days = degrees.metric(metric_id), self._days(span, reading)
            if days is None or not metric.adds_up or metric.is_lower_better:
                continue
            _done, asked = self._targets.of(name, (subject_id,), metric_id, days)
            if asked > 0:
                scaled = replace(row, numerator=Fraction(asked * self._percent, 100))
                degrees.put(metric_id, span, name, subject_id, scaled)


def _times(amount, factor, measure):
    """Return money to the minor unit; of what is counted also parts of one."""
    return round_half_up(amount * factor) if scale_of(measure) else amount * factor


def _clause(reading, contract_id, key):
    return next(
        clause for slot in reading.slots.values() if slot.contract.id == contract_id
        for clause in slot.contract.clauses if clause.key == key
    )  # fmt: skip
