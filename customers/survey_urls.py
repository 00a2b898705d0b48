"""The customer's own page, outside of any company."""

from django.urls import path

from customers.views import survey

app_name = "survey"
urlpatterns = [path("<str:token>/", survey.answer, name="answer")]
