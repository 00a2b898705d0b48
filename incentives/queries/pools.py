"""Of which units the results go into a team's pool, and on which days."""

from common.periods import Period
from incentives.queries.bases import Reach


def reaches_of_pool(reading, contract, slot_id, unit_id, span):
    """Yield the days on which credits count for a pool: of one unit with all below it, or of all units of the version."""
    held = contract.during(Period(span.starts_on, min(span.ends_before, reading.until)))
    if held is None:
        return
    for part, parents in reading.staff.tree.during(held).parts:
        tops = [unit_id] if unit_id else contract.unit_ids or [unit for unit, above in parents.items() if above is None]
        for below_id in sorted({below for top in tops for below in reading.staff.tree.below(top, on=part.starts_on)}):
            yield Reach(slot_id, None, below_id, part, span.starts_on)


def units_of_pool(reading, contract, unit_id, span):
    """Return the units whose results together make a pool: the topmost of those that it counts, at the end of a span."""
    if unit_id is not None:
        return (unit_id,)
    part, parents = list(reading.staff.tree.during(span).parts)[-1]
    named = set(contract.unit_ids)
    if not named:
        return tuple(unit for unit, above in parents.items() if above is None)
    within = {below for top in named for below in reading.staff.tree.below(top, on=part.starts_on) if below != top}
    return tuple(sorted(named - within))
