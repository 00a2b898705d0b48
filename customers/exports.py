"""The list of customers as a table to take away."""

from django.utils.translation import gettext_lazy as _

from common.tables import Column, ColumnKind

COLUMNS = (
    Column(_("Name"), "name", width=28),
    Column(_("Grade"), "grade", width=8),
    Column(_("Owner"), "owner__name"),
    Column(_("Channel"), "channel__name"),
    Column(_("Industry"), "industry"),
    Column(_("Contact"), "contact_name"),
    Column(_("Phone number"), "phone"),
    Column(_("Address"), "address", width=32),
    Column(_("Days of credit"), "credit_days", ColumnKind.COUNT),
    Column(_("Last visited"), "seen_on", ColumnKind.DAY),
    Column(_("Added"), "added_on", ColumnKind.DAY),
    Column(_("Reference in another system"), "external_ref"),
)
