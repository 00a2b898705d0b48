"""Changes to customers, their channels and their complaints, one verb each."""

from customers.services.complaint import (
    ComplaintRefused,
    answer_complaint,
    cancel_complaint,
    close_complaint,
    judge_complaint,
    raise_complaint,
    reopen_complaint,
)
from customers.services.customer import (
    ChannelRefused,
    CustomerRefused,
    add_channel,
    add_customer,
    archive,
    change_channel,
    change_customer,
    chosen_or_added,
    reassign_customers,
    restore,
)

__all__ = [
    "ChannelRefused",
    "ComplaintRefused",
    "CustomerRefused",
    "add_channel",
    "add_customer",
    "answer_complaint",
    "archive",
    "cancel_complaint",
    "change_channel",
    "change_customer",
    "chosen_or_added",
    "close_complaint",
    "judge_complaint",
    "raise_complaint",
    "reassign_customers",
    "reopen_complaint",
    "restore",
]
