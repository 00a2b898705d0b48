"""
Where a period will end: the pace so far together with what is open.

Amounts are integers in minor units (counts as they are). Source: docs/conventions.md, "Forecast".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from targets.rules.attainment import PaceStatus

#: Working days; fewer say nothing about how much a day swings.
SHORTEST_RECORD = 5
FOUR_IN_FIVE = Decimal("1.2816")  # quantile of the normal distribution: 10 % on either side
#: So many closed deals must stand behind a conversion; with fewer it says nothing.
FEWEST_CLOSED = 20
#: The day of the month that is a cut-off besides every Monday: half of the month is over then.
MIDDLE_OF_MONTH = 16
_EXACT_ENOUGH = Context(prec=28, rounding=ROUND_HALF_UP)
_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Record:
    """
    What the working days gone by brought, as sums: all that a mean and a spread need.

    :param before: everything credited before today, also on days off.
    :param least: the smallest day; below zero the amount can still go down.
    """

    days: int
    total: int
    squares: int
    least: int
    before: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many of the closed deals that got as far as a stage were won; `is_own` is False where all stages stand in for one."""

    reached: int
    won: int
    is_own: bool = True

    @property
    def rate(self):
        return Fraction(self.won, self.reached)

    @property
    def percent(self):
        """The rate as people read it, 0–100."""
        return as_percent(self.rate)


@dataclass(frozen=True, slots=True)
class OpenDeals:
    """The open deals of one stage: how many, their amounts summed, and the sum of the squares of their amounts."""

    stage: str
    deals: int
    amount: int
    squares: int


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """
    Where a period will end, four times in five from `low` to `high`, and what the middle is made of.

    `middle` = what is achieved + `from_pipeline` + `from_pace`, but for rounding.

    :param run_rate: where the pace alone leads.
    """

    low: int
    middle: int
    high: int
    run_rate: int
    from_pipeline: int
    from_pace: int


def conversions(*, won: int, lost: Mapping[str, int], stages: Sequence[str]) -> dict[str, Conversion]:
    """
    Return for each stage how many of the closed deals that got that far were won; empty with too few closed deals.

    A won deal passed every stage, a lost one those up to the stage it was lost in. A stage that fewer than `FEWEST_CLOSED`
    deals got to is taken for all stages together.

    :param lost: deals by the stage in which they were lost.
    :param stages: in their order.
    """
    closed = won + sum(lost.values())
    if closed < FEWEST_CLOSED:
        return {}
    found, reached = {}, closed
    for stage in stages:
        found[stage] = Conversion(reached, won) if reached >= FEWEST_CLOSED else Conversion(closed, won, is_own=False)
        reached -= lost.get(stage, 0)
    return found


@dataclass(frozen=True, slots=True)
class Win:
    """
    Deals won that took alike, added up.

    :param open_days: days from opening to winning; 0 where nobody could have known of them, or when they were expected.
    :param early_days: by how many days they were won before they were expected; negative if later.
    """

    open_days: int
    early_days: int
    amount: int


@dataclass(frozen=True, slots=True)
class Timing:
    """
    How well the open deals that are expected inside a period foretell what is won inside it; shares from 0 to 1.

    :param known: of all that is won by the period's end, the part that is open already and expected by then.
    :param in_time: of the open deals that are expected by then and won sooner or later, the part that is won by then.
    """

    known: Fraction
    in_time: Fraction


#: Without experience the open deals tell nothing.
NO_TIMING = Timing(Fraction(0), Fraction(0))


def timing_of(wins: Iterable[Win], *, horizon: int) -> Timing:
    """
    Return how well open deals foretell what is won within so many days, judged by the deals won before.

    Each is looked at from every day on which it could have been won inside such a stretch of days (known), and from every day on
    which it was open and expected inside it (in time): stretch by stretch, as if it had been asked every day.

    :param horizon: calendar days to the period's end.
    """
    total = both = expected = 0
    for win in wins:
        total += win.amount * horizon
        if win.open_days > 0:
            later, earlier = max(0, win.early_days), max(0, -win.early_days)
            both += win.amount * max(0, min(win.open_days, horizon - later) - earlier)
            expected += win.amount * max(0, min(horizon, win.open_days + win.early_days) - later)
    if total <= 0 or both <= 0:
        return NO_TIMING
    return Timing(min(Fraction(1), Fraction(both, total)), min(Fraction(1), Fraction(both, expected)))


def expected_wins(
    open_deals: Iterable[OpenDeals], conversion: Mapping[str, Conversion], in_time: Fraction
) -> tuple[Fraction, Fraction]:
    """
    Return what the open deals will bring by the period's end, and the variance of that.

    A deal's chance is the conversion of its stage × the share that is in time. It is won whole or not at all, independently of
    the others: amount × p, variance amount² × p × (1 − p).
    """
    mean, variance = _NOTHING, _NOTHING
    for deals in open_deals:
        chance = conversion[deals.stage].rate * in_time
        mean += deals.amount * chance
        variance += deals.squares * chance * (1 - chance)
    return mean, variance


def forecast_period(
    *,
    achieved: int,
    expected: Decimal | None,
    record: Record,
    remaining_days: int,
    open_deals: Iterable[OpenDeals] = (),
    conversion: Mapping[str, Conversion] | None = None,
    timing: Timing = NO_TIMING,
    spread_factor: Decimal = FOUR_IN_FIVE,
) -> PeriodEnd | None:
    """
    Say where a period will end: achieved + open deals by their chances + pace for the part that is not open yet.

    The pace's rest is what it would still bring; of it the share that experience says is open already is left to the open
    deals themselves. The variances of both add up. Without a conversion the pace decides alone.

    :param achieved: today included; ``record`` is of the days that are over.
    :param expected: share of the period's target, or of its working days, that was due before today.
    :param timing: see ``timing_of``.
    :returns: None before ``SHORTEST_RECORD`` working days.
    """
    if expected is None or expected <= 0 or record.days < SHORTEST_RECORD:
        return None
    if remaining_days <= 0:
        return PeriodEnd(achieved, achieved, achieved, achieved, 0, 0)
    rest, spread = _rest_by_pace(achieved, expected, record, remaining_days)
    wins, wins_variance = expected_wins(open_deals, conversion, timing.in_time) if conversion else (_NOTHING, _NOTHING)
    unknown = 1 - timing.known if conversion else Fraction(1)
    middle = achieved + wins + unknown * rest
    deviation = _to_decimal(wins_variance + unknown * spread).sqrt(_EXACT_ENOUGH)
    reach = Fraction(spread_factor) * Fraction(deviation)
    low = max(middle - reach, Fraction(achieved)) if record.least >= 0 else middle - reach
    return PeriodEnd(
        low=_round(low),
        middle=_round(middle),
        high=_round(middle + reach),
        run_rate=_round(achieved + rest),
        from_pipeline=_round(wins),
        from_pace=_round(unknown * rest),
    )


def is_cut_off(day: date) -> bool:
    """Return whether forecasts are kept on a day: every Monday, and in the middle of each month."""
    return day.isoweekday() == 1 or day.day == MIDDLE_OF_MONTH


def latest_cut_off(day: date) -> date:
    """Return the latest cut-off up to a day."""
    while not is_cut_off(day):
        day -= timedelta(days=1)
    return day


def cut_offs_between(first: date, last: date) -> list[date]:
    """Return the cut-offs from a day to another, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if is_cut_off(day)]


def _rest_by_pace(achieved, expected, record, remaining_days):
    """Return what the pace would still bring, and the variance of that."""
    before = Fraction(record.before)
    end = max(before / Fraction(expected), before) if before >= 0 else before
    rest = max(end - achieved, _NOTHING)
    mean = Fraction(record.total, record.days)
    variance = (record.squares - record.days * mean**2) / (record.days - 1)
    plain = mean * remaining_days
    season = (end - before) / plain if plain > 0 else Fraction(1)
    return rest, variance * (remaining_days + Fraction(remaining_days**2, record.days)) * season**2


def as_percent(share: Fraction) -> Decimal:
    """Return a share as people read it, 0–100."""
    return _to_decimal(share * 100)


def _to_decimal(exact):
    return _EXACT_ENOUGH.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _round(exact):
    """Round half away from zero."""
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact > 0 else -size


def verdict(end: PeriodEnd | None, target: int | None) -> PaceStatus:
    """Judge a forecast: on pace if its middle reaches the target, at risk if only its range does, else behind."""
    if end is None or target is None or target <= 0:
        return PaceStatus.NEUTRAL
    if end.middle >= target:
        return PaceStatus.ON_PACE
    return PaceStatus.AT_RISK if end.high >= target else PaceStatus.BEHIND
