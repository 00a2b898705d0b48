"""Shapes of what is typed about team rules and cases."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import DayField, OnceForm, SearchedSelect
from common.lists import FilterForm
from common.money import LIMIT, from_minor, to_minor
from incentives.rules.penalties import AppliesTo, CaseStatus, Effect, Trigger

MOST = from_minor(LIMIT)


class RuleForm(forms.Form):
    """What a rule says, for whom, and what in the records proposes a case."""

    title = forms.CharField(label=_("Title"), max_length=120)
    text = forms.CharField(
        label=_("What it says"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("In words that everybody understands the same way: what is asked, why, and what follows."),
    )
    effect = forms.ChoiceField(label=_("Kind of rule"), choices=Effect.choices)
    applies_to = forms.ChoiceField(label=_("Whom it holds for"), choices=AppliesTo.choices)
    unit = forms.ModelChoiceField(label=_("Holds in"), queryset=None, required=False, empty_label=_("The whole company"))
    trigger = forms.ChoiceField(
        label=_("What in the records proposes a case"),
        required=False,
        choices=[("", _("Nothing: a case is opened by hand")), *Trigger.choices],
        help_text=_("Proposed on the first days of the next month; a person decides."),
    )
    threshold = forms.IntegerField(label=_("From how many in a month"), required=False, min_value=1, max_value=1000)
    consequence = forms.CharField(
        label=_("What follows"), max_length=200, help_text=_("For example a talk, a day with the manager, a deduction.")
    )
    amount = forms.DecimalField(
        label=_("Amount for each case"),
        required=False,
        min_value=0,
        max_value=MOST,
        max_digits=15,
        decimal_places=2,
        help_text=_("0 for what is not money. A statement never deducts more than the law and the company allow."),
    )

    def __init__(self, *args, units, has_unit=True, may_be_company=True, **kwargs):
        """
        :param units: the units that a rule may hold in.
        :param has_unit: whether the unit can still be chosen: of a new rule.
        :param may_be_company: whether the rule may hold in the whole company.
        """
        super().__init__(*args, **kwargs)
        if not has_unit:
            del self.fields["unit"]
            return
        self.fields["unit"].queryset = units
        if not may_be_company:
            self.fields["unit"].required = True
            self.fields["unit"].empty_label = None

    def clean_amount(self):
        return to_minor(self.cleaned_data["amount"] or 0)

    @classmethod
    def initial_of(cls, version):
        """Return what the form shows of a version."""
        fields = ("title", "text", "effect", "applies_to", "trigger", "threshold", "consequence")
        return {name: getattr(version, name) for name in fields} | {"amount": from_minor(version.amount)}


class PublishRuleForm(forms.Form):
    """From when on a rule holds."""

    holds_from = DayField(
        label=_("Holds from"),
        help_text=_("A day after today: what happened before is never judged by it."),
    )


class VersionChoice(forms.ModelChoiceField):
    """A rule, by what its newest version is called."""

    def label_from_instance(self, version):
        return f"{version.title} · {version.consequence}"


class OpenCaseForm(OnceForm):
    """Who did what on which day, under which rule."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=None, empty_label=_("Choose a person"), widget=SearchedSelect)
    rule = VersionChoice(
        label=_("Rule"),
        queryset=None,
        to_field_name="rule",
        empty_label=_("Choose a rule"),
        help_text=_("It counts as it held on that day, and only if the person had read it before."),
    )
    happened_on = DayField(label=_("Day"))
    account = forms.CharField(
        label=pgettext_lazy("case", "What happened"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "What you saw or what is on record, with place and numbers: no judgement of the person. They read it later."
        ),
    )

    def __init__(self, *args, people, versions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.fields["rule"].queryset = versions


class DecideCaseForm(forms.Form):
    """What is decided, and why."""

    answer = forms.ChoiceField(
        label=_("Decision"),
        choices=[("confirm", pgettext_lazy("case", "Confirm")), ("drop", pgettext_lazy("case", "Drop"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person reads it. Say what the records cannot know, and what would help."),
    )


class AppealForm(forms.Form):
    """Why a decision is not right."""

    words = forms.CharField(
        label=_("Why do you see it differently?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Somebody else than who decided answers it. Nothing is deducted before."),
    )


class AnswerAppealForm(forms.Form):
    """What becomes of an appeal, and why."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[("lift", _("Lift the decision")), ("uphold", _("Uphold the decision"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class CaseFilter(FilterForm):
    """Which cases: where they stand, of whom."""

    status = forms.ChoiceField(label=_("Status"), choices=[("", _("All")), *CaseStatus.choices])

    def narrow_status(self, rows, value):
        return rows.filter(status=value)
