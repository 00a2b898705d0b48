"""Routes to where figures come from."""

from django.urls import path

from targets.views import figures

app_name = "figures"
urlpatterns = [path("", figures.show_figure, name="figure")]
