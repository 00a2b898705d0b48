"""What a person's page shows: months against target, places in the ranking, visits a week, latest deals, praise. Frozen rows."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from common.period_names import name_of
from common.periods import Period, PeriodKind, fiscal_year_of, format_code, iso_week_of, months_in, period_of
from deals.models import Deal
from incentives.models import Praise
from targets.choices import lineage_url
from targets.queries.attainment import AttainmentRow
from targets.queries.rankings import live_ranking
from targets.queries.windows import Window, months_of
from teams.queries import subtree_ids
from visits.models import Visit

WEEKS = 8
DEALS = 8
PRAISES = 3


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month of a fiscal year: its name, where its figure comes from, and the figure, None if nothing was reached or asked."""

    name: str
    url: str
    row: AttainmentRow | None
    is_current: bool
    is_future: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A place among others in a period; `place` is None without a value."""

    kind: PeriodKind
    among: str
    place: int | None
    of: int
    movement: int | None


@dataclass(frozen=True, slots=True)
class Week:
    """Valid visits of one week."""

    starts_on: date
    visits: int
    is_current: bool


def year_of(*, person, metric, choice, on, fiscal_start_month):
    """Return the twelve months of the fiscal year in which the shown period begins, through its lens, and the year's period."""
    year = fiscal_year_of(choice.period.starts_on, fiscal_start_month)
    found = months_of(metrics=[metric], period=year, lens=choice.lens, person_ids=[person.pk])
    rows = {row.starts_on: row for row in found.get((metric.pk, person.pk), ())}
    lines = [
        MonthLine(
            name=name_of(month, fiscal_start_month),
            url=lineage_url(metric, f"period={format_code(month, fiscal_start_month)}{choice.lens_query}", person_id=person.pk),
            row=rows.get(month.starts_on),
            is_current=on in month,
            is_future=month.starts_on > on,
        )
        for month in months_in(year)
    ]
    return lines, year


def standings(*, person, metric, on, lens, fiscal_start_month, unit, everybody, team):
    """
    Return where a person stands this month and this quarter among all, and this month in the team.

    :param unit: the unit the person is in, or None.
    :param everybody: the words for all people of the company.
    :param team: the words for those of the team.
    """
    asked = [(PeriodKind.MONTH, everybody, None), (PeriodKind.QUARTER, everybody, None)]
    if unit is not None:
        asked.append((PeriodKind.MONTH, team, subtree_ids([unit.pk])))
    found = []
    for kind, among, unit_ids in asked:
        period = period_of(on, kind, fiscal_start_month)
        rows = live_ranking(metric=metric, window=Window(period, kind, lens), on=on, among_unit_ids=unit_ids)
        own = next((row for row in rows if row.subject_id == person.pk), None)
        if own is not None:
            found.append(Standing(kind, among, own.place, len(rows), own.movement))
    return found


def visits_by_week(*, person, on):
    """Return the valid visits of the last eight weeks, oldest first; the current one is not over yet."""
    current = iso_week_of(on)
    first = current.starts_on - timedelta(weeks=WEEKS - 1)
    rows = Visit.objects.valid().within(Period(first, current.ends_before)).filter(person=person).order_by()
    counts = {}
    for day, made in rows.values_list("visited_on").annotate(Count("pk")):
        monday = iso_week_of(day).starts_on
        counts[monday] = counts.get(monday, 0) + made
    mondays = [first + timedelta(weeks=n) for n in range(WEEKS)]
    return [Week(monday, counts.get(monday, 0), monday == current.starts_on) for monday in mondays]


def latest_deals(*, person):
    """Return the deals that a person closed last, won or lost."""
    return list(
        Deal.objects.filter(owner=person, status__in=[Deal.Status.WON, Deal.Status.LOST])
        .select_related("customer")
        .order_by("-closed_on", "-pk")[:DEALS]
    )


def latest_praise(*, person):
    """Return the latest thanks a person was given."""
    return list(Praise.objects.filter(to=person).select_related("by")[:PRAISES])


def year_row(lines):
    """Return (actual, target) of the months shown, in minor units; targets of months to come are in, None without any."""
    rows = [line.row for line in lines if line.row is not None]
    commits = [row.commit for row in rows if row.commit is not None]
    return sum(row.numerator for row in rows), sum(commits) if commits else None
