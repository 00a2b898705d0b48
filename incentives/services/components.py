"""What a draft pays for: components added, changed, put in order and removed, with their tables."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.db.models import Max

from accounts.services import record
from incentives.models import Component, Gate, KpiPart, Step
from incentives.queries.plans import awaited_of, counted_measures
from incentives.rules.checking import check_component
from incentives.rules.gate_circles import check_gates
from incentives.rules.numbers import write
from incentives.rules.plan_rows import Part, table_of
from incentives.rules.terms import Customers, Use
from incentives.services.plans import PlanRefused, locked_draft, touch

#: The fields of a component that people set; kind and key are decided when it is added.
FIELDS = tuple(
    f.name for f in Component._meta.concrete_fields if f.name not in {"id", "company", "version", "key", "position", "kind"}
)


class TermsRefused(Exception):
    """
    Terms that nobody could be paid by.

    :ivar findings: everything that is wrong, as `rules.checking.Finding`.
    """

    def __init__(self, findings):
        super().__init__("; ".join(finding.reason for finding in findings))
        self.findings = findings


@dataclass
class Draft:
    """
    A component as it was typed.

    :param values: its fields by name (`FIELDS`); what is not named has its default.
    :param steps: rows of all its tables, each a dict of fields of `Step`.
    :param parts: of a KPI bonus, as `rules.plan_rows.Part` with metrics.
    :param gates: dicts of fields of `Gate`, in their order; the `gate` of a step is the place of its own among them.
    """

    kind: str
    values: dict
    steps: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    gates: list = field(default_factory=list)

    def component(self, **also):
        """Return it as a row that is not saved."""
        return Component(kind=self.kind, **self.values, **also)

    def rows(self, component=None):
        """Return its steps as rows that are not saved, as they were typed."""
        return [Step(component=component, **step) for step in self.steps]

    @property
    def parts_by_id(self):
        """Its parts with the ids of their metrics."""
        return [part._replace(metric=part.metric.pk) for part in self.parts]

    def gate_rows(self, component=None):
        """Return its gates as rows that are not saved."""
        return [Gate(component=component, position=place, **gate) for place, gate in enumerate(self.gates)]


@transaction.atomic
def add_component(*, version, seen=None, key=None, draft, by):
    """
    Add something that a draft pays for; the same `key` again gives the same component.

    :raises PlanRefused: ``not_draft``, ``changed``.
    :raises TermsRefused: with everything that is wrong.
    """
    if key and (known := version.components.filter(key=key).first()):
        return known
    version = locked_draft(version, seen)
    last = version.components.aggregate(last=Max("position"))["last"]
    component = draft.component(version=version, key=key or uuid4(), position=0 if last is None else last + 1)
    _check(component, draft)
    component.save()
    _save_tables(component, draft)
    touch(version)
    record("incentives.component.added", about=component, by=by, after=_as_recorded(component, draft))
    return component


@transaction.atomic
def change_component(*, component, seen=None, draft, by):
    """
    Change what a component of a draft says.

    :raises PlanRefused: ``not_draft``, ``changed``, ``component_gone``.
    :raises TermsRefused: with everything that is wrong.
    """
    version = locked_draft(component.version, seen)
    component = version.components.filter(pk=component.pk).first()
    if component is None:
        raise PlanRefused("component_gone")
    before = _as_recorded(component, draft_of(component))
    blank = Component(kind=component.kind)
    for name in FIELDS:
        setattr(component, name, draft.values.get(name, getattr(blank, name)))
    _check(component, draft)
    component.save()
    component.steps.all().delete()
    component.parts.all().delete()
    component.gates.all().delete()
    _save_tables(component, draft)
    after = _as_recorded(component, draft)
    # Also what it says no more: a limit that was taken away is a change like any other.
    if differing := [name for name in dict.fromkeys([*before, *after]) if after.get(name) != before.get(name)]:
        touch(version)
        old, new = ({"name": component.name} | {name: side.get(name) for name in differing} for side in (before, after))
        record("incentives.component.changed", about=component, by=by, before=old, after=new)
    return component


@transaction.atomic
def move_component(*, component, up, by):
    """
    Move a component of a draft up or down in the order in which people read it.

    :raises PlanRefused: ``not_draft``.
    """
    version = locked_draft(component.version)
    order = list(version.components.order_by("position", "pk"))
    at = next((i for i, one in enumerate(order) if one.pk == component.pk), None)
    to = None if at is None else at - 1 if up else at + 1
    if to is None or not 0 <= to < len(order):
        return
    order[at], order[to] = order[to], order[at]
    for position, one in enumerate(order):
        one.position = position
    Component.objects.bulk_update(order, ["position"])
    touch(version)
    record("incentives.component.moved", about=component, by=by, after={"order": [one.name for one in order]})


@transaction.atomic
def remove_component(*, component, seen=None, by):
    """
    Take a component out of a draft; components whose gate it was have none any more.

    :raises PlanRefused: ``not_draft``, ``changed``.
    """
    version = locked_draft(component.version, seen)
    found = version.components.filter(pk=component.pk).first()
    if found is None:
        return
    record("incentives.component.removed", about=found, by=by, before=_as_recorded(found, draft_of(found)))
    Gate.objects.filter(component__version=version, awaits=found.key).delete()
    found.delete()
    touch(version)


def draft_of(component):
    """Return a stored component as a `Draft`."""
    steps = [
        {
            f.name: getattr(step, f.name)
            for f in Step._meta.concrete_fields
            if f.name not in {"id", "company", "component", "position"}
        }
        for step in component.steps.select_related("product_line", "channel", "metric").order_by("use", "position", "pk")
    ]
    parts = [
        Part(part.metric, part.weight, part.reads, part.by_value)
        for part in component.parts.select_related("metric").order_by("pk")
    ]
    rows = list(component.gates.select_related("metric").order_by("position"))
    places = {gate.position: place for place, gate in enumerate(rows)}
    for step in steps:
        step["gate"] = places.get(step["gate"], 0)
    gates = [{"metric": gate.metric, "by_attainment": gate.by_attainment, "awaits": gate.awaits} for gate in rows]
    return Draft(component.kind, {name: getattr(component, name) for name in FIELDS}, steps, parts, gates)


def _check(component, draft):
    gates = draft.gate_rows()
    findings = list(
        check_component(component, steps=draft.rows(), parts=draft.parts_by_id, counted=counted_measures(), gates=gates)
    )
    others = list(component.version.components.exclude(key=component.key).prefetch_related("gates"))
    awaited = awaited_of(others) | {component.key: {gate.awaits: gate.position for gate in gates if gate.awaits is not None}}
    findings += [
        finding for one, finding in check_gates([component, *others], awaited)
        if one is component or finding.refusal.code == "circle"
    ]  # fmt: skip
    if findings:
        raise TermsRefused(findings)


def _save_tables(component, draft):
    rows = _in_order(draft.rows(component))
    for position, step in enumerate(rows):
        step.position = position
    Step.objects.bulk_create(rows)
    Gate.objects.bulk_create(draft.gate_rows(component))
    KpiPart.objects.bulk_create(KpiPart(component=component, **part._asdict()) for part in draft.parts)


def _in_order(rows):
    """Return rows as they are kept: tables from below to above, however they were typed; what holds for the same stays together."""
    seen = {table: at for at, table in reversed(list(enumerate(map(table_of, rows))))}
    return sorted(rows, key=lambda step: (step.use != Use.RATE, step.use, step.gate, seen[table_of(step)], step.starts_at))


def _as_recorded(component, draft):
    """Return a component as the audit trail keeps it: what differs from the defaults, tables row by row."""
    blank = Component(kind=component.kind)
    said = {"name": component.name, "kind": component.kind}
    for name in FIELDS:
        value = getattr(component, name)
        if value != getattr(blank, name):
            # As a number, not as it was typed: 80 and 80.00 say the same.
            said[name] = write(value) if isinstance(value, Decimal) else str(value)
    if rows := _in_order(draft.rows()):
        said["steps"] = list(map(_step_recorded, rows))
    if draft.gates:
        said["gates"] = [
            f"{gate.metric or gate.awaits}{' ATTAINMENT' if gate.by_attainment else ''}" for gate in draft.gate_rows()
        ]
    if draft.parts:
        said["parts"] = [
            f"{part.metric} {write(part.weight)} {part.reads}{' VALUE' if part.by_value else ''}".rstrip()
            for part in draft.parts
        ]
    return said


def _step_recorded(step):
    """Return a row of a table as the audit trail keeps it: whose it is, unless it is one for everything of the rates."""
    whose = (
        step.use if step.use != Use.RATE else "",
        step.gate + 1 if step.use == Use.GATE else "",
        step.product_line or "",
        step.channel or "",
        step.customers if step.customers != Customers.ALL else "",
        step.metric or "",
    )
    end = "" if step.ends_before is None else write(step.ends_before)
    said = f"{write(step.starts_at)}–{end}: {write(step.value)}"
    return " ".join([*(str(name) for name in whose if name), said])
