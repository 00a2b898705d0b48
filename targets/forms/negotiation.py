"""Shapes of what is said when people talk about a target."""

from datetime import timedelta

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from targets.forms.plans import AmountField
from targets.rules.negotiation import SHORTEST_REASON

#: How many days people usually have for an answer.
USUAL_DAYS = 7
NOTE_LENGTH = 1000


def _text(**kwargs):
    area = forms.Textarea(attrs={"rows": 3, "class": "form-control"})
    return forms.CharField(**{"max_length": NOTE_LENGTH, "required": False, "widget": area} | kwargs)


class LastDayField(forms.DateField):
    """The last day for an answer."""

    def __init__(self, **kwargs):
        picker = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
        super().__init__(**{"label": _("Answer by"), "widget": picker} | kwargs)


class TalkForm(forms.Form):
    """A form that says something once, however often it is sent."""

    client_ref = OnceField(required=False)

    def __init__(self, *args, on=None, **kwargs):
        usual = {"answer_by": on + timedelta(days=USUAL_DAYS)} if on else {}
        kwargs["initial"] = usual | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class ProposeForm(TalkForm):
    """The last day for answers, and a word to everybody who is asked."""

    answer_by = LastDayField()
    note = _text(label=_("Note to the team"), help_text=_("Stands above the numbers on everybody's page."))


class DeadlineForm(forms.Form):
    """Another last day for those who have not answered."""

    answer_by = LastDayField()


class NotingForm(forms.Form):
    """Taking note of changes: `seen` is the last adjustment that was on the screen."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def seen_id(self):
        """The id that was sent; None if nothing readable was."""
        return self.cleaned_data["seen"] if self.is_valid() else None


class AcceptForm(forms.Form):
    """The signature under a pledge."""

    signed_name = forms.CharField(
        label=_("Your full name as signature"),
        max_length=80,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "name"}),
    )
    agree = forms.BooleanField(
        label=_("I have read the numbers and sign this pledge."),
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        error_messages={"required": _("Tick this to sign.")},
    )


class CounterForm(TalkForm):
    """Another amount, for the year or quarter by quarter, and why."""

    class Per(TextChoices):
        YEAR = "YEAR", _("For the year")
        QUARTERS = "QUARTERS", _("Quarter by quarter")

    per = forms.ChoiceField(label=_("Amount"), choices=Per, initial=Per.YEAR, widget=forms.RadioSelect)
    reason = _text(
        label=_("Why"), required=True, help_text=_("What would have to be true for the number asked? What do you see?")
    )

    def __init__(self, *args, metric, currency, **kwargs):
        super().__init__(*args, **kwargs)
        amount = {"metric": metric, "currency": currency, "required": False}
        self.fields["year"] = AmountField(label=_("My offer for the year"), **amount)
        for number in range(1, 5):
            self.fields[f"q{number}"] = AmountField(label=f"Q{number}", **amount)
        self.fields["reason"].widget.attrs["minlength"] = SHORTEST_REASON

    @property
    def quarter_fields(self):
        return [self[f"q{number}"] for number in range(1, 5)]

    def clean(self):
        given = super().clean()
        names = [f"q{number}" for number in range(1, 5)] if given.get("per") == self.Per.QUARTERS else ["year"]
        for name in names:
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, _("Type an amount."))
        return given

    @property
    def amounts(self):
        """The year, or the four quarters, in minor units."""
        if self.cleaned_data["per"] == self.Per.QUARTERS:
            return {"quarters": [self.cleaned_data[f"q{number}"] for number in range(1, 5)]}
        return {"year": self.cleaned_data["year"]}


class AnswerForm(TalkForm):
    """What the manager says to a counter-proposal, or of a proposal of their own."""

    class Verb(TextChoices):
        ADOPT = "ADOPT", _("Adopt the counter")
        OFFER = "OFFER", _("Offer another amount")
        HOLD = "HOLD", _("Hold to the proposal")
        WITHDRAW = "WITHDRAW", _("Take the proposal back")

    verb = forms.ChoiceField(label=_("Answer"), choices=Verb, widget=forms.RadioSelect)
    reason = _text(label=_("Reason"))
    answer_by = LastDayField(required=False)

    def __init__(self, *args, metric, currency, verbs=Verb.values, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"] = AmountField(label=_("Amount of the year"), metric=metric, currency=currency, required=False)
        self.fields["verb"].choices = [(verb, self.Verb(verb).label) for verb in verbs]

    def clean(self):
        given = super().clean()
        verb = given.get("verb")
        if verb == self.Verb.OFFER and given.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Type an amount."))
        if verb in {self.Verb.OFFER, self.Verb.ADOPT} and not given.get("answer_by") and "answer_by" not in self.errors:
            self.add_error("answer_by", _("Say until when you expect an answer."))
        return given
