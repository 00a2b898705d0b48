"""Routes of customers."""

from django.urls import path

from customers import views

app_name = "customers"
urlpatterns = [
    path("", views.customers, name="list"),
    path("add/", views.add, name="add"),
    path("pick/", views.pick, name="pick"),
    path("similar/", views.similar, name="similar"),
    path("reassign/", views.reassign, name="reassign"),
    path("<int:customer_id>/", views.customer, name="customer"),
    path("<int:customer_id>/change/", views.change, name="change"),
    path("<int:customer_id>/archive/", views.archive, name="archive"),
    path("<int:customer_id>/restore/", views.restore, name="restore"),
]
