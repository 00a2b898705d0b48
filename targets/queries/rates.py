"""What the page of a plan of rates shows: every row with its months, which of them are its own, and what was reached last year."""

from dataclasses import dataclass
from decimal import Decimal

from common.periods import PeriodKind, year_before
from targets.models import Attainment
from targets.queries.attainment import value_of
from targets.queries.plans import Node
from targets.rules import Tiers
from targets.rules.rates import year_of_rate


@dataclass(frozen=True)
class RateMonth:
    """A month of a row in one tier, in minor units; None where nothing is asked."""

    amount: int | None
    is_own: bool  # set for this very row, not handed down


@dataclass(frozen=True)
class RateRow:
    """A row of a plan of rates."""

    node: Node
    months: tuple[RateMonth, ...]
    year: int | None  # in the tier shown
    last_year: Decimal | int | None
    may_set: bool

    @property
    def is_own(self):
        return any(month.is_own for month in self.months)


def rate_rows(sheet, tops, *, tier, reach):
    """Return the rows in sight in the shown order; the figures of last year cost one statement whatever their number."""
    nodes, metric = [sheet.nodes[key] for top in tops for key in sheet.sheet.below(top.key)], sheet.plan.metric
    past = _year_before(sheet)
    rows = []
    for node in nodes:
        cells, own = sheet.sheet.of(node.key), sheet.by_hand.get(node.key, frozenset())
        rows.append(
            RateRow(
                node,
                months=tuple(RateMonth(_asked(cell, tier, i in own), i in own) for i, cell in enumerate(cells)),
                year=_year(cells, tier, is_level=not metric.is_ratio),
                last_year=past.get(-node.unit_id if node.person_id is None else node.person_id),
                may_set=reach.may_set(node, sheet),
            )
        )
    return rows


def _year_before(sheet):
    """Return what was reached in the fiscal year before: by person id, and by minus the id of a unit."""
    metric = sheet.plan.metric
    rows = Attainment.objects.filter(
        metric=metric, span=Attainment.Span.YEAR, starts_on=year_before(sheet.year, PeriodKind.YEAR).starts_on
    ).values_list("person_id", "unit_id", "numerator", "denominator")
    return {person_id or -unit_id: value_of(metric.kind, *parts) for person_id, unit_id, *parts in rows}


def _asked(cell: Tiers, tier, is_own):
    return getattr(cell, tier) if is_own or cell.stretch else None


def _year(cells, tier, *, is_level):
    year = year_of_rate(cells, is_level=is_level)
    return year and getattr(year, tier)
