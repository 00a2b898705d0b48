"""
Routes inside a company.

The middleware takes `/<company-slug>` off the path and makes it the script prefix, so no route here carries it
and `{% url %}` puts it back. Routes that lead out of the company are written with `{% outer_url %}`.
"""

from django.urls import include, path

urlpatterns = [
    path("", include("reports.urls")),
    path("settings/", include("accounts.company_urls")),
    path("jobs/", include("jobs.urls")),
    path("people/", include("teams.urls")),
    path("customers/", include("customers.urls")),
    path("deals/", include("deals.urls")),
    path("visits/", include("visits.urls")),
    path("figures/", include("targets.figure_urls")),
    path("figures/", include("credits.urls")),
    path("targets/", include("targets.urls")),
    path("", include("incentives.urls")),
    path("meetings/", include("meetings.urls")),
    path("exchange/", include("exchange.urls")),
]
