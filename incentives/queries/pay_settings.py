"""How a company pays."""

from accounts.models import AuditEntry
from incentives.models import PaySettings

#: Under which verb changes of the settings stand in the audit trail.
CHANGED = "incentives.paysettings.settings_changed"


def pay_settings(*, known_at=None):
    """
    Return how the active company pays; what nobody has changed is as the product proposes it.

    :param known_at: as it was at that moment: what was changed since is read back from the audit trail.
    """
    found = PaySettings.objects.first() or PaySettings()
    if known_at is not None:
        since = AuditEntry.objects.filter(action=CHANGED, at__gt=known_at).order_by("-at", "-pk")
        for before in since.values_list("before", flat=True):
            for name, value in before.items():
                setattr(found, name, PaySettings._meta.get_field(name).to_python(value))
    return found
