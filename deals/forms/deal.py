"""Logging a deal: customer, products, and whether it is won or still open."""

from datetime import timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.layouts import Bar, Chips, DayInput, DayPresets, Picker, PickerInput
from common.money import BadAmount
from customers.forms import CustomerChoice
from customers.models import Channel
from deals import rules
from deals.models import Deal, Product
from deals.rules import BadLine, Line
from teams.queries import people_in_sight

LONGEST_AGO = timedelta(days=5 * 366)
MOST_LINES = 50


def money_field(label, **kwargs):
    """Return a field for an amount as the models keep it: from 0, two places, up to the product's limit."""
    return forms.DecimalField(label=label, min_value=0, max_digits=15, decimal_places=2, **kwargs)


class LineForm(forms.Form):
    """One product of a deal."""

    product = forms.ModelChoiceField(queryset=None, widget=forms.HiddenInput)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=rules.MOST_PIECES, initial=1)
    price = money_field(_("Price"))

    def __init__(self, *args, products, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products
        for name in ("quantity", "price"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal" if name == "price" else "numeric", "autocomplete": "off"}

    @cached_property
    def shown_product(self):
        """The product this row is about, to be shown again after an error."""
        value = str(self["product"].value() or "")
        return self.fields["product"].queryset.filter(pk=value).first() if value.isdecimal() and len(value) < 19 else None


class BaseLineSet(forms.BaseFormSet):
    """The products of a deal; rows without a product are left out."""

    def __init__(self, *args, products=None, **kwargs):
        kwargs["form_kwargs"] = {"products": Product.objects.filter(is_active=True) if products is None else products}
        super().__init__(*args, prefix="lines", **kwargs)

    def lines(self):
        """Return the lines as services take them."""
        return [Line(**form.cleaned_data) for form in self.forms if form.cleaned_data.get("product")]

    def clean(self):
        if any(form.errors for form in self.forms):
            return
        try:
            checked = [rules.check_line(_complete(line)) for line in self.lines()]
            self.sums = rules.sums_of(checked)
        except (BadLine, BadAmount) as refusal:
            raise ValidationError(refusal.reason) from None


LineSet = forms.formset_factory(
    LineForm, formset=BaseLineSet, extra=0, max_num=MOST_LINES, validate_max=True, absolute_max=MOST_LINES
)


class DealForm(CustomerChoice):
    """Logging a deal, on the page as in the queue of a phone that had no network."""

    client_ref = OnceField(required=False)
    status = forms.ChoiceField(
        label=_("How far is it?"),
        choices=[(Deal.Status.WON, _("Won")), (Deal.Status.OPEN, _("Still open"))],
        initial=Deal.Status.WON,
        widget=forms.RadioSelect,
    )
    closed_on = forms.DateField(label=_("Won on"), required=False, widget=DayInput())
    stage = forms.ChoiceField(
        label=_("Stage"), choices=Deal.Stage.choices, initial=Deal.Stage.LEAD, required=False, widget=forms.RadioSelect
    )
    expected_on = forms.DateField(label=_("Expected close"), required=False, widget=DayInput())
    estimate = money_field(_("Estimated amount"), required=False)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=None)
    channel = forms.ModelChoiceField(label=_("Channel"), queryset=None, required=False, empty_label=_("As of the customer"))
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    product = forms.CharField(
        label=_("Products"),
        required=False,
        widget=PickerInput(route="deals:pick_product", placeholder=_("Search for a product to add"), store="products"),
    )
    total = forms.DecimalField(max_digits=15, decimal_places=2, required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, sight, today, person, **kwargs):
        super().__init__(data, sight=sight, **kwargs)
        self.today, self.person = today, person
        self.lines = LineSet(data)
        self.fields["channel"].queryset = Channel.objects.all()
        people = people_in_sight(sight).employed_on(today).order_by("name")
        if person is not None and not sight.sees_everybody and not sight.unit_ids:
            del self.fields["owner"]
        else:
            self.fields["owner"].queryset = people
        yesterday, week = today - timedelta(days=1), today + timedelta(days=7)
        self.fields["closed_on"].widget.presets = [(_("Today"), today.isoformat()), (_("Yesterday"), yesterday.isoformat())]
        self.fields["closed_on"].widget.attrs["max"] = today.isoformat()
        month = today + timedelta(days=30)
        self.fields["expected_on"].widget.presets = [(_("In a week"), week.isoformat()), (_("In a month"), month.isoformat())]
        self.helper = self._laid_out()

    def _laid_out(self):
        helper = FormHelper()
        helper.attrs = {"novalidate": True, "data-offline": "deals", "data-deal": ""}
        # Who is nobody in the organisation must say whose deal it is; for everybody else it is their own unless they say so.
        first, rest = (["owner"], []) if self.person is None else ([], ["owner"] if "owner" in self.fields else [])
        helper.layout = Layout(
            "client_ref",
            "total",
            *first,
            Picker("customer"),
            "new_customer",
            Div("new_phone", css_class="only-new", css_id="new-customer"),
            Picker("product"),
            HTML('{% include "deals/_partials/lines.html" with lines=form.lines %}'),
            Chips("status"),
            Div(DayPresets("closed_on"), css_class="only-won"),
            Div(Chips("stage"), DayPresets("expected_on"), Field("estimate"), css_class="only-open"),
            HTML('<details class="more-fields"><summary>{{ more_fields_label }}</summary>'),
            Div(*rest, "channel", "title", css_class="form-columns"),
            "note",
            HTML("</details>"),
            Bar(_("Save the deal"), template="deals/_partials/deal_bar.html"),
        )
        return helper

    def is_valid(self):
        lines_are_valid = self.lines.is_valid()
        return super().is_valid() and lines_are_valid

    def clean(self):
        cleaned = super().clean()
        is_won = cleaned.get("status") == Deal.Status.WON
        if is_won and not cleaned.get("closed_on") and "closed_on" not in self.errors:
            self.add_error("closed_on", ValidationError(_("Say on which day it was won."), code="required"))
        if self.lines.is_valid():
            if is_won and not self.lines.lines():
                self.add_error("product", ValidationError(_("A deal needs at least one product to be won."), code="required"))
            # What the phone showed must be what is kept: a price may have been changed in between.
            shown = cleaned.get("total")
            if shown is not None and self.lines.lines() and shown != self.lines.sums.amount:
                text = _("The lines add up to %(total)s, not to the amount shown; please look at them again.")
                self.add_error("product", ValidationError(text % {"total": f"{self.lines.sums.amount:,.2f}"}))
        return cleaned

    def clean_closed_on(self):
        day = self.cleaned_data["closed_on"]
        if day and not self.today - LONGEST_AGO <= day <= self.today:
            raise ValidationError(_("A deal is won today or before."))
        return day

    def clean_expected_on(self):
        day = self.cleaned_data["expected_on"]
        if day and not self.today - LONGEST_AGO <= day <= self.today + LONGEST_AGO:
            raise ValidationError(_("This day is too far away."))
        return day


def _complete(line):
    """Return a line with the product's own cost and list price, as the service will fill them in."""
    return Line(line.product, line.quantity, line.price, cost=line.product.cost, list_price=line.product.list_price)
