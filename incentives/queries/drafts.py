"""The shape of a statement before it is stored."""

from dataclasses import dataclass, field

from common.periods import Period
from incentives.rules.terms import Source


@dataclass(slots=True)
class Line:
    """One line of a draft, as `StatementLine` keeps it."""

    kind: str
    name: str
    amount: int
    facts: dict = field(default_factory=dict)
    source: str = Source.COMPONENT
    source_id: int | None = None
    component_id: int | None = None
    key: str | None = None
    span: Period | None = None
    base: int | None = None


@dataclass(slots=True)
class Draft:
    """A statement as it would stand. `held`, `draw_balance` and `carried` are to date, this month's lines included."""

    person_id: int
    unit_id: int
    lines: list = field(default_factory=list)
    held: int = 0
    draw_balance: int = 0
    carried: int = 0

    @property
    def total(self):
        return sum(line.amount for line in self.lines)
