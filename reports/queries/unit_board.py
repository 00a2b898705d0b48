"""The board of a unit: what is read for it, in two statements, and everything that follows from that."""

from functools import cached_property

from common.periods import Period, iso_week_of, month_of
from reports.queries import board_people, boards, branches, courses
from reports.queries.forecasts import outlook_of
from reports.queries.frame import unit_frame_of
from targets.queries.books import Book, Scope
from targets.rules import attainment
from teams.models import Unit


def frame_of(choice, *, company):
    """Return what stands around a unit's board (`reports.queries.frame.UnitFrame`)."""
    earlier = boards.days_a_year_before(choice, choice.on)
    first = min(span.starts_on for span in (choice.period, earlier) if span)
    whole = Period(first, choice.period.ends_before)
    return unit_frame_of(whole, company=company, known_at=choice.lens.last_known)


class UnitBoard:
    """
    The board of a unit in a metric and period; all but the constructor costs nothing while figures are stored.

    :ivar key: what all of it follows from, None where something is worked out while one looks.
    """

    def __init__(self, unit, *, frame, choice, metric, company):
        self.unit, self.frame, self.choice, self.metric, self.on = unit, frame, choice, metric, choice.on
        # The last day that counts here: what is shown month by month ends with it.
        self.day = min(self.on, choice.period.last_day)
        self.calendar, first_month = frame.calendar, company.fiscal_year_starts_in
        self.below = branches.below(unit, choice=choice, on=self.on, fiscal_start_month=first_month, frame=frame)
        self.book = Book(self._scope(), calendar=frame.calendar)
        self.outlook = outlook_of(metric=metric, choice=choice, on=self.on, calendar=self.calendar, unit=unit)
        parts = (unit.pk, metric.pk, choice.period, choice.name, choice.lens, self.on, first_month, company.country)
        weekdays = tuple(company.working_weekdays)
        self.key = self.book.key and (*parts, weekdays, frame.key, self.book.key, self.outlook)

    @cached_property
    def own(self):
        return boards.headline_figures(
            unit=self.unit,
            choice=self.choice,
            on=self.on,
            calendar=self.calendar,
            metrics=self.book.scope.headline,
            book=self.book,
        )

    @cached_property
    def chosen(self):
        """The unit's own figure in the metric of the page."""
        shown = next((figure for figure in self.own if figure.metric == self.metric), None)
        about = {"unit": self.unit, "choice": self.choice, "on": self.on, "calendar": self.calendar, "book": self.book}
        return shown or boards.headline_figures(metrics=(self.metric,), **about)[0]

    @property
    def forecast(self):
        return self.outlook.end if self.outlook else None

    @property
    def forecast_attainment(self):
        return attainment(self.forecast.middle, self.chosen.target) if self.forecast else None

    @cached_property
    def course(self):
        return courses.course(window=self.choice, end=self.forecast, unit_ids=[self.unit.pk], **self._about)

    @cached_property
    def months(self):
        """A ratio by month; None for what has a course."""
        if self.course is not None:
            return None
        return courses.months_of_ratio(metric=self.metric, unit=self.unit, on=self.day, lens=self.choice.lens, book=self.book)

    @cached_property
    def lines(self):
        """A line for each unit right below."""
        return branches.branch_lines(self.below.branches, **self._about)

    @cached_property
    def people(self):
        """A line for each person, who needs help first (`board_people.PersonLines`)."""
        units = self.below.units
        return board_people.person_lines(
            unit_ids=[u.pk for u in units],
            unit_names={u.pk: u.name for u in units} if self.lines else None,
            choice=self.choice,
            **self._about,
        )

    @cached_property
    def rest_and_total(self):
        return boards.sums_of(own=self.chosen, lines=self.lines or self.people.entries)

    @property
    def panels(self):
        return courses.panels(unit=self.unit, below=self.below, window=self.choice, **self._about)

    @property
    def gap(self):
        return courses.gap_by_unit(own=self.chosen, lines=self.lines) if self.lines else None

    @property
    def heat(self):
        if not self.lines:
            return None
        teams = [u for u in self.below.units if u.kind == Unit.Kind.TEAM]
        return courses.heat(units=teams, metric=self.metric, on=self.day, lens=self.choice.lens, book=self.book)

    @property
    def has_targets(self):
        return any(line.target is not None for line in (*self.lines, *self.people.entries)) or self.chosen.target is not None

    @property
    def _about(self):
        return {"metric": self.metric, "on": self.on, "calendar": self.calendar, "book": self.book}

    def _scope(self):
        choice, unit, units = self.choice, self.unit, self.below.units
        here = {branch.unit.pk for branch in self.below.branches if branch.choice is choice}
        # Of what lies deeper only the teams have a row, in the picture of the months.
        teams = {u.pk for u in units if u.kind == Unit.Kind.TEAM} if self.below.branches else set()
        return Scope(
            window=choice,
            metric=self.metric,
            headline=boards.headline_metrics(self.frame.metrics, lens=choice.lens),
            unit_id=unit.pk,
            is_root=unit.parent_id is None,
            unit_ids=tuple(sorted({unit.pk, *here, *teams})),
            shown_ids=tuple(u.pk for u in units),
            day=self.day,
            trend=_months_to(self.day, boards.TREND_MONTHS),
            course=_months_to(self.day, courses.HEAT_MONTHS),
            tree=self.frame.tree,
            earlier=boards.days_a_year_before(choice, self.on),
            week=iso_week_of(self.on) if choice.is_live else None,
        )


def _months_to(day, count):
    return Period(boards.last_months(day, count)[0], month_of(day).ends_before)
