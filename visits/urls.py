"""Routes of visits and expenses."""

from django.urls import path

from visits import api
from visits.views import day, expense, visit

app_name = "visits"
urlpatterns = [
    path("", visit.visits, name="list"),
    path("add/", visit.add, name="add"),
    path("day/", day.day, name="day"),
    path("plan/", day.plan, name="plan"),
    path("plan/<int:plan_id>/drop/", day.drop_plan, name="drop_plan"),
    path("api/queue/", api.VisitQueue.as_view(), name="api_queue"),
    path("expenses/", expense.expenses, name="expenses"),
    path("expenses/add/", expense.add, name="expense_add"),
    path("expenses/categories/", expense.categories, name="categories"),
    path("expenses/categories/<int:category_id>/switch/", expense.switch, name="switch_category"),
    path("expenses/<int:expense_id>/", expense.expense, name="expense"),
    path("expenses/<int:expense_id>/decline/", expense.decline, name="expense_decline"),
    path("expenses/<int:expense_id>/<slug:verb>/", expense.act, name="expense_act"),
    path("<int:visit_id>/", visit.visit, name="visit"),
    path("<int:visit_id>/end/", visit.end, name="end"),
]
