"""Which runs the page shows."""

from django import forms
from django.utils.translation import gettext_lazy as _

from jobs import registry
from jobs.models import Job


class RunFilter(forms.Form):
    """The filters of the list of runs."""

    kind = forms.ChoiceField(label=_("Job"), required=False)
    status = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Job.Status.choices])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All")), *((kind.code, kind.title) for kind in registry.kinds().values())]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select"

    def chosen(self):
        """Return the filters that are on; what is no filter is left out."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_bound else {}
