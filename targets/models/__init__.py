"""What is measured, what is asked, what was reached, who stands where, and what is expected."""

from targets.models.adjustments import Adjustment
from targets.models.plans import (
    ABOUT_ONE,
    Attainment,
    ClosedPlan,
    Metric,
    MetricVersion,
    MonthProof,
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
    "Metric",
    "MetricVersion",
    "MonthProof",
    "Plan",
    "PlanStep",
    "QuotaPeriod",
    "Ranking",
    "RankingCorrection",
    "RankingQuerySet",
    "RankingRow",
    "Target",
]
