"""
Whether a target is a good one: SMART findings with their evidence, capacity written out, and the ratchet in it.

Pure. Amounts are minor units; chances come from ``targets.rules.chances``. Conventions: docs/conventions.md, "Judging targets".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

#: Reached with near certainty, or hardly ever: beyond these a target is too low or too high.
NEARLY_CERTAIN, HARDLY_EVER = Fraction(95, 100), Fraction(5, 100)
#: Between these it is neither demanding nor easy.
OFTEN, SELDOM = Fraction(80, 100), Fraction(20, 100)
#: From this part of the capacity on there is no room left for anything to go wrong.
TIGHT_CAPACITY = Fraction(80, 100)
#: How many times the usual part of the potential somebody is asked for before it is said.
MUCH_OF_POTENTIAL = Fraction(3, 2)


class Verdict(TextChoices):
    """What the findings come to, in the order in which it deserves a look."""

    TOO_HIGH = "TOO_HIGH", _("Too high")
    TOO_LOW = "TOO_LOW", _("Too low")
    DEMANDING = "DEMANDING", _("Very demanding")
    EASY = "EASY", _("Rather easy")
    LOST = "LOST", _("Hardly reachable any more")
    UNKNOWN = "UNKNOWN", _("Not enough data")
    SAFE = "SAFE", _("As good as reached")
    FINE = "FINE", _("Within reach")
    OVER = "OVER", _("Over")


class Aspect(TextChoices):
    SPECIFIC = "SPECIFIC", _("Specific")
    MEASURABLE = "MEASURABLE", _("Measurable")
    ATTAINABLE = "ATTAINABLE", _("Attainable")
    RELEVANT = "RELEVANT", _("Relevant")
    TIME_BOUND = "TIME_BOUND", _("Time-bound")


#: What each finding says. Names that end in _amount are minor units of the metric, in _percent per cent, others as they are.
SENTENCES = {
    "owned": _("%(metric)s of %(name)s, in %(unit)s."),
    "nothing_asked": _("Nothing is asked of %(name)s yet."),
    "absent": _("%(name)s is not there in %(months)s, and yet has a target then."),
    "measured": _("%(count)s whole months of %(name)s's own are on record."),
    "new": _("%(name)s has no whole month on record yet; comparable people speak for them."),
    "unmeasured": _("Nobody has a result for this metric on record."),
    "own_history": _(
        "Asked for %(asked_amount)s in a usual month; did %(own_amount)s so far, %(change_percent)s more is asked."
    ),
    "own_history_less": _(
        "Asked for %(asked_amount)s in a usual month; did %(own_amount)s so far, so no more is asked than was done."
    ),
    "peers": _("Half of the %(count)s comparable people do between %(low_amount)s and %(high_amount)s in a usual month."),
    "nobody_did": _("Nobody comparable ever did as much: the best of %(count)s reached %(best_amount)s in a usual month."),
    "no_peers": _("There are too few comparable people to compare with."),
    "capacity": _("Takes %(share_percent)s of the capacity of %(capacity_amount)s."),
    "no_capacity": _("Capacity cannot be worked out: visits, deals or their value are missing on record."),
    "potential": _("%(share_percent)s of the market potential; in the team %(usual_percent)s is usual."),
    "below_break_even": _("Below the break-even sales of %(even_amount)s: the gross profit would not pay the fixed cost."),
    "above_break_even": _("Above the break-even sales of %(even_amount)s."),
    "too_low": _("Reached in %(chance_percent)s of cases: too low to call for anything."),
    "too_high": _("Reached in %(chance_percent)s of cases only: too high even for best effort."),
    "lost": _("With what is done so far it is reached in %(chance_percent)s of cases only."),
    "safe": _("With what is done so far it is reached in %(chance_percent)s of cases."),
    "demanding": _("Reached in %(chance_percent)s of cases: a good year alone is not enough."),
    "easy": _("Reached in %(chance_percent)s of cases: a usual year is enough."),
    "reachable": _("Reached in %(chance_percent)s of cases."),
    "unknown": _("How likely it is cannot be said: too few months, of one's own and of comparable people."),
    "adds_up": _("It is part of %(unit)s, and the parts add up."),
    "gap": _("It is part of %(unit)s, whose parts do not add up: %(gap_amount)s differ."),
    "dated": _("From %(first)s to %(last)s, %(days)s working days."),
    "no_days": _("There is no working day in %(months)s, and yet a target."),
    "over": _("The period is over."),
}


@dataclass(frozen=True)
class Finding:
    """One thing to say about a target: which aspect, how good (``good``, ``warn``, ``bad``, ``open``), and the numbers behind it."""

    aspect: str
    code: str
    tone: str
    facts: Mapping = field(default_factory=dict)

    @property
    def label(self):
        return Aspect(self.aspect).label


@dataclass(frozen=True)
class Capacity:
    """
    What somebody could do at most by how they work: the product of its factors.

    :ivar factors: (what it is, value), each exact: working days, visits a day, win rate, average order in minor units.
    :ivar deals_per_visit: how many visits really end in a deal; None without visits.
    """

    factors: tuple[tuple[str, Fraction], ...]
    deals_per_visit: Fraction | None = None

    @property
    def amount(self) -> int:
        product = Fraction(1)
        for _name, factor in self.factors:
            product *= factor
        return int(product)


def capacity_of(
    *, days: Fraction, visits: int, days_worked: int, won: int, closed: int, amount: int, measure: str
) -> Capacity | None:
    """
    Return working days × visits per day × win rate × average order, as far as the metric needs them; None if one is missing.

    Counted visits need no win rate, counted deals no average order.

    :param days: working days of the period that somebody is there.
    :param amount: what was done in the metric over the same months as the other numbers, in minor units.
    """
    if days <= 0 or visits <= 0 or days_worked <= 0:
        return None
    factors = [("days", Fraction(days)), ("visits_per_day", Fraction(visits, days_worked))]
    if measure != "VISITS":
        if won <= 0 or closed < won:
            return None
        factors.append(("win_rate", Fraction(won, closed)))
        if measure != "DEALS_WON":
            if amount <= 0:
                return None
            factors.append(("average_order", Fraction(amount, won)))
    return Capacity(tuple(factors), Fraction(max(won, 0), visits))


@dataclass(frozen=True)
class Ratchet:
    """
    How much of somebody's growth comes from their own past over-performance.

    :ivar growth: asked now − asked a year ago, over the same months.
    :ivar general: what that would be if everybody in the team were raised alike.
    :ivar over: how much more than asked they did a year ago.
    :ivar carried: the part of the growth that is over-performance made into a duty.
    """

    growth: int
    general: int
    over: int
    carried: int

    @property
    def percent(self) -> Fraction | None:
        """The ratchet share; None without growth."""
        return Fraction(self.carried * 100, self.growth) if self.growth > 0 else None


def ratchet_of(*, asked: int, last_asked: int, last_done: int, team_asked: int, team_last_asked: int) -> Ratchet | None:
    """
    Return the ratchet in a target, or None if nothing was asked a year ago.

    The ratchet effect is that this year's over-performance becomes next year's duty (target ratcheting, as economists have
    described it for planned economies and sales forces since Weitzman 1980). Here: of the growth over last year's target, what
    goes beyond everybody's growth in the team is the person's own raise; as much of it as they did beyond last year's target
    is the ratchet. carried = min(over, own raise); share = carried ÷ growth.
    """
    if last_asked <= 0 or team_last_asked <= 0:
        return None
    growth = asked - last_asked
    general = int(Fraction(last_asked * (team_asked - team_last_asked), team_last_asked))
    over = max(0, last_done - last_asked)
    raised = max(0, growth - max(0, general))
    return Ratchet(growth, general, over, min(raised, over))


@dataclass(frozen=True)
class Subject:
    """
    Everything that is known about one target when it is judged.

    :ivar asked: the commit target of the period, minor units; ``asked_level`` the same for a usual month.
    :ivar chance: of the commit target, 0–1; None where nobody can say.
    :ivar own_level: what they did in a usual month; None without a record.
    :ivar levels: usual months of comparable people, without them; ``best`` the most that one of them ever did.
    :ivar has_begun, is_over: whether some, or all, of the months asked for are over.
    :ivar without_days, absent: months (as people read them) with a target and without working days, or without them.
    """

    name: str
    unit: str
    metric: str
    first: str
    last: str
    days: int
    asked: int
    asked_level: int
    chance: Fraction | None
    has_begun: bool = False
    is_over: bool = False
    own_months: int = 0
    own_level: int | None = None
    levels: Sequence[int] = ()
    best: int | None = None
    capacity: Capacity | None = None
    potential_share: Fraction | None = None
    usual_share: Fraction | None = None
    break_even: int | None = None
    gap: int = 0
    without_days: str = ""
    absent: str = ""
    is_measured: bool = True


def judge(subject: Subject) -> list[Finding]:
    """Return what is to be said about a target, aspect by aspect."""
    if not subject.asked:
        return [Finding(Aspect.SPECIFIC, "nothing_asked", "open", {"name": subject.name})]
    return [*_specific(subject), *_measurable(subject), *_attainable(subject), *_relevant(subject), *_time_bound(subject)]


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """Return what the findings come to: too high before too low, and nothing where nobody can say."""
    codes = {finding.code for finding in findings}
    if codes & {"too_high", "nobody_did"}:
        return Verdict.TOO_HIGH
    for code, verdict in _VERDICTS.items():
        if code in codes:
            return verdict
    return Verdict.UNKNOWN


_VERDICTS = {
    "too_low": Verdict.TOO_LOW,
    "demanding": Verdict.DEMANDING,
    "easy": Verdict.EASY,
    "lost": Verdict.LOST,
    "safe": Verdict.SAFE,
    "reachable": Verdict.FINE,
    "over": Verdict.OVER,
}


def _specific(subject):
    if subject.absent:
        yield Finding(Aspect.SPECIFIC, "absent", "bad", {"name": subject.name, "months": subject.absent})
    else:
        facts = {"metric": subject.metric, "name": subject.name, "unit": subject.unit}
        yield Finding(Aspect.SPECIFIC, "owned", "good", facts)


def _measurable(subject):
    if not subject.is_measured:
        yield Finding(Aspect.MEASURABLE, "unmeasured", "bad")
    elif subject.own_months:
        yield Finding(Aspect.MEASURABLE, "measured", "good", {"name": subject.name, "count": subject.own_months})
    else:
        yield Finding(Aspect.MEASURABLE, "new", "open", {"name": subject.name})


def _attainable(subject):
    yield _likely(subject)
    if subject.own_level is not None and subject.own_level > 0:
        facts = {"asked_amount": subject.asked_level, "own_amount": subject.own_level}
        change = Fraction((subject.asked_level - subject.own_level) * 100, subject.own_level)
        if change > 0:
            yield Finding(Aspect.ATTAINABLE, "own_history", "open", facts | {"change_percent": change})
        else:
            yield Finding(Aspect.ATTAINABLE, "own_history_less", "open", facts)
    yield from _among_peers(subject)
    if subject.capacity is None or not subject.capacity.amount:
        yield Finding(Aspect.ATTAINABLE, "no_capacity", "open")
    else:
        share = Fraction(subject.asked, subject.capacity.amount)
        tone = "bad" if share > 1 else "warn" if share > TIGHT_CAPACITY else "good"
        facts = {"share_percent": share * 100, "capacity_amount": subject.capacity.amount}
        yield Finding(Aspect.ATTAINABLE, "capacity", tone, facts)
    if subject.potential_share is not None and subject.usual_share:
        tone = "warn" if subject.potential_share > subject.usual_share * MUCH_OF_POTENTIAL else "good"
        facts = {"share_percent": subject.potential_share * 100, "usual_percent": subject.usual_share * 100}
        yield Finding(Aspect.ATTAINABLE, "potential", tone, facts)
    if subject.break_even is not None:
        is_below = subject.asked < subject.break_even
        code, tone = ("below_break_even", "warn") if is_below else ("above_break_even", "good")
        yield Finding(Aspect.ATTAINABLE, code, tone, {"even_amount": subject.break_even})


def _likely(subject):
    if subject.is_over:
        return Finding(Aspect.TIME_BOUND, "over", "open")
    if subject.chance is None:
        return Finding(Aspect.ATTAINABLE, "unknown", "open")
    facts = {"chance_percent": subject.chance * 100}
    # Once some of it is done, a chance speaks of how the year went and no longer of how it was set.
    if subject.chance >= NEARLY_CERTAIN:
        code, tone = ("safe", "good") if subject.has_begun else ("too_low", "warn")
        return Finding(Aspect.ATTAINABLE, code, tone, facts)
    if subject.chance <= HARDLY_EVER:
        return Finding(Aspect.ATTAINABLE, "lost" if subject.has_begun else "too_high", "bad", facts)
    if not subject.has_begun and not SELDOM <= subject.chance <= OFTEN:
        return Finding(Aspect.ATTAINABLE, "easy" if subject.chance > OFTEN else "demanding", "warn", facts)
    return Finding(Aspect.ATTAINABLE, "reachable", "good", facts)


def _among_peers(subject):
    if len(subject.levels) < 3:
        yield Finding(Aspect.ATTAINABLE, "no_peers", "open")
        return
    ordered = sorted(subject.levels)
    facts = {
        "count": len(ordered),
        "low_amount": part_of(ordered, Fraction(1, 4)),
        "high_amount": part_of(ordered, Fraction(3, 4)),
    }
    yield Finding(Aspect.ATTAINABLE, "peers", "open", facts)
    best = max(filter(None, (subject.best, subject.own_level)), default=None)
    if best is not None and subject.asked_level > best and not subject.has_begun:
        yield Finding(Aspect.ATTAINABLE, "nobody_did", "bad", {"count": len(ordered), "best_amount": best})


def part_of(ordered: Sequence[int], part: Fraction) -> int:
    """Return the value below which a part of some sorted values lies, between two of them in proportion."""
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return int(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def _relevant(subject):
    if subject.gap:
        yield Finding(Aspect.RELEVANT, "gap", "warn", {"unit": subject.unit, "gap_amount": abs(subject.gap)})
    else:
        yield Finding(Aspect.RELEVANT, "adds_up", "good", {"unit": subject.unit})


def _time_bound(subject):
    if subject.without_days:
        yield Finding(Aspect.TIME_BOUND, "no_days", "bad", {"months": subject.without_days})
    else:
        facts = {"first": subject.first, "last": subject.last, "days": subject.days}
        yield Finding(Aspect.TIME_BOUND, "dated", "good", facts)
