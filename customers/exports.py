"""The lists of customers, complaints and surveys as tables to take away."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tables import Column, ColumnKind
from customers.models import Complaint

SEVERITIES, STATUSES = dict(Complaint.Severity.choices), dict(Complaint.Status.choices)

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
COMPLAINTS = (
    Column(_("Raised on"), "raised_on", ColumnKind.DAY),
    Column(_("Customer"), "customer__name", width=28),
    Column(_("Counts for"), "person__name"),
    Column(_("Severity"), lambda row: SEVERITIES[row["severity"]]),
    Column(_("Weight"), "weight", ColumnKind.COUNT),
    Column(_("What it is about"), "what", width=40),
    Column(_("Status"), lambda row: STATUSES[row["status"]]),
    Column(_("Dealt with by"), "handler__name"),
    Column(_("What was done"), "answer", width=40),
    Column(_("Answered on"), "answered_on", ColumnKind.DAY),
    Column(pgettext_lazy("complaint", "Closed on"), "closed_on", ColumnKind.DAY),
)
SURVEYS = (
    Column(_("Asked on"), "asked_on", ColumnKind.DAY),
    Column(_("Customer"), "customer__name", width=28),
    Column(_("Counts for"), "person__name"),
    Column(pgettext_lazy("survey", "About"), "about"),
    Column(_("Score, 1 to 5"), "score", ColumnKind.COUNT),
    Column(_("Comment"), "comment", width=40),
    Column(_("Answered on"), "answered_on", ColumnKind.DAY),
)
