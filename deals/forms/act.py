"""What happens to a deal: won, lost, cancelled, paid, returned, shared, corrected."""

from datetime import timedelta
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.layouts import Bar, Chips, DayInput, DayPresets, Picker, SuggestedInput, Suggestions
from common.periods import FIRST_YEAR, LAST_YEAR
from customers.forms import CustomerChoice
from customers.models import Channel
from deals import rules
from deals.forms.deal import LONGEST_AGO, money_field
from deals.models import Deal
from deals.rules import BadShares
from teams.queries import people_in_sight, territories


class DayForm(forms.Form):
    """A form whose `on` is a day up to today; the base of everything that happens to a deal."""

    button, icon, danger = _("Save"), "check", False
    day_label = _("Day")
    parts: tuple = ()

    on = forms.DateField(label=_("Day"), widget=DayInput())

    def __init__(self, *args, today, back, **kwargs):
        kwargs["initial"] = {"on": today} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.today = today
        field = self.fields["on"]
        field.label = self.day_label
        yesterday = today - timedelta(days=1)
        field.widget.presets = [(_("Today"), today.isoformat()), (_("Yesterday"), yesterday.isoformat())]
        field.widget.attrs["max"] = today.isoformat()
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        bar = Bar(self.button, icon=self.icon, back=back, danger=self.danger)
        self.helper.layout = Layout(*self.laid_out(), bar)

    def laid_out(self):
        return [DayPresets("on")]

    def clean_on(self):
        day = self.cleaned_data["on"]
        if not self.today - LONGEST_AGO <= day <= self.today:
            raise ValidationError(_("Choose today or a day before."))
        return day


class WinForm(DayForm):
    button, icon, day_label = _("The deal is won"), "trophy", _("Won on")


class ReasonForm(DayForm):
    """Something that needs a reason."""

    suggestions: tuple = ()
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=SuggestedInput())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.suggestions = self.suggestions

    def laid_out(self):
        return [Suggestions("reason"), DayPresets("on")]


class LoseForm(ReasonForm):
    button, icon, day_label = _("The deal is lost"), "mood-sad", _("Lost on")
    suggestions = (
        _("Too expensive"),
        _("A competitor got it"),
        _("No budget"),
        _("No need any more"),
        _("No answer"),
        _("Too late"),
    )


class CancelForm(ReasonForm):
    button, icon, danger, day_label = _("Cancel the deal"), "ban", True, _("Cancelled on")
    suggestions = (_("Ordered by mistake"), _("The customer withdrew"), _("Not delivered"), _("Entered twice"))


class PaymentForm(DayForm):
    """Money received."""

    button, icon, day_label = _("Record the payment"), "cash", _("Received on")
    client_ref = OnceField(required=False)
    amount = money_field(_("Amount"), widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def laid_out(self):
        return ["client_ref", "amount", DayPresets("on"), "note"]


class UnpayForm(ReasonForm):
    button, icon, danger = _("Cancel the payment"), "ban", True
    suggestions = (_("Typed wrong"), _("The money did not arrive"), _("Belongs to another deal"))

    def laid_out(self):
        del self.fields["on"]
        return [Suggestions("reason")]


class ReturnForm(ReasonForm):
    """Goods that come back: a quantity for each line, from nothing to what is left of it."""

    button, icon, danger, day_label = _("Take the goods back"), "package-import", True, _("Returned on")
    suggestions = (_("Damaged"), _("Wrong goods"), _("Too many ordered"), _("The customer withdrew"))
    client_ref = OnceField(required=False)

    def __init__(self, *args, left, **kwargs):
        self.left = left  # (line, how many can still come back)
        super().__init__(*args, **kwargs)
        for line, most in left:
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=_("%(product)s (up to %(most)s)") % {"product": line.product, "most": most},
                min_value=0,
                max_value=most,
                initial=0,
                required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def laid_out(self):
        return ["client_ref", *(f"line_{line.pk}" for line, _most in self.left), *super().laid_out()]

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.items():
            raise ValidationError(_("Say how many came back of at least one product."))
        return cleaned

    def items(self):
        """Return (line, quantity) for what came back."""
        quantities = [(line, self.cleaned_data.get(f"line_{line.pk}")) for line, _most in self.left]
        return [(line, quantity) for line, quantity in quantities if quantity]


class ChangeForm(forms.Form):
    """Correcting what a deal says; products, payments and shares have their own pages."""

    customer = forms.ModelChoiceField(label=_("Customer"), queryset=None, widget=CustomerChoice.base_fields["customer"].widget)
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=None)
    channel = forms.ModelChoiceField(label=_("Channel"), queryset=None, required=False)
    territory = forms.ModelChoiceField(
        label=_("Territory"),
        queryset=None,
        required=False,
        help_text=_("Where the order counts by territory, whoever sold it."),
    )
    stage = forms.ChoiceField(label=_("Stage"), choices=Deal.Stage.choices, widget=forms.RadioSelect)
    opened_on = forms.DateField(label=_("Opened on"), widget=DayInput())
    expected_on = forms.DateField(label=_("Expected close"), required=False, widget=DayInput())
    signed_on = forms.DateField(label=_("Signed on"), required=False, widget=DayInput())
    invoiced_on = forms.DateField(label=_("Invoiced on"), required=False, widget=DayInput())
    amount = money_field(_("Estimated amount"))
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, deal, sight, customers, back, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = customers
        self.fields["customer"].widget.new_field = ""
        self.fields["customer"].widget.chosen = deal.customer.name if deal.customer else ""
        people = people_in_sight(sight).order_by("name")
        self.fields["owner"].queryset = people
        if not sight.sees_everybody and not sight.unit_ids:
            del self.fields["owner"]
        self.fields["channel"].queryset = Channel.objects.all()
        self.fields["territory"].queryset = territories(sight.on)
        if deal.lines.exists():
            del self.fields["amount"]
        if deal.status != Deal.Status.OPEN:
            del self.fields["stage"], self.fields["expected_on"]
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        names = [name for name in self.fields if name not in {"customer", "stage", "note"}]
        stage = [Chips("stage")] if "stage" in self.fields else []
        self.helper.layout = Layout(
            Picker("customer"), *stage, Div(*names, css_class="form-columns"), "note", Bar(_("Save"), back=back)
        )

    def clean(self):
        cleaned = super().clean()
        for name in ("opened_on", "expected_on", "signed_on", "invoiced_on"):
            if (day := cleaned.get(name)) and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(name, ValidationError(_("This day is too far away.")))
        return cleaned


class ShareForm(forms.Form):
    """A person's part of a deal."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=None, required=False)
    percent = forms.DecimalField(
        label=_("Share in %"), min_value=Decimal("0.01"), max_value=100, max_digits=5, decimal_places=2, required=False
    )
    is_overlay = forms.BooleanField(label=_("On top"), required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.fields["person"].widget.attrs["class"] = "form-select"
        self.fields["percent"].widget.attrs |= {"class": "form-control", "inputmode": "decimal"}
        self.fields["is_overlay"].widget.attrs["class"] = "form-check-input"

    def clean(self):
        cleaned = super().clean()
        if bool(cleaned.get("person")) != (cleaned.get("percent") is not None) and not self.errors:
            raise ValidationError(_("A share needs a person and a percentage."))
        return cleaned


class BaseShareSet(forms.BaseFormSet):
    """The parts of a deal: shares that add to exactly 100 %, and overlays on top."""

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, prefix="shares", form_kwargs={"people": people}, **kwargs)

    def clean(self):
        if any(form.errors for form in self.forms):
            return
        try:
            for is_overlay in (False, True):
                given = [(person.pk, percent) for person, percent in self.given(is_overlay=is_overlay)]
                rules.check_shares(given, is_overlay=is_overlay)
        except BadShares as refusal:
            raise ValidationError(refusal.reason) from None

    def given(self, *, is_overlay):
        """Return (person, percent) of the shares, or of the overlays."""
        rows = [form.cleaned_data for form in self.forms]
        return [(row["person"], row["percent"]) for row in rows if row.get("person") and row["is_overlay"] == is_overlay]


ShareSet = forms.formset_factory(ShareForm, formset=BaseShareSet, extra=3, max_num=20, validate_max=True, absolute_max=20)
