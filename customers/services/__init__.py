"""Changes to customers, their channels, complaints and surveys, one verb each."""

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
from customers.services.survey import SurveyRefused, answer_survey, ask_customer, require_open, survey_of, token_of

__all__ = [
    "ChannelRefused",
    "ComplaintRefused",
    "CustomerRefused",
    "SurveyRefused",
    "add_channel",
    "add_customer",
    "answer_complaint",
    "answer_survey",
    "archive",
    "ask_customer",
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
    "require_open",
    "survey_of",
    "token_of",
]
