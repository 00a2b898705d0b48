"""What visits announce to the floors above, inside the transaction of the change."""

from django.dispatch import Signal

visit_changed = Signal()  # visit_ids: visits that were logged or changed
expense_changed = Signal()  # expense_ids: expenses that were approved, or are no more
