"""Changes to deals and all that hangs on them, one verb each; every one writes the audit trail and sends its signal."""

from deals.services.deal import (
    cancel_deal,
    change_deal,
    log_deal,
    lose_deal,
    open_deal,
    refuse_if_followed,
    reopen,
    set_lines,
    set_shares,
    win_deal,
)
from deals.services.payment import cancel_payment, record_payment
from deals.services.product import ProductRefused, add_line, add_product, change_line, change_product
from deals.services.refusals import DealRefused
from deals.services.return_ import return_lines

__all__ = [
    "DealRefused",
    "ProductRefused",
    "add_line",
    "add_product",
    "cancel_deal",
    "cancel_payment",
    "change_deal",
    "change_line",
    "change_product",
    "log_deal",
    "lose_deal",
    "open_deal",
    "record_payment",
    "refuse_if_followed",
    "reopen",
    "return_lines",
    "set_lines",
    "set_shares",
    "win_deal",
]
