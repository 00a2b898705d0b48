"""A proposal beside what stands today, child by child and month by month, for who decides whether to apply it."""

from dataclasses import dataclass
from decimal import Decimal

from common.periods import add_months
from targets import rules
from targets.queries.plans import Node
from targets.queries.proposals import ChildInput


@dataclass(frozen=True)
class ProposedRow:
    """A row as it is and as it would be: the year's commit target in minor units."""

    node: Node
    today: rules.Tiers
    proposed: rules.Tiers
    last_year: int | None
    source: ChildInput | None
    locked: int = 0  # how many of its months are locked, so that they stay

    @property
    def difference(self) -> int:
        return self.proposed.commit - self.today.commit

    @property
    def growth(self) -> Decimal | None:
        return rules.growth(self.proposed.commit, self.last_year)

    @property
    def share(self) -> Decimal | None:
        """The part of the unit's target that the method gives, in per cent; None for somebody it leaves out."""
        return None if self.source is None else Decimal(self.source.share.numerator) / Decimal(self.source.share.denominator)

    @property
    def heads(self) -> Decimal | None:
        """How many people at full performance a split by headcount counts; None if it was not asked."""
        heads = self.source and self.source.heads
        return None if heads is None else Decimal(heads.numerator) / Decimal(heads.denominator)


def proposed_rows(sheet, key, proposal, *, last_year):
    """Return the children of a unit as they are and as they would be; a leader who carries nothing is left out."""
    sources = {source.key: source for source in proposal.inputs.get(key, ())}
    rows = [
        ProposedRow(
            node=child,
            today=sheet.sheet.year_of(child.key),
            proposed=rules.total(proposal.changes.get(child.key, sheet.sheet.of(child.key))),
            last_year=last_year.get(child.key),
            source=sources.get(child.key),
            locked=len(sheet.locked_of(child.key)),
        )
        for child in sheet.children_of(key)
    ]
    return [row for row in rows if row.source or not row.node.is_leader or row.today.stretch or row.proposed.stretch]


def rows_below(sheet, key, proposal, *, last_year):
    """Return what is deeper than the children of a unit and would change, in the shown order, as it is and as it would be."""
    children = sheet.sheet.children.get(key, ())
    rows = [
        ProposedRow(
            node=sheet.nodes[below],
            today=sheet.sheet.year_of(below),
            proposed=rules.total(proposal.changes[below]),
            last_year=last_year.get(below),
            source=None,
            locked=len(sheet.locked_of(below)),
        )
        for below in sheet.sheet.below(key)
        if below in proposal.changes and below != key and below not in children
    ]
    return [row for row in rows if not row.node.is_leader or row.today.stretch or row.proposed.stretch]


@dataclass(frozen=True)
class ProposedMonth:
    """A month of a unit as it is and as it would be, in minor units."""

    starts_on: object
    working_days: int
    today: int
    proposed: int
    last_year: int | None


def proposed_months(sheet, key, cells, *, past):
    """Return a unit's months as they are and as they would be, beside the same months of the year before."""
    return [
        ProposedMonth(
            starts_on=month,
            working_days=sheet.working_days[month],
            today=own.commit,
            proposed=new.commit,
            last_year=past.get(add_months(month, -12)),
        )
        for month, own, new in zip(sheet.months, sheet.sheet.of(key), cells, strict=True)
    ]
