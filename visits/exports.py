"""The lists of visits and of expenses as tables to take away."""

from django.utils.translation import gettext_lazy as _

from common.tables import Column, ColumnKind
from visits.models import Expense, Visit

STATUSES = dict(Expense.Status.choices)
KINDS, REASONS = dict(Visit.Kind.choices), dict(Visit.InvalidReason.choices)

COLUMNS = (
    Column(_("Day"), "visited_on", ColumnKind.DAY),
    Column(_("Person"), "person__name"),
    Column(_("Customer"), "customer__name", width=28),
    Column(_("Grade"), "customer__grade", width=8),
    Column(_("Kind"), lambda row: KINDS[row["kind"]]),
    Column(_("What was learned"), "outcome", width=40),
    Column(_("Next step"), "next_step", width=24),
    Column(_("Next step on"), "next_on", ColumnKind.DAY),
    Column(_("Counts"), lambda row: _("yes") if row["is_valid"] else _("no"), width=8),
    Column(_("Why not"), lambda row: REASONS[row["invalid_reason"]], width=28),
)
EXPENSES = (
    Column(_("Spent on"), "spent_on", ColumnKind.DAY),
    Column(_("Person"), "person__name"),
    Column(_("What for"), "category__name"),
    Column(_("Amount"), "amount", ColumnKind.MONEY),
    Column(_("Customer"), "customer__name", width=28),
    Column(_("Note"), "note", width=32),
    Column(_("Receipt"), "receipt"),
    Column(_("Status"), lambda row: STATUSES[row["status"]]),
    Column(_("Why declined"), "reason", width=28),
)
