"""
Sales by person, team, region, product, product line, channel or customer, for one period or several side by side.

Read from the ledger, so every figure is the leaderboard's: net of returns on the day of the return, counts for the lead,
each unit that of the day of the deal. Overlay credits count for their person and in no other row and no total.
A fixed number of statements whatever the number of rows; ratios are formed from the summed parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.db.postgres.prepared import prepared
from common.periods import Period
from common.tenancy import require_company_id
from credits.queries.lens import PLAIN
from targets.rules import percent_of, ratio
from teams.queries import below_during
from teams.queries.placements import EPOCHS, KNOWN_BY_NOW, PLACED


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
        return Parts(
            self.revenue + other.revenue,
            self.profit + other.profit,
            self.won + other.won,
            self.closed + other.closed,
            self.days + other.days,
            self.returned + other.returned,
        )

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

_ASKED = """
WITH RECURSIVE slot AS (
    SELECT * FROM unnest(%(starts)s::date[], %(ends)s::date[]) WITH ORDINALITY AS given(starts_on, ends_before, number)
),
inside AS (
    SELECT * FROM unnest(%(inside_since)s::date[], %(inside_until)s::date[], %(inside)s::bigint[]) AS given(since, until, unit_id)
),
"""
_OF_LEDGER = """
    SELECT slot.number AS slot, credit.id, credit.counts_on AS day, credit.person_id, place.unit_id, credit.channel_id,
        credit.product_line_id, credit.measure, credit.source, credit.source_id, credit.amount,
        COALESCE(back.deal_id, credit.source_id) AS deal_id, credit.is_overlay
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
        AND (%(everywhere)s OR EXISTS (SELECT FROM inside
            WHERE inside.unit_id = place.unit_id AND credit.counts_on >= inside.since AND credit.counts_on < inside.until))
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
"""
#: What a member sees of the ledger in the asked periods; `slot` is the number of the period.
_ENTRY = f"{_ASKED} entry AS MATERIALIZED ({_OF_LEDGER}),"
# Each of these ends in `part`: rows of (key, slot, id and day of the credit, measure, source, amount).
_BY_PERSON = "part AS (SELECT person_id AS key, slot, id, day, measure, source, amount FROM entry)"
_BY_TEAM = "part AS (SELECT unit_id AS key, slot, id, day, measure, source, amount FROM entry)"
# The region above a team is that of the day.
_BY_REGION = (
    EPOCHS
    + "tree_day AS (SELECT since AS day FROM epoch),"
    + PLACED
    + """
above AS (
    SELECT placed.day, unit.id AS unit_id, unit.id AS at_id, unit.kind, placed.parent_id
    FROM placed JOIN teams_unit unit ON unit.company_id = %(company)s AND unit.id = placed.unit_id
    UNION ALL
    SELECT above.day, above.unit_id, unit.id, unit.kind, placed.parent_id
    FROM above
    JOIN placed ON placed.day = above.day AND placed.unit_id = above.parent_id
    JOIN teams_unit unit ON unit.company_id = %(company)s AND unit.id = placed.unit_id
    WHERE above.kind = 'TEAM'
),
region AS (
    SELECT epoch.since, epoch.until, above.unit_id, above.at_id FROM above JOIN epoch ON epoch.since = above.day
    WHERE above.kind <> 'TEAM' OR above.parent_id IS NULL
),
part AS (
    SELECT region.at_id AS key, entry.slot, entry.id, entry.day, entry.measure, entry.source, entry.amount
    FROM entry LEFT JOIN region ON region.unit_id = entry.unit_id AND entry.day >= region.since AND entry.day < region.until
)"""
)
_BY_CHANNEL = "part AS (SELECT channel_id AS key, slot, id, day, measure, source, amount FROM entry)"
_BY_CUSTOMER = """
part AS (
    SELECT deal.customer_id AS key, entry.slot, entry.id, entry.day, entry.measure, entry.source, entry.amount
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
    SELECT product_line_id AS key, slot, id, day, measure, source, amount FROM entry WHERE measure IN ('REVENUE', 'GROSS_PROFIT')
    UNION ALL
    SELECT has.key, entry.slot, entry.id, entry.day, entry.measure, entry.source, entry.amount
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
    SELECT divided.key, entry.slot, entry.id, entry.day, entry.measure, entry.source,
        entry.amount * CASE WHEN divided.key IS NULL THEN 1
            WHEN entry.measure = 'REVENUE' THEN COALESCE(divided.revenue_share, 0) ELSE COALESCE(divided.profit_share, 0) END AS amount
    FROM entry
    LEFT JOIN divided ON divided.deal_id = entry.deal_id AND divided.line_id IS NOT DISTINCT FROM entry.product_line_id
    WHERE entry.source = 'DEAL' AND entry.measure IN ('REVENUE', 'GROSS_PROFIT')
    UNION ALL
    SELECT line.product_id, entry.slot, entry.id, entry.day, entry.measure, entry.source, entry.amount
    FROM entry
    JOIN deals_dealreturn back ON back.company_id = %(company)s AND back.id = entry.source_id
    JOIN deals_dealline line ON line.company_id = %(company)s AND line.id = back.line_id
    WHERE entry.source = 'RETURN' AND entry.measure IN ('REVENUE', 'GROSS_PROFIT')
    UNION ALL
    SELECT has.key, entry.slot, entry.id, entry.day, entry.measure, entry.source, entry.amount
    FROM entry LEFT JOIN has ON has.deal_id = entry.deal_id
    WHERE entry.measure NOT IN ('REVENUE', 'GROSS_PROFIT')
)"""
_TOTAL = "part AS (SELECT NULL::bigint AS key, slot, id, day, measure, source, amount FROM entry)"
_SUMS = """
    COALESCE(round(SUM(amount) FILTER (WHERE measure = 'REVENUE')), 0)::bigint,
    COALESCE(round(SUM(amount) FILTER (WHERE measure = 'GROSS_PROFIT')), 0)::bigint,
    COALESCE(SUM(amount) FILTER (WHERE measure = 'DEALS_WON'), 0)::bigint,
    COALESCE(SUM(amount) FILTER (WHERE measure = 'DEALS_CLOSED'), 0)::bigint,
    COALESCE(SUM(amount) FILTER (WHERE measure = 'DAYS_TO_CLOSE'), 0)::bigint,
    COALESCE(round(-SUM(amount) FILTER (WHERE measure = 'REVENUE' AND source = 'RETURN')), 0)::bigint
"""
#: The rows, then the totals, in which overlay is left out.
_SUM_UP = f"""
SELECT false AS is_total, key, slot, {_SUMS} FROM part GROUP BY key, slot
UNION ALL
SELECT true, NULL, slot, {_SUMS} FROM entry WHERE NOT is_overlay GROUP BY slot
ORDER BY is_total, key, slot
"""  # noqa: S608 - of constants
#: The statement up to `part`, by dimension; under None everything as one row, whose key is null.
PARTS_BY = {
    Dimension.PERSON: _ENTRY + _BY_PERSON,
    Dimension.TEAM: _ENTRY + _BY_TEAM,
    Dimension.REGION: _ENTRY + _BY_REGION,
    Dimension.PRODUCT: _ENTRY + _BY_PRODUCT,
    Dimension.LINE: _ENTRY + _BY_LINE,
    Dimension.CHANNEL: _ENTRY + _BY_CHANNEL,
    Dimension.CUSTOMER: _ENTRY + _BY_CUSTOMER,
    None: _ENTRY + _TOTAL,
}


_PARTS = "revenue, profit, won, closed, days, returned"
_ADDED = """
    SUM(revenue)::bigint, SUM(profit)::bigint, SUM(won)::bigint, SUM(closed)::bigint, SUM(days)::bigint, SUM(returned)::bigint
"""
#: The same read once, where each credit stands in one row: what was added up by row adds up to the totals.
_AT_ONCE = f"""
SELECT false AS is_total, key, slot, {_ADDED} FROM summed GROUP BY key, slot
UNION ALL
SELECT true, NULL, slot, {_ADDED} FROM summed WHERE NOT is_overlay GROUP BY slot
ORDER BY is_total, key, slot
"""  # noqa: S608 - of constants
_GIVEN = (
    dict.fromkeys(("company", "own", "channel", "line"), "bigint")
    | dict.fromkeys(("seen", "inside"), "bigint[]")
    | dict.fromkeys(("starts", "ends", "inside_since", "inside_until"), "date[]")
    | dict.fromkeys(("everybody", "everywhere", "by_territory", "with_overlay"), "boolean")
    | {"counts_before": "date", "known_before": "timestamptz"}
)
_KEYS = {Dimension.PERSON: "person_id", Dimension.TEAM: "unit_id", Dimension.CHANNEL: "channel_id"}
_ONE_ROW_EACH = {
    dimension: prepared(
        f"{_ASKED} entry AS ({_OF_LEDGER}), summed (key, slot, is_overlay, {_PARTS}) AS ("
        f"SELECT {key}, slot, is_overlay, {_SUMS} FROM entry GROUP BY {key}, slot, is_overlay) {_AT_ONCE}",
        **_GIVEN,
    )
    for dimension, key in _KEYS.items()
}


@dataclass(frozen=True)
class Sales:
    """
    The analysis: per key (an id, None for what belongs to nobody) and in total, the parts of each period in their order.

    :ivar found: what was read: (whether it is a total, key, number of the period, parts…), in order.
    """

    dimension: Dimension
    count: int
    found: tuple[tuple, ...]

    @cached_property
    def keys(self):
        return {key for is_total, key, *_parts in self.found if not is_total}

    @cached_property
    def rows(self) -> dict[int | None, tuple[Parts, ...]]:
        return self._parts(of_totals=False)

    @cached_property
    def totals(self) -> tuple[Parts, ...]:
        return self._parts(of_totals=True).get(None) or (NOTHING,) * self.count

    @property
    def has_overlay(self):
        """Whether people's rows hold overlay credits, which the total leaves out."""
        if self.dimension != Dimension.PERSON:
            return False
        added_up = tuple(sum((parts[at] for parts in self.rows.values()), NOTHING) for at in range(self.count))
        return added_up != self.totals

    def _parts(self, *, of_totals):
        found = {}
        for is_total, key, slot, *parts in self.found:
            if is_total == of_totals:
                found.setdefault(key, [NOTHING] * self.count)[slot - 1] = Parts(*parts)
        return {key: tuple(slots) for key, slots in found.items()}


def sales(*, dimension, periods: Sequence[Period], sight, unit=None, lens=PLAIN):
    """
    Return what was sold in each of the periods, by a dimension, as far as a member sees it.

    :param sight: everybody's sales, those credited to the units a member leads, and always the member's own.
    :param unit: only what was credited to this unit or below it, as the tree was on the day.
    """
    dimension = Dimension(dimension)
    given = asked_of(periods=periods, sight=sight, unit=unit, lens=lens) | {"with_overlay": dimension == Dimension.PERSON}
    with connection.cursor() as cursor:
        cursor.execute(_ONE_ROW_EACH[dimension] if dimension in _ONE_ROW_EACH else PARTS_BY[dimension] + _SUM_UP, given)
        return Sales(dimension, len(periods), tuple(cursor.fetchall()))


def asked_of(*, periods, sight, unit, lens):
    """Return what the statements ask for but whether overlay counts; one query if a unit is given."""
    # The company's own unit has everything, also what lies in no unit.
    is_narrowed = unit is not None and unit.parent_id is not None
    whole = Period(min(p.starts_on for p in periods), max(p.ends_before for p in periods))
    parts = below_during([unit.pk], whole, known_at=lens.last_known) if is_narrowed else ()
    inside = [(part.starts_on, part.ends_before, unit_id) for part, ids in parts for unit_id in ids]
    return {
        "company": require_company_id(),
        "starts": [period.starts_on for period in periods],
        "ends": [period.ends_before for period in periods],
        "everybody": sight.sees_everybody,
        "seen": sorted(sight.unit_ids),
        "own": sight.person_id or 0,
        "everywhere": not is_narrowed,
        "inside_since": [since for since, _until, _unit_id in inside],
        "inside_until": [until for _since, until, _unit_id in inside],
        "inside": [unit_id for _since, _until, unit_id in inside],
        "by_territory": lens.is_by_territory,
        "counts_before": lens.counts_before,
        "known_before": lens.known_before,
        "known": lens.last_known or KNOWN_BY_NOW,
        "line": lens.product_line_id,
        "channel": lens.channel_id,
    }
