"""
Attainment and pace.

Amounts are integers in minor units; percentages are 0–100 and uncapped; ``None`` is "no value" and is shown as "—".
Sources: docs/conventions.md, "Attainment" and "Pace".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# Own context: the precision must not depend on what a caller's thread has set.
_EXACT_ENOUGH = Context(prec=28, rounding=ROUND_HALF_UP)
HUNDRED = Decimal(100)
ZERO = Decimal(0)


def attainment(actual: int | Decimal, target: int | Decimal | None) -> Decimal | None:
    """Return actual ÷ target in percent, uncapped; None without a target above zero (never 0 % or 100 %)."""
    if target is None or target <= 0:
        return None
    return _EXACT_ENOUGH.divide(Decimal(actual) * HUNDRED, Decimal(target))


def ratio(numerator: int | Decimal, denominator: int | Decimal | None) -> Decimal | None:
    """
    Return numerator ÷ denominator; None where the denominator is zero or missing.

    For a unit pass the summed numerators and the summed denominators of its people: ratios are never averaged.
    """
    if not denominator:
        return None
    return _EXACT_ENOUGH.divide(Decimal(numerator), Decimal(denominator))


def percent_of(numerator: int | Decimal, denominator: int | Decimal | None) -> Decimal | None:
    """Return ``ratio`` in percent."""
    share = ratio(numerator, denominator)
    return None if share is None else _EXACT_ENOUGH.multiply(share, HUNDRED)


def growth(now: int | Decimal, before: int | Decimal | None) -> Decimal | None:
    """Return the change against an earlier amount in percent; None where the earlier one is not above zero."""
    if before is None or before <= 0:
        return None
    return percent_of(Decimal(now) - Decimal(before), before)


def expected_amount(
    target_by_month: Mapping[date, int], working_days_by_month: Mapping[date, int], elapsed_by_month: Mapping[date, int]
) -> Decimal:
    """
    Return what should be done by now: Σ month target × its elapsed ÷ its working days, in minor units.

    A month with a target but no working day (a closed month) falls due as soon as a later month has elapsed days.
    """
    return _divided(*_expected(target_by_month, working_days_by_month, elapsed_by_month))


def expected_share(
    target_by_month: Mapping[date, int], working_days_by_month: Mapping[date, int], elapsed_by_month: Mapping[date, int]
) -> Decimal | None:
    """
    Return which part of the target should be done by now, 0 to 1; None without a target or before the first working day.

    Months may be cut by the period (a campaign): give then the target and the working days of the part inside.

    :param elapsed_by_month: working days gone by, never more than the month has; missing is 0.
    """
    total = sum(target_by_month.values())
    if total <= 0 or not any(elapsed_by_month.get(month, 0) > 0 for month in target_by_month):
        return None
    due, parts = _expected(target_by_month, working_days_by_month, elapsed_by_month)
    return _divided(due, parts * total)


class PaceStatus(TextChoices):
    ON_PACE = "ON_PACE", _("On pace")
    AT_RISK = "AT_RISK", _("At risk")
    BEHIND = "BEHIND", _("Behind")
    NEUTRAL = "NEUTRAL", _("No pace yet")


@dataclass(frozen=True)
class PaceThresholds:
    """From which part of the expected share one is on pace, and from which at risk; below is behind."""

    on_pace_from: Decimal = Decimal("0.95")
    at_risk_from: Decimal = Decimal("0.80")

    def __post_init__(self):
        if not ZERO <= self.at_risk_from <= self.on_pace_from:
            raise ValueError("Thresholds must not fall: 0 ≤ at risk ≤ on pace")


def done_share(actual: int | Decimal, target: int | Decimal | None) -> Decimal | None:
    """Return actual ÷ target as a share (1 = reached); None without a target above zero."""
    return None if target is None or target <= 0 else ratio(actual, target)


def pace_status(done: Decimal | None, expected: Decimal | None, thresholds: PaceThresholds = PaceThresholds()) -> PaceStatus:
    """Judge the share done against the share expected; neutral without a target or before the first working day."""
    if done is None or expected is None or expected <= 0:
        return PaceStatus.NEUTRAL
    if done >= expected * thresholds.on_pace_from:
        return PaceStatus.ON_PACE
    if done >= expected * thresholds.at_risk_from:
        return PaceStatus.AT_RISK
    return PaceStatus.BEHIND


def needed_per_day(target: int, achieved: int, remaining_working_days: int) -> int | None:
    """
    Return (target − achieved) ÷ remaining working days, rounded up so that doing it reaches the target.

    0 once the target is reached; None when something is missing and no day is left.
    """
    missing = target - achieved
    if missing <= 0:
        return 0
    if remaining_working_days <= 0:
        return None
    return -(-missing // remaining_working_days)


def coverage(open_pipeline: int, missing: int) -> Decimal | None:
    """Return open pipeline ÷ what is missing; None when nothing is missing any more."""
    return ratio(open_pipeline, missing) if missing > 0 else None


def forecast_accuracy(forecast: int, actual: int) -> Decimal | None:
    """Return 1 − |forecast − actual| ÷ actual, at least 0; None without a positive actual."""
    if actual <= 0:
        return None
    return max(ZERO, _EXACT_ENOUGH.subtract(Decimal(1), ratio(abs(forecast - actual), actual)))


def _expected(target_by_month, working_days_by_month, elapsed_by_month) -> tuple[int, int]:
    """Return what should be done by now as an exact fraction, (above, below) the line; a board asks for every person of it."""
    begun = [month for month in target_by_month if elapsed_by_month.get(month, 0) > 0]
    latest = max(begun, default=None)
    due, parts = 0, 1
    for month, target in target_by_month.items():
        if days := working_days_by_month.get(month, 0):
            due = due * days + target * min(max(elapsed_by_month.get(month, 0), 0), days) * parts
            parts *= days
        elif latest is not None and month < latest:
            due += target * parts
    return due, parts


def _divided(above: int, below: int) -> Decimal:
    return _EXACT_ENOUGH.divide(Decimal(above), Decimal(below))
