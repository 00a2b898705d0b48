"""What is earned and paid, and what people are honoured for."""

from incentives.models.contests import (
    Contest,
    ContestAdjustment,
    ContestCorrection,
    ContestPrize,
    ContestResult,
    ContestScope,
)
from incentives.models.honours import Award, AwardPrize, HonourSettings, Nomination, VictoryReport
from incentives.models.penalties import CaseEvidence, RuleAcknowledgement, RuleCase, RuleVersion, TeamRule
from incentives.models.plans import Component, Gate, KpiPart, PayPlan, PayPlanPerson, PayPlanUnit, PayPlanVersion, Step
from incentives.models.recognition import Praise
from incentives.models.robots import GroupRobot, RobotMessage
from incentives.models.statements import (
    Dispute,
    DisputeMessage,
    PayAdjustment,
    PayEntry,
    PayExport,
    Payout,
    PaySettings,
    PayTerms,
    Statement,
    StatementEvent,
    StatementLine,
)
from incentives.models.trials import PlanTrial

__all__ = [
    "TeamRule",
    "RuleVersion",
    "RuleCase",
    "RuleAcknowledgement",
    "CaseEvidence",
    "VictoryReport",
    "Nomination",
    "Gate",
    "GroupRobot",
    "HonourSettings",
    "RobotMessage",
    "AwardPrize",
    "Award",
    "Component",
    "Contest",
    "ContestAdjustment",
    "ContestCorrection",
    "ContestPrize",
    "ContestResult",
    "ContestScope",
    "Dispute",
    "DisputeMessage",
    "KpiPart",
    "PayAdjustment",
    "PayEntry",
    "PayExport",
    "PayPlan",
    "PayPlanPerson",
    "PayPlanUnit",
    "PayPlanVersion",
    "PaySettings",
    "PayTerms",
    "Payout",
    "PlanTrial",
    "Praise",
    "Statement",
    "StatementEvent",
    "StatementLine",
    "Step",
]
