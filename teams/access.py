"""People and units for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.shortcuts import get_object_or_404

from accounts.access import require
from teams import queries

__all__ = ["person_for", "require", "unit_for"]


def person_for(request, person_id, *, needing=None):
    """Return a person in sight, annotated with their place."""
    person = get_object_or_404(queries.people_in_sight(request.sight), pk=person_id)
    if needing:
        require(request, needing)
    return person


def unit_for(request, unit_id, *, needing=None):
    """Return a unit in sight."""
    unit = get_object_or_404(queries.units_in_sight(request.sight), pk=unit_id)
    if needing:
        require(request, needing)
    return unit
