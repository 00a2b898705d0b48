"""The shape of a period of the company's own: days as people say them, the last one in."""

from datetime import timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import DayField
from targets.models import QuotaPeriod


class QuotaPeriodForm(forms.Form):
    """A quota period, a campaign or a stage; of one that exists only name and days are asked for."""

    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=QuotaPeriod.Kind)
    campaign = forms.ModelChoiceField(
        label=_("Campaign"),
        queryset=None,
        required=False,
        empty_label="—",
        help_text=_("For a stage: the campaign it is part of."),
    )
    starts_on = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"), help_text=_("This day is in."))

    def __init__(self, *args, quota_period=None, **kwargs):
        if quota_period is not None:
            shown = {"name": quota_period.name, "starts_on": quota_period.starts_on, "last_day": quota_period.last_day}
            kwargs["initial"] = shown | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = QuotaPeriod.objects.filter(kind=QuotaPeriod.Kind.CAMPAIGN)
        head = ("kind", "campaign")
        if quota_period is not None:
            del self.fields["kind"], self.fields["campaign"]
            head = ()
        self.helper = FormHelper()
        rows = [
            Row(*(Column(name, css_class="col-sm") for name in names)) for names in (head, ("starts_on", "last_day")) if names
        ]
        self.helper.layout = Layout("name", *rows, Submit("submit", _("Save")))

    def clean(self):
        given = super().clean()
        if given.get("kind") == QuotaPeriod.Kind.STAGE and not given.get("campaign") and "campaign" not in self.errors:
            self.add_error("campaign", _("A stage belongs to a campaign."))
        if given.get("kind") != QuotaPeriod.Kind.STAGE:
            given["campaign"] = None
        return given

    @property
    def facts(self):
        """What was given, as the services take it: the end is the day after the last."""
        given = dict(self.cleaned_data)
        given["ends_before"] = given.pop("last_day") + timedelta(days=1)
        if "kind" not in self.fields:
            given.pop("campaign", None)
        return given
