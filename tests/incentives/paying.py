"""A month of deals and plans that pay for them: where stories about pay begin."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from common.periods import Period
from credits import services as credits
from incentives.models import Component, Gate, PayPlan, PayPlanVersion, Statement, StatementLine, Step
from incentives.rules.terms import Kind, Use
from incentives.services import statements
from incentives.services.calculating import calculate
from tests.credits.stories import make_deal

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
#: When months are calculated: what a story posts is recorded when it is told, and known from then on.
NOW = datetime(2099, 4, 2, 1, tzinfo=UTC)


def make_version(*, name="Reps", starts_on=date(2026, 1, 1), roles=("REP",), **fields):
    plan, _is_new = PayPlan.objects.get_or_create(name=name)
    return PayPlanVersion.objects.create(
        plan=plan, number=plan.versions.count() + 1, starts_on=starts_on, roles=list(roles), status="PUBLISHED", **fields
    )


def make_component(version, *rates, kind=Kind.COMMISSION, curve=(), gate=(), decay=(), gates=(), **fields):
    """
    Make a component; `rates` are (from, to, value) or dicts of a step's fields.

    :param gate: the table of a gate by `gate_metric` and `gate_by_attainment`; `gates` are several: (fields of `Gate`, table) pairs.
    """
    about = {"metric": fields.pop("gate_metric", None), "by_attainment": fields.pop("gate_by_attainment", False)}
    gates = gates or ([(about, gate)] if about["metric"] else [])
    if kind in {Kind.COMMISSION, Kind.POOL}:
        fields.setdefault("measure", "REVENUE")
    component = Component.objects.create(
        version=version, kind=kind, key=fields.pop("key", None) or uuid4(), name=fields.pop("name", kind.label),
        position=version.components.count(), **fields,
    )  # fmt: skip
    for use, rows in ((Use.RATE, rates), (Use.CURVE, curve), (Use.DECAY, decay)):
        _make_steps(component, use, rows)
    for place, (about, rows) in enumerate(gates):
        Gate.objects.create(component=component, position=place, **about)
        _make_steps(component, Use.GATE, rows, gate=place)
    return component


def _make_steps(component, use, rows, **also):
    for position, row in enumerate(rows):
        given = row if isinstance(row, dict) else dict(zip(("starts_at", "ends_before", "value"), row, strict=True))
        Step.objects.create(component=component, use=use, position=position, **given, **also)


def sell(person, amount, on=date(2026, 3, 3), recorded_at=None, **fields):
    """Make a won deal, cost 60 %, and credit it."""
    if "lines" not in fields:
        fields |= {"amount": Decimal(amount), "cost": Decimal(amount) * Decimal("0.6")}
    deal = make_deal(person, closed_on=on, opened_on=on, **fields)
    credits.post_deals([deal.pk], recorded_at=recorded_at)
    return deal


def pay(month=MARCH, *, by, now=NOW, **asked):
    """Calculate a month; return {person id: Statement}."""
    calculate(month=month, now=now, by=by, **asked)
    return {statement.person_id: statement for statement in Statement.objects.filter(starts_on=month.starts_on)}


def lines_of(person, month=MARCH):
    """Return (kind, amount) of somebody's lines, in their order."""
    rows = StatementLine.objects.filter(statement__person=person, statement__starts_on=month.starts_on).order_by("position")
    return list(rows.values_list("kind", "amount"))


def publish(cast, month, *, days, only=None):
    """
    Calculate a month and publish it, or `only` somebody's statement.

    What a story posts is recorded when it is told, so it is known only `days` from now.
    """
    now = timezone.now() + timedelta(days=days)
    found = pay(month, by=cast.hana.user, now=now)
    ids = [statement.pk for person_id, statement in found.items() if only is None or person_id == only.pk]
    given = {"statements": ids, "now": now, "by": cast.hana.user}
    statements.approve(decider=None, **given)
    statements.check(decider=None, **given)
    statements.publish(**given)
