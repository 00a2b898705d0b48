"""What a figure is made of: formula, parts, target, and whether its credits add up to it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from credits.queries import lineage
from credits.queries.measures import shapes_of
from credits.rules import Measure
from targets.models import Attainment, Target
from targets.queries.attainment import attainments

#: How a measure comes about, for people.
HOW = {
    Measure.REVENUE: _("Net amount of won deals on the day they were won, less returns on the day the goods came back."),
    Measure.GROSS_PROFIT: _("Net amount less cost of won deals on the day they were won, less returns on their own day."),
    Measure.CASH_COLLECTED: _("Payments on the day they were received, credited to the people of the deal."),
    Measure.DEALS_WON: _(
        "Won deals on the day they were won, each once, for the lead; a full return takes it back on its day."
    ),
    Measure.DEALS_CLOSED: _("Deals won or lost, on the day they were closed; a full return takes the deal back on its day."),
    Measure.DAYS_TO_CLOSE: _("Days from opening to winning, added up over the won deals."),
    Measure.UNITS_SOLD: _("Quantities of the lines of won deals, less what came back."),
    Measure.NEW_CUSTOMERS: _("Customers on the day of their first won deal that stands, for the lead of that deal."),
    Measure.VISITS: _("Visits that passed the company's rules, on their day."),
    Measure.DAYS_WORKED: _("Working days of the company's calendar that are over, of everybody who was a rep on them."),
    Measure.TASKS_DUE: _("Tasks on the day they are due, for their owner; cancelled ones do not count."),
    Measure.TASKS_IN_TIME: _("Tasks that were done by the end of the day on which they were due."),
}


@dataclass(frozen=True)
class Part:
    """A measure that goes into a figure, with what is stored and what its credits add up to, in minor units."""

    measure: str
    label: str
    scale: int
    credits: object  # queryset
    stored: int
    added_up: int

    @property
    def how(self):
        return HOW.get(self.measure) or _("Counted by the company's own rule, in the version that held on the day of the deal.")

    @property
    def is_exact(self):
        return self.stored == self.added_up


@dataclass(frozen=True)
class Figure:
    """One metric of one person or unit in one period."""

    row: object  # AttainmentRow or None
    parts: list
    left_out: int  # overlay credits of a unit's people, in minor units of the first part
    months_asked: list  # (month, commit) of the period


def figure_of(*, metric, span, period, person_id=None, unit_id=None):
    """Return a figure with its parts; some ten queries whatever the number of credits."""
    subject = {"person_ids": [person_id]} if person_id is not None else {"unit_ids": [unit_id]}
    row = attainments(metric=metric, span=span, starts_on=period.starts_on, **subject).get(person_id or unit_id)
    stored = {metric.numerator: row.numerator if row else 0}
    if metric.is_ratio:
        stored[metric.denominator] = row.denominator if row else 0
    parts = []
    shapes = shapes_of(stored)
    for measure, amount in stored.items():
        credits = lineage.credits_behind(measure=measure, period=period, person_id=person_id, unit_id=unit_id)
        parts.append(Part(measure, *shapes[measure], credits, amount, lineage.sum_of(credits)))
    left_out = 0 if unit_id is None else lineage.overlay_of(measure=metric.numerator, period=period, unit_id=unit_id)
    return Figure(row, parts, left_out, _months_asked(metric, period, person_id, unit_id))


def _months_asked(metric, period, person_id, unit_id):
    targets = Target.objects.filter(
        plan__metric=metric,
        plan__status="PUBLISHED",
        month__gte=period.starts_on,
        month__lt=period.ends_before,
        person_id=person_id,
        unit_id=unit_id,
    )
    months = {}
    for month, commit in targets.order_by("month").values_list("month", "commit"):
        months[month] = months.get(month, 0) + commit
    return list(months.items())


def span_of(kind):
    """Return the stored span of a kind of period; raises ValueError for a kind without one."""
    return Attainment.Span(kind.value)
