"""
What hung right below a unit in a period, each for the days on which it did, so that a board's rows add up to the figure above them.

A team that moved in mid-period stands in both regions' rows, with its days in each.
"""

from dataclasses import dataclass, replace

from common.period_names import name_of
from common.periods import format_code
from reports.queries.boards import unit_lines, width_of_value
from targets.choices import PeriodChoice
from teams.models import Unit
from teams.queries import TreeDuring, tree_during


@dataclass(frozen=True)
class Branch:
    """A unit right below another one; `choice` is the page's own, or narrowed to the days on which it hung there, named by `part`."""

    unit: Unit
    choice: PeriodChoice
    part: str = ""


@dataclass(frozen=True)
class Below:
    """What lies below a unit in a period: the branches, and `units`, itself and everything below it on the day that is shown."""

    branches: list[Branch]
    units: list[Unit]
    tree: TreeDuring


def below(unit, *, choice, on, fiscal_start_month, frame=None):
    """
    Return what lies below a unit in the chosen period; units that were closed before it are left out.

    :param frame: the page's `reports.queries.frame.UnitFrame`; without it two queries.
    """
    tree = frame.tree.during(choice.period) if frame else tree_during(choice.period, known_at=choice.lens.last_known)
    # Looking back to a day before the period shows what hung there on its first one.
    day = max(choice.period.starts_on, min(on, choice.period.last_day))
    spans, shown = tree.spans_below(unit.pk), tree.below(unit.pk, on=day)
    every = frame.units.values() if frame else Unit.objects.order_by("parent__position", "position", "name")
    units = [u for u in every if u.pk in spans or u.pk in shown]
    branches = [
        Branch(child, choice)
        if span == choice.period
        else Branch(child, _narrowed(choice, span, fiscal_start_month), name_of(span, fiscal_start_month))
        for child in sorted(units, key=lambda u: (u.position, u.name))
        if child.closed_on is None or child.closed_on > choice.period.starts_on
        for span in spans.get(child.pk, ())
    ]
    inside = set(shown)
    return Below(branches, [u for u in units if u.pk in inside], tree)


def branch_lines(branches, *, metric, on, calendar, book=None):
    """
    Return a line for each branch, in their order; as many queries as there are different spans of days among them.

    :param book: the `targets.queries.books.Book` of the page, which has those that hung there all the time.
    """
    found = {}
    for period in {b.choice.period for b in branches}:
        same = [b for b in branches if b.choice.period == period]
        lines = unit_lines(
            units=[b.unit for b in same], metric=metric, choice=same[0].choice, on=on, calendar=calendar, book=book
        )
        found |= {(line.subject_id, period): replace(line, part=b.part) for line, b in zip(lines, same, strict=True)}
    ordered = [found[b.unit.pk, b.choice.period] for b in branches]
    most = max((line.value or 0 for line in ordered), default=0)
    return [replace(line, width=width_of_value(line.value, most)) for line in ordered]


def _narrowed(choice, span, fiscal_start_month):
    return replace(choice, period=span, kind=None, code=format_code(span, fiscal_start_month))
