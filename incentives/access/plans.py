"""Pay plans for the member behind a request: out of sight is 404, in sight without the right is 403."""

from dataclasses import dataclass

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from incentives.models import Component, PayPlan, PayPlanVersion, StatementLine
from incentives.queries.plan_people import everybody_on, members_of
from incentives.queries.plans import PlanRow, plan_rows
from teams.access import require
from teams.queries import people_in_sight

__all__ = ["SeenPlan", "component_for", "draft_for", "may_plan", "plan_for", "plans_for", "require"]


def may_plan(request):
    """Return whether the member makes pay plans."""
    return request.membership.may(Permission.PAY_PLAN)


@dataclass(frozen=True)
class SeenPlan:
    """A plan that a member sees, with who of those in it is in their sight now."""

    row: PlanRow
    people: tuple
    everybody: int


def plans_for(request, *, on, plans=None):
    """
    Return the plans a member sees on a day: who makes them all, others those in force that pay whom they lead or themselves.

    Drafts and what nobody in sight is paid by are not told to others.
    """
    sees_all = may_plan(request)
    rows = plan_rows(plans, on=on)
    by_day, found = {}, []
    seen = None if sees_all else set(people_in_sight(request.sight).values_list("pk", flat=True))
    for row in rows:
        version = row.version or row.draft
        if version is None:
            if sees_all:
                found.append(SeenPlan(row, (), 0))
            continue
        # Whom a plan that begins later is for is said for its first day.
        day = max(on, version.starts_on)
        if day not in by_day:
            by_day[day] = everybody_on(day)
        members = members_of(row.terms, by_day[day]) if row.state in {"IN_FORCE", "UPCOMING", "DRAFT"} else []
        mine = tuple(person for person in members if seen is None or person.pk in seen)
        if sees_all or (mine and row.state in {"IN_FORCE", "UPCOMING"}):
            found.append(SeenPlan(row, mine, len(members)))
    return found


def plan_for(request, plan_id, *, on):
    """
    Return a plan the member may read: any for who makes plans; else one that pays somebody in sight now, or ever paid oneself.

    :raises Http404: for any other.
    """
    plan = get_object_or_404(PayPlan.objects.all(), pk=plan_id)
    if may_plan(request):
        return plan
    if plans_for(request, on=on, plans=PayPlan.objects.filter(pk=plan.pk)):
        return plan
    mine = {"statement__person": request.person, "statement__status": "PUBLISHED"}
    if request.person and StatementLine.objects.filter(component__version__plan=plan, **mine).exists():
        return plan
    raise Http404


def draft_for(request, version_id):
    """Return a version for who makes plans; whether it is still a draft is for the service to say."""
    require(request, Permission.PAY_PLAN)
    return get_object_or_404(PayPlanVersion.objects.select_related("plan"), pk=version_id)


def component_for(request, version_id, component_id):
    """Return a component of a version for who makes plans."""
    version = draft_for(request, version_id)
    return get_object_or_404(Component.objects.select_related("version__plan"), version=version, pk=component_id)
