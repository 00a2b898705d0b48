"""Routes to where figures come from."""

from django.urls import path

from targets.views import figures, looking

app_name = "figures"
urlpatterns = [
    path("", figures.show_figure, name="figure"),
    path("rest/", figures.show_rest, name="rest"),
    path("view/", looking.view, name="view"),
    path("periods/", looking.periods, name="periods"),
]
