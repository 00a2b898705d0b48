"""What every page may use."""

from django.conf import settings


def company(request):
    """Add the company, the member and the person behind the request; all None outside a company."""
    return {
        "company": getattr(request, "company", None),
        "membership": getattr(request, "membership", None),
        "person": getattr(request, "person", None),
        "product_name": settings.PRODUCT_NAME,
        "is_demo": settings.DEMO,
    }
