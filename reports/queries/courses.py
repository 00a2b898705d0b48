"""The pictures of a board: the course of a period, units side by side, attainment by month, and where a gap comes from."""

from decimal import Decimal
from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext as _

from common.periods import Period, month_of
from credits.queries.lens import PLAIN
from reports.queries.boards import last_months, month_words
from targets.models import Metric
from targets.queries import windows
from targets.queries.windows import commits_of

HEAT_MONTHS = 12
_CHART_UNITS = {
    Metric.Kind.MONEY: "MONEY",
    Metric.Kind.MONEY_RATIO: "MONEY",
    Metric.Kind.PERCENT: "PERCENT",
    Metric.Kind.COUNT: "COUNT",
    Metric.Kind.LEVEL: "COUNT",
    Metric.Kind.COUNT_RATIO: "COUNT",
}


def chart_unit(metric):
    """Return the unit and scale of a metric as the charts take them."""
    return {"unit": _CHART_UNITS[metric.kind], "scale": metric.scale}


def course(*, metric, window, on, calendar, end, unit_ids=None, person_ids=None, book=None):
    """
    Return the course of a period for the `cumulative` chart: actual to date, the seasonal target line, the forecast with its range.

    :param on: the company's day; a period that is over is shown to its end.
    :param end: where the period will end, a `rules.PeriodEnd`, or None.
    :param book: the `targets.queries.books.Book` of a unit's page.
    :returns: the chart's data; None for a ratio, which has no course.
    """
    if not metric.adds_up:
        return None
    subject = {"unit_ids": unit_ids} if unit_ids is not None else {"person_ids": person_ids}
    period, read = window.period, book or windows
    amounts = read.daily_in(metric=metric, window=window, **subject)
    months = read.months_of(metrics=[metric], period=period, lens=window.lens, **subject)
    commits = commits_of([row for rows in months.values() for row in rows])
    days = list(period.each_day())
    actual = _cumulated(days, amounts, on)
    data = chart_unit(metric) | {
        "labels": [d.isoformat() for d in days],
        "actual": actual,
        "target": _target_line(period, calendar, commits),
    }
    if end is not None and on in period:
        at, last = days.index(on), len(days) - 1
        data |= {
            key: _straight(at, last, actual[at], last_value)
            for key, last_value in (("forecast", end.middle), ("low", end.low), ("high", end.high))
        }
    return data


def _cumulated(days, amounts, on):
    line, total = [], 0
    for day in days:
        total += amounts.get(day, 0)
        line.append(total if day <= on else None)
    return line


def _straight(at, last, begin, end):
    steps = max(1, last - at)
    return [None] * at + [begin + (end - begin) * n // steps for n in range(last - at + 1)]


def _target_line(period, calendar, commit_by_month):
    if not commit_by_month:
        return [None] * period.days
    line, before, at, commit = [], 0, None, 0
    for month, share in _due_by_day(period, calendar):
        if month != at:
            before += commit
            at, commit = month, commit_by_month.get(month, 0)
        line.append(int(before + commit * share))
    return line


@lru_cache(maxsize=500)  # the same for everybody who looks at a period
def _due_by_day(period, calendar):
    """Return of each day of a period its month and which part of the month's target is due by its end."""
    counts = calendar.working_days_by_month(period)
    found, done, at = [], 0, None
    for day in period.each_day():
        if (month := day.replace(day=1)) != at:
            at, done = month, 0
        done += calendar.is_working(day)
        found.append((month, Decimal(done) / counts[month] if counts.get(month) else Decimal(1)))
    return found


def months_of_ratio(*, metric, on, lens=PLAIN, unit=None, person=None, book=None):
    """Return a ratio of a unit or a person by month for the `line` chart, with its target where one was set."""
    subject = {"unit_ids": [unit.pk]} if unit else {"person_ids": [person.pk]}
    months = last_months(on, HEAT_MONTHS)
    period = Period(months[0], month_of(on).ends_before)
    found = (book or windows).months_of(metrics=[metric], period=period, lens=lens, **subject)
    rows = {row.starts_on: row for months_found in found.values() for row in months_found}
    values = [_plotted(metric, rows[m].value) if m in rows else None for m in months]
    targets = [rows[m].commit if m in rows else None for m in months]
    data = chart_unit(metric) | {"labels": month_words(months), "series": [{"name": metric.label, "values": values}]}
    return data | ({"target": targets} if any(t is not None for t in targets) else {})


def _plotted(metric, value):
    if value is None:
        return None
    return round(float(value) * 10**metric.scale, 2)


def panels(*, unit, below, metric, window, on, calendar, book=None):
    """
    Return the course of each branch of a unit for the `small_multiples` chart, one scale for all; None for a ratio or without any.

    :param below: the unit's `reports.queries.branches.Below`; who hung there on some days only is drawn on those.
    """
    if not metric.adds_up or not below.branches:
        return None
    period, read = window.period, book or windows
    by_unit = _daily_by_branch(read.days_by_place(metric=metric, window=window), below.tree.branches(unit.pk))
    commits = _commits_by_branch(read, metric, below.branches)
    found = []
    for branch in below.branches:
        span = branch.choice.period
        days, name = list(span.each_day()), branch.unit.name
        before, after = (span.starts_on - period.starts_on).days, (period.ends_before - span.ends_before).days
        lines = {
            "actual": _cumulated(days, by_unit.get(branch.unit.pk, {}), on),
            "target": _target_line(span, calendar, commits[branch.unit.pk, span]),
        }
        found.append(
            {"name": f"{name} · {branch.part}" if branch.part else name}
            | {key: [None] * before + line + [None] * after for key, line in lines.items()}
            | {"url": reverse("reports:unit", args=[branch.unit.pk])}
        )
    return chart_unit(metric) | {"labels": [d.isoformat() for d in period.each_day()], "panels": found}


def _commits_by_branch(read, metric, branches):
    found = {}
    for span in {b.choice.period for b in branches}:
        same = [b for b in branches if b.choice.period == span]
        months = read.months_of(metrics=[metric], period=span, lens=same[0].choice.lens, unit_ids=[b.unit.pk for b in same])
        found |= {(b.unit.pk, span): commits_of(months.get((metric.pk, b.unit.pk), ())) for b in same}
    return found


def _daily_by_branch(rows, parts):
    """Return {branch's unit id: {day: amount}}, each with everything below it on that day."""
    found = {}
    for part, branches in parts:
        for place_id, day, amount in rows:
            if day in part and (branch := branches.get(place_id)) is not None:
                days = found.setdefault(branch, {})
                days[day] = days.get(day, 0) + amount
    return found


def gap_by_unit(*, own, lines):
    """
    Return, for the `waterfall` chart, how what was due by now became what is: every unit's part above or below its own pace.

    :param own: the standing of the unit that the lines lie in.
    :returns: None for a ratio, or while nothing is due.
    """
    if not own.metric.adds_up or not own.target or not own.pace.expected:
        return None
    due = int(own.target * own.pace.expected)
    steps, left = [], own.value - due
    for line in lines:
        if line.target and line.pace.expected is not None:
            part = line.value - int(line.target * line.pace.expected)
            left -= part
            steps.append({"name": line.name, "value": part, "url": line.url})
    if abs(left) > len(steps):  # less is what rounding left over
        steps.append({"name": _("Other"), "value": left})
    elif steps:
        steps[-1]["value"] += left
    return chart_unit(own.metric) | {
        "steps": [
            {"name": _("Due by now"), "value": due, "is_total": True},
            *steps,
            {"name": _("Actual"), "value": own.value, "is_total": True},
        ]
    }


def heat(*, units, metric, on, lens=PLAIN, book=None):
    """Return attainment by unit and month for the `heatmap` chart, in %; None while no month has a target."""
    months = last_months(on, HEAT_MONTHS)
    period = Period(months[0], month_of(on).ends_before)
    rows = (book or windows).months_of(metrics=[metric], period=period, lens=lens, unit_ids=[u.pk for u in units])
    values = []
    for unit in units:
        by_month = {row.starts_on: row.attainment for row in rows.get((metric.pk, unit.pk), ())}
        values.append([None if by_month.get(m) is None else round(float(by_month[m]), 1) for m in months])
    if all(value is None for row in values for value in row):
        return None
    return {"unit": "PERCENT", "columns": month_words(months), "rows": [u.name for u in units], "values": values}
