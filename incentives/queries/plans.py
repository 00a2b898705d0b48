"""Pay plans as pages read them: a version with everything it says, how everything in it is called, and the list of plans."""

from dataclasses import dataclass, field

from django.db.models import Prefetch

from credits.models import OwnMeasure
from credits.rules import OF_WHOLE_DEALS, OWN, SCALE, Measure
from credits.rules.own import WITH_CHANNELS, WITH_LINES, WITH_ROLES
from customers.models import Channel
from deals.models import ProductLine
from incentives.models import Component, Gate, KpiPart, PayPlan, PayPlanPerson, PayPlanUnit, PayPlanVersion, Step
from incentives.rules.checking import Finding, check_component
from incentives.rules.gate_circles import check_gates
from incentives.rules.plan_rows import Counted, Part
from incentives.rules.wording import Names, Told, tell
from targets.models import Metric

#: What a plan may pay on, beside what the company counts by its own rules.
PAYABLE = (
    Measure.CASH_COLLECTED,
    Measure.REVENUE,
    Measure.GROSS_PROFIT,
    Measure.UNITS_SOLD,
    Measure.DEALS_WON,
    Measure.NEW_CUSTOMERS,
    Measure.VISITS,
)


@dataclass(frozen=True)
class Terms:
    """A version of a plan with everything it says: (component, its steps, its parts with ids) in order."""

    version: PayPlanVersion
    components: tuple = ()
    unit_ids: frozenset = frozenset()
    units: tuple[str, ...] = ()
    people: tuple[PayPlanPerson, ...] = field(default=())

    @property
    def included(self):
        """The people who are in it by name."""
        return [row.person for row in self.people if not row.is_left_out]

    @property
    def left_out(self):
        """The people who are left out by name."""
        return [row.person for row in self.people if row.is_left_out]


def terms_of(versions):
    """Return versions of plans with everything they say, by id; a fixed number of queries."""
    steps = Step.objects.order_by("use", "position", "pk")
    rows = Component.objects.prefetch_related(
        Prefetch("steps", queryset=steps),
        Prefetch("parts", queryset=KpiPart.objects.order_by("pk")),
        Prefetch("gates", queryset=Gate.objects.order_by("position")),
    )
    found = {version.pk: ([], [], []) for version in versions}
    for component in rows.filter(version__in=list(found)).order_by("position", "pk"):
        parts = [Part(part.metric_id, part.weight, part.reads, part.by_value) for part in component.parts.all()]
        found[component.version_id][0].append((component, list(component.steps.all()), parts))
    for row in PayPlanUnit.objects.filter(version__in=list(found)).select_related("unit").order_by("unit__name"):
        found[row.version_id][1].append(row)
    for row in PayPlanPerson.objects.filter(version__in=list(found)).select_related("person").order_by("person__name"):
        found[row.version_id][2].append(row)
    return {
        version.pk: Terms(
            version,
            tuple(components),
            frozenset(row.unit_id for row in units),
            tuple(row.unit.name for row in units),
            tuple(people),
        )
        for version in versions
        for components, units, people in [found[version.pk]]
    }


def counted_measures():
    """Return what a plan may pay on, by code, as `plan_rows.Counted`."""
    found = {measure.value: _built_in(measure) for measure in PAYABLE}
    own = Metric.objects.filter(numerator__startswith=OWN, denominator="", is_active=True)
    behind = dict(OwnMeasure.objects.order_by("starts_on").values_list("code", "measure"))  # the latest of each
    for metric in own:
        if metric.numerator in behind:
            of = _built_in(Measure(behind[metric.numerator]))
            found[metric.numerator] = Counted(
                metric.numerator, metric.label, of.is_money, of.has_lines, of.has_channels, of.has_deals, of.is_whole
            )
    return found


def _built_in(measure):
    return Counted(
        measure.value,
        str(measure.label),
        is_money=measure in SCALE,
        has_lines=measure in WITH_LINES - {Measure.DEALS_CLOSED},
        has_channels=measure in WITH_CHANNELS,
        has_deals=measure in WITH_ROLES,
        is_whole=measure in OF_WHOLE_DEALS,
        is_cash=measure == Measure.CASH_COLLECTED,
    )


def names_for(company, terms=()):
    """Return how everything is called that plans speak of (`wording.Names`), with the components of these terms."""
    metrics = list(Metric.objects.all())
    return Names(
        currency=company.currency,
        counted=counted_measures(),
        metrics={metric.pk: metric.label for metric in metrics},
        metric_kinds={metric.pk: metric.kind for metric in metrics},
        lines=dict(ProductLine.objects.values_list("pk", "name")),
        channels=dict(Channel.objects.values_list("pk", "name")),
        components={component.key: component.name for one in terms for component, _steps, _parts in one.components},
    )


def told(terms, *, names) -> list[Told]:
    """Return the components of a version in words, in order."""
    return [
        tell(component, steps=steps, parts=parts, names=names, gates=list(component.gates.all()))
        for component, steps, parts in terms.components
    ]


def faults_of(terms, *, counted) -> list[tuple[Component, Finding]]:
    """Return what is wrong with the components of a version, as (component, finding) pairs."""
    found = [
        (component, finding)
        for component, steps, parts in terms.components
        for finding in check_component(component, steps=steps, parts=parts, counted=counted, gates=list(component.gates.all()))
    ]
    components = [component for component, _steps, _parts in terms.components]
    return found + list(check_gates(components, awaited_of(components)))


def awaited_of(components):
    """Return which components wait at their gates for which others, as `checking.check_gates` asks."""
    return {
        component.key: {gate.awaits: gate.position for gate in component.gates.all() if gate.awaits is not None}
        for component in components
    }


def versions_of(plan):
    """Return the versions of a plan that count, published or in the making, the latest first."""
    return list(plan.versions.exclude(status=PayPlanVersion.Status.DISCARDED).order_by("-number"))


def version_on(versions, day):
    """Return of a plan's versions the published one in force on a day, else the next, else the last; None without any."""
    published = sorted((v for v in versions if v.status == PayPlanVersion.Status.PUBLISHED), key=lambda v: v.starts_on)
    for version in published:
        if version.ends_before is None or version.ends_before > day:
            return version
    return published[-1] if published else None


@dataclass(frozen=True)
class PlanRow:
    """A plan as the list shows it. `state` is IN_FORCE, UPCOMING, DRAFT, ENDED or ARCHIVED; `people` how many are in it now."""

    plan: PayPlan
    state: str
    version: PayPlanVersion | None
    draft: PayPlanVersion | None
    terms: Terms | None


def state_of(plan, version, *, on):
    """Return where a plan stands on a day, by the version that `version_on` chose."""
    if plan.is_archived:
        return "ARCHIVED"
    if version is None:
        return "DRAFT"
    if version.ends_before is not None and version.ends_before <= on:
        return "ENDED"
    return "UPCOMING" if version.starts_on > on else "IN_FORCE"


def plan_rows(plans=None, *, on) -> list[PlanRow]:
    """
    Return plans with where they stand on a day, those in force first.

    :param plans: a queryset; every plan of the company if None.
    """
    plans = (PayPlan.objects.all() if plans is None else plans).prefetch_related("versions").order_by("name", "pk")
    found = []
    for plan in plans:
        versions = [v for v in plan.versions.all() if v.status != PayPlanVersion.Status.DISCARDED]
        version = version_on(versions, on)
        draft = next((v for v in versions if v.status == PayPlanVersion.Status.DRAFT), None)
        found.append((plan, state_of(plan, version, on=on), version, draft))
    terms = terms_of([version or draft for _plan, _state, version, draft in found if version or draft])
    rows = [
        PlanRow(plan, state, version, draft, terms.get((version or draft).pk) if version or draft else None)
        for plan, state, version, draft in found
    ]
    return sorted(rows, key=lambda row: _ORDER.index(row.state))


_ORDER = ("IN_FORCE", "UPCOMING", "DRAFT", "ENDED", "ARCHIVED")
