"""Shapes of input about the parts of a plan: what it is divided into, how, and one cell."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import DayField
from customers.models import Channel
from deals.models import ProductLine
from targets.forms.plans import SheetForm, WeightField
from targets.models import PlanPart
from targets.rules import Tier
from targets.rules.parts import PartMethod

REST = "rest"


class PartChoiceForm(forms.Form):
    """What a plan is divided into: product lines or channels, all others together, each with a deadline if wanted."""

    def __init__(self, *args, dimensions, parts, **kwargs):
        dimensions = [PlanPart.Dimension(value) for value in dimensions]
        now = parts[0].dimension if parts else ""
        kwargs["initial"] = {"dimension": now or (dimensions[0].value if len(dimensions) == 1 else "")}
        super().__init__(*args, **kwargs)
        choices = [("", _("Not divided")), *((each.value, each.label) for each in dimensions)]
        self.fields["dimension"] = forms.ChoiceField(
            label=_("Divided by"), choices=choices, required=False, widget=forms.RadioSelect
        )
        self.groups = []
        for dimension in dimensions:
            present = {part.product_line_id or part.channel_id: part for part in parts if part.dimension == dimension}
            rows = [self._row(dimension, thing, present, now) for thing in _things(dimension)]
            self.groups.append((dimension.value, dimension.label, rows))

    def _row(self, dimension, thing, present, now):
        """Add the two fields of one product line or channel; return (id or None, name of the box, name of the deadline)."""
        pk, label = (thing.pk, str(thing)) if thing else (None, _("All others"))
        name, part = f"{dimension}-{pk or REST}", present.get(pk)
        # Whoever begins is shown everything but the rest: most plans name all they sell.
        self.fields[name] = forms.BooleanField(
            label=label,
            required=False,
            initial=part is not None if now == dimension else pk is not None,
            widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        )
        self.fields[f"{name}-due"] = DayField(label=_("Deadline"), required=False, initial=part and part.due_on)
        self.fields[f"{name}-due"].widget.attrs |= {
            "class": "form-control form-control-sm",
            "aria-label": f"{label} {_('Deadline')}",
        }
        return pk, name, f"{name}-due"

    @property
    def rows(self):
        """The groups as bound fields: (value, label, [(box, deadline)])."""
        return [(value, label, [(self[box], self[due]) for _pk, box, due in rows]) for value, label, rows in self.groups]

    @property
    def chosen(self):
        """The pairs (id or None, deadline) of a valid form, in the shown order."""
        given = self.cleaned_data
        rows = next((rows for value, _label, rows in self.groups if value == given["dimension"]), [])
        return [(pk, given[due]) for pk, box, due in rows if given[box]]


def _things(dimension):
    found = ProductLine.objects.all() if dimension == PlanPart.Dimension.LINE else Channel.objects.all()
    return [*found, None]


class DivideForm(SheetForm):
    """How a unit's target is divided among the plan's parts."""

    method = forms.ChoiceField(label=_("Method"), choices=PartMethod.choices, widget=forms.RadioSelect)
    each_own = forms.BooleanField(
        label=_("Below, each by their own mix of last year"),
        required=False,
        help_text=_("Otherwise everybody in the proportion of the unit above them."),
    )
    may_change_typed = forms.BooleanField(label=_("Change what was set by hand as well"), required=False)

    def __init__(self, *args, parts, **kwargs):
        super().__init__(*args, **kwargs)
        self.parts = parts
        for name in ("each_own", "may_change_typed"):
            self.fields[name].widget.attrs["class"] = "form-check-input"
        for part in parts:
            self.fields[f"w_{part.pk}"] = WeightField(label=part.name, initial=1)

    @property
    def weights(self):
        """Typed weights by part."""
        return {part.pk: self.cleaned_data.get(f"w_{part.pk}") or 0 for part in self.parts}


class PartCellForm(forms.Form):
    """One cell of the parts as it was typed."""

    key = forms.CharField(label=_("Unit and person"), max_length=40)
    period = forms.CharField(label=_("Period"), max_length=10)
    tier = forms.ChoiceField(label=_("Tier"), choices=Tier.choices)
    amount = forms.CharField(label=_("Target"), max_length=40, required=False, strip=True)
    seen = forms.IntegerField(label=_("As it is"), required=False, min_value=0, max_value=10**17)
    part = forms.IntegerField(label=_("Part"), min_value=1, max_value=2**63 - 1)
