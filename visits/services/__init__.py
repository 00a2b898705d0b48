"""Changes to visits, what is planned, and expenses, one verb each."""

from visits.services.expense import (
    ExpenseRefused,
    add_builtin_categories,
    add_category,
    approve_expense,
    claim_expense,
    decline_expense,
    switch_category,
    undo_decision,
    withdraw_expense,
)
from visits.services.visit import VisitRefused, change_visit, check_in, check_out, drop_plan, log_visit, plan_visit

__all__ = [
    "ExpenseRefused",
    "VisitRefused",
    "add_builtin_categories",
    "add_category",
    "approve_expense",
    "change_visit",
    "check_in",
    "check_out",
    "claim_expense",
    "decline_expense",
    "drop_plan",
    "log_visit",
    "plan_visit",
    "switch_category",
    "undo_decision",
    "withdraw_expense",
]
