"""Changes to users, companies and who may enter them; and the audit trail that every change writes to."""

from accounts.models import AuditEntry


def record(action, *, about, by, before=None, after=None):
    """
    Write an audit entry in the transaction of the change it describes.

    :param action: `<app>.<noun>.<verb>`, e.g. `deals.deal.won`.
    :param about: the row that changed.
    :param by: the user, or None for the system.
    :param before: changed values as they were, by field name; JSON-ready.
    :param after: the same fields as they are now.
    """
    return AuditEntry.objects.create(
        action=action,
        about_model=about._meta.label_lower,
        about_id=about.pk,
        about_name=str(about)[:200],
        by=by,
        before=before or {},
        after=after or {},
    )
