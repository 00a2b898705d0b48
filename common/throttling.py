"""How often an address may knock at a door that needs no sign-in."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.utils import timezone


def is_too_often(request, *, door, most):
    """
    Count a request from this address at a door and return whether there were too many in this minute.

    Secrets cannot be guessed at any rate; this keeps the guessing from being a load.
    """
    key = f"{door}:{get_adapter().get_client_ip(request)}:{timezone.now():%H%M}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) > most
    except ValueError:  # expired between the two
        return False
