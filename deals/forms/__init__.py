"""Forms about deals, what happens to them, and what is sold."""

from deals.forms.act import CancelForm, ChangeForm, LoseForm, PaymentForm, ReturnForm, ShareSet, UnpayForm, WinForm
from deals.forms.deal import DealForm, LineSet
from deals.forms.lists import DealFilter, PipelineFilter, ProductFilter
from deals.forms.product import ChannelForm, LineNameForm, ProductForm

__all__ = [
    "CancelForm",
    "ChangeForm",
    "ChannelForm",
    "DealFilter",
    "DealForm",
    "LineNameForm",
    "LineSet",
    "LoseForm",
    "PaymentForm",
    "PipelineFilter",
    "ProductFilter",
    "ProductForm",
    "ReturnForm",
    "ShareSet",
    "UnpayForm",
    "WinForm",
]
