"""Publishing the weekly ranking: what it showed is kept."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.services import record
from common.periods import Period, fiscal_year_of, iso_week_of, month_of, months_in, quarter_of
from common.planning import without_nested_loops
from common.refusals import Refusal
from common.tenancy import require_company_id
from credits.rollups import hold_company
from credits.services import keep_books_open
from targets.models import Attainment, Metric, Ranking
from targets.queries.brought import ALL_BEGUN
from targets.queries.rankings import counts_cases
from targets.queries.reached import ACTUAL_BY_BUCKET
from teams.queries.placements import KNOWN_BY_NOW, PARENT_ON

Span = Attainment.Span


class WeekNotOver(Refusal):
    """A week can be ranked once its Sunday is over."""

    sentences = {"not_over": _("The week of %(week)s is not over yet.")}


class WeekClosed(Refusal):
    """What was published for a week of a closed period stays."""

    sentences = {"closed": _("The week of %(week)s lies in a closed period: its ranking stays as it was published.")}


#: After `actual`: the lines of the given boards as `entry`, whose `value` orders them. Asks for `ranking_parameters`.
ENTRIES = (
    """
spans AS (
    SELECT * FROM unnest(%(weeks)s::date[], %(spans)s::text[], %(span_starts)s::date[], %(span_ends)s::date[])
        AS given(week, span, starts_on, ends_before)
),
-- People and units are those of its Sunday.
at AS (SELECT DISTINCT week, week + 6 AS day FROM spans),
-- A person is known by their id, a unit by minus its id: one key that can be hashed.
figure AS MATERIALIZED (
    SELECT spans.week, spans.span, actual.metric_id, COALESCE(actual.person_id, -actual.unit_id) AS key,
        -- What a later piece begins with is what the earlier ones left: it counts once.
        (SUM(actual.numerator) - COALESCE(SUM(actual.brought) FILTER (WHERE actual.denominator IS NULL AND NOT is_first), 0))::bigint
            AS numerator,
        (SUM(actual.denominator) - COALESCE(SUM(actual.brought) FILTER (WHERE NOT is_first), 0))::bigint AS denominator,
        MAX(actual.reached_on) AS reached_on
    FROM actual
    JOIN bucket ON bucket.bucket = actual.bucket
    JOIN spans ON bucket.starts_on >= spans.starts_on AND bucket.starts_on < spans.ends_before
    CROSS JOIN LATERAL (SELECT bucket.starts_on = spans.starts_on AS is_first) piece
    GROUP BY spans.week, spans.span, actual.metric_id, COALESCE(actual.person_id, -actual.unit_id)
),
asked AS MATERIALIZED (
    SELECT spans.week, stored.span, stored.metric_id, COALESCE(stored.person_id, -stored.unit_id) AS key, stored.commit
    FROM targets_attainment stored JOIN spans ON spans.span = stored.span AND spans.starts_on = stored.starts_on
    WHERE stored.company_id = %(company)s AND stored.commit IS NOT NULL
),
subject AS MATERIALIZED (
    SELECT at.week, 'PERSON' AS kind, person.id AS key, person.id AS person_id, NULL::bigint AS unit_id,
        place.unit_id AS team_id, person.name, place.role = 'REP' AS is_always
    FROM teams_person person CROSS JOIN at
    LEFT JOIN LATERAL (
        SELECT unit_id, role FROM teams_assignment
        WHERE company_id = %(company)s AND person_id = person.id AND starts_on <= at.day
        ORDER BY starts_on DESC LIMIT 1) place ON true
    WHERE person.company_id = %(company)s AND person.hired_on <= at.day
        AND (person.left_on IS NULL OR person.left_on > at.day)
    UNION ALL
    SELECT at.week, unit.kind, -unit.id, NULL, unit.id, """
    + PARENT_ON
    + """, unit.name, true
    FROM teams_unit unit CROSS JOIN at
    WHERE unit.company_id = %(company)s AND unit.kind IN ('TEAM', 'REGION')
        AND (unit.closed_on IS NULL OR unit.closed_on > at.day)
),
-- The boards, each with the last one of its kind that was published before.
board AS MATERIALIZED (
    SELECT ranking.id AS ranking_id, ranking.week_starts_on AS week, ranking.metric_id, ranking.span, ranking.subject,
        metric.denominator <> '' AS is_ratio, metric.is_lower_better, ranking.minimum, (
            SELECT earlier.id FROM targets_ranking earlier
            WHERE earlier.company_id = %(company)s AND earlier.metric_id = ranking.metric_id AND earlier.span = ranking.span
                AND earlier.subject = ranking.subject AND earlier.week_starts_on < ranking.week_starts_on
                AND earlier.superseded_at IS NULL
            ORDER BY earlier.week_starts_on DESC LIMIT 1) AS earlier_id
    FROM targets_ranking ranking JOIN metric ON metric.id = ranking.metric_id
    WHERE ranking.company_id = %(company)s AND ranking.id = ANY(%(rankings)s::bigint[])
),
entry AS (
    SELECT board.ranking_id, board.earlier_id, subject.key, subject.person_id, subject.unit_id, subject.team_id, subject.name,
        COALESCE(figure.numerator, 0) AS numerator,
        CASE WHEN board.is_ratio THEN COALESCE(figure.denominator, 0) END AS denominator, asked.commit, figure.reached_on,
        CASE WHEN board.is_lower_better THEN -1 ELSE 1 END
        -- Rounded so that equal fractions are equal: 1/3 and 2/6.
        * CASE WHEN board.is_ratio THEN round(figure.numerator::numeric / NULLIF(figure.denominator, 0), 12)
            ELSE COALESCE(figure.numerator, 0) END AS value,
        board.minimum > 0 AND COALESCE(figure.denominator, 0) < board.minimum AS is_short
    FROM board
    JOIN subject ON subject.week = board.week AND subject.kind = board.subject
    LEFT JOIN figure ON figure.week = board.week AND figure.span = board.span AND figure.metric_id = board.metric_id
        AND figure.key = subject.key
    LEFT JOIN asked ON asked.week = board.week AND asked.span = board.span AND asked.metric_id = board.metric_id
        AND asked.key = subject.key
    WHERE subject.is_always OR figure.numerator IS NOT NULL OR asked.commit IS NOT NULL
)
"""
)
_PUBLISH = (
    ACTUAL_BY_BUCKET
    + ENTRIES
    + """
INSERT INTO targets_rankingrow (company_id, ranking_id, person_id, unit_id, team_id, rank, previous_rank,
    numerator, denominator, commit, position, reached_on)
SELECT %(company)s, entry.ranking_id, entry.person_id, entry.unit_id, entry.team_id,
    CASE WHEN NOT is_short THEN rank() OVER (PARTITION BY entry.ranking_id ORDER BY is_short, entry.value DESC) END, earlier.rank,
    entry.numerator, entry.denominator, entry.commit,
    row_number() OVER (PARTITION BY entry.ranking_id ORDER BY is_short, entry.value DESC, entry.reached_on NULLS LAST,
        entry.name COLLATE "C", COALESCE(entry.person_id, entry.unit_id)),
    entry.reached_on
FROM entry
LEFT JOIN targets_rankingrow earlier ON earlier.company_id = %(company)s AND earlier.ranking_id = entry.earlier_id
    AND COALESCE(earlier.person_id, -earlier.unit_id) = entry.key
WHERE entry.value IS NOT NULL
ORDER BY entry.ranking_id
"""
)


@transaction.atomic
def publish_weekly_ranking(*, week_starts_on, today, is_replacing=False, by):
    """
    Publish the ranking of a finished week: month, quarter and year up to its Sunday, for every metric, people, teams, regions.

    What was published stays as it is, so a second run changes nothing, unless somebody asks for it.

    :param week_starts_on: the Monday (any day of the week will do).
    :param today: the company's day.
    :param is_replacing: rank again; what was published before is kept as superseded. Written to the audit trail.
    :param by: the user, or None for the clock.
    :returns: how many boards were published.
    :raises WeekNotOver: if its Sunday is not over.
    :raises WeekClosed: if it is to be replaced and lies in a closed period.
    """
    week = iso_week_of(week_starts_on)
    if today < week.ends_before:
        raise WeekNotOver("not_over", week=week.starts_on.isoformat())
    hold_company()
    # By the clock nothing depends on what is closed, and nobody who wants to close should wait for it.
    boundary = keep_books_open() if is_replacing else None
    if boundary is not None and week.ends_before <= boundary:
        raise WeekClosed("closed", week=week.starts_on.isoformat())
    company = Company.objects.get(pk=require_company_id())
    if is_replacing:
        replaced = Ranking.objects.of_week(week.starts_on).standing()
        record(
            "targets.ranking.replaced", about=company, by=by, before={"week": str(week.starts_on), "boards": replaced.count()}
        )
        replaced.update(superseded_at=Now())
    periods = periods_of(week, company)
    boards = _missing_boards(week, periods, company)
    if boards:
        with without_nested_loops(), connection.cursor() as cursor:
            cursor.execute(_PUBLISH, ranking_parameters([week], company, boards))
    return len(boards)


def periods_of(week, company):
    """Return the month, quarter and year that a week is ranked in: those of its Sunday."""
    return {
        Span.MONTH: month_of(week.last_day),
        Span.QUARTER: quarter_of(week.last_day, company.fiscal_year_starts_in),
        Span.YEAR: fiscal_year_of(week.last_day, company.fiscal_year_starts_in),
    }


def ranking_parameters(weeks, company, boards):
    """Return what the statements over `ENTRIES` ask for, for the boards of these weeks."""
    spans = [(week, span, period) for week in weeks for span, period in periods_of(week, company).items()]
    # Days are added up in pieces that end with a month or with one of the weeks; a span adds up those that lie in it.
    first, end = min(period.starts_on for _week, _span, period in spans), max(week.ends_before for week in weeks)
    cuts = {month.starts_on for month in months_in(Period(first, end))} | {week.ends_before for week in weeks}
    starts = sorted({first} | {cut for cut in cuts if first < cut < end})
    return {
        "company": company.pk,
        "starts": starts,
        "ends": [*starts[1:], end],
        "known": KNOWN_BY_NOW,
        "begun_by": ALL_BEGUN,
        "weeks": [week.starts_on for week, _span, _period in spans],
        "spans": [span for _week, span, _period in spans],
        "span_starts": [period.starts_on for _week, _span, period in spans],
        "span_ends": [week.ends_before for week, _span, _period in spans],
        "rankings": [board.pk for board in boards],
    }


def last_finished_week(today):
    """Return the latest week whose Sunday is over."""
    return iso_week_of(today - timedelta(days=7))


def _missing_boards(week, periods, company):
    published = set(Ranking.objects.of_week(week.starts_on).standing().values_list("metric_id", "span", "subject"))
    return Ranking.objects.bulk_create(
        [
            Ranking(
                week_starts_on=week.starts_on,
                metric_id=metric_id,
                span=span,
                starts_on=period.starts_on,
                ends_before=period.ends_before,
                subject=subject,
                minimum=company.ranking_minimum if counts_cases(denominator) else 0,
            )
            for metric_id, denominator in Metric.objects.filter(is_active=True).values_list("pk", "denominator")
            for span, period in periods.items()
            for subject in Ranking.Subject.values
            if (metric_id, span, subject) not in published
        ]
    )
