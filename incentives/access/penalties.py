"""Team rules and cases for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404

from accounts.models import Membership
from accounts.rules import Permission
from incentives.models import TeamRule
from incentives.queries.penalties import cases_in_sight, is_another_decider, people_led
from incentives.rules.penalties import CaseStatus, Effect
from teams.access import require
from teams.models import Person
from teams.queries import people_in_sight, units_in_sight


def rule_for(request, rule_id):
    """Return a rule that was published; a draft is seen by who may publish it."""
    rows = TeamRule.objects.select_related("unit")
    published = Q(versions__holds_from__isnull=False)
    if request.membership.may(Permission.RULES_PUBLISH):
        return get_object_or_404(rows.filter(published | Q(pk__in=_editable(request))).distinct(), pk=rule_id)
    return get_object_or_404(rows.filter(published).distinct(), pk=rule_id)


def rule_to_edit(request, rule_id):
    """Return a rule that the member may change: HR and admins every one, others those of units they lead."""
    rule = rule_for(request, rule_id)
    require(request, Permission.RULES_PUBLISH)
    if not may_edit(request, rule):
        raise PermissionDenied
    return rule


def may_edit(request, rule):
    """Return whether the member may change a rule."""
    return request.membership.may(Permission.RULES_PUBLISH) and _editable(request).filter(pk=rule.pk).exists()


def _editable(request):
    if request.sight.sees_everybody:
        return TeamRule.objects.all()
    return TeamRule.objects.filter(unit__in=units_in_sight(request.sight))


def case_for(request, case_id):
    """Return a case in sight: one's own once it was decided, of whom one leads, to HR all."""
    rows = cases_in_sight(request.sight).select_related("rule__unit", "decided_by", "answered_by", "opened_by")
    return get_object_or_404(rows, pk=case_id)


def is_own(request, case):
    """Return whether a case is about the member."""
    return request.person is not None and case.person_id == request.person.pk


def case_to_decide(request, case_id):
    """Return a case that the member may decide: of whom they lead, never about themselves or opened by them."""
    case = case_for(request, case_id)
    require(request, Permission.PENALTIES_DECIDE)
    if not _may_judge(request, case):
        raise PermissionDenied
    return case


def _may_judge(request, case):
    if not request.membership.may(Permission.PENALTIES_DECIDE) or is_own(request, case):
        return False
    return case.opened_by_id != request.user.pk or not is_another_decider(
        case.person, besides=request.user, on=request.sight.on
    )


def people_to_open_about(request):
    """
    Return the people about whom the member may open a case.

    :raises PermissionDenied: for who decides about nobody.
    """
    require(request, Permission.PENALTIES_DECIDE)
    return people_led(request.sight)


def own_case_for(request, case_id):
    """Return a case about the member."""
    case = case_for(request, case_id)
    if not is_own(request, case):
        raise PermissionDenied
    return case


def case_to_answer(request, case_id):
    """Return a case whose appeal the member may answer."""
    case = case_for(request, case_id)
    require(request, Permission.PENALTIES_DECIDE)
    if not may_answer(request, case):
        raise PermissionDenied
    return case


def may_answer(request, case):
    """
    Return whether the member may answer the appeal of a case.

    Somebody else than who decided, and not below them: who leads the decider, HR or an admin.
    """
    if (
        not request.membership.may(Permission.PENALTIES_DECIDE)
        or is_own(request, case)
        or case.decided_by_id == request.user.pk
    ):
        return False
    if request.sight.sees_everybody:
        return True
    decider = Person.objects.filter(membership__in=Membership.objects.filter(user=case.decided_by_id)).first()
    return decider is not None and people_in_sight(request.sight).filter(pk=decider.pk).exists()


def what_may_be_done(request, case, *, on):
    """Return which doors of a case are open to the member: names of the routes' verbs."""
    doors = {
        "decide": case.status == CaseStatus.PROPOSED and _may_judge(request, case),
        "answer": case.status == CaseStatus.APPEALED and may_answer(request, case),
        "appeal": is_own(request, case)
        and case.status == CaseStatus.CONFIRMED
        and case.version.effect == Effect.PENALTY
        and case.final_on is None
        and on <= case.appeal_until,
    }
    return {verb for verb, is_open in doors.items() if is_open}
