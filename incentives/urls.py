"""Routes of incentives."""

app_name = "incentives"
urlpatterns = []
