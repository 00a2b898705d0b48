"""Routes outside any company."""

from django.urls import path

from accounts.views import join, outer

app_name = "accounts"
urlpatterns = [
    path("", outer.front_door, name="front_door"),
    path("companies/", outer.companies, name="companies"),
    path("join/<slug:slug>/<str:token>/", join.join, name="join"),
]
