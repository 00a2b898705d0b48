"""Statements, lines and questions for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.access import require
from accounts.rules import Permission
from incentives.models import StatementLine
from incentives.queries import statements as queries


def statement_for(request, statement_id, *, needing=None):
    """Return a statement in sight, with its person and unit."""
    rows = queries.statements_in_sight(request.sight).select_related("person", "unit")
    found = get_object_or_404(rows, pk=statement_id)
    if needing:
        require(request, needing)
    return found


def line_for(request, line_id):
    """Return a line of a statement in sight."""
    seen = queries.statements_in_sight(request.sight).values("pk")
    rows = StatementLine.objects.filter(statement__in=seen).select_related("statement__person", "statement__unit", "component")
    return get_object_or_404(rows, pk=line_id)


def dispute_for(request, dispute_id):
    """Return a question about a statement in sight."""
    return get_object_or_404(queries.disputes_in_sight(request.sight), pk=dispute_id)


def is_own(request, statement):
    """Return whether a statement is the member's own."""
    return request.person is not None and statement.person_id == request.person.pk


def require_own(request, statement):
    """
    Let only the person go on whom a statement is for.

    :raises PermissionDenied: for everybody else.
    """
    if not is_own(request, statement):
        raise PermissionDenied


def may_settle(request, dispute):
    """Return whether the member may settle a question: who leads the person or releases pay, never about one's own."""
    rights = (Permission.PAY_APPROVE, Permission.PAY_RELEASE)
    return any(map(request.membership.may, rights)) and not is_own(request, dispute.line.statement)
