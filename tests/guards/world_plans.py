"""Pay plans in the world of the guards: one in force, one that has ended, a draft with a component."""

from datetime import date
from decimal import Decimal

from incentives.models import PayPlan, PlanTrial
from incentives.rules.terms import Kind, Use
from incentives.services import plans as services
from incentives.services.components import Draft, add_component

JANUARY, MARCH, APRIL = date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 1)


def fill_plans(world, *, whose, unit, now, by):
    """What is paid in a unit: the reps' plan in force, one that was there before it, and the draft of another."""
    word = "Rivalcanary" if whose == "rival" else unit.name
    plan = _plan(f"{word} plan", unit, by)
    services.publish(version=plan.versions.get(), now=now, by=by)
    # Who is in two plans for the same days is read by a statement of its own.
    services.publish(version=_plan(f"{word} second plan", unit, by).versions.get(), now=now, by=by)
    ended = _plan(f"{word} old plan", unit, by)
    services.publish(version=ended.versions.get(), now=now, by=by)
    services.end_plan(plan=ended, ends_before=MARCH, by=by)
    draft = _plan(f"{word} next plan", unit, by, starts_on=APRIL).versions.get()
    world.keep(
        whose,
        pay_plan=plan,
        ended_plan=ended,
        plan_draft=draft,
        plan_trial=PlanTrial.objects.create(version=draft, revision=draft.revision, asked_by=by, asked_at=now),
        plan_component=draft.components.get(),
        kind_verb="commission",
    )


def grow_plans(world, number, *, now, by):
    """One more of everything: a plan with two components, a version and a component of Asha's, a component of the draft."""
    one = world.cast.one
    more = _plan(f"More plan {number}", one, by)
    add_component(version=more.versions.get(), draft=commission("UNITS_SOLD", 3), by=by)
    services.publish(version=more.versions.get(), now=now, by=by)
    draft = PayPlan.objects.get(name=f"{one.name} next plan").versions.get()
    add_component(version=draft, draft=commission("REVENUE", number), by=by)
    plan = PayPlan.objects.get(pk=world.id_of("pay_plan", "near"))
    version = services.begin_version(plan=plan, starts_on=date(2026 + plan.versions.count(), 4, 1), by=by)
    add_component(version=version, draft=commission("REVENUE", number), by=by)
    services.publish(version=services.locked_draft(version), now=now, by=by)


def commission(measure, percent):
    """Return a plain commission as it is typed."""
    step = {"use": Use.RATE, "starts_at": Decimal(0), "ends_before": None, "value": Decimal(percent)}
    return Draft(Kind.COMMISSION, {"name": f"Commission {measure} {percent}", "measure": measure}, [step])


def _plan(name, unit, by, *, starts_on=JANUARY):
    plan = services.start_plan(name=name, starts_on=starts_on, by=by)
    version = plan.versions.get()
    services.set_people(version=version, starts_on=starts_on, roles=["REP"], units=[unit], by=by)
    add_component(version=version, draft=commission("CASH_COLLECTED", 5), by=by)
    return plan
