"""Shapes of input: about plans, and about a company's own periods."""

from targets.forms.periods import QuotaPeriodForm
from targets.forms.plans import (
    COMBINATION,
    CellForm,
    OnceForm,
    PlanFilter,
    RowForm,
    SplitForm,
    SpreadForm,
    StartPlanForm,
    UndoForm,
    WithdrawForm,
    YearForm,
    amount_of,
)

__all__ = [
    "COMBINATION",
    "CellForm",
    "OnceForm",
    "PlanFilter",
    "QuotaPeriodForm",
    "RowForm",
    "SplitForm",
    "SpreadForm",
    "StartPlanForm",
    "UndoForm",
    "WithdrawForm",
    "YearForm",
    "amount_of",
]
