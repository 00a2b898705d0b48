"""Up to which day the books are closed."""

from django.db.models import Max

from credits.models import Closing


def closed_before():
    """Return the first open day of the active company, None while nothing was ever closed."""
    return Closing.objects.aggregate(boundary=Max("ends_before"))["boundary"]
