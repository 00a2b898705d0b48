"""Routes of targets."""

app_name = "targets"
urlpatterns = []
