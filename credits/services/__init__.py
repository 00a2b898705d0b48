"""Changes of the ledger: posting what facts credit, and closing periods."""

from credits.services.closing import ClosingRefused, closable_period, close_period, keep_books_open
from credits.services.posting import (
    ON_ITS_DAY,
    parts_of_ledger,
    post_all,
    post_complaints,
    post_customers,
    post_days_worked,
    post_deals,
    post_lapsed,
    post_payments,
    post_people,
    post_products,
    post_returns,
    post_surveys,
    post_tasks,
    post_visits,
    repost_days_worked,
)

__all__ = [
    "ON_ITS_DAY",
    "ClosingRefused",
    "closable_period",
    "close_period",
    "keep_books_open",
    "parts_of_ledger",
    "post_all",
    "post_complaints",
    "post_customers",
    "post_days_worked",
    "post_deals",
    "post_lapsed",
    "post_payments",
    "post_people",
    "post_products",
    "post_returns",
    "post_surveys",
    "post_tasks",
    "post_visits",
    "repost_days_worked",
]
