"""Calculating a month: drafts of statements, written anew where they differ, as often as one likes."""

import gc
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.models import Company
from accounts.services import record
from common.locks import LockSpace, hold
from common.tenancy import require_company_id
from credits.rollups import has_dirty_days
from incentives.models import Statement
from incentives.queries.drafting import work_out
from incentives.queries.drafts import Draft, Heads, Written
from incentives.rules.terms import Status
from targets.rollups import refresh_dirty

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


@dataclass(frozen=True)
class Calculated:
    """How many statements were written, how many stood as they were, and how many that are past drafting would differ now."""

    written: int
    unchanged: int
    stale: int


@contextmanager
def _without_collector():
    """
    Keep Python's collector of cycles from looking through everything again and again while a hundred thousand values are made.

    None of them is in a cycle, and all are gone when the job is done.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@transaction.atomic
@_without_collector()
def calculate(*, month, person_ids=None, now, progress=None, by) -> Calculated:
    """
    Work out the statements of a month and store them as drafts; who has nothing to read gets none.

    A statement that was approved or checked stays as it is, but is marked when it would differ; a published one is never looked
    at. The same facts give the same statements however often this is done.

    :param person_ids: only these people; None for everybody.
    """
    company = Company.objects.get(pk=require_company_id())
    hold(LockSpace.PAY, company.pk)
    tell = progress or (lambda *_told: None)
    tell(0, 3, "")
    if has_dirty_days():
        refresh_dirty()
    tell(1, 3, "")
    drafts = work_out(month=month, company=company, person_ids=person_ids)
    tell(2, 3, "")
    existing = _existing(month, person_ids)
    heads = Heads()
    differing, unchanged, stale = _compare(drafts, existing, heads)
    overtaken = _lock(differing, existing)
    stale += [(existing[person_id].pk, True) for person_id in overtaken]
    differing = [draft for draft in differing if draft.person_id not in overtaken]
    _store(month, company, differing, heads, now, by)
    for is_stale in (False, True):
        Statement.objects.filter(pk__in=[pk for pk, mark in stale if mark == is_stale]).update(is_stale=is_stale)
    done = Calculated(len(differing), unchanged, sum(mark for _pk, mark in stale))
    record(
        "incentives.pay.calculated", about=company, by=by,
        after={"month": month.label, "written": done.written, "unchanged": done.unchanged, "stale": done.stale},
    )  # fmt: skip
    tell(3, 3, "")
    return done


def _existing(month, person_ids):
    """Return {person id: what a month's statement is compared by}."""
    statements = Statement.objects.filter(starts_on=month.starts_on)
    if person_ids is not None:
        statements = statements.filter(person__in=person_ids)
    rows = statements.order_by().values_list("person_id", "pk", "unit_id", "status", "is_stale", "digest", named=True)
    return {row.person_id: row for row in rows}


def _compare(drafts, existing, heads):
    """Return the drafts that are to be written, how many stand as they are, and (statement, whether it is stale) where that changes."""
    differing, unchanged, stale = [], 0, []
    for person_id in sorted(drafts.keys() | existing.keys()):
        statement = existing.get(person_id)
        if statement is not None and statement.status == Status.PUBLISHED:
            continue
        # Who has nothing to read any more keeps an empty draft: its story is not thrown away.
        draft = Written(drafts.get(person_id) or Draft(person_id, statement.unit_id), heads)
        if statement is None:
            differing.append(draft)
        elif draft.digest == statement.digest:
            unchanged += 1
            if statement.is_stale:
                stale.append((statement.pk, False))
        elif statement.status == Status.DRAFT:
            differing.append(draft)
        elif not statement.is_stale:
            stale.append((statement.pk, True))
    return differing, unchanged, stale


def _lock(differing, existing):
    """
    Lock the drafts that are to be written anew; return the ids of the people whose draft somebody has approved meanwhile.

    Without it the lines would go while an approval of them is under way, and the approved statement would stand without any.
    """
    wanted = {existing[draft.person_id].pk: draft.person_id for draft in differing if draft.person_id in existing}
    rows = Statement.objects.filter(pk__in=list(wanted), status=Status.DRAFT).order_by("pk").select_for_update(of=("self",))
    still_drafts = {statement.pk for statement in rows.only("pk")}
    return {person_id for pk, person_id in wanted.items() if pk not in still_drafts}


def _store(month, company, drafts, heads, now, by):  # noqa: PLR0917 - what a row is made of
    """Write statements with their lines; one statement whatever their number."""
    if not drafts:
        return
    given = {
        "company": company.pk, "starts_on": month.starts_on, "ends_before": month.ends_before, "draft": Status.DRAFT, "now": now,
        "by": by and by.pk, "drafts": f"[{','.join(draft.text for draft in drafts)}]", "heads": heads.text,
        "digests": [draft.digest for draft in drafts],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STORE, given)
