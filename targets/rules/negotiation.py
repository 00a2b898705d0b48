"""
Talking about a target: what was asked as frozen numbers, what somebody offers instead, and where that lies among peers.

Pure. Figures are rows of a plan's sheet, frozen as JSON: key of the row → twelve `[floor, commit, stretch]` in minor units.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common.money import Weight, apportion
from targets.rules.sheets import Cells, Tier, TierRule, set_span, total
from targets.rules.splitting import NO_TARGET, Tiers

#: So many peers at least, or a range would say who is meant.
FEWEST_PEERS = 4
#: So many letters at least make a reason.
SHORTEST_REASON = 10

Figures = Mapping[str, Sequence[Sequence[int]]]


def freeze(rows: Mapping[str, Cells]) -> dict[str, list[list[int]]]:
    """Return rows of a sheet as they are kept; rows that ask for nothing are left out."""
    return {
        key: [[cell.floor, cell.commit, cell.stretch] for cell in cells]
        for key, cells in sorted(rows.items())
        if total(cells) != NO_TARGET
    }


def months_of(figures: Figures) -> Cells:
    """Return the twelve months of somebody whose rows these are, wherever they stand."""
    rows = [[Tiers(*cell) for cell in cells] for cells in figures.values()]
    return tuple(total(column) for column in zip(*rows, strict=True)) or (NO_TARGET,) * 12


def quarters_of(cells: Cells) -> tuple[Tiers, ...]:
    """Return four quarters of twelve months."""
    return tuple(total(cells[i : i + 3]) for i in range(0, 12, 3))


def set_amounts(
    rows: Mapping[str, Cells], amounts: Mapping[Sequence[int], int], *, presence: Mapping[str, Sequence[Weight]], rule: TierRule
) -> dict[str, Cells]:
    """
    Set what somebody is asked for in a year or in quarters; shared among their rows and months as these stand.

    :param rows: the person's rows of the sheet.
    :param amounts: positions of months (0–11) → commit target in minor units; the spans do not overlap.
    :param presence: row → a weight per month, for spans in which nothing is asked yet.
    :raises BadTiers: for a negative amount.
    :raises NoWeights: if an amount has no month to go to.
    """
    changed = dict(rows)
    for positions, amount in amounts.items():
        now = {key: sum(changed[key][i].commit for i in positions) for key in changed}
        shares = [now[key] if any(now.values()) else sum(map(Fraction, _at(presence[key], positions))) for key in changed]
        if not amount and not any(shares):
            continue
        for key, part in zip(changed, apportion(amount, shares, rule.rounding), strict=True):
            if part != now[key]:
                changed[key] = set_span(
                    changed[key], positions, tier=Tier.COMMIT, amount=part, fallback=presence[key], rule=rule
                )
    return changed


def _at(weights, positions):
    return [weights[i] for i in positions]


@dataclass(frozen=True)
class PeerRange:
    """Which growth over last year is asked of comparable people, in percent; nobody's own is told."""

    people: int
    low: Decimal
    middle: Decimal
    high: Decimal


def peer_range(growths: Iterable[Decimal]) -> PeerRange | None:
    """Return lowest, median and highest; None for fewer than `FEWEST_PEERS`."""
    found = sorted(growths)
    if len(found) < FEWEST_PEERS:
        return None
    half = len(found) // 2
    middle = found[half] if len(found) % 2 else (found[half - 1] + found[half]) / 2
    return PeerRange(len(found), found[0], middle, found[-1])


@dataclass(frozen=True)
class Tally:
    """
    What is asked from above beside what is offered from below, in minor units of the commit target, and who has said what.

    :ivar asked: of everybody with a target, as the plan stands.
    :ivar offered: what has been answered: accepted as asked, or countered.
    :ivar open: asked of those who have not answered, or were not asked yet.
    """

    asked: int = 0
    offered: int = 0
    open: int = 0
    people: int = 0
    accepted: int = 0
    countered: int = 0
    held: int = 0
    unanswered: int = 0
    overdue: int = 0
    not_asked: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def difference(self) -> int:
        """What would come from below more (or, negative, less) than is asked, if all others accept."""
        return self.offered + self.open - self.asked

    @property
    def settled_percent(self) -> Decimal | None:
        return Decimal(self.accepted * 100) / self.people if self.people else None


def is_overdue(answer_by: date, *, on: date) -> bool:
    """Return whether the last day for an answer is over."""
    return answer_by < on


def same_name(typed: str, name: str) -> bool:
    """Return whether somebody typed their own name; spaces and capitals do not matter."""
    return "".join(typed.split()).casefold() == "".join(name.split()).casefold() != ""
