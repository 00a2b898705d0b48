"""A pay plan begun from one of the product's templates."""

from decimal import Decimal

from django.db import transaction

from incentives.rules.plan_rows import Part
from incentives.rules.terms import Customers, Use
from incentives.services.components import Draft, add_component
from incentives.services.plans import set_people, start_plan
from targets.models import Metric

#: Fields that templates say as people do, kept as decimals.
EXACT = {"paid_at_once", "base_pay_factor"}


@transaction.atomic
def start_from_template(*, template, name, starts_on, client_ref=None, by):
    """
    Begin a plan with what a template says, in the language that is active.

    A gate or a KPI on something the company does not count is left out, and so is a component that is measured by it.

    :raises PlanRefused: as `start_plan`.
    """
    plan = start_plan(name=name, starts_on=starts_on, client_ref=client_ref, by=by)
    version = plan.versions.get(number=1)
    if version.components.exists():
        return plan  # sent twice
    set_people(version=version, starts_on=starts_on, roles=template.roles, stages=template.stages, by=by)
    metrics = {metric.code: metric for metric in Metric.objects.filter(is_active=True)}
    for piece in template.pieces:
        draft = _draft(piece, metrics)
        if draft is not None:
            add_component(version=version, draft=draft, by=by)
    return plan


def _draft(piece, metrics):
    """Return a component with the company's metrics; None where what it is measured by is not counted."""
    asked = [gate for gate in piece.gates if gate.metric in metrics]
    weighed = [part for part in piece.parts if part.metric in metrics]
    if (piece.metric and piece.metric not in metrics) or (piece.parts and not weighed):
        return None
    values = {name: Decimal(value) if name in EXACT else value for name, value in piece.values.items()}
    values["name"] = str(piece.name)
    if piece.metric:
        values["metric"] = metrics[piece.metric]
    steps = [_step(*row) for row in piece.rows]
    steps += [_step(Use.GATE, *row) | {"gate": place} for place, gate in enumerate(asked) for row in gate.rows]
    steps += [_step(Use.SCORE, *row) | {"metric": metrics[part.metric]} for part in weighed for row in part.rows]
    parts = [Part(metrics[part.metric], Decimal(part.weight), part.reads, part.by_value) for part in weighed]
    gates = [{"metric": metrics[gate.metric], "by_attainment": gate.by_attainment} for gate in asked]
    return Draft(piece.kind, values, steps, parts, gates)


def _step(use, start, end, value, customers=Customers.ALL):
    return {
        "use": use,
        "customers": customers,
        "starts_at": Decimal(start),
        "ends_before": None if end is None else Decimal(end),
        "value": Decimal(value),
    }
