"""
Figures in any period through any lens: what is stored where it is, else worked out while one looks.

Every function costs the same few queries whatever the number of people.
"""

from dataclasses import dataclass

from django.db.models import Sum

from common.periods import Period, PeriodKind, months_in
from credits.queries.lens import PLAIN, Lens, days_through, lies_in
from targets.models import Attainment
from targets.queries.attainment import attainments_of, pacer_of, series_of
from targets.queries.live import live_rows

SPANS = {
    PeriodKind.MONTH: Attainment.Span.MONTH,
    PeriodKind.QUARTER: Attainment.Span.QUARTER,
    PeriodKind.YEAR: Attainment.Span.YEAR,
}


@dataclass(frozen=True)
class Window:
    """A period and the lens through which it is looked at; `kind` is None for free dates."""

    period: Period
    kind: PeriodKind | None
    lens: Lens = PLAIN

    @property
    def span(self):
        """The stored span that answers, None where the figures have to be worked out."""
        return SPANS.get(self.kind) if self.lens.is_plain else None


def figures_in(*, metrics, window, person_ids=None, unit_ids=None):
    """
    Return the rows of metrics in a window, by (metric id, person or unit id); whoever did and was asked nothing has none.

    :param person_ids: these people, or `unit_ids`: these units with all below them. Exactly one of the two.
    """
    subject = {"person_ids": person_ids, "unit_ids": unit_ids}
    if window.span is not None:
        return attainments_of(metrics=metrics, span=window.span, starts_on=window.period.starts_on, **subject)
    rows = live_rows(metrics=metrics, periods=[window.period], lens=window.lens, **subject)
    return {(row.metric_id, row.person_id or row.unit_id): row for row in rows}


def months_of(*, metrics, period, lens=PLAIN, person_ids=None, unit_ids=None):
    """
    Return the rows of each month inside a period by (metric id, person or unit id), in order.

    Of a month that lies only partly inside it is that part, with its part of the target; `starts_on` is then the part's.
    """
    subject = {"person_ids": person_ids, "unit_ids": unit_ids}
    months = months_in(period)
    found = {}
    if lens.is_plain and months[0].starts_on == period.starts_on and months[-1].ends_before == period.ends_before:
        return series_of(metrics=metrics, period=period, **subject)
    for row in live_rows(metrics=metrics, periods=[month.overlap(period) for month in months], lens=lens, **subject):
        found.setdefault((row.metric_id, row.person_id or row.unit_id), []).append(row)
    return found


def commits_of(rows):
    """Return the commit targets of monthly rows by the first day of their month, as paces are worked out with."""
    return {row.starts_on.replace(day=1): row.commit for row in rows if row.commit is not None}


def commits_in(*, metric, window, person_ids=None, unit_ids=None, read=None):
    """
    Return the commit targets of the months of a window, each by its first day, by person or unit id.

    :param read: the `targets.queries.books.Book` that has the months, if the page keeps one.
    """
    read_of = months_of if read is None else read.months_of
    months = read_of(metrics=[metric], period=window.period, lens=window.lens, person_ids=person_ids, unit_ids=unit_ids)
    return {subject_id: commits_of(found) for (_metric_id, subject_id), found in months.items()}


def paces_in(rows, *, metric, window, on, calendar, read=None):
    """
    Return the pace of many rows of one metric by person or unit id, seasonal by month.

    :param read: the `targets.queries.books.Book` that has the months, if the page keeps one.
    """
    commits_read = commits_in if read is None else read.commits_in
    people = [row.person_id for row in rows.values() if row.person_id]
    units = [row.unit_id for row in rows.values() if row.unit_id]
    commits = {}
    for subject in ({"person_ids": people} if people else {}, {"unit_ids": units} if units else {}):
        if subject:
            commits |= commits_read(metric=metric, window=window, **subject)
    pace = pacer_of(period=window.period, on=on, calendar=calendar)
    return {subject_id: pace(row, commits.get(subject_id)) for subject_id, row in rows.items()}


def daily_in(*, metric, window, person_ids=None, unit_ids=None):
    """
    Return what counts on each day of a window, summed over the people, or over the units with all below them: {day: minor units}.

    The days add up to the figure, also where a unit was moved in between, and for the company with what credits nobody.
    For ratios it is the numerator. Days without anything are missing.
    """
    rows = days_through(window.lens, measures=[metric.numerator], period=window.period)
    if person_ids is not None:
        rows = rows.filter(person_id__in=list(person_ids))
    else:
        rows = rows.filter(lies_in(unit_ids, window.period, lens=window.lens, day="on"), is_overlay=False)
    return dict(rows.values_list("on").annotate(Sum("amount")))


def days_by_place(*, metric, window):
    """Return what counts on each day of a window in every unit, overlay left out: (unit id, day, minor units)."""
    rows = days_through(window.lens, measures=[metric.numerator], period=window.period).filter(is_overlay=False)
    return list(rows.values_list("place_id", "on").annotate(Sum("amount")))
