"""
The stored figures of a unit's board, read once: who sells there, months and period against target, day by day, a year before.

A `Book` answers what `targets.queries.windows` answers, by the same functions, so that every part of a page can be given
either. What is not stored – a week, a lens – it works out once for everybody on the page.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from common.db.postgres.prepared import prepared
from common.periods import Period, months_in
from common.tenancy import require_company_id
from credits.queries.lens import PLAIN, Lens, days_through
from targets.models import Metric
from targets.queries import windows
from targets.queries.attainment import AttainmentRow, MonthRow
from targets.queries.live import live_rows
from targets.queries.windows import Window
from teams.queries import TreeDuring

_FIGURES = "metric_id, person_id, unit_id, numerator, denominator, floor, commit, stretch, reached_on"
_MONTHLY = "metric_id, person_id, unit_id, starts_on, numerator, denominator, commit"
#: Where the target stands in what is stored of a month.
_COMMIT = 2
_STORED = f"SELECT {_FIGURES} FROM targets_attainment WHERE company_id = %(company)s"  # noqa: S608 - of constants
_OF_MONTHS = f"SELECT {_MONTHLY} FROM targets_attainment WHERE company_id = %(company)s AND span = 'MONTH'"  # noqa: S608 - of constants
_BOOK = prepared(
    f"""
WITH person AS MATERIALIZED (
    SELECT person.id, person.name, person.hired_on, place.unit_id, place.role
    FROM teams_person person
    JOIN LATERAL (
        SELECT unit_id, role FROM teams_assignment WHERE company_id = %(company)s AND person_id = person.id
        ORDER BY starts_on <= %(day)s DESC, CASE WHEN starts_on <= %(day)s THEN starts_on END DESC, starts_on LIMIT 1
    ) place ON true
    WHERE person.company_id = %(company)s AND person.hired_on <= %(day)s AND (person.left_on IS NULL OR person.left_on > %(day)s)
        AND place.unit_id = ANY(%(shown)s::bigint[])
),
visited AS (
    SELECT person_id, COUNT(*) AS made FROM visits_visit
    WHERE company_id = %(company)s AND is_valid AND visited_on >= %(week_first)s AND visited_on < %(week_last)s
        AND person_id IN (SELECT id FROM person)
    GROUP BY person_id
),
stored AS (
    {_STORED} AND span = %(span)s AND starts_on = %(starts_on)s AND metric_id = %(metric)s
        AND (unit_id = ANY(%(units)s::bigint[]) OR person_id IN (SELECT id FROM person))
    UNION ALL
    {_STORED} AND span = %(span)s AND starts_on = %(starts_on)s AND metric_id = ANY(%(headline)s::bigint[]) AND unit_id = %(unit)s
),
-- Of months only what is asked of them: they are nine rows of ten.
monthly AS (
    {_OF_MONTHS} AND starts_on = ANY(%(unit_months)s::date[]) AND metric_id = %(metric)s AND unit_id = ANY(%(units)s::bigint[])
    UNION ALL
    {_OF_MONTHS} AND starts_on = ANY(%(person_months)s::date[]) AND metric_id = %(metric)s
        AND person_id IN (SELECT id FROM person)
    UNION ALL
    {_OF_MONTHS} AND starts_on = ANY(%(own_months)s::date[]) AND metric_id = ANY(%(headline)s::bigint[]) AND unit_id = %(unit)s
),
daily AS (
    SELECT unit_id, day, SUM(amount)::bigint AS amount FROM credits_dailytotal
    WHERE company_id = %(company)s AND day >= %(first)s AND day < %(last)s AND measure = %(measure)s AND NOT is_overlay
        AND (%(is_root)s OR unit_id = ANY(%(below)s::bigint[]))
    GROUP BY unit_id, day
),
earlier AS (
    SELECT measure, SUM(amount)::bigint AS amount FROM credits_dailytotal total
    WHERE company_id = %(company)s AND day >= %(earlier_first)s AND day < %(earlier_last)s AND measure = ANY(%(measures)s)
        AND NOT is_overlay AND (%(is_root)s OR EXISTS (
            SELECT FROM unnest(%(place_ids)s::bigint[], %(place_firsts)s::date[], %(place_lasts)s::date[]) AS place(id, first, last)
            WHERE place.id = total.unit_id AND total.day >= place.first AND total.day < place.last))
    GROUP BY measure
)
SELECT
    (SELECT json_agg(json_build_array(id, name, hired_on, unit_id, role) ORDER BY name, id) FROM person)::text,
    (SELECT json_agg(json_build_array(person_id, made) ORDER BY person_id) FROM visited)::text,
    (SELECT json_agg(json_build_array({_FIGURES})) FROM stored)::text,
    (SELECT json_agg(of_one) FROM (
        SELECT json_build_array(metric_id, person_id, unit_id,
            json_object_agg(starts_on, json_build_array(numerator, denominator, commit))) AS of_one
        FROM monthly GROUP BY metric_id, person_id, unit_id) grouped)::text,
    (SELECT json_agg(json_build_array(unit_id, day, amount) ORDER BY day, unit_id) FROM daily)::text,
    (SELECT json_agg(json_build_array(measure, amount) ORDER BY measure) FROM earlier)::text
""",  # noqa: S608 - of constants
    **dict.fromkeys(("company", "metric", "unit"), "bigint"),
    **dict.fromkeys(("day", "starts_on", "first", "last", "earlier_first", "earlier_last", "week_first", "week_last"), "date"),
    **dict.fromkeys(("shown", "units", "headline", "below", "place_ids"), "bigint[]"),
    **dict.fromkeys(("unit_months", "person_months", "own_months", "place_firsts", "place_lasts"), "date[]"),
    **dict.fromkeys(("span", "measure"), "text"),
    measures="text[]",
    is_root="boolean",
)


@dataclass(frozen=True)
class Scope:
    """
    What a book holds.

    :ivar unit_ids: the unit itself and those whose figures stand beside it.
    :ivar shown_ids: the units whose people are shown, those employed on `day`.
    :ivar headline: metrics of the unit itself alone.
    :ivar trend, course: spans of whole months of which every month is needed, of the people and of the units.
    :ivar tree: through the window and the days a year before.
    :ivar earlier: those days, None if there are none.
    :ivar week: in which visits are counted, None if they are not.
    """

    window: Window
    metric: Metric
    headline: tuple[Metric, ...]
    unit_id: int
    is_root: bool
    unit_ids: tuple[int, ...]
    shown_ids: tuple[int, ...]
    day: date
    trend: Period
    course: Period
    tree: TreeDuring
    earlier: Period | None
    week: Period | None

    @property
    def lens(self) -> Lens:
        return self.window.lens

    @property
    def months(self):
        """The first days of the months of which the window is made up as they are stored; none for any other."""
        return _firsts(self.window.period) if self.lens.is_plain and _is_whole(self.window.period) else []


class Book:
    """A board's figures; the functions are those of `targets.queries.windows`, which answers whatever is not in it."""

    def __init__(self, scope, *, calendar):
        self.scope, self.calendar = scope, calendar
        self.texts = _read(scope)
        self._worked_out = {}

    @property
    def key(self):
        """What everything in it follows from; None if something is still worked out while one looks."""
        scope = self.scope
        return self.texts if scope.window.span is not None and not scope.lens.needs_ledger else None

    @cached_property
    def people(self):
        """Who is employed in the units shown: (id, name, hired on, unit id, role), by name."""
        days = _Days()
        rows = json.loads(self.texts.people or "[]")
        return [(pk, name, days[hired_on], unit_id, role) for pk, name, hired_on, unit_id, role in rows]

    @cached_property
    def person_ids(self):
        return [person[0] for person in self.people]

    @cached_property
    def visits(self):
        """Valid visits of the week by person id."""
        return dict(json.loads(self.texts.visited or "[]"))

    @cached_property
    def days(self):
        """What counts on each day of the window: (unit id, day, minor units), overlay left out; places outside the unit may be in."""
        if self.scope.lens.needs_ledger:
            return windows.days_by_place(metric=self.scope.metric, window=self.scope.window)
        days = _Days()
        return [(unit_id, days[day], amount) for unit_id, day, amount in json.loads(self.texts.daily or "[]")]

    @cached_property
    def earlier(self):
        """What counted in the unit a year before, by measure."""
        scope = self.scope
        if not scope.lens.needs_ledger or scope.earlier is None:
            return dict(json.loads(self.texts.earlier or "[]"))
        rows = days_through(_looking_back(scope.lens), measures=_measures(scope), period=scope.earlier).filter(is_overlay=False)
        found = {}
        for place_id, day, measure, amount in rows.values_list("place_id", "on", "measure").annotate(Sum("amount")):
            if scope.is_root or place_id in self._below_on(day):
                found[measure] = found.get(measure, 0) + amount
        return found

    def figures_in(self, *, metrics, window, person_ids=None, unit_ids=None):
        """See `windows.figures_in`."""
        scope, asked = self.scope, {"metrics": metrics, "person_ids": person_ids, "unit_ids": unit_ids}
        if (window.period, window.lens) != (scope.window.period, scope.lens) or not self._holds(**asked):
            return windows.figures_in(window=window, **asked)
        if window.span is not None:
            stored = self._stored[person_ids is not None]
            return {key: stored[key] for key in _keys(**asked) if key in stored}
        return {key: rows[0] for key, rows in self._live([window.period], **asked).items()}

    def months_of(self, *, metrics, period, lens=PLAIN, person_ids=None, unit_ids=None):
        """See `windows.months_of`; stored months are `MonthRow`."""
        scope, asked = self.scope, {"metrics": metrics, "person_ids": person_ids, "unit_ids": unit_ids}
        whole = scope.course if unit_ids is not None else scope.trend
        is_window, is_inside = period == scope.window.period, _is_whole(period) and period.overlap(whole) == period
        if lens != scope.lens or not (is_window or is_inside) or not self._holds(is_of_window=is_window, **asked):
            return windows.months_of(period=period, lens=lens, **asked)
        if lens.is_plain and _is_whole(period):
            return self._months_in(period, **asked)
        found = self._live([month.overlap(period) for month in months_in(period)] if is_window else months_in(whole), **asked)
        inside = {key: [row for row in rows if row.starts_on in period] for key, rows in found.items()}
        return {key: rows for key, rows in inside.items() if rows}

    def commits_in(self, *, metric, window, person_ids=None, unit_ids=None):
        """See `windows.commits_in`."""
        period, asked = window.period, {"metrics": [metric], "person_ids": person_ids, "unit_ids": unit_ids}
        is_window = (period, window.lens) == (self.scope.window.period, self.scope.lens)
        if not (is_window and window.lens.is_plain and _is_whole(period) and self._holds(**asked)):
            return windows.commits_in(metric=metric, window=window, person_ids=person_ids, unit_ids=unit_ids, read=self)
        monthly, metric_id = self._monthly[person_ids is not None], metric.pk
        firsts = [(first, first.isoformat()) for first in _firsts(period)]
        found = {}
        for pk in unit_ids if person_ids is None else person_ids:
            by_month = monthly.get((metric_id, pk), {})
            found[pk] = {
                first: by_month[text][_COMMIT]
                for first, text in firsts
                if text in by_month and by_month[text][_COMMIT] is not None
            }
        return found

    def paces_in(self, rows, **about):
        """See `windows.paces_in`."""
        return windows.paces_in(rows, read=self, **about)

    def daily_in(self, *, metric, window, person_ids=None, unit_ids=None):
        """See `windows.daily_in`."""
        scope = self.scope
        is_here = (metric, window.period, window.lens) == (scope.metric, scope.window.period, scope.lens)
        if person_ids is not None or list(unit_ids) != [scope.unit_id] or not is_here:
            return windows.daily_in(metric=metric, window=window, person_ids=person_ids, unit_ids=unit_ids)
        found = {}
        for place_id, day, amount in self.days:
            if scope.is_root or place_id in self._below_on(day):
                found[day] = found.get(day, 0) + amount
        return found

    def days_by_place(self, *, metric, window):
        """See `windows.days_by_place`; of places outside the unit only some may be there."""
        return self.days

    @cached_property
    def _parts(self):
        tree, unit_id = self.scope.tree, self.scope.unit_id
        return [(part, frozenset(tree.below(unit_id, on=part.starts_on))) for part, _parents in tree.parts]

    def _below_on(self, day):
        return next(ids for part, ids in self._parts if day in part)

    @cached_property
    def _shapes(self):
        """How the values of each metric are written, by its id."""
        return {metric.pk: (metric.kind, metric.scale) for metric in (*self.scope.headline, self.scope.metric)}

    @cached_property
    def _stored(self):
        """The rows of the window by whether they are of people, then by (metric id, person or unit id)."""
        first, days, found = self.scope.window.period.starts_on, _Days(), {True: {}, False: {}}
        for metric_id, person_id, unit_id, *figures, reached_on in json.loads(self.texts.stored or "[]"):
            row = AttainmentRow(metric_id, person_id, unit_id, first, *figures, days[reached_on], *self._shapes[metric_id])
            found[unit_id is None][metric_id, person_id or unit_id] = row
        return found

    @cached_property
    def _monthly(self):
        """
        What is stored of months by whether it is of people, then by (metric id, person or unit id), then by first day as the
        database writes it: (numerator, denominator, commit).
        """
        found = {True: {}, False: {}}
        for metric_id, person_id, unit_id, by_month in json.loads(self.texts.monthly or "[]"):
            found[unit_id is None][metric_id, person_id or unit_id] = by_month
        return found

    def _months_in(self, period, *, person_ids, **asked):
        """Return the stored months of a period, in order, by (metric id, person or unit id)."""
        monthly, found = self._monthly[person_ids is not None], {}
        firsts = [(first, first.isoformat()) for first in _firsts(period)]
        for key in _keys(person_ids=person_ids, **asked):
            if by_month := monthly.get(key):
                shape = self._shapes[key[0]]
                if rows := [MonthRow(first, *by_month[text], *shape) for first, text in firsts if text in by_month]:
                    found[key] = rows
        return found

    def _holds(self, *, metrics, person_ids, unit_ids, is_of_window=True):
        scope = self.scope
        ids = {metric.pk for metric in metrics}
        if person_ids is not None:
            return ids <= {scope.metric.pk} and set(person_ids) <= set(self.person_ids)
        if list(unit_ids) == [scope.unit_id] and is_of_window:
            return ids <= {metric.pk for metric in (scope.metric, *scope.headline)}
        return ids <= {scope.metric.pk} and set(unit_ids) <= set(scope.unit_ids)

    def _live(self, periods, *, metrics, person_ids, unit_ids):
        """Return rows worked out for everybody in the book at once, each span's in order, by (metric id, person or unit id)."""
        scope, is_of_people = self.scope, person_ids is not None
        key = (is_of_people, *periods)
        if key not in self._worked_out:
            whose = {"person_ids": self.person_ids} if is_of_people else {"unit_ids": scope.unit_ids}
            shown = {metric.pk: metric for metric in (scope.metric, *(() if is_of_people else scope.headline))}
            found = self._worked_out[key] = {}
            for row in live_rows(
                metrics=list(shown.values()), periods=periods, lens=scope.lens, calendar=self.calendar, **whose
            ):
                found.setdefault((row.metric_id, row.person_id or row.unit_id), []).append(row)
        rows = self._worked_out[key]
        return {asked: rows[asked] for asked in _keys(metrics, person_ids, unit_ids) if asked in rows}


class _Texts(NamedTuple):
    """What the database answers, as texts; None where there is nothing."""

    people: str | None
    visited: str | None
    stored: str | None
    monthly: str | None
    daily: str | None
    earlier: str | None


class _Days(dict):
    """Days by how the database writes them; the same few stand in hundreds of rows."""

    def __missing__(self, text):
        found = self[text] = None if text is None else date.fromisoformat(text)
        return found


def _read(scope):
    """Return the texts of a book, in one statement."""
    period, is_stored = scope.window.period, scope.lens.is_plain
    last = period.ends_before if scope.lens.as_of is None else min(period.ends_before, scope.lens.counts_before)
    has_days, earlier = not scope.lens.needs_ledger, scope.earlier
    places = [
        (unit_id, part) for part, _parents in scope.tree.parts for unit_id in scope.tree.below(scope.unit_id, on=part.starts_on)
    ]
    months = scope.months
    about = {
        "company": require_company_id(),
        "unit": scope.unit_id,
        "is_root": scope.is_root,
        "units": list(scope.unit_ids),
        "shown": list(scope.shown_ids),
        "day": scope.day,
        "metric": scope.metric.pk,
        "headline": [metric.pk for metric in scope.headline if metric != scope.metric] if is_stored else [],
        "unit_months": sorted({*months, *_firsts(scope.course)}) if is_stored else [],
        "person_months": sorted({*months, *_firsts(scope.trend)}) if is_stored else [],
        "own_months": months,
        "span": scope.window.span,
        "starts_on": period.starts_on,
        "measure": scope.metric.numerator if has_days and scope.metric.adds_up else "",
        "first": period.starts_on,
        "last": last,
        "below": sorted({unit_id for unit_id, _part in places}),
        "measures": _measures(scope) if has_days and earlier else [],
        "earlier_first": (earlier or period).starts_on,
        "earlier_last": (earlier or period).ends_before,
        "place_ids": [unit_id for unit_id, _part in places],
        "place_firsts": [part.starts_on for _unit_id, part in places],
        "place_lasts": [part.ends_before for _unit_id, part in places],
        "week_first": scope.week and scope.week.starts_on,
        "week_last": scope.week and scope.week.ends_before,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, about)
        return _Texts(*cursor.fetchone())


def _measures(scope):
    return sorted({str(metric.numerator) for metric in (*scope.headline, scope.metric) if metric.adds_up})


def _looking_back(lens):
    """Return the lens for the days a year before: the day looked back to lies a year later."""
    return Lens(**{name: getattr(lens, name) for name in Lens.__slots__} | {"as_of": None})


def _keys(metrics, person_ids, unit_ids):
    pks = unit_ids if person_ids is None else person_ids
    return [(metric_id, pk) for metric_id in [metric.pk for metric in metrics] for pk in pks]


def _firsts(period):
    return [month.starts_on for month in months_in(period)]


def _is_whole(period):
    return period.starts_on.day == period.ends_before.day == 1
