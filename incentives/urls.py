"""Routes of pay, contests and recognition."""

from django.urls import path

from incentives.views import recognition

app_name = "incentives"
urlpatterns = [
    path("recognition/", recognition.praise, name="praise"),
    path("recognition/<int:praise_id>/take-back/", recognition.take_back, name="take_back"),
]
