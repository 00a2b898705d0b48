"""Forms about customers and what they complain about."""

from customers.forms.complaint import AnswerForm, ComplaintFilter, ComplaintForm, JudgeForm
from customers.forms.customer import CustomerChoice, CustomerFilter, CustomerForm, ReassignForm

__all__ = [
    "AnswerForm",
    "ComplaintFilter",
    "ComplaintForm",
    "CustomerChoice",
    "CustomerFilter",
    "CustomerForm",
    "JudgeForm",
    "ReassignForm",
]
