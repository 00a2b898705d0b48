"""Forms about what is sold, and through which channels."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from common.layouts import Bar
from deals.forms.deal import money_field
from deals.models import ProductLine


class _Laid(forms.Form):
    def __init__(self, *args, back, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": True}
        self.helper.layout = Layout(Div(*self.fields, css_class="form-columns"), Bar(_("Save"), back=back))


class ProductForm(_Laid):
    """A product."""

    code = forms.CharField(label=_("Product code"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=120)
    line = forms.ModelChoiceField(label=_("Product line"), queryset=None, required=False)
    list_price = money_field(_("List price"))
    cost = money_field(_("Cost"), initial=0)
    measured_in = forms.CharField(label=_("Unit of measure"), max_length=20, required=False)
    is_active = forms.BooleanField(label=_("On sale"), initial=True, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = ProductLine.objects.all()


class LineNameForm(_Laid):
    """A product line."""

    name = forms.CharField(label=_("Name"), max_length=80)


class ChannelForm(_Laid):
    """A sales channel."""

    name = forms.CharField(label=_("Name"), max_length=80)
    code = forms.CharField(label=_("Code"), max_length=40)
    position = forms.IntegerField(label=_("Order in lists"), min_value=0, max_value=1000, initial=0)
