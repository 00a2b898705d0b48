"""What other statements hold already: everything that this month's pay is worked out against."""

from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Min

from common.periods import Period
from common.tenancy import require_company_id
from incentives.models import Statement, StatementLine
from incentives.rules.terms import LineKind, Status

#: Statements of earlier months as they stand, also drafts: what waits there is not paid a second time here. Of later months
#: only what is published. This month's own are worked out anew.
_OTHER_STATEMENTS = """
    statement.company_id = %(company)s AND (%(everybody)s OR statement.person_id = ANY(%(people)s::bigint[]))
    AND (statement.starts_on < %(month)s OR %(with_later)s AND statement.starts_on > %(month)s AND statement.status = %(published)s)
"""
_SUMS = f"""
SELECT statement.person_id, line.component_key::text, line.earned_from, line.earned_before, line.kind,
    -- Of a guarantee only what is owed for it is to be worked off.
    SUM(CASE line.kind WHEN 'DRAW' THEN COALESCE((line.facts ->> 'owed')::bigint, 0) ELSE line.amount END)::bigint,
    CASE line.kind WHEN 'CAPPED' THEN line.source_id END
FROM incentives_statement statement
JOIN incentives_statementline line ON line.company_id = %(company)s AND line.statement_id = statement.id
WHERE {_OTHER_STATEMENTS} AND line.kind = ANY(%(kinds)s)
GROUP BY 1, 2, 3, 4, 5, 7
-- Lines follow this order: the same facts always make the same statement.
ORDER BY 1, 3, 2, 4, 5, 7
"""
_SPANNED = (LineKind.EARNED, LineKind.HELD, LineKind.RELEASED, LineKind.CLAWBACK)
_BALANCES = (LineKind.DRAW, LineKind.DRAW_RECOVERY)
_CARRIED = (LineKind.CARRIED, LineKind.BROUGHT)


@dataclass
class Posted:
    """
    :ivar spans: {person id: {(component key, Period): {kind: minor units}}} of what was earned, held, released and taken back.
    :ivar balances: {person id: {component key: what of guarantees is to be worked off}}.
    :ivar carried: {person id: what could not be deducted yet}.
    :ivar capped: {person id: {(id of a version, month): what of that month its cap took off, negative}}.
    :ivar facts: {(person id, component key, Period): facts of what was earned} of statements that were only worked out.
    :ivar bases: the same, on what it was earned. :ivar takings: the same, facts of what was taken back.
    """

    spans: dict = field(default_factory=dict)
    balances: dict = field(default_factory=dict)
    carried: dict = field(default_factory=dict)
    capped: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    bases: dict = field(default_factory=dict)
    takings: dict = field(default_factory=dict)

    def of(self, person_id, key, span):
        """Return {kind: minor units} of what was posted for a component and a span."""
        mine = self.spans.get(person_id)
        return mine.get((key, span), {}) if mine else {}

    def add(self, person_id, *, kind, key, span, amount, version_id=None):  # noqa: PLR0913 - what a line is
        """Add what a statement holds; `amount` of a guarantee is what is owed for it, `version_id` of what is over a cap whose it is."""
        if kind in _CARRIED:
            self.carried[person_id] = self.carried.get(person_id, 0) + amount
        elif kind in _BALANCES:
            balances = self.balances.setdefault(person_id, {})
            balances[key] = balances.get(key, 0) + amount
        elif kind == LineKind.CAPPED and span is not None:
            capped = self.capped.setdefault(person_id, {})
            capped[version_id, span] = capped.get((version_id, span), 0) + amount
        elif kind in _SPANNED and span is not None:
            kinds = self.spans.setdefault(person_id, {}).setdefault((key, span), {})
            kinds[kind] = kinds.get(kind, 0) + amount

    def add_draft(self, draft):
        """Add a statement that was only worked out, as if it had been published."""
        for line in draft.lines:
            amount = line.facts.get("owed", 0) if line.kind == LineKind.DRAW else line.amount
            about = {"kind": line.kind, "key": line.key, "span": line.span, "version_id": line.source_id}
            self.add(draft.person_id, amount=amount, **about)
            if line.kind == LineKind.EARNED and line.key:
                self.facts[draft.person_id, line.key, line.span] = line.facts
                self.bases[draft.person_id, line.key, line.span] = line.base
            elif line.kind == LineKind.CLAWBACK:
                self.takings[draft.person_id, line.key, line.span] = line.facts


def posted_beside(month, *, person_ids=None, with_later=True):
    """
    Return what the statements of other months hold, of everybody or of some people; one statement.

    :param with_later: what is published of later months as well.
    """
    found = Posted()
    given = {
        "company": require_company_id(),
        "everybody": person_ids is None,
        "people": list(person_ids or ()),
        "month": month.starts_on,
        "published": Status.PUBLISHED,
        "with_later": with_later,
        "kinds": [*_SPANNED, *_BALANCES, *_CARRIED, LineKind.CAPPED],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, given)
        for person_id, key, earned_from, earned_before, kind, amount, version_id in cursor.fetchall():
            span = None if earned_from is None else Period(earned_from, earned_before)
            found.add(person_id, kind=kind, key=key, span=span, amount=amount, version_id=version_id)
    return found


def facts_posted(month, asked):
    """
    Return the facts of what was posted last for some (person id, component key, Period), by these; one statement.

    They hold the rates that were paid.
    """
    return _posted_last("facts", month, asked)


def takings_posted(month, asked):
    """Return the facts of what was taken back last in some (person id, component key, Period), by these; one statement."""
    return _posted_last("facts", month, asked, kind=LineKind.CLAWBACK)


def bases_posted(month, asked):
    """Return on what was earned what was posted last for some (person id, component key, Period), by these; one statement."""
    return _posted_last("base", month, asked)


def _posted_last(column, month, asked, kind=LineKind.EARNED):
    if not asked:
        return {}
    rows = (
        StatementLine.objects.filter(
            kind=kind,
            statement__person__in={person_id for person_id, _key, _span in asked},
            component_key__in={key for _person, key, _span in asked},
            earned_from__in={span.starts_on for _person, _key, span in asked},
            statement__starts_on__lt=month.starts_on,
        )
        .order_by("statement__starts_on")
        .values_list("statement__person_id", "component_key", "earned_from", "earned_before", column)
    )
    found = {(person_id, str(key), Period(since, until)): value for person_id, key, since, until, value in rows}
    return {each: found[each] for each in asked if each in found}


def last_worked_out(month):
    """Return since when all statements of the latest month before a month stand as they do; None if there is none."""
    before = Statement.objects.filter(starts_on__lt=month.starts_on).order_by("-starts_on")
    latest = before.values_list("starts_on", flat=True)[:1]
    return Statement.objects.filter(starts_on=latest).aggregate(since=Min("known_at"))["since"]


def discounts_told(clause, *, month):
    """
    Return by which discounts – or margins, as it is chosen by – a clause was applied to deals or lines until a month was paid.

    Deals keep no history of their list prices: the lines of statements say what they were, once these are published; a draft
    goes by the deals as they stand. A version that goes by the other of the two has the same key, and is not asked. One statement.

    :returns: {its name in the facts: per cent}.
    """
    lines = StatementLine.objects.filter(
        kind=LineKind.EARNED,
        component_key=clause.key,
        component__chosen_by=clause.component.chosen_by,
        statement__starts_on__lte=month.starts_on,
        statement__status=Status.PUBLISHED,
        facts__has_key="discounts",
    )
    found = {}
    for discounts in lines.order_by("statement__starts_on", "pk").values_list("facts__discounts", flat=True):
        found |= discounts
    return found
