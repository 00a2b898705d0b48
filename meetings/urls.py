"""Routes of meetings."""

from django.urls import path

from meetings import views

app_name = "meetings"
urlpatterns = [
    path("", views.meetings, name="list"),
    path("call/", views.call, name="call"),
    path("<int:meeting_id>/", views.meeting, name="meeting"),
    path("<int:meeting_id>/rewrite/", views.rewrite, name="rewrite"),
    path("<int:meeting_id>/points/", views.add_point, name="add_point"),
    path("<int:meeting_id>/points/<int:item_id>/note/", views.note, name="note"),
    path("<int:meeting_id>/points/<int:item_id>/remove/", views.remove_point, name="remove_point"),
    path("<int:meeting_id>/decisions/", views.decide, name="decide"),
    path("<int:meeting_id>/decisions/<int:decision_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:meeting_id>/minutes/", views.minutes, name="minutes"),
    path("<int:meeting_id>/reopen/", views.reopen, name="reopen"),
]
