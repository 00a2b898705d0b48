"""A meeting for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from meetings import queries
from meetings.models import AgendaItem, Meeting


def meeting_for(request, meeting_id, *, to_run=False):
    """
    Return a meeting in sight; `to_run` needs the right, and the unit to be one the member leads.

    Whether its minutes are still open is not asked here: the service decides it, with the meeting locked.
    """
    meeting = get_object_or_404(queries.meetings_in_sight(request.sight), pk=meeting_id)
    if to_run and not leads(request, meeting):
        raise PermissionDenied
    return meeting


def leads(request, meeting):
    """Return whether the member runs meetings, and this one is of a unit they lead (or they see everybody)."""
    is_theirs = request.sight.sees_everybody or meeting.unit_id in request.sight.unit_ids
    return is_theirs and request.membership.may(Permission.MEETINGS_RUN)


def may_run(request, meeting):
    """Return whether the member may change the meeting now: it is theirs to lead, and its minutes are not closed."""
    return leads(request, meeting) and meeting.status != Meeting.Status.MINUTED


def item_for(request, meeting, item_id):
    """Return an item of a meeting that the member may run."""
    if not (str(item_id).isdecimal() and len(str(item_id)) < 19):
        raise Http404
    return get_object_or_404(AgendaItem.objects.filter(meeting=meeting), pk=item_id)
