"""A pay plan begun from one of the product's templates."""

from decimal import Decimal

from django.db import transaction

from incentives.rules.terms import Use
from incentives.services.components import Draft, add_component
from incentives.services.plans import set_people, start_plan
from targets.models import Metric


@transaction.atomic
def start_from_template(*, template, name, starts_on, client_ref=None, by):
    """
    Begin a plan with what a template says, in the language that is active.

    A gate on something the company does not count is left out, and so is a component that is measured by it.

    :raises PlanRefused: as `start_plan`.
    """
    plan = start_plan(name=name, starts_on=starts_on, client_ref=client_ref, by=by)
    version = plan.versions.get(number=1)
    if version.components.exists():
        return plan  # sent twice
    set_people(version=version, starts_on=starts_on, roles=template.roles, stages=template.stages, by=by)
    metrics = {metric.code: metric for metric in Metric.objects.filter(is_active=True)}
    for piece in template.pieces:
        if piece.metric and piece.metric not in metrics:
            continue
        values = {"name": str(piece.name), **piece.values}
        if "paid_at_once" in values:
            values["paid_at_once"] = Decimal(values["paid_at_once"])
        if piece.metric:
            values["metric"] = metrics[piece.metric]
        gate = metrics.get(piece.gate_metric)
        rows = [row for row in piece.rows if row[0] != Use.GATE or gate is not None]
        steps = [
            {
                "use": use,
                "starts_at": Decimal(start),
                "ends_before": None if end is None else Decimal(end),
                "value": Decimal(value),
            }
            for use, start, end, value in rows
        ]
        gates = [{"metric": gate}] if gate is not None else []
        add_component(version=version, draft=Draft(piece.kind, values, steps, gates=gates), by=by)
    return plan
