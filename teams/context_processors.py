"""What every page inside a company may use."""

from django.urls import reverse


def own_page(request):
    """Add the address of the member's own page."""
    return {"profile_url": reverse("teams:me")} if getattr(request, "membership", None) else {}
