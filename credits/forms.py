"""Which credits a page shows, and until when the books are closed."""

from datetime import date, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.periods import FIRST_YEAR, LAST_YEAR
from credits.models import Closing
from credits.rules import Measure
from teams.queries import people_in_sight, units_in_sight


class MeasureFilter(forms.Form):
    """Narrows a list of credits to one measure."""

    measure = forms.ChoiceField(label=_("Measure"), required=False, choices=[("", _("All")), *Measure.choices])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["measure"].widget.attrs["class"] = "form-select"

    def chosen(self):
        """Return the measure that is on, empty for all."""
        return self.cleaned_data.get("measure", "") if self.is_valid() else ""


class CloseForm(forms.Form):
    """The last day to be closed; people do not speak half-open."""

    last_day = forms.DateField(
        label=_("Close everything up to and including"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        validators=[MinValueValidator(date(FIRST_YEAR, 1, 1)), MaxValueValidator(date(LAST_YEAR, 12, 30))],
    )

    def ends_before(self):
        """Return the first day that stays open."""
        return self.cleaned_data["last_day"] + timedelta(days=1)


class RestatementFilter(forms.Form):
    """Narrows the restatements to those of a closing, a person, a unit."""

    closing = forms.ModelChoiceField(label=_("Closed period"), queryset=None, required=False, empty_label=_("All"))
    person = forms.ModelChoiceField(label=_("Person"), queryset=None, required=False, empty_label=_("All"))
    unit = forms.ModelChoiceField(
        label=pgettext_lazy("organisation", "Unit"), queryset=None, required=False, empty_label=_("All")
    )

    def __init__(self, *args, sight, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["closing"].queryset = Closing.objects.order_by("-starts_on")
        self.fields["person"].queryset = people_in_sight(sight).order_by("name", "pk")
        self.fields["unit"].queryset = units_in_sight(sight).order_by("position", "name")
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"

    def chosen(self):
        """Return what is on as arguments of `restatements`; nothing that is not understood."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}
