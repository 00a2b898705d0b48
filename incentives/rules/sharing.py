"""Sharing out what a team earned together: by largest remainder, so that the shares add up to the pool to the cent."""

from collections.abc import Sequence

from common.money import apportion
from incentives.rules.numbers import Exact


def share_pool(pool: int, weights: Sequence[Exact | None], *, unit: int = 1) -> list[int] | None:
    """
    Return everybody's share of a pool in minor units, in the order of the weights; each a multiple of the unit, as the pool is.

    No value and what is below zero weigh nothing. None where nobody weighs anything: there is nothing to share it out by, so
    nobody gets any of it, and the lines say so.
    """
    weighed = [max(weight or 0, 0) for weight in weights]
    if not any(weighed):
        return None
    return apportion(pool, weighed, unit)
