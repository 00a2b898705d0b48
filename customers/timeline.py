"""
What a customer's page tells, gathered from the floors above without knowing them.

An app that has something to say about a customer registers a teller in its `AppConfig.ready`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """One thing that happened with a customer; shown by `_components/timeline.html`."""

    at: datetime
    title: object
    text: object = ""
    by: object = ""
    icon: str = "point"
    tone: str = ""
    url: str = ""
    is_day: bool = True  # only the day is known, not the hour


@dataclass(frozen=True)
class Told:
    """What one teller knows: events, and headline facts as (label, value, kind, address)."""

    events: list[Event] = field(default_factory=list)
    facts: list[tuple[object, object, str, str]] = field(default_factory=list)


_tellers: list[Callable[..., Told]] = []


def tells_of_customers(teller):
    """Register a function `(customer, sight, today, limit) -> Told`."""
    _tellers.append(teller)
    return teller


def told_of(customer, *, sight, today, limit=30) -> Told:
    """Return everything told about a customer, the newest event first, at most `limit` of each teller."""
    told = [teller(customer=customer, sight=sight, today=today, limit=limit) for teller in _tellers]
    events = sorted((event for part in told for event in part.events), key=lambda event: event.at, reverse=True)
    return Told(events[: limit * 2], [fact for part in told for fact in part.facts])
