"""
The people of a board, who needs help first: who has which place is known of all, a line is put together for those who are shown.

A fixed number of queries whatever the number of people.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from common.periods import Period, iso_week_of
from reports.queries.boards import Line, pace_of_nothing, standings_of, trends_of, width_of
from targets import rules
from targets.choices import lineage_url
from targets.queries import windows
from targets.queries.attainment import AttainmentRow, Pace
from teams.queries import people_employed_in
from teams.rules import TenureStage, tenure_stage
from visits.models import Visit

#: From this working day of a week on, a rep without a valid visit is pointed out.
NO_VISIT_FROM_DAY = 3
#: Who needs help comes first.
_URGENCY = {
    rules.PaceStatus.BEHIND: 0,
    rules.PaceStatus.AT_RISK: 1,
    rules.PaceStatus.NEUTRAL: 2,
    rules.PaceStatus.ON_PACE: 3,
}


class Entry(NamedTuple):
    """A person of a board, as far as it decides about their place there; `value`, `target`, `attainment` as in `Standing`."""

    person_id: int
    name: str
    hired_on: date
    unit_id: int
    role: str
    row: AttainmentRow | None
    pace: Pace
    value: int | Decimal | None
    visits: int | None

    @property
    def target(self):
        return self.row.commit if self.row else None

    @property
    def attainment(self):
        return self.row.attainment if self.row else None


class PersonLines(Sequence):
    """The lines of a board's people, each put together when it is asked for: of a hundred people a page shows ten."""

    def __init__(self, entries, lines_of):
        self.entries, self._lines_of = entries, lines_of

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, at):
        return self._lines_of(self.entries[at]) if isinstance(at, slice) else self._lines_of([self.entries[at]])[0]

    def __iter__(self):
        return iter(self[:])

    def sorted_by(self, key):
        """Return the same lines in the order of a key of an `Entry`."""
        return PersonLines(sorted(self.entries, key=key), self._lines_of)


def person_lines(*, unit_ids, metric, choice, on, calendar, unit_names=None, book=None):
    """
    Return a line for each person employed in the units, who needs help first: `PersonLines`.

    :param on: the company's day; of a past period its last day decides who is shown.
    :param unit_names: names of the units by id, where people of several are shown together.
    """
    day, read = min(on, choice.period.last_day), book or windows
    people = book.people if book else _people(unit_ids, day)
    ids = [p[0] for p in people]
    rows, paces = standings_of(read, {"person_ids": ids}, metric=metric, choice=choice, on=on, calendar=calendar)
    nothing = pace_of_nothing(choice, on, calendar)
    visits = (book.visits if book else visits_of_week(ids, on)) if choice.is_live else {}
    values = {pk: row.value for pk, row in rows.items()}
    without = None if metric.is_ratio else 0
    entries = [
        Entry(
            *person,
            rows.get(pk := person[0]),
            paces.get(pk, nothing),
            values.get(pk, without),
            visits.get(pk, 0) if choice.is_live else None,
        )
        for person in people
        # Who leads without selling has no line of their own.
        if person[-1] == "REP" or person[0] in rows
    ]
    entries.sort(key=lambda entry: (_URGENCY[entry.pace.status], -(entry.pace.missing or 0), entry.name))
    most, is_pointed_out = (
        max((value or 0 for value in values.values()), default=0),
        choice.is_live and is_far_in_the_week(on, calendar),
    )

    def lines_of(shown):
        trends = trends_of(read, metric, day, {"person_ids": [entry.person_id for entry in shown]}, choice.lens)
        stages = {stage: str(TenureStage(stage).label) for stage in TenureStage}
        # Addresses once for all: each takes as long as a line.
        page, after_page = reverse("reports:person", args=[0]).rsplit("0", 1)
        origin = lineage_url(metric, choice.query, person_id="{}")
        page_query = f"{after_page}?metric={metric.code}&{choice.query}"

        def line_of(entry):
            stage = stages[tenure_stage(entry.hired_on, day)]
            return Line(
                metric,
                entry.row,
                entry.pace,
                subject_id=entry.person_id,
                name=entry.name,
                note=f"{unit_names[entry.unit_id]} · {stage}" if unit_names else stage,
                url=f"{page}{entry.person_id}{page_query}",
                lineage_url=origin.replace("{}", str(entry.person_id), 1),
                width=width_of(entry.row, most),
                trend=trends.get(entry.person_id, ()),
                visits=entry.visits,
                flag=_("no valid visit this week") if entry.role == "REP" and is_pointed_out and not entry.visits else "",
            )

        return [line_of(entry) for entry in shown]

    return PersonLines(entries, lines_of)


def _people(unit_ids, day):
    return list(people_employed_in(unit_ids, on=day).values_list("pk", "name", "hired_on", "unit_id", "unit_role"))


def visits_of_week(person_ids, on):
    """Return valid visits of this week by person id."""
    rows = Visit.objects.valid().within(iso_week_of(on)).filter(person_id__in=person_ids)
    return dict(rows.order_by().values_list("person_id").annotate(Count("pk")))


def is_far_in_the_week(on, calendar):
    """Return whether the week is so far gone that no visit at all is pointed out."""
    return calendar.working_day_count(Period(iso_week_of(on).starts_on, on + timedelta(days=1))) >= NO_VISIT_FROM_DAY
