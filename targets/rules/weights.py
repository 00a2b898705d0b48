"""
Proposing weights for a split: equal, by history, by season, and mixtures of them.

A weight is an exact number ≥ 0; only the proportion counts. Conventions: docs/conventions.md, "Proposing a split".
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import TypeVar

from common.money import Weight, exact_weights
from common.periods import add_months

Key = TypeVar("Key", bound=Hashable)


def equal_weights(count: int) -> list[Fraction]:
    """
    Return the same weight for everybody.

    :raises NoWeights: for nobody.
    """
    return normalise([1] * count)


def normalise(weights: Sequence[Weight]) -> list[Fraction]:
    """
    Return weights scaled to add up to 1.

    :raises NoWeights: no weights, all zero, a negative one.
    """
    exact = exact_weights(weights)
    whole = sum(exact)
    return [weight / whole for weight in exact]


def history_weights(
    history: Mapping[Key, Mapping[date, int | Decimal]], newcomer_share: Weight = Fraction(1, 2)
) -> dict[Key, Fraction]:
    """
    Return each child's share by what it did per month of its own record, adding up to 1, in the mapping's order.

    Months on record count alike, so somebody with four months is compared by the average of these four; a month that was
    worked without a result must be there with 0. A negative average (returns) weighs nothing. A child without any month is
    a newcomer and is given ``newcomer_share`` of the median average of the others: half a usual target until there is a
    record. Where nobody has a record, all weigh the same.

    :param history: child → first day of month → amount, any unit, the same for all.
    :raises NoWeights: no child at all, or records without any result above zero.
    """
    averages = {
        child: max(Fraction(0), sum(map(Fraction, months.values()), Fraction(0)) / len(months))
        for child, months in history.items()
        if months
    }
    if not averages:
        return dict(zip(history, equal_weights(len(history)), strict=True))
    newcomer = Fraction(newcomer_share) * median(averages.values())
    return dict(zip(history, normalise([averages.get(child, newcomer) for child in history]), strict=True))


def seasonal_shares(
    history: Mapping[date, int | Decimal],
    working_days: Mapping[date, int],
    months: Sequence[date],
    smoothing_years: Weight = 1,
) -> list[Fraction]:
    """
    Return the share of each month of a plan, learned from whole past years and leaning on working days.

    From every whole year on record, counted back from the latest month in blocks of twelve, the amount per working day is
    learned for each month of the calendar, and multiplied by the working days that the month has in the plan's year: so
    Spring Festival moves with the calendar. With *n* whole years the result is n ÷ (n + smoothing years) of that, the rest
    is the plain share of working days; with less than a year it is the share of working days alone. Negative months count as 0.

    :param history: first day of month → amount of the same scope.
    :param working_days: first day of month → working days, for the months of the plan and of the history (a past month
        that is missing is taken to have as many as the plan's month of the same name).
    :param months: the first days of the plan's months, in order.
    :returns: shares adding up to 1, in the order of ``months``.
    :raises NoWeights: if no month of the plan has a working day.
    """
    by_days = normalise([working_days[month] for month in months])
    years = whole_years(history)
    if not years:
        return by_days
    usual_days = {month.month: working_days[month] for month in months}
    amounts, days = defaultdict(Fraction), defaultdict(int)
    for first in years:
        whole_year = sum((_positive(history[add_months(first, i)]) for i in range(12)), Fraction(0))
        for i in range(12):
            month = add_months(first, i)
            # Each year counts alike, however much larger the company has become.
            amounts[month.month] += _positive(history[month]) / whole_year if whole_year else Fraction(1, 12)
            days[month.month] += working_days.get(month, usual_days.get(month.month, 0))
    learned = [
        amounts[month.month] / days[month.month] * working_days[month] if days[month.month] else Fraction(0) for month in months
    ]
    if not any(learned):
        return by_days
    trust = Fraction(len(years)) / (len(years) + Fraction(smoothing_years))
    return combine([learned, by_days], [trust, 1 - trust])


def combine(weights_list: Sequence[Sequence[Weight]], shares: Sequence[Weight]) -> list[Fraction]:
    """
    Mix two, three or more proposals: each is scaled to 1, then weighted by its share (combination method).

    :param shares: the say of each proposal, in proportion; 0 leaves one out.
    :raises NoWeights: if the shares or a proposal with a say hold nothing above zero.
    :raises ValueError: if the proposals are for different numbers of children.
    """
    says = normalise(shares)
    mixed = [Fraction(0)] * len(weights_list[0])
    for weights, say in zip(weights_list, says, strict=True):
        if say:
            mixed = [so_far + say * weight for so_far, weight in zip(mixed, normalise(weights), strict=True)]
    return mixed


def months_of_service(hired_on: date, month: date) -> int:
    """Return the whole calendar months between the month of hiring and a month; 0 in the month of hiring and before."""
    return max(0, (month.year - hired_on.year) * 12 + month.month - hired_on.month)


def ramp_weights(months_of_service: Sequence[int], ramp_percents: Sequence[Weight]) -> list[Fraction]:
    """
    Return a weight by months of service: the percentage of the month one is in, 100 % after the ramp's end.

    :param months_of_service: whole months served so far, 0 in the first month.
    :param ramp_percents: percentages of the first, second … month of service.
    :raises NoWeights: for a negative or non-finite percentage.
    """
    steps = exact_weights([*ramp_percents, 100])
    return [steps[min(max(served, 0), len(steps) - 1)] / 100 for served in months_of_service]


def whole_years(history: Mapping[date, object]) -> list[date]:
    """Return the first months of unbroken blocks of twelve, counted back from the latest month on record."""
    years = []
    if history:
        first = add_months(max(history), -11)
        while all(add_months(first, i) in history for i in range(12)):
            years.append(first)
            first = add_months(first, -12)
    return years


def _positive(amount: int | Decimal) -> Fraction:
    return max(Fraction(0), Fraction(amount))
