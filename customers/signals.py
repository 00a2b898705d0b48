"""What customers announce, inside the transaction that changed them."""

from django.dispatch import Signal

#: The channel of these customers changed, or deals moved to or away from them. Sent with `customer_ids`.
customer_changed = Signal()

#: Complaints were raised, changed, or taken back. Sent with `complaint_ids`.
complaint_changed = Signal()

#: Customers answered these surveys. Sent with `survey_ids`.
survey_answered = Signal()
