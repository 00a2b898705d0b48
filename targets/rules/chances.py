"""
How likely somebody reaches an amount: from their own months and those of comparable people, by simulation.

A month's result is taken as season × level of the stage × ability × luck × the company's month:

- *season*: what the month usually is, learned beforehand (``weights.seasonal_shares``);
- *level*: what a comparable person does in a usual month in the same tenure stage (survival, growth, mature), so that a newcomer
  is expected to grow;
- *ability*: the person against that level. Own months speak for it, drawn towards 1 – the comparable people – by k months that
  stand for them: (Σ own + k) ÷ (n + k), k = luck² ÷ ability², as the company's own people differ (empirical Bayes). What is not
  known of it stays open: a gamma distribution with the variance luck² ÷ (n + k) around it;
- *luck*: months drawn with replacement from one's own months ÷ own mean, and from those of all comparable people, n : k;
- *company's month*: what all had in common in past months beyond season and chance, normally distributed.

Amounts are floats in minor units here: what is estimated is never money that anybody is paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2s

import numpy as np

#: How many futures are drawn for everybody; the error of a chance near one half is one percentage point.
DRAWS = 2000
#: Fewer comparable people with a record than this, or fewer of their months, say nothing.
LEAST_PEERS, LEAST_MONTHS = 5, 30
#: Who has as many own months can be judged by them alone.
ENOUGH_OWN = 6
#: A stage with fewer months on record is taken for all stages together.
LEAST_STAGE_MONTHS = 12
#: Fewer months of the company show no trend.
LEAST_TREND_MONTHS = 5
_MOST_K, _LEAST_LUCK = 60.0, 0.05


@dataclass(frozen=True)
class OwnMonth:
    """A whole month that somebody worked: what they did, in minor units, and the stage they were in."""

    month: date
    amount: int
    stage: str


@dataclass(frozen=True)
class Trend:
    """
    How the company's months moved beyond season: by ``slope`` of the usual a month around ``centre``, known to ``error``.

    Months are counted as year × 12 + month.
    """

    centre: float = 0.0
    slope: float = 0.0
    error: float = 0.0

    def draw(self, months, chance):
        """Return factors by future and month: half of the trend goes on, and how much of it is as uncertain again."""
        slopes = chance.normal(self.slope / 2, np.hypot(self.slope / 2, self.error), DRAWS)
        ahead = np.array([count_of(month) - self.centre for month in months])
        return np.clip(1 + slopes[:, None] * ahead, 0.2, 3.0)


@dataclass(frozen=True)
class Crowd:
    """
    What is known about everybody together.

    :ivar levels: stage → a usual month of a comparable person, season taken out.
    :ivar k: how many months the comparable people stand for in what is thought of somebody.
    :ivar luck: variance of a month around a person's own mean, as a part of it, squared.
    :ivar shared: standard deviation of what a month has in common for all.
    :ivar pool: months of comparable people ÷ their own mean.
    """

    levels: Mapping[str, float]
    k: float
    luck: float
    shared: float
    pool: np.ndarray = field(repr=False)
    trend: Trend = Trend()
    people: int = 0
    months: int = 0

    @property
    def knows(self) -> bool:
        return self.people >= LEAST_PEERS and self.months >= LEAST_MONTHS and bool(self.levels)


def understand(records: Mapping[object, Sequence[OwnMonth]], season: Mapping[date, float], peers: frozenset) -> Crowd:
    """
    Return what the records of comparable people say.

    :param season: month → what it usually is, 1 in the mean of a year.
    :param peers: who is comparable; everybody else's months are left alone.
    """
    rows = [(who, row) for who in sorted(peers, key=str) for row in records.get(who, ()) if season.get(row.month, 0) > 0]
    levels = _levels(rows, season)
    if not levels:
        return Crowd({}, _MOST_K, 0.0, 0.0, np.array([]))
    own = {}
    for who, row in rows:
        own.setdefault(who, []).append(row.amount / (season[row.month] * levels[row.stage]))
    seasoned = {who: np.array(parts) for who, parts in own.items() if len(parts) >= 3 and np.mean(parts) > 0.05}
    if not seasoned:
        return Crowd(levels, _MOST_K, 0.0, 0.0, np.array([]), months=len(rows))
    freedom = sum(len(parts) - 1 for parts in seasoned.values())
    luck = max(_LEAST_LUCK**2, sum(float(np.sum((p / p.mean() - 1) ** 2)) for p in seasoned.values()) / freedom)
    means = np.array([parts.mean() for parts in seasoned.values()])
    chance = luck * float(np.mean([1 / len(parts) for parts in seasoned.values()]))
    between = max(luck / _MOST_K, float(means.var(ddof=1)) - chance) if len(means) > 1 else luck / _MOST_K
    pool = np.concatenate([_widened(parts / parts.mean()) for parts in seasoned.values()])
    shared, trend = _shared(rows, season, levels, {who: parts.mean() for who, parts in seasoned.items()}, luck)
    return Crowd(levels, min(_MOST_K, luck / between), luck, shared, pool, trend, len(seasoned), len(rows))


def _levels(rows, season):
    """Return the usual month of each stage; one with few months is taken for all together."""
    amounts, weights, counts = {}, {}, {}
    for _who, row in rows:
        amounts[row.stage] = amounts.get(row.stage, 0) + row.amount
        weights[row.stage] = weights.get(row.stage, 0.0) + season[row.month]
        counts[row.stage] = counts.get(row.stage, 0) + 1
    if sum(amounts.values()) <= 0:
        return {}
    everybody = sum(amounts.values()) / sum(weights.values())
    levels = {}
    for stage, count in counts.items():
        own = amounts[stage] / weights[stage]
        levels[stage] = own if count >= LEAST_STAGE_MONTHS and own > 0 else everybody
    return {**levels, "": everybody}


def _widened(ratios):
    """Undo that a mean of few months lies nearer to them than the true one does."""
    count = len(ratios)
    return 1 + (ratios - 1) * np.sqrt(count / (count - 1))


def count_of(month: date) -> int:
    return month.year * 12 + month.month


def _shared(rows, season, levels, abilities, luck):
    """Return what the company's months had in common beyond chance: the deviation around their trend, and the trend."""
    done, usual, squares = {}, {}, {}
    for who, row in rows:
        if who in abilities:
            expected = season[row.month] * levels[row.stage] * abilities[who]
            done[row.month] = done.get(row.month, 0) + row.amount
            usual[row.month] = usual.get(row.month, 0.0) + expected
            squares[row.month] = squares.get(row.month, 0.0) + expected**2
    if len(done) < LEAST_TREND_MONTHS:
        return 0.0, Trend()
    months = sorted(done)
    ratios = np.array([done[month] / usual[month] for month in months])
    times = np.array([count_of(month) for month in months], dtype=float)
    weights = np.array([usual[month] for month in months])
    centre = float(np.average(times, weights=weights))
    breadth = float(np.sum((times - centre) ** 2))
    slope = float(np.sum((times - centre) * ratios)) / breadth
    rest = ratios - ratios.mean() - slope * (times - centre)
    variance = float(np.sum(rest**2)) / (len(rest) - 2)
    by_chance = float(np.mean([luck * squares[month] / usual[month] ** 2 for month in months]))
    return float(np.sqrt(max(0.0, variance - by_chance))), Trend(centre, slope, float(np.sqrt(variance / breadth)))


@dataclass(frozen=True)
class Outlook:
    """
    What may become of one person's months, as drawn futures.

    :ivar paths: futures × months, minor units.
    :ivar own_months: how many months of their own it rests on.
    :ivar ability: what is thought of them against comparable people (1 = as they are).
    """

    paths: np.ndarray = field(repr=False)
    own_months: int
    ability: float

    @property
    def basis(self) -> str:
        """``own`` from a year on, ``mixed``, or ``peers`` when there is next to nothing of one's own."""
        return "own" if self.own_months >= 12 else "mixed" if self.own_months >= 3 else "peers"

    def sums(self, parts: Mapping[int, float] | Sequence[int]) -> np.ndarray:
        """Return the drawn sums over some months; with parts, each counts for the part of it that is given."""
        weights = np.zeros(self.paths.shape[1])
        for position in parts:
            weights[position] = parts[position] if isinstance(parts, Mapping) else 1
        return self.paths @ weights


def foresee(
    who: object,
    record: Sequence[OwnMonth],
    *,
    crowd: Crowd,
    season: Mapping[date, float],
    months: Sequence[date],
    stages: Sequence[str],
    shared: np.ndarray,
) -> Outlook | None:
    """
    Draw a person's possible months; None if neither their own months nor comparable people say enough.

    The same inputs give the same futures: the draws are seeded by the person and the record, not by what is asked.

    :param stages: the stage in each of the months.
    :param shared: what all have in common, from ``draw_shared``.
    """
    known = [row for row in record if season.get(row.month, 0) > 0]
    if not crowd.levels or not (crowd.knows or len(known) >= ENOUGH_OWN) or not len(crowd.pool):
        return None
    own = np.array([row.amount / (season[row.month] * crowd.levels.get(row.stage, crowd.levels[""])) for row in known])
    count = len(own)
    ability = max(0.0, (float(own.sum()) + crowd.k) / (count + crowd.k))
    chance = np.random.default_rng(seed_of(who, [(row.month, row.amount) for row in known]))
    shape = (DRAWS, len(months))
    spread = crowd.luck / (count + crowd.k)
    abilities = ability * chance.gamma(1 / spread, spread, DRAWS)
    luck = crowd.pool[chance.integers(0, len(crowd.pool), shape)]
    if count >= 3 and own.mean() > 0.05:
        ratios = _widened(own / own.mean())
        luck = np.where(chance.random(shape) < count / (count + crowd.k), ratios[chance.integers(0, count, shape)], luck)
    usual = np.array(
        [season.get(month, 0) * crowd.levels.get(s, crowd.levels[""]) for month, s in zip(months, stages, strict=True)]
    )
    return Outlook(abilities[:, None] * luck * usual * shared, count, ability)


def draw_shared(crowd: Crowd, months: Sequence[date]) -> np.ndarray:
    """Return what each month has in common for all, by future and month; one for everybody, so that units add up."""
    chance = np.random.default_rng(seed_of("shared", list(months)))
    months_alone = np.maximum(0.0, 1 + crowd.shared * chance.standard_normal((DRAWS, len(months))))
    return months_alone * crowd.trend.draw(months, chance)


def seed_of(*told: object) -> int:
    """Return a number that the same things always give."""
    return int.from_bytes(blake2s(repr(told).encode(), digest_size=8).digest(), "big")


def chance_of(sums: np.ndarray, amount: int, done: int = 0) -> float:
    """Return the part of the drawn futures that reach an amount, given what is done already."""
    return float(np.mean(sums + done >= amount))


def amount_at(sums: np.ndarray, chance: float, done: int = 0) -> int:
    """Return the amount that is reached with a chance (0–1): what a target of that difficulty would be."""
    return int(np.quantile(sums, 1 - chance)) + done
