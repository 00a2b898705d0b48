"""Routes of credits."""

app_name = "credits"
urlpatterns = []
