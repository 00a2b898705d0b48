"""Routes of deals."""

app_name = "deals"
urlpatterns = []
