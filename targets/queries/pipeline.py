"""The open deals: who stands to win what inside a period, and how the company's own deals ended before."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection

from common.periods import add_months
from common.tenancy import require_company_id
from credits.rules import Measure
from deals.models import Deal
from targets import rules
from targets.rules import forecasting

#: Stands for "whichever stage": of a cut-off made afterwards nobody knows the stages of then.
ANY_STAGE = ""
HISTORY_MONTHS = 12
#: What an open deal would bring; of everything else the pace decides alone.
FORETOLD = (Measure.REVENUE, Measure.GROSS_PROFIT, Measure.DEALS_WON)

# Only a deal that stood open for a night with a day on which it was expected is like those that a forecast weighs. Of any other
# nobody could have known before it was won: open for no day.
_ENDED = """
SELECT status, CASE WHEN status = 'LOST' THEN stage END,
    CASE WHEN expected_on IS NULL THEN 0 ELSE COALESCE(GREATEST(closed_on - opened_on, 0), 0) END,
    CASE WHEN status = 'WON' THEN COALESCE(expected_on - closed_on, 0) END,
    COUNT(*)::bigint, (SUM(amount) * 100)::bigint, (SUM(amount - cost) * 100)::bigint
FROM deals_deal
WHERE company_id = %(company)s AND closed_on >= %(since)s AND closed_on < %(before)s AND status IN ('WON', 'LOST')
GROUP BY 1, 2, 3, 4
"""
#: The open deals that are expected to close inside a period, in the parts of those who share them; ends in `part`.
_OPEN_PARTS = """
WITH RECURSIVE deal AS MATERIALIZED (
    SELECT id, owner_id, amount, cost, expected_on, CASE WHEN %(is_past)s THEN '' ELSE stage END AS stage
    FROM deals_deal
    WHERE company_id = %(company)s AND expected_on >= %(on)s AND expected_on < %(ends_before)s
        AND (status = 'OPEN' OR (%(is_past)s AND closed_on >= %(on)s))
        AND (opened_on IS NULL OR NOT %(is_past)s OR opened_on < %(on)s)
),
share AS (
    SELECT deal.id, share.person_id, share.percent, share.is_overlay,
        row_number() OVER (PARTITION BY deal.id ORDER BY share.is_overlay, share.percent DESC, share.id) = 1
            AND NOT share.is_overlay AS is_lead
    FROM deal JOIN deals_dealshare share ON share.company_id = %(company)s AND share.deal_id = deal.id
    UNION ALL
    SELECT deal.id, deal.owner_id, 100, false, true
    FROM deal
    WHERE NOT EXISTS (SELECT FROM deals_dealshare share
        WHERE share.company_id = %(company)s AND share.deal_id = deal.id AND NOT share.is_overlay)
),
part AS MATERIALIZED (
    SELECT deal.id AS deal_id, deal.stage, deal.expected_on, share.person_id, place.unit_id, share.is_overlay,
        round(deal.amount * share.percent)::bigint AS revenue, round((deal.amount - deal.cost) * share.percent)::bigint AS profit,
        share.is_lead::int AS won
    FROM deal JOIN share ON share.id = deal.id
    LEFT JOIN LATERAL (
        SELECT unit_id FROM teams_assignment
        WHERE company_id = %(company)s AND person_id = share.person_id AND starts_on <= %(on)s
        ORDER BY starts_on DESC LIMIT 1) place ON true
),
branch AS (
    SELECT id AS unit_id, id AS ancestor_id, parent_id FROM teams_unit WHERE company_id = %(company)s
    UNION ALL
    SELECT branch.unit_id, unit.id, unit.parent_id
    FROM branch JOIN teams_unit unit ON unit.company_id = %(company)s AND unit.id = branch.parent_id
),
root AS (SELECT id FROM teams_unit WHERE company_id = %(company)s AND parent_id IS NULL),
-- Of a unit a deal is one thing, whoever of its people share it.
owned AS (
    SELECT deal_id, stage, expected_on, person_id AS key, SUM(revenue)::bigint AS revenue, SUM(profit)::bigint AS profit, SUM(won) AS won
    FROM part WHERE person_id IS NOT NULL AND (%(everybody)s OR person_id = ANY(%(people)s::bigint[]))
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT part.deal_id, part.stage, part.expected_on, -branch.ancestor_id, SUM(part.revenue)::bigint, SUM(part.profit)::bigint,
        SUM(part.won)
    FROM part
    LEFT JOIN root ON part.unit_id IS NULL
    JOIN branch ON branch.unit_id = COALESCE(part.unit_id, root.id)
    WHERE NOT part.is_overlay AND (%(everybody)s OR branch.ancestor_id = ANY(%(units)s::bigint[]))
    GROUP BY 1, 2, 3, 4
)
"""
_OPEN_SUMS = (
    _OPEN_PARTS
    + """,
span AS (
    SELECT * FROM unnest(%(spans)s::text[], %(span_ends)s::date[]) AS given(span, ends_before)
)
SELECT span.span, owned.key, measure.code, owned.stage, COUNT(*) FILTER (WHERE measure.amount <> 0), SUM(measure.amount)::bigint,
    SUM(measure.amount::numeric * measure.amount)
FROM owned
JOIN span ON owned.expected_on < span.ends_before
CROSS JOIN LATERAL (VALUES ('REVENUE', owned.revenue), ('GROSS_PROFIT', owned.profit), ('DEALS_WON', owned.won))
    AS measure(code, amount)
GROUP BY span.span, owned.key, measure.code, owned.stage
"""
)
_OPEN_DEALS = (
    _OPEN_PARTS
    + """
SELECT owned.deal_id, deal.number, deal.title, customer.name, owner.name, owned.stage, owned.expected_on, measure.amount
FROM owned
JOIN deals_deal deal ON deal.company_id = %(company)s AND deal.id = owned.deal_id
LEFT JOIN customers_customer customer ON customer.company_id = %(company)s AND customer.id = deal.customer_id
LEFT JOIN teams_person owner ON owner.company_id = %(company)s AND owner.id = deal.owner_id
CROSS JOIN LATERAL (VALUES ('REVENUE', owned.revenue), ('GROSS_PROFIT', owned.profit), ('DEALS_WON', owned.won))
    AS measure(code, amount)
WHERE measure.code = %(measure)s AND measure.amount <> 0
ORDER BY measure.amount DESC, owned.expected_on, owned.deal_id
"""
)


@dataclass(frozen=True)
class Experience:
    """
    How the company's own deals ended in the twelve months before a day.

    :param conversion: by stage, of the deals that stood open with an expected day; empty with too few, then the pace decides alone.
    :param wins: by measure.
    """

    since: date
    before: date
    conversion: Mapping[str, forecasting.Conversion]
    wins: Mapping[str, tuple[forecasting.Win, ...]]

    def weighs(self, measure):
        """Return whether open deals say anything about a measure."""
        return bool(self.conversion) and measure in self.wins

    def timing(self, measure, horizon):
        """Return how well open deals foretell what is won in so many days to come."""
        return rules.timing_of(self.wins[measure], horizon=horizon)


def experience(*, on):
    """Return how the deals closed in the twelve months before a day had gone."""
    since = add_months(on, -HISTORY_MONTHS)
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, {"company": require_company_id(), "since": since, "before": on})
        rows = cursor.fetchall()
    won, lost, wins = 0, Counter(), {measure: [] for measure in FORETOLD}
    for status, stage, open_days, early_days, deals, amount, profit in rows:
        if status == "WON":
            won += deals if open_days > 0 else 0
            for measure, brought in ((Measure.REVENUE, amount), (Measure.GROSS_PROFIT, profit), (Measure.DEALS_WON, deals)):
                wins[measure].append(forecasting.Win(open_days, early_days, brought))
        elif open_days > 0:
            lost[stage] += deals
    found = rules.conversions(won=won, lost=lost, stages=Deal.Stage.values)
    if found:
        # Every deal passed the first stage: its conversion is that of all stages together.
        found[ANY_STAGE] = found[Deal.Stage.values[0]]
    return Experience(since, on, found, {measure: tuple(rows) for measure, rows in wins.items()})


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """An open deal that is expected to close inside the period, with the subject's part of it."""

    deal_id: int
    number: str
    title: str
    customer: str | None
    owner: str | None
    stage: str
    expected_on: date
    amount: int


def open_deals_of(*, measure, on, ends_before, person_id=None, unit_id=None):
    """Return the open deals that a forecast of a person or unit weighs, the largest first."""
    about = parameters(
        on=on,
        is_past=False,
        everybody=False,
        person_ids=[] if person_id is None else [person_id],
        unit_ids=[] if unit_id is None else [unit_id],
    )
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_DEALS, about | {"ends_before": ends_before, "measure": measure})
        return [OpenDeal(*row) for row in cursor.fetchall()]


def parameters(*, on, is_past, everybody, person_ids, unit_ids):
    """Return what the statements about open deals need; see `outlooks`."""
    return {
        "company": require_company_id(),
        "on": on,
        "is_past": is_past,
        "everybody": everybody,
        "people": list(person_ids or ()),
        "units": list(unit_ids or ()),
    }


def open_sums(about):
    """Return the open deals by stage, in the order of the stages, by (span, person id or −unit id, measure)."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_SUMS, about)
        for span, key, code, stage, deals, amount, squares in cursor.fetchall():
            if deals:
                found.setdefault((span, key, code), []).append(forecasting.OpenDeals(stage, deals, amount, int(squares)))
    order = {stage: at for at, stage in enumerate((ANY_STAGE, *Deal.Stage.values))}
    for rows in found.values():
        rows.sort(key=lambda row: order[row.stage])
    return found
