"""Forms about expenses."""

from datetime import timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.layouts import Bar, Chips, DayInput, DayPresets, Picker
from common.lists import RowChoice
from customers.forms import CustomerChoice
from customers.rules import name_key_of
from teams.forms import PeoplesDaysFilter
from visits.models import Expense, ExpenseCategory

LONGEST_AGO = timedelta(days=366)


class ExpenseForm(forms.Form):
    """Claiming an expense, on a phone in a few presses."""

    client_ref = OnceField(required=False)
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=0,
        max_digits=15,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )
    category = forms.ModelChoiceField(
        label=_("What for"), queryset=None, empty_label=None, widget=forms.RadioSelect, required=True
    )
    spent_on = forms.DateField(label=_("Spent on"), widget=DayInput())
    customer = forms.ModelChoiceField(
        label=_("For which customer"), queryset=None, required=False, widget=CustomerChoice.base_fields["customer"].widget
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    receipt = forms.CharField(
        label=_("Receipt"), max_length=80, required=False, help_text=_("The number on the receipt, or where it is kept.")
    )

    def __init__(self, *args, customers, today, back, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["category"].queryset = ExpenseCategory.objects.filter(is_active=True)
        field = self.fields["customer"]
        field.queryset = customers
        field.widget.new_field = ""  # money is spent on a customer who is there
        value = self["customer"].value()
        if str(value).isdecimal() and len(str(value)) < 19:
            field.widget.chosen = customers.filter(pk=value).values_list("name", flat=True).first() or ""
        yesterday = today - timedelta(days=1)
        self.fields["spent_on"].widget.presets = [(_("Today"), today.isoformat()), (_("Yesterday"), yesterday.isoformat())]
        self.fields["spent_on"].widget.attrs["max"] = today.isoformat()
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            "client_ref",
            "amount",
            Chips("category"),
            DayPresets("spent_on"),
            Picker("customer"),
            "note",
            "receipt",
            Bar(_("Claim the expense"), icon="send", back=back),
        )

    def clean_spent_on(self):
        day = self.cleaned_data["spent_on"]
        if not self.today - LONGEST_AGO <= day <= self.today:
            raise ValidationError(_("Choose today or a day of the last twelve months."))
        return day


class DeclineForm(forms.Form):
    """Why a claim is declined."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args, back, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout("reason", Bar(_("Decline the expense"), icon="x", back=back, danger=True))


class CategoryForm(forms.Form):
    """Something that expenses can be claimed for."""

    name = forms.CharField(label=_("Name"), max_length=40)


class ExpenseFilter(PeoplesDaysFilter):
    """What the list of expenses can be narrowed by."""

    sorts = {
        "day": ("spent_on", "pk"),
        "amount": ("amount", "pk"),
        "person": ("person__name", "-spent_on", "pk"),
        "category": ("category__position", "-spent_on", "pk"),
    }
    default_sort = "-day"
    day_field = "spent_on"
    field_order = ["q", "status", "category", "person", "unit", "since", "until"]

    q = forms.CharField(label=_("Search"), max_length=80)
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All")), *Expense.Status.choices])
    category = RowChoice(label=_("What for"), empty_label=_("All"))

    def __init__(self, given, **kwargs):
        super().__init__(given, **kwargs)
        self.fields["category"].offer(ExpenseCategory.objects.values_list("pk", "name"), ExpenseCategory.objects.all)

    def narrow_q(self, rows, text):
        match = Q(note__icontains=text)
        if key := name_key_of(text):
            match |= Q(customer__name_key__contains=key)
        return rows.filter(match)

    def narrow_status(self, rows, status):
        return rows.filter(status=status)

    def narrow_category(self, rows, category):
        return rows.filter(category=category)
