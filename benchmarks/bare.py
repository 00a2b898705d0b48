"""
The bare limit of a roll-up: the best statements we can write for the same rows, without walls, references or comparison.

Stepwise (days, months, quarters, years, ranks), sorted by key as they are inserted, a batch of companies a statement, into
copies of the product's own tables with the same indexes.
"""

from datetime import date

from common.periods import fiscal_year_of, month_of, quarter_of

TABLES = {
    "credits_dailytotal": "company_id, day, person_id, unit_id, measure, is_overlay, amount",
    "targets_attainment": (
        "company_id, metric_id, span, starts_on, ends_before, unit_id, person_id,"
        " numerator, denominator, brought, floor, commit, stretch, reached_on"
    ),
    "targets_rankingrow": "company_id, person_id, unit_id, team_id, rank, previous_rank, numerator, denominator, commit, position",
}
#: Companies a statement; of 1, 10, 25 and 50 the fastest.
BATCH = 10

_DAYS = """
INSERT INTO bare_dailytotal (company_id, day, person_id, unit_id, measure, is_overlay, amount)
SELECT company_id, counts_on, person_id, unit_id, measure, is_overlay, SUM(amount)::bigint
FROM credits_credit WHERE company_id = ANY(%(companies)s)
GROUP BY company_id, counts_on, person_id, unit_id, measure, is_overlay
ORDER BY company_id, counts_on, person_id, unit_id, measure
"""
#: Every unit with each unit above it, and with itself.
_ABOVE = """
WITH RECURSIVE above AS (
    SELECT company_id, id AS unit_id, id AS ancestor_id, parent_id FROM teams_unit WHERE company_id = ANY(%(companies)s)
    UNION ALL
    SELECT above.company_id, above.unit_id, unit.id, unit.parent_id FROM above JOIN teams_unit unit ON unit.id = above.parent_id
),
"""
#: The measures that the scene has, a column each, so that a month of a person is one row until the metrics are formed. None of
#: them is brought forward.
_MEASURES = ("REVENUE", "GROSS_PROFIT", "DEALS_WON", "DEALS_CLOSED", "DAYS_TO_CLOSE", "NEW_CUSTOMERS")


def _each(text, separator=", "):
    return separator.join(text.format(m) for m in _MEASURES)


_PART_OF_TOTALS = f"""
part AS MATERIALIZED (
    SELECT company_id, date_trunc('month', day::timestamp)::date AS month, person_id, unit_id,
        {_each("SUM(amount) FILTER (WHERE measure = '{0}') AS {0}, MAX(day) FILTER (WHERE measure = '{0}') AS {0}_on")}
    FROM bare_dailytotal WHERE company_id = ANY(%(companies)s) AND day >= %(since)s AND day < %(until)s
    GROUP BY company_id, 2, person_id, unit_id
),
"""
#: From the deals themselves: the night's other way, without a ledger or daily totals.
_PART_OF_DEALS = """
won AS MATERIALIZED (
    SELECT deal.company_id, deal.closed_on AS day, deal.owner_id AS person_id, place.unit_id, (deal.amount * 100)::bigint AS revenue,
        ((deal.amount - deal.cost) * 100)::bigint AS profit, GREATEST(deal.closed_on - deal.opened_on, 0) AS days,
        row_number() OVER (PARTITION BY deal.customer_id ORDER BY deal.closed_on, deal.id) = 1 AS is_first
    FROM deals_deal deal
    LEFT JOIN teams_assignment place ON place.person_id = deal.owner_id AND place.starts_on <= deal.closed_on
        AND (place.ends_before IS NULL OR place.ends_before > deal.closed_on)
    WHERE deal.company_id = ANY(%(companies)s) AND deal.status = 'WON'
),
part AS MATERIALIZED (
    SELECT company_id, date_trunc('month', day::timestamp)::date AS month, person_id, unit_id,
        SUM(revenue) AS REVENUE, MAX(day) AS REVENUE_on, SUM(profit) AS GROSS_PROFIT, MAX(day) AS GROSS_PROFIT_on,
        COUNT(*) AS DEALS_WON, MAX(day) AS DEALS_WON_on, COUNT(*) AS DEALS_CLOSED, MAX(day) AS DEALS_CLOSED_on,
        SUM(days) AS DAYS_TO_CLOSE, MAX(day) AS DAYS_TO_CLOSE_on,
        COUNT(*) FILTER (WHERE is_first) AS NEW_CUSTOMERS, MAX(day) FILTER (WHERE is_first) AS NEW_CUSTOMERS_on
    FROM won GROUP BY company_id, 2, person_id, unit_id
),
"""
_MONTHS = f"""
in_unit AS (
    SELECT company_id, month, unit_id, {_each("SUM({0}) AS {0}, MAX({0}_on) AS {0}_on")}
    FROM part GROUP BY company_id, month, unit_id
),
reached AS MATERIALIZED (
    SELECT company_id, month, person_id, NULL::bigint AS unit_id, {_each("SUM({0}) AS {0}, MAX({0}_on) AS {0}_on")}
    FROM part GROUP BY company_id, month, person_id
    UNION ALL
    SELECT in_unit.company_id, month, NULL, above.ancestor_id, {_each("SUM({0}), MAX({0}_on)")}
    FROM in_unit JOIN above ON above.unit_id = in_unit.unit_id GROUP BY in_unit.company_id, month, above.ancestor_id
),
asked AS (
    SELECT target.company_id, target.month, plan.metric_id, target.person_id, target.unit_id,
        SUM(floor)::bigint AS floor, SUM(commit)::bigint AS commit, SUM(stretch)::bigint AS stretch
    FROM targets_target target JOIN targets_plan plan ON plan.id = target.plan_id
    WHERE target.company_id = ANY(%(companies)s) AND target.month >= %(since)s AND target.month < %(until)s GROUP BY 1, 2, 3, 4, 5
),
actual AS (
    SELECT reached.company_id, reached.month, metric.id AS metric_id, metric.denominator <> '' AS is_ratio, reached.person_id,
        reached.unit_id, COALESCE(CASE metric.numerator {_each("WHEN '{0}' THEN {0}", " ")} END, 0)::bigint AS numerator,
        COALESCE(CASE metric.denominator {_each("WHEN '{0}' THEN {0}", " ")} END, 0)::bigint AS denominator, latest.reached_on
    FROM reached JOIN targets_metric metric ON metric.company_id = reached.company_id
    CROSS JOIN LATERAL (SELECT GREATEST(CASE metric.numerator {_each("WHEN '{0}' THEN {0}_on", " ")} END,
        CASE metric.denominator {_each("WHEN '{0}' THEN {0}_on", " ")} END) AS reached_on) latest
    WHERE latest.reached_on IS NOT NULL
),
fresh AS (
    SELECT COALESCE(actual.company_id, asked.company_id) AS company_id, COALESCE(actual.metric_id, asked.metric_id) AS metric_id,
        'MONTH' AS span, COALESCE(actual.month, asked.month) AS starts_on,
        (COALESCE(actual.month, asked.month) + interval '1 month')::date AS ends_before,
        COALESCE(actual.unit_id, asked.unit_id) AS unit_id, COALESCE(actual.person_id, asked.person_id) AS person_id,
        COALESCE(numerator, 0) AS numerator, CASE WHEN is_ratio THEN denominator END AS denominator,
        0 AS brought, floor, commit, stretch, reached_on
    FROM actual
    FULL JOIN asked ON asked.month = actual.month AND asked.metric_id = actual.metric_id
        AND COALESCE(asked.person_id, -asked.unit_id) = COALESCE(actual.person_id, -actual.unit_id)
)
"""
_LONGER = """
WITH fresh AS (
    SELECT company_id, metric_id, %(span)s AS span, date_trunc(%(unit)s, starts_on::timestamp)::date AS starts_on,
        (date_trunc(%(unit)s, starts_on::timestamp) + %(length)s::interval)::date AS ends_before, unit_id, person_id,
        SUM(numerator)::bigint AS numerator, SUM(denominator)::bigint AS denominator, 0 AS brought, SUM(floor)::bigint AS floor,
        SUM(commit)::bigint AS commit, SUM(stretch)::bigint AS stretch, MAX(reached_on) AS reached_on
    FROM bare_attainment WHERE company_id = ANY(%(companies)s) AND span = %(step)s AND starts_on >= %(since)s AND starts_on < %(until)s
    GROUP BY 1, 2, 4, 5, 6, 7
)
"""
_INSERT = """
{fresh}
INSERT INTO bare_attainment ({columns})
SELECT {columns} FROM fresh ORDER BY company_id, span, starts_on, metric_id, unit_id, person_id
"""
#: Written only where it differs, as whoever writes the night by hand would.
_MERGE = """
MERGE INTO bare_attainment kept USING ({fresh} SELECT * FROM fresh) fresh
ON kept.company_id = ANY(%(companies)s) AND kept.company_id = fresh.company_id AND kept.span = %(span)s
    AND kept.starts_on >= %(since)s AND kept.starts_on < %(until)s
    AND kept.span = fresh.span AND kept.starts_on = fresh.starts_on AND kept.metric_id = fresh.metric_id
    AND COALESCE(kept.person_id, -kept.unit_id) = COALESCE(fresh.person_id, -fresh.unit_id)
WHEN MATCHED AND (kept.numerator, kept.denominator, kept.floor, kept.commit, kept.stretch, kept.reached_on)
    IS DISTINCT FROM (fresh.numerator, fresh.denominator, fresh.floor, fresh.commit, fresh.stretch, fresh.reached_on)
    THEN UPDATE SET numerator = fresh.numerator, denominator = fresh.denominator, floor = fresh.floor, commit = fresh.commit,
        stretch = fresh.stretch, reached_on = fresh.reached_on
WHEN NOT MATCHED THEN INSERT (company_id, metric_id, span, starts_on, ends_before, unit_id, person_id,
    numerator, denominator, brought, floor, commit, stretch, reached_on)
    VALUES (fresh.company_id, fresh.metric_id, fresh.span, fresh.starts_on, fresh.ends_before, fresh.unit_id, fresh.person_id,
    fresh.numerator, fresh.denominator, fresh.brought, fresh.floor, fresh.commit, fresh.stretch, fresh.reached_on)
"""
_MERGE_DAY = """
MERGE INTO bare_dailytotal kept USING (
    SELECT company_id, counts_on AS day, person_id, unit_id, measure, is_overlay, SUM(amount)::bigint AS amount
    FROM credits_credit WHERE company_id = %(company)s AND counts_on = %(day)s
    GROUP BY company_id, counts_on, person_id, unit_id, measure, is_overlay
) fresh
ON kept.company_id = %(company)s AND kept.day = %(day)s AND COALESCE(kept.person_id, 0) = COALESCE(fresh.person_id, 0)
    AND COALESCE(kept.unit_id, 0) = COALESCE(fresh.unit_id, 0) AND kept.measure = fresh.measure AND kept.is_overlay = fresh.is_overlay
WHEN MATCHED AND kept.amount <> fresh.amount THEN UPDATE SET amount = fresh.amount
WHEN NOT MATCHED THEN INSERT (company_id, day, person_id, unit_id, measure, is_overlay, amount)
    VALUES (fresh.company_id, fresh.day, fresh.person_id, fresh.unit_id, fresh.measure, fresh.is_overlay, fresh.amount)
"""
_BOARD = """
SELECT person.id, person.name, rank() OVER (ORDER BY stored.numerator DESC), stored.numerator, stored.commit
FROM bare_attainment stored JOIN teams_person person ON person.id = stored.person_id
WHERE stored.company_id = %(company)s AND stored.span = 'MONTH' AND stored.starts_on = %(month)s AND stored.unit_id IS NULL
    AND stored.metric_id = (SELECT id FROM targets_metric WHERE company_id = %(company)s AND code = 'revenue')
ORDER BY stored.numerator DESC
"""
#: All days: of a rebuild or a night.
_EVER = {"since": date.min, "until": date.max}
_LONGER_SPANS = (("QUARTER", "quarter", "3 months", "MONTH"), ("YEAR", "year", "1 year", "QUARTER"))
#: Every board of a week at once: month, quarter and year of its Sunday, all metrics, people, teams and regions.
_RANKS = """
INSERT INTO bare_rankingrow (company_id, ranking_id, person_id, unit_id, team_id, rank, numerator, denominator, commit, position)
SELECT company_id, board, person_id, unit_id, team_id, rank() OVER (PARTITION BY company_id, board ORDER BY value DESC),
    numerator, denominator, commit,
    row_number() OVER (PARTITION BY company_id, board ORDER BY value DESC, reached_on NULLS LAST, name COLLATE "C", id)
FROM (
    SELECT metric.company_id, metric.id * 100 + span.number * 10 + subject.number AS board, subject.person_id, subject.unit_id,
        subject.team_id, subject.id, subject.name, COALESCE(stored.numerator, 0) AS numerator,
        CASE WHEN metric.denominator <> '' THEN stored.denominator END AS denominator, stored.commit, stored.reached_on,
        CASE WHEN metric.is_lower_better THEN -1 ELSE 1 END * CASE WHEN metric.denominator <> ''
            THEN round(stored.numerator::numeric / NULLIF(stored.denominator, 0), 12) ELSE COALESCE(stored.numerator, 0) END AS value
    FROM targets_metric metric
    CROSS JOIN (VALUES (1, 'MONTH', %(month)s::date), (2, 'QUARTER', %(quarter)s::date), (3, 'YEAR', %(year)s::date))
        AS span(number, span, starts_on)
    JOIN (
        SELECT person.company_id, 1 AS number, person.id, person.id AS person_id, NULL::bigint AS unit_id, place.unit_id AS team_id,
            person.name, person.id AS key
        FROM teams_person person JOIN teams_assignment place ON place.person_id = person.id
            AND place.starts_on <= %(on)s AND (place.ends_before IS NULL OR place.ends_before > %(on)s)
        WHERE person.company_id = ANY(%(companies)s)
        UNION ALL
        SELECT company_id, CASE kind WHEN 'TEAM' THEN 2 ELSE 3 END, id, NULL, id, parent_id, name, -id
        FROM teams_unit WHERE company_id = ANY(%(companies)s) AND kind IN ('TEAM', 'REGION')
    ) subject ON subject.company_id = metric.company_id
    LEFT JOIN bare_attainment stored ON stored.company_id = ANY(%(companies)s) AND stored.metric_id = metric.id
        AND stored.span = span.span AND stored.starts_on = span.starts_on
        AND COALESCE(stored.person_id, -stored.unit_id) = subject.key
    WHERE metric.company_id = ANY(%(companies)s) AND metric.is_active
) entry
WHERE value IS NOT NULL
ORDER BY board
"""
_SAME = """
SELECT COUNT(*) FROM (
    (SELECT {columns} FROM {ours} EXCEPT ALL SELECT {columns} FROM {bare})
    UNION ALL
    (SELECT {columns} FROM {bare} EXCEPT ALL SELECT {columns} FROM {ours})) difference
"""


def make_tables(cursor):
    """Make an empty copy of each table that a roll-up fills, with the same indexes, anew if there is one."""
    for table in TABLES:
        cursor.execute(f"DROP TABLE IF EXISTS {copy_of(table)}")
        cursor.execute(f"CREATE TABLE {copy_of(table)} (LIKE {table} INCLUDING ALL)")
        cursor.execute(f"GRANT ALL ON {copy_of(table)} TO PUBLIC")


def copy_of(table):
    return f"bare_{table.split('_')[1]}"


def batches(companies, size=BATCH):
    return (companies[start : start + size] for start in range(0, len(companies), size))


def add_up_days(cursor, companies):
    cursor.execute(_DAYS, {"companies": companies})


def add_up_periods(cursor, companies):
    """Fill months, then quarters and years, from daily totals."""
    _join_by(cursor, nested_loops=False)
    _store(cursor, _ABOVE + _PART_OF_TOTALS + _MONTHS, _INSERT, companies=companies, **_EVER)
    _add_up_longer(cursor, companies, _INSERT)


def recompute_from_deals(cursor, companies):
    """Bring months, quarters and years in line with the deals, writing what differs."""
    _join_by(cursor, nested_loops=False)
    _store(cursor, _ABOVE + _PART_OF_DEALS + _MONTHS, _MERGE, span="MONTH", companies=companies, **_EVER)
    _add_up_longer(cursor, companies, _MERGE)


def refresh_day(cursor, company, day):
    """Bring a day, its month, quarter and year in line with the ledger, and read the month's board."""
    _join_by(cursor, nested_loops=True)
    cursor.execute(_MERGE_DAY, {"company": company, "day": day})
    month = month_of(day)
    given = {"companies": [company], "since": month.starts_on, "until": month.ends_before}
    _store(cursor, _ABOVE + _PART_OF_TOTALS + _MONTHS, _MERGE, span="MONTH", **given)
    quarter, year = quarter_of(day, 1), fiscal_year_of(day, 1)
    for spans, period in zip(_LONGER_SPANS, (quarter, year), strict=True):
        _add_up_span(cursor, _MERGE, spans, companies=[company], since=period.starts_on, until=period.ends_before)
    cursor.execute(_BOARD, {"company": company, "month": month.starts_on})
    return cursor.fetchall()


def _add_up_longer(cursor, companies, how):
    for spans in _LONGER_SPANS:
        _add_up_span(cursor, how, spans, companies=companies, **_EVER)


def _add_up_span(cursor, how, spans, **given):
    span, unit, length, step = spans
    _store(cursor, _LONGER, how, span=span, unit=unit, length=length, step=step, **given)


def _store(cursor, fresh, how, **given):
    cursor.execute(how.format(fresh=fresh, columns=TABLES["targets_attainment"]), given)


def _join_by(cursor, *, nested_loops):
    # Left to itself the planner looks up each of many rows by itself, which takes four times as long.
    cursor.execute("SET enable_nestloop = %s", ["on" if nested_loops else "off"])


def rank(cursor, companies, *, on):
    """Fill every board of the week that ends on a day."""
    quarter = on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1)
    starts = {"month": on.replace(day=1), "quarter": quarter, "year": on.replace(month=1, day=1)}
    _join_by(cursor, nested_loops=False)
    cursor.execute(_RANKS, {"companies": companies, "on": on, **starts})


def require_same(cursor, *tables):
    """Stop unless the product's tables hold the same rows as the bare ones."""
    for table in tables:
        cursor.execute(_SAME.format(columns=TABLES[table], ours=table, bare=copy_of(table)))
        if different := cursor.fetchone()[0]:
            raise SystemExit(f"{different} rows of {table} differ from the bare ones")


def empty(cursor):
    """Empty the product's tables and the bare ones, so that both begin from nothing."""
    names = ", ".join([*TABLES, *map(copy_of, TABLES)])
    cursor.execute(f"TRUNCATE {names}, targets_ranking CASCADE")
    for name in (*TABLES, *map(copy_of, TABLES)):
        cursor.execute(f"VACUUM ANALYZE {name}")
