"""
What a board shows of a unit or person in a period: headline figures, and a line for each team or person.

A fixed number of queries whatever the number of people; every row is frozen and ready for the page.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import figures
from common.period_names import month_name
from common.periods import Period, PeriodKind, add_months, month_of, months_in
from credits.queries.lens import days_through, lies_in
from targets import rules
from targets.choices import lineage_url
from targets.models import Metric
from targets.queries import windows
from targets.queries.attainment import AttainmentRow, Pace, pace_of
from targets.queries.windows import commits_of
from teams.models import Unit

#: The four figures above a board, by metric code; a company without one of them shows fewer.
HEADLINE_CODES = ("revenue", "gross_profit", "cash_collected", "visits")
TREND_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Standing:
    """One metric of one person or unit beside its target and the time gone; `row` is None where nothing was done or asked."""

    metric: Metric
    row: AttainmentRow | None
    pace: Pace

    @property
    def value(self):
        """What was reached: nothing at all is 0, except for a ratio, which then has no value."""
        if self.row is None:
            return None if self.metric.is_ratio else 0
        return self.row.value

    @property
    def target(self):
        return self.row.commit if self.row else None

    @property
    def attainment(self):
        return self.row.attainment if self.row else None

    @property
    def status(self):
        return self.pace.status.lower()

    @property
    def mark(self):
        """Share of the target that should be done by now, in %; None once it does not matter."""
        return None if self.pace.expected is None else self.pace.expected * 100

    @property
    def reason(self):
        """Why the verdict is what it is, in words."""
        if self.target is None:
            return _("No target was published for this period.")
        if self.pace.expected is None:
            return ""
        parts = {"done": figures.percent(self.attainment), "due": figures.percent(self.mark)}
        if not self.pace.missing:
            return _("%(done)s done, %(due)s was due by now.") % parts
        parts["missing"] = figures.amount(
            self.pace.missing, kind=self.metric.kind, scale=self.metric.scale, language=get_language(), is_short=True
        )
        return _("%(done)s done, %(due)s was due by now; %(missing)s to go.") % parts


@dataclass(frozen=True, slots=True)
class Figure(Standing):
    """A headline: also how it changed against the same days a year ago, and where it comes from."""

    change: Decimal | None
    url: str


@dataclass(frozen=True, slots=True)
class Line(Standing):
    """One person or unit of a board."""

    subject_id: int
    name: str
    note: str
    url: str
    lineage_url: str
    width: int  # of its bar in % of the largest
    trend: tuple
    visits: int | None
    flag: str
    part: str = ""  # which days of the period it stands for, where it lay here on some of them only

    @property
    def drawn(self):
        """What is drawn of it, as plain values: who is shown an equal row is shown what was drawn then."""
        said = (self.value, self.target, self.attainment, self.mark, self.status, self.reason, self.pace.needed_per_day)
        about = (self.name, self.note, self.url, self.lineage_url, self.width, self.trend, self.visits, self.flag, self.part)
        return DrawnLine(*about, *said)


class DrawnLine(NamedTuple):
    """A line of a board as its table draws it."""

    name: str
    note: str
    url: str
    lineage_url: str
    width: int
    trend: tuple
    visits: int | None
    flag: str
    part: str
    value: int | Decimal | None
    target: int | None
    attainment: Decimal | None
    mark: Decimal | None
    status: str
    reason: str
    needed_per_day: int | None


class Shape(NamedTuple):
    """How the values of a metric are written."""

    kind: str
    scale: int


def headline_metrics(metrics, *, lens, codes=HEADLINE_CODES):
    """Return those of the metrics in use that stand above a board, in the order of `codes`."""
    by_code = {metric.code: metric for metric in metrics}
    return tuple(by_code[code] for code in codes if code in by_code and lens.carries(by_code[code].measures))


def headline_figures(*, choice, on, calendar, unit=None, person=None, codes=HEADLINE_CODES, metrics=None, book=None):
    """
    Return the headline figures of a unit with everything below it, or of a person, in the order of `codes`.

    :param metrics: those of `headline_metrics`, where the page has read them already.
    :param book: the `targets.queries.books.Book` of the unit's page.
    """
    if metrics is None:
        metrics = headline_metrics(Metric.objects.filter(code__in=codes, is_active=True), lens=choice.lens, codes=codes)
    chosen, read = metrics, book or windows
    subject = {"unit_ids": [unit.pk]} if unit else {"person_ids": [person.pk]}
    subject_id = unit.pk if unit else person.pk
    ids = {"unit_id": subject_id} if unit else {"person_id": subject_id}
    rows = read.figures_in(metrics=chosen, window=choice, **subject)
    months = read.months_of(metrics=chosen, period=choice.period, lens=choice.lens, **subject)
    before = _a_year_before(chosen, choice, on, unit=unit, person=person) if book is None else book.earlier
    found = []
    for metric in chosen:
        row = rows.get((metric.pk, subject_id))
        commits = commits_of(months.get((metric.pk, subject_id), ()))
        pace = pace_of(row, period=choice.period, on=on, calendar=calendar, commit_by_month=commits)
        change = rules.growth(row.numerator, before.get(metric.numerator)) if row and metric.adds_up else None
        found.append(Figure(metric, row, pace, change, lineage_url(metric, choice.query, **ids)))
    return found


def _a_year_before(metrics, choice, on, *, unit, person):
    """Return by measure what counted on the same days a year ago."""
    if (period := days_a_year_before(choice, on)) is None:
        return {}
    # The day looked back to lies a year later than what is compared with.
    lens = replace(choice.lens, as_of=None)
    rows = days_through(lens, measures=[m.numerator for m in metrics if m.adds_up], period=period)
    of_subject = Q(person=person) if unit is None else lies_in([unit.pk], period, lens=lens, day="on") & Q(is_overlay=False)
    return dict(rows.filter(of_subject).values_list("measure").annotate(Sum("amount")))


def days_a_year_before(choice, on):
    """Return the same days a year ago, up to the day of the year that it is now; None if there are none."""
    starts_on, ends_before = (_a_year_earlier(day, choice.kind) for day in (choice.period.starts_on, choice.period.ends_before))
    if choice.is_current:
        ends_before = min(ends_before, _a_year_earlier(on + timedelta(days=1), choice.kind))
    return Period(starts_on, ends_before) if starts_on < ends_before else None


def _a_year_earlier(day, kind):
    """Return the same day a year ago, for weeks and single days the same weekday; ends of periods keep their distance."""
    return day - timedelta(weeks=52) if kind in (PeriodKind.WEEK, PeriodKind.DAY) else add_months(day, -12)


def unit_lines(*, units, metric, choice, on, calendar, book=None):
    """Return a line for each of the units with everything below it, in their own order."""
    ids, read = [u.pk for u in units], book or windows
    rows, paces = standings_of(read, {"unit_ids": ids}, metric=metric, choice=choice, on=on, calendar=calendar)
    trends = trends_of(read, metric, min(on, choice.period.last_day), {"unit_ids": ids}, choice.lens)
    nothing, most = pace_of_nothing(choice, on, calendar), _most(rows)
    page, after_page = reverse("reports:unit", args=[0]).rsplit("0", 1)
    origin = lineage_url(metric, choice.query, unit_id="{}")
    return [
        Line(
            metric,
            rows.get(u.pk),
            paces.get(u.pk, nothing),
            subject_id=u.pk,
            name=u.name,
            note=u.get_kind_display(),
            url=f"{page}{u.pk}{after_page}?metric={metric.code}&{choice.query}",
            lineage_url=origin.replace("{}", str(u.pk), 1),
            width=width_of(rows.get(u.pk), most),
            trend=trends.get(u.pk, ()),
            visits=None,
            flag="",
        )
        for u in units
    ]


def sums_of(*, own, lines):
    """
    Return (rest, total) for the foot of a table, as (value, target) pairs: the unit's own figures, and what its lines leave over.

    People who moved or left, and what nobody is credited with, count for the unit and have no line; what people sold elsewhere is in
    their line and not in the unit's. `figures:rest` lists both. Ratios have no rest: they are formed from summed parts.
    """
    total = (own.value, own.target)
    if not own.metric.adds_up:
        return None, total
    value = own.value - sum(line.value for line in lines)
    target = None if own.target is None else own.target - sum(line.target or 0 for line in lines)
    return ((value, target) if value or target else None), total


def standings_of(read, subject, *, metric, choice, on, calendar):
    found = read.figures_in(metrics=[metric], window=choice, **subject)
    rows = {subject_id: row for (_metric_id, subject_id), row in found.items()}
    return rows, read.paces_in(rows, metric=metric, window=choice, on=on, calendar=calendar)


def _most(rows):
    return max((row.value or 0 for row in rows.values()), default=0)


def width_of(row, most):
    """Return the length of a row's bar in whole per cent of the largest one."""
    return width_of_value(row.value if row else None, most)


def width_of_value(value, most):
    """Return the length of a bar in whole per cent of the largest one."""
    return int(100 * value / most) if most > 0 and (value or 0) > 0 else 0


def pace_of_nothing(choice, on, calendar):
    return pace_of(None, period=choice.period, on=on, calendar=calendar)


def trends_of(read, metric, day, subject, lens):
    """Return the values of the months up to a day by person or unit id; a month without a value is 0, for a ratio left out."""
    months = last_months(day, TREND_MONTHS)
    rows = read.months_of(metrics=[metric], period=Period(months[0], month_of(day).ends_before), lens=lens, **subject)
    found = {subject_id: by_month for (_metric_id, subject_id), by_month in rows.items()}
    if not metric.adds_up:
        return {key: tuple(row.value for row in rows if row.value is not None) for key, rows in found.items()}
    return {
        key: tuple({row.starts_on: row.numerator for row in rows}.get(month, 0) for month in months)
        for key, rows in found.items()
    }


def last_months(on, count):
    """Return the first days of the last months, this one included."""
    first = add_months(on.replace(day=1), 1 - count)
    return [m.starts_on for m in months_in(Period(first, on + timedelta(days=1)))]


def month_words(months):
    """Return short names of months for an axis, the year only where it begins."""
    return [f"{m.year} {month_name(m)}" if n == 0 or m.month == 1 else month_name(m) for n, m in enumerate(months)]


def led_unit(*, person, on):
    """Return the highest unit a person leads on a day, or None."""
    if person is None:
        return None
    rows = person.assignments.on(on).filter(role__in=("MANAGER", "DIRECTOR")).select_related("unit__parent")
    return next((row.unit for row in rows), None)


def children_of(unit, *, on):
    """Return the units right below one that are not closed on a day, in their order."""
    return list(Unit.objects.filter(parent=unit).exclude(closed_on__lte=on).order_by("position", "name"))
