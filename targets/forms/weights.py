"""Shape of input about the weights of metrics."""

from django import forms


class WeightsForm(forms.Form):
    """A percentage for each metric; whether they make a whole is the service's to judge."""

    # The weights that were on the screen.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

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
