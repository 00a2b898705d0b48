"""Shapes of input about adjusting a published plan."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.period_names import month_name
from common.periods import FIRST_YEAR
from targets.forms.plans import AmountField, OnceForm
from targets.rules import Balance


class DayField(forms.DateField):
    """A day, chosen or typed."""

    def __init__(self, **kwargs):
        widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
        super().__init__(**{"widget": widget} | kwargs)


class ReasonField(forms.CharField):
    """Why, in a sentence or two."""

    def __init__(self, **kwargs):
        widget = forms.Textarea(attrs={"rows": 2, "class": "form-control"})
        super().__init__(**{"label": _("Reason"), "max_length": 300, "widget": widget} | kwargs)


class SettlingForm(OnceForm):
    """What every adjustment says: from which day, what becomes of the sum above, why."""

    from_on = DayField(label=_("Holds from"))
    balance = forms.ChoiceField(
        label=_("The sum above"), choices=Balance.choices, initial=Balance.SIBLINGS, widget=forms.RadioSelect
    )
    reason = ReasonField()

    def __init__(self, *args, year, earliest=None, **kwargs):
        """
        :param year: the Period of the plan.
        :param earliest: the first day that is not closed.
        """
        super().__init__(*args, **kwargs)
        self.year, self.earliest = year, earliest

    def clean_from_on(self):
        day = self.cleaned_data["from_on"]
        if day not in self.year:
            raise forms.ValidationError(_("Choose a day in the plan's year."))
        if self.earliest and day.replace(day=1) < self.earliest:
            raise forms.ValidationError(
                _("The books are closed before %(day)s: choose a day in an open month."), params={"day": self.earliest}
            )
        return day


class AdjustForm(SettlingForm):
    """A row's commit targets from a day on: as whole months, from the month of that day."""

    with_below = forms.BooleanField(
        label=_("What is below follows in proportion"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args, metric, currency, months, closed=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.months, self.closed = months, frozenset(closed)
        for number, month in enumerate(months):
            field = AmountField(label=month_name(month), metric=metric, currency=currency, required=False)
            field.disabled = number in self.closed
            self.fields[f"m{number}"] = field

    @property
    def month_fields(self):
        return [self[f"m{number}"] for number in range(len(self.months))]

    def wanted(self, now):
        """
        Return position → amount of the months from the day's on that differ; one left empty stays as it is.

        :param now: the amounts as they are.
        """
        first = self.months.index(self.cleaned_data["from_on"].replace(day=1))
        given = {i: self.cleaned_data[f"m{i}"] for i in range(first, len(self.months)) if i not in self.closed}
        return {i: amount for i, amount in given.items() if amount not in (None, now[i])}

    def clean(self):
        given = super().clean()
        if day := given.get("from_on"):
            for number, month in enumerate(self.months):
                name = f"m{number}"
                is_changed = given.get(name) not in (None, self.initial.get(name))
                if is_changed and number not in self.closed and month < day.replace(day=1):
                    self.add_error(name, _("This month lies before the day from which it holds."))
        return given


class DecisionForm(forms.Form):
    """What is said to an adjustment."""

    answer = forms.CharField(
        label=_("Answer"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16, empty_value=None)


class DayForm(forms.Form):
    """The day to look back to, and perhaps another to compare it with."""

    day = DayField(label=_("As it stood on"))
    against = DayField(label=_("Compared with"), required=False)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self):
        given = super().clean()
        for name in ("day", "against"):
            if (day := given.get(name)) and (day > self.today or day.year < FIRST_YEAR):
                self.add_error(name, _("Choose a day up to today."))
        return given
