"""The shape of a pay plan: its name, its days, the people it is for."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.rules import Role
from common.fields import DayField, OnceForm, SearchedSelectMultiple
from incentives.forms.fields import MoneyField, UnitChecks, dress, offer_units
from incentives.models import PayPlanVersion
from teams.models import Person, Unit
from teams.rules import TenureStage

#: Roles that are paid by results.
PAID = (Role.REP, Role.MANAGER, Role.DIRECTOR)


class _Dressed(forms.Form):
    """A form whose fields look like all others, once it is put together."""

    def dress(self):
        dress(self, wrong=self.errors if self.is_bound else ())


class StartPlan(OnceForm, _Dressed):
    """A new plan: its name, its first day, and what it begins with."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    starts_on = DayField(
        label=pgettext_lazy("of a plan", "First day"),
        help_text=_("The first of a month, quarter or fiscal year: of the longest over which it adds up."),
    )
    begin = forms.ChoiceField(label=_("Begin with"), widget=forms.RadioSelect, required=False)
    like = forms.ModelChoiceField(label=_("Plan to copy"), queryset=None, required=False, empty_label="—")

    EMPTY, COPY = "EMPTY", "COPY"

    def __init__(self, *args, templates=(), **kwargs):
        kwargs["initial"] = {"begin": self.EMPTY} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        published = PayPlanVersion.objects.filter(status=PayPlanVersion.Status.PUBLISHED)
        self.fields["like"].queryset = published.select_related("plan").order_by("plan__name", "-number")
        copy = [(self.COPY, _("A copy of another plan"))] if published.exists() else []
        self.fields["begin"].choices = [(self.EMPTY, _("An empty plan")), *copy, *templates]
        if not copy:
            del self.fields["like"]
        self.dress()

    def clean(self):
        given = super().clean()
        if given.get("begin") == self.COPY and not given.get("like") and "like" not in self.errors:
            self.add_error("like", _("Choose the plan to copy."))
        return given


class RenamePlan(_Dressed):
    """How a plan is called."""

    name = forms.CharField(label=_("Name"), max_length=80)
    note = forms.CharField(label=_("Note"), max_length=300, required=False, help_text=_("Who reads the plan reads this too."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.dress()


class PlanPeople(_Dressed):
    """For whom a version is, and from when to when."""

    starts_on = DayField(label=pgettext_lazy("of a plan", "First day"))
    last_day = DayField(
        label=pgettext_lazy("of a plan", "Last day"),
        required=False,
        help_text=_("This day is in. Empty: until there is an end."),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=[(r.value, r.label) for r in PAID], required=False, widget=forms.CheckboxSelectMultiple
    )
    units = forms.ModelMultipleChoiceField(
        label=_("Units, with everybody below"), queryset=None, required=False, widget=UnitChecks
    )
    stages = forms.MultipleChoiceField(
        label=_("Tenure stages"), choices=TenureStage, required=False, widget=forms.CheckboxSelectMultiple
    )
    people = forms.ModelMultipleChoiceField(
        label=_("Also these people"), queryset=None, required=False, widget=SearchedSelectMultiple(attrs={"size": 6})
    )
    left_out = forms.ModelMultipleChoiceField(
        label=_("But not these"), queryset=None, required=False, widget=SearchedSelectMultiple(attrs={"size": 6})
    )
    cap = MoneyField(
        label=_("At most a month, from the whole plan"), required=False, may_be_zero=False, help_text=_("Empty: no limit.")
    )
    note = forms.CharField(
        label=_("What is different"),
        max_length=300,
        required=False,
        help_text=_("For who reads the versions later: what is different, and why."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args, currency, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cap"].currency = currency
        self._offer_units(on)
        here = Person.objects.exclude(left_on__lte=on).order_by("name", "pk")
        self.fields["people"].queryset = self.fields["left_out"].queryset = here
        self.dress()

    def _offer_units(self, on):
        """Offer the units that are open on a day, in the order of the tree."""
        offer_units(self.fields["units"], Unit.objects.exclude(closed_on__lte=on))

    def clean(self):
        given = super().clean()
        last = given.pop("last_day", None)
        given["ends_before"] = last + timedelta(days=1) if last else None
        if last and given.get("starts_on") and last < given["starts_on"]:
            self.add_error("last_day", _("The last day must not be before the first."))
        both = set(given.get("people") or ()) & set(given.get("left_out") or ())
        if both:
            names = ", ".join(sorted(person.name for person in both))
            self.add_error("left_out", _("%(names)s cannot be in the plan and left out of it.") % {"names": names})
        return given

    def catch_up(self, revision):
        """Take the draft's present revision for the next try."""
        self.data = self.data.copy()
        self.data["seen"] = str(revision)


class EndPlan(_Dressed):
    """The last day on which a plan pays."""

    last_day = DayField(label=pgettext_lazy("of a plan", "Last day"), help_text=_("This day is in."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.dress()
