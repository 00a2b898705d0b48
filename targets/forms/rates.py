"""Shape of input about targets that do not add up."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.period_names import month_name
from targets.forms.plans import AmountField
from targets.rules import Tier


class RateForm(forms.Form):
    """One row's months in one tier; a month left empty follows the unit above."""

    tier = forms.ChoiceField(choices=Tier.choices, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    client_ref = OnceField(required=False)

    def __init__(self, *args, metric, currency, months, handed, **kwargs):
        """:param handed: what each month follows when it is left empty, as text; "" for nothing."""
        super().__init__(*args, **kwargs)
        self.months = months
        about = {"metric": metric, "currency": currency, "required": False}
        self.fields["every"] = AmountField(
            label=_("Every month"), help_text=_("Fills the months that are left empty below."), **about
        )
        for number, (month, text) in enumerate(zip(months, handed, strict=True)):
            self.fields[f"m{number}"] = field = AmountField(label=month_name(month), **about)
            field.widget.attrs["placeholder"] = text

    @property
    def month_fields(self):
        return [self[f"m{number}"] for number in range(len(self.months))]

    @property
    def amounts(self):
        """Month → minor units, None for one that follows the unit above."""
        given, every = self.cleaned_data, self.cleaned_data.get("every")
        typed = [given[f"m{number}"] for number in range(len(self.months))]
        return {month: every if amount is None else amount for month, amount in zip(self.months, typed, strict=True)}
