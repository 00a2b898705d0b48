"""
What a board shows of a unit in a period: headline figures, the course against the target, a line for each team or person.

A fixed number of queries whatever the number of people; every row is frozen and ready for the page.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from common.periods import Period, PeriodKind, add_months, iso_week_of, months_in
from credits.models import DailyTotal
from targets.models import Attainment, Metric
from targets.queries.attainment import (
    AttainmentRow,
    Pace,
    attainments,
    attainments_of,
    daily_amounts,
    pace_of,
    paces_of,
    series,
)
from targets.rules import PaceStatus, forecast_end
from teams.models import Unit
from teams.queries import people_employed_in, subtree_ids
from teams.rules import TenureStage, tenure_stage
from visits.models import Visit

SPAN_OF = {
    PeriodKind.MONTH: Attainment.Span.MONTH,
    PeriodKind.QUARTER: Attainment.Span.QUARTER,
    PeriodKind.YEAR: Attainment.Span.YEAR,
}
#: The four figures above a board, by metric code; a company without one of them shows fewer.
HEADLINE_CODES = ("revenue", "gross_profit", "cash_collected", "visits")
TREND_MONTHS = 6
#: Who needs help comes first.
_URGENCY = {PaceStatus.BEHIND: 0, PaceStatus.AT_RISK: 1, PaceStatus.NEUTRAL: 2, PaceStatus.ON_PACE: 3}


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline: one metric of one unit or person, beside its target and the time gone."""

    metric: Metric
    row: AttainmentRow | None
    pace: Pace

    @property
    def status(self):
        return self.pace.status.lower()

    @property
    def mark(self):
        """Share of the target that should be done by now, in %; None once it does not matter."""
        return None if self.pace.expected is None else self.pace.expected * 100


@dataclass(frozen=True, slots=True)
class Line:
    """One person or unit of a board."""

    subject_id: int
    name: str
    note: str
    row: AttainmentRow | None
    pace: Pace
    trend: tuple[int, ...]
    visits_this_week: int | None
    flag: str

    @property
    def status(self):
        return self.pace.status.lower()

    @property
    def mark(self):
        return None if self.pace.expected is None else self.pace.expected * 100


def headline_figures(*, kind, period, on, calendar, unit=None, person=None, codes=HEADLINE_CODES):
    """Return the headline figures of a unit with everything below it, or of a person, in the order of `codes`."""
    metrics = {m.code: m for m in Metric.objects.filter(code__in=codes, is_active=True)}
    chosen = [metrics[code] for code in codes if code in metrics]
    subject = {"unit_ids": [unit.pk]} if unit else {"person_ids": [person.pk]}
    subject_id = unit.pk if unit else person.pk
    rows = attainments_of(metrics=chosen, span=SPAN_OF[kind], starts_on=period.starts_on, **subject)
    months = _commits_by_month(chosen, period, subject)
    figures = []
    for metric in chosen:
        row = rows.get((metric.pk, subject_id))
        pace = pace_of(row, period=period, on=on, calendar=calendar, commit_by_month=months.get(metric.pk))
        figures.append(Figure(metric, row, pace))
    return figures


def _commits_by_month(metrics, period, subject):
    rows = Attainment.objects.filter(
        metric__in=metrics,
        span=Attainment.Span.MONTH,
        starts_on__gte=period.starts_on,
        starts_on__lt=period.ends_before,
        commit__isnull=False,
    )
    rows = (
        rows.filter(unit_id__in=subject["unit_ids"])
        if "unit_ids" in subject
        else rows.filter(person_id__in=subject["person_ids"])
    )
    found = {}
    for metric_id, month, commit in rows.values_list("metric_id", "starts_on", "commit"):
        found.setdefault(metric_id, {})[month] = commit
    return found


def unit_lines(*, units, metric, kind, period, on, calendar):
    """Return a line for each of the units, in their own order."""
    ids = [u.pk for u in units]
    rows = attainments(metric=metric, span=SPAN_OF[kind], starts_on=period.starts_on, unit_ids=ids)
    paces = paces_of(rows, metric=metric, period=period, on=on, calendar=calendar)
    trends = _trends(metric, on, {"unit_ids": ids})
    return [
        Line(
            u.pk,
            u.name,
            u.get_kind_display(),
            rows.get(u.pk),
            paces.get(u.pk) or _no_pace(period, on, calendar),
            trends.get(u.pk, ()),
            None,
            "",
        )
        for u in units
    ]


def person_lines(*, unit_ids, metric, kind, period, on, calendar, no_visit_flag, unit_names=None):
    """
    Return a line for each person employed in the units, who needs help first.

    :param on: the company's day; of a past period its last day decides who is shown.
    :param no_visit_flag: the words for somebody who sells but made no valid visit in a week half over.
    """
    day = min(on, period.last_day)
    people = list(people_employed_in(unit_ids, on=day).values_list("pk", "name", "hired_on", "unit_id", "unit_role"))
    ids = [p[0] for p in people]
    rows = attainments(metric=metric, span=SPAN_OF[kind], starts_on=period.starts_on, person_ids=ids)
    paces = paces_of(rows, metric=metric, period=period, on=on, calendar=calendar)
    trends = _trends(metric, on, {"person_ids": ids})
    week = iso_week_of(on)
    visits = dict(
        Visit.objects.valid().within(week).filter(person_id__in=ids).order_by().values_list("person_id").annotate(Count("pk"))
    )
    week_is_half_over = calendar.working_day_count(Period(week.starts_on, on + timedelta(days=1))) >= 3
    lines = []
    for pk, name, hired_on, unit_id, role in people:
        row, made = rows.get(pk), visits.get(pk, 0)
        if role != "REP" and row is None:
            continue  # leads without selling: no line of their own
        stage = TenureStage(tenure_stage(hired_on, day)).label if hired_on <= day else ""
        note = f"{unit_names[unit_id]} · {stage}" if unit_names else str(stage)
        flag = no_visit_flag if role == "REP" and week_is_half_over and not made else ""
        lines.append(Line(pk, name, note, row, paces.get(pk) or _no_pace(period, on, calendar), trends.get(pk, ()), made, flag))
    return sorted(lines, key=lambda x: (_URGENCY[x.pace.status], -(x.pace.missing or 0), x.name))


def _no_pace(period, on, calendar):
    return pace_of(None, period=period, on=on, calendar=calendar)


def _trends(metric, on, subject):
    if metric.is_ratio:
        return {}
    first = add_months(on.replace(day=1), 1 - TREND_MONTHS)
    months = [m.starts_on for m in months_in(Period(first, on + timedelta(days=1)))]
    found = series(metric=metric, period=Period(first, on + timedelta(days=1)), **subject)
    return {
        subject_id: tuple({row.starts_on: row.numerator for row in rows}.get(month, 0) for month in months)
        for subject_id, rows in found.items()
    }


def course(*, metric, period, on, calendar, commit_by_month, row, unit_ids=None, person_ids=None):
    """
    Return the course of a period for the `cumulative` chart: actual to date, the seasonal target line, the forecast with its range.

    :returns: (chart data, Forecast or None); data is None for a ratio, which has no course.
    """
    if metric.is_ratio:
        return None, None
    amounts = daily_amounts(metric=metric, period=period, unit_ids=unit_ids, person_ids=person_ids)
    days = list(period.each_day())
    target = _target_line(days, period, calendar, commit_by_month)
    actual, total = [], 0
    for day in days:
        total += amounts.get(day, 0)
        actual.append(total if day <= on else None)
    data = {
        "unit": metric.kind,
        "scale": metric.scale,
        "labels": [d.isoformat() for d in days],
        "actual": actual,
        "target": target,
    }
    forecast = None
    if on in period and row is not None:
        pace = pace_of(row, period=period, on=on, calendar=calendar, commit_by_month=commit_by_month)
        gone = calendar.working_days(Period(period.starts_on, on)) if on > period.starts_on else []
        forecast = forecast_end(row.numerator, pace.expected, [amounts.get(d, 0) for d in gone], pace.remaining_days)
    if forecast is not None:
        at, last = days.index(on), len(days) - 1
        data |= {
            key: _straight(at, last, actual[at], end)
            for key, end in (("forecast", forecast.middle), ("low", forecast.low), ("high", forecast.high))
        }
    return data, forecast


def _straight(at, last, begin, end):
    steps = max(1, last - at)
    return [None] * at + [begin + (end - begin) * n // steps for n in range(last - at + 1)]


def _target_line(days, period, calendar, commit_by_month):
    if not commit_by_month:
        return [None] * len(days)
    counts = calendar.working_days_by_month(period)
    line, done, total = [], {}, Decimal(0)
    for day in days:
        month = day.replace(day=1)
        if calendar.is_working(day):
            done[month] = done.get(month, 0) + 1
        total = sum(Decimal(commit_by_month.get(m, 0)) * n / counts[m] for m, n in done.items() if counts.get(m))
        line.append(int(total))
    return line


def panels(*, units, metric, period, on, calendar):
    """Return the course of each unit for the `small_multiples` chart, one scale for all; None for a ratio."""
    if metric.is_ratio or not units:
        return None
    days = list(period.each_day())
    months = series(metric=metric, period=period, unit_ids=[u.pk for u in units])
    found = []
    by_unit = _daily_by_branch(metric, period, units)
    for unit in units:
        amounts = by_unit[unit.pk]
        total, actual = 0, []
        for day in days:
            total += amounts.get(day, 0)
            actual.append(total if day <= on else None)
        commits = {row.starts_on: row.commit for row in months.get(unit.pk, ()) if row.commit is not None}
        found.append({"name": unit.name, "actual": actual, "target": _target_line(days, period, calendar, commits)})
    return {"unit": metric.kind, "scale": metric.scale, "labels": [d.isoformat() for d in days], "panels": found}


def _daily_by_branch(metric, period, units):
    """Return {unit id: {day: amount}}, each with everything below it, in two queries."""
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    found = {unit.pk: {} for unit in units}

    def branch_of(unit_id):
        while unit_id is not None and unit_id not in found:
            unit_id = parents.get(unit_id)
        return unit_id

    rows = DailyTotal.objects.filter(
        measure=metric.numerator, is_overlay=False, unit__isnull=False, day__gte=period.starts_on, day__lt=period.ends_before
    )
    for unit_id, day, amount in rows.order_by().values_list("unit_id", "day").annotate(Sum("amount")):
        if (branch := branch_of(unit_id)) is not None:
            found[branch][day] = found[branch].get(day, 0) + amount
    return found


def heat(*, units, metric, on, months=12):
    """Return attainment by unit and month for the `heatmap` chart, in %; months without a target stay empty."""
    first = add_months(on.replace(day=1), 1 - months)
    span = Period(first, on + timedelta(days=1))
    starts = [m.starts_on for m in months_in(span)]
    rows = series(metric=metric, period=span, unit_ids=[u.pk for u in units])
    values = []
    for unit in units:
        by_month = {row.starts_on: row.attainment for row in rows.get(unit.pk, ())}
        values.append([None if by_month.get(m) is None else round(float(by_month[m]), 1) for m in starts])
    return {"unit": "PERCENT", "columns": [f"{m:%Y-%m}" for m in starts], "rows": [u.name for u in units], "values": values}


def led_unit(*, person, on):
    """Return the highest unit a person leads on a day, or None."""
    if person is None:
        return None
    rows = person.assignments.on(on).filter(role__in=("MANAGER", "DIRECTOR")).select_related("unit")
    return next((row.unit for row in rows), None)


def children_of(unit):
    """Return the units right below one that are still open, in their order."""
    return list(Unit.objects.filter(Q(parent=unit), Q(closed_on=None)).order_by("position", "name"))


def teams_below(unit):
    """Return the leaf units of a subtree, in their order."""
    ids = subtree_ids([unit.pk])
    return list(Unit.objects.filter(pk__in=ids, children=None).order_by("parent__position", "position", "name"))


def day_of_course(period: Period, on: date) -> date:
    """Return the last day a course can show: today, or the end of a period that is over."""
    return min(on, period.last_day)
