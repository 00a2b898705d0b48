"""What one figure of the sales analysis is made of: the same statement as the analysis, down to the credits."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from credits.models import Credit
from credits.queries.lineage import rows_of
from credits.rules import Measure
from reports.queries.sales import PARTS_BY, Dimension, Parts, asked_of

#: The credits that a column is made of, each as (measure, whether only of returns); the second is divided by or taken off.
MADE_OF = {
    "revenue": ((Measure.REVENUE, False),),
    "won": ((Measure.DEALS_WON, False),),
    "lost": ((Measure.DEALS_CLOSED, False), (Measure.DEALS_WON, False)),
    "win_rate": ((Measure.DEALS_WON, False), (Measure.DEALS_CLOSED, False)),
    "average_order": ((Measure.REVENUE, False), (Measure.DEALS_WON, False)),
    "days_to_close": ((Measure.DAYS_TO_CLOSE, False), (Measure.DEALS_WON, False)),
    "profit": ((Measure.GROSS_PROFIT, False),),
    "margin": ((Measure.GROSS_PROFIT, False), (Measure.REVENUE, False)),
    "returned": ((Measure.REVENUE, True),),
}
#: How two parts make a column.
OPERATORS = {"lost": "−", "win_rate": "÷", "average_order": "÷", "days_to_close": "÷", "margin": "÷"}
#: What a part is called.
LABELS = {
    "revenue": _("Revenue"),
    "won": _("Deals won"),
    "closed": _("Deals won or lost"),
    "days": _("Days from opening to winning"),
    "profit": _("Gross profit"),
    "returned": _("Returns"),
}
_PART_OF = {
    Measure.REVENUE: "revenue",
    Measure.GROSS_PROFIT: "profit",
    Measure.DEALS_WON: "won",
    Measure.DEALS_CLOSED: "closed",
    Measure.DAYS_TO_CLOSE: "days",
}
_OF_ROW = """
of_row AS (
    SELECT id, day, measure, source, amount FROM part WHERE %(is_total)s OR key IS NOT DISTINCT FROM %(key)s::bigint
)
"""
_SUM_UP = "SELECT measure, source = 'RETURN', COUNT(*), SUM(amount) FROM of_row GROUP BY 1, 2"
_LIST = """
SELECT id, amount FROM of_row WHERE measure = %(measure)s AND (NOT %(of_returns)s OR source = 'RETURN')
ORDER BY day DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s
"""
_SUMS = {dimension: f"{parts},{_OF_ROW}{_SUM_UP}" for dimension, parts in PARTS_BY.items()}
_LEAVES = {dimension: f"{parts},{_OF_ROW}{_LIST}" for dimension, parts in PARTS_BY.items()}


@dataclass(frozen=True)
class Part:
    """A sum of credits that goes into a figure: its key and words, in minor units of `scale` (returns as they are written: positive)."""

    key: str
    measure: str
    of_returns: bool
    count: int
    amount: int

    @property
    def label(self):
        return LABELS[self.key]

    @property
    def scale(self):
        return 2 if self.measure in (Measure.REVENUE, Measure.GROSS_PROFIT) else 0


class SalesFigure:
    """One column of one row: its parts, and their credits page by page."""

    def __init__(self, *, column, dimension, key, is_total, period, sight, unit, lens):
        """
        Add up the parts.

        :param key: of the row, None for what belongs to nobody; with `is_total` the sum row is meant.
        """
        self._sight = sight
        self._dimension = None if is_total else Dimension(dimension)
        self._asked = asked_of(periods=[period], sight=sight, unit=unit, lens=lens) | {
            "with_overlay": dimension == Dimension.PERSON and not is_total,
            "key": key,
            "is_total": is_total,
        }
        sums = {
            (measure, of_returns): (count, amount)
            for measure, of_returns, count, amount in _read(_SUMS[self._dimension], self._asked)
        }
        self.parts = [self._part(sums, measure, of_returns) for measure, of_returns in MADE_OF[column]]
        self.operator = OPERATORS.get(column, "")
        self.is_empty = not sums

    @property
    def as_parts(self):
        """The parts as the analysis has them, so that the figure is formed alike."""
        return Parts(**{part.key: part.amount for part in self.parts})

    def rows(self, part, *, limit, offset):
        """
        Return credits of a part as `credits.queries.lineage.CreditRow` with what of each counts here, latest first.

        Of a credit for several products of a line it is the row's share, which need not be a whole cent.
        """
        asked = self._asked | {"measure": part.measure, "of_returns": part.of_returns, "limit": limit, "offset": offset}
        amounts = dict(_read(_LEAVES[self._dimension], asked))
        rows = rows_of(Credit.objects.filter(pk__in=amounts).order_by("-counts_on", "-pk"), sight=self._sight)
        return [replace(row, amount=_shown(amount, part)) for row, amount in zip(rows, amounts.values(), strict=True)]

    @staticmethod
    def _part(sums, measure, of_returns):
        found = [sums.get((measure, is_return), (0, 0)) for is_return in ((True,) if of_returns else (False, True))]
        count, amount = sum(n for n, _amount in found), round(sum(amount for _n, amount in found))
        key = "returned" if of_returns else _PART_OF[measure]
        return Part(key, measure, of_returns, count, -amount if of_returns else amount)


def _read(statement, asked):
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchall()


def _shown(amount, part):
    """Return minor units as pages take them: an int, or where a share is no whole cent a Decimal of the currency."""
    amount = -amount if part.of_returns else amount
    return int(amount) if amount == int(amount) else Decimal(amount).scaleb(-part.scale)
