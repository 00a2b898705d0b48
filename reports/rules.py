"""
The arithmetic of an assessment sheet, on plain values: a line's score, a sheet's total, everybody's grade.

Points and percentages are 0–100 and not rounded; None is "no value". See docs/conventions.md, "Scores".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from targets.rules import Bounds, GradeShare, effective_weights, grade_by_distribution, linear_score, seats_of, weighted_score

HUNDRED = Decimal(100)
#: The kind of job that makes an assessment workbook, and from how many people on it is made in the background.
WORKBOOK_JOB = "reports.assessment_workbook"
LONG_RUN = 100
#: Where less is better, twice the target is worth nothing.
NONE_AT_WHEN_LESS_IS_BETTER = Decimal(200)


@dataclass(frozen=True)
class IndicatorRule:
    """
    How an indicator is scored.

    :ivar kind: the kind of its metric (MONEY, COUNT, PERCENT, MONEY_RATIO, COUNT_RATIO), "" if it is scored by hand.
    :ivar scale: decimal places between stored whole numbers and what people read.
    :ivar metric: the code of its metric.
    """

    indicator_id: int
    label: str
    weight: int
    floor: int
    cap: int
    kind: str = ""
    scale: int = 0
    is_lower_better: bool = False
    metric: str = ""

    @property
    def is_by_hand(self):
        return not self.kind


@dataclass(frozen=True)
class Line:
    """
    One indicator of one person: target and actual as `common.figures.amount` takes them, attainment in %, score in points.

    `points` is what the line adds to the total, with the weights of lines without a score given to the others.
    """

    indicator: IndicatorRule
    target: int | None
    actual: int | Decimal | None
    attainment: Decimal | None
    score: Decimal | None
    points: Decimal | None = None


def measured_line(indicator: IndicatorRule, *, target, actual, attainment) -> Line:
    """Return the line of an indicator with a metric: as many points as the target was reached in per cent, within the bounds."""
    none_at = NONE_AT_WHEN_LESS_IS_BETTER if indicator.is_lower_better else Decimal(0)
    bounds = Bounds(Decimal(indicator.floor), Decimal(indicator.cap))
    return Line(indicator, target, actual, attainment, linear_score(attainment, none_at=none_at, bounds=bounds))


def typed_line(indicator: IndicatorRule, score: Decimal | None) -> Line:
    """Return the line of an indicator that is scored by hand."""
    return Line(indicator, None, None, None, score)


def total_of(lines: Sequence[Line]) -> tuple[Decimal | None, tuple[Line, ...]]:
    """Return the weighted score, None if no line has a score, and the lines with their points; the points add up to it."""
    weights, scores = [line.indicator.weight for line in lines], [line.score for line in lines]
    shares = effective_weights(weights, scores)
    pointed = tuple(
        line if share is None else replace(line, points=line.score * share / HUNDRED)
        for line, share in zip(lines, shares, strict=True)
    )
    return weighted_score(weights, scores), pointed


def grades_of(totals: Iterable[tuple[object, str, Decimal | None]], distribution: Sequence[GradeShare]) -> dict:
    """
    Return everybody's grade among those of the same role, so that a team's result is not weighed against a person's.

    :param totals: (key, role, total) of everybody.
    """
    by_role: dict[str, dict] = {}
    for key, role, total in totals:
        by_role.setdefault(role, {})[key] = total
    return {key: grade for scores in by_role.values() for key, grade in grade_by_distribution(scores, distribution).items()}


@dataclass(frozen=True)
class GradeBand:
    """A grade within one role: how many people may have it, and the lowest total that has it now, None if nobody does."""

    grade: str
    seats: int
    lowest: Decimal | None


def bands_by_role(
    totals: Sequence[tuple[object, str, Decimal | None]], grades: dict, distribution: Sequence[GradeShare]
) -> dict[str, tuple[GradeBand, ...]]:
    """Return per role its grades from the best on, for everybody's totals and the grades given to them."""
    bands = {}
    for role in sorted({role for _key, role, _total in totals}):
        own = [(grades[key], total) for key, its_role, total in totals if its_role == role and total is not None]
        bands[role] = tuple(
            GradeBand(share.grade, seats, min((total for grade, total in own if grade == share.grade), default=None))
            for share, seats in zip(distribution, seats_of(len(own), distribution), strict=True)
        )
    return bands
