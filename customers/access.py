"""Customers, complaints and surveys for the member behind a request: out of sight is 404, in sight without the right is 403."""

from django.shortcuts import get_object_or_404

from customers import queries
from teams.access import require


def customer_for(request, customer_id, *, needing=None):
    """Return a customer in sight, with owner and channel."""
    rows = queries.customers_in_sight(request.sight).select_related("owner", "channel", "territory", "parent")
    customer = get_object_or_404(rows, pk=customer_id)
    if needing:
        require(request, needing)
    return customer


def complaint_for(request, complaint_id, *, needing=None):
    """Return a complaint in sight, with its customer and people."""
    rows = queries.complaints_in_sight(request.sight).select_related("customer", "person", "handler", "created_by")
    complaint = get_object_or_404(rows, pk=complaint_id)
    if needing:
        require(request, needing)
    return complaint


def survey_for(request, survey_id):
    """Return a survey in sight, with its customer and people."""
    rows = queries.surveys_in_sight(request.sight).select_related("customer", "person", "created_by")
    return get_object_or_404(rows, pk=survey_id)
