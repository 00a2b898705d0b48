"""Publishing the weekly ranking: what it showed is kept."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.services import record
from common.periods import fiscal_year_of, iso_week_of, month_of, months_in, quarter_of
from common.planning import without_nested_loops
from common.refusals import Refusal
from common.tenancy import require_company_id
from credits.models import Credit
from credits.rollups import hold_company
from credits.services import keep_books_open
from targets.models import Attainment, Metric, Ranking, RankingCorrection
from targets.queries.rankings import counts_cases
from targets.queries.reached import ACTUAL, ACTUAL_BY_BUCKET, FRAME
from teams.queries.placements import KNOWN_BY_NOW, PARENT_ON

Span = Attainment.Span


class WeekNotOver(Refusal):
    """A week can be ranked once its Sunday is over."""

    sentences = {"not_over": _("The week of %(week)s is not over yet.")}


class WeekClosed(Refusal):
    """What was published for a week of a closed period stays."""

    sentences = {"closed": _("The week of %(week)s lies in a closed period: its ranking stays as it was published.")}


_ENTRIES = (
    """
spans AS (
    SELECT * FROM unnest(%(spans)s::text[], %(span_starts)s::date[], %(span_ends)s::date[]) AS given(span, starts_on, ends_before)
),
-- A person is known by their id, a unit by minus its id: one key that can be hashed.
figure AS MATERIALIZED (
    SELECT spans.span, actual.metric_id, COALESCE(actual.person_id, -actual.unit_id) AS key,
        SUM(actual.numerator)::bigint AS numerator, SUM(actual.denominator)::bigint AS denominator, MAX(actual.reached_on) AS reached_on
    FROM actual
    JOIN bucket ON bucket.bucket = actual.bucket
    JOIN spans ON bucket.starts_on >= spans.starts_on AND bucket.starts_on < spans.ends_before
    GROUP BY spans.span, actual.metric_id, COALESCE(actual.person_id, -actual.unit_id)
),
asked AS MATERIALIZED (
    SELECT stored.span, stored.metric_id, COALESCE(stored.person_id, -stored.unit_id) AS key, stored.commit
    FROM targets_attainment stored JOIN spans ON spans.span = stored.span AND spans.starts_on = stored.starts_on
    WHERE stored.company_id = %(company)s AND stored.commit IS NOT NULL
),
subject AS MATERIALIZED (
    SELECT 'PERSON' AS kind, person.id AS key, person.id AS person_id, NULL::bigint AS unit_id, place.unit_id AS team_id, person.name,
        place.role = 'REP' AS is_always
    FROM teams_person person
    LEFT JOIN LATERAL (
        SELECT unit_id, role FROM teams_assignment
        WHERE company_id = %(company)s AND person_id = person.id AND starts_on <= %(on)s ORDER BY starts_on DESC LIMIT 1) place ON true
    WHERE person.company_id = %(company)s AND person.hired_on <= %(on)s AND (person.left_on IS NULL OR person.left_on > %(on)s)
    UNION ALL
    SELECT unit.kind, -unit.id, NULL, unit.id, """
    + PARENT_ON
    + """, unit.name, true
    FROM teams_unit unit
    WHERE unit.company_id = %(company)s AND unit.kind IN ('TEAM', 'REGION') AND (unit.closed_on IS NULL OR unit.closed_on > %(on)s)
),
-- The boards, each with the last one of its kind that was published before.
board AS MATERIALIZED (
    SELECT ranking.id AS ranking_id, ranking.metric_id, ranking.span, ranking.subject, metric.denominator <> '' AS is_ratio,
        metric.is_lower_better, ranking.metric_id = ANY(%(counted)s::bigint[]) AS is_counted, (
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
            ELSE COALESCE(figure.numerator, 0) END AS value
    FROM board
    JOIN subject ON subject.kind = board.subject
    LEFT JOIN figure ON figure.span = board.span AND figure.metric_id = board.metric_id AND figure.key = subject.key
    LEFT JOIN asked ON asked.span = board.span AND asked.metric_id = board.metric_id AND asked.key = subject.key
    WHERE (subject.is_always OR figure.numerator IS NOT NULL OR asked.commit IS NOT NULL)
        AND (NOT board.is_counted OR figure.denominator >= %(minimum)s)
)
"""
)
_PUBLISH = (
    ACTUAL_BY_BUCKET
    + _ENTRIES
    + """
INSERT INTO targets_rankingrow (company_id, ranking_id, person_id, unit_id, team_id, rank, previous_rank,
    numerator, denominator, commit, position)
SELECT %(company)s, entry.ranking_id, entry.person_id, entry.unit_id, entry.team_id,
    rank() OVER (PARTITION BY entry.ranking_id ORDER BY entry.value DESC), earlier.rank,
    entry.numerator, entry.denominator, entry.commit,
    row_number() OVER (PARTITION BY entry.ranking_id ORDER BY entry.value DESC, entry.reached_on NULLS LAST,
        entry.name COLLATE "C", COALESCE(entry.person_id, entry.unit_id))
FROM entry
LEFT JOIN targets_rankingrow earlier ON earlier.company_id = %(company)s AND earlier.ranking_id = entry.earlier_id
    AND COALESCE(earlier.person_id, -earlier.unit_id) = entry.key
WHERE entry.value IS NOT NULL
ORDER BY entry.ranking_id
"""
)
# What counts, by its effective day and as known now: what arrived for a closed period counts later, but it was sold then.
_PART_BY_EFFECTIVE_DAY = """
part AS MATERIALIZED (
    SELECT calendar.slice, credit.person_id, credit.unit_id, credit.measure, credit.is_overlay,
        SUM(credit.amount)::bigint AS amount, MAX(credit.day) AS last_on
    FROM credits_credit credit JOIN calendar ON calendar.day = credit.day
    WHERE credit.company_id = %(company)s
    GROUP BY calendar.slice, credit.person_id, credit.unit_id, credit.measure, credit.is_overlay
),
"""
_CORRECT = (
    FRAME
    + _PART_BY_EFFECTIVE_DAY
    + ACTUAL
    + _ENTRIES
    + """,
today AS (
    SELECT ranking_id, key, numerator, denominator, rank() OVER (PARTITION BY ranking_id ORDER BY value DESC) AS rank
    FROM entry WHERE value IS NOT NULL
),
published AS (
    SELECT ranking_id, COALESCE(person_id, -unit_id) AS key, numerator, denominator, rank
    FROM targets_rankingrow WHERE company_id = %(company)s AND ranking_id = ANY(%(rankings)s::bigint[])
)
SELECT COALESCE(published.ranking_id, today.ranking_id), COALESCE(published.key, today.key),
    published.rank, published.numerator, published.denominator, today.rank, today.numerator, today.denominator
FROM published FULL JOIN today ON today.ranking_id = published.ranking_id AND today.key = published.key
WHERE (published.rank, published.numerator, published.denominator) IS DISTINCT FROM (today.rank, today.numerator, today.denominator)
ORDER BY 1, today.rank NULLS LAST, 2
"""
)
#: So many of the latest weeks are looked at for what became known since.
WEEKS_CORRECTED = 5


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
    boundary = keep_books_open()
    if is_replacing and boundary is not None and week.ends_before <= boundary:
        raise WeekClosed("closed", week=week.starts_on.isoformat())
    hold_company()
    company = Company.objects.get(pk=require_company_id())
    if is_replacing:
        replaced = Ranking.objects.of_week(week.starts_on).standing()
        record(
            "targets.ranking.replaced", about=company, by=by, before={"week": str(week.starts_on), "boards": replaced.count()}
        )
        replaced.update(superseded_at=timezone.now())
    periods = _periods_of(week, company)
    boards = _missing_boards(week, periods)
    if boards:
        with without_nested_loops(), connection.cursor() as cursor:
            cursor.execute(_PUBLISH, _parameters(week, company, periods, boards))
    return len(boards)


@transaction.atomic
def note_corrections(*, by):
    """
    Note, for the latest published weeks, who would stand where by what is known now. What was published stays.

    A week is looked at again only if something was credited inside its spans after it was published.

    :returns: how many corrections were added; a second run adds none.
    """
    hold_company()
    company = Company.objects.get(pk=require_company_id())
    weeks = list(Ranking.objects.standing().order_by("-week_starts_on").values_list("week_starts_on", flat=True).distinct())
    return sum(_correct_week(iso_week_of(monday), company) for monday in weeks[:WEEKS_CORRECTED])


def _correct_week(week, company):
    boards = list(Ranking.objects.of_week(week.starts_on).standing())
    published_at, first = min(board.published_at for board in boards), min(board.starts_on for board in boards)
    # A posting bears the moment its transaction began, which may be before the ranking was published.
    since = published_at - timedelta(days=1)
    late = Credit.objects.filter(recorded_at__gt=since, day__gte=first, day__lt=week.ends_before)
    if not late.exists():
        return 0
    with without_nested_loops(), connection.cursor() as cursor:
        cursor.execute(_CORRECT, _parameters(week, company, _periods_of(week, company), boards))
        found = {}
        for ranking_id, key, *figures in cursor.fetchall():
            who = {"person": key} if key > 0 else {"unit": -key}
            found.setdefault(ranking_id, []).append(who | {"was": figures[:3], "is": figures[3:]})
    known = {}
    for correction in RankingCorrection.objects.filter(ranking__in=boards).order_by("found_at", "pk"):
        known[correction.ranking_id] = correction.lines
    new = [
        RankingCorrection(ranking_id=board.pk, lines=found.get(board.pk, []))
        for board in boards
        if found.get(board.pk, []) != known.get(board.pk, [])
    ]
    RankingCorrection.objects.bulk_create(new)
    return len(new)


def _periods_of(week, company):
    return {
        Span.MONTH: month_of(week.last_day),
        Span.QUARTER: quarter_of(week.last_day, company.fiscal_year_starts_in),
        Span.YEAR: fiscal_year_of(week.last_day, company.fiscal_year_starts_in),
    }


def _parameters(week, company, periods, boards):
    # Months up to the Sunday; a span adds up those that begin in it.
    months = [month for each in months_in(periods[Span.YEAR]) if (month := each.until(week.last_day))]
    ratios = Metric.objects.filter(is_active=True).exclude(denominator="").values_list("pk", "denominator")
    return {
        "company": company.pk,
        "starts": [month.starts_on for month in months],
        "ends": [month.ends_before for month in months],
        "on": week.last_day,
        "known": KNOWN_BY_NOW,
        "spans": list(periods),
        "span_starts": [period.starts_on for period in periods.values()],
        "span_ends": [period.ends_before for period in periods.values()],
        "rankings": [board.pk for board in boards],
        "minimum": company.ranking_minimum,
        "counted": [pk for pk, denominator in ratios if counts_cases(denominator)],
    }


def last_finished_week(today):
    """Return the latest week whose Sunday is over."""
    return iso_week_of(today - timedelta(days=7))


def _missing_boards(week, periods):
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
            )
            for metric_id in Metric.objects.filter(is_active=True).values_list("pk", flat=True)
            for span, period in periods.items()
            for subject in Ranking.Subject.values
            if (metric_id, span, subject) not in published
        ]
    )
