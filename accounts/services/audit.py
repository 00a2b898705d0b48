"""The audit trail: every service writes one entry in the transaction of its change."""

from django.db import models

from accounts.models import AuditEntry
from common.rows import insert


def record(action, *, about, by, before=None, after=None):
    """
    Write an audit entry in the transaction of the change it describes.

    :param action: `<app>.<noun>.<verb>`, e.g. `deals.deal.won`.
    :param about: the row that changed.
    :param by: the user, or None for the system.
    :param before: changed values as they were, by field name; JSON-ready (days and decimals may stay what they are).
    :param after: the same fields as they are now.
    """
    entry = AuditEntry(
        action=action,
        about_model=about._meta.label_lower,
        about_id=about.pk,
        about_name=str(about)[:200],
        by=by,
        before=before or {},
        after=after or {},
    )
    return insert(entry)


def change(row, *, action, by, **values):
    """
    Set fields of a row, save it and record what differs; return the names of the fields that changed.

    Nothing is written and nothing recorded when every value is as it was.

    :param action: as for `record`.
    :param values: new values by field name; a related row is recorded by its name.
    """
    before, after = {}, {}
    for name, value in values.items():
        if (old := getattr(row, name)) != value:
            before[name], after[name] = as_recorded(old), as_recorded(value)
            setattr(row, name, value)
    if after:
        row.save(update_fields=list(after))
        record(action, about=row, by=by, before=before, after=after)
    return list(after)


def as_recorded(value):
    """Return a value as the audit trail keeps it: a row by its name, everything else as it is."""
    return str(value) if isinstance(value, models.Model) else value
