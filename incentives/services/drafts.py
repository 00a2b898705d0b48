"""Storing the statements of a month: some of them while the next ones are worked out."""

import json
from functools import cached_property, partial
from itertools import islice

from django.db import connection
from django.db.models import CharField
from django.db.models.functions import Cast

from common.arrays import as_array
from common.meanwhile import meanwhile
from common.tenancy import require_company_id
from incentives.models import Statement, StatementLine
from incentives.queries.drafts import Draft, Heads, Written, figures_of
from incentives.rules.terms import Status

#: How many drafts are sent at a time: few at first, so that the database is soon at work, then four times as many each time: each
#: statement is planned anew.
_FEW, _MANY = 100, 1600
#: Columns come as one text each, which the database takes apart: it reads a list of thousands of values much slower. What is known
#: of lines as JSON is read as such once, and never as a part of something larger.
_GIVEN = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%(people)s::bigint[], %(units)s::bigint[], %(totals)s::bigint[], %(held)s::bigint[], %(balances)s::bigint[],
        %(carried)s::bigint[], %(digests)s::varchar[], %(counts)s::int[])
        AS draft(person_id, unit_id, total, held, draw_balance, carried, digest, lines)
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
"""
_NOTED = """
    RETURNING id, person_id
),
noted AS (
    INSERT INTO incentives_statementevent (company_id, statement_id, kind, note, made_by_id, made_at)
    SELECT %(company)s, id, 'CALC', '', %(by)s, %(now)s FROM stored
)
"""
_LINES = """
INSERT INTO incentives_statementline (company_id, statement_id, position, kind, source, source_id, component_id, component_key,
    earned_from, earned_before, name, base, amount, facts)
SELECT %(company)s, stored.id, line.position, head.kind, head.source, head.source_id, head.component_id, head.component_key,
    head.earned_from, head.earned_before, head.name, line.base, line.amount, line.facts::jsonb
FROM ROWS FROM (
    unnest(%(line_people)s::bigint[]), unnest(%(positions)s::int[]), unnest(%(line_heads)s::varchar[]),
    unnest(%(bases)s::bigint[]), unnest(%(amounts)s::bigint[]), string_to_table(%(facts)s, chr(10))
) AS line(person_id, position, head, base, amount, facts)
JOIN stored USING (person_id)
JOIN head USING (head)
"""
_STORE_NEW = _GIVEN + _NOTED + _LINES
#: Lines are written over rather than anew: what they refer to stays as it was, and need not be looked up again. Each is found by
#: its place, whatever the planner believes: nothing has counted yet what was written a moment ago. So lines that are none any more
#: are looked for once, and not statement by statement through the whole company.
_WRITE_OVER = f"""{_GIVEN}
    ON CONFLICT (company_id, person_id, starts_on) DO UPDATE SET unit_id = excluded.unit_id, total = excluded.total,
        held = excluded.held, draw_balance = excluded.draw_balance, carried = excluded.carried, known_at = excluded.known_at,
        is_stale = false, digest = excluded.digest
    WHERE incentives_statement.status = %(draft)s {_NOTED},
beyond AS MATERIALIZED (
    SELECT ctid AS place, statement_id, position FROM incentives_statementline
    WHERE company_id = %(company)s AND statement_id = ANY(%(statements)s::bigint[]) AND position >= %(fewest)s
),
forgotten AS (
    DELETE FROM incentives_statementline line USING beyond JOIN stored ON stored.id = beyond.statement_id JOIN given USING (person_id)
    WHERE line.company_id = %(company)s AND line.ctid = beyond.place AND beyond.position >= given.lines
)
{_LINES}
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
        of_people = {} if person_ids is None else {"person__in": person_ids}
        self._statements = Statement.objects.filter(starts_on=month.starts_on, **of_people)
        self._existing = _compared_by(self._statements)
        self._heads, self._marks = Heads(), {}

    @property
    def stale(self):
        return sum(self._marks.values())

    def store(self, work):
        """
        Store drafts as they come; whoever has none any more keeps an empty statement: its story is not thrown away.

        :param work: gives the drafts; called with what begins a statement that may be waited for later.
        """
        with connection.cursor() as cursor:
            # References are checked with each statement that is sent, while the next drafts are worked out, and not at commit. Credits
            # are read by several workers: what they hand over costs less than the planner believes.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL parallel_tuple_cost = 0.02")
            with meanwhile() as start:
                drafts, seen, at_a_time = work(start), set(), _FEW
                while some := list(islice(drafts, at_a_time)):
                    seen.update(draft.person_id for draft in some)
                    self._send(some, start, cursor)
                    at_a_time = min(4 * at_a_time, _MANY)
                gone = sorted(self._existing.keys() - seen)
                self._send([Draft(person_id, self._existing[person_id].unit_id) for person_id in gone], start, cursor)
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for is_stale in (False, True):
            ids = [pk for pk, mark in self._marks.items() if mark == is_stale]
            Statement.objects.filter(pk__in=ids).update(is_stale=is_stale)

    def _send(self, drafts, start, cursor):
        differing = [written for draft in drafts if (written := self._compare(draft))]
        self.written += len(differing)
        if new := [written for written in differing if written.draft.person_id not in self._existing]:
            start(partial(cursor.execute, _STORE_NEW, self._given(new)))
        if known := [written for written in differing if written.draft.person_id in self._existing]:
            start(partial(cursor.execute, _WRITE_OVER, self._given(known)))

    def _compare(self, draft):
        """Return a draft as it is to be written; None where it is not, and what becomes of the statement is noted."""
        statement = self._existing.get(draft.person_id)
        if statement is not None and statement.status == Status.PUBLISHED:
            return None
        written = Written(draft, self._heads)
        if statement is None:
            return written
        if written.digest == statement.digest or self._reads_the_same(statement, written):
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
        rows = self._statements.filter(status=Status.DRAFT).order_by("pk").select_for_update(of=("self",))
        return set(rows.values_list("pk", flat=True))

    def _reads_the_same(self, statement, written):
        """
        Return whether a statement that is past drafting holds the same figures, those in the facts of its lines included: then it
        would not differ, though the facts are told in other words, or it was calculated before there were digests.

        What the facts hold is paid by later: rates that are taken back at, and what is owed of a guarantee.
        """
        if statement.status == Status.DRAFT:
            return False
        draft = written.draft
        lines = [
            (line.kind, line.source, line.source_id, line.key, *_bounds(line.span), base, amount, figures_of(json.loads(facts)))
            for line, (_head, base, amount, facts) in zip(draft.lines, written.lines, strict=True)
        ]
        return self._decided[statement.pk] == ((draft.held, draft.draw_balance, draft.carried), lines)

    @cached_property
    def _decided(self):
        """The figures of what is past drafting: {statement id: (what it holds to date, [line, …])}; read when first asked for."""
        ids = [
            statement.pk for statement in self._existing.values() if statement.status not in {Status.DRAFT, Status.PUBLISHED}
        ]
        to_date = Statement.objects.filter(pk__in=ids).values_list("pk", "held", "draw_balance", "carried")
        found = {pk: (tuple(sums), []) for pk, *sums in to_date}
        key = Cast("component_key", CharField())
        columns = ("kind", "source", "source_id", key, "earned_from", "earned_before", "base", "amount", "facts")
        rows = StatementLine.objects.filter(statement__in=ids).order_by("statement_id", "position")
        for pk, *line, facts in rows.values_list("statement_id", *columns):
            found[pk][-1].append((*line, figures_of(facts)))
        return found

    def _given(self, differing):
        drafts = [written.draft for written in differing]
        lines = [
            (written.draft.person_id, position, *line)
            for written in differing for position, line in enumerate(written.lines)
        ]  # fmt: skip
        people, positions, heads, bases, amounts, facts = zip(*lines, strict=True) if lines else [()] * 6
        return {
            "company": require_company_id(), "starts_on": self._month.starts_on, "ends_before": self._month.ends_before,
            "draft": Status.DRAFT, "now": self._now, "by": self._by and self._by.pk, "heads": self._heads.text,
            "people": as_array(draft.person_id for draft in drafts), "units": as_array(draft.unit_id for draft in drafts),
            "totals": as_array(written.total for written in differing), "held": as_array(draft.held for draft in drafts),
            "balances": as_array(draft.draw_balance for draft in drafts), "carried": as_array(draft.carried for draft in drafts),
            "digests": as_array(written.digest for written in differing),
            "counts": as_array(len(written.lines) for written in differing),
            "fewest": min((len(written.lines) for written in differing), default=0),
            "statements": as_array(
                known.pk for draft in drafts if (known := self._existing.get(draft.person_id)) is not None
            ),
            "line_people": as_array(people), "positions": as_array(positions), "line_heads": as_array(heads),
            "bases": as_array(bases), "amounts": as_array(amounts), "facts": b"\n".join(facts).decode(),
        }  # fmt: skip


def _bounds(span):
    return (None, None) if span is None else (span.starts_on, span.ends_before)


def _compared_by(statements):
    """Return {person id: what a statement is compared by}."""
    rows = statements.order_by().values_list("person_id", "pk", "unit_id", "status", "is_stale", "digest", named=True)
    return {row.person_id: row for row in rows}
