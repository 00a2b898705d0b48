"""Routes of exchange."""

from django.urls import path

from exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.list_imports, name="list"),
    path("new/", views.add, name="add"),
    path("templates/<slug:kind>.xlsx", views.template, name="template"),
    path("<int:import_id>/", views.show, name="show"),
    path("<int:import_id>/columns/", views.columns, name="columns"),
    path("<int:import_id>/progress/", views.follow, name="progress"),
    path("<int:import_id>/start/", views.start, name="start"),
    path("<int:import_id>/again/", views.try_again, name="again"),
    path("<int:import_id>/rejected/", views.rejected_rows, name="rejected"),
    path("<int:import_id>/guesses/", views.guesses, name="guesses"),
]
