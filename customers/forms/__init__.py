"""Forms about customers, what they complain about and how content they are."""

from customers.forms.complaint import AnswerForm, ComplaintFilter, ComplaintForm, JudgeForm
from customers.forms.customer import CustomerChoice, CustomerFilter, CustomerForm, ReassignForm
from customers.forms.survey import SCORES, SurveyAnswerForm, SurveyFilter

__all__ = [
    "SCORES",
    "AnswerForm",
    "ComplaintFilter",
    "ComplaintForm",
    "CustomerChoice",
    "CustomerFilter",
    "CustomerForm",
    "JudgeForm",
    "ReassignForm",
    "SurveyAnswerForm",
    "SurveyFilter",
]
