"""Routes of the homes, boards and reports."""

from django.urls import path

from reports.views import boards, leaderboard, search

app_name = "reports"
urlpatterns = [
    path("", boards.home, name="home"),
    path("search/", search.search, name="search"),
    path("leaderboard/", leaderboard.leaderboard, name="leaderboard"),
    path("leaderboard/wall/", leaderboard.wall, name="wall"),
    path("units/<int:unit_id>/", boards.unit, name="unit"),
]
