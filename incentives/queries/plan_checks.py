"""What is looked at before a draft of a pay plan is published: what stands in the way, and what somebody should know."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.periods import PeriodKind, period_of
from incentives.models import PayPlanVersion, PayTerms, Statement
from incentives.queries.plan_people import everybody_on, members_of
from incentives.queries.plans import counted_measures, faults_of, terms_of
from incentives.rules import terms as words
from incentives.rules.terms import Kind, Span, Whose

NAMED = 5


@dataclass(frozen=True)
class Check:
    """
    One thing that was looked at.

    :ivar code: which; GOOD, WARNING or WRONG is its `state`.
    :ivar component_id: of the component where it is to be mended, or None.
    """

    code: str
    state: str
    text: str
    component_id: int | None = None

    @property
    def is_in_the_way(self):
        return self.state == "WRONG"


def checks_of(version) -> list[Check]:
    """Return everything that was looked at, what stands in the way first."""
    (said,) = terms_of([version]).values()
    everybody = everybody_on(version.starts_on)
    found = [
        *_about_components(said),
        *_about_people(said, everybody),
        *_about_base_pay(said, everybody),
        *_about_days(version, said),
        *_about_other_plans(said, everybody),
    ]
    return sorted(found, key=lambda check: ("WRONG", "WARNING", "GOOD").index(check.state))


def _about_components(said):
    if not said.components:
        yield Check("components", "WRONG", _("The plan pays for nothing yet. Add a component."))
        return
    faults = faults_of(said, counted=counted_measures())
    for component, finding in faults:
        yield Check("component", "WRONG", f"{component.name}: {finding.reason}", component.pk)
    if not faults:
        yield Check(
            "component",
            "GOOD",
            ngettext(
                "%(number)s component: its table has no gaps, no overlaps and no impossible percentages.",
                "%(number)s components: their tables have no gaps, no overlaps and no impossible percentages.",
                len(said.components),
            )
            % {"number": len(said.components)},
        )
    if all(component.kind == Kind.DRAW for component, _steps, _parts in said.components):
        yield Check("only_draw", "WARNING", _("There is a guarantee, but nothing that could be earned beyond it."))
    for component, _steps, _parts in said.components:
        if component.whose != Whose.OWN and said.version.roles == ["REP"]:
            text = _("“%(name)s” counts the units somebody leads, but reps lead none.")
            yield Check("leads_nobody", "WARNING", text % {"name": component.name}, component.pk)


def _about_people(said, everybody):
    people = members_of(said, everybody)
    if not people:
        yield Check("people", "WRONG", _("The plan is for nobody on its first day. Say for whom it is."))
        return
    text = ngettext(
        "On its first day it is for %(number)s person: %(names)s.",
        "On its first day it is for %(number)s people: %(names)s.",
        len(people),
    )
    yield Check("people", "GOOD", text % {"number": len(people), "names": _some([person.name for person in people])})


def _about_base_pay(said, everybody):
    """Yield who lacks a base pay on the first day, where a share of it is promised."""
    component = next((one for one, _steps, _parts in said.components if one.base_pay_factor is not None), None)
    if component is None:
        return
    starts_on = said.version.starts_on
    known = set(PayTerms.objects.filter(starts_on__lte=starts_on).values_list("person_id", flat=True))
    if lacking := [person.name for person in members_of(said, everybody) if person.pk not in known]:
        text = ngettext(
            "On its first day %(number)s person has no base pay on record, of which “%(component)s” pays a share: %(names)s.",
            "On its first day %(number)s people have no base pay on record, of which “%(component)s” pays a share: %(names)s.",
            len(lacking),
        )
        said_names = {"number": len(lacking), "component": component.name, "names": _some(lacking)}
        yield Check("base_pay", "WARNING", text % said_names)


def _some(names):
    """Return names in a row, cut off after a few."""
    return pgettext("between names", ", ").join(names[:NAMED]) + ("…" if len(names) > NAMED else "")


def widest_span(said):
    """Return the longest span of a version's components: their beginning is the only day on which it may begin."""
    spans = {component.span for component, _steps, _parts in said.components}
    return next((span for span in (Span.YEAR, Span.QUARTER) if span in spans), Span.MONTH)


def fitting_start(day, span, *, fiscal_start_month):
    """Return the first day from `day` on on which a span begins."""
    period = period_of(day, _KINDS[span], fiscal_start_month)
    return day if period.starts_on == day else period.ends_before


def next_start(plan, *, after, fiscal_start_month):
    """Return the next day after a day on which a new version of a plan may begin, by what its latest version pays for."""
    latest = plan.versions.filter(status=PayPlanVersion.Status.PUBLISHED).order_by("-starts_on").first()
    day = max(after, latest.starts_on) if latest else after
    span = widest_span(terms_of([latest])[latest.pk]) if latest else Span.MONTH
    return fitting_start(day + timedelta(days=1), span, fiscal_start_month=fiscal_start_month)


_KINDS = {Span.MONTH: PeriodKind.MONTH, Span.QUARTER: PeriodKind.QUARTER, Span.YEAR: PeriodKind.YEAR}


def _about_days(version, said):
    start, first_month = version.starts_on, version.company.fiscal_year_starts_in
    span = widest_span(said)
    fits = fitting_start(start, span, fiscal_start_month=first_month)
    if fits != start:
        earlier = period_of(start, _KINDS[span], first_month).starts_on
        text = _("%(span)s: the plan can only begin where one begins – on %(before)s or %(after)s, not on %(day)s.")
        said_days = {"before": earlier.isoformat(), "after": fits.isoformat(), "day": start.isoformat()}
        yield Check("start", "WRONG", text % {"span": Span(span).label, **said_days})
    published = version.plan.versions.filter(status=PayPlanVersion.Status.PUBLISHED)
    if later := published.filter(starts_on__gte=start).order_by("starts_on").first():
        text = _("Version %(number)s holds from %(day)s on: a new version begins after it.")
        yield Check("later", "WRONG", text % {"number": later.number, "day": later.starts_on.isoformat()})
    for before in published.filter(starts_on__lt=start):
        lines = Statement.objects.filter(lines__component__version=before, status=words.Status.PUBLISHED)
        if paid := lines.filter(ends_before__gt=start).order_by("-ends_before").first():
            text = _("Statements until %(day)s were published by version %(number)s: begin on that day or later.")
            yield Check("paid", "WRONG", text % {"day": paid.ends_before.isoformat(), "number": before.number})
    if fits == start and Statement.objects.filter(status=words.Status.PUBLISHED, ends_before__gt=start).exists():
        yield Check(
            "retroactive",
            "WARNING",
            _(
                "Statements of months in which it already holds were published. What it pays for them comes as a correction with the next."
            ),
        )


def _about_other_plans(said, everybody):
    """Yield which other published plans pay the same people for the same."""
    version = said.version
    others = (
        PayPlanVersion.objects.filter(status=PayPlanVersion.Status.PUBLISHED)
        .exclude(plan=version.plan_id)
        .exclude(ends_before__lte=version.starts_on)
        .select_related("plan")
    )
    if version.ends_before:
        others = others.filter(starts_on__lt=version.ends_before)
    people = {person.pk: person.name for person in members_of(said, everybody)}
    mine = {_what(component) for component, _steps, _parts in said.components}
    for other in terms_of(list(others)).values():
        same = [component.name for component, _steps, _parts in other.components if _what(component) in mine]
        both = [people[person.pk] for person in members_of(other, everybody) if person.pk in people]
        if same and both:
            text = _("“%(plan)s” pays %(names)s for the same too: %(components)s.")
            said_names = {"plan": other.version.plan.name, "names": _some(both), "components": _some(same)}
            yield Check("twice", "WARNING", text % said_names)


def _what(component):
    """Return what a component pays for: two with the same pay twice for one result."""
    return (
        component.kind,
        component.measure,
        component.metric_id if component.kind == Kind.BONUS else None,
        component.whose,
        component.credited,
    )
