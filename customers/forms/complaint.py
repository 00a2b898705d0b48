"""Forms about complaints."""

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
from customers.forms.customer import CustomerChoice
from customers.models import Complaint
from customers.rules import name_key_of
from teams.forms import PeoplesDaysFilter
from teams.queries import people_in_sight

LONGEST_AGO = timedelta(days=366)


class PastDayForm(forms.Form):
    """A form with one day, today or up to a year ago; `day_field` names it."""

    day_field = ""

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        widget = self.fields[self.day_field].widget
        yesterday = today - timedelta(days=1)
        widget.presets = [(_("Today"), today.isoformat()), (_("Yesterday"), yesterday.isoformat())]
        widget.attrs["max"] = today.isoformat()
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}

    def clean(self):
        cleaned = super().clean()
        day = cleaned.get(self.day_field)
        if day and not self.today - LONGEST_AGO <= day <= self.today:
            self.add_error(self.day_field, ValidationError(_("Choose today or a day of the last twelve months.")))
        return cleaned


class ComplaintForm(PastDayForm):
    """Entering a complaint."""

    day_field = "raised_on"

    client_ref = OnceField(required=False)
    customer = forms.ModelChoiceField(label=_("Customer"), queryset=None, widget=CustomerChoice.base_fields["customer"].widget)
    severity = forms.ChoiceField(
        label=_("Severity"), choices=Complaint.Severity, initial=Complaint.Severity.MINOR, widget=forms.RadioSelect
    )
    what = forms.CharField(
        label=_("What it is about"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": _("What happened, and what the customer expects")}),
    )
    raised_on = forms.DateField(label=_("Raised on"), widget=DayInput())

    def __init__(self, *args, customers, back, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["customer"]
        field.queryset = customers
        field.widget.new_field = ""  # who complains is a customer already
        value = self["customer"].value()
        if str(value).isdecimal() and len(str(value)) < 19:
            field.widget.chosen = customers.filter(pk=value).values_list("name", flat=True).first() or ""
        self.helper.layout = Layout(
            "client_ref",
            Picker("customer"),
            Chips("severity"),
            "what",
            DayPresets("raised_on"),
            Bar(_("Enter the complaint"), back=back),
        )


class AnswerForm(PastDayForm):
    """Saying what was done about a complaint."""

    day_field = "answered_on"

    answer = forms.CharField(label=_("What was done"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    answered_on = forms.DateField(label=_("Answered on"), widget=DayInput())

    def __init__(self, *args, back, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("answer", DayPresets("answered_on"), Bar(_("Save the answer"), back=back))


class JudgeForm(PastDayForm):
    """How severe a complaint is, when it was raised, and who deals with it."""

    day_field = "raised_on"

    severity = forms.ChoiceField(label=_("Severity"), choices=Complaint.Severity, widget=forms.RadioSelect)
    raised_on = forms.DateField(label=_("Raised on"), widget=DayInput())
    handler = forms.ModelChoiceField(label=_("Dealt with by"), queryset=None, required=False, empty_label=_("Nobody yet"))

    def __init__(self, *args, sight, handler_id, back, **kwargs):
        super().__init__(*args, **kwargs)
        here = people_in_sight(sight).filter(
            Q(hired_on__lte=sight.on) & (Q(left_on=None) | Q(left_on__gt=sight.on)) | Q(pk=handler_id or 0)
        )
        self.fields["handler"].queryset = here.order_by("name", "pk")
        self.helper.layout = Layout(Chips("severity"), DayPresets("raised_on"), "handler", Bar(_("Save"), back=back))


class ComplaintFilter(PeoplesDaysFilter):
    """What the list of complaints can be narrowed by; without a status those that somebody still has to deal with come first."""

    sorts = {
        "day": ("raised_on", "pk"),
        "severity": ("weight", "raised_on", "pk"),
        "customer": ("customer__name", "-raised_on", "pk"),
        "person": ("person__name", "-raised_on", "pk"),
    }
    default_sort = "-day"
    day_field = "raised_on"
    field_order = ["q", "status", "severity", "person", "unit", "since", "until"]

    q = forms.CharField(label=_("Search"), max_length=80)
    status = forms.ChoiceField(
        label=_("Status"), choices=[("", _("All")), ("waiting", _("Not closed yet")), *Complaint.Status.choices]
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=[("", _("All")), *Complaint.Severity.choices])
    person = RowChoice(label=_("Counts for"), empty_label=_("All"))

    def narrow(self, rows):
        rows = super().narrow(rows)
        if self.is_valid() and not self.cleaned_data.get("status"):
            rows = rows.standing()
        return rows

    def narrow_q(self, rows, text):
        key = name_key_of(text)
        return rows.filter(customer__name_key__contains=key) if key else rows.none()

    def narrow_status(self, rows, status):
        return rows.waiting() if status == "waiting" else rows.filter(status=status)

    def narrow_severity(self, rows, severity):
        return rows.filter(severity=severity)
