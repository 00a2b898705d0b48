"""What a plan's methods go by: numbers that somebody entered, margins from the ledger, and who has none."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from hashlib import blake2s

from common.periods import Period
from credits.rules import Measure
from targets import rules
from targets.models import MethodInput
from targets.queries.history import past_of
from targets.rules import InputKind, SplitMethod


def about_key(node):
    """Return how inputs call a row of a sheet: a person is the same wherever they stand."""
    return f"p{node.person_id}" if node.is_person else f"u{node.unit_id}"


def short(fraction):
    """Return an exact number for JSON: up to six decimal places, as text."""
    exact = Fraction(fraction)
    return f"{(Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal('0.000001')).normalize():f}"


@dataclass(frozen=True)
class MethodValue:
    """
    What a method goes by for one child.

    :ivar value: exact, in the unit people read.
    :ivar is_filled: nobody said anything about them, so the median of the others stands in.
    :ivar parts: for the critical point the fixed cost and the margin in per cent, and where the margin is from.
    """

    value: Fraction
    is_filled: bool = False
    parts: dict = field(default_factory=dict)

    def told(self):
        """Return it JSON-ready, for the step that keeps what a split knew."""
        parts = {name: part if isinstance(part, str) else short(part) for name, part in self.parts.items()}
        return {"value": short(self.value), "is_filled": self.is_filled} | parts


@dataclass(frozen=True)
class Margin:
    """A gross margin in per cent, and whose it is: ``typed``, ``own`` (their own ledger) or ``above`` (of the unit above)."""

    percent: Fraction
    source: str


class Given:
    """
    Everything entered for a plan, read once for a whole split.

    :param period: the months whose gross profit ÷ revenue is the margin of who has none entered; only margins ask for it.
    """

    def __init__(self, plan, period: Period | None = None):
        self.plan, self.period = plan, period

    @cached_property
    def rows(self):
        """The rows entered, by (kind, whom they are about): one each, or a list for intentions."""
        found = {}
        for row in MethodInput.objects.filter(plan=self.plan).select_related("entered_by", "customer").order_by("pk"):
            about = f"p{row.person_id}" if row.person_id else f"u{row.unit_id}"
            if row.kind == InputKind.INTENTION:
                found.setdefault((row.kind, about), []).append(row)
            else:
                found[row.kind, about] = row
        return found

    @cached_property
    def _ledger(self):
        return past_of(Measure.GROSS_PROFIT, self.period), past_of(Measure.REVENUE, self.period)

    @cached_property
    def stamp(self):
        """A short text that changes when anything entered does."""
        told = [
            (key, [(row.dealer, str(row.value), row.source) for row in (rows if isinstance(rows, list) else [rows])])
            for key, rows in sorted(self.rows.items())
        ]
        return blake2s(repr(told).encode(), digest_size=8).hexdigest()

    def entered(self, kind, node):
        """Return the number entered about a row itself, the sum for intentions; None if there is none."""
        found = self.rows.get((kind, about_key(node)))
        if isinstance(found, list):
            return sum((row.value for row in found), start=0)
        return found and found.value

    def margin_of(self, node, sheet):
        """Return the margin that a row's break-even goes by: entered, else its own ledger's, else that of a unit above it."""
        if (typed := self.entered(InputKind.MARGIN, node)) is not None:
            return Margin(Fraction(typed), "typed")
        gross_profit, revenue = self._ledger
        above = node
        while above is not None:
            sold = sum(revenue.of(above, sheet).values())
            percent = Fraction(sum(gross_profit.of(above, sheet).values()) * 100, sold) if sold > 0 else 0
            if 0 < percent <= 100:
                return Margin(percent, "own" if above is node else "above")
            above = sheet.nodes.get(above.parent)
        return None

    def value_of(self, method, node, sheet, *, with_leaders=False):
        """
        Return what a method goes by for a row, or None if nothing is known.

        A unit without a number of its own has the sum of what is below it, with the median for who has none there.
        """
        if (own := self._own(method, node, sheet)) is not None or node.is_person:
            return own
        below = [
            child for child in sheet.children_of(node.key) if any(child.presence) and (with_leaders or not child.is_leader)
        ]
        values = {child.key: self.value_of(method, child, sheet, with_leaders=with_leaders) for child in below}
        filled = rules.fill_lacking({key: value and value.value for key, value in values.items()})
        return None if filled is None else MethodValue(sum(filled.values(), Fraction(0)))

    def _own(self, method, node, sheet):
        value = self.entered(rules.KINDS_OF_METHOD[method][0], node)
        if value is None or method != SplitMethod.CRITICAL_POINT:
            return None if value is None else MethodValue(Fraction(value))
        if (margin := self.margin_of(node, sheet)) is None:
            return None
        parts = {"fixed_cost": Fraction(value), "margin": margin.percent, "margin_source": margin.source}
        return MethodValue(rules.break_even(value, margin.percent), parts=parts)

    def values_of(self, method, nodes, sheet, *, with_leaders=False):
        """Return what a method goes by for each of a unit's children, by key; None if nothing is known about any."""
        known = {node.key: self.value_of(method, node, sheet, with_leaders=with_leaders) for node in nodes}
        filled = rules.fill_lacking({key: value and value.value for key, value in known.items()})
        if filled is None:
            return None
        return {key: known[key] or MethodValue(value, is_filled=True) for key, value in filled.items()}
