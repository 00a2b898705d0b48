"""The shape of a metric: what everybody may change, and the parts of one that a company makes itself."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import DayField
from credits.rules import Measure
from credits.rules.own import BASES, CreditedRole, Customers, DatedBy, Part, natural_day
from customers.models import Channel
from deals.models import ProductLine

#: The day on which a measure happened anyway, whichever that is.
OWN_DAY = ""


class MetricForm(forms.Form):
    """What may be changed about every metric."""

    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=80, required=False)
    is_lower_better = forms.BooleanField(
        label=_("Lower is better"), required=False, help_text=_("Turns rankings round, never the figures.")
    )


class MetricSettingsForm(MetricForm):
    """A metric that is there already."""

    is_active = forms.BooleanField(label=_("In use"), required=False)


class PartForm(forms.Form):
    """One part of an own metric; what only the rules can judge is left to them."""

    measure = forms.CharField(label=_("What is counted"), max_length=24, required=False, widget=forms.Select)
    dated_by = forms.ChoiceField(
        label=_("By which day"), required=False, choices=[(OWN_DAY, _("The day it happened")), *DatedBy.choices[1:]]
    )
    role = forms.ChoiceField(label=_("For whom"), choices=CreditedRole.choices, initial=CreditedRole.SHARES)
    customers = forms.ChoiceField(label=_("Whose deals"), choices=Customers.choices, initial=Customers.ALL)
    by_line = forms.BooleanField(label=_("Only some product lines"), required=False)
    lines = forms.ModelMultipleChoiceField(
        label=_("Product lines"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    by_channel = forms.BooleanField(label=_("Only some channels"), required=False)
    channels = forms.ModelMultipleChoiceField(
        label=_("Channels"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, may_be_empty, **kwargs):
        super().__init__(*args, **kwargs)
        self.may_be_empty = may_be_empty
        empty = [("", _("Nothing – the metric is a sum"))] if may_be_empty else []
        self.fields["measure"].widget.choices = [*empty, *((m.value, m.label) for m in BASES)]
        if may_be_empty:
            self.fields["measure"].label = _("Divided by")
        self.fields["lines"].queryset = ProductLine.objects.order_by("name")
        self.fields["channels"].queryset = Channel.objects.order_by("position", "name")
        for name, field in self.fields.items():
            if name in {"by_line", "by_channel"}:
                field.widget.attrs["class"] = "form-check-input"
            elif name not in {"lines", "channels"}:
                field.widget.attrs["class"] = "form-select" + (" is-invalid" if self.is_bound and name in self.errors else "")

    def clean_measure(self):
        measure = self.cleaned_data["measure"]
        if not measure and not self.may_be_empty:
            raise forms.ValidationError(_("Choose what is counted."))
        return measure

    @property
    def part(self):
        """The part as a plain value, unchecked; None where nothing is counted."""
        given = self.cleaned_data
        if not given.get("measure"):
            return None
        measure = given["measure"]
        return Part(
            Measure(measure) if measure in Measure.values else measure,
            DatedBy(given["dated_by"]) if given["dated_by"] else natural_day(measure),
            CreditedRole(given["role"]),
            Customers(given["customers"]),
            frozenset(line.pk for line in given["lines"]) if given["by_line"] else None,
            frozenset(channel.pk for channel in given["channels"]) if given["by_channel"] else None,
        )


def shown(part):
    """Return a part as the initial values of its form."""
    return {
        "measure": part.measure,
        "dated_by": OWN_DAY if part.dated_by == natural_day(part.measure) else part.dated_by,
        "role": part.role,
        "customers": part.customers,
        "by_line": part.product_lines is not None,
        "lines": part.product_lines or (),
        "by_channel": part.channels is not None,
        "channels": part.channels or (),
    }


class VersionForm(forms.Form):
    """
    Two parts and the day from which they hold.

    :param parts: those that hold now, to begin with.
    """

    starts_on = DayField(label=_("Counts so from"), help_text=_("What was counted before that day stays as it is."))

    def __init__(self, data=None, *, parts=(None, None), **kwargs):
        super().__init__(data, **kwargs)
        initial = [shown(part) if part else None for part in parts]
        self.numerator = PartForm(data, prefix="N", initial=initial[0], may_be_empty=False)
        self.denominator = PartForm(data, prefix="D", initial=initial[1], may_be_empty=True)

    def is_valid(self):
        # All three, so that every field says at once what is wrong with it.
        return all([super().is_valid(), self.numerator.is_valid(), self.denominator.is_valid()])

    @property
    def parts(self):
        return self.numerator.part, self.denominator.part

    def say(self, refusal):
        """Say a refusal at the field where it is to be mended."""
        side = {"D": self.denominator, "N": self.numerator}.get(getattr(refusal, "side", None))
        form = next((f for f in (side, self, self.numerator) if f is not None and refusal.field in f.fields), self)
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.reason)


class OwnMetricForm(VersionForm, MetricForm):
    """A new metric of the company's own."""

    is_percent = forms.BooleanField(label=_("Read a count divided by a count as a percentage"), required=False, initial=True)
    field_order = ("name", "name_en", "is_lower_better", "is_percent", "starts_on")
