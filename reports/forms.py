"""Forms of the assessment: the indicators, the grades, the scores given by hand."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from targets.models import Metric

MOST_INDICATORS = 30
MOST_GRADES = 6


class IndicatorForm(forms.Form):
    """One line of the table of indicators; without a metric it is scored by hand."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**62)
    position = forms.IntegerField(label=_("Order"), min_value=0, max_value=1000, required=False)
    name = forms.CharField(label=_("Name"), max_length=80)
    name_en = forms.CharField(label=_("English name"), max_length=80, required=False)
    metric = forms.ModelChoiceField(label=_("Scored by"), queryset=None, required=False, empty_label=_("Scored by hand"))
    weight = forms.IntegerField(label=_("Weight in %"), min_value=1, max_value=100)
    floor_percent = forms.IntegerField(label=_("Lowest score"), min_value=0, max_value=1000, initial=0)
    cap_percent = forms.IntegerField(label=_("Highest score"), min_value=0, max_value=1000, initial=120)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args, metrics, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["metric"].queryset = metrics
        # One list of choices for all lines of the table instead of a query a line.
        self.fields["metric"].choices = [("", _("Scored by hand")), *((m.pk, m.label) for m in metrics)]
        for name, field in self.fields.items():
            kind = {"metric": "form-select", "is_active": "form-check-input"}.get(name, "form-control")
            field.widget.attrs["class"] = kind + (" is-invalid" if self.is_bound and name in self.errors else "")
            field.widget.attrs["aria-label"] = field.label

    def clean(self):
        data = super().clean()
        low, high = data.get("floor_percent"), data.get("cap_percent")
        if low is not None and high is not None and low > high:
            self.add_error("floor_percent", _("The lowest score must not be above the highest."))
        data["position"] = data.get("position") or 0
        return data


class BaseIndicators(forms.BaseFormSet):
    """The table of indicators, with one empty line for a new one."""

    def clean(self):
        if any(self.errors):
            return
        # A line that says it is new but shows a known indicator's values is not read at all, hence without an id.
        ids = [form.cleaned_data.get("id") for form in self.filled if form.cleaned_data.get("id") or form.initial]
        if len(set(ids)) < len(ids) or set(ids) != self.known:
            raise ValidationError(_("Somebody changed the indicators meanwhile. Load the page again."))

    @property
    def filled(self):
        return [form for form in self.forms if form.has_changed() or form.initial]

    @property
    def rows(self):
        """The lines as `services.save_indicators` takes them."""
        return [form.cleaned_data for form in self.filled]


IndicatorTable = forms.formset_factory(
    IndicatorForm, formset=BaseIndicators, extra=1, max_num=MOST_INDICATORS, absolute_max=MOST_INDICATORS + 5, validate_max=True
)


def indicator_table(indicators, data=None):
    """Return the table over the company's indicators."""
    metrics = Metric.objects.filter(is_active=True).order_by("position", "code")
    fields = ("position", "name", "name_en", "weight", "floor_percent", "cap_percent", "is_active")
    initial = [{"id": i.pk, "metric": i.metric_id} | {name: getattr(i, name) for name in fields} for i in indicators]
    table = IndicatorTable(data, initial=initial, prefix="indicator", form_kwargs={"metrics": metrics})
    table.known = {i.pk for i in indicators}
    return table


class GradeForm(forms.Form):
    """A grade and its share of people; an empty line is no grade."""

    name = forms.CharField(label=_("Assessment grade"), max_length=20, required=False)
    percent = forms.IntegerField(label=_("Share of people in %"), min_value=0, max_value=100, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control" + (" is-invalid" if self.is_bound and name in self.errors else "")
            field.widget.attrs["aria-label"] = field.label

    def clean(self):
        data = super().clean()
        if data.get("name") and data.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("A share is needed."))
        if data.get("percent") is not None and not data.get("name") and "name" not in self.errors:
            self.add_error("name", _("A name is needed."))
        return data


GradeTable = forms.formset_factory(GradeForm, extra=MOST_GRADES, max_num=MOST_GRADES, absolute_max=MOST_GRADES)


def grade_table(grades, data=None):
    """Return the table over the company's grades, from the best on."""
    return GradeTable(data, initial=[{"name": s.grade, "percent": s.percent} for s in grades], prefix="grade")


def shares_in(table):
    """Return the grades of a valid table as (name, percent), without its empty lines."""
    return [(f.cleaned_data["name"], f.cleaned_data["percent"]) for f in table.forms if f.cleaned_data.get("name")]


class ScoreSheetForm(forms.Form):
    """
    Scores by hand for several people, and a remark for each; only what was sent is changed.

    Built for given sheets: a field for anybody else is not read.
    """

    def __init__(self, *args, sheets, **kwargs):
        super().__init__(*args, **kwargs)
        self.sheets = sheets
        for sheet in sheets:
            for line in sheet.lines:
                if line.indicator.is_by_hand:
                    field = forms.DecimalField(
                        required=False,
                        min_value=Decimal(0),
                        max_value=Decimal(100),
                        max_digits=4,
                        decimal_places=1,
                        localize=False,
                    )
                    self._add(
                        f"score-{sheet.person_id}-{line.indicator.indicator_id}", field, line.score, line.indicator.label, sheet
                    )
            field = forms.CharField(required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 1}))
            self._add(f"remark-{sheet.person_id}", field, sheet.remark, _("Remark"), sheet)

    def _add(self, name, field, value, label, sheet):
        field.label = f"{label} · {sheet.name}"
        field.initial = value
        bad = " is-invalid" if self.is_bound and self._is_bad(field, name) else ""
        extra = {"inputmode": "decimal", "step": "0.1"} if isinstance(field, forms.DecimalField) else {}
        field.widget.attrs |= extra | {"class": f"form-control{bad}", "aria-label": field.label}
        self.fields[name] = field

    def _is_bad(self, field, name):
        try:
            field.clean(field.widget.value_from_datadict(self.data, self.files, name))
        except ValidationError:
            return True
        return False

    def rows(self):
        """Return (sheet, (indicator, field) of every score, field of the remark) a person, for the page."""
        return [(sheet, list(self._score_fields(sheet)), self[f"remark-{sheet.person_id}"]) for sheet in self.sheets]

    def _score_fields(self, sheet):
        for line in sheet.lines:
            if line.indicator.is_by_hand:
                yield line.indicator, self[f"score-{sheet.person_id}-{line.indicator.indicator_id}"]

    @property
    def scores(self):
        """What was sent: {(person id, indicator id): points or None}."""
        return {
            (sheet.person_id, line.indicator.indicator_id): self.cleaned_data[name]
            for sheet in self.sheets
            for line in sheet.lines
            if line.indicator.is_by_hand and (name := f"score-{sheet.person_id}-{line.indicator.indicator_id}") in self.data
        }

    @property
    def remarks(self):
        """What was sent: {person id: text}."""
        return {
            sheet.person_id: self.cleaned_data[name]
            for sheet in self.sheets
            if (name := f"remark-{sheet.person_id}") in self.data
        }


def say(form, refusal):
    """Put a refusal at the head of a form or table."""
    errors = form.non_form_errors() if isinstance(form, forms.BaseFormSet) else form.non_field_errors()
    errors.append(refusal.reason)
