"""The navigation of the layout."""

from reports.navigation import navigation_for


def navigation(request):
    """Add the entries of the member's navigation; nothing outside a company."""
    if getattr(request, "membership", None) is None:
        return {}
    return {"navigation": navigation_for(request)}
