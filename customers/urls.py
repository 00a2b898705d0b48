"""Routes of customers and what they complain about."""

from django.urls import path

from customers.views import complaint, customer, survey

app_name = "customers"
urlpatterns = [
    path("", customer.customers, name="list"),
    path("add/", customer.add, name="add"),
    path("pick/", customer.pick, name="pick"),
    path("similar/", customer.similar, name="similar"),
    path("reassign/", customer.reassign, name="reassign"),
    path("complaints/", complaint.complaints, name="complaints"),
    path("complaints/add/", complaint.add, name="complaint_add"),
    path("complaints/<int:complaint_id>/", complaint.complaint, name="complaint"),
    path("complaints/<int:complaint_id>/answer/", complaint.answer, name="complaint_answer"),
    path("complaints/<int:complaint_id>/judge/", complaint.judge, name="complaint_judge"),
    path("complaints/<int:complaint_id>/<slug:verb>/", complaint.act, name="complaint_act"),
    path("surveys/", survey.surveys, name="surveys"),
    path("surveys/<int:survey_id>/", survey.survey, name="survey"),
    path("<int:customer_id>/survey/", survey.ask, name="ask"),
    path("<int:customer_id>/", customer.customer, name="customer"),
    path("<int:customer_id>/change/", customer.change, name="change"),
    path("<int:customer_id>/archive/", customer.archive, name="archive"),
    path("<int:customer_id>/restore/", customer.restore, name="restore"),
]
