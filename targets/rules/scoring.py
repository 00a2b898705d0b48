"""
Scores of the assessment sheet: from attainment to points, from points to a total, from totals to grades.

Points and percentages are decimals, percentages 0–100. ``None`` is "no value" all the way through: it never becomes a
zero. Nothing is rounded here; rounding is for showing. See docs/conventions.md, "Scores".
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from common.money import NoWeights, apportion
from common.refusals import Refusal
from targets.rules.attainment import ratio

Key = TypeVar("Key", bound=Hashable)
HUNDRED = Decimal(100)
ZERO = Decimal(0)


class BadScoreRule(Refusal):
    """A scoring rule that cannot be applied."""

    sentences = {
        "bounds": _("The lowest score must not be above the highest."),
        "no_range": _("Full points must be reached at another attainment than none."),
        "no_steps": _("At least one step is needed, and no two may begin at the same value."),
        "unit": _("The unit of a score must be above zero."),
        "distribution": _("The shares of the grades must be zero or more and add up to one hundred percent."),
    }


@dataclass(frozen=True)
class Bounds:
    """The lowest and highest points that a rule may give."""

    floor: Decimal = ZERO
    cap: Decimal = Decimal(120)

    def __post_init__(self):
        if self.floor > self.cap:
            raise BadScoreRule("bounds")

    def hold(self, points: Decimal) -> Decimal:
        return min(max(points, self.floor), self.cap)


def linear_score(
    value: Decimal | int | None, *, full_at: Decimal = HUNDRED, none_at: Decimal = ZERO, bounds: Bounds = Bounds()
) -> Decimal | None:
    """
    Return points that grow evenly: 0 at ``none_at``, 100 at ``full_at``, and on beyond, within the bounds.

    With ``none_at`` above ``full_at`` less is better (complaints: 100 points at 0, none at 10).

    :raises BadScoreRule: if both ends are the same.
    """
    if full_at == none_at:
        raise BadScoreRule("no_range")
    if value is None:
        return None
    return bounds.hold(ratio((Decimal(value) - none_at) * HUNDRED, full_at - none_at))


@dataclass(frozen=True, order=True)
class Step:
    """From this value on (it is in the step) these points, up to the next step's value."""

    from_value: Decimal
    points: Decimal


def stepped_score(value: Decimal | int | None, steps: Sequence[Step], *, bounds: Bounds = Bounds()) -> Decimal | None:
    """
    Return the points of the highest step reached, the bounds' floor below the first.

    :raises BadScoreRule: no steps, or two from the same value.
    """
    if not steps or len({step.from_value for step in steps}) < len(steps):
        raise BadScoreRule("no_steps")
    if value is None:
        return None
    reached = [step for step in sorted(steps) if value >= step.from_value]
    return bounds.hold(reached[-1].points if reached else bounds.floor)


def unit_score(
    actual: Decimal | int | None,
    target: Decimal | int | None,
    *,
    points: Decimal,
    unit: Decimal = Decimal(1),
    base: Decimal = HUNDRED,
    whole_units_only: bool = True,
    bounds: Bounds = Bounds(),
) -> Decimal | None:
    """
    Return base ± points for every unit above or below the target ("each percent above adds 2 points").

    :param points: per unit above the target; negative where less is better.
    :param whole_units_only: a unit that was begun does not count, in either direction.
    :raises BadScoreRule: unit not above zero.
    """
    if unit <= 0:
        raise BadScoreRule("unit")
    if actual is None or target is None:
        return None
    units = ratio(Decimal(actual) - Decimal(target), unit)
    return bounds.hold(base + points * (Decimal(int(units)) if whole_units_only else units))


def effective_weights(weights: Sequence[Decimal | int], scores: Sequence[Decimal | None]) -> list[Decimal | None]:
    """
    Return the weights that count, in percent adding up to 100: parts without a score drop out, the others grow.

    None for a part that dropped out; all None if nothing with a weight has a score.
    """
    whole = sum(Decimal(weight) for weight, score in zip(weights, scores, strict=True) if score is not None)
    if whole <= 0:
        return [None] * len(weights)
    return [
        None if score is None else ratio(Decimal(weight) * HUNDRED, whole)
        for weight, score in zip(weights, scores, strict=True)
    ]  # fmt: skip


def weighted_score(weights: Sequence[Decimal | int], scores: Sequence[Decimal | None]) -> Decimal | None:
    """
    Return Σ weight × score ÷ Σ weight over the parts that have a score; None if none with a weight has one.

    :raises NoWeights: for a negative weight.
    """
    if any(weight < 0 for weight in weights):
        raise NoWeights("negative")
    parts = [(Decimal(weight), score) for weight, score in zip(weights, scores, strict=True) if score is not None]
    return ratio(sum((weight * score for weight, score in parts), ZERO), sum((weight for weight, _score in parts), ZERO))


@dataclass(frozen=True)
class GradeShare:
    """A grade and the percentage of people who may have it; given from the best grade to the last."""

    grade: str
    percent: Decimal | int


#: What a company's grades begin with.
USUAL_GRADES = (GradeShare("A", 20), GradeShare("B", 60), GradeShare("C", 20))


def seats_of(count: int, distribution: Sequence[GradeShare]) -> list[int]:
    """
    Return how many of so many people may have each grade, by largest remainder.

    :raises BadScoreRule: percentages negative or not adding up to 100.
    """
    percents = [Fraction(share.percent) for share in distribution]
    if sum(percents) != 100 or any(percent < 0 for percent in percents):
        raise BadScoreRule("distribution")
    return apportion(count, percents)


def grade_by_distribution(scores: Mapping[Key, Decimal | None], distribution: Sequence[GradeShare]) -> dict[Key, str | None]:
    """
    Return everybody's grade by place: the best so many percent have the first grade, the next the second, and so on.

    Head counts are the percentages of the people who have a score, by largest remainder. The same score is never graded
    differently: whoever ties with the last one inside a grade has that grade too, and the grades below have the fewer.
    Without a score there is no grade.

    :raises BadScoreRule: percentages negative or not adding up to 100.
    """
    in_order = sorted((key for key, score in scores.items() if score is not None), key=lambda key: scores[key], reverse=True)
    grades: dict[Key, str | None] = dict.fromkeys(scores)
    seats = [
        share.grade
        for share, heads in zip(distribution, seats_of(len(in_order), distribution), strict=True)
        for _head in range(heads)
    ]  # fmt: skip
    for position, key in enumerate(in_order):
        above = in_order[position - 1] if position else None
        is_tied = above is not None and scores[above] == scores[key]
        grades[key] = grades[above] if is_tied else seats[position]
    return grades
