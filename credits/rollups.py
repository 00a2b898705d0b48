"""Daily totals: the ledger added up per person, unit, day on which it counts and measure, kept beside it."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Min

from common.locks import LockSpace, hold, hold_if_free
from common.tenancy import require_company_id
from credits.models import Credit, DailyTotal, DirtyDay
from credits.queries.measures import STOCKED_IN_SQL
from credits.queries.recounting import SETTLED, is_anything_recounted
from credits.rules import STOCKED

#: What is read, as `ledger`: all of it, which its index alone can answer, or while a measure is counted anew what is settled.
_WHOLE_LEDGER = """
WITH ledger AS NOT MATERIALIZED (
    SELECT counts_on, person_id, unit_id, measure, is_overlay, amount FROM credits_credit WHERE company_id = %(company)s
)"""
_SETTLED_LEDGER = f"""
WITH ledger AS NOT MATERIALIZED (
    SELECT counts_on, person_id, unit_id, measure, is_overlay, amount FROM credits_credit WHERE company_id = %(company)s {SETTLED}
)"""
_ADDED_UP = """
    SELECT counts_on AS day, person_id, unit_id, measure, is_overlay, SUM(amount)::bigint AS amount
    FROM ledger
    WHERE %(everything)s OR counts_on = ANY(%(days)s::date[])
    GROUP BY counts_on, person_id, unit_id, measure, is_overlay
    HAVING SUM(amount) <> 0
"""
#: From nothing: without a comparison, in the order of the key.
_FILLED = f"""
INSERT INTO credits_dailytotal (company_id, day, person_id, unit_id, measure, is_overlay, amount)
SELECT %(company)s, fresh.* FROM ({_ADDED_UP}) fresh
ORDER BY day, person_id, unit_id, measure
"""
_REFRESHED = f""",
fresh AS ({_ADDED_UP}),
kept AS (
    SELECT ctid AS place, day, person_id, unit_id, measure, is_overlay, amount
    FROM credits_dailytotal
    WHERE company_id = %(company)s AND day = ANY(%(days)s::date[])
),
difference AS MATERIALIZED (
    SELECT kept.place, fresh.day, fresh.person_id, fresh.unit_id, fresh.measure, fresh.is_overlay, fresh.amount
    FROM fresh
    FULL JOIN kept ON kept.day = fresh.day AND kept.measure = fresh.measure AND kept.is_overlay = fresh.is_overlay
        -- Ids begin at 1; IS NOT DISTINCT FROM could be neither hashed nor merged.
        AND COALESCE(kept.person_id, 0) = COALESCE(fresh.person_id, 0)
        AND COALESCE(kept.unit_id, 0) = COALESCE(fresh.unit_id, 0)
    WHERE kept.amount IS DISTINCT FROM fresh.amount
),
-- Found again by their place in the table: a key would let the planner, where its statistics lag behind a first roll-up, go
-- through the whole company for each of them. Nobody else writes here (`hold_company`), so a row stays at its place.
gone AS (
    DELETE FROM credits_dailytotal total USING difference
    WHERE total.company_id = %(company)s AND total.ctid = difference.place AND difference.amount IS NULL
),
changed AS (
    UPDATE credits_dailytotal total SET amount = difference.amount FROM difference
    WHERE total.company_id = %(company)s AND total.ctid = difference.place AND difference.amount IS NOT NULL
),
added AS (
    INSERT INTO credits_dailytotal (company_id, day, person_id, unit_id, measure, is_overlay, amount)
    SELECT %(company)s, day, person_id, unit_id, measure, is_overlay, amount FROM difference WHERE place IS NULL
    ORDER BY day, person_id, unit_id, measure
)
SELECT COUNT(*) FROM difference
"""
#: A sum that tells the rows of a day apart: every amount times a number that follows from person, unit, measure and overlay.
#: Credits and the totals they add up to have the same, other rows have another, but for one chance in two thousand million.
#: Counted modulo a prime below 2³¹, so that no product of amounts leaves a bigint.
_FINGERPRINT = """SUM((amount %% 2147483647) * (2147483647 & hashint8extended(COALESCE(person_id, 0),
        hashint8extended(COALESCE(unit_id, 0), hashtextextended(measure, is_overlay::int)))))"""
#: Of the days before the first one only what later periods begin with.
_COMPARED = f""",
posted AS (
    SELECT counts_on AS day, {_FINGERPRINT} AS fingerprint
    FROM ledger WHERE counts_on >= %(since)s GROUP BY counts_on
    UNION ALL
    SELECT counts_on, {_FINGERPRINT}
    FROM ledger WHERE counts_on < %(since)s AND measure IN {STOCKED_IN_SQL} GROUP BY counts_on
),
kept AS (
    SELECT day, {_FINGERPRINT} AS fingerprint, bool_or(amount = 0) AS has_empty
    FROM credits_dailytotal WHERE company_id = %(company)s AND day >= %(since)s GROUP BY day
    UNION ALL
    SELECT day, {_FINGERPRINT}, bool_or(amount = 0)
    FROM credits_dailytotal WHERE company_id = %(company)s AND day < %(since)s AND measure IN {STOCKED_IN_SQL} GROUP BY day
)
SELECT day, ((COALESCE(posted.fingerprint, 0) %% 2147483647 + 2147483647) %% 2147483647)::bigint,
    (COALESCE(posted.fingerprint, 0) - COALESCE(kept.fingerprint, 0)) %% 2147483647 = 0 AND kept.has_empty IS NOT TRUE
FROM posted FULL JOIN kept USING (day)
ORDER BY day
"""
_FILL = _WHOLE_LEDGER + _FILLED
_FILL_SETTLED = _SETTLED_LEDGER + _FILLED
_REFRESH = _WHOLE_LEDGER + _REFRESHED
_REFRESH_SETTLED = _SETTLED_LEDGER + _REFRESHED
_COMPARE = _WHOLE_LEDGER + _COMPARED
_COMPARE_SETTLED = _SETTLED_LEDGER + _COMPARED


def hold_company():
    """Let no other transaction roll the active company up until this one ends; people's work is not held up."""
    hold(LockSpace.ROLL_UP, require_company_id())


def hold_company_if_free():
    """The same unless somebody is at it; return whether this transaction holds the company's figures now."""
    return hold_if_free(LockSpace.ROLL_UP, require_company_id())


def take_dirty_days():
    """
    Take the marks off and return their days, in order.

    Must come before the totals are read: a mark made meanwhile stays for the next time. If the transaction fails the marks
    are back.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM credits_dirtyday WHERE company_id = %s RETURNING day", [require_company_id()])
        return sorted({day for (day,) in cursor.fetchall()})


def has_dirty_days():
    """Return whether any day waits to be refreshed."""
    return DirtyDay.objects.exists()


def is_dirty_since(moment, *, before):
    """Return whether anything that counts before a day and waits to be refreshed was recorded after a moment."""
    days = DirtyDay.objects.filter(day__lt=before)
    return days.exists() and Credit.objects.filter(counts_on__in=days.values("day"), recorded_at__gt=moment).exists()


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """A day of the ledger, what tells its totals apart as a number, and whether they are what is stored."""

    day: date
    fingerprint: int
    is_equal: bool


def compare_days(*, since=date.min):
    """
    Compare the totals of every day from one on with the ledger, in order; whatever it was that let them differ.

    A day is compared as a whole, which costs a fraction of adding it up. What the days from that one on begin with is compared
    too, however far back it goes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _COMPARE_SETTLED if is_anything_recounted() else _COMPARE, {"company": require_company_id(), "since": since}
        )
        return [ComparedDay(*row) for row in cursor.fetchall()]


def first_stocked(days):
    """Return the earliest of some days on which anything counts that later periods begin with, None if there is none."""
    found = Credit.objects.filter(counts_on__in=list(days), measure__in=STOCKED)
    return found.aggregate(first=Min("counts_on"))["first"]


def refresh_daily_totals(days=None):
    """
    Bring daily totals in line with the ledger, writing only what differs; return how many rows were written.

    :param days: the days to look at; None for all of them, which from an empty table is the rebuild.
    """
    is_from_nothing = days is None and span_of_days() == (None, None)
    if days is None and not is_from_nothing:
        days = [each.day for each in compare_days() if not each.is_equal]
    given = {"company": require_company_id(), "everything": is_from_nothing, "days": list(days or ())}
    is_held = is_anything_recounted()
    with connection.cursor() as cursor:
        if is_from_nothing:
            cursor.execute(_FILL_SETTLED if is_held else _FILL, given)
        else:
            cursor.execute(_REFRESH_SETTLED if is_held else _REFRESH, given)
        return cursor.rowcount if is_from_nothing else cursor.fetchone()[0]


def forget():
    """Remove all daily totals of the active company, to be rolled up from nothing."""
    DailyTotal.objects.all().delete()


def span_of_days():
    """Return the first and the last day that have a total, (None, None) if there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MIN(day), MAX(day) FROM credits_dailytotal WHERE company_id = %s", [require_company_id()])
        return cursor.fetchone()
