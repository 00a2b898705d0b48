"""Routes outside any company: sign-in, choosing a company, invitations, the platform operator's admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("platform/", admin.site.urls),
]
