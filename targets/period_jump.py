"""The way from one period to any other that has figures: what the period switch unfolds."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.period_names import month_name, name_of, quarter_number
from common.periods import Period, PeriodKind, fiscal_year_of, following, iso_week_of, months_in, quarters_in
from targets.models import Attainment


@dataclass(frozen=True)
class Jump:
    """One period that can be gone to."""

    label: str
    name: str
    url: str
    active: bool


@dataclass(frozen=True)
class JumpRow:
    """The periods of one year, or all years when the switch is about years; then `label` is empty."""

    label: str
    jumps: tuple[Jump, ...]


def jump_rows(*, shown: Period, kind: PeriodKind, on, first_month, url):
    """
    Return the rows of periods of a kind that have begun by `on`, latest year first.

    Years are those with attainment, the running one and the shown one. `url` makes the address of a period.
    """
    years = sorted(_years_with_figures() | {fiscal_year_of(day, first_month) for day in (on, shown.starts_on)}, reverse=True)
    years = [year for year in years if year.starts_on <= on]

    def jump(period, label):
        return Jump(label, name_of(period, first_month), url(period), period == shown)

    if kind in (None, PeriodKind.DAY):
        return []
    if kind == PeriodKind.YEAR:
        return [JumpRow("", tuple(jump(year, f"{year.starts_on.year}") for year in years))]
    if kind == PeriodKind.WEEK:
        # A year has 52 of them: only the shown one's and those around it are laid out.
        years = [year for year in years if abs(year.starts_on.year - shown.starts_on.year) <= 1]
    rows = []
    for year in years:
        if kind == PeriodKind.WEEK:
            inside = [(week, f"{week.starts_on.isocalendar().week}") for week in _weeks_in(year)]
        elif kind == PeriodKind.MONTH:
            inside = [(month, month_name(month.starts_on)) for month in months_in(year)]
        else:
            inside = [
                (quarter, _("Q%(number)s") % {"number": quarter_number(quarter.starts_on, first_month)})
                for quarter in quarters_in(year)
            ]
        begun = tuple(jump(period, label) for period, label in inside if period.starts_on <= on)
        rows.append(JumpRow(name_of(year, first_month), begun))
    return rows


def own_rows(own, *, shown: Period, url):
    """Return a row for each quota period and campaign with its stages, the latest first; `own` as `own_periods` gives it."""
    rows = []
    for one in own:
        stages = tuple(Jump(s.row.name, s.row.name, url(s.row.period), s.row.period == shown) for s in one.stages)
        rows.append((Jump(one.row.name, one.row.name, url(one.row.period), one.row.period == shown), stages))
    return rows


def _weeks_in(year):
    """Return the weeks that begin in a fiscal year."""
    first = iso_week_of(year.starts_on)
    week = first if first.starts_on == year.starts_on else following(first, PeriodKind.WEEK)
    weeks = []
    while week.starts_on < year.ends_before:
        weeks.append(week)
        week = following(week, PeriodKind.WEEK)
    return weeks


def _years_with_figures():
    spans = Attainment.objects.filter(span=Attainment.Span.YEAR).values_list("starts_on", "ends_before").distinct()
    return {Period(starts_on, ends_before) for starts_on, ends_before in spans}
