"""Shapes of an action plan: what each channel must bring, who is to be won and with what, and tasks."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import OnceForm
from targets.forms.plans import AmountField

STEPS = ("invitations", "visits", "orders")


def _number(label):
    widget = forms.NumberInput(attrs={"class": "form-control num", "inputmode": "numeric", "min": 0})
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=10_000_000, widget=widget)


class ActionPlanForm(forms.Form):
    """Per channel the invitations, visits, orders and amount; prospects and resources in words."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    prospects = forms.CharField(
        label=_("Prospects and campaigns"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=_("Which customers, which communities, which campaigns and when."),
    )
    resources = forms.CharField(
        label=_("Resources"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=_("People, budget, samples, training: what is needed, and from whom."),
    )

    def __init__(self, *args, lines, metric, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        labels = {"invitations": _("Invitations"), "visits": _("Visits that come of it"), "orders": _("Orders")}
        for line in lines:
            for step in STEPS:
                self.fields[f"{step}_{line.channel.pk}"] = _number(labels[step])
            amount = AmountField(label=_("Amount"), metric=metric, currency=currency, required=False)
            self.fields[f"amount_{line.channel.pk}"] = amount
            for name in (*STEPS, "amount"):
                self.initial.setdefault(f"{name}_{line.channel.pk}", getattr(line, name))

    @property
    def rows(self):
        """Each channel with its four fields."""
        return [(line, [self[f"{name}_{line.channel.pk}"] for name in (*STEPS, "amount")]) for line in self.lines]

    def numbers_of(self, channel):
        """Return what was typed for a channel, by name; None where nothing was."""
        return {name: self.cleaned_data.get(f"{name}_{channel.pk}") for name in (*STEPS, "amount")}


class ActionTaskForm(OnceForm):
    """A task that serves an action plan."""

    title = forms.CharField(label=_("What"), max_length=200, widget=forms.TextInput(attrs={"class": "form-control"}))
    owner = forms.ModelChoiceField(
        label=_("Who"), queryset=None, empty_label=None, widget=forms.Select(attrs={"class": "form-select"})
    )
    due_on = forms.DateField(
        label=_("Until"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    )

    def __init__(self, *args, owners, on, **kwargs):
        kwargs["initial"] = {"due_on": on + timedelta(days=14)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if not 2000 <= day.year <= 2099:
            raise forms.ValidationError(_("Give a day of this century."))
        return day
