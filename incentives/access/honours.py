"""Honours for the member behind a request: the wall is open to everybody, deeds are not."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from incentives.models import Award, Nomination, VictoryReport
from teams.access import require
from teams.queries import people_in_sight, units_in_sight


def award_for(request, award_id):
    """Return an award; everybody sees the honours of everybody."""
    rows = Award.objects.select_related("person", "unit", "among", "metric", "decided_by")
    return get_object_or_404(rows, pk=award_id)


def sees_winner(request, honour):
    """Return whether whoever was honoured is in the member's sight: themselves, or whom they lead."""
    if honour.person_id:
        return people_in_sight(request.sight).filter(pk=honour.person_id).exists()
    return units_in_sight(request.sight).filter(pk=honour.unit_id).exists()


def award_to_withdraw(request, award_id):
    """Return an award that the member may take back: who gives awards, of whom they lead, never their own."""
    award = award_for(request, award_id)
    require(request, Permission.AWARDS_GIVE)
    if not may_withdraw(request, award):
        raise PermissionDenied
    return award


def may_withdraw(request, award):
    """Return whether the member may take an award back."""
    is_own = request.person is not None and award.person_id == request.person.pk
    return request.membership.may(Permission.AWARDS_GIVE) and not is_own and sees_winner(request, award)


def may_have_certificate(request, award):
    """Return whether the member may print a certificate: whose it is, also as one of the team, and who leads them."""
    is_own = request.person is not None and award.person_id == request.person.pk
    is_team = award.unit_id is not None and award.unit_id == request.sight.own_unit_id
    return is_own or is_team or sees_winner(request, award)


def victory_for(request, victory_id):
    """Return a victory report that is on the wall; one that was taken off is seen by who sees the winner."""
    report = get_object_or_404(VictoryReport.objects.select_related("person", "unit", "metric", "deal"), pk=victory_id)
    if report.withdrawn_on and not sees_winner(request, report):
        return get_object_or_404(VictoryReport.objects.standing(), pk=victory_id)
    return report


def own_nomination_for(request, nomination_id):
    """Return a nomination that the member made."""
    nomination = get_object_or_404(Nomination.objects.select_related("person", "by"), pk=nomination_id)
    if request.person is None or nomination.by_id != request.person.pk:
        raise PermissionDenied
    return nomination
