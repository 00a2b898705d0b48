"""
Sales by person, team, region, product, product line, channel or customer, for one period or several side by side.

Read from the ledger, so every figure is the leaderboard's: net of returns on the day of the return, counts for the lead,
each unit that of the day of the deal. Overlay credits count for their person and in no other row and no total.
A fixed number of statements whatever the number of rows; ratios are formed from the summed parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.periods import Period
from common.tenancy import require_company_id
from credits.queries.lens import PLAIN
from targets.rules import percent_of, ratio


class Dimension(TextChoices):
    """What the rows are."""

    PERSON = "person", pgettext_lazy("ranking", "People")
    TEAM = "team", _("Teams")
    REGION = "region", _("Regions")
    PRODUCT = "product", _("Products")
    LINE = "line", _("Product lines")
    CHANNEL = "channel", _("Channels")
    CUSTOMER = "customer", _("Customers")


#: Dimensions in which a deal can stand in several rows: with each of its products.
SEVERAL_ROWS = frozenset({Dimension.PRODUCT, Dimension.LINE})


@dataclass(frozen=True, slots=True)
class Parts:
    """What one row adds up to in one period: money in minor units, counts of deals, days."""

    revenue: int = 0
    profit: int = 0
    won: int = 0
    closed: int = 0
    days: int = 0
    returned: int = 0

    def __add__(self, other):
        return Parts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def lost(self):
        return self.closed - self.won

    @property
    def win_rate(self) -> Decimal | None:
        return percent_of(self.won, self.closed)

    @property
    def average_order(self) -> Decimal | None:
        return ratio(Decimal(self.revenue).scaleb(-2), self.won)

    @property
    def days_to_close(self) -> Decimal | None:
        return ratio(self.days, self.won)

    @property
    def margin(self) -> Decimal | None:
        return percent_of(self.profit, self.revenue)


NOTHING = Parts()

#: What a member sees of the ledger in the asked periods; `slot` is the number of the period.
_ENTRY = """
WITH slot AS (
    SELECT * FROM unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS given(starts_on, ends_before, number)
),
entry AS MATERIALIZED (
    SELECT slot.number AS slot, credit.person_id, place.unit_id, credit.channel_id, credit.product_line_id, credit.measure,
        credit.source, credit.source_id, credit.amount, COALESCE(back.deal_id, credit.source_id) AS deal_id
    FROM slot
    JOIN credits_credit credit ON credit.company_id = %(company)s
        AND credit.counts_on >= slot.starts_on AND credit.counts_on < slot.ends_before
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(by_territory)s THEN COALESCE(credit.territory_id, credit.unit_id) ELSE credit.unit_id END AS unit_id) place
    LEFT JOIN deals_dealreturn back ON credit.source = 'RETURN' AND back.company_id = %(company)s AND back.id = credit.source_id
    WHERE credit.source IN ('DEAL', 'RETURN')
        AND credit.measure IN ('REVENUE', 'GROSS_PROFIT', 'DEALS_WON', 'DEALS_CLOSED', 'DAYS_TO_CLOSE')
        AND (%(with_overlay)s OR NOT credit.is_overlay)
        AND (%(everybody)s OR place.unit_id = ANY(%(seen)s::bigint[]) OR credit.person_id = %(own)s)
        AND (%(everywhere)s OR place.unit_id = ANY(%(inside)s::bigint[]))
        AND (%(counts_before)s::date IS NULL OR credit.counts_on < %(counts_before)s)
        AND (%(known_before)s::timestamptz IS NULL OR credit.recorded_at < %(known_before)s)
        AND (%(channel)s::bigint IS NULL OR credit.channel_id = %(channel)s)
        -- What counts for the deal as a whole counts for each product line of which it has a product.
        AND (%(line)s::bigint IS NULL OR credit.product_line_id = %(line)s
            OR credit.measure NOT IN ('REVENUE', 'GROSS_PROFIT') AND EXISTS (
                SELECT FROM deals_dealline line
                JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
                WHERE line.company_id = %(company)s AND line.deal_id = COALESCE(back.deal_id, credit.source_id)
                    AND product.line_id = %(line)s))
),
"""
# Each of these ends in `part`: rows of (key, slot, measure, source, amount).
_BY_PERSON = "part AS (SELECT person_id AS key, slot, measure, source, amount FROM entry)"
_BY_TEAM = "part AS (SELECT unit_id AS key, slot, measure, source, amount FROM entry)"
_BY_REGION = """
above AS (
    WITH RECURSIVE step AS (
        SELECT id AS unit_id, id AS at_id, kind, parent_id FROM teams_unit WHERE company_id = %(company)s
        UNION ALL
        SELECT step.unit_id, unit.id, unit.kind, unit.parent_id
        FROM step JOIN teams_unit unit ON unit.company_id = %(company)s AND unit.id = step.parent_id
        WHERE step.kind = 'TEAM')
    SELECT unit_id, at_id FROM step WHERE kind <> 'TEAM' OR parent_id IS NULL
),
part AS (
    SELECT above.at_id AS key, entry.slot, entry.measure, entry.source, entry.amount
    FROM entry LEFT JOIN above ON above.unit_id = entry.unit_id
)"""
_BY_CHANNEL = "part AS (SELECT channel_id AS key, slot, measure, source, amount FROM entry)"
_BY_CUSTOMER = """
part AS (
    SELECT deal.customer_id AS key, entry.slot, entry.measure, entry.source, entry.amount
    FROM entry LEFT JOIN deals_deal deal ON deal.company_id = %(company)s AND deal.id = entry.deal_id
)"""
# Money by the line it was credited for; a deal counts in every line of which it has a product.
_BY_LINE = """
has AS (
    SELECT DISTINCT line.deal_id, product.line_id AS key
    FROM (SELECT DISTINCT deal_id FROM entry) asked
    JOIN deals_dealline line ON line.company_id = %(company)s AND line.deal_id = asked.deal_id
    JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
    WHERE %(line)s::bigint IS NULL OR product.line_id = %(line)s
),
part AS (
    SELECT product_line_id AS key, slot, measure, source, amount FROM entry WHERE measure IN ('REVENUE', 'GROSS_PROFIT')
    UNION ALL
    SELECT has.key, entry.slot, entry.measure, entry.source, entry.amount
    FROM entry LEFT JOIN has ON has.deal_id = entry.deal_id
    WHERE entry.measure NOT IN ('REVENUE', 'GROSS_PROFIT')
)"""
# A credit for a line of products is divided among the deal's products of that line as their amounts (or profits) are.
_BY_PRODUCT = """
has AS MATERIALIZED (
    SELECT line.deal_id, line.product_id AS key, product.line_id,
        SUM(line.amount) AS revenue, SUM(line.amount - line.cost_amount) AS profit
    FROM (SELECT DISTINCT deal_id FROM entry) asked
    JOIN deals_dealline line ON line.company_id = %(company)s AND line.deal_id = asked.deal_id
    JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
    WHERE %(line)s::bigint IS NULL OR product.line_id = %(line)s
    GROUP BY line.deal_id, line.product_id, product.line_id
),
divided AS (
    SELECT deal_id, key, line_id, revenue / NULLIF(SUM(revenue) OVER same, 0) AS revenue_share,
        profit / NULLIF(SUM(profit) OVER same, 0) AS profit_share
    FROM has WINDOW same AS (PARTITION BY deal_id, line_id)
),
part AS (
    SELECT divided.key, entry.slot, entry.measure, entry.source,
        entry.amount * CASE WHEN divided.key IS NULL THEN 1
            WHEN entry.measure = 'REVENUE' THEN COALESCE(divided.revenue_share, 0) ELSE COALESCE(divided.profit_share, 0) END AS amount
    FROM entry
    LEFT JOIN divided ON divided.deal_id = entry.deal_id AND divided.line_id IS NOT DISTINCT FROM entry.product_line_id
    WHERE entry.source = 'DEAL' AND entry.measure IN ('REVENUE', 'GROSS_PROFIT')
    UNION ALL
    SELECT line.product_id, entry.slot, entry.measure, entry.source, entry.amount
    FROM entry
    JOIN deals_dealreturn back ON back.company_id = %(company)s AND back.id = entry.source_id
    JOIN deals_dealline line ON line.company_id = %(company)s AND line.id = back.line_id
    WHERE entry.source = 'RETURN' AND entry.measure IN ('REVENUE', 'GROSS_PROFIT')
    UNION ALL
    SELECT has.key, entry.slot, entry.measure, entry.source, entry.amount
    FROM entry LEFT JOIN has ON has.deal_id = entry.deal_id
    WHERE entry.measure NOT IN ('REVENUE', 'GROSS_PROFIT')
)"""
_TOTAL = "part AS (SELECT NULL::bigint AS key, slot, measure, source, amount FROM entry)"
_SUM = """
SELECT key, slot,
    COALESCE(round(SUM(amount) FILTER (WHERE measure = 'REVENUE')), 0)::bigint,
    COALESCE(round(SUM(amount) FILTER (WHERE measure = 'GROSS_PROFIT')), 0)::bigint,
    COALESCE(SUM(amount) FILTER (WHERE measure = 'DEALS_WON'), 0)::bigint,
    COALESCE(SUM(amount) FILTER (WHERE measure = 'DEALS_CLOSED'), 0)::bigint,
    COALESCE(SUM(amount) FILTER (WHERE measure = 'DAYS_TO_CLOSE'), 0)::bigint,
    COALESCE(round(-SUM(amount) FILTER (WHERE measure = 'REVENUE' AND source = 'RETURN')), 0)::bigint
FROM part GROUP BY key, slot
"""
_ROWS = {
    Dimension.PERSON: _ENTRY + _BY_PERSON + _SUM,
    Dimension.TEAM: _ENTRY + _BY_TEAM + _SUM,
    Dimension.REGION: _ENTRY + _BY_REGION + _SUM,
    Dimension.PRODUCT: _ENTRY + _BY_PRODUCT + _SUM,
    Dimension.LINE: _ENTRY + _BY_LINE + _SUM,
    Dimension.CHANNEL: _ENTRY + _BY_CHANNEL + _SUM,
    Dimension.CUSTOMER: _ENTRY + _BY_CUSTOMER + _SUM,
}
_SUMS = _ENTRY + _TOTAL + _SUM


@dataclass(frozen=True)
class Sales:
    """
    The analysis: per key (an id, None for what belongs to nobody) and in total, the parts of each period in their order.

    :ivar has_overlay: whether people's rows hold overlay credits, which the total leaves out.
    """

    rows: dict[int | None, tuple[Parts, ...]]
    totals: tuple[Parts, ...]
    has_overlay: bool


def sales(*, dimension, periods: Sequence[Period], sight, unit_ids=None, lens=PLAIN):
    """
    Return what was sold in each of the periods, by a dimension, as far as a member sees it.

    :param sight: everybody's sales, those credited to the units a member leads, and always the member's own.
    :param unit_ids: only what was credited to these units.
    """
    dimension = Dimension(dimension)
    given = {
        "company": require_company_id(),
        "starts": [period.starts_on for period in periods],
        "ends": [period.ends_before for period in periods],
        "everybody": sight.sees_everybody,
        "seen": sorted(sight.unit_ids),
        "own": sight.person_id or 0,
        "everywhere": unit_ids is None,
        "inside": list(unit_ids or ()),
        "with_overlay": dimension == Dimension.PERSON,
        "by_territory": lens.is_by_territory,
        "counts_before": lens.counts_before,
        "known_before": lens.known_before,
        "line": lens.product_line_id,
        "channel": lens.channel_id,
    }
    rows = _read(_ROWS[dimension], given, len(periods))
    totals = _read(_SUMS, given | {"with_overlay": False}, len(periods)).get(None) or (NOTHING,) * len(periods)
    added_up = [sum((parts[at] for parts in rows.values()), NOTHING) for at in range(len(periods))]
    has_overlay = dimension == Dimension.PERSON and added_up != list(totals)
    return Sales(rows, totals, has_overlay)


def _read(statement, given, count):
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found = {}
        for key, slot, *parts in cursor.fetchall():
            found.setdefault(key, [NOTHING] * count)[slot - 1] = Parts(*parts)
    return {key: tuple(slots) for key, slots in found.items()}
