"""
Credits as what rates are worked out on: summed in the database, in a fixed number of statements whatever the people.

A *slot* is somebody's time under a contract within one span of a component; its *reaches* are the days on which credits count
for it: one's own, or of units that one leads. What came back in this span of something that was counted in an earlier one is
not part of the sums: it is taken back at the rate that was paid (`taken_back`).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from django.db import connection

from common.periods import Period
from common.tenancy import require_company_id
from credits.queries.own import RETURNED_IN_FULL_ON
from credits.queries.recounting import SETTLED_CREDIT
from incentives.rules.earning import Sums
from incentives.rules.numbers import plain
from incentives.rules.terms import Base, ChosenBy, Credited, Steps, Whose

_REACH = """
reach AS MATERIALIZED (
    SELECT * FROM unnest(%(slots)s::int[], %(people)s::bigint[], %(units)s::bigint[], %(since)s::date[], %(until)s::date[],
        %(spans)s::date[]) AS given(slot, person_id, unit_id, since, until, span_starts_on)
)
"""
#: Which credits a reach has. Of units an order's shares count once each, overlay never.
_COUNTS = f"""
    credit.company_id = %(company)s AND credit.counts_on >= %(first)s AND credit.counts_on < %(last)s
    AND credit.counts_on >= reach.since AND credit.counts_on < reach.until
    AND (%(known_at)s::timestamptz IS NULL OR credit.recorded_at <= %(known_at)s) {SETTLED_CREDIT}
"""
_OF_PERSON = "credit.person_id = reach.person_id"
_OF_UNIT = """credit.unit_id = reach.unit_id AND NOT credit.is_overlay
    AND (%(with_self)s OR credit.person_id IS DISTINCT FROM reach.person_id)"""
#: The deal of a credit's fact, as one value.
DEAL_OF = """CASE credit.source WHEN 'DEAL' THEN credit.source_id
    WHEN 'RETURN' THEN (SELECT back.deal_id FROM deals_dealreturn back WHERE back.company_id = %(company)s AND back.id = credit.source_id)
    WHEN 'PAYMENT' THEN (SELECT payment.deal_id FROM deals_payment payment
        WHERE payment.company_id = %(company)s AND payment.id = credit.source_id) END"""
#: On which day what a credit takes from was counted first: a return's sale, and what a fact that shrank had been.
FIRST_COUNTED = """(SELECT MIN(first.counts_on) FROM credits_credit first
    WHERE first.company_id = %(company)s AND first.measure = credit.measure
        AND first.source = CASE credit.source WHEN 'RETURN' THEN 'DEAL' ELSE credit.source END
        AND first.source_id = CASE credit.source WHEN 'RETURN' THEN (
            SELECT back.deal_id FROM deals_dealreturn back
            WHERE back.company_id = %(company)s AND back.id = credit.source_id) ELSE credit.source_id END)"""
_MAY_BE_BACK = "credit.amount < 0 AND credit.source IN ('DEAL', 'RETURN', 'PAYMENT')"
#: What was not counted first on a day of the same slot: it was counted in an earlier span, or for another plan.
IS_TAKEN_BACK = f"""{_MAY_BE_BACK} AND NOT EXISTS (
    SELECT FROM reach there CROSS JOIN LATERAL (SELECT {FIRST_COUNTED} AS day) counted_first
    WHERE there.slot = reach.slot AND counted_first.day >= there.since AND counted_first.day < there.until)"""
#: Whether a deal is of a new customer: no earlier won deal of theirs stood on the day it was won; NULL without a customer.
_IS_NEW = f"""CASE WHEN sold.customer_id IS NOT NULL THEN NOT EXISTS (
    SELECT FROM deals_deal deal
    WHERE deal.company_id = %(company)s AND deal.customer_id = sold.customer_id AND deal.status = 'WON'
        AND (deal.closed_on, deal.id) < (sold.closed_on, sold.id)
        AND COALESCE({RETURNED_IN_FULL_ON}, 'infinity'::date) > sold.closed_on) END"""

_SUM_UP = """
SELECT reach.slot, credit.measure, credit.is_overlay, CASE WHEN %(by_line)s THEN credit.product_line_id END,
    CASE WHEN %(by_channel)s THEN credit.channel_id END, NULL::boolean, NULL::int, SUM(credit.amount)::bigint
FROM reach JOIN credits_credit credit ON
"""
_SUMS_OF_PEOPLE = f"""
WITH {_REACH} {_SUM_UP} {_OF_PERSON} WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) GROUP BY 1, 2, 3, 4, 5
"""
_SUMS_OF_UNITS = f"""
WITH {_REACH} {_SUM_UP} {_OF_UNIT} WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) GROUP BY 1, 2, 3, 4, 5
"""
_COUNTED = f"""
    SELECT reach.slot, reach.span_starts_on, credit.measure, credit.is_overlay, credit.product_line_id, credit.channel_id,
        credit.amount, {DEAL_OF} AS deal_id, CASE WHEN credit.source = 'PAYMENT' THEN credit.day END AS received_on
    FROM reach JOIN credits_credit credit ON
"""
_SOLD = f"""
sold AS MATERIALIZED (
    SELECT sold.id, sold.closed_on, CASE WHEN %(by_customers)s THEN {_IS_NEW} END AS is_new
    FROM (SELECT DISTINCT deal_id FROM counted) given
    JOIN deals_deal sold ON sold.company_id = %(company)s AND sold.id = given.deal_id
)
"""
_ASKED = f"{_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) AND NOT ({IS_TAKEN_BACK})"
_SUM_UP_WITH_DEALS = """
SELECT slot, measure, is_overlay, CASE WHEN %(by_line)s THEN product_line_id END, CASE WHEN %(by_channel)s THEN channel_id END,
    sold.is_new, CASE WHEN %(by_days)s THEN GREATEST(received_on - sold.closed_on, 0) END, SUM(amount)::bigint
FROM counted LEFT JOIN sold ON sold.id = counted.deal_id
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
_DEALS_OF_PEOPLE = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_PERSON} WHERE {_ASKED}), {_SOLD} {_SUM_UP_WITH_DEALS}
"""
_DEALS_OF_UNITS = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_UNIT} WHERE {_ASKED}), {_SOLD} {_SUM_UP_WITH_DEALS}
"""
#: By whether they are of people, and whether the deals behind the credits are asked for.
_SUMS = {
    (True, False): _SUMS_OF_PEOPLE,
    (True, True): _DEALS_OF_PEOPLE,
    (False, False): _SUMS_OF_UNITS,
    (False, True): _DEALS_OF_UNITS,
}
#: A rate table applied to every deal, or every product line of a deal, by itself; what lies in no step has none.
_STEP_BY_STEP = """
, rate AS (
    SELECT * FROM unnest(%(rate_groups)s::int[], %(rate_lines)s::bigint[], %(rate_channels)s::bigint[], %(rate_new)s::boolean[])
        AS given(place, line_id, channel_id, is_new)
),
step AS (
    SELECT * FROM unnest(%(step_groups)s::int[], %(step_rows)s::int[], %(step_from)s::numeric[], %(step_to)s::numeric[])
        AS given(place, number, starts_at, ends_before)
),
one AS MATERIALIZED (
    SELECT counted.slot, counted.deal_id, CASE WHEN %(each_line)s THEN counted.product_line_id END AS line_id, chosen.place,
        SUM(counted.amount)::bigint AS base
    FROM counted
    LEFT JOIN sold ON sold.id = counted.deal_id
    CROSS JOIN LATERAL (
        SELECT rate.place FROM rate
        WHERE (rate.line_id IS NULL OR rate.line_id = counted.product_line_id)
            AND (rate.channel_id IS NULL OR rate.channel_id = counted.channel_id)
            AND (rate.is_new IS NULL OR rate.is_new = sold.is_new)
        ORDER BY num_nonnulls(rate.line_id, rate.channel_id, rate.is_new) DESC, rate.place LIMIT 1) chosen
    GROUP BY 1, 2, 3, 4
    HAVING SUM(counted.amount) <> 0
),
-- What chooses the step is value ÷ per: the base itself, or the discount in per cent off the list prices.
chosen AS (
    SELECT one.*, CASE WHEN %(by_discount)s THEN (price.list - price.paid) * 100 ELSE one.base END AS value,
        CASE WHEN %(by_discount)s AND price.list > 0 THEN price.list ELSE 1 END AS per
    FROM one
    LEFT JOIN LATERAL (
        SELECT COALESCE(SUM(line.quantity * line.list_price), 0) AS list, COALESCE(SUM(line.amount), 0) AS paid
        FROM deals_dealline line
        JOIN deals_product product ON product.company_id = %(company)s AND product.id = line.product_id
        WHERE line.company_id = %(company)s AND line.deal_id = one.deal_id
            AND (NOT %(each_line)s OR product.line_id IS NOT DISTINCT FROM one.line_id)
    ) price ON %(by_discount)s
)
SELECT chosen.slot, chosen.place, found.number, SUM(found.part)::bigint, SUM(found.part::numeric * found.part), COUNT(*)::int
FROM chosen
CROSS JOIN LATERAL (
    SELECT step.number, CASE WHEN %(is_marginal)s AND base > 0 THEN LEAST(base, COALESCE(step.ends_before, base)) - step.starts_at
        ELSE base END AS part
    FROM step
    WHERE step.place = chosen.place AND CASE WHEN %(is_marginal)s THEN base > step.starts_at OR base < 0 AND step.starts_at = 0
        ELSE GREATEST(value, 0) >= step.starts_at * per AND (step.ends_before IS NULL OR value < step.ends_before * per) END
) found
GROUP BY 1, 2, 3
UNION ALL
SELECT slot, place, NULL, SUM(base)::bigint, 0, COUNT(*)::int FROM chosen GROUP BY 1, 2
ORDER BY 1, 2, 3
"""
_EACH_OF_PEOPLE = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_PERSON} WHERE {_ASKED}
    AND (%(overlay)s IS NULL OR credit.is_overlay = %(overlay)s)), {_SOLD} {_STEP_BY_STEP}
"""
_EACH_OF_UNITS = f"""
WITH {_REACH}, counted AS MATERIALIZED ({_COUNTED} {_OF_UNIT} WHERE {_ASKED}), {_SOLD} {_STEP_BY_STEP}
"""
_BACK = f"""
SELECT credit.id, reach.slot, credit.measure, credit.is_overlay, credit.product_line_id, credit.channel_id, {_IS_NEW}, sold.id,
    COALESCE(sold.number, ''), sold.closed_on, credit.day, {FIRST_COUNTED}, credit.counts_on, credit.amount
FROM reach
JOIN credits_credit credit ON
"""
_OF_SOLD = f"LEFT JOIN deals_deal sold ON sold.company_id = %(company)s AND sold.id = {DEAL_OF}"
_WENT = f"WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) AND {IS_TAKEN_BACK} ORDER BY credit.day, credit.id"
_BACK_OF_PEOPLE = f"""WITH {_REACH} {_BACK} {_OF_PERSON} {_OF_SOLD}
    WHERE {_COUNTS} AND credit.measure = ANY(%(measures)s::varchar[]) AND {_MAY_BE_BACK} ORDER BY credit.day, credit.id"""
_BACK_OF_UNITS = f"WITH {_REACH} {_BACK} {_OF_UNIT} {_OF_SOLD} {_WENT}"
_PAID_SHARE = """
, of_deal AS (SELECT slot, deal_id, SUM(amount) AS amount FROM counted WHERE deal_id IS NOT NULL GROUP BY 1, 2)
SELECT of_deal.slot, SUM(of_deal.amount * CASE WHEN owed.amount <= 0 THEN 1 ELSE LEAST(paid.amount / owed.amount, 1) END),
    SUM(of_deal.amount)
FROM of_deal
JOIN deals_deal deal ON deal.company_id = %(company)s AND deal.id = of_deal.deal_id
CROSS JOIN LATERAL (
    SELECT deal.amount - COALESCE(SUM(back.amount), 0) AS amount FROM deals_dealreturn back
    WHERE back.company_id = %(company)s AND back.deal_id = deal.id AND back.returned_on < %(paid_before)s) owed
CROSS JOIN LATERAL (
    SELECT COALESCE(SUM(payment.amount), 0) AS amount FROM deals_payment payment
    WHERE payment.company_id = %(company)s AND payment.deal_id = deal.id AND NOT payment.is_cancelled
        AND payment.received_on < %(paid_before)s) paid
GROUP BY 1
"""
_COLLECTED_OF_PEOPLE = f"WITH {_REACH}, counted AS ({_COUNTED} {_OF_PERSON} WHERE {_ASKED}) {_PAID_SHARE}"
_COLLECTED_OF_UNITS = f"WITH {_REACH}, counted AS ({_COUNTED} {_OF_UNIT} WHERE {_ASKED}) {_PAID_SHARE}"


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Days on which credits count for a slot: of `person_id`, or of `unit_id`, in which `person_id` is the one who leads.

    `span_starts_on`: the first day of the slot's span.
    """

    slot: int
    person_id: int | None
    unit_id: int | None
    period: Period
    span_starts_on: date


@dataclass(frozen=True, slots=True)
class Cell:
    """Why credits may be paid by different rates: what they are for, of whom, and after how many days money came."""

    line_id: int | None = None
    channel_id: int | None = None
    is_new: bool | None = None
    days: int | None = None


@dataclass
class Bases:
    """
    What was counted: {(slot, measure, whose, is overlay, with deals): {cell: minor units or pieces}}.

    What is told apart by customers or days was read with its deals, and stands beside what was not.
    """

    sums: dict = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, slot, clause, amount, *, whose, cell):
        """Add something that was not credited, as if it had been."""
        self.sums[slot, clause.component.measure, whose, False, clause.with_deals][cell] += amount

    def of(self, slot, clause, *, whose=None):
        """
        Return {cell: amount} of what a clause counts in a slot.

        :param whose: instead of the clause's own; of units there is no overlay.
        """
        component = clause.component
        whose = whose or component.whose
        kinds = {Credited.SHARES: (False,), Credited.OVERLAY: (True,)}.get(component.credited, (False, True))
        if whose != Whose.OWN:
            kinds = (False,)
        keys = [(slot, component.measure, whose, kind, clause.with_deals) for kind in kinds]
        found = [self.sums[key] for key in keys if key in self.sums]
        if len(found) == 1:
            return found[0]
        together = defaultdict(int)
        for cells in found:
            for cell, amount in cells.items():
                together[cell] += amount
        return together


def sum_up(bases, *, reaches, clauses, whose, taken, known_at=None):
    """
    Add to bases what was credited in some reaches of what clauses count; one statement.

    :param clauses: told apart as these need it: by product line, channel, customers, days to collect.
    :param taken: what came back in these reaches of what was not counted in the same slot.
    """
    measures = {clause.component.measure for clause in clauses}
    if not reaches or not measures:
        return
    with_deals = any(clause.with_deals for clause in clauses)
    given = _parameters(reaches, whose, known_at) | {
        "measures": sorted(measures),
        "by_line": any(clause.by_line for clause in clauses),
        "by_channel": any(clause.by_channel for clause in clauses),
        "by_customers": any(clause.by_customers for clause in clauses),
        "by_days": any(clause.decay for clause in clauses),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS[whose == Whose.OWN, with_deals], given)
        for slot, measure, is_overlay, line_id, channel_id, is_new, days, amount in cursor.fetchall():
            bases.sums[slot, measure, whose, is_overlay, with_deals][Cell(line_id, channel_id, is_new, days)] += amount
    if not with_deals:
        for back in taken:
            if back.measure in measures:
                cell = Cell(back.line_id if given["by_line"] else None, back.channel_id if given["by_channel"] else None)
                bases.sums[back.slot, back.measure, whose, back.is_overlay, False][cell] -= back.amount


@dataclass(frozen=True, slots=True)
class Back:
    """
    What came back, negative, of something that was counted in an earlier span, or for another plan.

    :ivar counted_on: the day on which what was sold had counted first. :ivar counts_on: the day on which this does.
    """

    credit_id: int
    slot: int
    measure: str
    is_overlay: bool
    line_id: int | None
    channel_id: int | None
    is_new: bool | None
    deal_id: int | None
    deal: str
    sold_on: date | None
    back_on: date
    counted_on: date
    counts_on: date
    amount: int


def taken_back(*, reaches, measures, whose, known_at=None):
    """
    Return what came back in some reaches; one statement.

    Of people everything that takes away; of units what was not counted first in the same slot.
    """
    if not reaches or not measures:
        return []
    given = _parameters(reaches, whose, known_at) | {"measures": sorted(measures)}
    with connection.cursor() as cursor:
        cursor.execute(_BACK_OF_PEOPLE if whose == Whose.OWN else _BACK_OF_UNITS, given)
        return [Back(*row) for row in cursor.fetchall()]


def collected_shares(*, reaches, measure, whose, until, known_at=None):
    """
    Return {slot: which part of the credits of a measure the customers have paid for, in per cent}; one statement.

    Each deal counts by what was credited for it, and no deal as more than paid; what is owed is its amount less what came back.
    :param until: payments received from this day on are left out.
    """
    if not reaches:
        return {}
    given = _parameters(reaches, whose, known_at) | {"measures": [measure], "by_customers": False, "paid_before": until}
    with connection.cursor() as cursor:
        cursor.execute(_COLLECTED_OF_PEOPLE if whose == Whose.OWN else _COLLECTED_OF_UNITS, given)
        rows = cursor.fetchall()
    return {slot: Fraction(paid) * 100 / Fraction(whole) if whole > 0 else Fraction(100) for slot, paid, whole in rows}


def sums_by_step(clause, *, reaches, known_at=None):
    """
    Return what a clause's tables make of every deal or line by itself: {(slot, rate group): [Sums, …]}; one statement.

    The base of a line is what was credited for one product line of one deal.
    """
    component, found = clause.component, defaultdict(list)
    if not reaches:
        return found
    given = _parameters(reaches, component.whose, known_at) | _tables(clause) | {
        "measures": [component.measure],
        "by_customers": clause.by_customers,
        "each_line": component.base == Base.LINE,
        "by_discount": component.chosen_by == ChosenBy.DISCOUNT,
        "is_marginal": component.steps_read == Steps.MARGINAL,
        "overlay": {Credited.SHARES: False, Credited.OVERLAY: True}.get(component.credited),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_EACH_OF_PEOPLE if component.whose == Whose.OWN else _EACH_OF_UNITS, given)
        for slot, place, number, part, squares, count in cursor.fetchall():
            if number is not None:
                found[slot, place].append(Sums(number, part, int(squares), count))
            elif rest := part - sum(sums.base for sums in found[slot, place]):
                # What no step holds, so that the base shown is whole.
                found[slot, place].append(Sums(None, rest))
    return found


def _tables(clause):
    groups, steps = [], []
    for place, group in enumerate(clause.groups):
        customers = group.label.get("customers")
        groups.append((place, group.label.get("line"), group.label.get("channel"), customers and customers == "NEW"))
        rows = group.table.rows
        for number, row in enumerate(rows):
            ends = row.ends_before
            if clause.component.steps_read == Steps.INTERPOLATED:
                ends = rows[number + 1].starts_at if number + 1 < len(rows) else None
            steps.append((place, number, plain(row.starts_at), plain(ends)))
    names = ("rate_groups", "rate_lines", "rate_channels", "rate_new")
    columns = dict(zip(names, map(list, zip(*groups, strict=True)) if groups else ([],) * 4, strict=True))
    names = ("step_groups", "step_rows", "step_from", "step_to")
    columns |= dict(zip(names, map(list, zip(*steps, strict=True)) if steps else ([],) * 4, strict=True))
    for name in ("step_from", "step_to"):
        columns[name] = [None if value is None else str(value) for value in columns[name]]
    return columns


def _parameters(reaches, whose, known_at):
    return {
        "company": require_company_id(),
        "slots": [reach.slot for reach in reaches],
        "people": [reach.person_id for reach in reaches],
        "units": [reach.unit_id for reach in reaches],
        "since": [reach.period.starts_on for reach in reaches],
        "until": [reach.period.ends_before for reach in reaches],
        "spans": [reach.span_starts_on for reach in reaches],
        "first": min(reach.period.starts_on for reach in reaches),
        "last": max(reach.period.ends_before for reach in reaches),
        "with_self": whose == Whose.TEAM,
        "known_at": known_at,
    }
