"""Forms about surveys: the customer's answer, and the list of answers."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.layouts import Bar, Chips
from common.lists import RowChoice
from customers.rules import name_key_of
from teams.forms import PeoplesDaysFilter

SCORES = (
    (5, pgettext_lazy("survey", "Very content")),
    (4, pgettext_lazy("survey", "Content")),
    (3, pgettext_lazy("survey", "So-so")),
    (2, pgettext_lazy("survey", "Not content")),
    (1, pgettext_lazy("survey", "Not at all content")),
)


class SurveyAnswerForm(forms.Form):
    """What the customer says: one press and, if they like, a few words."""

    score = forms.TypedChoiceField(
        label=_("How content are you with us?"),
        choices=SCORES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one.")},
    )
    comment = forms.CharField(
        label=_("What should we know? (You may leave this empty.)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(Chips("score"), "comment", Bar(pgettext_lazy("survey", "Send the answer"), icon="send"))


class SurveyFilter(PeoplesDaysFilter):
    """What the list of surveys can be narrowed by."""

    sorts = {
        "asked": ("asked_on", "pk"),
        "score": ("score", "-asked_on", "pk"),
        "customer": ("customer__name", "-asked_on", "pk"),
        "person": ("person__name", "-asked_on", "pk"),
    }
    default_sort = "-asked"
    day_field = "asked_on"
    field_order = ["q", "state", "score", "person", "unit", "since", "until"]

    q = forms.CharField(label=_("Search"), max_length=80)
    state = forms.ChoiceField(
        label=_("Status"),
        choices=[
            ("", _("All")),
            ("answered", pgettext_lazy("survey", "Answered")),
            ("waiting", pgettext_lazy("survey", "No answer yet")),
        ],
    )
    score = forms.ChoiceField(label=pgettext_lazy("survey", "Score"), choices=[("", _("All")), *SCORES])
    person = RowChoice(label=_("Counts for"), empty_label=_("All"))

    def said(self, name, value):
        return dict(SCORES)[int(value)] if name == "score" else super().said(name, value)

    def narrow_q(self, rows, text):
        key = name_key_of(text)
        return rows.filter(customer__name_key__contains=key) if key else rows.none()

    def narrow_state(self, rows, state):
        return rows.answered() if state == "answered" else rows.filter(score=None)

    def narrow_score(self, rows, score):
        return rows.filter(score=score)
