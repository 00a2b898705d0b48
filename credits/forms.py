"""Which credits a page shows."""

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.rules import Measure


class MeasureFilter(forms.Form):
    """Narrows a list of credits to one measure."""

    measure = forms.ChoiceField(label=_("Measure"), required=False, choices=[("", _("All")), *Measure.choices])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["measure"].widget.attrs["class"] = "form-select"

    def chosen(self):
        """Return the measure that is on, empty for all."""
        return self.cleaned_data.get("measure", "") if self.is_valid() else ""
