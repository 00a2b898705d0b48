"""What was put right after a contest's standing was fixed, line by line, and the returns and late entries that caused it."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Q

from common.periods import format_code
from credits.queries.lineage import CreditRow, rows_of
from incentives.models import ContestCorrection, ContestResult
from incentives.queries import contests as queries
from incentives.queries.standings import known_of
from targets.choices import lineage_url
from targets.queries.attainment import value_of

#: So many causes are listed.
CAUSES_SHOWN = 30


@dataclass(frozen=True)
class CorrectedRow:
    """A line that an adjustment changed, before and after; `difference` of the prize in minor units."""

    name: str
    place_before: int | None
    place: int | None
    value_before: object
    value: object
    prize_before: int
    prize: int
    thing_before: str
    thing: str
    difference: int
    is_mine: bool
    lineage_url: str


@dataclass(frozen=True)
class Adjusted:
    """An adjustment with the lines that a member sees of it, and how many more there are."""

    number: int
    reason: str
    made_on: date
    by: str
    rows: tuple[CorrectedRow, ...]
    left_out: int


def adjustments_of(contest, *, sight, is_whole):
    """
    Return what was put right since the standing was fixed, the latest first; one query.

    :param is_whole: whether every line is shown; else those whose prize is another one, and one's own.
    """
    found = {}
    corrections = ContestCorrection.objects.filter(adjustment__contest=contest)
    rows = corrections.select_related("adjustment__made_by", "person", "unit").order_by("-adjustment__number", "place", "pk")
    for row in rows:
        found.setdefault(row.adjustment_id, []).append(row)
    return [_adjusted(contest, own, sight, is_whole) for own in found.values()]


def _adjusted(contest, rows, sight, is_whole):
    adjustment, kind = rows[0].adjustment, contest.metric.kind
    code = format_code(contest.period, contest.company.fiscal_year_starts_in)
    query = urlencode({"period": code} | queries.lens_of(contest, until=adjustment.known_at).parameters())
    shown = []
    for row in rows:
        is_mine = row.person_id is not None and row.person_id == sight.person_id
        if is_whole or is_mine or (row.prize, row.thing) != (row.prize_before, row.thing_before):
            opens = row.person_id and (is_mine or sight.sees_everybody)
            shown.append(
                CorrectedRow(
                    name=(row.person or row.unit).name,
                    place_before=row.place_before,
                    place=row.place,
                    value_before=value_of(kind, row.numerator_before, row.denominator_before),
                    value=value_of(kind, row.numerator, row.denominator),
                    prize_before=row.prize_before,
                    prize=row.prize,
                    thing_before=row.thing_before,
                    thing=row.thing,
                    difference=row.difference,
                    is_mine=is_mine,
                    lineage_url=lineage_url(contest.metric, query, person_id=row.person_id) if opens else "",
                )
            )
    by = adjustment.made_by.name if adjustment.made_by else ""
    return Adjusted(adjustment.number, adjustment.reason, adjustment.made_on, by, tuple(shown), len(rows) - len(shown))


def causes_of(contest, *, sight):
    """
    Return what came back after the last day, or arrived late for closed days, until the standing was put right for the last time.

    As far as the member sees it, the latest first; and how many more there are.

    :rtype: (list[CreditRow], int)
    """
    people = ContestResult.objects.filter(contest=contest, person__isnull=False).values_list("person_id", flat=True)
    credits = queries.aftermath_credits(contest, list(people), until=known_of(contest)).exclude(amount=0)
    if not sight.sees_everybody:
        credits = credits.filter(Q(unit_id__in=sight.unit_ids) | Q(person_id=sight.person_id))
    found: list[CreditRow] = rows_of(credits.order_by("-counts_on", "-pk")[: CAUSES_SHOWN + 1], sight=sight)
    return found[:CAUSES_SHOWN], credits.count() - CAUSES_SHOWN if len(found) > CAUSES_SHOWN else 0
