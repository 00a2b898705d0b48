"""Visits, plans and expenses for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from customers.queries import seen_person_ids
from teams.access import require
from visits.models import VisitPlan
from visits.queries import expenses_in_sight, visits_in_sight


def visit_for(request, visit_id):
    """Return a visit in sight, with person and customer."""
    return get_object_or_404(visits_in_sight(request.sight).select_related("person", "customer"), pk=visit_id)


def own_visit_for(request, visit_id):
    """Return a visit that the member made and may change; somebody else's is not theirs to correct."""
    visit = visit_for(request, visit_id)
    if not is_own(request, visit):
        raise PermissionDenied
    return visit


def is_own(request, visit):
    """Return whether the member made the visit and may log visits."""
    return request.person is not None and visit.person_id == request.person.pk and request.membership.may(Permission.VISITS_LOG)


def own_plan_for(request, plan_id):
    """Return a plan of the member's own."""
    ids = seen_person_ids(request.sight)
    plans = VisitPlan.objects.select_related("customer")
    plan = get_object_or_404(plans if ids is None else plans.filter(person_id__in=ids), pk=plan_id)
    if request.person is None or plan.person_id != request.person.pk:
        raise PermissionDenied
    return plan


def logger_of(request):
    """Return the person who logs; who may not log visits, or is nobody in the organisation, is refused."""
    require(request, Permission.VISITS_LOG)
    if request.person is None:
        raise PermissionDenied
    return request.person


def expense_for(request, expense_id, *, needing=None):
    """Return an expense in sight, with person, category and customer."""
    rows = expenses_in_sight(request.sight).select_related("person", "category", "customer", "decided_by")
    expense = get_object_or_404(rows, pk=expense_id)
    if needing:
        require(request, needing)
    return expense
