"""Routes of customers."""

app_name = "customers"
urlpatterns = []
