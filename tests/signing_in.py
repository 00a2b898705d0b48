"""Whoever stands in front of a page."""

from django.test import Client

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser(member):
    """Return a browser in which a member is signed in."""
    client = Client()
    client.force_login(member.user, backend=BACKEND)
    return client
