"""Which unit stood above which other one in each month of a plan that counts already: units move, and their months stay."""

from django.utils import timezone

from teams.models import UnitPlacement


def above_in_spans(plan, parent_of, spans):
    """
    Return of every unit that has moved since a plan was first published the units above it where these are not simply
    today's: key → position → keys in the order of time. One statement.

    Until it is first published a plan is made in the tree of today, whatever was before.

    :param parent_of: key of a unit in the plan → key of the one it hangs under today.
    :param spans: for each position the Periods that it stands for.
    """
    if (made_at := plan.first_published_at) is None:
        return {}
    rows_of, made_on = {}, timezone.localdate(made_at)
    for row in UnitPlacement.objects.order_by("from_day", "recorded_at", "pk"):
        rows_of.setdefault(f"u{row.unit_id}", []).append(row)
    found = {}
    for key, rows in rows_of.items():
        if key not in parent_of:
            continue
        known = [row for row in rows if row.recorded_at <= made_at and row.from_day <= made_on]
        begun = f"u{(known or rows)[-1 if known else 0].parent_id}"
        moves = [(row.from_day, f"u{row.parent_id}") for row in rows if row not in known]
        # What is dated ahead has not happened: the tree of today is its end.
        while moves and moves[-1][1] != parent_of[key]:
            moves.pop()
        above = {i: _above(begun, moves, own) for i, own in enumerate(spans)} if moves else {}
        above = {i: tuple(unit for unit in units if unit in parent_of) for i, units in above.items()}
        if other := {i: units for i, units in above.items() if units and units != (parent_of[key],)}:
            found[key] = other
    return found


def _above(begun, moves, spans):
    """Return the units above one in some spans, each once, in the order of time."""
    changes, units = [(None, begun), *moves], []
    ends = [*(day for day, _unit in moves), None]
    for (since, unit), until in zip(changes, ends, strict=True):
        if any((until is None or span.starts_on < until) and (since is None or span.ends_before > since) for span in spans):
            units = [*(other for other in units if other != unit), unit]
    return tuple(units)
