"""Sign-in in tests: a cache of their own, a quick hash, and who signs in."""

import pytest
from django.core.cache import cache

from accounts import services
from accounts.rules import Role
from common.tenancy import company_scope
from tests.cast import PASSWORD
from tests.signing_in import BACKEND


@pytest.fixture(autouse=True)
def own_cache(settings):
    """Rate limits count in a cache of their own: tests that run at the same time must not use up each other's tries."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "tests"}}
    # A real password's hash takes half a second, by design.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def client(client):
    """A browser that has chosen English before signing in."""
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def as_(client):
    """Sign a member of the cast in and return the client."""

    def sign_in(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return sign_in


@pytest.fixture
def pia(cast):
    """A member of Lantern Ltd. with a password, an e-mail address and a phone number."""
    user = services.add_user(name="Pia", email="pia@example.com", phone="138 0013 8000", password=PASSWORD, language="en")
    with company_scope(cast.lantern):
        services.add_member(user=user, role=Role.HR, by=None)
    return user
