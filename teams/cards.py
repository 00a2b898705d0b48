"""
Cards that the floors above put on a person's page.

An app registers a function in its `ready()`; it is called as `card(request=…, person=…)` for every view of a person
and returns the name of a partial with its context, or None for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A partial and what it shows."""

    template: str
    context: dict


_makers: list[tuple[int, Callable]] = []


def add_person_card(make, *, position=100):
    """Register a maker of cards; lower positions stand further up."""
    _makers.append((position, make))
    _makers.sort(key=lambda pair: pair[0])


def cards_for(*, request, person):
    """Return the cards of a person's page, in order."""
    made = [make(request=request, person=person) for _position, make in _makers]
    return [card for card in made if card is not None]
