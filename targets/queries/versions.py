"""A plan's past, derived from its steps: the targets as they stood on a day, what differs between two days, every change of a row."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import AuditEntry
from common.periods import months_in
from targets.models import Adjustment, Plan, PlanStep
from targets.queries.plans import Node, PlanSheet, person_key, sheet_of, year_of
from targets.rules import Tiers


@dataclass(frozen=True)
class CellChange:
    """One month of a row, before and after, in one tier."""

    month: date
    tier: str
    was: int
    becomes: int

    @property
    def difference(self):
        return self.becomes - self.was


@dataclass(frozen=True)
class RowChange:
    """What one step did to a row: its year in the commit tier, and every cell that it changed."""

    step: PlanStep
    was: int
    becomes: int
    cells: tuple[CellChange, ...]
    adjustment: Adjustment | None = None
    is_followed: bool = False  # the adjustment was about another row, which this one only followed

    @property
    def reason(self):
        """Why it was adjusted; "" where that is about somebody else."""
        return self.adjustment.reason if self.adjustment and not self.is_followed else ""


@dataclass(frozen=True)
class RowDifference:
    """A row that is not the same on two days: its year in one tier, and the months that differ."""

    node: Node
    was: int
    becomes: int
    cells: tuple[CellChange, ...]

    @property
    def difference(self):
        return self.becomes - self.was


def end_of(day):
    """Return the first instant after a day of the company's."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def sheet_on(plan, day, *, company) -> PlanSheet:
    """Return the targets as they stood at the end of a day, in the tree of today."""
    return sheet_of(plan, company=company, with_leaders=True, known_before=end_of(day))


def was_published(plan, day):
    """Return whether a plan counted at the end of a day, by the audit trail where that has it."""
    return counted_on(plan, day, about="targets.plan", actions=("targets.plan.published", "targets.plan.withdrawn"))


def counted_on(row, day, *, about, actions):
    """
    Return whether something that is published and withdrawn counted at the end of a day.

    :param about, actions: what the audit trail calls it, and how it calls the two.
    """
    instant = end_of(day)
    since = AuditEntry.objects.filter(about_model=about, about_id=row.pk, action__in=list(actions), at__gte=instant)
    # The first thing that happened afterwards says how it was before.
    if (action := since.order_by("at", "pk").values_list("action", flat=True).first()) is not None:
        return action == actions[1]
    return row.status == Plan.Status.PUBLISHED and row.published_at < instant


def differences_between(earlier: PlanSheet, later: PlanSheet, *, tier, tops):
    """Return the rows of some parts of a plan that differ between two versions, in the shown order."""
    nodes = earlier.nodes | later.nodes
    shown = [key for top in tops for key in later.sheet.below(top.key)]
    # Who stood in the plan then and does not any more follows those who do.
    shown += [key for key in earlier.nodes if key not in later.nodes and any(top.parent is None for top in tops)]
    rows = []
    for key in shown:
        was, becomes = earlier.sheet.of(key), later.sheet.of(key)
        if cells := _changed(later.months, was, becomes, tiers=(tier,)):
            sums = [sum(getattr(cell, tier) for cell in side) for side in (was, becomes)]
            rows.append(RowDifference(nodes[key], *sums, cells))
    return rows


def changes_of(plan, keys, *, month=None):
    """
    Return every change of some rows (of one person in several units, say), newest first, with the adjustment that it came of.

    :param month: only what changed this month, by its first day.
    """
    steps = list(
        PlanStep.objects.filter(plan=plan, after__has_any_keys=list(keys)).select_related("unit", "made_by").order_by("-pk")
    )
    adjusted = {row.step_id: row for row in Adjustment.objects.filter(step__in=steps).select_related("made_by", "decided_by")}
    months = _months_of(plan)
    found = []
    for step in steps:
        for key in keys:
            if key not in step.after:
                continue
            was, becomes = _tiers(step.before[key]), _tiers(step.after[key])
            cells = _changed(months, was, becomes, tiers=("commit", "floor", "stretch"))
            if month is not None:
                cells = tuple(cell for cell in cells if cell.month == month)
            if cells:
                sums = [sum(cell.commit for cell in side) for side in (was, becomes)]
                adjustment = adjusted.get(step.pk)
                is_followed = bool(adjustment and adjustment.subject and adjustment.subject not in keys)
                found.append(RowChange(step, *sums, cells, adjustment, is_followed))
    return found


def keys_of_person(plan, person):
    """Return the keys of every row that a person ever had in a plan, by its steps and its targets."""
    within = set(plan.targets.filter(person=person).values_list("within_id", flat=True))
    prefix = f"p{person.pk}-"
    found = {person_key(person.pk, unit_id) for unit_id in within}
    units = {f"{prefix}{unit_id}" for unit_id in person.assignments.values_list("unit_id", flat=True)}
    return sorted(found | units)


def _months_of(plan):
    return tuple(month.starts_on for month in months_in(year_of(plan)))


def _tiers(image):
    return tuple(Tiers(*cell[:3]) for cell in image)


def _changed(months, was, becomes, *, tiers):
    """Return the cells that differ; of a month in which the commit target does, only that."""
    found = []
    for month, old, new in zip(months, was, becomes, strict=True):
        for tier in tiers:
            if getattr(old, tier) != getattr(new, tier):
                found.append(CellChange(month, tier, getattr(old, tier), getattr(new, tier)))
                break
    return tuple(found)
