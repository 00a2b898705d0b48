"""Routes of jobs."""

app_name = "jobs"
urlpatterns = []
