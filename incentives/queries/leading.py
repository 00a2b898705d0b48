"""
What came back of the results of units, for whoever led them when they counted; also who has left the plan, or the unit, since.

What counted while somebody led a unit was paid to them, so what comes back of it is theirs: in the same span it lowers what they
earned, later it is taken back at the rate that was paid. Whoever leads the unit by then has nothing to do with it.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from common.periods import Period, day_of
from incentives.queries.bases import Reach, taken_back

DAY = timedelta(days=1)


def backs_of_leaders(slots, *, reaches, staff, until, measures, whose, by_age=False, known_at=None):  # noqa: PLR0913 - what is asked
    """
    Return what came back in the spans of some slots of units that their people lead, or led before; one statement.

    :param slots: those whose contract pays for units. :param reaches: the days on which credits count for them.
    :param staff: who was where since the first span that was paid to any of them. :param until: the first day not looked at.
    :param by_age: as `taken_back`.
    :returns: what of it had not counted in the same slot; what of that lies on days of its slot, so that it is no part of the
        slot's sums; and what came back of something that had counted in the slot once its unit was led by others.
    """
    now = defaultdict(lambda: defaultdict(list))
    for reach in reaches:
        now[reach.slot][reach.unit_id].append(reach.period)
    found, taken, afterwards = [], [], []
    asked = [reach for slot in slots for reach in _ever_led(slot, now[slot.id].keys(), staff, until)]
    for back in taken_back(reaches=asked, measures=measures, whose=whose, by_age=by_age, known_at=known_at):
        days = now[back.slot][back.unit_id]
        counts_here = any(back.counts_on in period for period in days)
        if not any(back.counted_on in period for period in days):
            found.append(back)
            taken += [back] if counts_here else []
        elif not counts_here:
            afterwards.append(back)
    return found, taken, afterwards


def is_led(staff, person_id, unit_id, day):
    """Return whether somebody led a unit on a day, by itself or with one above it."""
    return any(led_id == unit_id for led_id, _days in staff.led(person_id, day_of(day)))


def with_afterwards(reaches, afterwards):
    """Return reaches with those of what came back once its person was gone, for as many slots as are among them."""
    if not afterwards:
        return reaches
    by_slot = {reach.slot: reach for reach in reaches}
    return reaches + [
        replace(
            by_slot[back.slot], unit_id=by_slot[back.slot].unit_id and back.unit_id,
            period=Period(back.counts_on, back.counts_on + DAY), only=back.credit_id,
        )
        for back in afterwards if back.slot in by_slot
    ]  # fmt: skip


def _ever_led(slot, unit_ids, staff, until):
    """Yield a reach over all of a slot's span for each unit that its person leads in it, or has led before."""
    span = slot.span
    if span.starts_on < until:
        period = Period(span.starts_on, min(span.ends_before, until))
        for unit_id in sorted({*unit_ids, *(led_id for led_id, _days in staff.led(slot.person_id, staff.period))}):
            yield Reach(slot.id, slot.person_id, unit_id, period, span.starts_on)
