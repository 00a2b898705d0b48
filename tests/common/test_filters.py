"""The fields of a filter bar: drawn as the form would draw them, and rows that are read only once they are chosen."""

import pytest
from django import forms

from common.lists import RowChoice
from common.templatetags.filters import drawn


class Rows:
    """Stands for a queryset: knows two people and how often it was asked."""

    model = type("Person", (), {"DoesNotExist": LookupError})
    asked = 0

    def all(self):
        return self

    def get(self, pk):
        Rows.asked += 1
        return {"1": "Asha", "2": "Ben"}[pk]


class Filter(forms.Form):
    size = forms.ChoiceField(choices=[("", "All"), ("S", "Small <1>"), ("L", "Large")], required=False)
    sort = forms.ChoiceField(choices=[("", "-"), ("Group", [("a", "A")])], required=False)
    text = forms.CharField(required=False)
    who = RowChoice(label="Who", required=False, empty_label="All")

    def __init__(self, *args, names=((1, "Asha"), (2, "Ben")), rows=Rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].offer(names, rows)


@pytest.mark.parametrize("given", [None, {}, {"size": "L", "text": "<", "who": "2"}, {"size": "no such size"}])
@pytest.mark.parametrize("name", ["size", "sort", "text"])
def test_a_field_is_drawn_as_its_form_draws_it(given, name):
    form = Filter(given)
    assert drawn(form[name]) == str(form[name])


def test_a_list_is_drawn_anew_when_a_name_is_another():
    assert "Asha" in drawn(Filter()["who"])
    assert "Ada" in drawn(Filter(names=[(1, "Ada")])["who"])


def test_what_is_chosen_stays_chosen():
    assert '<option value="2" selected>Ben</option>' in drawn(Filter({"who": "2"})["who"])


def test_a_row_is_read_only_if_it_was_chosen():
    asked = Rows.asked
    form = Filter({})
    assert (form.is_valid(), form.cleaned_data["who"], Rows.asked - asked) == (True, None, 0)
    form = Filter({"who": "2"})
    assert (form.is_valid(), form.cleaned_data["who"], Rows.asked - asked) == (True, "Ben", 1)
