"""The list of deals as a table to take away; what the company pays only for who may see it."""

from django.utils.translation import gettext_lazy as _

from common.tables import Column, ColumnKind
from deals.models import Deal

STATUSES, STAGES = dict(Deal.Status.choices), dict(Deal.Stage.choices)

COLUMNS = (
    Column(_("Number"), "number"),
    Column(_("Customer"), "customer__name", width=28),
    Column(_("Title"), "title", width=24),
    Column(_("Owner"), "owner__name"),
    Column(_("Channel"), "channel__name"),
    Column(_("Status"), lambda row: STATUSES[row["status"]]),
    Column(_("Stage"), lambda row: STAGES[row["stage"]]),
    Column(_("Opened on"), "opened_on", ColumnKind.DAY),
    Column(_("Expected close"), "expected_on", ColumnKind.DAY),
    Column(_("Closed on"), "closed_on", ColumnKind.DAY),
    Column(_("Amount"), "amount", ColumnKind.MONEY),
)
COST_COLUMNS = (
    Column(_("Cost"), "cost", ColumnKind.MONEY),
    Column(_("Gross profit"), lambda row: row["amount"] - row["cost"], ColumnKind.MONEY),
)
END_COLUMNS = (
    Column(_("Reason"), lambda row: row["lost_reason"] or row["cancelled_reason"], width=28),
    Column(_("Note"), "note", width=32),
)


def columns_for(*, with_cost):
    """Return the columns that somebody may take away."""
    return COLUMNS + (COST_COLUMNS if with_cost else ()) + END_COLUMNS
