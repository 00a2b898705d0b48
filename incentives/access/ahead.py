"""Whose pay to come a member may look into: their own, of whom they lead, and as HR or admin everybody's; never a peer's."""

from django.http import Http404

from teams.access import person_for
from teams.queries import LEADING_ROLES


def person_ahead(request, person_id):
    """
    Return the person about whose pay is asked.

    :raises Http404: for somebody whose statements the member does not see either.
    """
    person = person_for(request, person_id)
    if not may_look_ahead(request, person):
        raise Http404
    return person


def may_look_ahead(request, person):
    """Return whether the member sees what somebody, annotated with their place, would earn."""
    sight = request.sight
    if sight.sees_everybody or person.pk == sight.person_id:
        return True
    is_level = person.unit_id == sight.own_unit_id and person.unit_role in LEADING_ROLES
    return person.unit_id in sight.unit_ids and not is_level
