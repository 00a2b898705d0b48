"""What is measured, what is asked, what was reached, who stands where, and what is expected."""

from targets.models.adjustments import Adjustment
from targets.models.attainment import Attainment, MonthProof
from targets.models.inputs import MethodInput
from targets.models.metrics import Metric, MetricVersion
from targets.models.parts import PartStep, PartTarget, PlanPart
from targets.models.plans import (
    ABOUT_ONE,
    ClosedPlan,
    Plan,
    PlanStep,
    QuotaPeriod,
    Target,
)
from targets.models.standing import Forecast, Ranking, RankingCorrection, RankingQuerySet, RankingRow

__all__ = [
    "ABOUT_ONE",
    "Adjustment",
    "Attainment",
    "ClosedPlan",
    "Forecast",
    "MethodInput",
    "Metric",
    "MetricVersion",
    "MonthProof",
    "PartStep",
    "PartTarget",
    "Plan",
    "PlanPart",
    "PlanStep",
    "QuotaPeriod",
    "Ranking",
    "RankingCorrection",
    "RankingQuerySet",
    "RankingRow",
    "Target",
]
