"""What a page can be looked at through, as its address says."""

from datetime import UTC, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import EARLIEST, LATEST, DayField
from credits.queries.lens import MOMENT, Basis, Lens
from customers.models import Channel
from deals.models import ProductLine


class MomentField(forms.CharField):
    """A moment as addresses write it (`credits.queries.lens.MOMENT`); people are led to it, they do not type it."""

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            moment = datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
        except ValueError as error:
            raise forms.ValidationError(_("There is no such moment.")) from error
        if not EARLIEST < moment.date() < LATEST:
            raise forms.ValidationError(_("There is no such moment."))
        return moment


class LensForm(forms.Form):
    """Two dates, and what else a figure can be narrowed to; nothing given is what everybody sees."""

    as_of = DayField(label=_("As of"), required=False, help_text=_("What counts later is left out."))
    known = DayField(label=_("As known on"), required=False, help_text=_("What was entered later is left out."))
    basis = forms.ChoiceField(
        label=_("Units’ figures"),
        required=False,
        choices=[("", Basis.PERSON.label), (Basis.TERRITORY.value, Basis.TERRITORY.label)],
    )
    line = forms.ModelChoiceField(label=_("Product line"), required=False, queryset=None, empty_label=_("All"))
    channel = forms.ModelChoiceField(label=_("Channel"), required=False, queryset=None, empty_label=_("All"))
    until = MomentField(label=_("As known at"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="lens-%s", **kwargs)
        self.fields["line"].queryset = ProductLine.objects.all()
        self.fields["channel"].queryset = Channel.objects.all()
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"

    @property
    def lens(self):
        """The lens of a valid form."""
        given = self.cleaned_data
        return Lens(
            as_of=given["as_of"],
            known_at=given["known"],
            basis=given["basis"] or Basis.PERSON,
            product_line_id=given["line"] and given["line"].pk,
            channel_id=given["channel"] and given["channel"].pk,
            until=given["until"],
        )


class FreeDatesForm(forms.Form):
    """A span of days that has no name, both days in."""

    first = DayField(label=_("From"))
    last = DayField(label=_("To"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="dates-%s", **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "form-control", "min": EARLIEST, "max": LATEST}
