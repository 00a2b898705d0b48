"""Which function does which kind of job. An app registers its own in its `tasks` module."""

from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise


class Progress(Protocol):
    """Told by a handler how far it is; shown to whoever waits."""

    def __call__(self, done: int, total: int, step: str = "") -> None: ...


@dataclass(frozen=True)
class Kind:
    """A kind of job: its handler, its title for people, and the queue its bell rings in."""

    code: str
    title: str | Promise
    handler: object
    queue: str


_kinds: dict[str, Kind] = {}


def job(code, *, title, queue="interactive"):
    """
    Register a handler for a kind of job.

    The handler is called inside its company and one transaction, as `handler(job=…, progress=…)`, and returns a JSON-ready
    dict that is kept as the job's result. It must give the same state when it runs twice.
    """

    def register(handler):
        _kinds[code] = Kind(code, title, handler, queue)
        return handler

    return register


def kind_of(code):
    """Return the registered kind; raises KeyError if no app knows it."""
    return _kinds[code]


def kinds():
    """Return all registered kinds by code."""
    return dict(_kinds)
