"""
Cards that the floors above put on a deal's page.

An app registers a function in its `ready()`; it is called as `card(request=…, deal=…)` for every view of a deal and returns the
name of a partial with its context, or None for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A partial and what it shows."""

    template: str
    context: dict


_makers: list[Callable] = []


def add_deal_card(make):
    """Register a maker of cards."""
    _makers.append(make)


def cards_for(*, request, deal):
    """Return the cards of a deal's page, in the order of the floors."""
    made = [make(request=request, deal=deal) for make in _makers]
    return [card for card in made if card is not None]
