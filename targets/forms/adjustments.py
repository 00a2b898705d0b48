"""Shapes of input about adjusting a published plan."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import DayField
from common.period_names import month_name
from targets.forms.plans import AmountField, PercentField, SheetForm
from targets.models import Adjustment
from targets.rules import Balance


class ReasonField(forms.CharField):
    """Why, in a sentence or two."""

    def __init__(self, **kwargs):
        widget = forms.Textarea(attrs={"rows": 2, "class": "form-control"})
        super().__init__(**{"label": _("Reason"), "max_length": 300, "widget": widget} | kwargs)


class SettlingForm(SheetForm):
    """What every adjustment says: from which day, what becomes of the sum above, why."""

    from_on = DayField(css="form-control", label=_("Holds from"))
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

    day = DayField(css="form-control", label=_("As it stood on"))
    against = DayField(css="form-control", label=_("Compared with"), required=False)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self):
        given = super().clean()
        for name in ("day", "against"):
            if (day := given.get(name)) and day > self.today:
                self.add_error(name, _("Choose a day up to today."))
        return given


class CaseForm(SettlingForm):
    """How a joiner, leaver, transfer or moved unit is done justice; the day is the case's."""

    SHARES = (
        ("RAMP", _("A usual target, by the ramp of newcomers")),
        ("WHOLE", _("A whole usual target")),
        ("NOTHING", _("None this year")),
    )

    share = forms.ChoiceField(
        label=_("The newcomer gets"), choices=SHARES, initial="RAMP", required=False, widget=forms.RadioSelect
    )

    def __init__(self, *args, case, balances, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case
        words = {
            Balance.SIBLINGS: _("Spread among the others in the unit"),
            Balance.DIFFERENCE: _("Left as a vacancy at the unit"),
            Balance.PARENTS: _("The units above give it up"),
        }
        if case.kind == Adjustment.Kind.JOINED:
            words = {
                Balance.SIBLINGS: _("Taken over from the others in the unit"),
                Balance.DIFFERENCE: _("Taken from what is not given out at the unit"),
                Balance.PARENTS: _("On top: the units above are asked for more"),
            }
        elif case.kind in {Adjustment.Kind.MOVED, Adjustment.Kind.UNIT_MOVED}:
            words |= {Balance.PARENTS: _("It goes along: the old units give it up, the new ones take it over")}
        self.fields["balance"].choices = [(balance.value, words[balance]) for balance in balances]
        self.fields["balance"].initial = balances[0]
        del self.fields["from_on"]
        if case.kind != Adjustment.Kind.JOINED:
            del self.fields["share"]

    def clean(self):
        given = super().clean()
        given["from_on"] = self.case.on
        return given


class ExemptForm(forms.Form):
    """Why somebody is to have no target."""

    reason = ReasonField()


class CarryForm(SettlingForm):
    """Who carries over what earlier quarters left undone, and into which months."""

    WAYS = (
        ("REST", _("Over the rest of the year")),
        ("NEXT", _("Over the running quarter only")),
    )

    way = forms.ChoiceField(label=_("Carry it over"), choices=WAYS, initial="REST", widget=forms.RadioSelect)
    rows = forms.MultipleChoiceField(
        label=_("For whom"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one person or unit, or leave it as it is.")},
    )

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rows"].choices = [(row.node.key, row.node.name) for row in rows]
        self.fields["balance"].choices = [
            (Balance.PARENTS.value, _("The units above change by the same amount")),
            (Balance.DIFFERENCE.value, _("They stay: more is given out than asked for, on purpose")),
        ]
        self.fields["balance"].initial = Balance.PARENTS


class CopyForm(forms.Form):
    """By how much a copied plan grows."""

    growth = PercentField(label=_("Growth in %"), min_value=-100, max_value=999)
