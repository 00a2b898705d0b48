"""Routes of accounts."""

app_name = "accounts"
urlpatterns = []
