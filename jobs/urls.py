"""Routes of jobs."""

from django.urls import path

from jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.show_jobs, name="list"),
    path("<int:job_id>/progress/", views.follow, name="progress"),
    path("<int:job_id>/retry/", views.retry, name="retry"),
    path("start/<str:kind>/", views.start, name="start"),
]
