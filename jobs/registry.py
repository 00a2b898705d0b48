"""Which function does which kind of job. An app registers its own in its `tasks` module."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise

from jobs.rules import Daily, Weekly


class Progress(Protocol):
    """Told by a handler how far it is; shown to whoever waits."""

    def __call__(self, done: int, total: int, step: str = "") -> None: ...


@dataclass(frozen=True)
class Kind:
    """
    A kind of job.

    :param title: for people.
    :param queue: where its bell rings.
    :param schedule: when it runs by itself, at the company's local time; None if only somebody's doing starts it.
    :param may_be_started: whether people may start it from the page of jobs.
    :param ahead: gives, for a job, what is to be done before it, as callables: each in a transaction of its own, so that its
        locks are not held while the handler works. Harmless when done twice or left half done.
    :param is_wanted: says whether there is work though nobody has asked; looked at every half minute.
    :param about: one sentence for people: what it does.
    :param summary: what to say of a finished one, with `%(name)s` for the values of its result.
    """

    code: str
    title: str | Promise
    handler: Callable
    queue: str
    schedule: Daily | Weekly | None
    may_be_started: bool
    ahead: Callable | None
    is_wanted: Callable[[], bool] | None
    about: str | Promise
    summary: str | Promise

    def sum_up(self, result):
        """Return what a result says to people; empty where the result is not of the kind's shape."""
        try:
            return str(self.summary) % result
        except (KeyError, TypeError, ValueError):
            return ""


_kinds: dict[str, Kind] = {}


def job(
    code, *, title, queue="interactive", schedule=None, may_be_started=False, ahead=None, is_wanted=None, about="", summary=""
):
    """
    Register a handler for a kind of job.

    The handler is called inside its company and one transaction, on the company's clock, as `handler(job=…, progress=…)`,
    and returns a JSON-ready dict that is kept as the job's result. It must give the same state when it runs twice. What was
    done `ahead` (see `Kind`) returned is given to it as `ahead=[…]`.
    """

    def register(handler):
        _kinds[code] = Kind(code, title, handler, queue, schedule, may_be_started, ahead, is_wanted, about, summary)
        return handler

    return register


def kind_of(code):
    """Return the registered kind; raises KeyError if no app knows it."""
    return _kinds[code]


def kinds():
    """Return all registered kinds by code."""
    return dict(_kinds)
