"""Routes of credits."""

from django.urls import path

from credits import views

app_name = "credits"
urlpatterns = [
    path("ledger/", views.show_reconciliation, name="reconciliation"),
    path("uncredited/", views.show_uncredited, name="uncredited"),
]
