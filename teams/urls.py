"""Routes of teams."""

app_name = "teams"
urlpatterns = []
