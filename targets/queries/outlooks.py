"""What may become of people's months, from everybody's record: read once for a whole unit, in a fixed number of statements."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property

import numpy as np

from accounts.rules import Role
from common.money import NoWeights
from common.periods import Period, add_months, month_of, months_in
from targets import rules
from targets.queries.history import first_month_on_record, months_worked, past_of
from targets.rules import chances
from teams.models import Assignment, Person
from teams.queries import calendar_of
from teams.rules import TenureStage, tenure_stage

#: How far back somebody's own months speak for them, and how far back seasons are learned.
RECORD_MONTHS, SEASON_MONTHS = 24, 36
#: A month in which fewer people worked says nothing about the season.
LEAST_HEADS = 3


@dataclass(frozen=True)
class Known:
    """
    Everybody's whole months of one measure.

    :ivar amounts: person → month → minor units, of months worked from beginning to end; a month without result with 0.
    :ivar done: person → month → minor units, of every month.
    :ivar sellers: who was a rep at any time: comparable people.
    """

    amounts: dict
    done: dict
    sellers: frozenset
    hired_on: dict
    working_days: dict

    def stage_of(self, person_id, month):
        """Return the tenure stage in the middle of a month; unknown days of hiring count as long ago."""
        hired_on = self.hired_on.get(person_id)
        stage = tenure_stage(hired_on, month.replace(day=15)) if hired_on else TenureStage.MATURE
        return str(stage or TenureStage.SURVIVAL)

    def before(self, day, months):
        """
        Return what could be said before a day (the first of a month) about some months.

        :param months: the first days of the months in question, in order; earlier ones than the day are done.
        """
        return Outlooks(self, day, tuple(months))


def known_of(measure, *, until, company, since=None):
    """
    Return everybody's months of a measure before a day, and the working days around them, in six statements.

    :param until: the first day of a month; nothing from it on is looked at.
    :param since: the first month that is needed at all; three years before ``until`` unless it is earlier.
    """
    earliest = add_months(until, -SEASON_MONTHS)
    period = Period(min(earliest, since) if since else earliest, until)
    past, worked, begin = past_of(measure, period), months_worked(period), first_month_on_record(measure)
    # The ledger seldom begins on a first: its first month is not whole for anybody.
    months = {month.starts_on for month in months_in(period) if begin and month.starts_on > begin}
    amounts = {
        person_id: {month: past.by_person.get(person_id, {}).get(month, 0) for month in sorted(own & months)}
        for person_id, own in worked.items()
    }
    return Known(
        amounts=amounts,
        done=past.by_person,
        sellers=frozenset(
            Assignment.objects.filter(role=Role.REP, starts_on__lt=until)
            .order_by()
            .values_list("person_id", flat=True)
            .distinct()
        ),
        hired_on=dict(Person.objects.order_by().values_list("pk", "hired_on")),
        working_days=calendar_of(company).working_days_by_month(Period(period.starts_on, add_months(until, 24))),
    )


@dataclass
class Outlooks:
    """What could be said before a day about some months, for each person."""

    known: Known
    day: date
    months: tuple
    _drawn: dict = field(default_factory=dict)

    @cached_property
    def ahead(self):
        """The positions of the months that are not over."""
        return tuple(i for i, month in enumerate(self.months) if month >= self.day)

    @cached_property
    def records(self):
        first = add_months(self.day, -RECORD_MONTHS)
        return {
            person_id: [
                chances.OwnMonth(month, amount, self.known.stage_of(person_id, month))
                for month, amount in own.items()
                if first <= month < self.day
            ]
            for person_id, own in self.known.amounts.items()
        }

    @cached_property
    def season(self):
        """Return month → what it usually is, 1 in the mean of a year: for the months in question and those on record."""
        sums, heads = defaultdict(int), defaultdict(int)
        for person_id, own in self.known.amounts.items():
            if person_id in self.known.sellers:
                for month, amount in own.items():
                    if month < self.day:
                        sums[month] += amount
                        heads[month] += 1
        # By head: a company that hires all year long has no season for it.
        history = {month: Fraction(sums[month], heads[month]) for month in sorted(sums) if heads[month] >= LEAST_HEADS}
        factors, first = {}, add_months(self.day, -12)
        blocks = [first, add_months(first, -12), add_months(first, -24), *(self.months[:1])]
        for start in blocks:
            block = [add_months(start, i) for i in range(12)]
            factors |= dict(zip(block, self._shares(history, block), strict=True))
        return factors

    def _shares(self, history, block):
        days = {month: self.known.working_days.get(month, 21) for month in {*block, *history}}
        try:
            return [float(share * 12) for share in rules.seasonal_shares(history, days, block)]
        except NoWeights:
            return [1.0] * 12

    @cached_property
    def crowd(self):
        return chances.understand(self.records, self.season, self.known.sellers)

    @cached_property
    def shared(self):
        return chances.draw_shared(self.crowd, self.months)

    def of(self, person_id):
        """Return a person's drawn futures over the months in question, or None where nobody can say."""
        if person_id not in self._drawn:
            self._drawn[person_id] = chances.foresee(
                person_id,
                self.records.get(person_id, ()),
                crowd=self.crowd,
                season=self.season,
                months=self.months,
                stages=[self.known.stage_of(person_id, month) for month in self.months],
                shared=self.shared,
            )
        return self._drawn[person_id]

    def done_of(self, person_id):
        """Return what somebody did in the months in question that are over, by position, in minor units."""
        own = self.known.done.get(person_id, {})
        return {i: own.get(month, 0) for i, month in enumerate(self.months) if month < self.day}

    def sums_of(self, seats, positions):
        """
        Return the drawn sums of some people over some months, and what they did in those that are over.

        :param seats: [(person, part of each month that they are there)].
        :returns: (sums by future, minor units done); None if nothing can be said about one of them.
        """
        sums, done = np.zeros(chances.DRAWS), 0
        for person_id, presence in seats:
            done += sum(amount for i, amount in self.done_of(person_id).items() if i in positions)
            parts = {i: float(presence[i]) for i in positions if i in self.ahead and presence[i]}
            if not parts:
                continue
            if (outlook := self.of(person_id)) is None:
                return None
            sums += outlook.sums(parts)
        return sums, done


def outlooks_of(metric, *, months, company, on):
    """
    Return what can be said today about a plan's months.

    :param on: today; months that are over by then count as they were.
    """
    day = min(month_of(on).starts_on, add_months(months[-1], 1))
    since = add_months(months[0], -12)
    return known_of(metric.numerator, until=day, company=company, since=since).before(day, months)
