"""Routes of recognition."""

from django.urls import path

from incentives import views

app_name = "incentives"
urlpatterns = [
    path("", views.praise, name="praise"),
    path("<int:praise_id>/take-back/", views.take_back, name="take_back"),
]
