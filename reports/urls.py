"""Routes of the homes, boards and reports."""

from django.urls import path

from reports.views import assessments, boards, forecast, leaderboard, people, sales, sales_figure, search

app_name = "reports"
urlpatterns = [
    path("", boards.home, name="home"),
    path("search/", search.search, name="search"),
    path("forecast/", forecast.forecast, name="forecast"),
    path("leaderboard/", leaderboard.leaderboard, name="leaderboard"),
    path("leaderboard/wall/", leaderboard.wall, name="wall"),
    path("units/<int:unit_id>/", boards.unit, name="unit"),
    path("figures-of/<int:person_id>/", people.person, name="person"),
    path("me/", people.me, name="me"),
    path("sales/", sales.sales_analysis, name="sales"),
    path("sales/figure/", sales_figure.show_figure, name="sales_figure"),
    path("assessments/", assessments.overview, name="assessments"),
    path("assessments/people/<int:person_id>/", assessments.sheet, name="assessment_sheet"),
    path("assessments/paper/", assessments.paper, name="assessment_paper"),
    path("assessments/scores/", assessments.score, name="assessment_score"),
    path("assessments/indicators/", assessments.indicators, name="assessment_indicators"),
    path("assessments/workbooks/make/", assessments.export, name="assessment_export"),
    path("assessments/workbooks/jobs/<int:job_id>/", assessments.workbook_progress, name="assessment_progress"),
    path("assessments/workbooks/<int:export_id>/", assessments.workbook, name="assessment_workbook"),
]
