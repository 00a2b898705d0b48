"""Parts of forms that crispy does not know: chips to press, a picker that searches, days a thumb away, the bar that sends."""

from crispy_forms.layout import Field, LayoutObject
from django import forms
from django.template.loader import render_to_string
from django.urls import reverse


class Chips(Field):
    """A choice as large buttons instead of a list that unfolds. The field's widget is `forms.RadioSelect`."""

    template = "_components/fields/chips.html"


class Picker(Field):
    """A reference found by typing (`PickerInput`)."""

    template = "_components/fields/picker.html"


class DayPresets(Field):
    """A day with buttons for the days that are mostly meant (`DayInput` with `presets`)."""

    template = "_components/fields/day.html"


class Suggestions(Field):
    """A text with buttons for what is mostly said (`SuggestedInput`)."""

    template = "_components/fields/suggestions.html"


class Bar(LayoutObject):
    """The buttons at the end of a form; on a phone they stay within the thumb's reach."""

    def __init__(self, label, *, icon="check", back="", danger=False, template="_components/fields/bar.html"):
        self.context = {"label": label, "icon": icon, "back": back, "danger": danger}
        self.template = template

    def render(self, form, context, template_pack=None, **kwargs):
        return render_to_string(self.template, context.flatten() | self.context | {"form": form})


class PickerInput(forms.TextInput):
    """
    The id of something that is found by typing.

    :param route: name of the route that answers `?q=` with `{"results": [{"id", "label", "note"}]}`.
    :param new_field: name of the hidden field that takes what was typed when nothing fits; with the words to offer it.
    """

    input_type = "hidden"

    def __init__(self, *, route, placeholder="", new_field="", new_label="", store=""):
        super().__init__()
        self.route, self.placeholder, self.new_field, self.new_label = route, placeholder, new_field, new_label
        self.store = store
        self.chosen = ""  # how what is chosen is called; set by the form that knows

    @property
    def url(self):
        return reverse(self.route)


class DayInput(forms.DateInput):
    """A day, with the browser's own calendar; `presets` are (label, ISO day) pairs, set by the form that knows today."""

    input_type = "date"
    presets = ()

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class SuggestedInput(forms.TextInput):
    """A line of text with suggestions to press, set by the form."""

    suggestions = ()
