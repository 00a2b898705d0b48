"""Routes of credits."""

from django.urls import path

from credits import views

app_name = "credits"
urlpatterns = [
    path("ledger/", views.show_reconciliation, name="reconciliation"),
    path("uncredited/", views.show_uncredited, name="uncredited"),
    path("closings/", views.show_closings, name="closings"),
    path("closings/close/", views.close, name="close"),
    path("restatements/", views.show_restatements, name="restatements"),
]
