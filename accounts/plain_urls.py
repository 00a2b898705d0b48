"""Routes outside any company whose names stand alone, as other software expects them; and pages that stay closed."""

from django.http import Http404
from django.urls import path

from accounts.views import outer


def closed(request, **_):
    """Answer for a page of the sign-in library that we do without: addresses are changed by the company's admin."""
    raise Http404


urlpatterns = [
    path("language/", outer.set_language, name="set_language"),
    path("offline/", outer.offline, name="offline"),
    path("sw.js", outer.service_worker, name="service_worker"),
    path("favicon.ico", outer.favicon, name="favicon"),
    path("accounts/email/", closed),
    path("accounts/confirm-email/", closed),
    path("accounts/confirm-email/<path:key>/", closed),
    path("accounts/phone/verify/", closed),
    path("accounts/phone/change/", closed),
]
