"""Forms about visits and plans."""

from datetime import timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.layouts import Bar, Chips, DayInput, DayPresets, Picker
from customers.forms import CustomerChoice
from customers.models import name_key_of
from teams.forms import PeoplesDaysFilter
from visits.models import Visit

LONGEST_AGO = timedelta(days=366)


def day_presets(today):
    """Return what is mostly meant by "next time"."""
    return [
        (_("Tomorrow"), (today + timedelta(days=1)).isoformat()),
        (_("In 3 days"), (today + timedelta(days=3)).isoformat()),
        (_("In a week"), (today + timedelta(days=7)).isoformat()),
    ]


class LearnedForm(forms.Form):
    """What a visit brought: kind, outcome, next step and its day. Ends a visit in progress, or corrects a logged one."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=Visit.Kind.choices, initial=Visit.Kind.FOLLOW_UP, widget=forms.RadioSelect
    )
    outcome = forms.CharField(
        label=_("What was learned"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("Need, competitors, satisfaction, what was agreed")}),
    )
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_on = forms.DateField(label=_("Next step on"), required=False, widget=DayInput())

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["next_on"].widget.presets = day_presets(today)
        self.fields["next_on"].widget.attrs["min"] = today.isoformat()

    def clean_next_on(self):
        day = self.cleaned_data["next_on"]
        if day and not self.today <= day <= self.today + LONGEST_AGO:
            raise ValidationError(_("The next step lies between today and a year from now."))
        return day

    def learned(self):
        """Return what a service takes."""
        return {name: self.cleaned_data[name] for name in ("kind", "outcome", "next_step", "next_on")}


class VisitForm(LearnedForm, CustomerChoice):
    """Logging a visit, on the page as in the queue of a phone that had no network."""

    client_ref = OnceField(required=False)
    visited_on = forms.DateField(label=_("Day"), widget=DayInput())
    latitude = forms.DecimalField(
        min_value=-90, max_value=90, max_digits=9, decimal_places=6, required=False, widget=forms.HiddenInput
    )
    longitude = forms.DecimalField(
        min_value=-180, max_value=180, max_digits=9, decimal_places=6, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        today = self.today
        self.fields["visited_on"].widget.presets = [
            (_("Today"), today.isoformat()),
            (_("Yesterday"), (today - timedelta(days=1)).isoformat()),
        ]
        self.fields["visited_on"].widget.attrs["max"] = today.isoformat()
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True, "data-offline": "visits"}
        self.helper.layout = Layout(
            "client_ref",
            Picker("customer"),
            "new_customer",
            Div("new_phone", css_class="only-new", css_id="new-customer"),
            Chips("kind"),
            "outcome",
            "next_step",
            DayPresets("next_on"),
            DayPresets("visited_on"),
            "latitude",
            "longitude",
            HTML('{% include "visits/_partials/position.html" %}'),
            Bar(_("Save the visit"), template="visits/_partials/visit_bar.html"),
        )

    def clean_visited_on(self):
        day = self.cleaned_data["visited_on"]
        if not self.today - LONGEST_AGO <= day <= self.today + LONGEST_AGO:
            raise ValidationError(_("A visit lies within a year of today."))
        return day

    def position(self):
        """Return latitude and longitude; both or neither."""
        both = self.cleaned_data["latitude"], self.cleaned_data["longitude"]
        return dict(zip(("latitude", "longitude"), both if None not in both else (None, None), strict=True))


class EndForm(LearnedForm):
    """Ending a visit that was begun by checking in, or correcting one."""

    def __init__(self, *args, button, back="", **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(Chips("kind"), "outcome", "next_step", DayPresets("next_on"), Bar(button, back=back))


class PlanForm(forms.Form):
    """Planning a visit."""

    customer = forms.ModelChoiceField(label=_("Customer"), queryset=None, widget=CustomerChoice.base_fields["customer"].widget)
    planned_on = forms.DateField(label=_("Day"), widget=DayInput())
    purpose = forms.CharField(label=_("Purpose"), max_length=200, required=False)

    def __init__(self, *args, customers, today, back, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        field = self.fields["customer"]
        field.queryset = customers
        field.widget.new_field = ""  # one plans to see somebody who is there
        value = self["customer"].value()
        if str(value).isdecimal() and len(str(value)) < 19:
            field.widget.chosen = customers.filter(pk=value).values_list("name", flat=True).first() or ""
        self.fields["planned_on"].widget.presets = [(_("Today"), today.isoformat()), *day_presets(today)]
        self.fields["planned_on"].widget.attrs["min"] = today.isoformat()
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(
            Picker("customer"), DayPresets("planned_on"), "purpose", Bar(_("Plan the visit"), icon="calendar-plus", back=back)
        )

    def clean_planned_on(self):
        day = self.cleaned_data["planned_on"]
        if not self.today <= day <= self.today + LONGEST_AGO:
            raise ValidationError(_("Plan from today to a year ahead."))
        return day


class VisitFilter(PeoplesDaysFilter):
    """What the list of visits can be narrowed by."""

    sorts = {
        "day": ("visited_on", "pk"),
        "person": ("person__name", "-visited_on", "pk"),
        "customer": ("customer__name", "-visited_on", "pk"),
        "kind": ("kind", "-visited_on", "pk"),
    }
    default_sort = "-day"
    day_field = "visited_on"
    field_order = ["q", "kind", "counts", "person", "unit", "grade", "since", "until"]

    q = forms.CharField(label=_("Search"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *Visit.Kind.choices])
    counts = forms.ChoiceField(
        label=_("Counts"),
        choices=[
            ("", _("All")),
            ("yes", _("Valid visits")),
            ("no", _("Not counted")),
            *((value, label) for value, label in Visit.InvalidReason.choices if value),
        ],
    )
    grade = forms.ChoiceField(label=_("Grade"), choices=[("", _("All")), ("A", "A"), ("B", "B"), ("C", "C")])

    def narrow_q(self, rows, text):
        key = name_key_of(text)
        return rows.filter(customer__name_key__contains=key) if key else rows.none()

    def narrow_kind(self, rows, kind):
        return rows.filter(kind=kind)

    def narrow_counts(self, rows, counts):
        if counts in {"yes", "no"}:
            return rows.filter(is_valid=counts == "yes")
        return rows.filter(invalid_reason=counts)

    def narrow_grade(self, rows, grade):
        return rows.filter(customer__grade=grade)
