"""Routes of a company's own settings, members and audit trail."""

app_name = "settings"
urlpatterns = []
