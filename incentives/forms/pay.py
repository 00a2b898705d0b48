"""Shapes of what is typed about pay: filters of a month, reasons, payouts, questions, corrections, terms, settings."""

from uuid import NAMESPACE_OID, uuid5

from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import DayField, OnceForm, SearchedSelect
from common.lists import FilterForm, RowChoice
from common.money import from_minor
from incentives.forms.fields import MoneyField, dress
from incentives.models import PaySettings
from incentives.rules.terms import Status
from teams import queries


def ref_of(*about):
    """Return a reference that stays the same until what it is about has changed: a page can be drawn twice with it."""
    return uuid5(NAMESPACE_OID, " ".join(map(str, about)))


class PayForm(forms.Form):
    """A short form whose fields look like all others."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        dress(self)


class StatementFilter(FilterForm):
    """What a month's statements can be narrowed by."""

    STATES = [
        ("", _("All")),
        *Status.choices,
        ("due", _("Published, to be paid")),
        ("stale", _("To be calculated again")),
        ("asked", _("With an open question")),
        ("notice", _("Deduction not confirmed")),
    ]
    sorts = {
        "person": ("person__name", "pk"),
        "unit": ("unit__name", "person__name", "pk"),
        "total": ("total", "pk"),
        "status": ("status", "person__name", "pk"),
        "change": ("change", "pk"),
    }
    default_sort = "person"
    parameters = frozenset({"month"})
    field_order = ["q", "status", "unit"]

    q = forms.CharField(label=_("Search"), max_length=80)
    status = forms.ChoiceField(label=_("Status"), choices=STATES)
    unit = RowChoice(label=_("Team or region"), empty_label=_("All"))

    def __init__(self, given, *, sight, **kwargs):
        super().__init__(given, **kwargs)
        names = queries.names_in_sight(sight)
        self.fields["unit"].offer(names.units, lambda: queries.units_in_sight(sight))

    def narrow_q(self, rows, text):
        return rows.filter(Q(person__name__icontains=text) | Q(person__employee_number__iexact=text))

    def narrow_status(self, rows, status):
        match status:
            case "due":
                return rows.filter(status=Status.PUBLISHED).exclude(total=F("paid"))
            case "stale":
                return rows.filter(is_stale=True)
            case "asked":
                return rows.filter(is_asked=True)
            case "notice":
                return rows.filter(has_notice=True, status=Status.PUBLISHED, acknowledged_at=None)
        return rows.filter(status=status)

    def narrow_unit(self, rows, unit):
        return rows.filter(unit__in=queries.subtree_ids([unit.pk]))


class TermsFilter(FilterForm):
    """Whose base pay is looked at."""

    #: Somebody's row leads to the form below the list with them chosen.
    parameters = frozenset({"person"})

    q = forms.CharField(label=_("Search"), max_length=80)
    state = forms.ChoiceField(label=_("Base pay"), choices=[("", _("All")), ("unset", _("not set"))])

    def narrow_q(self, rows, text):
        return rows.filter(Q(name__icontains=text) | Q(employee_number__iexact=text))

    def narrow_state(self, rows, _state):
        return rows.filter(base_pay=None)


class ReasonForm(PayForm):
    """Why a statement is sent back."""

    reason = forms.CharField(label=_("What is to be put right?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class PayoutForm(OnceForm, PayForm):
    """What was paid, when, and under which reference."""

    amount = MoneyField(label=_("Amount"), may_be_negative=True)
    paid_on = DayField(label=_("Paid out on"))
    reference = forms.CharField(label=_("Reference"), max_length=80, required=False)


class PayrollForm(OnceForm, PayForm):
    """When everything due was paid, and under which reference."""

    paid_on = DayField(label=_("Paid out on"))
    reference = forms.CharField(label=_("Reference"), max_length=80, required=False)


class PayrollFileForm(OnceForm, PayForm):
    """Of which month a payroll file is made, and of which kind."""

    month = forms.DateField()
    ending = forms.ChoiceField(choices=[("xlsx", "Excel"), ("csv", "CSV")])


class QuestionForm(OnceForm, PayForm):
    """What somebody asks about a line, or says in the talk about it."""

    text = forms.CharField(label=_("Your question"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class SettleForm(PayForm):
    """How a question ends: with an amount or without, always with the reason."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("GRANT", _("Grant an amount")), ("DECLINE", _("Decline"))], widget=forms.RadioSelect
    )
    amount = MoneyField(
        label=_("Amount"), required=False, may_be_negative=True, help_text=_("Stands as a line in the next statement.")
    )
    text = forms.CharField(label=_("Reason"), max_length=250, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self):
        given = super().clean()
        if given.get("outcome") == "GRANT" and given.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Say which amount is granted."))
        return given


class CorrectionForm(OnceForm, PayForm):
    """Whom an amount is granted to or taken from, in which month's statement, and why."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=None, empty_label=_("Choose somebody"), widget=SearchedSelect)
    month = forms.DateField(label=_("In the statement of"), widget=forms.Select)
    amount = MoneyField(label=_("Amount"), may_be_negative=True, help_text=_("With a minus it is taken."))
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args, people, months, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.fields["month"].widget.choices = months


class TermsForm(PayForm):
    """What somebody is paid each month beside commission and bonus, from a day on."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=None, empty_label=_("Choose somebody"), widget=SearchedSelect)
    starts_on = DayField(label=_("From"))
    base_pay = MoneyField(label=_("Base pay a month"))
    minimum_wage = MoneyField(
        label=_("Local minimum wage a month"), required=False, help_text=_("Left empty, the company's counts.")
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class PaySettingsForm(PayForm):
    """How the company pays."""

    #: What an amount can be rounded to, in minor units.
    ROUNDINGS = [(1, _("0.01, as it is")), (10, "0.10"), (100, _("whole amounts, 1.00"))]

    rounding = forms.TypedChoiceField(label=_("Amounts are rounded to"), choices=ROUNDINGS, coerce=int)
    deduction_percent = forms.DecimalField(
        label=_("Most that may be deducted, % of the month's pay"), min_value=0, max_value=100, decimal_places=2
    )
    minimum_wage = MoneyField(
        label=_("Local minimum wage a month"), help_text=_("Deductions never bring a month's pay below it.")
    )
    dispute_days = forms.IntegerField(label=_("Days to question a statement"), min_value=1, max_value=365)
    answer_days = forms.IntegerField(label=_("Days to answer a question"), min_value=1, max_value=365)
    shows_amounts_in_groups = forms.BooleanField(label=_("Amounts may appear in group messages"), required=False)

    def __init__(self, *args, found: PaySettings, **kwargs):
        initial = {name: getattr(found, name) for name in self.base_fields}
        initial["minimum_wage"] = from_minor(found.minimum_wage)
        super().__init__(*args, initial=initial, **kwargs)
