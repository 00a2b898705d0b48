"""
What is looked at before a period is closed.

An app registers a function in its `ready()`; it is called as `check(period)` and returns findings. What blocks has to be
settled first, what warns is for whoever closes to weigh.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.http import urlencode

from common.periods import Period


@dataclass(frozen=True)
class Finding:
    """One thing to settle or to know; `route` names the page where it can be looked at, `query` what of it is meant."""

    text: str
    route: str
    args: tuple = ()
    is_blocking: bool = False
    query: dict = field(default_factory=dict)

    @property
    def url(self):
        return reverse(self.route, args=self.args) + (f"?{urlencode(self.query)}" if self.query else "")


_checks: list[Callable[[Period], Iterable[Finding]]] = []


def add_closing_check(check):
    """Register a check; those of lower floors come first."""
    _checks.append(check)


def findings_in(period):
    """Return what all checks find in a period, what blocks first."""
    found = [finding for check in _checks for finding in check(period)]
    return sorted(found, key=lambda finding: not finding.is_blocking)
