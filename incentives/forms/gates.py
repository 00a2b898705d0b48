"""The gates of a component as they are typed: one below the other, each with its own table."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from incentives.forms.steps import StepTable, shown
from incentives.rules.terms import Use
from targets.models import Metric

#: A component that more than these decide about is understood by nobody.
MOST_GATES = 4


class GateFields:
    """
    One gate in the form of a component.

    :ivar table: the rows that say how much goes through. :ivar next: the gate below it, None for the last.
    """

    def __init__(self, form, place, *, metrics, others, draft):
        """
        Add the gate's fields to a form.

        :param place: which of the gates it is, from 0 on.
        :param metrics, others: what may be asked for: (id, name) of metrics, (key, name) of components.
        :param draft: what the component said until now, None for a new one.
        """
        self.form, self.place, self.next = form, place, None
        ending = f"_{place + 1}" if place else ""
        self.names = {name: f"gate_{name}{ending}" for name in ("metric", "by_attainment", "key")}
        form.fields |= self._fields(metrics, others)
        if draft is not None and place < len(draft.gates):
            gate = draft.gates[place]
            given = {
                "metric": gate["metric"] and gate["metric"].pk,
                "by_attainment": gate["by_attainment"],
                "key": gate["awaits"],
            }
            form.initial |= {self.names[name]: value for name, value in given.items() if value is not None}
        rows = [shown(step) for step in draft.steps if step["use"] == Use.GATE and step["gate"] == place] if draft else []
        prefix = f"{Use.GATE}{place + 1 if place else ''}"
        is_sent = form.is_bound and f"{prefix}-TOTAL_FORMS" in form.data
        self.table = StepTable(form.data if is_sent else None, initial=rows, use=Use.GATE, name=prefix)

    def _fields(self, metrics, others):
        metric = forms.ModelChoiceField(label=_("By a metric"), queryset=None, required=False)
        metric.queryset = Metric.objects.filter(is_active=True)
        metric.choices = [("", _("no gate")), *metrics]
        waits = forms.ChoiceField(label=_("Only if another component pays something"), required=False)
        waits.choices = [("", _("no gate")), *((str(key), name) for key, name in others)]
        by_attainment = forms.BooleanField(label=_("By the attainment of its target, not by the value"), required=False)
        return {self.names["metric"]: metric, self.names["by_attainment"]: by_attainment, self.names["key"]: waits}

    def __getitem__(self, name):
        return self.form[self.names[name]]

    @property
    def metric(self):
        return self["metric"]

    @property
    def by_attainment(self):
        return self["by_attainment"]

    @property
    def key(self):
        return self["key"]

    @property
    def speaks_when(self):
        """When its table is shown, as the page's script reads it."""
        return f"{self.names['metric']}!="

    @property
    def is_open(self):
        """Whether it, or one below it, says anything."""
        return bool(self.metric.value() or self.key.value() or (self.next is not None and self.next.is_open))

    @property
    def given(self):
        """The gate as fields of `Gate`, its table left out; None where nothing was typed."""
        metric, key = (self.form.cleaned_data.get(self.names[name]) for name in ("metric", "key"))
        if metric is None and not key and not (self.table.is_bound and self.table.filled):
            return None
        asks = bool(metric and self.form.cleaned_data.get(self.names["by_attainment"]))
        return {"metric": metric, "by_attainment": asks, "awaits": UUID(key) if key else None}

    def named(self, field):
        """Return how a field of a finding is called here: ``gate_metric``, ``gate_key``; others are none of a gate's."""
        return self.names.get(field.removeprefix("gate_"), field) if field.startswith("gate_") else field

    def is_valid(self):
        return not self.table.is_bound or self.table.is_valid()

    def steps(self, place):
        """Return the rows of its table as fields of `Step`, of the gate with this place among those that are given."""
        return [step | {"gate": place} for step in self.table.steps] if self.table.is_bound else []
