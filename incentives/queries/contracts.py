"""What versions of pay plans say, as plain values in which calculations are done: minor units, exact rates."""

from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Prefetch

from common.periods import Period, PeriodKind, period_of
from credits.queries.measures import own_measures
from credits.rules import is_own, scale_of
from incentives.models import Component, Gate, KpiPart, PayPlanVersion, Step
from incentives.rules.earning import Table
from incentives.rules.numbers import exact
from incentives.rules.tables import Row
from incentives.rules.terms import (
    BY_DEAL,
    BY_MEASURE,
    BY_METRIC,
    Base,
    ChosenBy,
    Credited,
    Customers,
    Kind,
    Pays,
    Span,
    Use,
    Whose,
)
from targets.models import Metric

_KINDS = {"MONTH": PeriodKind.MONTH, "QUARTER": PeriodKind.QUARTER, "YEAR": PeriodKind.YEAR}


def span_of(span, day, fiscal_start):
    """Return the month, quarter or fiscal year in which a day lies."""
    return period_of(day, _KINDS[span], fiscal_start)


def how_much_named(label):
    """Return how much the label of a rate names: those that name most are looked at first."""
    return sum(1 for key in ("line", "channel", "customers") if label.get(key))


def is_for(label, line_id, channel_id, is_new):
    """Return whether a credit is paid by a rate of this label; a deal without a customer is neither of a new nor of a returning one."""
    customers = label.get("customers")
    return (
        label.get("line") in (None, line_id)
        and label.get("channel") in (None, channel_id)
        and (customers is None or (is_new is not None and is_new == (customers == Customers.NEW)))
    )


@dataclass(frozen=True)
class RateGroup:
    """A rate table for a product line, a channel, a kind of customers, or whatever no other one is for."""

    label: dict
    table: Table

    @property
    def named(self):
        """How much it names."""
        return how_much_named(self.label)

    def is_for(self, line_id, channel_id, is_new):
        """Return whether a credit is paid by it."""
        return is_for(self.label, line_id, channel_id, is_new)


@dataclass(frozen=True)
class GateRows:
    """One gate of a component with its table: a metric, or the key of a component that has to pay something."""

    metric: Metric | None
    by_attainment: bool
    awaits: str | None
    rows: tuple[Row, ...] = ()

    @cached_property
    def is_multiplier(self):
        """Whether what stands there may also be more than was earned."""
        return any(row.value > 100 for row in self.rows)  # noqa: PLR2004 - per cent


@dataclass(frozen=True)
class Clause:
    """One component of a version."""

    component: Component
    is_money: bool
    groups: tuple[RateGroup, ...]
    curve: tuple[Row, ...]
    gates: tuple[GateRows, ...]
    decay: tuple[Row, ...]
    parts: tuple[KpiPart, ...]
    scores: dict[int, tuple[Row, ...]] = field(default_factory=dict)  # by id of the metric

    @cached_property
    def key(self):
        return str(self.component.key)

    # Asked again and again for each person: worked out once.
    @cached_property
    def is_each(self):
        """Whether its table is applied to deals or lines one by one, so that their sums by step are asked for."""
        component = self.component
        if component.kind != Kind.COMMISSION or self.is_by_metric:
            return False
        return component.base != Base.PERIOD or self.is_by_deal

    @cached_property
    def is_by_metric(self):
        """Whether a metric decides which step of its rates is reached: the attainment of its target, or its value."""
        return self.counts_credits and self.component.chosen_by in BY_METRIC

    @cached_property
    def is_by_deal(self):
        """Whether the discount or the margin of each deal or line decides which step of its rates is reached."""
        return self.component.kind == Kind.COMMISSION and self.component.chosen_by in BY_DEAL

    @cached_property
    def is_by_total(self):
        """Whether all that is counted together decides which step each of its rate groups has."""
        return self.counts_credits and self.component.chosen_by == ChosenBy.TOTAL

    @cached_property
    def is_by_age(self):
        """Whether the time since their customer's first order decides which step of its rates credits have."""
        return self.component.kind == Kind.COMMISSION and self.component.chosen_by == ChosenBy.AGE

    @cached_property
    def is_for_time(self):
        """Whether it pays by the days in the plan: a bonus that is prorated."""
        return self.component.is_prorated and self.component.kind in {Kind.BONUS, Kind.KPI}

    @cached_property
    def counts_credits(self):
        return self.component.kind in {Kind.COMMISSION, Kind.POOL}

    @cached_property
    def overlays(self):
        """Which credits it counts of one's own: shares (False), what is credited on top (True), or both."""
        return {Credited.SHARES: (False,), Credited.OVERLAY: (True,)}.get(self.component.credited, (False, True))

    @cached_property
    def with_deals(self):
        """Whether what it counts is told apart by the deals behind it."""
        return self.by_customers or self.is_by_age or bool(self.decay)

    @cached_property
    def by_line(self):
        return any(group.label.get("line") for group in self.groups)

    @cached_property
    def by_channel(self):
        return any(group.label.get("channel") for group in self.groups)

    @cached_property
    def by_customers(self):
        return any(group.label.get("customers") for group in self.groups)

    @cached_property
    def _found(self):
        return {}

    def group_of(self, line_id, channel_id, is_new):
        """Return the position of the most specific rate group that a credit is paid by, None if none is for it."""
        asked = (line_id, channel_id, is_new)
        if asked not in self._found:
            fitting = [at for at, group in enumerate(self.groups) if group.is_for(*asked)]
            self._found[asked] = max(fitting, key=lambda at: (self.groups[at].named, -at), default=None)
        return self._found[asked]

    @property
    def metrics(self):
        """The metrics that it asks for, by their ids: those of people, and for what one leads, of units."""
        component, found = self.component, {}
        for metric in (component.metric, *(gate.metric for gate in self.gates), *(part.metric for part in self.parts)):
            if metric is not None:
                found[metric.pk] = metric
        return found


def kind_of(clause):
    """Return over which span a clause adds up: a guarantee always over the month."""
    return Span.MONTH if clause.component.kind == Kind.DRAW else clause.component.span


@dataclass(frozen=True)
class Contract:
    """A version of a plan."""

    version: PayPlanVersion
    clauses: tuple[Clause, ...]
    unit_ids: tuple[int, ...]
    named: frozenset[int] = field(default=frozenset())
    left_out: frozenset[int] = field(default=frozenset())

    @cached_property
    def id(self):
        return self.version.pk

    def during(self, period):
        """Return the days of a period on which it holds, None for none."""
        version = self.version
        if version.starts_on >= period.ends_before or (version.ends_before and version.ends_before <= period.starts_on):
            return None
        ends = min(version.ends_before or period.ends_before, period.ends_before)
        return Period(max(version.starts_on, period.starts_on), ends)

    @cached_property
    def promises_base_pay(self):
        """Whether anything in it is a share of people's base pay."""
        return any(clause.component.base_pay_factor is not None for clause in self.clauses)

    @property
    def is_draft(self):
        """Whether it is only tried, and pays nobody yet."""
        return self.version.status == PayPlanVersion.Status.DRAFT

    @property
    def leads(self):
        """Whether anything in it counts for whom one leads."""
        return any(clause.component.whose != Whose.OWN for clause in self.clauses)


def contracts_ever():
    """Return all versions that were ever published, in five queries."""
    return contracts_of(PayPlanVersion.objects.filter(status=PayPlanVersion.Status.PUBLISHED))


def contracts_of(versions):
    """Return versions, drafts too, as contracts."""
    components = Component.objects.select_related("metric").prefetch_related(
        Prefetch("gates", Gate.objects.select_related("metric").order_by("position")),
        Prefetch("steps", Step.objects.select_related("product_line", "channel")),
        Prefetch("parts", KpiPart.objects.select_related("metric")),
    )
    versions = list(
        versions.order_by("plan_id", "number")
        .select_related("plan")
        .prefetch_related("units", "people", Prefetch("components", components))
    )
    owned = {code: rule.measure for code, rule in own_measures().items()} if _has_own(versions) else {}
    return [_contract(version, owned) for version in versions]


def _has_own(versions):
    return any(is_own(component.measure) for version in versions for component in version.components.all())


def _contract(version, owned):
    people = list(version.people.all())
    return Contract(
        version,
        tuple(clause_of(component, owned) for component in version.components.all()),
        tuple(row.unit_id for row in version.units.all()),
        frozenset(row.person_id for row in people if not row.is_left_out),
        frozenset(row.person_id for row in people if row.is_left_out),
    )


def clause_of(component, owned):
    """
    Return a component as a clause.

    :param owned: {code of an own measure: the measure that it counts}.
    """
    is_money = scale_of(owned.get(component.measure, component.measure)) == 2
    by_use = {use: [] for use in Use.values}
    for step in component.steps.all():
        by_use[step.use].append(step)
    return Clause(
        component,
        is_money,
        _groups(component, by_use[Use.RATE], is_money),
        tuple(map(_row, by_use[Use.CURVE])),
        tuple(_gate(gate, by_use[Use.GATE]) for gate in component.gates.all()),
        tuple(map(_row, by_use[Use.DECAY])),
        tuple(component.parts.all()),
        _scores(by_use[Use.SCORE]),
    )


def _scores(steps):
    found = {}
    for step in steps:
        found[step.metric_id] = (*found.get(step.metric_id, ()), _row(step))
    return found


def _gate(gate, steps):
    rows = tuple(_row(step) for step in steps if step.gate == gate.position)
    return GateRows(gate.metric, gate.by_attainment, gate.awaits and str(gate.awaits), rows)


def _groups(component, steps, is_money):
    by_label = {}
    for step in steps:
        by_label.setdefault((step.product_line_id, step.channel_id, step.customers), []).append(step)
    bound = 100 if is_money and component.chosen_by in BY_MEASURE else 1
    worth = 1 if is_money and component.pays == Pays.RATE else 100
    return tuple(
        RateGroup(
            _label(rows[0]),
            Table(
                tuple(_row(row, bound, worth) for row in rows),
                component.steps_read,
                component.chosen_by,
                is_money,
                component.pays,
            ),
        )
        for rows in by_label.values()
    )


def _label(step):
    label = {}
    if step.product_line_id:
        label |= {"line": step.product_line_id, "line_name": step.product_line.name}
    if step.channel_id:
        label |= {"channel": step.channel_id, "channel_name": step.channel.name}
    if step.customers != Customers.ALL:
        label["customers"] = step.customers
    return label


def _row(step, bound=1, worth=1):
    ends = None if step.ends_before is None else exact(step.ends_before) * bound
    return Row(exact(step.starts_at) * bound, ends, exact(step.value) * worth)
