"""Who stands where: the ranking of a period as it is now, and as it was published."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from common.db.postgres.prepared import prepared
from common.tenancy import require_company_id
from credits.rules import NO_CASES, Measure, scale_of
from targets import rules
from targets.models import Ranking, RankingRow
from targets.queries.attainment import value_of
from targets.queries.live import LIVE_AS_KNOWN, LIVE_FROM_LEDGER, LIVE_FROM_TOTALS, live_parameters, source_of
from teams.queries.placements import PARENT_ON

Subject = Ranking.Subject
BY_VALUE, BY_ATTAINMENT = "value", "attainment"
_OF_CASES = frozenset(measure for measure in Measure.values if scale_of(measure) == 0 and measure not in NO_CASES)

_PEOPLE = """
subject AS (
    SELECT person.id, person.name, place.unit_id AS team_id, place.role = 'REP' AS is_always
    FROM teams_person person
    LEFT JOIN (
        SELECT DISTINCT ON (person_id) person_id, unit_id, role FROM teams_assignment
        WHERE company_id = %(company)s AND starts_on <= %(on)s ORDER BY person_id, starts_on DESC) place ON place.person_id = person.id
    WHERE person.company_id = %(company)s AND person.hired_on <= %(on)s AND (person.left_on IS NULL OR person.left_on > %(on)s)
),
"""
_UNITS = (
    """
subject AS (
    SELECT unit.id, unit.name, """
    + PARENT_ON
    + """ AS team_id, true AS is_always FROM teams_unit unit CROSS JOIN (SELECT %(on)s::date AS day) at
    WHERE unit.company_id = %(company)s AND unit.kind = %(subject)s AND (unit.closed_on IS NULL OR unit.closed_on > %(on)s)
),
"""
)
#: The figures to rank by: as they are stored, or as they were just worked out in `fresh` (`targets.queries.live`).
_STORED_OF_PEOPLE = """
stored AS (
    SELECT person_id AS id, numerator, denominator, commit, reached_on FROM targets_attainment
    WHERE company_id = %(company)s AND span = %(span)s AND starts_on = %(starts_on)s AND metric_id = %(metric)s AND unit_id IS NULL
),
"""
_STORED_OF_UNITS = """
stored AS (
    SELECT unit_id AS id, numerator, denominator, commit, reached_on FROM targets_attainment
    WHERE company_id = %(company)s AND span = %(span)s AND starts_on = %(starts_on)s AND metric_id = %(metric)s AND person_id IS NULL
),
"""
_LIVE_OF_PEOPLE = """,
stored AS (SELECT person_id AS id, numerator, denominator, commit, reached_on FROM fresh WHERE unit_id IS NULL),
"""
_LIVE_OF_UNITS = """,
stored AS (SELECT unit_id AS id, numerator, denominator, commit, reached_on FROM fresh WHERE person_id IS NULL),
"""
_RANK = """
entry AS (
    SELECT subject.id, subject.name, subject.team_id, COALESCE(stored.numerator, 0) AS numerator,
        CASE WHEN %(is_ratio)s THEN COALESCE(stored.denominator, 0) END AS denominator, stored.commit, stored.reached_on,
        CASE WHEN %(is_lower_better)s THEN -1 ELSE 1 END
        -- Rounded so that equal fractions are equal: 1/3 and 2/6.
        * CASE WHEN %(is_ratio)s THEN round(stored.numerator::numeric / NULLIF(stored.denominator, 0), 12)
            ELSE COALESCE(stored.numerator, 0) END AS value,
        CASE WHEN %(is_ratio)s THEN round(stored.numerator::numeric / NULLIF(stored.denominator, 0), 12)
            ELSE COALESCE(stored.numerator, 0) END / NULLIF(stored.commit, 0) AS share
    FROM subject LEFT JOIN stored ON stored.id = subject.id
    WHERE (subject.is_always OR stored.id IS NOT NULL)
        AND (%(is_everybody)s OR subject.team_id = ANY(%(among)s::bigint[]))
        AND (%(is_any_stage)s OR subject.id = ANY(%(peers)s::bigint[]))
),
-- The last published ranking that counts to this period or an earlier one: a month that is over is not compared with the next.
before AS (
    SELECT entry.id, CASE WHEN %(is_everybody)s AND %(is_any_stage)s THEN line.rank ELSE rank() OVER (ORDER BY line.rank) END AS rank
    FROM targets_rankingrow line JOIN entry ON entry.id = COALESCE(line.person_id, line.unit_id)
    WHERE line.company_id = %(company)s AND %(has_movement)s AND line.rank IS NOT NULL AND line.ranking_id = (
        SELECT id FROM targets_ranking
        WHERE company_id = %(company)s AND metric_id = %(metric)s AND span = %(span)s AND subject = %(subject)s
            AND starts_on <= %(starts_on)s AND superseded_at IS NULL
        ORDER BY week_starts_on DESC LIMIT 1)
),
ordered AS (
    SELECT entry.*, CASE WHEN %(is_counted)s AND denominator < %(minimum)s THEN NULL WHEN %(by)s = 'value' THEN value
        WHEN %(is_lower_better)s THEN -round(share, 12) ELSE round(share, 12) END AS key
    FROM entry
)
SELECT ordered.id, name, team_id, CASE WHEN key IS NOT NULL THEN rank() OVER (ORDER BY key DESC NULLS LAST) END,
    before.rank, numerator, denominator, commit, reached_on
FROM ordered LEFT JOIN before ON before.id = ordered.id
ORDER BY key DESC NULLS LAST, CASE WHEN key IS NULL THEN value END DESC NULLS LAST, reached_on NULLS LAST, name COLLATE "C", ordered.id
"""
_STORED_GIVEN = (
    dict.fromkeys(("company", "metric", "minimum"), "bigint")
    | dict.fromkeys(("on", "starts_on"), "date")
    | dict.fromkeys(("span", "subject", "by"), "text")
    | dict.fromkeys(("is_ratio", "is_lower_better", "is_everybody", "is_any_stage", "is_counted", "has_movement"), "boolean")
    | dict.fromkeys(("among", "peers"), "bigint[]")
)
_STORED_PEOPLE = prepared("WITH" + _STORED_OF_PEOPLE + _PEOPLE + _RANK, **_STORED_GIVEN)
_STORED_UNITS = prepared("WITH" + _STORED_OF_UNITS + _UNITS + _RANK, **_STORED_GIVEN)
_OF_SUBJECT = {Subject.PERSON: _STORED_PEOPLE, Subject.TEAM: _STORED_UNITS, Subject.REGION: _STORED_UNITS}
_LIVE_OF = {
    ("totals", Subject.PERSON): LIVE_FROM_TOTALS + _LIVE_OF_PEOPLE + _PEOPLE + _RANK,
    ("ledger", Subject.PERSON): LIVE_FROM_LEDGER + _LIVE_OF_PEOPLE + _PEOPLE + _RANK,
    ("known", Subject.PERSON): LIVE_AS_KNOWN + _LIVE_OF_PEOPLE + _PEOPLE + _RANK,
    ("totals", Subject.TEAM): LIVE_FROM_TOTALS + _LIVE_OF_UNITS + _UNITS + _RANK,
    ("ledger", Subject.TEAM): LIVE_FROM_LEDGER + _LIVE_OF_UNITS + _UNITS + _RANK,
    ("known", Subject.TEAM): LIVE_AS_KNOWN + _LIVE_OF_UNITS + _UNITS + _RANK,
    ("totals", Subject.REGION): LIVE_FROM_TOTALS + _LIVE_OF_UNITS + _UNITS + _RANK,
    ("ledger", Subject.REGION): LIVE_FROM_LEDGER + _LIVE_OF_UNITS + _UNITS + _RANK,
    ("known", Subject.REGION): LIVE_AS_KNOWN + _LIVE_OF_UNITS + _UNITS + _RANK,
}


class BoardRow(NamedTuple):
    """
    One line of a ranking; `place` is None for who has no value, and equal values share a place.

    `team_id` is the unit a person is in, or the unit above a team or region.
    """

    subject_id: int
    name: str
    team_id: int | None
    place: int | None
    previous_place: int | None
    numerator: int
    denominator: int | None
    commit: int | None
    reached_on: date | None
    kind: str
    scale: int
    needed: int = 0

    @property
    def is_short(self):
        """Whether there are cases, but fewer than a place takes."""
        return self.place is None and 0 < (self.denominator or 0) < self.needed

    @property
    def value(self):
        """The figure as `common.figures.amount` takes it."""
        return value_of(self.kind, self.numerator, self.denominator)

    @property
    def attainment(self) -> Decimal | None:
        """Percent of the commit tier, uncapped; None without a target."""
        if self.denominator is None:
            return rules.attainment(self.numerator, self.commit)
        value = self.value
        return None if value is None or self.commit is None else rules.attainment(value * 10**self.scale, self.commit)

    @property
    def movement(self):
        """Places gained since the last published ranking; None for who is new."""
        return rules.movement(self.previous_place, self.place)


_AMONG_FIRST = prepared(
    """
SELECT ranking.week_starts_on, COALESCE(line.person_id, line.unit_id)
FROM (
    SELECT id, week_starts_on FROM targets_ranking
    WHERE company_id = %(company)s AND metric_id = %(metric)s AND span = %(span)s AND subject = %(subject)s
        AND superseded_at IS NULL
    ORDER BY week_starts_on DESC LIMIT %(weeks)s) ranking
JOIN targets_rankingrow line ON line.company_id = %(company)s AND line.ranking_id = ranking.id AND line.rank <= %(places)s
ORDER BY ranking.week_starts_on DESC
""",
    **dict.fromkeys(("company", "metric", "places", "weeks"), "bigint"),
    **dict.fromkeys(("span", "subject"), "text"),
)


def counts_cases(denominator):
    """Return whether a ratio's denominator counts cases (deals, visits), of which a place takes a minimum; money does not."""
    return denominator in _OF_CASES


def live_ranking(
    *, metric, window, on, subject=Subject.PERSON, by=BY_VALUE, among_unit_ids=None, among_person_ids=None, minimum=1
):
    """
    Rank everybody in a window (`targets.queries.windows`): value, then who reached it first, then name; equals share a place.

    People are those employed on the day: all reps, and whoever else has a figure or a target. Rank first, then leave out
    what a member may not see.

    :param on: the company's day; for a period that is over its last day counts.
    :param by: BY_VALUE, or BY_ATTAINMENT, which leaves who has no target without a place, by amount, at the end.
    :param among_unit_ids: rank only the people in these units (or the teams below them), all of them whoever looks.
    :param among_person_ids: rank only these people.
    :param minimum: of a ratio of cases: with fewer there is no place.
    """
    period, is_live, subject = window.period, window.span is None, Subject(subject)
    given = live_parameters(metrics=[metric], periods=[period], lens=window.lens) if is_live else {}
    with connection.cursor() as cursor:
        cursor.execute(
            _LIVE_OF[source_of(window.lens), subject] if is_live else _OF_SUBJECT[subject],
            given
            | {
                "company": require_company_id(),
                "subject": subject,
                "metric": metric.pk,
                "is_ratio": metric.is_ratio,
                "is_lower_better": metric.is_lower_better,
                "span": window.span,
                "starts_on": period.starts_on,
                "on": max(period.starts_on, min(on, period.last_day)),
                "by": by,
                "is_everybody": among_unit_ids is None,
                # Places by attainment, in free periods or through a lens were never published; those among some follow from the
                # published ones.
                "has_movement": by == BY_VALUE and window.span is not None,
                "among": list(among_unit_ids or ()),
                "is_any_stage": among_person_ids is None,
                "peers": list(among_person_ids or ()),
                "is_counted": counts_cases(metric.denominator),
                "minimum": minimum,
            },
        )
        rows = cursor.fetchall()
    needed = minimum if counts_cases(metric.denominator) else 0
    shape = metric.kind, metric.scale, needed
    return [BoardRow(*row, *shape) for row in rows]


def published_ranking(*, metric, span, subject=Subject.PERSON, week_starts_on=None):
    """
    Return a ranking as it was published for a week (the last one by default) and its rows, or (None, []).

    Who had fewer cases than a place took comes last, without one.
    """
    rankings = Ranking.objects.standing().filter(metric=metric, span=span, subject=subject).order_by("-week_starts_on")
    if week_starts_on is not None:
        rankings = rankings.of_week(week_starts_on)
    ranking = rankings.first()
    if ranking is None:
        return None, []
    name = "person__name" if subject == Subject.PERSON else "unit__name"
    key = "person_id" if subject == Subject.PERSON else "unit_id"
    rows = (
        RankingRow.objects.filter(ranking=ranking)
        .order_by("position")
        .values_list(key, name, "team_id", "rank", "previous_rank", "numerator", "denominator", "commit", "reached_on")
    )
    shape = metric.kind, metric.scale, ranking.minimum
    return ranking, [BoardRow(*row, *shape) for row in rows]


def weeks_among_first(*, metric, span, subject=Subject.PERSON, places=3, weeks=26):
    """
    Return for how many published weeks in a row, up to the last one, people or units were among the first: {id: weeks}.

    Who was not among them in the last published week is missing.
    """
    given = {"company": require_company_id(), "metric": metric.pk, "span": span, "subject": Subject(subject).value}
    by_week = {}
    with connection.cursor() as cursor:
        cursor.execute(_AMONG_FIRST, given | {"places": places, "weeks": weeks})
        for week, subject_id in cursor.fetchall():
            by_week.setdefault(week, set()).add(subject_id)
    streaks, running = {}, None
    for ids in by_week.values():
        running = set(ids) if running is None else running & ids
        for subject_id in running:
            streaks[subject_id] = streaks.get(subject_id, 0) + 1
    return streaks
