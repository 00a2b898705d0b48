"""What the ledger announces, inside the transaction that posted."""

from django.dispatch import Signal

#: Credits were posted and days marked. Sent without details: which days is written in the marks.
credits_posted = Signal()
#: A period was closed: nothing will count in it any more. Sends closing=, by=.
period_closed = Signal()
