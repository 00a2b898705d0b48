"""Fields of forms about pay: days, money, percentages and numbers as people type them."""

from decimal import Decimal
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from common.money import from_minor, to_minor
from common.refusals import Refusal
from common.tables import parse_amount, parse_percent
from teams.rules import branches

#: What the tables of a plan can hold: bounds up to ten trillion, values up to a billion, both with four decimal places.
MOST_BOUND, MOST_VALUE, PLACES = Decimal(10) ** 12, Decimal(10) ** 9, 4
#: As they are typed here and there.
PERCENT_SIGNS = ("%", "％")


class MoneyField(forms.CharField):
    """An amount as people type it (1,200 · 1.2万), zero or more unless said otherwise; cleaned to minor units."""

    #: The page shows the currency beside it.
    is_money = True

    def __init__(self, *, currency="CNY", may_be_negative=False, may_be_zero=True, **kwargs):
        super().__init__(**{"max_length": 40, "widget": _typed()} | kwargs)
        self.currency, self.may_be_negative, self.may_be_zero = currency, may_be_negative, may_be_zero

    def prepare_value(self, value):
        return f"{from_minor(value):,f}".removesuffix(".00") if isinstance(value, int) else value

    def clean(self, value):
        amount = _read(parse_amount, super().clean(value), currency=self.currency, may_be_negative=self.may_be_negative)
        if amount is not None and not amount and not self.may_be_zero:
            raise forms.ValidationError(_("Say how much it is; more than zero."))
        return None if amount is None else to_minor(amount)


class NumberField(forms.CharField):
    """
    A number of a table as people type it (50,000 · 5万 · 80% · 2.5); cleaned to a decimal.

    :param may_be_negative: whether it is left to somebody else to refuse what is below zero, together with all that is wrong.
    """

    def __init__(self, *, most, may_be_negative=False, **kwargs):
        super().__init__(**{"max_length": 40, "widget": _typed(), "required": False} | kwargs)
        self.most, self.may_be_negative = most, may_be_negative

    def prepare_value(self, value):
        return written(value) if isinstance(value, Decimal) else value

    def clean(self, value):
        text = super().clean(value)
        number = self._number(text)
        if number is None:
            return None
        if number < 0 and not self.may_be_negative:
            raise forms.ValidationError(_("This cannot be negative."))
        if abs(number) >= self.most:
            raise forms.ValidationError(_("This number is too large."))
        if number != round(number, PLACES):
            raise forms.ValidationError(_("At most four decimal places."))
        return number

    @staticmethod
    def _number(text):
        """Return what was typed as a number; what is wrong with it is said of a number, for there are no amounts in a table of days."""
        is_percent = text.rstrip().endswith(PERCENT_SIGNS)
        try:
            return parse_percent(text) if is_percent else parse_amount(text, scale=PLACES)
        except Refusal as refusal:
            wrong = {"too_large": _("This number is too large."), "too_many_digits": _("At most four decimal places.")}
            said = wrong.get(refusal.code, _("“%(given)s” is not a number.") % {"given": refusal.params.get("given", text)})
            raise forms.ValidationError(said, code=refusal.code) from refusal


class SharePercentField(NumberField):
    """A percentage with two decimal places; that it lies between 0 and 100 is checked with the other terms."""

    def __init__(self, **kwargs):
        super().__init__(most=MOST_VALUE, may_be_negative=True, **kwargs)

    def clean(self, value):
        number = super().clean(value)
        if number is not None and number != round(number, 2):
            raise forms.ValidationError(_("At most two decimal places."))
        return number


class TimesField(NumberField):
    """How many times something is taken: 2 · 1.5, or as a part of it 20 %; cleaned to a decimal, 0.2."""

    def __init__(self, **kwargs):
        super().__init__(most=MOST_VALUE, may_be_negative=True, **kwargs)

    def prepare_value(self, value):
        if isinstance(value, Decimal) and 0 < value < 1:
            return f"{written(value * 100)}%"
        return super().prepare_value(value)

    def clean(self, value):
        number = super().clean(value)
        is_percent = number is not None and value.rstrip().endswith(PERCENT_SIGNS)
        if is_percent and number / 100 != round(number / 100, PLACES):
            raise forms.ValidationError(_("At most two decimal places."))
        return number / 100 if is_percent else number


class UnitChecks(forms.CheckboxSelectMultiple):
    """Units to tick, each below and further in than the one above it; `offer_units` says which."""

    depths: ClassVar = {}

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-depth"] = min(self.depths.get(str(value), 0), 4)
        return option


def offer_units(field, units):
    """Let units be ticked in a field with `UnitChecks`, in the order of the tree; one whose parent is not offered is a top."""
    field.queryset = units
    rows = branches(units.order_by("position", "name", "pk").values_list("pk", "name", "parent_id"))
    field.widget.depths = {str(pk): depth for pk, _name, depth in rows}
    field.widget.choices = [(pk, name) for pk, name, _depth in rows]


def dress(form, *, wrong=()):
    """
    Give the fields of a form the looks of all others.

    :param wrong: names of the fields that are marked as mistyped.
    """
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, forms.HiddenInput):
            continue
        css = "form-control"
        if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
            css = "form-check-input"
        elif isinstance(widget, forms.Select):
            css = "form-select"
        widget.attrs["class"] = css + (" is-invalid" if name in wrong else "")


def written(number):
    """Write a decimal as one would type it: without thousands marks and zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _typed():
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "form-control num"})


def _read(parse, text, **how):
    try:
        return parse(text or "", **how)
    except Refusal as refusal:
        raise forms.ValidationError(refusal.reason, code=refusal.code) from refusal
