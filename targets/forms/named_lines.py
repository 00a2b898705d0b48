"""Which product lines the shipped metrics mean: one question each instead of a whole rule."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import DayField
from credits.rules import Measure
from credits.rules.own import Part
from deals.models import ProductLine


class _Lines(forms.ModelMultipleChoiceField):
    def __init__(self, *, label, help_text):
        super().__init__(queryset=None, label=label, help_text=help_text, widget=forms.CheckboxSelectMultiple)


class _LinesForm(forms.Form):
    """The lines that are meant, and the day from which they are."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, _Lines):
                field.queryset = ProductLine.objects.order_by("name")

    def say(self, refusal):
        """Say a refusal at the field where it is to be mended."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.reason)

    def _ids(self, name):
        return frozenset(line.pk for line in self.cleaned_data[name])


class ProductMixForm(_LinesForm):
    """Revenue of the premium lines in all revenue."""

    premium = _Lines(label=_("Premium lines"), help_text=_("Their revenue divided by all revenue is the product mix."))
    starts_on = DayField(label=_("Counts so from"))

    @property
    def parts(self):
        return Part(Measure.REVENUE, product_lines=self._ids("premium")), Part(Measure.REVENUE)


class AttachRateForm(_LinesForm):
    """Deals with an accessory among those with a main product."""

    main = _Lines(label=_("Main lines"), help_text=_("The deals that contain one of these are what is divided by."))
    accessories = _Lines(
        label=_("Accessory lines"),
        help_text=_("The deals that contain one of these, divided by the former, are the attach rate."),
    )
    starts_on = DayField(label=_("Counts so from"))

    def clean(self):
        given = super().clean()
        if both := set(given.get("main", ())) & set(given.get("accessories", ())):
            names = ", ".join(sorted(line.name for line in both))
            self.add_error("accessories", _("Either a main line or an accessory: %(names)s") % {"names": names})
        return given

    @property
    def parts(self):
        return tuple(Part(Measure.DEALS_WON, product_lines=self._ids(name)) for name in ("accessories", "main"))


#: By the code of the metric (`targets.services.metrics.TO_BE_NAMED`).
NAMED_BY = {"product_mix": ProductMixForm, "attach_rate": AttachRateForm}
