"""What a figure is made of: formula, parts, target, and whether its credits add up to it."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from common.periods import month_of
from credits.queries import lineage
from credits.queries.measures import shapes_of
from credits.rules import BROUGHT_FORWARD, Measure
from targets.queries.stages_asked import asked_by_stages, commits_of_stages
from targets.queries.windows import figures_in, months_of
from teams.models import Unit
from teams.queries import people_employed_in, tree_during

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
    Measure.AMOUNT_DUE: _(
        "Instalments of won deals on the day they fall due, less what came back, and on top what was overdue before the period began."
    ),
    Measure.ACTIVE_CUSTOMERS: _(
        "Customers with a won deal of the twelve months before, each once, for the lead of the latest one that stands."
    ),
    Measure.COMPLAINTS: _(
        "Complaints on the day they were raised, each with the weight of its severity, for whoever looked after the customer."
    ),
    Measure.SURVEY_POINTS: _(
        "Points that customers gave, 1 to 5, on the day they answered, for whoever looked after them when they were asked."
    ),
    Measure.SURVEY_BEST: _("Five points for every answer."),
    Measure.EXPENSES: _("Expenses that were approved, on the day they were spent, for whoever spent them."),
    Measure.COLLECTED_DUE: _(
        "Payments that settle what has fallen due, the earliest first; one that came early counts on the day it falls due."
    ),
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
    brought: int | None = None  # of a stock, how much of it the period began with

    @property
    def is_stock(self):
        return self.brought is not None

    @property
    def inside(self):
        """What came in the period on top of what it began with."""
        return self.added_up - self.brought

    @property
    def how(self):
        return HOW.get(self.measure) or _("Counted by the company's own rule, in the version that held on the day of the deal.")

    @property
    def is_exact(self):
        return self.stored == self.added_up


#: Why something is not in a figure, for people.
WHY_LEFT_OUT = {
    "overlay": _("Overlay credit: it counts for its people, and not a second time for the unit."),
    "later": _("It counts later than the day as of which this is shown."),
    "recorded_since": _("It was recorded after the day on which this was known."),
    "other": _("Other product lines or channels."),
    "mistaken": _("Complaints that were entered by mistake: what they had counted was taken back."),
    "cancelled": _("Deals that were cancelled: what they had been credited with was taken back."),
    "invalid": _("Visits that failed the company’s rules."),
}


@dataclass(frozen=True)
class MonthAsked:
    """What was asked in a month, or in the part of it that lies in the period: that many of its working days."""

    month: date
    commit: int
    inside: int
    whole: int


@dataclass(frozen=True)
class StageShown:
    """What a stage with a target of its own asks for, and how many of its working days lie in the period."""

    name: str
    commit: int
    inside: int
    whole: int


@dataclass(frozen=True)
class Figure:
    """One metric of one person or unit in one window."""

    row: object  # AttainmentRow or None
    parts: list
    left_out: list  # of the first part: (LeftOut, why)
    months_asked: list
    stages_asked: list  # instead of months, where the days have targets of their own
    rule_versions: list  # of the crediting rules; empty for an own metric, which has `metric_versions`
    metric_versions: list

    @property
    def value(self):
        """What was reached; None where nothing was done that a ratio could be formed of, or asked."""
        return self.row.value if self.row else None


def figure_of(*, metric, window, calendar, person_id=None, unit_id=None):
    """Return a figure with its parts; a fixed number of queries whatever the number of credits."""
    ids = {"person_id": person_id, "unit_id": unit_id}
    subject = {"person_ids": None if person_id is None else [person_id], "unit_ids": None if unit_id is None else [unit_id]}
    about = {"period": window.period, "lens": window.lens, **ids}
    row = figures_in(metrics=[metric], window=window, **subject).get((metric.pk, person_id or unit_id))
    stored = {metric.numerator: row.numerator if row else 0}
    if metric.is_ratio:
        stored[metric.denominator] = row.denominator if row else 0
    shapes = shapes_of(stored)
    parts = []
    for measure, amount in stored.items():
        credits = lineage.credits_behind(measure=measure, **about)
        brought = lineage.sum_of(credits.filter(counts_on__lt=window.period.starts_on)) if measure in BROUGHT_FORWARD else None
        parts.append(Part(measure, *shapes[measure], credits, amount, lineage.sum_of(credits), brought))
    left_out = [(left, WHY_LEFT_OUT[left.reason]) for left in lineage.left_out_of(measure=metric.numerator, **about)]
    months = months_of(metrics=[metric], period=window.period, lens=window.lens, **subject)
    stages = _stages_asked(metric, window, calendar, person_id=person_id, unit_id=unit_id)
    asked = [
        _asked(month, window.period, calendar)
        for month in months.get((metric.pk, person_id or unit_id), ())
        if month.commit is not None and not stages
    ]
    rule_versions = [] if metric.is_own else lineage.rule_versions_of(parts[0].credits)
    return Figure(row, parts, left_out, asked, stages, rule_versions, _versions(metric, window))


def _stages_asked(metric, window, calendar, **subject):
    """Return the stages that ask instead of the months, each with what it asks of the person or unit."""
    if window.span is not None or not metric.adds_up:
        return []
    stages = asked_by_stages(metrics=[metric], periods=[window.period], lens=window.lens, calendar=calendar)
    commits = commits_of_stages(stages, lens=window.lens, **subject)
    return [StageShown(one.name, commits[one.period_id], one.inside, one.whole) for one in stages if one.period_id in commits]


@dataclass(frozen=True)
class Rest:
    """Credits that a board's rows and its sum do not have in common: `sign` is how they go into what the rows leave over."""

    key: str
    sign: int
    credits: object  # queryset
    amount: int


def rest_of(*, metric, window, unit_id, on, is_of_people):
    """
    Return what the rows of a unit's board leave over of its sum: what counts there in no row, less what is in a row and counts elsewhere.

    :param on: the company's day; of a past period its last day decides who has a row.
    :param is_of_people: the rows are the unit's people; else the units right below it, each for the days on which it hung there.
    """
    about = {"measure": metric.numerator, "period": window.period, "lens": window.lens, "unit_id": unit_id}
    tree = tree_during(window.period, known_at=window.lens.last_known)
    if is_of_people:
        day = min(on, window.period.last_day)
        people = people_employed_in(tree.below(unit_id, on=day), on=day).values_list("pk", flat=True)
        here, elsewhere = lineage.beside_people(**about, person_ids=people)
        return [Rest("here", 1, here, lineage.sum_of(here)), Rest("elsewhere", -1, elsewhere, lineage.sum_of(elsewhere))]
    gone = set(Unit.objects.filter(closed_on__lte=window.period.starts_on).values_list("pk", flat=True))
    parts = [
        (part, [place for place, branch in branches.items() if branch not in gone]) for part, branches in tree.branches(unit_id)
    ]
    here = lineage.beside_units(**about, parts=parts)
    return [Rest("here", 1, here, lineage.sum_of(here))]


def _asked(row, period, calendar):
    month = month_of(row.starts_on)
    inside, whole = (calendar.working_day_count(span) for span in (month.overlap(period), month))
    return MonthAsked(month.starts_on, row.commit, inside, whole)


def _versions(metric, window):
    """Return the versions of an own metric that count something of a period, as far as they are known, the earliest first."""
    if not metric.is_own:
        return []
    period, versions = window.period, metric.versions.filter(starts_on__lt=window.period.ends_before).order_by("starts_on")
    if window.lens.is_as_known:
        versions = versions.filter(recorded_at__lt=window.lens.known_before)
    versions = list(versions)
    begun = [version for version in versions if version.starts_on <= period.starts_on]
    return begun[-1:] + versions[len(begun) :]
