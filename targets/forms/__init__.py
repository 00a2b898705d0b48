"""Shapes of input: about plans, metrics, and a company's own periods."""

from targets.forms.metrics import MetricSettingsForm, OwnMetricForm, VersionForm
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
    "MetricSettingsForm",
    "OnceForm",
    "OwnMetricForm",
    "PlanFilter",
    "QuotaPeriodForm",
    "RowForm",
    "SplitForm",
    "SpreadForm",
    "StartPlanForm",
    "UndoForm",
    "VersionForm",
    "WithdrawForm",
    "YearForm",
    "amount_of",
]
