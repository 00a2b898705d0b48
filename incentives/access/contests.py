"""Contests for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.access import require
from accounts.rules import Permission
from incentives.queries import contests


def contest_for(request, contest_id, *, to_run=False):
    """Return a contest in sight, with what its terms speak of; `to_run` for changing anything about it."""
    found = contests.contests_in_sight(membership=request.membership, sight=request.sight, user=request.user)
    contest = get_object_or_404(found.prefetch_related("prizes", "scopes__unit", "scopes__person"), pk=contest_id)
    if to_run:
        require(request, Permission.CONTESTS_RUN)
        if not runs(request, contest):
            raise PermissionDenied
    return contest


def runs(request, contest):
    """Return whether the member runs a contest that they see."""
    return contests.may_run(contest, membership=request.membership, sight=request.sight, user=request.user)
