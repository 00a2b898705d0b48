"""Keeping what a file says that methods go by: all its numbers and intentions, or nothing."""

from collections import defaultdict

from django.db import transaction

from targets.queries.inputs import Given, about_key
from targets.rules import InputKind
from targets.services.inputs import Entry, set_inputs, set_intentions


@transaction.atomic
def take_file(*, plan, changes, seen, by):
    """
    Keep the numbers that a file changes; a dealer that it does not name stays.

    :param changes: ``imports.inputs.Change`` each.
    :param seen: the stamp of what was there when the file was looked at.
    :returns: how many numbers were kept.
    :raises PlanRefused: ``changed``, ``published``; nothing is kept then.
    """
    numbers = [change for change in changes if change.kind != InputKind.INTENTION]
    entries = [Entry(change.node, change.kind, change.new, change.source) for change in numbers]
    given = Given(plan)
    known = {key: rows for (kind, key), rows in given.rows.items() if kind == InputKind.INTENTION}
    set_inputs(plan=plan, entries=entries, seen=seen, by=by)
    by_node = defaultdict(list)
    for change in changes:
        if change.kind == InputKind.INTENTION:
            by_node[about_key(change.node)].append(change)
    for key, said in by_node.items():
        told = {row.dealer: (row.value, row.source) for row in known.get(key, ())}
        for change in said:
            told[change.dealer] = (change.new, change.source or told.get(change.dealer, (None, ""))[1])
        intentions = [(dealer, value, note) for dealer, (value, note) in told.items()]
        set_intentions(plan=plan, node=said[0].node, intentions=intentions, by=by)
    return len(changes)
