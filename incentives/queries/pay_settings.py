"""How a company pays."""

from incentives.models import PaySettings


def pay_settings():
    """Return how the active company pays; what nobody has changed is as the product proposes it."""
    return PaySettings.objects.first() or PaySettings()
