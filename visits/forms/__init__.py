"""Forms about visits, plans and expenses."""

from visits.forms.expense import CategoryForm, DeclineForm, ExpenseFilter, ExpenseForm
from visits.forms.visit import EndForm, PlanForm, VisitFilter, VisitForm

__all__ = [
    "CategoryForm",
    "DeclineForm",
    "EndForm",
    "ExpenseFilter",
    "ExpenseForm",
    "PlanForm",
    "VisitFilter",
    "VisitForm",
]
