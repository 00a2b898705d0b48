"""Shapes of input: about plans, metrics, a company's own periods, and how figures are looked at."""

from targets.forms.actions import ActionPlanForm, ActionTaskForm
from targets.forms.cells import BlockForm, LockForm, UndoForm
from targets.forms.inputs import GRID_KINDS, InputsForm, IntentionsForm
from targets.forms.lens import FreeDatesForm, LensForm
from targets.forms.metrics import MetricSettingsForm, OwnMetricForm, VersionForm
from targets.forms.negotiation import AcceptForm, AnswerForm, CounterForm, DeadlineForm, NotingForm, ProposeForm
from targets.forms.parts import DivideForm, PartCellForm, PartChoiceForm
from targets.forms.periods import QuotaPeriodForm
from targets.forms.plans import (
    COMBINATION,
    PlanFilter,
    RowForm,
    SheetForm,
    SplitForm,
    SpreadForm,
    StartPlanForm,
    WithdrawForm,
    YearForm,
    amount_of,
    read_amount,
)
from targets.forms.rates import RateForm
from targets.forms.weights import WeightsForm

__all__ = [
    "COMBINATION",
    "GRID_KINDS",
    "AcceptForm",
    "ActionPlanForm",
    "ActionTaskForm",
    "AnswerForm",
    "BlockForm",
    "DivideForm",
    "CounterForm",
    "DeadlineForm",
    "FreeDatesForm",
    "InputsForm",
    "IntentionsForm",
    "LensForm",
    "LockForm",
    "MetricSettingsForm",
    "NotingForm",
    "OwnMetricForm",
    "PartCellForm",
    "PartChoiceForm",
    "PlanFilter",
    "ProposeForm",
    "QuotaPeriodForm",
    "RateForm",
    "RowForm",
    "SheetForm",
    "SplitForm",
    "SpreadForm",
    "StartPlanForm",
    "UndoForm",
    "VersionForm",
    "WeightsForm",
    "WithdrawForm",
    "YearForm",
    "amount_of",
    "read_amount",
]
