"""Shape of input about the weights of metrics."""

from django import forms
from django.utils.translation import gettext as _


class WeightsForm(forms.Form):
    """A percentage for each metric; all of them together make 100, or none is given."""

    def __init__(self, *args, metrics, **kwargs):
        super().__init__(*args, **kwargs)
        self.metrics = metrics
        for metric in metrics:
            self.fields[f"w{metric.pk}"] = forms.IntegerField(
                label=metric.label,
                required=False,
                min_value=0,
                max_value=100,
                widget=forms.NumberInput(attrs={"class": "form-control num", "inputmode": "numeric", "min": 0, "max": 100}),
            )

    @property
    def weights(self):
        """Metric → percent, 0 where nothing was typed."""
        return {metric: self.cleaned_data.get(f"w{metric.pk}") or 0 for metric in self.metrics}

    def clean(self):
        given = super().clean()
        whole = sum(value or 0 for value in given.values())
        if not self.errors and whole not in (0, 100):
            text = _("The weights add up to %(sum)s %%; they have to make 100 %%.")
            raise forms.ValidationError(text % {"sum": whole}, code="not_whole")
        return given
