"""Routes of visits."""

from django.urls import path

from visits import api
from visits.views import day, visit

app_name = "visits"
urlpatterns = [
    path("", visit.visits, name="list"),
    path("add/", visit.add, name="add"),
    path("day/", day.day, name="day"),
    path("plan/", day.plan, name="plan"),
    path("plan/<int:plan_id>/drop/", day.drop_plan, name="drop_plan"),
    path("api/queue/", api.VisitQueue.as_view(), name="api_queue"),
    path("<int:visit_id>/", visit.visit, name="visit"),
    path("<int:visit_id>/end/", visit.end, name="end"),
]
