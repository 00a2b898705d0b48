"""Routes outside any company: sign-in, choosing a company, invitations, the platform operator's admin."""

from django.urls import include, path

from accounts.admin import platform

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("accounts.plain_urls")),
    path("accounts/", include("allauth.urls")),
    path("platform/", platform.urls),
    path("survey/", include("customers.survey_urls")),
]
