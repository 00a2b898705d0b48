"""
Tables of steps: how they are read, and which are refused.

Bounds are [from, to); the last step may be without end. Below the first step there is nothing, and above the end of the last
one neither. Exact: bounds and values are ``Fraction`` or ``int``. Conventions: docs/conventions.md, "Pay".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal
from incentives.rules.numbers import Exact, plain, write
from incentives.rules.terms import Steps


@dataclass(frozen=True, slots=True)
class Row:
    """
    One step: from (in) to (out; None without end), and what holds there; of an interpolated table the point (from, value).

    :ivar told: its bounds as facts have them; the same for everybody who is paid by it.
    """

    starts_at: Exact
    ends_before: Exact | None
    value: Exact
    told: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "told", {"from": plain(self.starts_at), "to": plain(self.ends_before)})


class BadTable(Refusal):
    """A table that nobody could be paid by. `row` is the row, counted from 0, at which it is to be mended."""

    sentences = {
        "empty": _("A table needs at least one row."),
        "backwards": _("Row %(number)s ends at %(to)s, which is not above its beginning at %(from)s."),
        "order": _("Row %(number)s begins at %(from)s, below the row before it. Put the rows in order."),
        "overlap": _("Rows %(before)s and %(number)s overlap: from %(from)s to %(to)s two rates would hold."),
        "gap": _("Between rows %(before)s and %(number)s there is a gap: from %(from)s to %(to)s no rate would hold."),
        "not_last": _("Row %(number)s has no end, although a row follows it."),
        "same_point": _("Rows %(before)s and %(number)s both speak of %(from)s."),
        "below_zero": _("Row %(number)s begins below zero."),
        "negative": _("The rate in row %(number)s is negative."),
        "above_hundred": _("Row %(number)s says %(value)s %%: more than 100 %% is not possible here."),
        "bound_above_hundred": _("Row %(number)s begins at %(from)s %%: a discount is never above 100 %%."),
    }

    def __init__(self, code, *, row=0, **params):
        super().__init__(code, number=row + 1, **params)
        self.row = row


def find_faults(
    rows: Sequence[Row], *, reads: str = Steps.FLAT, is_share: bool = False, is_discount: bool = False
) -> list[BadTable]:
    """
    Return everything that is wrong with a table, in the order of its rows; nothing for a good one.

    :param reads: of ``Steps``: in an interpolated table only the points count, so its rows need no ends.
    :param is_share: its values are parts of something, so at most 100 %: rates on money, decay. Not the payout of a bonus, nor
        a multiplier, nor money per piece.
    :param is_discount: its bounds are a discount in per cent.
    """
    if not rows:
        return [BadTable("empty")]
    faults = []
    for number, row in enumerate(rows):
        faults += _faults_of_row(number, row, reads, is_share, is_discount)
        if number:
            faults += _faults_between(number, rows[number - 1], row, reads)
    return faults


def check(rows: Sequence[Row], **asked) -> None:
    """
    Refuse a table that nobody could be paid by.

    :raises BadTable: with the first fault; `find_faults` has all of them.
    """
    for fault in find_faults(rows, **asked):
        raise fault


def _faults_of_row(number, row, reads, is_share, is_discount):
    if row.starts_at < 0:
        yield BadTable("below_zero", row=number)
    if row.ends_before is not None and row.ends_before <= row.starts_at and reads != Steps.INTERPOLATED:
        yield BadTable("backwards", row=number, **{"from": write(row.starts_at), "to": write(row.ends_before)})
    if row.value < 0:
        yield BadTable("negative", row=number)
    if is_share and row.value > 100:
        yield BadTable("above_hundred", row=number, value=write(row.value))
    if is_discount and row.starts_at > 100:
        yield BadTable("bound_above_hundred", row=number, **{"from": write(row.starts_at)})


def _faults_between(number, before, row, reads):
    start, end = write(row.starts_at), before.ends_before
    if row.starts_at < before.starts_at:
        yield BadTable("order", row=number, **{"from": start})
    elif row.starts_at == before.starts_at:
        yield BadTable("same_point", row=number, before=number, **{"from": start})
    elif reads == Steps.INTERPOLATED:
        return
    elif end is None:
        yield BadTable("not_last", row=number - 1)
    elif end > row.starts_at:
        yield BadTable("overlap", row=number, before=number, **{"from": start, "to": write(end)})
    elif end < row.starts_at:
        yield BadTable("gap", row=number, before=number, **{"from": write(end), "to": start})


def step_at(rows: Sequence[Row], value: Exact) -> Row | None:
    """
    Return the step in which a value lies; None below the first and above the end of the last.

    What is below zero – more came back than was sold – lies in a first step that begins at zero.
    """
    # Compared as parts of a whole: of fractions that takes several times as long.
    part, whole = value.numerator, value.denominator
    reached = max(part, 0)
    for row in rows:
        if row.starts_at * whole <= reached and (row.ends_before is None or part < row.ends_before * whole):
            return row
    return None


def slices_of(rows: Sequence[Row], value: Exact) -> list[tuple[Row, Exact]]:
    """
    Return how much of a value lies in each step, steps without any left out; what lies in no step is in none of them.

    What is below zero lies whole in a first step that begins at zero.
    """
    if value < 0:
        return [(rows[0], value)] if rows and rows[0].starts_at == 0 else []
    found = []
    for row in rows:
        end = value if row.ends_before is None else min(value, row.ends_before)
        if end > row.starts_at:
            found.append((row, end - row.starts_at))
    return found


def value_between(rows: Sequence[Row], value: Exact) -> Fraction | None:
    """
    Return what holds at a value when the points are joined by straight lines; None below the first point.

    Beyond the last point its value holds on. What is below zero counts as zero.
    """
    value = max(value, 0)
    if not rows or value < rows[0].starts_at:
        return None
    for left, right in zip(rows, rows[1:], strict=False):
        if value < right.starts_at:
            part = Fraction(value - left.starts_at) / (right.starts_at - left.starts_at)
            return left.value + (right.value - left.value) * part
    return Fraction(rows[-1].value)


def next_step(rows: Sequence[Row], value: Exact) -> Row | None:
    """Return the first step that begins above a value; None beyond the last."""
    return next((row for row in rows if row.starts_at > value), None)
