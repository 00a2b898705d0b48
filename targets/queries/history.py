"""What was done before: the past that a plan's numbers are compared with and split by."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from common.periods import Period, add_months, month_of, months_in
from credits.models import DailyTotal
from teams.models import Assignment

#: How far back seasons are learned.
SEASON_MONTHS = 36
#: How far back somebody's own record is looked at for a split.
RECORD_MONTHS = 12


@dataclass(frozen=True)
class Past:
    """Monthly amounts of one measure: by person wherever they were, and by the unit in which it was done."""

    by_person: dict
    by_unit: dict
    by_person_within: dict
    period: Period

    def of(self, node, sheet):
        """Return month → amount of a node of a plan's sheet; months without any result are missing."""
        if node.is_person:
            return self.by_person.get(node.person_id, {})
        if node.parent is None:
            # The company as a whole has everything, also what was credited to no unit or to one that is closed by now.
            return self._of_units(self.by_unit)
        below = [sheet.nodes[key] for key in sheet.sheet.below(node.key)]
        return self._of_units([row.unit_id for row in below if not row.is_person])

    def _of_units(self, unit_ids):
        sums = defaultdict(int)
        for unit_id in unit_ids:
            for month, amount in self.by_unit.get(unit_id, {}).items():
                sums[month] += amount
        return dict(sums)


def past_of(measure, period):
    """
    Return what was credited in a period, from the daily totals, in one statement.

    Overlay credit counts for the person and never for the unit.
    """
    by_person, by_unit, within = (defaultdict(lambda: defaultdict(int)) for _ in range(3))
    rows = (
        DailyTotal.objects.filter(measure=measure, day__gte=period.starts_on, day__lt=period.ends_before)
        .order_by()
        .annotate(month=TruncMonth("day"))
        .values_list("person_id", "unit_id", "is_overlay", "month")
        .annotate(sum=Sum("amount"))
    )
    for person_id, unit_id, is_overlay, month, amount in rows:
        by_person[person_id][month] += amount
        within[person_id, unit_id][month] += amount
        if not is_overlay:
            by_unit[unit_id][month] += amount
    return Past(by_person, by_unit, within, period)


def record_before(starts_on, *, on, months):
    """
    Return the whole months before a plan's year, as many as asked for, that are over by a day.

    A plan made in November for January learns from what ended in October.
    """
    ends_before = min(starts_on, month_of(on).starts_on)
    return Period(add_months(ends_before, -months), ends_before)


def months_worked(period):
    """Return person → the months of a period that they worked from beginning to end, wherever they were."""
    worked, months = defaultdict(set), months_in(period)
    spans = defaultdict(list)
    assignments = Assignment.objects.filter(
        Q(ends_before=None) | Q(ends_before__gt=period.starts_on), starts_on__lt=period.ends_before
    ).order_by("person_id", "starts_on")
    for person_id, starts_on, ends_before in assignments.values_list("person_id", "starts_on", "ends_before"):
        joined = spans[person_id]
        # A transfer is no gap: one assignment ends where the next begins.
        if joined and joined[-1][1] == starts_on:
            joined[-1][1] = ends_before
        else:
            joined.append([starts_on, ends_before])
    for person_id, person_spans in spans.items():
        for starts_on, ends_before in person_spans:
            worked[person_id] |= {
                month.starts_on
                for month in months
                if starts_on <= month.starts_on and (ends_before is None or month.ends_before <= ends_before)
            }
    return worked


def first_month_on_record(measure):
    """Return the first day of the month in which a measure was first credited; None if it never was."""
    first = DailyTotal.objects.filter(measure=measure).order_by("day").values_list("day", flat=True).first()
    return first and first.replace(day=1)
