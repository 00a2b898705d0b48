"""What became known of a published week since: noted beside its rankings, which stay as they were published."""

from bisect import bisect_left
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F, Max, Min, Q

from accounts.models import Company
from common.periods import iso_week_of
from common.planning import without_nested_loops
from common.tenancy import require_company_id
from credits.models import Credit
from credits.queries.recounting import SETTLED
from credits.rollups import hold_company
from targets.models import Ranking, RankingCorrection
from targets.queries.brought import CARRIED
from targets.queries.reached import ACTUAL, FRAME
from targets.services.rankings import ENTRIES, ranking_parameters

# The daily totals, but what has arrived since for a closed period stands on the day it was sold, not on the one it counts on.
_AS_SOLD = f"""
late AS MATERIALIZED (
    SELECT person_id, unit_id, measure, is_overlay, amount, day, counts_on FROM credits_credit
    WHERE company_id = %(company)s AND NOT (counts_on = day) AND recorded_at >= %(published_at)s
        {SETTLED}
),
sold AS (
    SELECT day, person_id, unit_id, measure, is_overlay, amount FROM credits_dailytotal WHERE company_id = %(company)s
    UNION ALL
    SELECT day, person_id, unit_id, measure, is_overlay, amount FROM late
    UNION ALL
    SELECT counts_on, person_id, unit_id, measure, is_overlay, -amount FROM late
),
stocked AS (SELECT * FROM sold WHERE measure IN (SELECT part FROM stock)),
"""
_PART_OF_SOLD = """
part AS MATERIALIZED (
    SELECT calendar.slice, sold.person_id, sold.unit_id, sold.measure, sold.is_overlay,
        SUM(sold.amount)::bigint AS amount, MAX(sold.day) AS last_on
    FROM sold JOIN calendar ON calendar.day = sold.day
    GROUP BY calendar.slice, sold.person_id, sold.unit_id, sold.measure, sold.is_overlay
    UNION ALL
    SELECT slice, person_id, unit_id, measure, is_overlay, amount, last_on FROM carried
),
"""
_CORRECT = (
    FRAME
    + _AS_SOLD
    + CARRIED
    + _PART_OF_SOLD
    + ACTUAL
    + ENTRIES
    + """,
today AS (
    SELECT ranking_id, key, numerator, denominator, rank() OVER (PARTITION BY ranking_id ORDER BY value DESC) AS rank
    FROM entry WHERE value IS NOT NULL AND NOT is_short
),
published AS (
    SELECT ranking_id, COALESCE(person_id, -unit_id) AS key, numerator, denominator, rank
    FROM targets_rankingrow WHERE company_id = %(company)s AND ranking_id = ANY(%(rankings)s::bigint[]) AND rank IS NOT NULL
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
# A posting bears the moment its transaction began, which may be before the ranking was published that did not see it.
_LONGEST_POSTING = timedelta(hours=1)


@transaction.atomic
def note_corrections(*, by):
    """
    Note, for the latest published weeks, who would stand where by what is known now. What was published stays.

    A week is looked at again only if something was credited inside its spans after it was published. What waits to be
    refreshed is not seen.

    :returns: how many corrections were added; a second run adds none.
    """
    hold_company()
    company = Company.objects.get(pk=require_company_id())
    return sum(_correct(weeks, company) for weeks in _alike(_weeks_with_news()))


def _correct(weeks, company):
    """Note what is another in the rankings of some weeks, to which the same restatements are news."""
    boards = list(Ranking.objects.filter(week_starts_on__in=[week.starts_on for week in weeks]).standing())
    given = ranking_parameters(weeks, company, boards) | {"published_at": min(board.published_at for board in boards)}
    found = {}
    with without_nested_loops(), connection.cursor() as cursor:
        cursor.execute(_CORRECT, given)
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


def _weeks_with_news():
    """Return the latest published weeks in whose spans something was credited since, as (week, when it was published)."""
    published = (
        Ranking.objects.standing()
        .values("week_starts_on")
        .order_by("-week_starts_on")
        .annotate(at=Min("published_at"), first=Min("starts_on"))[:WEEKS_CORRECTED]
    )
    weeks = [(iso_week_of(row["week_starts_on"]), row["first"], row["at"]) for row in published]
    if not weeks:
        return []
    # One way through the ledger for all of them.
    inside = {
        f"week_{n}": Max("pk", filter=Q(recorded_at__gt=at - _LONGEST_POSTING, day__gte=first, day__lt=week.ends_before))
        for n, (week, first, at) in enumerate(weeks)
    }
    oldest = min(at for _week, _first, at in weeks) - _LONGEST_POSTING
    news = Credit.objects.filter(recorded_at__gt=oldest).aggregate(**inside)
    return [(week, at) for n, (week, _first, at) in enumerate(weeks) if news[f"week_{n}"] is not None]


def _alike(weeks):
    """Return the weeks in groups to which the same restatements are news; usually all of them together."""
    if not weeks:
        return []
    since = min(at for _week, at in weeks)
    late = Credit.objects.exclude(counts_on=F("day")).filter(recorded_at__gte=since)
    moments = sorted(set(late.values_list("recorded_at", flat=True)))
    groups = {}
    for week, at in weeks:
        groups.setdefault(bisect_left(moments, at), []).append(week)
    return list(groups.values())
