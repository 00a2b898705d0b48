"""Statements made by hand, as a calculation would leave them."""

from datetime import UTC, date, datetime

from common.periods import month_of
from incentives.models import Statement, StatementLine
from incentives.rules.terms import LineKind, Source, Status
from incentives.services import statements as services

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
KNOWN_AT = datetime(2026, 4, 1, 2, tzinfo=UTC)
NOW = datetime(2026, 4, 10, 2, tzinfo=UTC)
TODAY = date(2026, 4, 10)
#: 62,000.00 at 3 %.
COMMISSION = {
    "formula": "commission",
    "measure": "REVENUE",
    "span": "MONTH",
    "groups": [
        {
            "label": {},
            "base": 6_200_000,
            "steps": [{"from": "0", "to": None, "rate": "3", "part": 6_200_000, "amount": 186_000}],
            "amount": 186_000,
        }
    ],
    "entitled": 186_000,
    "posted": 0,
}


def draft(person, unit, *, month=MARCH, lines=((LineKind.EARNED, 186_000),), known_at=KNOWN_AT, **also):
    """Return a draft with these lines, as (kind, amount) pairs."""
    period = month_of(month)
    statement = Statement.objects.create(
        person=person,
        unit=unit,
        starts_on=period.starts_on,
        ends_before=period.ends_before,
        total=sum(amount for _kind, amount in lines),
        known_at=known_at,
        **also,
    )
    StatementLine.objects.bulk_create(
        [
            StatementLine(
                statement=statement,
                position=position,
                kind=kind,
                source=Source.COMPONENT,
                earned_from=period.starts_on,
                earned_before=period.ends_before,
                name=f"{person.name}'s {kind.label}",
                base=6_200_000 if kind == LineKind.EARNED else None,
                amount=amount,
                facts=COMMISSION if kind == LineKind.EARNED else {},
            )
            for position, (kind, amount) in enumerate(lines)
        ]
    )
    return statement


def published(person, unit, *, now=NOW, by=None, **also):
    """Return a statement that went all the way."""
    statement = draft(person, unit, **also)
    bring(statement, Status.PUBLISHED, now=now, by=by)
    return statement


def bring(statement, wanted, *, now=NOW, by=None):
    """Bring a draft into a state, step by step."""
    given = {"statements": [statement.pk], "now": now, "by": by}
    services.approve(decider=None, **given)
    if wanted in (Status.CHECKED, Status.PUBLISHED):
        services.check(decider=None, **given)
    if wanted == Status.PUBLISHED:
        services.publish(**given)
    statement.refresh_from_db()
    return statement
