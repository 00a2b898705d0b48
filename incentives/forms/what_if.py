"""Shapes of what is typed to ask what something would pay."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import LIMIT, from_minor, to_minor
from deals.models import ProductLine

MOST = from_minor(LIMIT)


class SaleForm(forms.Form):
    """A deal that somebody thinks of: only what decides about their pay is asked."""

    amount = forms.DecimalField(label=_("Amount of the deal"), min_value=Decimal("0.01"), max_value=MOST, decimal_places=2)
    gross_profit = forms.DecimalField(
        label=_("Gross profit"), min_value=0, max_value=MOST, decimal_places=2, required=False,
        help_text=_("Left empty, nothing counts as gross profit."),
    )  # fmt: skip
    line = forms.ModelChoiceField(label=_("Product line"), queryset=None, required=False, empty_label=_("Any other"))
    is_new = forms.BooleanField(label=_("The customer buys for the first time"), required=False)
    is_collected = forms.BooleanField(label=_("The customer pays this month"), required=False)

    def __init__(self, *args, asks, **kwargs):
        """:param asks: as `queries.ahead.Ahead.asks`."""
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = ProductLine.objects.all()
        for name, wanted in (("gross_profit", "profit"), ("line", "line"), ("is_new", "customers"), ("is_collected", "cash")):
            if wanted not in asks:
                del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.DecimalField):
                field.widget.attrs |= {"inputmode": "decimal", "class": "form-control"}
            elif isinstance(field, forms.BooleanField):
                field.widget.attrs["class"] = "form-check-input"
            else:
                field.widget.attrs["class"] = "form-select"

    def clean(self):
        given = super().clean()
        amount, profit = given.get("amount"), given.get("gross_profit")
        if amount is not None and profit is not None and profit > amount:
            self.add_error("gross_profit", _("The gross profit is more than the amount."))
        return given

    @property
    def sale(self):
        """What `Ahead.typed` takes, of a form that could be read."""
        given = dict(self.cleaned_data)
        found = {"amount": to_minor(given.pop("amount"))}
        if given.get("gross_profit") is not None:
            found["gross_profit"] = to_minor(given["gross_profit"])
        line = given.get("line")
        return (
            found | {"line_id": line and line.pk} | {name: given[name] for name in ("is_new", "is_collected") if name in given}
        )
