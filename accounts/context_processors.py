"""What every page may use."""

from django.conf import settings

from accounts import queries
from common.templatetags.pages import outer_url


def company(request):
    """Add the company, the member and the person behind the request; all None outside a company."""
    context = {
        "company": getattr(request, "company", None),
        "membership": getattr(request, "membership", None),
        "person": getattr(request, "person", None),
        "product_name": settings.PRODUCT_NAME,
        "is_demo": settings.DEMO,
    }
    if context["company"]:
        context["switcher_url"] = outer_url("accounts:companies")
    elif settings.DEMO and getattr(request.resolver_match, "url_name", "") == "account_login":
        context["demo_sign_ins"] = queries.demo_sign_ins()
    return context
