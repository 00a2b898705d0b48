"""Routes of the homes, boards and reports."""

from django.urls import path

from reports.views import boards, search

app_name = "reports"
urlpatterns = [
    path("", boards.home, name="home"),
    path("search/", search.search, name="search"),
    path("units/<int:unit_id>/", boards.unit, name="unit"),
]
