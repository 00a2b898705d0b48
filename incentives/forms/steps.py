"""Tables of steps and of weights, typed as rows: an empty row is left out, an empty “to” ends where the next row begins."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Channel
from deals.models import ProductLine
from incentives.forms.fields import MOST_BOUND, MOST_VALUE, PERCENT_SIGNS, NumberField
from incentives.rules.plan_rows import Part
from incentives.rules.terms import Customers, Steps, Use
from targets.models import Metric

#: Rows that wait empty below a table, for who has no script.
SPARE = 2
MOST_ROWS = 40


class StepForm(forms.Form):
    """One row of a table."""

    metric = forms.ModelChoiceField(label=_("Metric"), queryset=None, required=False, empty_label="—")
    line = forms.ModelChoiceField(label=_("Product line"), queryset=None, required=False, empty_label=_("all"))
    channel = forms.ModelChoiceField(label=_("Channel"), queryset=None, required=False, empty_label=_("all"))
    customers = forms.ChoiceField(label=_("Customers"), choices=Customers, required=False)
    start = NumberField(label=pgettext_lazy("bound", "From"), most=MOST_BOUND, may_be_negative=True)
    end = NumberField(label=pgettext_lazy("bound", "To"), most=MOST_BOUND, may_be_negative=True)
    value = NumberField(label=_("Rate"), most=MOST_VALUE, may_be_negative=True)

    #: What a finding calls a field, and what it is called here.
    FIELDS = {
        "starts_at": "start",
        "ends_before": "end",
        "value": "value",
        "product_line": "line",
        "channel": "channel",
        "customers": "customers",
        "score_metric": "metric",
        "steps": "start",
    }

    def __init__(self, *args, use, lines=(), channels=(), metrics=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.use = use
        if use == Use.SCORE:
            self.fields["metric"].queryset = Metric.objects.all()
            self.fields["metric"].choices = [("", "—"), *metrics]
        else:
            del self.fields["metric"]
        if use == Use.RATE:
            self.fields["line"].queryset = ProductLine.objects.all()
            self.fields["channel"].queryset = Channel.objects.all()
            # Read once for the whole table.
            self.fields["line"].choices = [("", _("all")), *lines]
            self.fields["channel"].choices = [("", _("all")), *channels]
        else:
            del self.fields["line"], self.fields["channel"], self.fields["customers"]
        for name in ("metric", "line", "channel", "customers"):
            if name in self.fields:
                self.fields[name].widget.attrs["class"] = "form-select"
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = field.label
            if self.is_bound and name in self.errors:
                field.widget.attrs["class"] += " is-invalid"
                field.widget.attrs["aria-invalid"] = "true"

    @property
    def is_blank(self):
        """Whether nobody typed anything into it."""
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in ("start", "end", "value"))

    def clean(self):
        given = super().clean()
        if not self.is_blank and "value" not in self.errors and given.get("value") is None:
            self.add_error("value", _("A value is needed."))
        return given

    def is_percentage(self, name):
        return str(self.data.get(self.add_prefix(name), "")).rstrip().endswith(PERCENT_SIGNS)

    def say(self, name, reason):
        self.add_error(name, reason)
        self.fields[name].widget.attrs["class"] += " is-invalid"
        self.fields[name].widget.attrs["aria-invalid"] = "true"

    @property
    def group(self):
        given = self.cleaned_data
        return (given.get("line"), given.get("channel"), given.get("customers") or Customers.ALL, given.get("metric"))


class BaseStepTable(forms.BaseFormSet):
    """The rows of one table."""

    def __init__(self, *args, use, name="", lines=(), channels=(), metrics=(), **kwargs):
        """:param name: of several tables for the same, what the fields of this one begin with."""
        how = {"use": use, "lines": lines, "channels": channels, "metrics": metrics}
        super().__init__(*args, prefix=name or use, form_kwargs=how, **kwargs)
        self.use = use

    @property
    def filled(self):
        """The rows that somebody filled in, in order."""
        return [form for form in self.forms if not form.is_blank]

    @property
    def is_grouped(self):
        """Whether rows name a product line, a channel, customers or a metric, so that these columns are shown."""
        if self.is_bound:
            return any(self.data.get(form.add_prefix(n)) for form in self.filled for n in ("line", "channel", "metric")) or any(
                self.data.get(form.add_prefix("customers"), Customers.ALL) != Customers.ALL for form in self.filled
            )
        named = ("line", "channel", "metric")
        return any(any(map(row.get, named)) or row.get("customers", "ALL") != "ALL" for row in self.initial or ())

    @property
    def steps(self):
        """The rows as fields of `Step`: a missing “from” is where the row before ends, a missing “to” where the next begins."""
        rows = [(form.group, dict(form.cleaned_data)) for form in self.filled]
        for group in {group for group, _row in rows}:
            mine = [row for key, row in rows if key == group]
            for at, row in enumerate(mine):
                if row.get("start") is None:
                    row["start"] = (mine[at - 1].get("end") if at else None) or 0
            for row, following in zip(mine, mine[1:], strict=False):
                if row.get("end") is None and following["start"] > row["start"]:
                    row["end"] = following["start"]
        return [
            {
                "use": self.use,
                "product_line": row.get("line"),
                "channel": row.get("channel"),
                "customers": row.get("customers") or Customers.ALL,
                "metric": row.get("metric"),
                "starts_at": row["start"],
                "ends_before": row.get("end"),
                "value": row["value"],
            }
            for _group, row in rows
        ]

    def say(self, finding):
        """Say a finding at its row and field, one about all rows above them; return whether it could be said there."""
        if finding.row is None:
            self.non_form_errors().append(finding.reason)
            return True
        if finding.row >= len(self.filled):
            return False
        self.filled[finding.row].say(StepForm.FIELDS.get(finding.field, "start"), finding.reason)
        return True

    def refuse_percentages(self, names):
        """Say of fields that hold no percentage where one was typed; return whether there was any."""
        wrong = [(form, name) for form in self.filled for name in names if form.is_percentage(name) and name not in form.errors]
        for form, name in wrong:
            form.say(name, _("An amount or a number belongs here, not a percentage."))
        return bool(wrong)


StepTable = forms.formset_factory(
    StepForm, formset=BaseStepTable, extra=SPARE, max_num=MOST_ROWS, validate_max=True, absolute_max=MOST_ROWS
)


def shown(step):
    """Return a row of `Draft.steps` as the initial values of its form."""
    return {
        "line": step["product_line"] and step["product_line"].pk,
        "channel": step["channel"] and step["channel"].pk,
        "customers": step["customers"],
        "metric": step["metric"] and step["metric"].pk,
        "start": step["starts_at"],
        "end": step["ends_before"],
        "value": step["value"],
    }


#: Behind how a score is read: by the value of its metric.
BY_VALUE = "-VALUE"
#: How a metric counts in a KPI bonus.
COUNTS = [
    ("", _("its attainment")),
    (Steps.INTERPOLATED, _("a score by attainment, in a straight line")),
    (Steps.FLAT, _("a score by attainment, in steps")),
    (Steps.MARGINAL, _("a score by attainment, slice by slice")),
    (Steps.INTERPOLATED + BY_VALUE, _("a score by its value, in a straight line")),
    (Steps.FLAT + BY_VALUE, _("a score by its value, in steps")),
]


class PartForm(forms.Form):
    """A metric with its weight, and how it counts."""

    metric = forms.ModelChoiceField(label=_("Metric"), queryset=None, required=False, empty_label="—")
    weight = NumberField(label=_("Weight"), most=10**5)
    counts = forms.ChoiceField(label=_("How it counts"), required=False, choices=COUNTS)

    def __init__(self, *args, metrics=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["metric"].queryset = Metric.objects.all()
        self.fields["metric"].choices = [("", "—"), *metrics]
        for name in ("metric", "counts"):
            self.fields[name].widget.attrs["class"] = "form-select"
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = field.label
            if self.is_bound and name in self.errors:
                field.widget.attrs["class"] += " is-invalid"

    @property
    def is_blank(self):
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in ("metric", "weight"))

    def clean(self):
        given = super().clean()
        if not self.is_blank:
            for name in ("metric", "weight"):
                if name not in self.errors and not given.get(name):
                    self.add_error(name, _("A value is needed."))
        return given


class BasePartTable(forms.BaseFormSet):
    """The metrics of a KPI bonus."""

    def __init__(self, *args, metrics=(), **kwargs):
        super().__init__(*args, prefix="PART", form_kwargs={"metrics": metrics}, **kwargs)

    @property
    def filled(self):
        return [form for form in self.forms if not form.is_blank]

    @property
    def parts(self):
        """The rows as `Part` with metrics."""
        return [_part(**form.cleaned_data) for form in self.filled]

    def say(self, finding):
        if finding.row is None:
            self.non_form_errors().append(finding.reason)
            return True
        if finding.row >= len(self.filled):
            return False
        form = self.filled[finding.row]
        form.add_error(finding.field, finding.reason)
        form.fields[finding.field].widget.attrs["class"] += " is-invalid"
        return True


PartTable = forms.formset_factory(PartForm, formset=BasePartTable, extra=SPARE, max_num=20, validate_max=True, absolute_max=20)


def _part(metric, weight, counts):
    return Part(metric, weight, counts.removesuffix(BY_VALUE), counts.endswith(BY_VALUE))


def shown_part(part):
    """Return a part of a KPI bonus as the initial values of its form."""
    return {"metric": part.metric.pk, "weight": part.weight, "counts": part.reads + (BY_VALUE if part.by_value else "")}
