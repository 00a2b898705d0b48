"""Ranking: who stands where, with shared places and movement. See docs/conventions.md, "Rank"."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

Row = TypeVar("Row")


class Ranked(NamedTuple):
    """A row and its place; ``place`` is None for a row without a value."""

    place: int | None
    row: object


def rank(
    rows: Sequence[Row],
    *,
    value: Callable[[Row], Decimal | int | None],
    reached_at: Callable[[Row], date | datetime | None] | None = None,
    name: Callable[[Row], str] | None = None,
    lower_is_better: bool = False,
) -> list[Ranked]:
    """
    Return the rows in the order to show them, each with its place.

    Ordered by value, then by who reached it first, then by name; equal values share a place and the places after it are
    left out (1-2-2-4). Rows without a value come last, without a place, by name. The order in which the rows are given
    decides only between rows that agree in all of that. Rank the whole population first and only then leave out what a
    person may not see.

    :param reached_at: when a row came to its value; None or absent sorts after those who have one.
    :param lower_is_better: turns the sort (complaints, expense ratio), never the sign of what is shown.
    :raises ValueError: if a value is NaN.
    """
    has_value, without = [], []
    for row in rows:
        amount = value(row)
        if isinstance(amount, Decimal) and amount.is_nan():
            raise ValueError("NaN has no rank; use None for no value")
        (without if amount is None else has_value).append(row)

    def name_of(row):
        return name(row) if name else ""

    # Sorted by the least important first: Python's sort keeps the order of equals.
    has_value.sort(key=name_of)
    if reached_at:
        with_moment = sorted((row for row in has_value if reached_at(row) is not None), key=reached_at)
        has_value = with_moment + [row for row in has_value if reached_at(row) is None]
    has_value.sort(key=value, reverse=not lower_is_better)
    ranked: list[Ranked] = []
    for position, row in enumerate(has_value, start=1):
        ties = ranked and value(ranked[-1].row) == value(row)
        ranked.append(Ranked(ranked[-1].place if ties else position, row))
    return ranked + [Ranked(None, row) for row in sorted(without, key=name_of)]


def movement(previous_place: int | None, place: int | None) -> int | None:
    """Return the places gained (+) or lost (−) since the last ranking; None for who is new or was or is unranked."""
    if previous_place is None or place is None:
        return None
    return previous_place - place


def places_inside(places: Sequence[int | None]) -> list[int | None]:
    """
    Return the places inside a group from its members' places in the whole, in their order: 2, 5, 5, 9 become 1, 2, 2, 4.

    Whoever has no place in the whole has none in the group.
    """
    ordered = sorted(place for place in places if place is not None)
    inside = {}
    for position, place in enumerate(ordered, start=1):
        inside.setdefault(place, position)
    return [None if place is None else inside[place] for place in places]
