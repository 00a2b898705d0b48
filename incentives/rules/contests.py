"""
Who wins a contest, and how much: pure arithmetic on plain values. See docs/conventions.md, "Contests".

A *score* is exact (a fraction): where there is a yardstick, thousandths of it (1000 = 100 %), else the metric's smallest unit.
Amounts of prizes are whole minor units.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import groupby

from common.money import apportion
from incentives.rules.contest_kinds import Apart, Form, PotBy, TieRule

#: Scores against a yardstick: thousandths, one decimal place of per cent.
WHOLE = 1000


@dataclass(frozen=True)
class Prize:
    """A prize for a place or a step (`number`), from a threshold on; `amount` in minor units."""

    number: int
    amount: int = 0
    thing: str = ""
    threshold: int | None = None


@dataclass(frozen=True)
class Terms:
    """
    How a contest is won.

    :ivar scale: how many of the score's units one unit of numerator ÷ denominator is; 1 for what adds up.
    :ivar minimum: the score from which one can win; of a personal goal the goal, of a relay that of a leg.
    """

    form: Form
    prizes: tuple[Prize, ...]
    tie_rule: TieRule = TieRule.SHARE
    pot_by: PotBy = PotBy.VALUE
    minimum: int | None = None
    is_lower_better: bool = False
    has_yardstick: bool = False
    scale: int = 1


@dataclass(frozen=True)
class Entry:
    """Somebody in a contest: what they reached, and against what it is measured (both in the metric's smallest unit)."""

    key: int
    name: str
    numerator: int
    denominator: int | None = None
    yardstick: int | None = None
    reached_on: date | None = None
    league: str = ""
    team: int | None = None
    is_eligible: bool = True


@dataclass(frozen=True)
class Line:
    """
    One line of a standing. `place` is None with the reason in `apart`; `number`, the place or step of the prize, for who wins nothing.

    :ivar legs: of a team in a relay, how many of its members ran their leg; `heads` how many they are.
    """

    entry: Entry
    score: Fraction | None
    place: int | None = None
    apart: Apart | None = None
    amount: int = 0
    thing: str = ""
    number: int | None = None
    legs: int | None = None
    heads: int = 1
    members: tuple["Line", ...] = field(default=(), compare=False)

    @property
    def wins(self):
        return self.number is not None

    @property
    def is_team(self):
        return bool(self.members)


def flat(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield every line, after that of a team those of its members."""
    for line in lines:
        yield line
        yield from line.members


def score_of(entry: Entry, terms: Terms) -> Fraction | None:
    """Return what an entry is ranked by; None where there is nothing to divide by, or nothing to measure against."""
    if entry.denominator is None:
        value = Fraction(entry.numerator)
    elif entry.denominator:
        value = Fraction(entry.numerator * terms.scale, entry.denominator)
    else:
        return None
    if not terms.has_yardstick:
        return value
    if entry.yardstick is None or entry.yardstick <= 0:
        return None
    return value * WHOLE / entry.yardstick


def reaches(score: Fraction | None, bound: int | None, terms: Terms) -> bool:
    """Return whether a score is good enough: at least the bound, or at most where less is better; no bound asks nothing."""
    if score is None or bound is None:
        return score is not None
    return score <= bound if terms.is_lower_better else score >= bound


def standing(entries: Iterable[Entry], terms: Terms) -> list[Line]:
    """
    Return the lines of a contest, league by league, the best first; who has no place at the end of their league.

    It does not depend on the order in which the entries are given. In a relay the lines are the teams', each with its members.
    """
    entries = sorted(entries, key=lambda entry: (entry.league, entry.name, entry.key))
    if terms.form == Form.RELAY:
        return _relay(entries, terms)
    lines = []
    for _league, group in groupby(entries, key=lambda entry: entry.league):
        ranked = _placed([_line(entry, terms) for entry in group], terms)
        lines += _awarded(ranked, terms)
    return lines


def most_paid(entries: Iterable[Entry], terms: Terms) -> int:
    """
    Return what the prizes of a contest cost at most, in minor units, whatever is reached; things are not counted.

    Each league has its own places and its own pot. Where equals each get the full prize, all of them may be first.
    """
    entries = list(entries)
    if terms.form == Form.RELAY:
        heads = [len({entry.team for entry in entries} - {None})]
    else:
        heads = list(Counter(entry.league for entry in entries).values())
    amounts = [prize.amount for prize in sorted(terms.prizes, key=lambda prize: prize.number)]
    top = max(amounts, default=0)
    match terms.form:
        case Form.STEPS | Form.PERSONAL:
            return top * sum(heads)
        case Form.POT:
            return sum(amounts) * len(heads)
    if terms.tie_rule == TieRule.FULL:
        return sum(top * many for many in heads)
    return sum(sum(amounts[:many]) for many in heads)


def _line(entry, terms):
    score = score_of(entry, terms)
    return Line(entry, score, apart=why_apart(entry, score, terms))


def why_apart(entry: Entry, score: Fraction | None, terms: Terms) -> Apart | None:
    """Return why an entry has no place; None if it has one."""
    if not entry.is_eligible:
        return Apart.HAS_LEFT
    if score is None:
        no_yardstick = terms.has_yardstick and (entry.yardstick is None or entry.yardstick <= 0)
        return Apart.NO_YARDSTICK if no_yardstick else Apart.NOTHING_YET
    return Apart.NOTHING_YET if score <= 0 and not terms.is_lower_better else None


def _order(line, terms):
    """Return what a line is ordered by, the greatest first: legs before the score."""
    score = -line.score if terms.is_lower_better else line.score
    return Fraction(line.legs or 0, line.heads), score


def _placed(lines, terms):
    """Return lines in their order with their places: 1-2-2-4, where the tie rule does not ask who was first."""
    racing = [line for line in lines if line.apart is None]
    if terms.tie_rule == TieRule.FIRST:
        racing.sort(key=lambda line: line.entry.reached_on or date.max)
    racing.sort(key=lambda line: _order(line, terms), reverse=True)

    def rung(line):
        first = (line.entry.reached_on or date.max,) if terms.tie_rule == TieRule.FIRST else ()
        return (_order(line, terms), *first)

    placed = []
    for position, line in enumerate(racing, start=1):
        ties = placed and rung(placed[-1]) == rung(line)
        placed.append(replace(line, place=placed[-1].place if ties else position))
    return placed + [line for line in lines if line.apart is not None]


def _awarded(lines, terms):
    """Return placed lines of one league with what each wins."""
    match terms.form:
        case Form.STEPS:
            return [_on_step(line, terms) for line in lines]
        case Form.POT:
            return _from_pot(lines, terms)
        case Form.PERSONAL:
            return [_won(line, terms.prizes[0]) if _qualifies(line, terms) else line for line in lines]
    return _by_place(lines, terms)


def _qualifies(line, terms):
    return line.place is not None and reaches(line.score, terms.minimum, terms)


def _won(line, prize, amount=None):
    return replace(line, number=prize.number, amount=prize.amount if amount is None else amount, thing=prize.thing)


def step_reached(score: Fraction | None, terms: Terms) -> Prize | None:
    """Return the highest step that a score reaches."""
    reached = [prize for prize in terms.prizes if reaches(score, prize.threshold, terms)]
    return max(reached, key=lambda prize: prize.number, default=None)


def _on_step(line, terms):
    prize = step_reached(line.score, terms) if line.place is not None else None
    return _won(line, prize) if prize else line


def _from_pot(lines, terms):
    winners = [line for line in lines if _qualifies(line, terms)]
    if not winners:
        return lines
    weights = [line.score if terms.pot_by == PotBy.VALUE else 1 for line in winners]
    parts = dict(zip([line.entry.key for line in winners], apportion(terms.prizes[0].amount, weights), strict=True))
    return [_won(line, terms.prizes[0], parts[line.entry.key]) if line.entry.key in parts else line for line in lines]


def _by_place(lines, terms):
    """Give the prizes of places to those who qualify; equals share theirs, or each get the full one."""
    bound = replace(terms, minimum=None) if terms.form == Form.RELAY else terms
    prizes = {prize.number: prize for prize in terms.prizes}
    awarded = []
    for place, group in groupby(lines, key=lambda line: line.place):
        group = list(group)
        won = [prizes[n] for n in range(place, place + len(group)) if n in prizes] if place else []
        if not won or not _qualifies(group[0], bound):
            awarded += group
        elif terms.tie_rule == TieRule.FULL:
            awarded += [_won(line, won[0]) for line in group]
        else:
            parts = apportion(sum(prize.amount for prize in won), [1] * len(group))
            awarded += [_won(line, won[0], part) for line, part in zip(group, parts, strict=True)]
    return awarded


def _relay(entries, terms):
    """Return the lines of teams: by the part of the legs that were run, if a leg has a goal, then by what they reached per head."""
    teams = {}
    for entry in entries:
        teams.setdefault(entry.team, []).append(entry)
    lines = [_team(team, members, terms) for team, members in teams.items() if team is not None]
    return [_shared_out(line, terms) for line in _by_place(_placed(lines, terms), terms)]


def _team(team, entries, terms):
    members = tuple(sorted((_line(entry, terms) for entry in entries), key=lambda line: (-(line.score or 0), line.entry.name)))
    running = [line.entry for line in members if line.entry.is_eligible]
    known = [entry.yardstick for entry in running if entry.yardstick]
    whole = Entry(
        key=team,
        name="",
        numerator=sum(entry.numerator for entry in running),
        denominator=None if entries[0].denominator is None else sum(entry.denominator for entry in running),
        yardstick=sum(known) or None,
        reached_on=max((entry.reached_on for entry in running if entry.reached_on), default=None),
        team=team,
    )
    score = team_score(whole, len(running), terms)
    legs = None if terms.minimum is None else sum(_ran(line, terms) for line in members)
    apart = Apart.NOTHING_YET if not running or score is None or legs == 0 or score <= 0 and not terms.is_lower_better else None
    return Line(whole, score, apart=apart, legs=legs, heads=max(1, len(running)), members=members)


def team_score(whole: Entry, heads: int, terms: Terms) -> Fraction | None:
    """Return what a team is ranked by: per head where figures add up, else its members' figures and yardsticks put together."""
    score = score_of(whole, terms)
    if score is None or whole.denominator is not None or terms.has_yardstick:
        return score
    return score / max(1, heads)


def _ran(line, terms):
    return line.apart is None and reaches(line.score, terms.minimum, terms)


def _shared_out(line, terms):
    """Share a team's prize equally among its members who are still there; a thing goes to each."""
    if not line.wins:
        return line
    there = [member for member in line.members if member.entry.is_eligible]
    parts = dict(zip([m.entry.key for m in there], apportion(line.amount, [1] * len(there)), strict=True))
    members = tuple(
        replace(m, number=line.number, amount=parts[m.entry.key], thing=line.thing) if m.entry.key in parts else m
        for m in line.members
    )
    return replace(line, members=members)


@dataclass(frozen=True)
class Distance:
    """What is missing to the next thing worth reaching: a place, a step or the minimum; `score` more than now is needed."""

    to: str  # PLACE, STEP, MINIMUM
    number: int | None
    score: Fraction


def distance_of(line: Line, lines: Sequence[Line], terms: Terms) -> Distance | None:
    """
    Return what a line lacks to the next step, the minimum, or the place above; None where there is nothing above.

    :param lines: all of the same league.
    """
    own = Fraction(0) if line.score is None else line.score
    if line.apart in (Apart.HAS_LEFT, Apart.NO_YARDSTICK):
        return None
    if terms.form == Form.STEPS:
        ahead = [prize for prize in terms.prizes if not reaches(own, prize.threshold, terms)]
        following = min(ahead, key=lambda prize: prize.number, default=None)
        return following and Distance("STEP", following.number, abs(following.threshold - own))
    if terms.form != Form.RELAY and terms.minimum is not None and not reaches(own, terms.minimum, terms):
        return Distance("MINIMUM", None, abs(terms.minimum - own))
    if terms.form in (Form.POT, Form.PERSONAL):
        return None
    above = [other for other in lines if other.place is not None and (line.place is None or other.place < line.place)]
    if not above or line.legs != above[-1].legs:
        return None
    return Distance("PLACE", above[-1].place, abs(above[-1].score - own))


def amount_of_score(score: Fraction, yardstick: int | None) -> int:
    """Return a difference of scores in the metric's smallest unit, rounded up: doing that much is enough."""
    exact = score if yardstick is None else score * yardstick / WHOLE
    return -(-exact.numerator // exact.denominator)


def past_yardstick(amount: int, *, past_days: int, days: int, least_days: int = 5) -> int | None:
    """
    Return one's own past as a yardstick: what was done per working day then, times the working days of the contest.

    :param past_days: working days that somebody had then; fewer than `least_days` say nothing: None.
    """
    if past_days < least_days or amount <= 0:
        return None
    exact = Fraction(amount * days, past_days)
    return int((exact + Fraction(1, 2)) // 1)


def potential_leagues(potentials: dict[int, Fraction | None]) -> dict[int, str]:
    """
    Return A, B or C by market potential: a third each of those who take part, the greatest in A; equal ones stay together.

    Who has no number counts as the median of the others. With fewer than six there are two leagues, with fewer than four one.
    """
    known = sorted(value for value in potentials.values() if value is not None)
    if not known:
        return dict.fromkeys(potentials, "A")
    half = len(known) // 2
    median = known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2
    values = {key: median if value is None else value for key, value in potentials.items()}
    count = 1 if len(values) < 4 else 2 if len(values) < 6 else 3
    ordered = sorted(values.values(), reverse=True)
    return {key: "ABC"[ordered.index(value) * count // len(ordered)] for key, value in values.items()}
