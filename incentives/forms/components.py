"""The shape of a component of a pay plan: the kind decides which fields and tables speak."""

from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from customers.models import Channel
from deals.models import ProductLine
from incentives.forms.fields import MoneyField, SharePercentField, TimesField
from incentives.forms.gates import MOST_GATES, GateFields
from incentives.forms.steps import PartTable, StepTable, shown, shown_part
from incentives.queries.plans import counted_measures
from incentives.rules import terms
from incentives.rules.checking import BadTerms
from incentives.rules.terms import Kind, Use
from targets.models import Metric

#: What each kind asks for, in the order of the page; everything else keeps its default.
SPEAKS = {
    Kind.COMMISSION: (
        "measure", "base", "span", "chosen_by", "metric", "steps_read", "pays", "whose", "credited", "is_ramped",
        "paid_at_once", "release", "clawback", "clawback_months", "cap",
    ),
    Kind.BONUS: (
        "amount", "base_pay_factor", "metric", "span", "steps_read", "whose", "is_prorated", "is_ramped",
        "paid_at_once", "release", "cap",
    ),
    Kind.KPI: (
        "amount", "base_pay_factor", "span", "steps_read", "whose", "is_prorated", "is_ramped",
        "paid_at_once", "release", "cap",
    ),
    Kind.POOL: (
        "measure", "span", "chosen_by", "metric", "steps_read", "pays", "sharing",
        "paid_at_once", "release", "cap",
    ),
    Kind.DRAW: ("amount", "draw", "draw_months", "is_prorated"),
}  # fmt: skip
TABLES = {
    Kind.COMMISSION: (Use.RATE, Use.DECAY),
    Kind.BONUS: (Use.CURVE,),
    Kind.KPI: (Use.SCORE, Use.CURVE),
    Kind.POOL: (Use.RATE,),
    Kind.DRAW: (),
}
#: What a new component begins with, so that a simple one is a matter of a minute.
BEGINS = {
    Kind.COMMISSION: {"measure": "CASH_COLLECTED"},
    Kind.BONUS: {"steps_read": terms.Steps.INTERPOLATED},
    Kind.KPI: {"steps_read": terms.Steps.INTERPOLATED, "span": terms.Span.QUARTER},
    Kind.POOL: {"measure": "GROSS_PROFIT", "sharing": terms.Sharing.RESULT},
    Kind.DRAW: {"draw": terms.Draw.NON_RECOVERABLE, "draw_months": 3},
}
_CURVE = [(80, 100, 50), (100, 120, 100), (120, None, 150)]
BEGINNING_ROWS = {
    Kind.COMMISSION: {Use.RATE: [(0, None, 5)]},
    Kind.BONUS: {Use.CURVE: _CURVE},
    Kind.KPI: {Use.CURVE: _CURVE},
    Kind.POOL: {Use.RATE: [(0, None, 2)]},
    Kind.DRAW: {},
}


AMOUNT, BASE_PAY = "AMOUNT", "BASE_PAY"
#: What a bonus is worth at 100 %.
PROMISES = [(AMOUNT, _("An amount, the same for everybody")), (BASE_PAY, _("A share of each person's base pay"))]


class ComponentForm(forms.Form):
    """
    What a component says, with its tables.

    :param draft: what it said until now (`services.components.Draft`, or anything with `values`, `steps` and `parts`); None for
        a new one.
    :param others: (key, name) pairs of the version's other components, for the gates.
    """

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("As it stands on the statement. Empty: it is named after what it pays for."),
    )
    measure = forms.ChoiceField(label=_("Paid on what"), required=False)
    promises = forms.ChoiceField(label=_("What 100 % pays, each span"), choices=PROMISES, required=False)
    amount = MoneyField(label=_("Amount"), required=False)
    base_pay_factor = TimesField(
        label=_("Times the base pay of a month"),
        required=False,
        help_text=_("2 is two months' base pay for the whole span; 20 % a fifth of a month's."),
    )
    metric = forms.ModelChoiceField(label=_("Attainment of"), queryset=None, required=False, empty_label="—")
    draw = forms.ChoiceField(label=_("Kind of guarantee"), choices=terms.Draw, required=False)
    draw_months = forms.IntegerField(
        label=_("For the first months of service"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("Empty: without an end."),
    )
    sharing = forms.ChoiceField(label=_("Shared out"), choices=terms.Sharing, required=False)
    base = forms.ChoiceField(label=_("Worked out on"), choices=terms.Base, required=False)
    span = forms.ChoiceField(
        label=_("Adds up over"),
        choices=terms.Span,
        required=False,
        help_text=_(
            "The next one begins from nothing. From its first month on, attainment is measured against the target of the whole of it."
        ),
    )
    chosen_by = forms.ChoiceField(label=_("Step chosen by"), choices=terms.ChosenBy, required=False)
    steps_read = forms.ChoiceField(label=_("How the table is read"), choices=terms.Steps, required=False)
    pays = forms.ChoiceField(
        label=_("A step gives"),
        choices=terms.Pays,
        required=False,
        help_text=_(
            "With amounts: flat pays the amount of the step that is reached, marginal the amounts of all steps up to it "
            "together, interpolated a point on the line between two amounts."
        ),
    )
    whose = forms.ChoiceField(label=_("Whose results"), choices=terms.Whose, required=False)
    credited = forms.ChoiceField(
        label=_("Which credit"),
        choices=terms.Credited,
        required=False,
        help_text=_("Shares of a deal add up to 100 %; credit on top is for those who helped beside."),
    )
    is_prorated = forms.BooleanField(label=_("By working days for who joins or leaves meanwhile"), required=False)
    is_ramped = forms.BooleanField(
        label=_("Newcomers are measured by their ramp"),
        required=False,
        help_text=_(
            "Their target counts by the company’s ramp of newcomers. Leave it off where the targets are ramped already."
        ),
    )
    paid_at_once = SharePercentField(label=_("Paid at once, %"), required=False)
    release = forms.ChoiceField(label=_("The rest is paid"), choices=terms.Release, required=False)
    clawback = forms.ChoiceField(label=_("Taken back when it is returned later"), choices=terms.Clawback, required=False)
    clawback_months = forms.IntegerField(label=_("Term in months"), required=False, min_value=1, max_value=120)
    cap = MoneyField(label=_("At most, over its span"), required=False, help_text=_("Empty: no limit."))
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, data=None, *, kind, seen, currency, draft=None, others=(), **kwargs):
        self.kind, self.currency = Kind(kind), currency
        self.counted = counted_measures()
        initial = {"key": uuid4(), "seen": seen} | {n: v for n, v in _initial(self.kind, draft).items() if v is not None}
        super().__init__(data, initial=initial, **kwargs)
        metrics = list(Metric.objects.filter(is_active=True))
        self._offer(metrics)
        speaks = {"name", "key", "seen", *SPEAKS[self.kind]} | ({"promises"} if self.kind in {Kind.BONUS, Kind.KPI} else set())
        for name in [name for name in self.fields if name not in speaks]:
            del self.fields[name]
        self.gates = self._gates(metrics, others, draft)
        self._dress()
        self.tables = {use: self._table(use, draft, metrics) for use in TABLES[self.kind]}
        self.parts = None
        if self.kind == Kind.KPI:
            given = [shown_part(part) for part in draft.parts] if draft else []
            self.parts = PartTable(data, initial=given, metrics=[(m.pk, m.label) for m in metrics])

    def _gates(self, metrics, others, draft):
        """Return the gates with their fields; a guarantee has none."""
        about = {"metrics": [(metric.pk, metric.label) for metric in metrics], "others": others, "draft": draft}
        places = range(MOST_GATES if self.kind != Kind.DRAW else 0)
        gates = [GateFields(self, place, **about) for place in places]
        for gate, following in pairwise(gates):
            gate.next = following
        return gates

    def _offer(self, metrics):
        fields = self.fields
        fields["measure"].choices = [(one.code, one.label) for one in self.counted.values()]
        fields["metric"].queryset = Metric.objects.filter(is_active=True)
        fields["metric"].choices = [("", "—"), *((metric.pk, metric.label) for metric in metrics)]
        fields["amount"].currency = fields["cap"].currency = self.currency
        if self.kind == Kind.POOL:
            fields["chosen_by"].choices = [
                c for c in terms.ChosenBy.choices if c[0] not in terms.BY_DEAL | {terms.ChosenBy.AGE}
            ]
        if self.kind != Kind.COMMISSION:
            fields["release"].choices = [
                c for c in terms.Release.choices if c[0] != terms.Release.COLLECTION or self.kind == Kind.POOL
            ]
        if self.kind in {Kind.COMMISSION, Kind.POOL}:
            fields["metric"].label = _("Metric")
        self.metric_kinds = {str(metric.pk): metric.kind for metric in metrics}
        if self.kind == Kind.DRAW:
            fields["amount"].label = _("Guaranteed a month")

    def _dress(self):
        for name, field in self.fields.items():
            if isinstance(field, forms.BooleanField):
                css = "form-check-input"
            elif isinstance(field.widget, forms.Select):
                css = "form-select"
            else:
                css = field.widget.attrs.get("class", "form-control")
            field.widget.attrs["class"] = css + (" is-invalid" if self.is_bound and name in self.errors else "")
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"id_{name}_help"

    def _table(self, use, draft, metrics):
        if draft is not None:
            rows = [shown(step) for step in draft.steps if step["use"] == use]
        else:
            rows = [
                {"start": Decimal(start), "end": None if end is None else Decimal(end), "value": Decimal(value)}
                for start, end, value in BEGINNING_ROWS[self.kind].get(use, ())
            ]
        choices = {}
        if use == Use.RATE:
            choices["lines"] = list(ProductLine.objects.order_by("name").values_list("pk", "name"))
            choices["channels"] = list(Channel.objects.order_by("position", "name").values_list("pk", "name"))
        if use == Use.SCORE:
            choices["metrics"] = [(metric.pk, metric.label) for metric in metrics]
        data = self.data if self.is_bound else None
        return StepTable(data, initial=rows, use=use, **choices)

    def is_valid(self):
        # All of them, so that every field says at once what is wrong with it.
        tables = [*self.tables.values(), *([self.parts] if self.parts is not None else [])]
        is_good = all([super().is_valid(), *[each.is_valid() for each in (*tables, *self.gates)]])
        return not self._mistakes_a_percentage() and is_good

    def _mistakes_a_percentage(self):
        """Say where a percentage was typed that would be taken for money, pieces or months: “80%” of a target for 80 yuan."""
        if Use.RATE not in self.tables:
            return False
        given, names = self.cleaned_data, []
        if given.get("chosen_by") in terms.BY_MEASURE | {terms.ChosenBy.AGE}:
            names += ["start", "end"]
        counted = self.counted.get(given.get("measure"))
        if given.get("pays") == terms.Pays.AMOUNT or (counted is not None and not counted.is_money):
            names.append("value")
        return self.tables[Use.RATE].refuse_percentages(names)

    @property
    def counts_differently(self):
        """Whether it says something about how it counts, so that nothing of it is folded away."""
        return self._says("base", "whose", "credited", "is_ramped")

    @property
    def keeps_back(self):
        """Whether it says something about holding back, taking back or a limit."""
        return self._says("paid_at_once", "release", "cap", "clawback")

    def _says(self, *names):
        begins = _defaults()
        given = {name: self[name].value() for name in names if name in self.fields}
        return any(value and str(value) != str(begins.get(name, "")) for name, value in given.items())

    @property
    def terms(self):
        """What was typed: values of the component, its steps and its parts."""
        given = self.cleaned_data
        values = {name: given[name] for name in SPEAKS[self.kind] if name in given}
        defaults = _defaults()
        for name, value in values.items():
            if value in {"", None} and name in defaults:
                values[name] = defaults[name]
        if "base_pay_factor" in values:
            values["amount" if self._is_share(given) else "base_pay_factor"] = None
        if "metric" in values and self.kind in {Kind.COMMISSION, Kind.POOL} and not self._needs_metric(values):
            values["metric"] = None
        if values.get("clawback", "") != terms.Clawback.UNSERVED:
            values.pop("clawback_months", None)
        values["name"] = given["name"].strip() or self._named(values)
        steps = [step for table in self.tables.values() for step in table.steps]
        steps += [step for place, gate in enumerate(self.given_gates) for step in gate.steps(place)]
        gates = [gate.given for gate in self.given_gates]
        parts = self.parts.parts if self.parts else []
        return {"kind": self.kind, "values": values, "steps": steps, "parts": parts, "gates": gates}

    @property
    def given_gates(self):
        """The gates about which anything was typed, in their order."""
        return [gate for gate in self.gates if gate.given is not None]

    def clean(self):
        given = super().clean()
        if self._is_share(given) and given.get("base_pay_factor") is None and "base_pay_factor" not in self.errors:
            self.add_error("base_pay_factor", BadTerms("times").reason)
        return given

    @staticmethod
    def _is_share(given):
        return given.get("promises") == BASE_PAY

    def _needs_metric(self, values):
        by_metric = {terms.Sharing.ATTAINMENT, terms.Sharing.VALUE}
        return values["chosen_by"] in terms.BY_METRIC or values.get("sharing") in by_metric

    def _named(self, values):
        """Return a name made of what it pays for."""
        label = str(Kind(self.kind).label)
        if values.get("measure") in self.counted:
            return _now("%(kind)s on %(measure)s") % {"kind": label, "measure": self.counted[values["measure"]].label}
        if self.kind == Kind.BONUS and values.get("metric"):
            return _now("%(kind)s: %(metric)s") % {"kind": label, "metric": values["metric"].label}
        return label

    def say(self, findings):
        """Say findings at the row and field where they are to be mended."""
        for finding in findings:
            gate = next(iter(self.given_gates[finding.place :]), None)
            table = {"PART": self.parts, Use.GATE: gate and gate.table}.get(finding.use) or self.tables.get(finding.use)
            if table is not None and table.say(finding):
                continue
            name = gate.named(finding.field) if gate is not None else finding.field
            name = name if name in self.fields else None
            self.add_error(name, finding.reason)
            if name:
                self.fields[name].widget.attrs["class"] += " is-invalid"

    def catch_up(self, revision):
        """Take the draft's present revision for the next try: who was told of a change may save over it knowingly."""
        self.data = self.data.copy()
        self.data["seen"] = str(revision)


def _defaults():
    return {
        "base": terms.Base.PERIOD,
        "span": terms.Span.MONTH,
        "chosen_by": terms.ChosenBy.AMOUNT,
        "steps_read": terms.Steps.FLAT,
        "pays": terms.Pays.RATE,
        "whose": terms.Whose.OWN,
        "credited": terms.Credited.SHARES,
        "paid_at_once": Decimal(100),
        "release": terms.Release.NEVER_HELD,
        "clawback": terms.Clawback.PAID_RATE,
    }


def _initial(kind, draft):
    """Return what the fields show at first."""
    if draft is None:
        return _defaults() | {"is_prorated": True, "promises": AMOUNT} | BEGINS[kind]
    values = dict(draft.values) | {"promises": AMOUNT if draft.values.get("base_pay_factor") is None else BASE_PAY}
    values["metric"] = values["metric"] and values["metric"].pk
    return values
