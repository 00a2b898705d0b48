"""What is measured, what is asked, what was reached, who stands where, and what is expected."""

from targets.models.actions import ActionPlan, ActionTask, ChannelGoal
from targets.models.adjustments import Adjustment, Exemption
from targets.models.attainment import Attainment, MonthProof
from targets.models.inputs import MethodInput
from targets.models.metrics import Metric, MetricVersion
from targets.models.negotiation import NegotiationMove, NegotiationRound, Pledge
from targets.models.parts import PartStep, PartTarget, PlanPart
from targets.models.plans import (
    ABOUT_ONE,
    ClosedPlan,
    Plan,
    PlanStep,
    QuotaPeriod,
    Target,
)
from targets.models.stages import StagePlan, StageStep, StageTarget
from targets.models.standing import Forecast, Ranking, RankingCorrection, RankingQuerySet, RankingRow
from targets.models.weights import MetricWeight

__all__ = [
    "ABOUT_ONE",
    "ActionPlan",
    "ActionTask",
    "Adjustment",
    "Attainment",
    "ChannelGoal",
    "ClosedPlan",
    "Exemption",
    "Forecast",
    "MethodInput",
    "Metric",
    "MetricVersion",
    "MetricWeight",
    "MonthProof",
    "PartStep",
    "PartTarget",
    "NegotiationMove",
    "NegotiationRound",
    "Plan",
    "PlanPart",
    "PlanStep",
    "Pledge",
    "QuotaPeriod",
    "Ranking",
    "RankingCorrection",
    "RankingQuerySet",
    "RankingRow",
    "StagePlan",
    "StageStep",
    "StageTarget",
    "Target",
]
