"""What the ledger announces, inside the transaction that posted."""

from django.dispatch import Signal

#: Credits were posted and days marked. Sent without details: which days is written in the marks.
credits_posted = Signal()
