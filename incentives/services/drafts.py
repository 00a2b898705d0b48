"""Storing the statements of a month: some of them while the next ones are worked out."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import islice

from django.db import connection

from common.tenancy import require_company_id
from incentives.models import Statement
from incentives.queries.drafts import Draft, Heads, Written
from incentives.rules.terms import Status

#: How many drafts are sent at a time.
_SOME = 250
#: All drafts are one value, which the database takes apart: it reads a list of thousands of values much slower.
_STORE = """
WITH given AS MATERIALIZED (
    SELECT draft.*, (%(digests)s::varchar[])[place] AS digest
    FROM ROWS FROM (jsonb_to_recordset(%(drafts)s) AS (person_id bigint, unit_id bigint, total bigint, held bigint,
        draw_balance bigint, carried bigint, lines jsonb)) WITH ORDINALITY AS draft(person_id, unit_id, total, held, draw_balance,
        carried, lines, place)
),
head AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(heads)s) AS head(head varchar, kind varchar, source varchar, source_id bigint,
        component_id bigint, component_key uuid, earned_from date, earned_before date, name varchar)
),
stored AS (
    INSERT INTO incentives_statement (company_id, person_id, unit_id, starts_on, ends_before, status, total, paid, held,
        draw_balance, carried, known_at, is_stale, digest)
    SELECT %(company)s, person_id, unit_id, %(starts_on)s, %(ends_before)s, %(draft)s, total, 0, held, draw_balance, carried, %(now)s,
        false, digest
    FROM given
    ON CONFLICT (company_id, person_id, starts_on) DO UPDATE SET unit_id = excluded.unit_id, total = excluded.total,
        held = excluded.held, draw_balance = excluded.draw_balance, carried = excluded.carried, known_at = excluded.known_at,
        is_stale = false, digest = excluded.digest
    WHERE incentives_statement.status = %(draft)s
    RETURNING id, person_id
),
noted AS (
    INSERT INTO incentives_statementevent (company_id, statement_id, kind, note, made_by_id, made_at)
    SELECT %(company)s, id, 'CALC', '', %(by)s, %(now)s FROM stored
),
-- Lines are written over rather than anew: what they refer to stays as it was, and need not be looked up again.
forgotten AS (
    DELETE FROM incentives_statementline line USING stored JOIN given USING (person_id)
    WHERE line.company_id = %(company)s AND line.statement_id = stored.id AND line.position >= jsonb_array_length(given.lines)
)
INSERT INTO incentives_statementline (company_id, statement_id, position, kind, source, source_id, component_id, component_key,
    earned_from, earned_before, name, base, amount, facts)
SELECT %(company)s, stored.id, line.place - 1, head.kind, head.source, head.source_id, head.component_id, head.component_key,
    head.earned_from, head.earned_before, head.name, line.base, line.amount, line.facts
FROM stored JOIN given USING (person_id)
CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(given.lines) AS (head varchar, base bigint, amount bigint, facts jsonb))
    WITH ORDINALITY AS line(head, base, amount, facts, place)
JOIN head USING (head)
ON CONFLICT (company_id, statement_id, position) DO UPDATE SET kind = excluded.kind, source = excluded.source,
    source_id = excluded.source_id, component_id = excluded.component_id, component_key = excluded.component_key,
    earned_from = excluded.earned_from, earned_before = excluded.earned_before, name = excluded.name, base = excluded.base,
    amount = excluded.amount, facts = excluded.facts
"""


class Storing:
    """
    What a calculation does to the statements of a month.

    :ivar written: how many were written. :ivar unchanged: how many stood as they were.
    :ivar stale: how many that are past drafting would differ now.
    """

    def __init__(self, *, month, person_ids, now, by):
        self.written = self.unchanged = 0
        self._month, self._now, self._by = month, now, by
        self._existing = _existing(month, person_ids)
        self._heads, self._marks = Heads(), {}

    @property
    def stale(self):
        return sum(self._marks.values())

    def store(self, drafts):
        """Store drafts as they come; whoever has none any more keeps an empty statement: its story is not thrown away."""
        with connection.cursor() as cursor:
            # References are checked with each statement that is sent, while the next drafts are worked out, and not at commit.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with _meanwhile(cursor) as send:
                seen = set()
                while some := list(islice(drafts, _SOME)):
                    seen.update(draft.person_id for draft in some)
                    self._send(some, send)
                gone = sorted(self._existing.keys() - seen)
                self._send([Draft(person_id, self._existing[person_id].unit_id) for person_id in gone], send)
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for is_stale in (False, True):
            ids = [pk for pk, mark in self._marks.items() if mark == is_stale]
            Statement.objects.filter(pk__in=ids).update(is_stale=is_stale)

    def _send(self, drafts, send):
        if differing := [written for draft in drafts if (written := self._compare(draft))]:
            self.written += len(differing)
            send(_STORE, self._given(differing))

    def _compare(self, draft):
        """Return a draft as it is to be written; None where it is not, and what becomes of the statement is noted."""
        statement = self._existing.get(draft.person_id)
        if statement is not None and statement.status == Status.PUBLISHED:
            return None
        written = Written(draft, self._heads)
        if statement is None:
            return written
        if written.digest == statement.digest:
            self.unchanged += 1
            if statement.is_stale:
                self._marks[statement.pk] = False
        elif statement.pk in self._drafts:
            return written
        elif not statement.is_stale:
            self._marks[statement.pk] = True
        return None

    @cached_property
    def _drafts(self):
        """
        The ids of what may be written anew: locked once anything is, so that nobody approves what is being written.

        In the order of their ids, as whoever approves many locks them: nobody waits for the other in a ring.
        """
        ids = [statement.pk for statement in self._existing.values() if statement.status == Status.DRAFT]
        rows = Statement.objects.filter(pk__in=ids, status=Status.DRAFT).order_by("pk").select_for_update(of=("self",))
        return {statement.pk for statement in rows.only("pk")}

    def _given(self, drafts):
        return {
            "company": require_company_id(), "starts_on": self._month.starts_on, "ends_before": self._month.ends_before,
            "draft": Status.DRAFT, "now": self._now, "by": self._by and self._by.pk, "heads": self._heads.text,
            "drafts": f"[{','.join(draft.text for draft in drafts)}]", "digests": [draft.digest for draft in drafts],
        }  # fmt: skip


def _existing(month, person_ids):
    """Return {person id: what a month's statement is compared by}."""
    statements = Statement.objects.filter(starts_on=month.starts_on)
    if person_ids is not None:
        statements = statements.filter(person__in=person_ids)
    rows = statements.order_by().values_list("person_id", "pk", "unit_id", "status", "is_stale", "digest", named=True)
    return {row.person_id: row for row in rows}


@contextmanager
def _meanwhile(cursor):
    """
    Give a function that sends a statement and returns at once, so that Python and the database work side by side.

    One statement is under way at a time, by a thread that does nothing else; its error is raised by the next call or at the end.
    """
    with ThreadPoolExecutor(1) as thread:
        under_way = []

        def send(sql, given):
            while under_way:
                under_way.pop().result()
            under_way.append(thread.submit(cursor.execute, sql, given))

        yield send
        while under_way:
            under_way.pop().result()
