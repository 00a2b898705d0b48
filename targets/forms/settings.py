"""Shape of a plan's settings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from targets.forms.plans import PercentField


class PlanSettingsForm(forms.Form):
    """How far floor and stretch lie from the target, and what units of each kind plan over."""

    floor_percent = PercentField(label=_("Floor, % of the commit target"), min_value=0, max_value=100)
    stretch_percent = PercentField(label=_("Stretch, % of the commit target"), min_value=100, max_value=999)
    is_retiered = forms.BooleanField(
        label=_("Work floor and stretch out anew everywhere"),
        required=False,
        help_text=_("Commit targets and locked cells stay. Without this, the percentages hold for new targets only."),
    )
    over_company = PercentField(
        label=_("The company plans over, %"),
        min_value=0,
        max_value=100,
        help_text=_("What a unit hands out beyond its own target, on purpose: with 3, regions are asked for 103 % together."),
    )
    over_region = PercentField(label=_("Regions plan over, %"), min_value=0, max_value=100)
    over_team = PercentField(label=_("Teams plan over, %"), min_value=0, max_value=100)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["is_retiered"].widget.attrs["class"] = "form-check-input"
