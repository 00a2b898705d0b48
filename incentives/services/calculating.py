"""Calculating a month: drafts of statements, written anew where they differ, as often as one likes."""

import gc
import json
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.models import Company
from accounts.services import record
from common.locks import LockSpace, hold
from common.tenancy import require_company_id
from credits.rollups import has_dirty_days
from incentives.models import Statement, StatementLine
from incentives.queries.drafting import work_out
from incentives.rules.terms import Status
from targets.rollups import refresh_dirty

_STORE = """
WITH given AS (
    SELECT * FROM unnest(%(people)s::bigint[], %(units)s::bigint[], %(totals)s::bigint[], %(held)s::bigint[], %(owed)s::bigint[],
        %(carried)s::bigint[]) AS given(person_id, unit_id, total, held, owed, carried)
),
stored AS (
    INSERT INTO incentives_statement (company_id, person_id, unit_id, starts_on, ends_before, status, total, paid, held,
        draw_balance, carried, known_at, is_stale)
    SELECT %(company)s, person_id, unit_id, %(starts_on)s, %(ends_before)s, %(draft)s, total, 0, held, owed, carried, %(now)s, false
    FROM given
    ON CONFLICT (company_id, person_id, starts_on) DO UPDATE SET unit_id = excluded.unit_id, total = excluded.total,
        held = excluded.held, draw_balance = excluded.draw_balance, carried = excluded.carried, known_at = excluded.known_at,
        is_stale = false
    WHERE incentives_statement.status = %(draft)s
    RETURNING id, person_id
),
noted AS (
    INSERT INTO incentives_statementevent (company_id, statement_id, kind, note, made_by_id, made_at)
    SELECT %(company)s, id, 'CALC', '', %(by)s, %(now)s FROM stored
)
SELECT person_id, id FROM stored
"""
_STORE_LINES = """
INSERT INTO incentives_statementline (company_id, statement_id, position, kind, source, source_id, component_id, component_key,
    earned_from, earned_before, name, base, amount, facts)
SELECT %(company)s, given.* FROM unnest(%(statements)s::bigint[], %(positions)s::int[], %(kinds)s::varchar[], %(sources)s::varchar[],
    %(source_ids)s::bigint[], %(components)s::bigint[], %(keys)s::uuid[], %(since)s::date[], %(until)s::date[], %(names)s::varchar[],
    %(bases)s::bigint[], %(amounts)s::bigint[], %(facts)s::jsonb[]) AS given
"""
_FORGET_LINES = """
DELETE FROM incentives_statementline line USING incentives_statement statement
WHERE line.company_id = %(company)s AND statement.company_id = %(company)s AND statement.id = line.statement_id
    AND statement.status = %(draft)s AND statement.id = ANY(%(statements)s::bigint[])
"""


#: Facts as they are stored.
_written = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True)
class Calculated:
    """How many statements were written, how many stood as they were, and how many that are past drafting would differ now."""

    written: int
    unchanged: int
    stale: int


@transaction.atomic
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
    with _without_collector():
        drafts = work_out(month=month, company=company, person_ids=person_ids)
    tell(2, 3, "")
    sealed = set(_of_month(month, person_ids).filter(status=Status.PUBLISHED).values_list("person_id", flat=True))
    drafts = {person_id: draft for person_id, draft in drafts.items() if person_id not in sealed}
    existing = _existing(month, person_ids)
    differing, unchanged, stale = {}, 0, []
    for person_id in sorted(drafts.keys() | existing.keys()):
        draft, (statement, lines) = drafts.get(person_id), existing.get(person_id, (None, []))
        if statement is None:
            differing[person_id] = draft
        elif _same(draft, statement, lines):
            unchanged += 1
            if statement.is_stale:
                stale.append((statement.pk, False))
        elif statement.status == Status.DRAFT:
            differing[person_id] = draft
        elif not statement.is_stale:
            stale.append((statement.pk, True))
    overtaken = _lock(differing, existing)
    stale += [(existing[person_id][0].pk, True) for person_id in overtaken]
    differing = {person_id: draft for person_id, draft in differing.items() if person_id not in overtaken}
    _store(month, company, differing, existing, now, by)
    for is_stale in (False, True):
        Statement.objects.filter(pk__in=[pk for pk, mark in stale if mark == is_stale]).update(is_stale=is_stale)
    done = Calculated(len(differing), unchanged, sum(mark for _pk, mark in stale))
    record(
        "incentives.pay.calculated", about=company, by=by,
        after={"month": month.label, "written": done.written, "unchanged": done.unchanged, "stale": done.stale},
    )  # fmt: skip
    tell(3, 3, "")
    return done


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


def _of_month(month, person_ids):
    found = Statement.objects.filter(starts_on=month.starts_on)
    return found if person_ids is None else found.filter(person__in=person_ids)


def _existing(month, person_ids):
    """Return {person id: (statement, its lines as stored)} of a month, without those that are published."""
    statements = _of_month(month, person_ids).exclude(status=Status.PUBLISHED)
    found = {statement.pk: (statement, []) for statement in statements}
    rows = StatementLine.objects.filter(statement__in=list(found)).order_by("statement", "position").values_list(
        "statement_id", "kind", "source", "source_id", "component_id", "component_key", "earned_from", "earned_before", "name",
        "base", "amount", "facts",
    )  # fmt: skip
    for statement_id, kind, source, source_id, component_id, key, *rest in rows:
        found[statement_id][1].append((kind, source, source_id, component_id, None if key is None else str(key), *rest))
    return {statement.person_id: (statement, lines) for statement, lines in found.values()}


def _lock(differing, existing):
    """
    Lock the drafts that are to be written anew; return the ids of the people whose draft somebody has approved meanwhile.

    Without it the lines would go while an approval of them is under way, and the approved statement would stand without any.
    """
    wanted = {existing[person_id][0].pk: person_id for person_id in differing if person_id in existing}
    rows = Statement.objects.filter(pk__in=list(wanted), status=Status.DRAFT).order_by("pk").select_for_update(of=("self",))
    still_drafts = {statement.pk for statement in rows.only("pk")}
    return {person_id for pk, person_id in wanted.items() if pk not in still_drafts}


def _same(draft, statement, lines):
    if draft is None:
        return not lines and not statement.total
    totals = (draft.unit_id, draft.total, draft.held, draft.draw_balance, draft.carried)
    if totals != (statement.unit_id, statement.total, statement.held, statement.draw_balance, statement.carried):
        return False
    return len(draft.lines) == len(lines) and all(map(_is_as_stored, draft.lines, lines))


def _is_as_stored(line, stored):
    *columns, facts = stored
    if _columns(line) != tuple(columns):
        return False
    # Nearly always they are equal as they are; what a text would make of them is asked only where they are not.
    return line.facts == facts or json.loads(_written(line.facts)) == facts


def _columns(line):
    span = line.span
    return (
        line.kind, line.source, line.source_id, line.component_id, line.key, span and span.starts_on, span and span.ends_before,
        line.name, line.base, line.amount,
    )  # fmt: skip


def _store(month, company, drafts, existing, now, by):  # noqa: PLR0917 - what a row is made of
    """Write statements with their lines; one statement each whatever their number."""
    emptied = [pk for person_id in drafts if (pk := person_id in existing and existing[person_id][0].pk)]
    # Who has nothing to read any more keeps an empty draft: its story is not thrown away.
    blank = {person_id: existing[person_id][0].unit_id for person_id, draft in drafts.items() if draft is None}
    given = {
        "company": company.pk, "starts_on": month.starts_on, "ends_before": month.ends_before, "draft": Status.DRAFT, "now": now,
        "by": by and by.pk, "statements": emptied, "people": list(drafts),
        "units": [draft.unit_id if draft else blank[person_id] for person_id, draft in drafts.items()],
        "totals": [draft.total if draft else 0 for draft in drafts.values()],
        "held": [draft.held if draft else 0 for draft in drafts.values()],
        "owed": [draft.draw_balance if draft else 0 for draft in drafts.values()],
        "carried": [draft.carried if draft else 0 for draft in drafts.values()],
    }  # fmt: skip
    with connection.cursor() as cursor:
        if emptied:
            cursor.execute(_FORGET_LINES, given)
        if not drafts:
            return
        cursor.execute(_STORE, given)
        ids = dict(cursor.fetchall())
        rows = [
            (ids[person_id], position, *_columns(line), _written(line.facts))
            for person_id, draft in drafts.items() if draft and person_id in ids
            for position, line in enumerate(draft.lines)
        ]  # fmt: skip
        if not rows:
            return
        names = (
            "statements", "positions", "kinds", "sources", "source_ids", "components", "keys", "since", "until", "names",
            "bases", "amounts", "facts",
        )  # fmt: skip
        cursor.execute(
            _STORE_LINES, {"company": company.pk} | dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        )
