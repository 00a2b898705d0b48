"""
What deals announce to the floors above, inside the transaction of the change.

Every signal is sent with ids that may be many, so that a bulk change is one announcement.
"""

from django.dispatch import Signal

deal_changed = Signal()  # deal_ids: deals that were opened, changed, won, lost, cancelled, reopened or shared otherwise
return_recorded = Signal()  # return_ids: rows of DealReturn, just written
payment_changed = Signal()  # payment_ids: payments recorded or cancelled
product_changed = Signal()  # product_ids: products that belong to another product line than before
