"""Fields are drawn as Django's own templates draw them."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from common.quick_forms import QuickRenderer

CHOICES = [("", "All <b>"), ("a&b", mark_safe("<i>A</i>")), ("Group", [("1", "One"), (2, "Two")])]
FIELDS = {
    "text": forms.CharField(max_length=20, widget=forms.TextInput(attrs={"class": "x", "required": True, "readonly": False})),
    "empty": forms.CharField(required=False),
    "hidden": forms.CharField(widget=forms.HiddenInput),
    "password": forms.CharField(widget=forms.PasswordInput(render_value=True)),
    "email": forms.EmailField(),
    "number": forms.IntegerField(min_value=1),
    "amount": forms.DecimalField(),
    "day": forms.DateField(),
    "choice": forms.ChoiceField(choices=CHOICES),
    "several": forms.MultipleChoiceField(choices=CHOICES),
    "note": forms.CharField(widget=forms.Textarea),
    "is_it": forms.BooleanField(),
    "either": forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect),
}
GIVEN = {
    "text": "\"><script>'&", "hidden": 3, "email": "a@b.example", "number": 12345, "amount": "1234.50", "day": "2026-03-20",
    "choice": "a&b", "several": ["1", "2"], "note": "<", "is_it": True, "either": "2", "password": "p",
}  # fmt: skip


def squeezed(html):
    return " ".join(html.split()).replace("> <", "><")


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("given", [None, GIVEN], ids=["empty", "filled"])
def test_a_field_is_drawn_as_by_django(name, given):
    form_class = type("Form", (forms.Form,), dict(FIELDS))
    ours, theirs = (str(form_class(given, renderer=renderer())[name]) for renderer in (QuickRenderer, DjangoTemplates))
    assert squeezed(ours) == squeezed(theirs)
