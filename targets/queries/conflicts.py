"""Locks that cannot be met, in words: for who has to unlock or change one of the cells."""

from dataclasses import dataclass

from common.period_names import name_of
from common.periods import month_of
from targets.rules import Tier

SHOWN = 50


@dataclass(frozen=True)
class ConflictRow:
    """
    One month and tier that cannot be met; amounts in minor units.

    :ivar month: a name; empty for a year that is spread over its months.
    :ivar excess: what the kept cells hold too much; negative: what has nowhere to go.
    :ivar cells: [(name of the row, name of the month, amount)].
    """

    name: str
    month: str
    tier: str
    excess: int
    cells: tuple

    @property
    def homeless(self):
        return -self.excess


def conflict_rows(sheet, refusal):
    """Return the conflicts of a refusal (``rules.KeptRefused``; of another, none) as they are shown, at most fifty."""
    return [
        ConflictRow(
            name=sheet.nodes[conflict.key].name,
            month="" if conflict.month is None else name_of(month_of(conflict.month)),
            tier=Tier(conflict.tier).label,
            excess=conflict.amount,
            cells=tuple((sheet.nodes[key].name, name_of(month_of(month)), amount) for key, month, amount in conflict.cells),
        )
        for conflict in getattr(refusal, "conflicts", ())[:SHOWN]
    ]
