"""Shapes of input about plans: amounts as people write them, weights, methods."""

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from common.money import from_minor, to_minor
from common.period_names import month_name
from common.periods import FIRST_YEAR, LAST_YEAR, fiscal_year_of
from common.refusals import Refusal
from common.tables import parse_amount
from targets import rules
from targets.models import Metric
from targets.rules import MonthMethod, SplitMethod, Tier

#: What targets may be rounded to, in the unit people read.
ROUNDINGS = (1, 10, 100, 1000, 10000)


class AmountField(forms.CharField):
    """An amount of a metric as people type it (1,200 · 1.2万), zero or more; cleaned to minor units."""

    def __init__(self, *, metric, currency, **kwargs):
        super().__init__(
            **{"max_length": 40, "widget": forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})} | kwargs
        )
        self.metric, self.currency = metric, currency
        self.widget.attrs["class"] = "form-control num"

    def prepare_value(self, value):
        return f"{from_minor(value, self.metric.scale):,f}".removesuffix(".00") if isinstance(value, int) else value

    def clean(self, value):
        return amount_of(super().clean(value), metric=self.metric, currency=self.currency)


def amount_of(text, *, metric, currency):
    """
    Return minor units of what somebody typed for a metric; None for nothing.

    :raises ValidationError: with the reason in the reader's words.
    """
    try:
        return read_amount(text, metric=metric, currency=currency)
    except Refusal as refusal:
        raise forms.ValidationError(refusal.reason, code=refusal.code) from refusal


def read_amount(text, *, metric, currency):
    """
    Return minor units of what somebody typed for a metric; None for nothing.

    :raises Refusal: with the reason.
    """
    amount = parse_amount(text, scale=metric.scale, currency=currency, may_be_negative=False)
    return None if amount is None else to_minor(amount, metric.scale)


class WeightField(forms.DecimalField):
    """A weight: any number from zero up; only the proportion counts."""

    def __init__(self, **kwargs):
        widget = forms.NumberInput(attrs={"class": "form-control num", "inputmode": "decimal", "step": "any", "min": 0})
        super().__init__(
            **{"min_value": 0, "max_digits": 12, "decimal_places": 4, "required": False, "widget": widget} | kwargs
        )


class PercentField(forms.DecimalField):
    """A percentage with up to two decimal places."""

    def __init__(self, **kwargs):
        widget = forms.NumberInput(attrs={"class": "form-control num", "inputmode": "decimal", "step": "any"})
        super().__init__(**{"max_digits": 5, "decimal_places": 2, "widget": widget} | kwargs)


class SheetForm(forms.Form):
    """A form that changes a plan as it was `seen`, once however often it is sent."""

    client_ref = OnceField(required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16, empty_value=None)


class PlanFilter(forms.Form):
    """Which plans are listed."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, required=False, empty_value=None)
    metric = forms.TypedChoiceField(label=_("Metric"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args, years, metrics, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [("", _("All years")), *((year, year) for year in years)]
        self.fields["metric"].choices = [("", _("All metrics")), *((metric.pk, metric.label) for metric in metrics)]
        for name in self.fields:
            self.fields[name].widget.attrs["class"] = "form-select"

    def narrow(self, rows):
        """Return the plans (`targets.queries.plan_list.PlanRow`) that pass; none if a filter cannot be read."""
        if not self.is_valid():
            return []
        year, metric_id = self.cleaned_data["year"], self.cleaned_data["metric"]
        return [row for row in rows if year in (None, row.year) and metric_id in (None, row.metric.pk)]


class MetricField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return obj.label


class StartPlanForm(forms.Form):
    """A new plan: metric, fiscal year, what to round to, and how far floor and stretch lie from the target."""

    metric = MetricField(label=_("Metric"), queryset=None, empty_label=None)
    year = forms.TypedChoiceField(label=_("Fiscal year"), coerce=int)
    rounding = forms.TypedChoiceField(
        label=_("Rounded to"),
        coerce=int,
        required=False,
        empty_value=None,
        choices=[("", _("What suits the metric: money 1,000, counts 1")), *((number, f"{number:,}") for number in ROUNDINGS)],
        help_text=_("Every split gives whole multiples of this; what is left over goes to one of them."),
    )
    floor_percent = PercentField(label=_("Floor, % of the commit target"), min_value=0, max_value=100, initial=85)
    stretch_percent = PercentField(label=_("Stretch, % of the commit target"), min_value=100, max_value=999, initial=120)

    def __init__(self, *args, company, on, **kwargs):
        this_year = fiscal_year_of(on, company.fiscal_year_starts_in).starts_on.year
        # Towards the end of a year one plans the next.
        is_late = fiscal_year_of(on, company.fiscal_year_starts_in).ends_before.toordinal() - on.toordinal() < 120
        kwargs["initial"] = {"year": this_year + is_late} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["metric"].queryset = Metric.objects.filter(is_active=True)
        years = range(max(FIRST_YEAR, this_year - 9), min(LAST_YEAR, this_year + 3))
        self.fields["year"].choices = [(year, year) for year in reversed(years)]
        for name in ("metric", "year", "rounding"):
            self.fields[name].widget.attrs["class"] = "form-select"

    def year_of(self, given):
        """Return the year that is chosen in an address or form, as far as it can be read; else the one that is offered."""
        chosen = str(given.get("year", ""))
        return int(chosen) if chosen in {str(year) for year, _label in self.fields["year"].choices} else self.initial["year"]

    def clean(self):
        given = super().clean()
        # A year of 6,000 deals in thousands would leave most months without any.
        if given.get("metric") and "rounding" in given and given["rounding"] is None:
            given["rounding"] = 1000 if given["metric"].kind == Metric.Kind.MONEY else 1
        return given


class YearForm(SheetForm):
    """The company's year: its target, the tiers around it, and how it falls into months."""

    TIERS = (("PERCENT", _("As percentages of the commit target")), ("TYPED", _("Typed")))

    tiers = forms.ChoiceField(label=_("Floor and stretch"), choices=TIERS, initial="PERCENT", widget=forms.RadioSelect)
    method = forms.ChoiceField(
        label=_("Over the months"), choices=MonthMethod.choices, initial=MonthMethod.SEASON, widget=forms.RadioSelect
    )

    def __init__(self, *args, plan, months, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan, self.months = plan, months
        amount = {"metric": plan.metric, "currency": currency}
        self.fields["commit"] = AmountField(label=Tier.COMMIT.label, **amount)
        self.fields["floor"] = AmountField(label=Tier.FLOOR.label, required=False, **amount)
        self.fields["stretch"] = AmountField(label=Tier.STRETCH.label, required=False, **amount)
        self.fields["floor_percent"] = PercentField(
            label=_("Floor in %"), min_value=0, max_value=100, required=False, initial=plan.floor_percent
        )
        self.fields["stretch_percent"] = PercentField(
            label=_("Stretch in %"), min_value=100, max_value=999, required=False, initial=plan.stretch_percent
        )
        for number, month in enumerate(months, start=1):
            self.fields[f"w{number}"] = WeightField(label=month_name(month))

    @property
    def weight_fields(self):
        return [self[f"w{number}"] for number in range(1, 13)]

    def clean(self):
        given = super().clean()
        if given.get("tiers") == "TYPED":
            for name in ("floor", "stretch"):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Type an amount."))
        else:
            for name in ("floor_percent", "stretch_percent"):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Type a percentage."))
        if not self.errors:
            try:
                given["year_tiers"] = self._tiers(given)
            except rules.BadTiers as refusal:
                self.add_error("commit", refusal.reason)
        return given

    def _tiers(self, given):
        if given["tiers"] == "TYPED":
            return rules.Tiers(given["floor"], given["commit"], given["stretch"])
        return rules.derive_tiers(given["commit"], given["floor_percent"], given["stretch_percent"], self.plan.rounding_unit)

    @property
    def weights(self):
        if self.cleaned_data["method"] != MonthMethod.WEIGHTS:
            return None
        return [self.cleaned_data[f"w{number}"] or 0 for number in range(1, 13)]


COMBINATION = "COMBINATION"
MOST_COMBINED = 3
#: The field in which each method's say is typed.
SHARES = {method: f"{method.value.lower()}_share" for method in SplitMethod}


class SplitForm(SheetForm):
    """How a unit's target is divided among its units and people."""

    METHODS = (*SplitMethod.choices, (COMBINATION, _("Combination")))

    method = forms.ChoiceField(label=_("Method"), choices=METHODS, widget=forms.RadioSelect)
    equal_share = PercentField(label=_("Equal shares"), min_value=0, max_value=100, required=False, initial=50)
    history_share = PercentField(label=_("By history"), min_value=0, max_value=100, required=False, initial=50)
    headcount_share = PercentField(label=_("By headcount"), min_value=0, max_value=100, required=False, initial=0)
    potential_share = PercentField(label=_("By market potential"), min_value=0, max_value=100, required=False, initial=0)
    critical_point_share = PercentField(label=_("By critical point"), min_value=0, max_value=100, required=False, initial=0)
    intentions_share = PercentField(label=_("By dealers' intentions"), min_value=0, max_value=100, required=False, initial=0)
    weights_share = PercentField(label=_("By weights"), min_value=0, max_value=100, required=False, initial=0)
    whole_subtree = forms.BooleanField(label=_("Split everything below in the same way"), required=False)
    with_leaders = forms.BooleanField(label=_("Whoever leads a team carries a part as well"), required=False)

    def __init__(self, *args, children, entered=None, **kwargs):
        """:param entered: free weights that were entered before, by child."""
        super().__init__(*args, **kwargs)
        self.children = children
        for name in ("whole_subtree", "with_leaders"):
            self.fields[name].widget.attrs["class"] = "form-check-input"
        for child in children:
            self.fields[f"w_{child.key}"] = WeightField(label=child.name, initial=(entered or {}).get(child.key, 1))

    def clean(self):
        given = super().clean()
        if given.get("method") == COMBINATION and not self.errors:
            number = sum(say > 0 for say in self._says().values())
            if not number:
                self.add_error("equal_share", _("Give at least one method a share above zero."))
            elif number > MOST_COMBINED:
                self.add_error("equal_share", _("Combine two or three methods: more than that nobody can explain."))
        return given

    def _says(self):
        return {method: self.cleaned_data.get(name) or 0 for method, name in SHARES.items()}

    @property
    def share_fields(self):
        return [self[name] for name in SHARES.values()]

    @property
    def shares(self):
        """The say of each method."""
        if (method := self.cleaned_data["method"]) == COMBINATION:
            return {key: say for key, say in self._says().items() if say}
        return {SplitMethod(method): 1}

    @property
    def weights(self):
        """Typed weights by child."""
        return {child.key: self.cleaned_data.get(f"w_{child.key}") or 0 for child in self.children}


class SpreadForm(SheetForm):
    """What a unit's rest may touch."""

    whole_subtree = forms.BooleanField(required=False, label=_("Split everything below in the same way"))
    may_change_typed = forms.BooleanField(required=False, label=_("Spread over all"))


class RowForm(forms.Form):
    """One row's months in one tier."""

    tier = forms.ChoiceField(choices=Tier.choices, widget=forms.HiddenInput)

    def __init__(self, *args, metric, currency, months, closed=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.months = months
        for number, month in enumerate(months):
            field = AmountField(label=month_name(month), metric=metric, currency=currency, required=False)
            field.disabled = number in closed
            self.fields[f"m{number}"] = field
            self.fields[f"seen{number}"] = forms.IntegerField(
                widget=forms.HiddenInput, required=False, min_value=0, max_value=10**17
            )

    @property
    def month_fields(self):
        return [self[f"m{number}"] for number in range(len(self.months))]


class WithdrawForm(forms.Form):
    """Why a published plan becomes a draft again."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        validators=[MaxLengthValidator(300)],
    )
