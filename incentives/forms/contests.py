"""Shapes of input about contests."""

from datetime import timedelta
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Field, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.rules import Role
from common.fields import OnceField, SearchedSelectMultiple
from common.layouts import Bar
from common.money import from_minor, to_minor
from common.periods import FIRST_YEAR, LAST_YEAR
from common.refusals import Refusal
from common.tables import parse_amount
from customers.models import Channel
from deals.models import ProductLine
from incentives.forms.fields import UnitChecks, offer_units
from incentives.rules.contest_kinds import RANKED, Form, Leagues, PotBy, TieRule, Yardstick
from incentives.rules.contest_terms import MOST_RETURNS_DAYS, Wanted
from incentives.rules.contests import Prize
from targets.models import Metric
from teams.rules import TenureStage

#: So many places or steps can have a prize.
PRIZES = 6
#: Which fields are asked for in which form; the others hold for all.
ONLY_FOR = {
    "minimum": (Form.RANK_MINIMUM, Form.POT, Form.PERSONAL, Form.RELAY),
    "leagues": RANKED,
    "tie_rule": (*RANKED, Form.RELAY),
    "pot_by": (Form.POT,),
}
ONE_PRIZE = (Form.POT, Form.PERSONAL)
#: Fields that a contest keeps as they are typed.
KEPT = (
    "name", "purpose", "form", "metric", "product_line", "channel", "starts_on", "roles", "stages", "yardstick", "leagues",
    "tie_rule", "pot_by", "is_open", "returns_days",
)  # fmt: skip
#: What stands in a new contest: a step at 90, 100 and 120 % of one's own target.
USUAL_STEPS = ((1, 30_000, "", 900), (2, 50_000, "", 1000), (3, 100_000, "", 1200))


class _Day(forms.DateField):
    """A day, chosen or typed."""

    def __init__(self, **kwargs):
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(**{"widget": widget} | kwargs)

    def clean(self, value):
        day = super().clean(value)
        if day is not None and not FIRST_YEAR < day.year < LAST_YEAR:
            raise forms.ValidationError(_("Give a day of these years."))
        return day


class _Amount(forms.CharField):
    """
    An amount as people type it (1,200 · 1.2万); cleaned to a Decimal, None for nothing.

    :param may_be_percent: whether it is one in some contests, so that its sign may stand behind it.
    """

    def __init__(self, *, currency="CNY", places=2, may_be_percent=False, **kwargs):
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "num"}
        super().__init__(**{"max_length": 30, "required": False, "widget": forms.TextInput(attrs=attrs)} | kwargs)
        self.currency, self.places, self.may_be_percent = currency, places, may_be_percent

    def clean(self, value):
        text = super().clean(value).strip()
        text = text.rstrip("%％").strip() if self.may_be_percent else text
        try:
            return parse_amount(text, scale=self.places, currency=self.currency) if text else None
        except Refusal as refusal:
            raise forms.ValidationError(refusal.reason) from refusal


def _chips(choices):
    return {"choices": choices, "widget": forms.CheckboxSelectMultiple, "required": False}


class ContestForm(forms.Form):
    """What is raced for: in the order in which one says it – who, how, for what."""

    name = forms.CharField(label=_("Name"), max_length=80)
    purpose = forms.CharField(
        label=pgettext_lazy("contest", "What it is for"),
        max_length=300,
        required=False,
        help_text=_("One sentence that those who take part read first."),
    )
    form = forms.ChoiceField(label=_("Form"), choices=Form.choices)
    metric = forms.ModelChoiceField(label=_("What counts"), queryset=None, empty_label=None)
    product_line = forms.ModelChoiceField(label=_("Product line"), queryset=None, required=False, empty_label=_("All"))
    channel = forms.ModelChoiceField(label=_("Channel"), queryset=None, required=False, empty_label=_("All"))
    starts_on = _Day(label=pgettext_lazy("contest", "First day"))
    last_day = _Day(label=pgettext_lazy("contest", "Last day"), help_text=_("This day is in."))
    units = forms.ModelMultipleChoiceField(
        label=_("Units"),
        queryset=None,
        required=False,
        widget=UnitChecks,
        help_text=_("With everybody below. None chosen is the whole company."),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"), **_chips([(role, role.label) for role in (Role.REP, Role.MANAGER, Role.DIRECTOR)])
    )
    stages = forms.MultipleChoiceField(
        label=_("Tenure stages"), **_chips(TenureStage.choices), help_text=_("None chosen is all of them.")
    )
    people = forms.ModelMultipleChoiceField(
        label=_("People by name"),
        queryset=None,
        required=False,
        widget=SearchedSelectMultiple(attrs={"size": 6}),
        help_text=_("Besides the units; without units only these take part."),
    )
    yardstick = forms.ChoiceField(
        label=_("Compared by"),
        choices=Yardstick.choices,
        help_text=_("Against one’s own target or past everybody can win: a newcomer as well as the best of last year."),
    )
    leagues = forms.ChoiceField(
        label=_("Leagues"), choices=Leagues.choices, required=False, help_text=_("Each league has the same prizes of its own.")
    )
    minimum = _Amount(
        label=_("From which result on"),
        may_be_percent=True,
        help_text=_("In per cent if compared with one’s own target or past, else in the unit of what counts."),
    )
    pot_by = forms.ChoiceField(label=_("The pot is shared"), choices=PotBy.choices, required=False)
    tie_rule = forms.ChoiceField(
        label=_("With equal results"), choices=TieRule.choices, required=False, help_text=_("A thing goes to each of them.")
    )
    is_open = forms.BooleanField(
        label=_("Everybody in the company may look at the board"),
        required=False,
        help_text=_("Otherwise those who take part, and who leads them."),
    )
    returns_days = forms.IntegerField(
        label=_("Days after the end in which returns still count"), min_value=0, max_value=MOST_RETURNS_DAYS, initial=30
    )
    client_ref = OnceField(required=False)

    def __init__(self, *args, units, people, currency, back, **kwargs):
        """
        :param units, people: whom the member may let take part.
        :param back: where cancelling leads.
        """
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["metric"].queryset = Metric.objects.filter(is_active=True)
        self.fields["product_line"].queryset = ProductLine.objects.all()
        self.fields["channel"].queryset = Channel.objects.all()
        offer_units(self.fields["units"], units)
        self.fields["people"].queryset = people
        for number in range(1, PRIZES + 1):
            self.fields[f"threshold_{number}"] = _Amount(
                label=pgettext_lazy("contest", "From"), currency=currency, may_be_percent=True
            )
            self.fields[f"amount_{number}"] = _Amount(label=pgettext_lazy("contest", "Money"), currency=currency)
            self.fields[f"thing_{number}"] = forms.CharField(label=_("Or a thing, in words"), max_length=120, required=False)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = self._layout(back)

    def _layout(self, back):
        return Layout(
            "client_ref",
            Fieldset(
                pgettext_lazy("contest", "What"),
                "name",
                "purpose",
                _row("metric", "product_line", "channel"),
                _row("starts_on", "last_day"),
                css_class="contest-part",
            ),
            Fieldset(pgettext_lazy("contest", "Who"), "units", _row("roles", "stages"), "people", css_class="contest-part"),
            Fieldset(
                _("How"),
                "form",
                HTML('{% include "incentives/_partials/contest_forms.html" %}'),
                "yardstick",
                *[Div(name, **_shown_for(ONLY_FOR[name])) for name in ("leagues", "minimum", "pot_by", "tie_rule")],
                css_class="contest-part",
            ),
            Fieldset(
                _("For what"),
                HTML('{% include "incentives/_partials/contest_prizes.html" %}'),
                *[self._prize_row(number) for number in range(1, PRIZES + 1)],
                css_class="contest-part",
            ),
            Fieldset(_("And then"), "returns_days", "is_open", css_class="contest-part"),
            Bar(_("Save the draft"), back=back),
        )

    def _prize_row(self, number):
        threshold = Div(f"threshold_{number}", css_class="col-4", **_shown_for((Form.STEPS,)))
        money, thing = Div(f"amount_{number}", css_class="col"), Div(f"thing_{number}", css_class="col")
        forms_of = () if number == 1 else tuple(form for form in Form if form not in ONE_PRIZE)
        label = HTML(f'<span class="contest-number" aria-hidden="true">{number}</span>')
        return Div(label, Row(threshold, money, thing), css_class="contest-prize", **_shown_for(forms_of))

    @property
    def scale(self):
        """Decimal places of what is to be reached: one of per cent, or those of the metric."""
        return 1 if self.cleaned_data.get("yardstick") != Yardstick.NONE else self.cleaned_data["metric"].scale

    def clean(self):
        given = super().clean()
        form = given.get("form")
        for name, initial in (("leagues", Leagues.NONE), ("tie_rule", TieRule.SHARE), ("pot_by", PotBy.VALUE)):
            given[name] = given.get(name) or initial
        if form and given.get("metric"):
            if form not in ONLY_FOR["minimum"]:
                given["minimum"] = None
            if given.get("minimum") is not None:
                given["minimum"] = self._minor("minimum", given["minimum"], self.scale)
            given["prizes"] = self._prizes(given, form)
        return given

    def _prizes(self, given, form):
        prizes = []
        for number in range(1, 2 if form in ONE_PRIZE else PRIZES + 1):
            threshold, amount, thing = (given.get(f"{name}_{number}") for name in ("threshold", "amount", "thing"))
            if form != Form.STEPS:
                threshold = None
            if threshold is None and amount is None and not thing:
                continue
            amount = 0 if amount is None else self._minor(f"amount_{number}", amount, 2)
            if threshold is not None:
                threshold = self._minor(f"threshold_{number}", threshold, self.scale)
            prizes.append(Prize(number, amount or 0, thing or "", threshold))
        return tuple(prize for prize in prizes if form == Form.STEPS or prize.amount or prize.thing)

    def _minor(self, name, amount, scale):
        try:
            return to_minor(amount, scale)
        except Refusal as refusal:
            self.add_error(name, refusal.reason)
            return 0

    @property
    def wanted(self):
        """What was given, as the services take it."""
        given = self.cleaned_data
        facts = {name: given[name] for name in (*KEPT, "minimum")} | {"ends_before": given["last_day"] + timedelta(days=1)}
        return Wanted(facts, given["prizes"], tuple(given["units"]), tuple(given["people"]))

    def refuse(self, refusal):
        """Say a refusal of the service at the field that has to be mended."""
        name = refusal.field
        if name == "prizes":
            number = refusal.params.get("number", 1)
            name = f"threshold_{number}" if "step" in refusal.code or refusal.code == "no_threshold" else f"amount_{number}"
        self.add_error(name if name in self.fields else None, refusal.reason)


def _row(*names):
    return Row(*(Column(Field(name), css_class="col-sm") for name in names))


def _shown_for(forms_of):
    """Return the attribute by which the page's script hides what a form does not ask for."""
    return {"data_forms": " ".join(forms_of)} if forms_of else {}


def new_contest(today):
    """Return what stands in the form of a new contest: steps towards one's own target, from tomorrow to the month's end."""
    starts_on = today + timedelta(days=1)
    last_day = (starts_on.replace(day=1) + timedelta(days=62)).replace(day=1) - timedelta(days=1)
    shown = {"form": Form.STEPS, "yardstick": Yardstick.TARGET, "roles": [Role.REP], "is_open": True}
    return shown | {"starts_on": starts_on, "last_day": last_day} | _prizes_shown(USUAL_STEPS, 1)


def as_shown(contest):
    """Return a contest as the form shows it."""
    shown = {name: getattr(contest, name) for name in (*KEPT, "last_day")}
    scale = contest.bound_scale
    scopes = list(contest.scopes.all())
    shown["units"] = [row.unit_id for row in scopes if row.unit_id]
    shown["people"] = [row.person_id for row in scopes if row.person_id]
    if contest.minimum is not None:
        shown["minimum"] = _plain(contest.minimum, scale)
    prizes = [(prize.number, prize.amount, prize.thing, prize.threshold) for prize in contest.prizes.all()]
    return shown | _prizes_shown(prizes, scale)


def _prizes_shown(prizes, scale):
    shown = {}
    for number, amount, thing, threshold in prizes:
        shown |= {f"amount_{number}": _plain(amount, 2) if amount else "", f"thing_{number}": thing}
        shown[f"threshold_{number}"] = "" if threshold is None else _plain(threshold, scale)
    return shown


def _plain(minor, scale):
    exact = from_minor(minor, scale)
    return f"{exact:f}" if exact != exact.to_integral_value() else f"{Decimal(int(exact)):f}"


class ReasonForm(forms.Form):
    """Why a contest is called off, or its standing put right."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_reason(self):
        if not (reason := self.cleaned_data["reason"].strip()):
            raise forms.ValidationError(_t("Say why, in a few words."))
        return reason
